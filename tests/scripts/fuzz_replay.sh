#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Replays each target's corpus, tests/fuzz/corpus/NAME; an input that makes a
# target crash, hang or complain is a failure, and so is an empty corpus.
passed=0
failed=0
for program in "$@"; do
    name=$(basename "$program")
    start=$(date +%s)
    if out=$(timeout 120 "$program" "tests/fuzz/corpus/${name#fuzz_}" 2>&1)
    then
        n=$(echo "$out" | sed -n 's/^\([0-9]*\) inputs replayed$/\1/p')
        passed=$((passed + n))
        echo "  REPLAY  $name: $n inputs in $(($(date +%s) - start))s"
    else
        failed=$((failed + 1))
        echo "  REPLAY  $name FAILED"
        echo "$out" | tail -n 50
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
