#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deps.sh build|test|dev...: installs the packages that are missing. Quiet
# when there is nothing to do.
set -e
packages=
for what in "$@"; do
    case $what in
    build) packages="$packages gcc libc6-dev make pkg-config libmbedtls-dev
        libsodium-dev libcjson-dev libsecp256k1-dev libssl-dev
        libcurl4-openssl-dev libmicrohttpd-dev openssl" ;;
    # The last two: a program that links libcrypto.a of Debian 13 needs them.
    test) packages="$packages g++ libcmocka-dev mandoc curl zlib1g-dev
        libzstd-dev" ;;
    dev) packages="$packages clang libclang-rt-dev llvm clang-format clang-tidy
        cppcheck valgrind libc6-dbg gcovr abigail-tools cmake shellcheck debootstrap
        ca-certificates git faketime" ;;
    *) echo "deps.sh: no such set: $what" >&2; exit 2 ;;
    esac
done

if ! command -v apt-get >/dev/null; then
    echo "This is not a Debian; please install the likes of:" $packages
    exit 0
fi
missing=
for p in $packages; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = \
        installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
fi
echo "installing:$missing"
apt() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 "$@"
}
# A list that was never fetched, or is too old, is fetched again.
apt install --no-install-recommends $missing ||
    { apt update && apt install --no-install-recommends $missing; }
