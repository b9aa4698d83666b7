#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bodies written for dstack-verifier's POST /verify lead to its answer here.
# What it answers is recorded from a run of 312dc605 ("next", 2026-08-07), with
# the same root, collateral and time; tests/peers/verifier makes the comparison
# anew where the program is at hand. The policy that gives its answer is the one
# in docs/compatibility.md.
. tests/cli/common

case ${O:-.build} in
/*) forge_guest=${O:-.build}/tools/forge_guest ;;
*) forge_guest=$PWD/${O:-.build}/tools/forge_guest ;;
esac
mkdir "$tmp/f"
command='forge_guest'
"$forge_guest" "$tmp/f" $NOW >"$tmp/out" 2>"$tmp/err" && ok || bad 'no evidence'
sed -n '/^```json$/,/^```$/p' docs/compatibility.md | grep -v '^```' \
    >"$tmp/like"
echo '{"accept_any_workload":true,"require_image":"none"}' >"$tmp/strict"

# verdict POLICY REASON BODY NAME: REASON "-" is a yes.
verdict() {
    want=1
    [ "$2" != - ] || want=0
    run $want verify --json --at $NOW --policy "$tmp/$1" \
        --root "$tmp/f/root.pem" \
        --collateral "$tmp/f/$4.collateral.json" "$3"
    if [ "$2" = - ]; then accepted; else json_is reason "\"$2\""; fi
}

# Its answer (yes, or the step that refuses), the TCB status that it shows, our
# reason under a policy that is strict but for the workload's name, and under
# the one like it; where there are two more, they are those of attestations.
table='
guest-0.6.0 yes UpToDate - -
guest-0.5.11 image UpToDate policy_image policy_image
guest-0.5.5 image UpToDate policy_image policy_image
guest-0.3.6 image UpToDate event_ready policy_image
guest-gpu yes UpToDate - -
guest-events-v2 yes UpToDate - -
quote-v5-td10 yes UpToDate - -
quote-v5-td15 yes UpToDate - -
quote-v5-old-launch yes OutOfDate policy_status -
quote-v5-old-now yes UpToDate policy_current -
quote-v5-service quote - policy_service_td policy_service_td
event-twice yes UpToDate event_duplicate -
event-shadow yes UpToDate - -
event-order yes UpToDate event_order -
event-boundary yes UpToDate event_order -
event-unready yes UpToDate event_ready -
event-no-provider yes UpToDate event_missing -
event-no-app-id yes UpToDate event_missing -
event-no-compose yes UpToDate event_missing -
event-no-instance yes UpToDate event_missing -
event-payload yes UpToDate event_payload -
event-provider yes UpToDate event_payload -
event-colon yes UpToDate event_name -
event-unknown yes UpToDate - -
event-elsewhere image UpToDate image_rtmr2 image_rtmr2
event-foreign quote - event_type event_type rtmr3_replay rtmr3_replay
event-gpu-place yes UpToDate event_order -
event-unlike yes UpToDate - - event_lists -
acpi-order image UpToDate acpi_events acpi_events
acpi-missing image UpToDate acpi_events acpi_events
td-config-id yes UpToDate mr_config -
td-no-config-id yes UpToDate - -
td-owner yes UpToDate - -
td-other-image image UpToDate image_mrtd image_mrtd
td-debug quote - attr_debug attr_debug
td-profiling quote - attr_tud attr_tud
td-reserved quote - attr_reserved attr_reserved
td-migratable quote - attr_migratable attr_migratable
td-pks yes UpToDate - -
td-perfmon quote - - policy_measurement
td-lass quote - - policy_measurement
td-sept-ve quote - - attr_sept
td-seam quote - tdx_module_mismatch tdx_module_mismatch
tcb-hardening yes SWHardeningNeeded policy_status -
tcb-configuration yes ConfigurationNeeded policy_status -
tcb-both yes ConfigurationAndSWHardeningNeeded policy_status -
tcb-outdated yes OutOfDate policy_status -
tcb-outdated-configuration yes OutOfDateConfigurationNeeded policy_status -
tcb-revoked quote - tcb_revoked tcb_revoked
tcb-old-qe yes OutOfDate policy_status -
tcb-old-module yes OutOfDate policy_status -
tcb-old-svn quote - tcb_not_supported tcb_not_supported
pck-revoked quote - revoked_pck revoked_pck
'
# td-xfam, too, is accepted there, and here with the mask that compatibility.md
# names.
cases=0
while read -r name theirs tcb strict like attested attested_like; do
    [ -n "$name" ] || continue
    cases=$((cases + 1))
    for form in '' .v0 .v1; do
        body=$tmp/f/$name$form.json
        # Version 0 cannot say everything.
        [ -f "$body" ] || continue
        if [ -n "$attested" ] && [ -n "$form" ]; then
            strict=$attested
            like=$attested_like
        fi
        verdict strict "$strict" "$body" "$name"
        verdict like "$like" "$body" "$name"
        case $theirs$like in
        yes-) out_has '"os_image_hash":\["image"\]' ;;
        *-) bad "accepted, and refused there at its step $theirs" ;;
        esac
        case $name$tcb in
        *-) ;;
        # The module was replaced since.
        quote-v5-old-launch*) json_is status '"TDRelaunchAdvised"' ;;
        *) json_is status "\"$tcb\"" ;;
        esac
    done
done <<END
$table
END
command="the table"
if [ $cases -eq "$(grep -c '^[a-z]' <<END
$table
END
)" ] && [ $cases -gt 50 ]; then ok; else bad "$cases cases"; fi
bits=$(awk 'BEGIN { for (i = 0; i < 64; i++) printf "%s%d", i ? "," : "", i }')
sed "s/\"require_image\"/\"require_xfam_mask\":[$bits],&/" "$tmp/like" \
    >"$tmp/masked"
verdict strict attr_xfam "$tmp/f/td-xfam.json" td-xfam
verdict masked - "$tmp/f/td-xfam.json" td-xfam

# What clients write beside and around the evidence. with REASON BODY SED:
# "-" is what it answers as well.
with() {
    sed "$3" "$tmp/f/guest-0.6.0$2.json" >"$tmp/body"
    if cmp -s "$tmp/body" "$tmp/f/guest-0.6.0$2.json"; then
        bad "nothing is changed by $3"
    fi
    verdict like "$1" "$tmp/body" guest-0.6.0
}
for form in '' .v0 .v1; do
    with - "$form" 's/^{/{"debug":true,/'
    with - "$form" 's/^{/{"debug":false,"pccs_url":null,/'
    with - "$form" 's/^{/{"pccs_url":"http:\/\/127.0.0.1:1",/'
    with - "$form" 's/^{/{"debug":null,"something":{"else":[1,2]},/'
    with json_trailing "$form" 's/$/x/'
    with json "$form" 's/}$//'
    with json_dup "$form" 's/}$/,"debug":true,"debug":true}/'
    with evidence_hex "$form" \
        's/"\(quote\|attestation\)":"../"\1":"zz/'
    with evidence_hex "$form" \
        's/"\(quote\|attestation\)":"./"\1":"/'
    with evidence_member "$form" \
        's/"\(quote\|attestation\)":"[0-9a-f]*"/"\1":null/'
    with evidence_member "$form" \
        's/"\(quote\|attestation\)":"[0-9a-f]*"/"\1":4/'
done
with - '' 's/^{/{"attestation":null,/'
with - '' 's/"report_data":"[0-9a-f]*",//'
with - '' 's/"report_data":"[0-9a-f]*"/"report_data":null/'
# Without a log the quote is one of a TD of which nothing more is known.
for log in '' '"event_log":null,' '"event_log":"",'; do
    with acpi_events '' "s/\"event_log\":\".*]\",/$log/"
done
with rtmr3_replay '' 's/"event_log":".*]"/"event_log":"[]"/'
for config in '' '"vm_config":null,' '"vm_config":"",' '"vm_config":"{}",'; do
    with policy_image '' "s/\"vm_config\":\".*}\"/${config%,}/;s/,}\$/}/"
done
with image_config '' 's/\(os_image_hash\\":\\"\)./\1x/'
# An attestation is the evidence, whatever stands beside it.
for form in .v0 .v1; do
    with - "$form" 's/^{/{"quote":"04","event_log":"[]","vm_config":"{}",/'
    with - "$form" 's/^{/{"quote":null,"event_log":null,"vm_config":null,/'
done

# Real evidence, in the collateral's window and outside it.
real() {
    run 1 verify --json --policy "$tmp/like" --at "$2" \
        --collateral "$VECTORS/dstack/full-image.collateral.json" "$1"
    rejected "$3" "$4" "$5"
}
if [ -d "$VECTORS/dstack" ]; then
    bin=$VECTORS/dstack/simulator.attestation.bin
    printf '{"attestation":"%s"}' "$(od -An -v -tx1 "$bin" | tr -d ' \n')" \
        >"$tmp/simulator"
    # There: quote verified, UpToDate; the image cannot be had.
    full=$VECTORS/dstack/full-image.getquote.json
    real "$full" 2026-03-01T00:00:00Z true policy policy_image
    json_is status '"UpToDate"'
    json_is report_data '"12340000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"'
    # There: refused at its step quote, before and after.
    real "$full" 2026-02-18T10:00:00Z false revocation pck_crl_time
    real "$full" 2026-03-20T11:00:00Z false revocation pck_crl_time
    # There: CertNotValidYet; Fmspc mismatch.
    for name in lite.getquote lite.attestation; do
        real "$VECTORS/dstack/$name.json" 2026-03-01T00:00:00Z false \
            chain pck_chain_time
    done
    real "$tmp/simulator" 2026-03-01T00:00:00Z false collateral \
        tcb_info_mismatch
else
    skip "no $VECTORS/dstack"
fi

finish
