#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Forged evidence of each kind: accepted under its own root, refused under
# Intel's; and one of each way to be refused.
. tests/cli/common

# kind NAME VERSION TEE: what `forge` made in $tmp/NAME.
kind() {
    forge "$1" "$1"
    all=$(forged "$1")
    quote=$tmp/$1/quote.bin
    # shellcheck disable=SC2086
    run 0 verify --json $all $4 "$quote"
    out_is_json
    accepted
    json_is version "$2"
    json_is tee "\"$3\""
    json_is root '"custom"'
    json_is status '"UpToDate"'
    json_is platform '"UpToDate"'
    # shellcheck disable=SC2086
    run 0 verify $all $4 "$quote"
    out_has '^ACCEPTED  genuine, and the policy agrees$'
    out_has '^  root  *custom'
    # shellcheck disable=SC2086
    run 1 verify --json --collateral "$tmp/$1/collateral.json" --at $NOW \
        $4 "$quote"
    rejected false chain root_pin
    json_is root '"intel"'
    run 1 collateral verify --json --at $NOW "$tmp/$1/collateral.json"
    rejected false chain root_pin
    run 0 collateral verify --json --root "$tmp/$1/root.pem" --at $NOW \
        "$tmp/$1/collateral.json"
    out_is_json
    json_is root '"custom"'
    # What `show --json` prints is the same collateral.
    run 0 collateral show --json "$tmp/$1/collateral.json"
    cp "$tmp/out" "$tmp/bundle"
    # shellcheck disable=SC2086
    run 0 verify --json --collateral "$tmp/bundle" \
        --root "$tmp/$1/root.pem" --at $NOW $4 "$quote"
    accepted
    run 0 parse --json "$quote"
    out_is_json
    json_is tee "\"$3\""
    json_is fmspc '"90c06f000000"'
}
kind sgx-v3 3 sgx
kind sgx-v4 4 sgx
kind sgx-v5 5 sgx
kind tdx-v4 4 tdx
kind tdx-v5-1.0 5 tdx
out_lacks '"tee_tcb_svn2"'
kind tdx-v5-1.5 5 tdx
json_is body_type '"td_report_1.5"'
out_has '"tee_tcb_svn2":"[0-9a-f]{32}"'
# The extended report needs leave for SERVTD_EXT.
echo '{"accept_any_workload":true,"accept_attributes":["SERVTD_EXT"]}' \
    >"$tmp/policy"
kind tdx-v5-ex 5 tdx "--policy $tmp/policy"
out_has '"servtd_attributes":"[0-9a-f]{16}"'

# Launch and current only where the report says what is running now.
for k in tdx-v4 tdx-v5-1.0 sgx-v5 tdx-v5-1.5; do
    # shellcheck disable=SC2046
    run 0 verify --json $(forged $k) "$tmp/$k/quote.bin"
    if [ $k = tdx-v5-1.5 ]; then
        json_is launch '"UpToDate"'
        json_is current '"UpToDate"'
    else
        out_lacks '"(launch|current)"'
    fi
    case $k in
    sgx*) out_lacks '"module"' ;;
    *) json_is module '"UpToDate"' ;;
    esac
    out_lacks '"(ppid|platform_instance_id|shortfall|used_collateral_grace)"'
done
# shellcheck disable=SC2046
run 1 verify --json $(forged tdx-v5-ex) "$tmp/tdx-v5-ex/quote.bin"
rejected true attributes attr_sec
json_is td_attribute_names '["SERVTD_EXT","SEPT_VE_DISABLE"]'

# refused CHANGE AUTHENTIC STAGE REASON CHECK
refused() {
    forge tdx-v4 "$1" "$1"
    # shellcheck disable=SC2046
    run 1 verify --json $(forged "$1") "$tmp/$1/quote.bin"
    out_is_json
    rejected "$2" "$3" "$4"
    json_is name "\"$5\",\"stage\":\"$3\",\"result\":\"failed\",\"reason\":\"$4\""
    json_is mr_td '"8081'
    # shellcheck disable=SC2046
    run 1 verify $(forged "$1") "$tmp/$1/quote.bin"
    out_has '^REJECTED  '
    out_has "^  reason  *$4 \(stage $3\)\$"
    out_has "^  failed  *$5 \($4\)\$"
    if [ "$2" = true ]; then
        out_has '^Measured$'
    else
        out_has '^What the quote claims \(not verified\)$'
        out_lacks '^Measured$'
    fi
}
refused revoked false revocation revoked_pck revocation
refused debug true attributes attr_debug no_debug
out_has '^  attributes  *DEBUG, SEPT_VE_DISABLE$'
refused flipped false signature quote_signature quote_signature
refused outdated true policy policy_status policy_tcb_status
out_has '^  advisories  *INTEL-SA-99001$'
refused old-svn false tcb tcb_not_supported tcb_level
out_has 'sgxtcbcomponents\[2\].* 200, not 2$'
# shellcheck disable=SC2046
run 1 verify --json $(forged old-svn) "$tmp/old-svn/quote.bin"
json_is shortfall '{"status":"'
out_has '"name":"sgxtcbcomponents\[2\][^"]*","have":2,"need":200'
out_lacks '"tcb":{"status"'

