#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs tests/cli/*.sh with DSTACK and SIMULATOR set to the programs. Each
# prints its own "N passed, N failed" or counts as one.
passed=0
failed=0
skipped=0
case $O in
/*) bin=$O/bin ;;
*) bin=$PWD/$O/bin ;;
esac
DSTACK=$bin/dstack
SIMULATOR=$bin/dstack-simulator
VECTORS=${DSTACK_VECTORS:-../shared/vectors}
export DSTACK SIMULATOR VECTORS
for script in tests/cli/*.sh; do
    [ -f "$script" ] || continue
    out=$(timeout 120 sh "$script" 2>&1 </dev/null)
    status=$?
    counts=$(echo "$out" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)\{0,1\}$/\1 \2 \4/p' | tail -n 1)
    if [ -z "$counts" ]; then
        counts='0 0 0'
        [ "$status" -ne 0 ] || counts='1 0 0'
    fi
    # shellcheck disable=SC2086
    set -- $counts
    bad=$2
    [ "$status" -eq 0 ] || [ "$bad" -ne 0 ] || bad=1
    passed=$((passed + $1))
    failed=$((failed + bad))
    skipped=$((skipped + ${3:-0}))
    echo "  CLI     $script: $1 ok, $bad failed"
    [ "$bad" -eq 0 ] || echo "$out" | tail -n 50
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
