#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each public header alone, and the umbrella, as C99 and as C++11 with every
# compiler at hand; then what the headers promise about sizes and types.
passed=0
failed=0
ok() {
    passed=$((passed + 1))
}
bad() {
    failed=$((failed + 1))
    echo "  HEADER  $1"
}
strict='-Wall -Wextra -Wpedantic -Wundef -Werror -fsyntax-only -Iinclude'

# compile COMPILER LANGUAGE STANDARD FILE [FLAGS]
compile() {
    command -v "$1" >/dev/null || return 0
    # shellcheck disable=SC2086
    if "$1" -x "$2" -std="$3" $strict $5 "$4"; then
        ok
    else
        bad "$4: $1 -std=$3"
    fi
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for h in include/dstack/*.h; do
    # Twice: the guard works.
    printf '#include <dstack/%s>\n#include <dstack/%s>\nint main(void);\n' \
        "${h##*/}" "${h##*/}" >"$dir/${h##*/}.c"
    for pair in "gcc g++" "clang clang++"; do
        compile "${pair% *}" c c99 "$dir/${h##*/}.c"
        compile "${pair#* }" c++ c++11 "$dir/${h##*/}.c"
    done
done
for f in tests/headers/*.c; do
    compile gcc c c11 "$f"
    compile clang c c11 "$f"
done

# Every header is in the umbrella, except those that it includes by others.
if [ -f include/dstack/dstack.h ]; then
    for h in include/dstack/*.h; do
        echo "#include <dstack/dstack.h>" |
            ${CC:-gcc} -E -Iinclude -M -x c - | grep -q "$h" ||
            bad "$h is not reached from dstack/dstack.h"
    done
fi

# What a binding sees: no type, form or word that it cannot express.
tests/scripts/declarations.sh >"$dir/declarations"
if awk -f tests/scripts/ffi.awk "$dir/declarations"; then
    ok
else
    bad "declarations that a binding cannot use"
fi

# An object-like macro is unseen by a binding: it needs a function of the same
# name in lower case.
functions=$(tests/scripts/declarations.sh names)
macros=$(sed -n 's/^# *define \(DSTACK_[A-Z0-9_]*\)\( .*\)\{0,1\}$/\1/p' \
    include/dstack/*.h | grep -v -E \
    '_H$|^DSTACK_(API|MUST)$|^DSTACK_VERSION_(MAJOR|MINOR|PATCH)$')
for m in $macros; do
    if echo "$functions" | grep -qx "$(echo "$m" | tr '[:upper:]' '[:lower:]')"
    then
        ok
    else
        bad "$m has no function twin"
    fi
done
if grep -nE '^# *define [A-Za-z_0-9]+\(' include/dstack/*.h; then
    bad "function-like macros"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
