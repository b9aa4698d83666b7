#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every exported function that takes a pointer first is called with NULL and 0
# for all that it takes: it must not crash, and answer as dstack/dstack.h says.
# The calls are made from the headers, so that no function is forgotten.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tests/scripts/declarations.sh must >"$dir/must"
tests/scripts/declarations.sh prototypes |
    awk -f tests/scripts/null_calls.awk "$dir/must" - >"$dir/calls.c"
# shellcheck disable=SC2086
${CC:-gcc} -std=c11 -Wall -Wextra -Werror -Iinclude -o "$dir/calls" \
    "$dir/calls.c" "$O/lib/libdstack.a" $LIB_LIBS || exit 1
"$dir/calls" >"$dir/log"
status=$?
passed=$(grep -c ' ok$' "$dir/log")
[ "$status" -eq 0 ] || grep -v ' ok$' "$dir/log" | sed 's/^/  NULL    /'
[ "$status" -le 1 ] || echo "  NULL    exit status $status"
echo "$passed passed, $(($(grep -c . "$dir/log") - passed)) failed"
[ "$status" -eq 0 ] && [ "$passed" -gt 0 ]
