#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# oom.sh PROGRAM [NAME...]: the scenarios of failing allocations, shared out
# among JOBS= processes (2); closes with the total.
jobs=${JOBS:-2}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
i=0
while [ "$i" -lt "$jobs" ]; do
    OOM_SHARE=$i/$jobs "$@" >"$dir/$i" 2>&1 &
    i=$((i + 1))
done
wait
counts='s/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p'
passed=0
failed=0
skipped=0
for log in "$dir"/*; do
    # Whoever did not come to its end has said why.
    read -r ok bad skip <<END
$(sed -n "$counts" "$log" | grep . || echo 0 1 0)
END
    grep -v '^[0-9]* passed, ' "$log"
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
