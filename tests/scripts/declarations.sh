#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the public headers declare, preprocessed, comments gone: one
# declaration a line, "header<TAB>declaration", exported ones beginning with
# EXPORT, and then MUST where the result must be looked at. declarations.sh
# names gives the names of exported functions, declarations.sh must those of
# the second kind; declarations.sh prototypes gives all of them one a line,
# normalised.
for h in include/dstack/*.h; do
    echo "#include <dstack/${h##*/}>"
done | ${CC:-gcc} -E -x c -std=c11 -Iinclude -DDSTACK_API=EXPORT \
    '-DDSTACK_MUST=EXPORT MUST' - | awk -v mode="$1" '
/^# [0-9]+ "/ {
    split($0, part, "\"")
    header = part[2]
    ours = header ~ /include\/dstack\//
    sub(/.*include\//, "", header)
    next
}
/^#/ || !ours { next }
{
    line = $0
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        text = text c
        if (c == "{") depth++
        if (c == "}") depth--
        if (c == ";" && depth == 0) {
            say(text)
            text = ""
        }
    }
    text = text " "
}
function say(d,   name) {
    gsub(/[ \t]+/, " ", d)
    sub(/^ /, "", d)
    if (mode == "") {
        print header "\t" d
        return
    }
    if (d !~ /^EXPORT /)
        return
    sub(/^EXPORT /, "", d)
    if (!sub(/^MUST /, "", d) && mode == "must")
        return
    gsub(/ ?\* ?/, " *", d)
    while (gsub(/\* \*/, "**", d)) {
    }
    gsub(/ ?\( ?/, "(", d)
    gsub(/ ?\) ?/, ")", d)
    gsub(/ ?, ?/, ", ", d)
    name = d
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    print mode == "prototypes" ? d : name
}' | LC_ALL=C sort -u
