#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs into an empty stage, builds C and C++ programs with what a user
# would use (pkg-config, CMake), runs them, uninstalls, and looks for leavings.
passed=0
failed=0
make=${MAKE:-make}
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
PREFIX=/opt/dstack
LIBDIR=$PREFIX/lib/here
export PREFIX LIBDIR
unset BINDIR INCLUDEDIR MANDIR PKGCONFIGDIR CMAKEDIR DESTDIR
lib=$stage/tree$LIBDIR
log=$stage/log

expect() {
    what=$1
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "  INSTALL $what FAILED: $*"
        tail -n 30 "$log"
    fi
}
pc() {
    PKG_CONFIG_PATH=$lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage/tree \
        ${PKG_CONFIG:-pkg-config} "$@" |
        # The sysroot goes before our own folders only.
        sed "s|$stage/tree/usr/|/usr/|g"
}
run() {
    LD_LIBRARY_PATH=$lib "$@"
}

expect install $make --no-print-directory install DESTDIR="$stage/tree"
for name in libdstack libdstack-verify; do
    cc_flags=$(pc --cflags $name)
    libs=$(pc --libs $name)
    static=$(pc --libs --static $name)
    # The shared library alone: private dependencies stay private.
    expect "$name: pkg-config names it alone" test \
        "$(echo $libs)" = "-L$lib -l${name#lib}"
    # shellcheck disable=SC2046,SC2086
    {
        expect "$name C" ${CC:-gcc} -std=c99 -Wall -Wextra -Werror $cc_flags \
            -o "$stage/c" tests/install/use.c $libs
        expect "$name C run" run "$stage/c"
        if command -v "${CXX:-g++}" >/dev/null; then
            expect "$name C++" ${CXX:-g++} -x c++ -std=c++11 -Wall -Wextra \
                -Werror $cc_flags -o "$stage/cxx" tests/install/use.c $libs
            expect "$name C++ run" run "$stage/cxx"
        fi
        # Our archive, everybody else's shared library: Debian has no
        # libcjson.a for a wholly static program.
        expect "$name archive" ${CC:-gcc} -std=c99 $cc_flags \
            -o "$stage/static" tests/install/use.c \
            $(echo "$static" | sed "s|-l${name#lib} |$lib/$name.a |")
        expect "$name archive run" "$stage/static"
    }
    expect "$name soname" sh -c "readelf -d '$lib/$name.so' |
        grep -q 'SONAME.*$name.so.$ABI'"
    expect "$name full relro, no text relocations" sh -c \
        "readelf -d '$lib/$name.so' | grep -q NOW &&
        ! readelf -d '$lib/$name.so' | grep -q TEXTREL"
done
# The stack is not executable and no build folder is written into anything.
expect 'no build paths' sh -c \
    "! grep -rlF '$PWD' '$stage/tree' --exclude-dir=man"
if command -v cmake >/dev/null; then
    expect 'CMake configure' cmake -S tests/install -B "$stage/cmake" \
        -DCMAKE_PREFIX_PATH="$stage/tree$PREFIX" \
        -Ddstack_DIR="$lib/cmake/dstack" -DCMAKE_C_COMPILER="${CC:-gcc}"
    expect 'CMake build' cmake --build "$stage/cmake"
    for program in "$stage"/cmake/use_*; do
        expect "CMake ${program##*/}" run "$program"
    done
fi
if [ -f "$stage/tree$PREFIX/bin/dstack" ]; then
    expect 'the command runs' "$stage/tree$PREFIX/bin/dstack" --version
fi
expect uninstall $make --no-print-directory uninstall DESTDIR="$stage/tree"
expect 'uninstall leaves nothing' test -z "$(find "$stage/tree" ! -type d)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
