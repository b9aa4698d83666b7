#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [WORDS...]: the same request bodies for `dstack verify` and for a
# dstack-verifier, the program that DSTACK_VERIFIER names (a path: it is started
# here, on loopback, with collateral and a root of the tests'); skipped where it
# names none. With WORDS only bodies whose names have one of them. Real evidence
# is judged in its own time, which needs libfaketime. make check-peers runs it.
set -u
cd "$(dirname "$0")/../../.." || exit 2
O=${O:-.build}
dir=$O/peers/verifier
vectors=${DSTACK_VECTORS:-../shared/vectors}
lack=
[ -n "${DSTACK_VERIFIER:-}" ] ||
    lack='DSTACK_VERIFIER is not set; it would name a dstack-verifier'
[ -n "$lack" ] || [ -x "$DSTACK_VERIFIER" ] ||
    lack="DSTACK_VERIFIER=$DSTACK_VERIFIER is no program"
command -v python3 >/dev/null || lack='no python3 here'
if [ -n "$lack" ]; then
    echo "beside dstack-verifier: skipped, $lack"
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
fi
[ -d "$vectors/dstack" ] || vectors=
mkdir -p "$dir" || exit 1
"$O/tools/forge_guest" "$dir" "$(date +%s)" || exit 1
DSTACK=$O/bin/dstack LIBDSTACK=$O/lib/libdstack.so \
    exec python3 tests/peers/verifier/compare.py "$DSTACK_VERIFIER" "$dir" \
    "$vectors" "$@"
