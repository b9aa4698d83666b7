#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs each part (a make target) and closes with the total of their counts.
# A part's last line "N passed, N failed[, N skipped]" says how many; a part
# without one counts as one. A part that exits non-zero has failed.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=0
skipped=0
for part in "$@"; do
    echo "== $part"
    start=$(date +%s)
    { ${MAKE:-make} --no-print-directory "$part" 2>&1
      echo "exit $?"; } | tee "$log" | sed '$d'
    status=$(sed -n '$s/^exit //p' "$log")
    counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)\{0,1\}$/\1 \2 \4/p' "$log" |
        tail -n 1)
    if [ -z "$counts" ]; then
        counts='0 0 0'
        [ "$status" -ne 0 ] || counts='1 0 0'
    fi
    # shellcheck disable=SC2086
    set -- $counts
    ok=$1
    bad=$2
    skip=${3:-0}
    [ "$status" -eq 0 ] || [ "$bad" -ne 0 ] || bad=1
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
    [ "$bad" -eq 0 ] || names="$names $part"
    echo "== $part: $ok passed, $bad failed, $skip skipped" \
        "in $(($(date +%s) - start))s"
done
[ -z "$names" ] || echo "failed:$names"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
