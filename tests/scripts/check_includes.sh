#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A file includes its own room and rooms below it; a dependency's header is
# included in one room (house rules 1 and 3 in docs). Tests may look anywhere.
files=$(find lib include tools -name '*.[ch]' | LC_ALL=C sort)
# shellcheck disable=SC2086
awk '
BEGIN {
    split("base 0 codec 1 net 1 crypto 2 intel 3 nvidia 3 amd 3 aws 3 tpm 3 " \
        "workload 4 verify 5 keys 6 receipt 6 ratls 6 agent 7 fetch 7", r, " ")
    for (i = 1; i in r; i += 2)
        rank[r[i]] = r[i + 1] + 0
    split("cjson codec mbedtls crypto psa crypto openssl crypto secp256k1 " \
        "crypto sodium crypto,base curl net microhttpd -", d, " ")
    for (i = 1; i in d; i += 2)
        home[d[i]] = d[i + 1]
}
function bad(why) { print FILENAME ":" FNR ": " why; failed = 1 }
match($0, /^[ \t]*#[ \t]*include[ \t]*["<][^">]*/) {
    split($0, part, /["<>]/)
    path = part[2]
    n = split(FILENAME, f, "/")
    room = f[1] == "lib" ? f[2] : ""
    head = path
    sub(/\/.*/, "", head)
    library = tolower(head)
    sub(/(_[a-z0-9]*)?\.h$/, "", library)
    if (library in home && f[1] != "tools" &&
        index("," home[library] ",", "," room ",") == 0)
        bad("<" path "> belongs to room " home[library])
    if (room != "" && (head in rank) && head != room) {
        if (rank[head] >= rank[room])
            bad(room " may not include " path ": not below it")
        if (head == "net" && room != "agent" && room != "fetch")
            bad(room " may not include " path ": no I/O outside agent, fetch")
    }
    if (library in home && FILENAME ~ /\.h$/)
        foreign["lib/" room "/" f[n]] = path
    if ((head in rank) && head != room)
        crosses[FILENAME ":" FNR] = "lib/" path
    if (f[1] == "include" && head in rank)
        bad("a public header may not include a private one")
    if (f[1] "/" f[2] == "tools/dstack" && head in rank)
        bad("the command uses public headers only")
}
END {
    for (c in crosses)
        if (crosses[c] in foreign) {
            print c ": " crosses[c] " brings in <" foreign[crosses[c]] ">"
            failed = 1
        }
    exit failed
}' $files
