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
    sed 's/"trailing_len":[0-9]*//' "$tmp/out" >"$tmp/got"
    if cmp -s "$tmp/got" "$tmp/parsed"; then ok; else bad "another quote"; fi
}
run 0 parse --json "$quote"
out_is_json
sed 's/"trailing_len":[0-9]*//' "$tmp/out" >"$tmp/parsed"

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
# GetQuote's answer, and members that look like it further in.
cat >"$tmp/in" <<END
{"event_log":"[{\\"imr\\":0,\\"quote\\":\\"00\\"}]","n":-1.5e3,"t":[true,false,
null,{"quote":"00","a":[[],{}]}],"quote":"$hex",
"vm_config":"{\\"quote\\":\\"01\\"}","Quote":"00","report_data":"00"}
END
good "$tmp/in"
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

# refused REASON TEXT: one document that says why, though there is no report.
refused() {
    printf '%b' "$2" >"$tmp/in"
    # shellcheck disable=SC2086
    run 1 verify --json $all "$tmp/in"
    out_is_line
    rejected false quote "$1"
    json_is time $NOW
    json_is root '"custom"'
    # shellcheck disable=SC2086
    run 1 verify $all "$tmp/in"
    out_has '^REJECTED  not'
    out_has "^  reason  *$1 \(stage quote\)"
    run 1 parse --json "$tmp/in"
    out_is_line
    json_is verified false
    json_is reason "\"$1\""
    run 1 parse "$tmp/in"
    out_has '^Not a quote: '
}
refused quote_truncated ''
refused quote_truncated ' \n'
refused quote_truncated '04'
refused quote_truncated '040'
refused quote_truncated '0x'
refused quote_version 'this is not a quote, and not hex either, in 48 bytes or more'
refused quote_version "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
refused quote_truncated '{"quote":""}'
refused quote_truncated '{"quote":"040"}'
refused quote_truncated '{"quote":"04zz"}'
refused quote_truncated '{"quote":"not hex"}'
for text in '{' '{}' '{"a":1}' '{"quote":1}' '{"quote":null}' \
    '{"quote":["04"]}' '{"quote":"\\\\u0030"}' '{"attestation":"00"}' \
    '{"quote":"04"' '{"quote":"04",}' '{"quote":"04"}x' '{"quote":"04"}{}' \
    '{"quote":"04" "a":1}' '{,"quote":"04"}' '{"quote":"04"]' \
    '{"quote" "04"}' '{quote:"04"}' '{"quote":}' '{"quote":"04\n"}' \
    '{"quote":"04","quote":"04"}' '{"quote":"04","quo\\\\u0074e":"05"}' \
    '{"a":[}],"quote":"04"}' '{"a":{"b":[1,2}},"quote":"04"}' \
    '{"a":"' '{"a":"\\\\' '{"a":[[[' '{"quote":"04","a":?}'; do
    refused json "$text"
done
# Nesting is capped: the brackets of 32 levels are kept, not of 33.
deep() {
    printf '{"a":'
    printf "%0$1d" 0 | tr 0 '['
    printf "%0$1d" 0 | tr 0 ']'
    printf ',"quote":"%s"}' "$hex"
}
deep 32 >"$tmp/in"
good "$tmp/in"
deep 33 >"$tmp/in"
run 1 parse --json "$tmp/in"
json_is reason '"json"'

# Collateral that does not parse: the quote is shown all the same; one that
# does not parse either is the first reason.
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
    rejected false quote quote_truncated
}
broken '' json
broken 'no' json
broken '{} {}' json_trailing
broken '{"tcb_info":"1","tcb_info":"1"}' json_dup
broken '{}' collateral_missing
broken '{"tcb_info":1}' collateral_json

finish
