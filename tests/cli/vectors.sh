#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real evidence: verdicts as vectors/README.md gives them, and one second
# outside each window the reason that names the artifact which ends it. Those
# were read off the files by other means (python cryptography and json):
#
#   tdx/v4            from  qe_identity issueDate   2025-06-19T10:32:27Z
#                     to    PCK CRL nextUpdate      2025-07-19T10:00:35Z
#   sgx/v3            from  tcb_info issueDate      2025-06-19T10:56:11Z
#                     to    qe_identity nextUpdate  2025-07-19T10:01:18Z
#   dstack/full-image from  tcb_info issueDate      2026-02-18T10:58:51Z
#                     to    PCK CRL nextUpdate      2026-03-20T10:41:15Z
. tests/cli/common

if [ ! -d "$VECTORS" ]; then
    skip "no $VECTORS"
    finish
    exit
fi

# judge STATUS NAME QUOTE TIME [OPTION...]
judge() {
    want=$1
    name=$2
    quote=$3
    at=$4
    shift 4
    run "$want" verify --json --collateral "$VECTORS/$name.collateral.json" \
        --at "$at" "$@" "$VECTORS/$quote"
    out_is_line
    json_is root '"intel"'
}

# window NAME QUOTE TEE FROM TO EARLY EARLY_STAGE LATE LATE_STAGE SECONDS
# [OPTION...]: SECONDS are Unix times before FROM and after TO.
window() {
    name=$1
    quote=$2
    tee=$3
    from=$4
    to=$5
    early=$6
    early_stage=$7
    late=$8
    late_stage=$9
    shift 9
    before=$1
    after=$2
    shift 2
    for at in "$from" "$to" $((before + 1)) $((after - 1)) \
        $(((before + after) / 2)); do
        judge 0 "$name" "$quote" "$at" "$@"
        accepted
        json_is tee "\"$tee\""
        json_is valid_until $((after - 1))
    done
    judge 1 "$name" "$quote" "$before" "$@"
    rejected false "$early_stage" "$early"
    judge 1 "$name" "$quote" "$after" "$@"
    rejected false "$late_stage" "$late"
}

window tdx/v4 tdx/v4.quote tdx 2025-06-19T10:32:27Z 2025-07-19T10:00:35Z \
    qe_identity_future collateral pck_crl_time revocation \
    1750329146 1752919236
judge 0 tdx/v4 tdx/v4.quote 1750414563
json_is status '"UpToDate"'
json_is advisories '[]'
json_is platform '"UpToDate"'
json_is module '"UpToDate"'
json_is qe '"UpToDate"'
json_is eval_number 17
json_is date '"2024-03-13T00:00:00Z"'
json_is fmspc '"b0c06f000000"'
json_is version 4
json_is time 1750414563
out_is_json
out_lacks '"(launch|current|ppid|platform_instance_id|workload)":'
run 1 verify --json --strict --collateral "$VECTORS/tdx/v4.collateral.json" \
    --at 1750414563 "$VECTORS/tdx/v4.quote"
rejected false quote quote_trailing

# The status needs leave: by default genuine, and refused by the policy.
sgx=ConfigurationAndSWHardeningNeeded
window sgx/v3 sgx/v3.quote sgx 2025-06-19T10:56:11Z 2025-07-19T10:01:18Z \
    tcb_info_future collateral qe_identity_expired collateral \
    1750330570 1752919279 --accept-tcb $sgx
judge 1 sgx/v3 sgx/v3.quote 2025-07-01T00:00:00Z
rejected true policy policy_status
json_is status "\"$sgx\""
json_is platform "\"$sgx\""
json_is qe '"UpToDate"'
json_is advisories '["INTEL-SA-00289","INTEL-SA-00615"]'
json_is fmspc '"00a067110000"'
json_is version 3
json_is name '"policy_tcb_status","stage":"policy","result":"failed","reason":"policy_status","expected":"UpToDate","found":"'$sgx'"'
out_lacks '"module"'
judge 1 sgx/v3 sgx/v3.quote 2025-07-01T00:00:00Z \
    --accept-tcb SWHardeningNeeded,ConfigurationNeeded
