#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [--check]: what judgements cost on this machine. Real evidence where
# it is at hand, forged evidence of each kind otherwise. --check (BENCH_CHECK=1
# in the environment of make bench): exit 1 when a bar is missed.
# run.sh --build: only the program that make bench-peers needs.
set -eu
cd "$(dirname "$0")/../.."
O=${O:-.build}
VECTORS=${DSTACK_VECTORS:-../shared/vectors}
VERIFY_LIBS=${VERIFY_LIBS:?run it with make bench}
check=${1:-}
[ -z "${BENCH_CHECK:-}" ] || check=--check
mkdir -p "$O/bench"

case " $VERIFY_LIBS " in
*' -lcrypto '*) backend=-DDS_ECDSA_OPENSSL ;;
*) backend=-DDS_ECDSA_MBEDTLS ;;
esac
# build PROGRAM SOURCE... ARCHIVE LIBRARY...
build() {
    program=$1
    shift
    # shellcheck disable=SC2086
    ${CC:-gcc} -std=c11 -O2 -Wall -Wextra -D_DEFAULT_SOURCE $backend -Iinclude \
        -Itests ${LIB_CFLAGS:-} -o "$O/bench/$program" "$@"
}
src=tests/bench
lib=$O/lib/libdstack-verify.a
# shellcheck disable=SC2086
build bench $src/bench.c $src/heap.c $src/judge.c $src/measure.c $src/raw.c \
    "$lib" $VERIFY_LIBS
[ "${1:-}" != --build ] || exit 0
# shellcheck disable=SC2086
build evidence $src/evidence.c $src/judge.c $src/measure.c "$lib" $VERIFY_LIBS
# shellcheck disable=SC2086
build keychain $src/keychain.c $src/measure.c "$lib" $VERIFY_LIBS
# shellcheck disable=SC2086
build receipt $src/receipt.c $src/judge.c $src/measure.c "$O/lib/libdstack.a" \
    $LIB_LIBS

sed -n 's/^model name[^:]*: /machine    /p' /proc/cpuinfo | head -n 1
echo "load       $(cut -d' ' -f1-3 /proc/loadavg) on $(nproc) CPUs;" \
    "CPU time of one thread, median of 21 interleaved rounds"
strings -a "$O/bench/bench" | grep '^libdstack [0-9.]* ecdsa=' |
    sed 's/^/build      /'

status=0
# one TITLE PROGRAM ARGUMENT...
one() {
    echo
    echo "== $1"
    program=$2
    shift 2
    "$O/bench/$program" "$@" || status=1
}
# Judgements of quotes and of evidence have bars for libcrypto alone.
judging=$check
[ "$backend" = -DDS_ECDSA_OPENSSL ] || judging=
if [ -f "$VECTORS/tdx/v4.quote" ]; then
    # 2025-07-01T00:00:00Z, inside both windows
    one "TDX v4, real" bench ${judging:+"$judging"} "$VECTORS/tdx/v4.quote" \
        "$VECTORS/tdx/v4.collateral.json" 1751328000
    one "SGX v3, real" bench "$VECTORS/sgx/v3.quote" \
        "$VECTORS/sgx/v3.collateral.json" 1751328000
    # 2026-03-01T00:00:00Z
    one "evidence, real, its image unknown" evidence ${judging:+"$judging"} \
        "$VECTORS/dstack/full-image.getquote.json" \
        "$VECTORS/dstack/full-image.collateral.json" 1772323200
else
    ${MAKE:-make} --no-print-directory "O=$O" "$O/tools/forge_dir"
    for kind in tdx-v4 sgx-v3; do
        mkdir -p "$O/bench/$kind"
        "$O/tools/forge_dir" "$kind" "$O/bench/$kind"
        [ "$kind" = tdx-v4 ] || judging=
        # FORGE_NOW
        one "$kind, forged" bench ${judging:+"$judging"} \
            "$O/bench/$kind/quote.bin" "$O/bench/$kind/collateral.json" \
            1790000000 "$O/bench/$kind/root.pem"
    done
fi

. tests/scripts/simulator.sh
simulator_start --os 0.6.0 || exit 1
trap simulator_stop EXIT
"$O/bin/dstack" attest --text bench --v1 --endpoint "$AGENT" \
    >"$O/bench/lite.json"
one "evidence, forged, with its image's measurements" evidence \
    ${judging:+"$judging"} "$O/bench/lite.json" "$STATE/collateral.json" \
    "$(date +%s)" "$STATE/root.pem"
one "receipts of 1 KiB by a known node" receipt ${check:+"$check"} "$AGENT" \
    "$STATE/collateral.json" "$STATE/root.pem"
simulator_stop
trap - EXIT
one "key chains" keychain ${check:+"$check"}

echo
echo "== calls to the agent, here the simulator; wall time"
tests/bench/calls.sh ${check:+"$check"} || status=1

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
