# SPDX-License-Identifier: Apache-2.0
# check.awk KNOWN EXPECTED RESULTS: judges what the drivers printed, with
# -v agent=NAME (as in known_failures.txt) and -v keys=1 when the agent has the
# app root key of expected.txt. RESULTS has the columns of python/peer.py
# behind a column with the SDK's name. Prints what is wrong, what is known to
# be, and the counts.
BEGIN { FS = "\t" }
FNR == 1 { part++ }
/^#/ || /^[ \t]*$/ { next }

# "*" in a pattern matches anything.
function matches(pattern, text) {
    gsub(/\./, "[.]", pattern)
    gsub(/\*/, ".*", pattern)
    return text ~ ("^" pattern "$")
}

part == 1 { # sdk client call agent reason...
    known_n++
    text = $0
    for (i = 1; i <= 4; i++) {
        match(text, /[ \t]+/)
        known[known_n, i] = substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
    }
    known[known_n, 5] = text
    next
}
part == 2 { # call fact value, separated by blanks
    split($0, word, /[ \t]+/)
    if (word[1] ~ /^tdx_quote/ || keys) expected[word[1], word[2]] = word[3]
    next
}

function listed(i) {
    for (i = 1; i <= known_n; i++)
        if (matches(known[i, 1], $1) && matches(known[i, 2], $2) &&
            matches(known[i, 3], $3) && matches(known[i, 4], agent))
            return i
    return 0
}

function wrong(text) { if (problem == "") problem = text }

function size(name, bytes, other) {
    if ((name in fact) && length(fact[name]) != 2 * bytes &&
        (other == "" || length(fact[name]) != 2 * other))
        wrong(name " has " length(fact[name]) / 2 " bytes, not " bytes)
}

function padded(hex, left) {
    while (length(hex) < 128) hex = left ? "00" hex : hex "00"
    return hex
}

# TDX quote version 4: the TD report's fields (offset in bytes).
function in_quote(offset, bytes) {
    return substr(fact["quote"], 2 * offset + 1, 2 * bytes)
}

function same(name, value, what) {
    if (fact[name] != value)
        wrong(name " is " fact[name] ", " what " " value)
}

function judge_quote(call, i, want) {
    if (substr(fact["quote"], 1, 4) != "0400")
        wrong("this is no TDX quote of version 4")
    for (i = 0; i < 4; i++) {
        register[i] = in_quote(376 + 48 * i, 48)
        if (("rtmr" i) in fact && (call ~ /rtmr3$/) == (i == 3))
            same("rtmr" i, register[i], "the quote has")
    }
    if (!("sent" in fact)) return
    if (call == "tdx_quote.raw" && $2 !~ /^dstack/)
        want = padded(fact["sent"], 1)
    else if ((call, "report_data") in expected)
        want = padded(expected[call, "report_data"])
    else
        want = padded(fact["sent"])
    if (in_quote(568, 64) != want)
        wrong("the quote has report data " in_quote(568, 64) \
            ", expected " want)
    if ("report_data" in fact) same("report_data", want, "expected")
    if (("events" in fact) && fact["events"] !~ /^3[1-9]/)
        wrong("no events in the log")
}

# The same for every SDK and client: everything but what is drawn anew.
function judge_agreement(call, name, id) {
    if (call ~ /^(get_tls_key|v1_issue_cert|derive_key.random)/) return
    if (call ~ /^app_key_quote/) { # names the signing key
        sub(/^app_key_quote/, "sign", call)
        for (name in fact) if (name != "public_key") delete fact[name]
    } else if (call ~ /quote|attest/ || call == "v1_info") return
    else if (call ~ /^(app_key|derive_k256_key|entered)$/) call = "get_key.path"
    for (name in fact) {
        if (agent ~ /^0[.]5/ && # there the drivers' own events change them
            name ~ /^(mr_aggregated|tcb_rtmr3|tcb_events)$/)
            continue
        id = call SUBSEP name
        if (name == "der" || name == "scalar") id = "derive_key" SUBSEP name
        if (!(id in first)) {
            first[id] = fact[name]
            teller[id] = $1 " " $2
        } else if (first[id] != fact[name])
            wrong(name " is " fact[name] ", " teller[id] " got " first[id])
    }
}

function judge(call, name, id) {
    size("key", 32); size("scalar", 32); size("signature", 64)
    size("app_id", 20); size("instance_id", 20, 0); size("compose_hash", 32)
    size("device_id", 32); size("mr_aggregated", 32)
    size("os_image_hash", 32, 0)
    if (call ~ /^(v1_)?get_key/) { size("chain0", 65); size("chain1", 65, 0) }
    if (call ~ /^sign/) {
        same("chain0", fact["signature"], "the signature is")
        size("chain1", 65); size("chain2", 65, 0)
        size("public_key", call ~ /ed25519/ ? 32 : 33)
    }
    if ("der" in fact) fact["scalar"] = substr(fact["der"], 73, 64)
    if ("quote" in fact) judge_quote(call)
    if (call ~ /attest$/ && !index(fact["attestation"], fact["sent"]))
        wrong("the attestation does not have the report data " fact["sent"])
    if (call ~ /^(is_reachable|verify\.)/)
        same("answer", "74727565", "expected")
    if (call ~ /^verify_other/) same("answer", "66616c7365", "expected")
    for (id in expected) {
        split(id, word, SUBSEP)
        if (word[1] == call && word[2] != "report_data" && word[2] in fact)
            same(word[2], expected[id], "expected")
    }
    judge_agreement(call)
}

part == 3 {
    problem = ""
    split("", fact)
    if ($4 == "ok") {
        n = split($5, word, " ")
        for (i = 1; i <= n; i++) {
            eq = index(word[i], "=")
            fact[substr(word[i], 1, eq - 1)] = substr(word[i], eq + 1)
        }
        if ($3 !~ /\.(signed|certified)$/) judge($3)
        if ($3 ~ /refused$/) wrong("this call has to be refused")
    } else if ($3 !~ /refused$/)
        wrong($5 == "" ? "failed" : $5)
    total[$1]++
    i = $3 ~ /refused$/ ? 0 : listed()
    if (problem == "" && i) {
        problem = "works, but known_failures.txt has it"
        i = 0
    }
    if (problem == "") {
        passed++
        good[$1]++
    } else if (i) {
        listed_n++
        noted[$1]++
        if (!told[$1, i]++)
            print $1 " " known[i, 2] " " known[i, 3] ": " known[i, 5]
    } else {
        failed++
        print "FAILED " $1 " " $2 " " $3 ": " substr(problem, 1, 300)
    }
}
END {
    for (sdk in total)
        printf "%-8s %3d of %3d calls work, %d do not and are listed\n", sdk,
            good[sdk], total[sdk], noted[sdk]
    print "counts " passed + 0, failed + 0, listed_n + 0
}
