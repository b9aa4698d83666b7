#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Evidence in every form, recognised by content; and what is no evidence.
. tests/cli/common

forge tdx-v4 f
all=$(forged f)
quote=$tmp/f/quote.bin
od -An -v -tx1 "$quote" | tr -d ' \n' >"$tmp/hex"
hex=$(cat "$tmp/hex")

# good FILE: accepted as the same quote.
good() {
    # shellcheck disable=SC2086
    run 0 verify --json $all "$1"
    accepted
    json_is version 4
    run 0 parse --json "$1"
    same "$tmp/out" >"$tmp/got"
    if cmp -s "$tmp/got" "$tmp/parsed"; then ok; else bad "another quote"; fi
}
# What differs between the forms of one quote.
same() {
    sed -E 's/"(trailing_len|format|claimed_report_data|vm_config)":[^,]*,?//g' \
        "$1" | tr -d '}' | sed 's/,$//'
}
run 0 parse --json "$quote"
out_is_json
same "$tmp/out" >"$tmp/parsed"

good "$quote"
printf '%s' "$hex" >"$tmp/in"
good "$tmp/in"
printf '%s\n' "$hex" >"$tmp/in"
good "$tmp/in"
printf '0x%s\n' "$hex" >"$tmp/in"
good "$tmp/in"
printf ' \t\r\n0X%s \r\n\t' "$hex" >"$tmp/in"
good "$tmp/in"
printf '%s' "$hex" | tr a-f A-F >"$tmp/in"
good "$tmp/in"
# Broken into lines, also within a byte, and as hexdumps are written.
fold -w 63 "$tmp/hex" >"$tmp/in"
good "$tmp/in"
od -An -v -tx1 "$quote" >"$tmp/in"
good "$tmp/in"
printf '{"quote":"%s"}' "$hex" >"$tmp/in"
good "$tmp/in"
printf '\n { "quote" : "0x%s" } \n' "$hex" >"$tmp/in"
good "$tmp/in"
# GetQuote's answer, and members that look like it further in. (The forged
# quote's registers are not those of any log.)
data=$(printf '%s' "$hex" | cut -c 1137-1264)
cat >"$tmp/in" <<END
{"event_log":"","n":-1.5e3,"t":[true,false,
null,{"quote":"00","a":[[],{}]}],"quote":"$hex",
"vm_config":"{\\"quote\\":\\"01\\"}","Quote":"00","report_data":"$data"}
END
good "$tmp/in"
# Claims that are not what the hardware signed.
other=$(printf '%s' "$data" | sed 's/^..../ffff/')
printf '{"quote":"%s","report_data":"%s"}' "$hex" "$other" >"$tmp/other"
# shellcheck disable=SC2086
run 1 verify --json $all "$tmp/other"
rejected false workload report_data_claim
printf '{"quote":"%s","event_log":"[]"}' "$hex" >"$tmp/other"
# shellcheck disable=SC2086
run 1 verify --json $all "$tmp/other"
rejected false events rtmr3_replay
# The name does not matter.
cp "$quote" "$tmp/quote.json"
good "$tmp/quote.json"

# Standard input, for every file.
# shellcheck disable=SC2086
run 0 verify --json $all - <"$quote"
accepted
# shellcheck disable=SC2086
run 0 verify --json $all - <"$tmp/in"
accepted
run 0 verify --json --collateral - --root "$tmp/f/root.pem" --at $NOW \
    "$quote" <"$tmp/f/collateral.json"
accepted
run 0 verify --json --collateral "$tmp/f/collateral.json" --root - --at $NOW \
    "$quote" <"$tmp/f/root.pem"
accepted
json_is root '"custom"'
run 0 verify --json --collateral "$tmp/f/collateral.json" \
    --root "$tmp/f/root.der" --at $NOW "$quote"
accepted
run 0 parse - <"$quote"
run 0 collateral show - <"$tmp/f/collateral.json"
run 0 collateral verify --root "$tmp/f/root.pem" --at $NOW - \
    <"$tmp/f/collateral.json"