rejected true policy policy_status
judge 0 sgx/v3 sgx/v3.quote 2025-07-01T00:00:00Z \
    --accept-tcb SWHardeningNeeded,$sgx
accepted
run 1 verify --collateral "$VECTORS/sgx/v3.collateral.json" \
    --at 2025-07-01T00:00:00Z "$VECTORS/sgx/v3.quote"
out_has '^REJECTED  genuine, but the policy says no$'
out_has '^  TCB status  *ConfigurationAndSWHardeningNeeded'
out_has '^  advisories  *INTEL-SA-00289, INTEL-SA-00615$'

window dstack/full-image dstack/full-image.getquote.json tdx \
    2026-02-18T10:58:51Z 2026-03-20T10:41:15Z \
    tcb_info_future collateral pck_crl_time revocation 1771412330 1774003276
judge 0 dstack/full-image dstack/full-image.getquote.json 1772000000
json_is status '"UpToDate"'
json_is fmspc '"90c06f000000"'
json_is eval_number 18

# Collateral of another platform: the certificate is younger than it. Another
# TEE's: the processor CA's CRL for a certificate of the platform CA.
judge 1 tdx/v4 dstack/full-image.getquote.json 1750414563
rejected false chain pck_chain_time
run 1 verify --json --collateral "$VECTORS/sgx/v3.collateral.json" \
    --at 1750414563 "$VECTORS/tdx/v4.quote"
rejected false revocation pck_crl_issuer

# A whole guest: its events replay, and claims say what binds them.
judge 0 dstack/full-image dstack/full-image.getquote.json 1772323200
json_is platform '"tdx"'
json_is app_id '"3763bc34552cf3a27ff71ad5f7a90471562a1a2d"'
json_is mr_system '"e1ae776a1492d4f87937b7e563d265c16300be4aba5d748207587023bb7dbb75"'
out_has '"app_id":\["rtmr3"\]'
out_has '"os_image_hash":\[\]'
out_has '"name":"rtmr3_replay","stage":"events","result":"passed"'
out_has '"event":"LIUM_MINER_HOTKEY","event_payload":"[0-9a-f]*","trusted":false'
run 0 verify --collateral "$VECTORS/dstack/full-image.collateral.json" \
    --at 1772323200 "$VECTORS/dstack/full-image.getquote.json"
out_has '^Workload, and what binds each claim$'
out_has '^  compose_hash  *3763bc34552c.*\(rtmr3\)$'
out_has '^  os_image_hash  *14ad42d0.*\(nothing\)$'
out_has 'mr_config_id is zero'
out_has '^  OS image  *not known: give its files with --image DIR$'
printf '{"expect":{"app_id":"3763bc34552cf3a27ff71ad5f7a90471562a1a2d"}}' \
    >"$tmp/policy"
run 0 verify --json --policy "$tmp/policy" --at 1772323200 \
    --collateral "$VECTORS/dstack/full-image.collateral.json" \
    "$VECTORS/dstack/full-image.getquote.json"
accepted
printf '{"expect":{"app_id":"3763bc34552cf3a27ff71ad5f7a90471562a1a2e"}}' \
    >"$tmp/policy"
run 1 verify --json --policy "$tmp/policy" --at 1772323200 \
    --collateral "$VECTORS/dstack/full-image.collateral.json" \
    "$VECTORS/dstack/full-image.getquote.json"
rejected true policy policy_claim
# parts STATUS OPTION...: the same in files of its own, as a guest's own tools
# leave them.
parts() {
    want=$1
    shift
    run "$want" verify --json --at 1772323200 "$@" \
        --collateral "$VECTORS/dstack/full-image.collateral.json" "$tmp/quote"
}
if ! command -v python3 >/dev/null; then
    skip 'no python3 to take an answer apart'
