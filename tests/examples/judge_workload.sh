#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The simulator's workload against a policy that names its image's registers
# and its compose file: yes, under the simulator's root. Another register,
# Intel's root and a misspelt rule: no. AGENT and STATE are set by the runner.
program=$1
dstack=${O:-.build}/bin/dstack
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
now=$(date +%s)

judge() { # STATUS POLICY [ROOT]: prints into $dir/out
    "$program" "$dir/attestation.json" "$STATE/collateral.json" "$2" "$now" \
        ${3:+"$3"} >"$dir/out" 2>&1
    [ $? -eq "$1" ] || { echo "status not $1:"; cat "$dir/out"; exit 1; }
}
says() {
    grep -q -e "$1" "$dir/out" || { echo "no \"$1\" in:"; cat "$dir/out"; exit 1; }
}
"$dstack" attest --endpoint "$AGENT" --text judge >"$dir/attestation.json" || exit 1
"$dstack" verify --json --root "$STATE/root.pem" \
    --collateral "$STATE/collateral.json" "$dir/attestation.json" \
    >"$dir/verdict.json" || exit 1
value() {
    sed -n "s/.*\"$1\":\"\([0-9a-f]*\)\".*/\1/p" "$dir/verdict.json"
}
compose=$(value compose_hash)
cat >"$dir/policy.json" <<END
{ "expect": { "mr_td": "$(value mr_td)", "rtmr1": "$(value rtmr1)",
              "rtmr2": "$(value rtmr2)", "compose_hash": "$compose" } }
END
judge 0 "$dir/policy.json" "$STATE/root.pem"
says '^YES'
says "^  compose_hash  *$compose bound by rtmr3 mr_config_id\$"
says '^  key_provider_name  *kms bound by rtmr3$'

judge 1 "$dir/policy.json"
says '^NO: .*root'
sed "s/$compose/$(printf %064d 7)/" "$dir/policy.json" >"$dir/other.json"
judge 1 "$dir/other.json" "$STATE/root.pem"
says '^NO: .*compose_hash is .*, expected 0000'
echo '{"expekt":{}}' >"$dir/misspelt.json"
judge 1 "$dir/misspelt.json" "$STATE/root.pem"
says '^NO: .*expekt'
judge 2 "$dir/none.json"
says '^usage'

# A real machine's answer; nothing came with it that says which image booted.
[ -d "$VECTORS" ] || exit 0
real=$VECTORS/dstack/full-image
echo '{"expect":{"app_id":"3763bc34552cf3a27ff71ad5f7a90471562a1a2d"}}' \
    >"$dir/real.json"
"$program" "$real.getquote.json" "$real.collateral.json" "$dir/real.json" \
    1772323200 >"$dir/out" || exit 1
says '^YES'
says '^  os_image_hash  *[0-9a-f]* NOT BOUND$'
