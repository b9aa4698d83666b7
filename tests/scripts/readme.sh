#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first C block of README.md is a whole program: it compiles without a
# warning against the public headers, and, where the real evidence is at
# hand, runs as the HTML comment above it says:
#     <!-- check: "$VECTORS/tdx/v4.quote" ... => 0 -->
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
VECTORS=${DSTACK_VECTORS:-../shared/vectors}
if ! awk '/^```c$/ { on = 1; next } /^```/ && on { exit } on' README.md \
    >"$dir/readme.c" || [ ! -s "$dir/readme.c" ]; then
    echo "README.md has no C block"
    echo "0 passed, 1 failed"
    exit 1
fi
# shellcheck disable=SC2086
if ! ${CC:-gcc} -std=c99 -Wall -Wextra -Wpedantic -Werror -Iinclude \
    -o "$dir/readme" "$dir/readme.c" "$O/lib/libdstack.a" $LIB_LIBS; then
    echo "0 passed, 1 failed"
    exit 1
fi
line=$(sed -n 's/^<!-- check: \(.*=> *[0-9]*\) *-->$/\1/p' README.md |
    head -n 1)
if [ -z "$line" ]; then
    echo "README.md has no '<!-- check: ARGUMENTS => STATUS -->'"
    echo "1 passed, 1 failed"
    exit 1
fi
if [ ! -d "$VECTORS" ]; then
    echo "1 passed, 0 failed, 1 skipped"
    exit 0
fi
out=$(eval "timeout 60 $dir/readme ${line%=>*}" 2>&1 </dev/null)
status=$?
if [ "$status" -ne "${line##*=> }" ]; then
    echo "  README  status $status, not ${line##*=> }"
    echo "$out" | tail -n 20
    echo "1 passed, 1 failed"
    exit 1
fi
echo "2 passed, 0 failed"
