#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# faults.sh PROGRAM: each kind of fault of the simulator times each call of the
# client (tests/faults/faults.c), of agents 0.5.11 and 0.6.0. The probe alone is
# answered as it should be.
passed=0
failed=0
. tests/scripts/simulator.sh
trap simulator_stop EXIT

# fault KIND CODES: what every call must end with.
fault() {
    for os in 0.5.11 0.6.0; do
        surface=v0
        gpus=0
        [ $os = 0.5.11 ] || { surface=v1 gpus=1; }
        simulator_start --os $os --gpus $gpus --worker http://127.0.0.1:0 \
            --fault Version/slow:1 --fault "$1" || exit 1
        worker=$(echo "$SIMULATOR_LINE" |
            sed 's/.*"worker":\["\([^"]*\)".*/\1/')
        out=$("$program" "$AGENT" "$TAPPD" "$worker" $surface 300 \
            "$(echo "$2" | sed 's/\([A-Z]*\)/DSTACK_ERR_\1/g
                s/DSTACK_ERR_OK/DSTACK_OK/; s/,DSTACK_ERR_$//')" 2>&1)
        counts=$(echo "$out" |
            sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
        # shellcheck disable=SC2086
        set -- "$1" "$2" ${counts:-0 1}
        passed=$((passed + $3))
        failed=$((failed + $4))
        [ "$4" -eq 0 ] || echo "$1 on $os:
$out"
        simulator_stop
    done
}
program=$1
fault slow TIMEOUT
fault drip TIMEOUT
fault silent TIMEOUT
fault resetting IO
fault truncated IO,PROTOCOL
fault oversized PROTOCOL
fault html PROTOCOL
fault error500 AGENT
fault malformed:cut PROTOCOL
fault malformed:half_body PROTOCOL
fault malformed:array_body PROTOCOL
fault malformed:string_body PROTOCOL
fault malformed:empty_object PROTOCOL
fault malformed:empty_body PROTOCOL
fault malformed:trailing PROTOCOL
fault malformed:bom PROTOCOL
fault malformed:bad_utf8 PROTOCOL
fault malformed:bad_escape PROTOCOL
fault malformed:null_key PROTOCOL
fault malformed:array_key PROTOCOL
fault malformed:object_key PROTOCOL
fault malformed:missing_key PROTOCOL
fault malformed:dup_key PROTOCOL
fault malformed:nul_key PROTOCOL
fault malformed:huge_key PROTOCOL
fault malformed:error_200 AGENT
fault malformed:error_400 AGENT
fault malformed:error_object AGENT
fault malformed:html_404 UNSUPPORTED
# Connections that die between two calls are not the caller's trouble.
fault stale OK
fault reused OK
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