# refused STAGE REASON TEXT: one document that says why, though there is no
# report.
refused() {
    printf '%b' "$3" >"$tmp/in"
    # shellcheck disable=SC2086
    run 1 verify --json $all "$tmp/in"
    out_is_line
    rejected false "$1" "$2"
    json_is time $NOW
    json_is root '"custom"'
    # shellcheck disable=SC2086
    run 1 verify $all "$tmp/in"
    out_has '^REJECTED  not'
    out_has "^  reason  *$2 \(stage $1\)"
    run 1 parse --json "$tmp/in"
    out_is_line
    json_is verified false
    json_is reason "\"$2\""
    run 1 parse "$tmp/in"
    out_has '^Not evidence: '
}
refused evidence evidence_format ''
refused evidence evidence_format ' \n'
refused evidence evidence_format '04'
refused evidence evidence_hex '040'
refused evidence evidence_format '0x'
refused evidence evidence_format 'this is not a quote, and not hex either'
refused evidence evidence_format \
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
refused quote quote_truncated '0400020081'
refused attestation attestation_truncated '00'
refused attestation attestation_missing '80'
refused attestation attestation_kind '0009'
refused evidence evidence_hex '{"quote":"040"}'
refused evidence evidence_hex '{"quote":"04zz"}'
refused evidence evidence_hex '{"quote":"not hex"}'
refused quote quote_truncated '{"quote":"04"}'
refused attestation attestation_truncated '{"attestation":"00"}'
refused attestation attestation_format '{"attestation":"04"}'
for text in '{}' '{"a":1}' '{"quote":""}' '{"quote":1}' '{"quote":null}' \
    '{"quote":["04"]}' '{"quote":"\\u0030"}' '{"attestation":5}'; do
    refused evidence evidence_member "$text"
done
for text in '{' '{"quote":"04"' '{"quote":"04",}' '{"quote":"04" "a":1}' \
    '{,"quote":"04"}' '{"quote":"04"]' '{"quote" "04"}' '{quote:"04"}' \
    '{"quote":}' '{"quote":"04\n"}' '{"a":[}],"quote":"04"}' \
    '{"a":{"b":[1,2}},"quote":"04"}' '{"a":"' '{"a":"\\\\' '{"a":[[[' \
    '{"quote":"04","a":?}'; do
    refused evidence json "$text"
done
for text in '{"quote":"04","quote":"04"}' \
    '{"quote":"04","quo\\u0074e":"05"}'; do
    refused evidence json_dup "$text"
done
for text in '{"quote":"04"}x' '{"quote":"04"}{}'; do
    refused evidence json_trailing "$text"
done
# Nesting is capped at 32 levels, the object's own among them.
deep() {
    printf '{"a":'
    printf "%0$1d" 0 | tr 0 '['
    printf "%0$1d" 0 | tr 0 ']'
    printf ',"quote":"%s"}' "$hex"
}
deep 31 >"$tmp/in"
good "$tmp/in"
deep 32 >"$tmp/in"
run 1 parse --json "$tmp/in"
json_is reason '"json_depth"'

# Collateral that does not parse: the quote is shown all the same; evidence
# that does not parse either is the first reason.
# broken TEXT REASON
broken() {
    printf '%s' "$1" >"$tmp/bundle"
    run 1 verify --json --collateral "$tmp/bundle" --at $NOW "$quote"
    out_is_json
    rejected false collateral "$2"
    json_is root '"intel"'
    json_is tee '"tdx"'
    json_is verified false
    run 1 verify --collateral "$tmp/bundle" --at $NOW "$quote"
    out_has '^REJECTED  not'
    out_has "^  reason  *$2 \(stage collateral\)\$"
    out_has '^What the quote claims \(not verified\)$'
    run 1 collateral show "$tmp/bundle"
    out_has "^  reason  *$2 "
    out_lacks '1970'
    run 1 collateral show --json "$tmp/bundle"
    rejected false collateral "$2"
    run 1 collateral verify --json --at 0 "$tmp/bundle"
    rejected false collateral "$2"
    json_is time 0
    run 1 verify --json --collateral "$tmp/bundle" --at $NOW /dev/null
    rejected false evidence evidence_format
}
broken '' json
broken 'no' json
broken '{} {}' json_trailing
broken '{"tcb_info":"1","tcb_info":"1"}' json_dup
broken '{}' collateral_missing
broken '{"tcb_info":1}' collateral_json

finish
