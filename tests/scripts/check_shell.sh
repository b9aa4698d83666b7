#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
failed=0
scripts=$(find .ci tests tools docs bindings -type f 2>/dev/null |
    LC_ALL=C sort | while read -r f; do
        head -n 1 "$f" | grep -q '^#!.*sh$' && echo "$f"
    done)
for f in $scripts; do
    shell=$(sed -n '1s/.*[/ ]//p' "$f")
    "$shell" -n "$f" || failed=1
done
if command -v shellcheck >/dev/null; then
    # shellcheck disable=SC2086
    shellcheck -S warning $scripts || failed=1
fi
exit $failed