else
python3 - "$VECTORS/dstack/full-image.getquote.json" "$tmp" <<'EOF'
import json, sys
body = json.load(open(sys.argv[1]))
to = sys.argv[2]
open(to + '/quote', 'wb').write(bytes.fromhex(body['quote']))
open(to + '/log', 'w').write(body['event_log'])
open(to + '/config', 'w').write(body['vm_config'])
EOF
parts 0 --event-log "$tmp/log" --vm-config "$tmp/config"
accepted
json_is app_id '"3763bc34552cf3a27ff71ad5f7a90471562a1a2d"'
out_has '"name":"boot_replay","stage":"events","result":"passed"'
parts 0 --event-log "$tmp/log"
json_is app_id '"3763bc34552cf3a27ff71ad5f7a90471562a1a2d"'
out_lacks '"os_image_hash":"'
parts 0
out_lacks '"app_id"'
parts 1 --event-log "$VECTORS/ccel/ccel.bin"
rejected false events boot_replay
parts 1 --event-log "$tmp/config"
rejected false events event_log_binary
run 2 verify --event-log "$tmp/log" --at 1772323200 \
    --collateral "$VECTORS/dstack/full-image.collateral.json" \
    "$VECTORS/dstack/full-image.getquote.json"
err_has 'this evidence has its own'
fi
# Other platforms are taken apart and refused by name.
for name in sev-snp/attestation.json nitro/enclave.attestation.bin; do
    run 1 verify --json --at 1772323200 "$VECTORS/$name" \
        --collateral "$VECTORS/dstack/full-image.collateral.json"
    rejected false evidence platform_unsupported
    run 0 parse "$VECTORS/$name"
    out_has '^VM configuration$'
done
for name in lite.getquote.json lite.attestation.json simulator.attestation.bin
do
    run 0 parse --json "$VECTORS/dstack/$name"
    out_is_json
    out_has '"event":"system-ready"'
done

# No collateral that is public fits this platform: all else is reported.
for name in lite.getquote.json lite.attestation.json; do
    run 1 verify --json --at 1780000000 "$VECTORS/dstack/$name"
    rejected false collateral collateral_missing
    json_is app_id '"86b0e55f2fa8e4fb69d890f14f54d5612707646e"'
    run 1 verify --at 1780000000 "$VECTORS/dstack/$name"
    out_has '^  why  *collateral: none was given'
    out_has '^  failed  *collateral_format \(collateral_missing\)$'
    out_has '^  os_image_hash  *e6f5cfec[0-9a-f]*  \(image\)$'
    if [ "$(grep -c '^  failed ' "$tmp/out")" -eq 1 ]; then
        ok
    else
        bad "$name: more than the collateral failed"
    fi
done

# What was parsed is shown, also when it is refused.
judge 1 tdx/v4 dstack/lite.getquote.json 1780000000
json_is rtmr3 '"6f24c170d0fd63fc2b1b53202eea47b013978437fa6982cf5e0438ff95c208994aaa0f4ebab2e3a66824b5b56869137e"'

run 0 parse --json "$VECTORS/sgx/v3.quote"
out_is_json
json_is verified false
json_is body_type '"sgx_report"'
json_is issuer '"Intel SGX PCK Processor CA"'
json_is fmspc '"00a067110000"'
run 0 parse "$VECTORS/tdx/v4.quote"
out_has '^Nothing was verified'
out_has '70 of them after the signature data'

for name in tdx/v4 sgx/v3 dstack/full-image; do
    run 0 collateral show "$VECTORS/$name.collateral.json"
    out_has '^Nothing was verified'
    out_has '^  next update  *20'
    run 0 collateral show --json "$VECTORS/$name.collateral.json"
    out_is_json
done
run 0 collateral verify --json --at 2025-06-19T10:32:27Z \
    "$VECTORS/tdx/v4.collateral.json"
accepted
run 1 collateral verify --json --at 2025-06-19T10:32:26Z \
    "$VECTORS/tdx/v4.collateral.json"
rejected false collateral qe_identity_future

finish
