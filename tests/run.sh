#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the test programs given, two at a time, and closes with the total.
# JOBS= how many at a time, TEST_TIMEOUT= seconds for each, WRAP= a command
# that runs a program (valgrind).
if [ "$1" = --one ]; then
    log=$2/$(basename "$3")
    start=$(date +%s)
    # shellcheck disable=SC2086
    timeout "${TEST_TIMEOUT:-280}" $WRAP "$3" >"$log" 2>&1
    status=$?
    # Each name is counted once, though the summary repeats it.
    ok=$(grep -c '^\[       OK \]' "$log")
    bad=$(sed -n 's/^\[  FAILED  \] \([^0-9].*\)/\1/p' "$log" | sort -u |
        wc -l)
    skip=$(sed -n 's/^\[  SKIPPED \] \([^0-9].*\)/\1/p' "$log" | sort -u |
        wc -l)
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    elif [ $((ok + bad + skip)) -eq 0 ]; then
        echo "  (ran no test)" >>"$log"
        bad=1
    fi
    echo "$ok $bad $skip" >"$log.count"
    text=$(printf '  TEST    %-28s %4d ok %3d failed %3d skipped  %ss' \
        "$(basename "$3")" "$ok" "$bad" "$skip" "$(($(date +%s) - start))")
    if [ "$bad" -ne 0 ]; then
        text="$text
$(grep -v '^\[ RUN\|^\[       OK' "$log" | tail -n 100)
  (exit status $status)"
    fi
    echo "$text"
    exit 0
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
[ $# -eq 0 ] || printf '%s\0' "$@" |
    xargs -0 -n 1 -P "${JOBS:-2}" "$0" --one "$dir"
passed=0
failed=0
skipped=0
for program in "$@"; do
    read -r ok bad skip <"$dir/$(basename "$program").count" || bad=1
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
