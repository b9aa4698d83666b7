#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The commands that ask the guest agent, against the simulator.
. tests/cli/common
. tests/scripts/simulator.sh
if ! simulator_start; then
    echo 'the simulator did not start'
    exit 1
fi
trap 'simulator_stop; rm -rf "$tmp"' EXIT
at="--endpoint $AGENT"
tappd="--endpoint $TAPPD"
# 64 bytes that end in these digits
data() { printf '%0128d' "$1"; }

# ---- help and usage -----------------------------------------------------------

for word in version info quote attest gpu-info key derive-key tls-key sign \
    verify-signature emit-event; do
    run 0 $word --help
    out_has "^usage: dstack $word"
    out_has 'Exit status: 0'
    err_empty
    run 2 $word argument
    out_empty
done
for line in 'quote' 'quote --text a --report-data 00' 'quote --report-data zz' \
    'quote --report-data 0' "quote --report-data $(data 1)00" 'quote --text' \
    'attest' 'key' 'key --path a --domain b' 'key --v1 --path a' 'key --v1' \
    'key --path a --algorithm rsa' 'derive-key' 'derive-key --path a --out b' \
    'tls-key' 'sign --text a' 'sign --algorithm ed25519' \
    'sign --algorithm x --text a' 'verify-signature --algorithm ed25519' \
    'emit-event' 'emit-event --name a --payload 0' 'gpu-info --nonce 00' \
    'info --tappd --worker' 'version --timeout 0' 'version --timeout -1' \
    'version --timeout 1s' 'version --endpoint ftp://x' 'version --json=1' \
    'key --path a --path b'; do
    # shellcheck disable=SC2086
    run 2 $line
    out_empty
    err_has '^dstack'
done

# ---- nobody there ---------------------------------------------------------------