# --accept-tcb widens for one run; with a policy it adds to it.
# shellcheck disable=SC2046
run 0 verify --json $(forged outdated) --accept-tcb OutOfDate \
    "$tmp/outdated/quote.bin"
accepted
json_is status '"OutOfDate"'
# shellcheck disable=SC2046
run 1 verify --json $(forged outdated) --accept-tcb SWHardeningNeeded \
    "$tmp/outdated/quote.bin"
rejected true policy policy_status
echo '{"accept_any_workload":true,"accept_debug":true}' >"$tmp/policy"
# shellcheck disable=SC2046
run 1 verify --json $(forged outdated) --policy "$tmp/policy" \
    "$tmp/outdated/quote.bin"
rejected true policy policy_status
# shellcheck disable=SC2046
run 0 verify --json $(forged outdated) --policy "$tmp/policy" \
    --accept-tcb OutOfDate "$tmp/outdated/quote.bin"
accepted
# shellcheck disable=SC2046
run 0 verify --json $(forged debug) --policy "$tmp/policy" \
    "$tmp/debug/quote.bin"
accepted

# With --policy the document decides, also about the workload.
echo '{}' >"$tmp/policy"
# shellcheck disable=SC2046
run 1 verify --json $(forged tdx-v4) --policy "$tmp/policy" \
    "$tmp/tdx-v4/quote.bin"
rejected true policy policy_empty
mr_td=$(od -An -v -tx1 -j 184 -N 48 "$tmp/tdx-v4/quote.bin" | tr -d ' \n')
echo "{\"expect\":{\"mr_td\":\"$mr_td\"}}" >"$tmp/policy"
# shellcheck disable=SC2046
run 0 verify --json $(forged tdx-v4) --policy "$tmp/policy" \
    "$tmp/tdx-v4/quote.bin"
accepted
json_is mr_td "\"$mr_td\""
# shellcheck disable=SC2046
run 0 verify $(forged tdx-v4) --policy "$tmp/policy" "$tmp/tdx-v4/quote.bin"
out_lacks 'not the code on it'
# shellcheck disable=SC2046
run 0 verify $(forged tdx-v4) "$tmp/tdx-v4/quote.bin"
out_has 'not the code on it'
other=$(printf '%s' "$mr_td" | tr 0-9a-f 1-9a-f0)
echo "{\"expect\":{\"mr_td\":\"$other\"}}" >"$tmp/policy"
# shellcheck disable=SC2046
run 1 verify --json $(forged tdx-v4) --policy "$tmp/policy" \
    "$tmp/tdx-v4/quote.bin"
rejected true policy policy_measurement
json_is expected "\"$other\""
json_is found "\"$mr_td\""

# Offset 568: the body begins at 48, report_data at 520 of it.
data=$(od -An -v -tx1 -j 568 -N 64 "$tmp/tdx-v4/quote.bin" | tr -d ' \n')
# shellcheck disable=SC2046
run 0 verify --json $(forged tdx-v4) --report-data "$data" \
    "$tmp/tdx-v4/quote.bin"
accepted
json_is report_data "\"$data\""
# shellcheck disable=SC2046
run 0 verify --json $(forged tdx-v4) --report-data "0x$data" \
    "$tmp/tdx-v4/quote.bin"
# shellcheck disable=SC2046
run 1 verify --json $(forged tdx-v4) --report-data "${data%??}ff" \
    "$tmp/tdx-v4/quote.bin"
rejected true policy policy_report_data

# Strict mode refuses what follows the signature data.
printf '\0' | cat "$tmp/tdx-v4/quote.bin" - >"$tmp/long"
# shellcheck disable=SC2046
run 0 verify --json $(forged tdx-v4) "$tmp/long"
# shellcheck disable=SC2046
run 1 verify --json --strict $(forged tdx-v4) "$tmp/long"
rejected false quote quote_trailing
# shellcheck disable=SC2046
run 0 verify --json --strict $(forged tdx-v4) "$tmp/tdx-v4/quote.bin"

finish
