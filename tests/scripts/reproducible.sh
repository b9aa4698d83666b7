#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two builds, in two folders of different depth, are the same bytes.
set -e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for where in one two/deeper; do
    ${MAKE:-make} -j2 O="$dir/$where/out" lib >/dev/null
done
passed=0
for f in libdstack.a libdstack-verify.a libdstack.so libdstack-verify.so; do
    cmp "$dir/one/out/lib/$f" "$dir/two/deeper/out/lib/$f"
    passed=$((passed + 1))
done
echo "$passed passed, 0 failed"
