#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# For each library: functions marked for export in the headers = names in its
# map = what the shared library exports = what the archive shows. Then: what
# the man pages document, with the same prototypes.
passed=0
failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# same WHAT FILE FILE: equal sets, or say what only one of them has.
same() {
    LC_ALL=C sort -u "$2" >"$dir/a"
    LC_ALL=C sort -u "$3" >"$dir/b"
    if cmp -s "$dir/a" "$dir/b" && [ -s "$dir/a" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "  SYMBOLS $1 differ ('<': only the first, '>': only the second)"
        diff "$dir/a" "$dir/b" | grep '^[<>]'
    fi
}

for lib in libdstack-verify libdstack; do
    tests/scripts/map_update.sh names "lib/$lib.map" >"$dir/headers"
    sed -n 's/^ *\([a-z_0-9]*\);$/\1/p' "lib/$lib.map" >"$dir/map"
    ${NM:-nm} -D --defined-only "$O/lib/$lib.so" |
        awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' >"$dir/dynamic"
    ${NM:-nm} -g --defined-only "$O/lib/$lib.a" |
        awk 'NF == 3 { print $3 }' >"$dir/static"
    same "headers and lib/$lib.map" "$dir/headers" "$dir/map"
    same "lib/$lib.map and $lib.so" "$dir/map" "$dir/dynamic"
    [ -n "$STATIC_PLAIN" ] ||
        same "lib/$lib.map and $lib.a" "$dir/map" "$dir/static"
done

tests/scripts/declarations.sh prototypes >"$dir/headers"
for page in docs/man/*.3; do
    [ ! -f "$page" ] || awk -f tests/scripts/man_prototypes.awk "$page"
done >"$dir/man"
same 'prototypes in headers and man pages' "$dir/headers" "$dir/man"
# Every function of a page is in its NAME section, so that man finds it.
for page in docs/man/*.3; do
    [ -f "$page" ] || continue
    awk -f tests/scripts/man_prototypes.awk "$page" |
        sed 's/(.*//; s/.*[ *]//' >"$dir/shown"
    [ -s "$dir/shown" ] || continue
    tests/scripts/man_names.sh "$page" | grep _ >"$dir/named"
    same "SYNOPSIS and NAME of $page" "$dir/shown" "$dir/named"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
