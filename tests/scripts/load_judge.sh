#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# load_judge.sh PROGRAM COUNT: that many judgements of forged evidence, and of
# real evidence where it is at hand.
VECTORS=${DSTACK_VECTORS:-../shared/vectors}
. tests/scripts/simulator.sh
dir=$(mktemp -d)
simulator_start --os 0.6.0 || exit 1
trap 'simulator_stop; rm -rf "$dir"' EXIT
"${O:-.build}/bin/dstack" attest --text load --v1 --endpoint "$AGENT" \
    >"$dir/evidence" || exit 1
"$1" "$2" "$dir/evidence" "$STATE/collateral.json" "$(date +%s)" \
    "$STATE/root.pem" || exit 1
[ -f "$VECTORS/dstack/full-image.getquote.json" ] || exit 0
# 2026-03-01T00:00:00Z, inside its window
"$1" "$2" "$VECTORS/dstack/full-image.getquote.json" \
    "$VECTORS/dstack/full-image.collateral.json" 1772323200
