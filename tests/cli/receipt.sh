#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# receipt sign, receipt verify, seal, open; level 2 against the simulator.
. tests/cli/common
. tests/scripts/simulator.sh
if ! simulator_start; then
    echo 'the simulator did not start'
    exit 1
fi
trap 'simulator_stop; rm -rf "$tmp"' EXIT

# ---- help and usage -----------------------------------------------------------

for word in receipt 'receipt sign' 'receipt verify'; do
    # shellcheck disable=SC2086
    run 0 $word --help
    out_has '^usage: dstack receipt sign'
    err_empty
done
for word in seal open; do
    run 0 $word --help
    out_has "^usage: dstack $word"
    err_empty
done
key=$tmp/key
printf '%064d\n' 7 >"$key"
printf '{"action_type":"generic","policy_id":"p","request_id":"r"}' >"$tmp/q"
printf '{"text":"a","clean_text":"a"}' >"$tmp/a"
printf 'paid' >"$tmp/paid"
both="--request $tmp/q --output $tmp/a"
for line in receipt 'receipt show' 'receipt sign' "receipt sign $both" \
    "receipt sign $both --key $key --validity 0" \
    "receipt sign $both --key $key argument" "receipt verify $both" \
    "receipt verify --request $tmp/q $tmp/a" "receipt verify $both --level 3 -" \
    "receipt verify $both --level 1 -" "receipt verify $both --level 2 -" \
    "receipt verify $both --evidence $tmp/a -" \
    "receipt verify $both --public-key 00 $tmp/a" "seal $tmp/q" \
    "seal --to 00 $tmp/q" "open $tmp/q" "open --key $key $tmp/q" \
    "open --key $key --out $tmp/o --print-secret $tmp/q"; do
    # shellcheck disable=SC2086
    run 2 $line
    out_empty
    err_has '^dstack'
done
# shellcheck disable=SC2086
{
    run 3 receipt sign $both --key "$tmp/q"
    run 3 receipt sign $both --key "$tmp/none"
    run 1 receipt sign --request "$tmp/a" --output "$tmp/a" --key "$key"
    err_has 'action_type'
}

# ---- receipts -----------------------------------------------------------------

# shellcheck disable=SC2086
{
    run 0 receipt sign $both --key "$key" --at $NOW
    out_has '"iat":1790000000,"exp":1790000600'
    cp "$tmp/out" "$tmp/receipt"
    run 0 receipt verify $both --at $NOW "$tmp/receipt"
    out_has '^ACCEPTED'
    out_has 'signature *passed'
    out_has 'node *not judged'
    run 0 receipt verify $both --at $((NOW + 600)) --json "$tmp/receipt"
    out_has '"verdict":"accepted","level":0'
    run 1 receipt verify $both --at $((NOW + 601)) "$tmp/receipt"
    out_has '^REJECTED .*expired'
    run 1 receipt verify $both --at $NOW --public-key "$(printf '%064d' 1)" \
        --json "$tmp/receipt"
    out_has '"reason":"receipt_node"'
    run 1 receipt verify $both --at $NOW "$tmp/q"
    out_has 'schema *FAILED'
    printf '{"text":"a ","clean_text":"a"}' >"$tmp/b"
    run 1 receipt verify --request "$tmp/q" --output "$tmp/b" --at $NOW --json \
        "$tmp/receipt"
    out_has '"reason":"receipt_output_transport"'
    run 0 receipt sign $both --key "$key" --at $NOW --validity 5 \
        --payment "$tmp/paid"
    out_has '"exp":1790000005'
    cp "$tmp/out" "$tmp/receipt"
    run 0 receipt verify $both --at $NOW --level 1 --payment "$tmp/paid" \
        "$tmp/receipt"
    run 1 receipt verify $both --at $NOW --level 1 --payment "$tmp/q" --json \
        "$tmp/receipt"
    out_has '"reason":"receipt_payment"'
}

# ---- with evidence, which names the key -------------------------------------------

"$DSTACK" key --endpoint "$AGENT" --path a --algorithm ed25519 \
    --out "$tmp/seed" >"$tmp/public"
public=$(sed -n 's/^ *public key *\([0-9a-f]*\)$/\1/p' "$tmp/public")
octal=$(for byte in $(echo "$public" | sed 's/../& /g'); do
    printf '\\%03o' "0x$byte"
done)
# shellcheck disable=SC2059
data=$(printf "vin-receipt-key:$octal" | sha512sum | cut -d ' ' -f 1)
"$DSTACK" quote --endpoint "$AGENT" --report-data "$data" --json \
    >"$tmp/evidence"
trust="--evidence $tmp/evidence --collateral $STATE/collateral.json"
# shellcheck disable=SC2086
{
    run 0 receipt sign $both --key "$tmp/seed" --evidence "$tmp/evidence"
    out_has '"attestation":{"report_hash":"[0-9a-f]{64}","type":"dstack"}'
    cp "$tmp/out" "$tmp/receipt"
    run 0 receipt verify $both $trust --root "$STATE/root.pem" "$tmp/receipt"
    out_has 'key_binding *passed'
    run 1 receipt verify $both $trust "$tmp/receipt"
    out_has '^REJECTED'
    run 0 receipt sign $both --key "$key" --evidence "$tmp/evidence"
    cp "$tmp/out" "$tmp/receipt"
    run 1 receipt verify $both $trust --root "$STATE/root.pem" --json \
        "$tmp/receipt"
    out_has 'identity_key_binding'
}

# ---- seal, open ---------------------------------------------------------------------

# 7 G, and its secret in $key
to=025cbdf0646e5db4eaa398f365f2ea7a0e3d419b7e0330e39ce92bddedcac4f9bc
run 0 seal --to $to "$tmp/paid"
out_has '^{"ciphertext":'
cp "$tmp/out" "$tmp/sealed"
run 0 open --key "$key" --out "$tmp/opened" "$tmp/sealed"
out_empty
if cmp -s "$tmp/paid" "$tmp/opened"; then ok; else bad 'not what was sealed'; fi
run 3 open --key "$key" --out "$tmp/opened" "$tmp/sealed"
run 0 open --key "$key" --out "$tmp/opened" --force "$tmp/sealed"
run 0 open --key "$key" --print-secret "$tmp/sealed"
out_has '^paid$'
run 1 open --key "$tmp/seed" --print-secret "$tmp/sealed"
out_empty
run 1 open --key "$key" --print-secret "$tmp/q"
finish