run 3 version --endpoint "unix:$tmp/nothing.sock"
err_has 'nothing.*no such socket'
out_empty
run 3 quote --text a --endpoint "$tmp/nothing.sock"
out_empty
command='dstack version, by the environment'
DSTACK_SIMULATOR_ENDPOINT=${AGENT#unix:} "$DSTACK" version >"$tmp/out" \
    2>"$tmp/err"
status=$?
if [ $status -eq 0 ]; then ok; else bad "status $status"; fi
out_has '0\.5\.11'

# ---- version, info --------------------------------------------------------------

# shellcheck disable=SC2086
{
run 0 version $at
out_has '^  version  *0\.5\.11$'
run 0 version $at --json
out_is_json
json_is version '"0.5.11"'
run 0 info $at
out_has '^  app_id  *[0-9a-f]{40}$'
out_has 'Nothing was verified'
run 0 info $at --json
out_is_json
run 0 info --tappd $tappd
out_has '^  app_id'
run 1 info --v1 $at
err_has '0\.6'
}

# ---- quotes ---------------------------------------------------------------------

# judged: the document in $tmp/out, under the simulator's root.
judged() {
    cp "$tmp/out" "$tmp/evidence"
    run 0 verify --json --root "$STATE/root.pem" \
        --collateral "$STATE/collateral.json" --report-data "$1" \
        "$tmp/evidence"
    accepted
    json_is root '"custom"'
    run 1 verify --json --collateral "$STATE/collateral.json" "$tmp/evidence"
    json_is reason '"root_pin"'
}
# shellcheck disable=SC2086
{
run 0 quote --report-data "$(data 7)" $at
out_is_json
judged "$(data 7)"
run 0 quote --text hello $at
judged "68656c6c6f$(printf %0118d 0)"
printf 'test content' >"$tmp/content"
run 0 quote --hash "$tmp/content" $at
# guest-agent.md 7.5
judged 7ea0b744ed5e9c0c83ff9f575668e1697652cd349f2027cdf26f918d4c53e8cd50b5ea9b449b4c3d50e20ae00ec29688d5a214e8daff8a10041f5d624dae8a01
run 0 attest --report-data "$(data 9)" $at
out_is_json
judged "$(data 9)"
run 0 quote --tappd --report-data "$(data 8)" $tappd
judged "$(data 8)"
run 0 quote --text a --out "$tmp/quote.bin" $at
out_empty
run 0 parse "$tmp/quote.bin"
out_has 'TDX quote'
run 3 quote --text a --out "$tmp/quote.bin" $at
err_has 'File exists; --force'
run 0 quote --text a --out "$tmp/quote.bin" --force $at
run 1 gpu-info $at
err_has '0\.6'
}
# In a pipe, as the manual says.
command='dstack quote | dstack verify'
# shellcheck disable=SC2086
"$DSTACK" quote --text piped $at 2>"$tmp/err" | "$DSTACK" verify \
    --root "$STATE/root.pem" --collateral "$STATE/collateral.json" - \
    >"$tmp/out" 2>>"$tmp/err"
status=$?
if [ $status -eq 0 ]; then ok; else bad "status $status"; fi
out_has '^ACCEPTED'

# ---- keys -------------------------------------------------------------------------

# shellcheck disable=SC2086
{
run 0 key --path /a --purpose p $at
out_has '^  scheme  *v0$'
out_has 'not shown'
run 0 key --path /a --json --print-secret $at
out_is_json
secret=$(sed -n 's/.*"key":"\([0-9a-f]*\)".*/\1/p' "$tmp/out")
command="the secret has 64 digits: $secret"
if [ ${#secret} -eq 64 ]; then ok; else bad length; fi
run 0 key --path /a --out "$tmp/key" $at
out_lacks "$secret"
command='the file of the key'
if [ "$(cat "$tmp/key")" = "$secret" ]; then ok; else bad 'another key'; fi
if [ "$(stat -c %a "$tmp/key")" = 600 ]; then ok; else bad 'not 0600'; fi
run 3 key --path /b --out "$tmp/key" $at
err_has 'File exists; --force'
if [ "$(cat "$tmp/key")" = "$secret" ]; then ok; else bad 'overwritten'; fi
run 0 key --path /b --out "$tmp/key" --force $at
if [ "$(cat "$tmp/key")" != "$secret" ]; then ok; else bad 'not replaced'; fi
if [ "$(stat -c %a "$tmp/key")" = 600 ]; then ok; else bad 'not 0600'; fi
# One path is one secret, whichever the curve and whoever is asked.
run 0 key --path /a --algorithm ed25519 --json --print-secret $at
json_is key "\"$secret\""
run 0 key --tappd --path /a --json --print-secret $tappd
json_is key "\"$secret\""
run 0 derive-key --k256 --path /a --json --print-secret $tappd
json_is key "\"$secret\""
run 1 key --v1 --domain d $at
err_has '0\.6'
run 0 derive-key --path /a --subject s --out-dir "$tmp/derived" $tappd
if [ "$(stat -c %a "$tmp/derived/key.pem")" = 600 ]; then ok; else bad mode; fi
run 0 tls-key --subject localhost --alt-name a.example --alt-name 127.0.0.1 \
    --server --client --ra-tls --out-dir "$tmp/tls" $at
run 3 tls-key --subject localhost --out-dir "$tmp/tls" $at
run 0 tls-key --subject localhost $at
out_has 'BEGIN CERTIFICATE'
out_lacks 'PRIVATE KEY'
run 0 tls-key --subject localhost --json --print-secret $at
out_is_json
out_has 'PRIVATE KEY'
}
command='the certificate, by openssl'
openssl x509 -noout -text -in "$tmp/tls/chain.pem" >"$tmp/out" 2>"$tmp/err"
out_has 'DNS:a.example, IP Address:127.0.0.1'
out_has 'TLS Web Server Authentication, TLS Web Client Authentication'

# ---- signatures ---------------------------------------------------------------------

# shellcheck disable=SC2086
for algorithm in secp256k1 ed25519; do
    run 0 sign --algorithm $algorithm --text 'a receipt' --json $at
    out_is_json
    signature=$(sed -n 's/.*"signature":"\([0-9a-f]*\)".*/\1/p' "$tmp/out")
    public=$(sed -n 's/.*"public_key":"\([0-9a-f]*\)".*/\1/p' "$tmp/out")
    run 0 verify-signature --algorithm $algorithm --public-key "$public" \
        --signature "$signature" --text 'a receipt'
    out_has '^valid$'
    run 1 verify-signature --algorithm $algorithm --public-key "$public" \
        --signature "$signature" --text 'another receipt' --json
    json_is valid false
    run 2 verify-signature --algorithm $algorithm --public-key 00 \
        --signature "$signature" --text 'a receipt'
done

# ---- events -------------------------------------------------------------------------

# shellcheck disable=SC2086
{
run 0 emit-event --name from-the-test --payload c0ffee $at
run 0 quote --text after $at
out_has 'from-the-test'
judged "6166746572$(printf %0118d 0)"
run 0 emit-event --name nothing-in-it $at
run 2 emit-event --name '' $at
}

# ---- other versions -------------------------------------------------------------------

simulator_stop
if simulator_start --os 0.6.0; then ok; else bad 'no 0.6.0'; fi
at="--endpoint $AGENT"
# shellcheck disable=SC2086
{
run 0 version --json $at
json_is version '"0.6.0"'
out_has '"v1"'
run 0 key --v1 --domain d --algorithm ed25519 --json $at
json_is scheme '"v1"'
run 0 attest --v1 --report-data "$(data 3)" $at
judged "$(data 3)"
run 0 info --v1 $at
run 0 tls-key --v1 --subject s $at
run 1 emit-event --name a $at
err_has '0\.6'
}
simulator_stop
if simulator_start --os 0.3.6; then ok; else bad 'no 0.3.6'; fi
# shellcheck disable=SC2086
{
run 0 version --tappd --json --endpoint $TAPPD
out_has '"tappd"'
run 0 quote --tappd --report-data "$(data 4)" --endpoint $TAPPD
# A guest of that age marks neither its boot nor the end of it: genuine, but
# nothing tells the app's events from its own until a policy says so.
cp "$tmp/out" "$tmp/evidence"
own="--root $STATE/root.pem --collateral $STATE/collateral.json"
run 1 verify --json $own "$tmp/evidence"
rejected true events event_ready
printf '{"accept_any_workload":true,"accept_workload_rules":["ready","unique"]}' \
    >"$tmp/policy"
run 0 verify --json $own --policy "$tmp/policy" \
    --report-data "$(data 4)" "$tmp/evidence"
accepted
# Its keys are of P-256; the public one is what OpenSSL makes of the secret.
run 0 key --tappd --path /a --json --endpoint $TAPPD
json_is algorithm '"p256"'
json_is scheme '"tappd"'
public=$(sed -n 's/.*"public_key":"\([0-9a-f]*\)".*/\1/p' "$tmp/out")
run 0 derive-key --path /a --out-dir "$tmp/old" --endpoint $TAPPD
}
command="the public key $public, by openssl"
openssl ec -in "$tmp/old/key.pem" -conv_form compressed -pubout -outform DER \
    2>"$tmp/err" | od -An -v -tx1 | tr -d ' \n' >"$tmp/out"
out_has "$public\$"
finish
