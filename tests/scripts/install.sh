#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh install|uninstall, called by make with its variables exported.
# Both walk one list, so that uninstall leaves nothing that install made.
set -e
action=$1
install=${INSTALL:-install}
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT

# put MODE FILE FOLDER [NAME]
put() {
    if [ "$action" = install ]; then
        $install -d "$DESTDIR$3"
        $install -m "$1" "$2" "$DESTDIR$3/${4:-${2##*/}}"
    else
        rm -f "$DESTDIR$3/${4:-${2##*/}}"
    fi
}
link() {
    if [ "$action" = install ]; then
        ln -sf "$1" "$DESTDIR$2"
    else
        rm -f "$DESTDIR$2"
    fi
}
# fill TEMPLATE: the file of that name in $built, with the variables in.
fill() {
    sed -e "s|@PREFIX@|$PREFIX|g" -e "s|@LIBDIR@|$LIBDIR|g" \
        -e "s|@INCLUDEDIR@|$INCLUDEDIR|g" -e "s|@VERSION@|$VERSION|g" \
        -e "s|@ABI@|$ABI|g" -e "s|@MAJOR_MINOR@|${VERSION%.*}|g" \
        -e "s|@VERIFY_REQUIRES@|$(echo $VERIFY_REQUIRES)|" \
        -e "s|@VERIFY_LIBS@|$(echo $VERIFY_PC_LIBS)|" \
        -e "s|@FULL_REQUIRES@|$(echo $FULL_REQUIRES)|" \
        -e "s|@FULL_LIBS@|$(echo $FULL_PC_LIBS)|" \
        -e "s|@VERIFY_LINK_LIBS@|$(echo $VERIFY_LIBS | tr ' ' ';')|" \
        -e "s|@FULL_LINK_LIBS@|$(echo $LIB_LIBS | tr ' ' ';')|" \
        -e "s|@CMAKE_TO_LIBDIR@|$(relative "$LIBDIR")|" \
        -e "s|@CMAKE_TO_INCLUDEDIR@|$(relative "$INCLUDEDIR")|" \
        "pkgconfig/$1.in" >"$built/$1"
}
relative() {
    realpath -m --relative-to="$CMAKEDIR" "$1"
}

for h in include/dstack/*.h; do
    put 644 "$h" "$INCLUDEDIR/dstack"
done
for lib in libdstack libdstack-verify; do
    put 644 "$O/lib/$lib.a" "$LIBDIR"
    put 644 "$O/lib/$lib.so.$ABI" "$LIBDIR" "$lib.so.$VERSION"
    link "$lib.so.$VERSION" "$LIBDIR/$lib.so.$ABI"
    link "$lib.so.$ABI" "$LIBDIR/$lib.so"
    fill "$lib.pc"
    put 644 "$built/$lib.pc" "$PKGCONFIGDIR"
done
for f in dstack-config.cmake dstack-config-version.cmake; do
    fill "$f"
    put 644 "$built/$f" "$CMAKEDIR"
done
for program in dstack dstack-simulator; do
    if [ -f "$O/bin/$program" ] || [ "$action" = uninstall ]; then
        put 755 "$O/bin/$program" "$BINDIR"
    fi
done
for page in docs/man/*.[0-9]; do
    [ -f "$page" ] || continue
    section=${page##*.}
    put 644 "$page" "$MANDIR/man$section"
    # Each other name of a page leads to it.
    for name in $(tests/scripts/man_names.sh "$page"); do
        [ "$name.$section" != "${page##*/}" ] || continue
        [ ! -f "docs/man/$name.$section" ] || continue
        echo ".so man$section/${page##*/}" >"$built/$name.$section"
        put 644 "$built/$name.$section" "$MANDIR/man$section"
    done
done
if [ "$action" = uninstall ]; then
    for dir in "$INCLUDEDIR/dstack" "$CMAKEDIR"; do
        [ ! -d "$DESTDIR$dir" ] || rmdir "$DESTDIR$dir"
    done
fi
