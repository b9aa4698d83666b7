#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [--check]: what judgements cost on this machine. Real evidence where
# it is at hand, forged evidence of each kind otherwise. --check (BENCH_CHECK=1
# in the environment of make bench): exit 1 when a bar is missed.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-.build}
VECTORS=${DSTACK_VECTORS:-../shared/vectors}
VERIFY_LIBS=${VERIFY_LIBS:?run it with make bench}
bench=$O/bench/bench
check=${1:-}
[ -z "${BENCH_CHECK:-}" ] || check=--check
mkdir -p "$O/bench"

case " $VERIFY_LIBS " in
*' -lcrypto '*) backend=-DDS_ECDSA_OPENSSL ;;
*) backend=-DDS_ECDSA_MBEDTLS ;;
esac
# shellcheck disable=SC2086
${CC:-gcc} -std=c11 -O2 -Wall -Wextra -D_DEFAULT_SOURCE $backend -Iinclude \
    -Itests ${LIB_CFLAGS:-} -o "$bench" tests/bench/bench.c \
    tests/bench/raw.c "$O/lib/libdstack-verify.a" $VERIFY_LIBS

# shellcheck disable=SC2086
${CC:-gcc} -std=c11 -O2 -Wall -Wextra -D_DEFAULT_SOURCE -Iinclude \
    ${LIB_CFLAGS:-} -o "$O/bench/keychain" tests/bench/keychain.c \
    "$O/lib/libdstack-verify.a" $VERIFY_LIBS

[ "${1:-}" != --build ] || exit 0

sed -n 's/^model name[^:]*: /machine    /p' /proc/cpuinfo | head -n 1
echo "load       $(cut -d' ' -f1-3 /proc/loadavg) on $(nproc) CPUs;" \
    "CPU time of one thread, median of 21 interleaved rounds"
strings -a "$bench" | grep '^libdstack [0-9.]* ecdsa=' | sed 's/^/build      /'

status=0
one() {
    echo
    echo "== $1"
    shift
    "$bench" "$@" || status=1
}
if [ -f "$VECTORS/tdx/v4.quote" ]; then
    # Only libcrypto has bars to meet.
    [ "$backend" = -DDS_ECDSA_OPENSSL ] || check=
    # 2025-07-01T00:00:00Z, inside both windows
    # shellcheck disable=SC2086
    one "TDX v4, real" $check "$VECTORS/tdx/v4.quote" \
        "$VECTORS/tdx/v4.collateral.json" 1751328000
    one "SGX v3, real" "$VECTORS/sgx/v3.quote" \
        "$VECTORS/sgx/v3.collateral.json" 1751328000
else
    ${MAKE:-make} --no-print-directory "O=$O" "$O/tools/forge_dir"
    for kind in tdx-v4 sgx-v3; do
        mkdir -p "$O/bench/$kind"
        "$O/tools/forge_dir" "$kind" "$O/bench/$kind"
        [ "$kind" = tdx-v4 ] && [ "$backend" = -DDS_ECDSA_OPENSSL ] ||
            check=
        # FORGE_NOW
        # shellcheck disable=SC2086
        one "$kind, forged" $check "$O/bench/$kind/quote.bin" \
            "$O/bench/$kind/collateral.json" 1790000000 \
            "$O/bench/$kind/root.pem"
    done
fi

echo
echo "== key chains"
"$O/bench/keychain" ${BENCH_CHECK:+--check} || status=1

echo
echo "== calls to the agent, here the simulator; wall time"
tests/bench/calls.sh ${BENCH_CHECK:+--check} || status=1

echo
echo "== sizes"
for lib in libdstack-verify libdstack; do
    [ -e "$O/lib/$lib.so" ] || continue
    strip --strip-unneeded -o "$O/bench/$lib.so" "$O/lib/$lib.so"
    echo "$lib.so stripped $(($(wc -c <"$O/bench/$lib.so") / 1024)) KiB;" \
        "$lib.a text $(($(size -t "$O/lib/$lib.a" |
            awk 'END { print $1 }') / 1024)) KiB"
done
exit "$status"
