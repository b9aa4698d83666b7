#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The ABI as it is, from other languages: each program under tests/bindings
# gets a quote from the simulator, judges it and reads the report through
# libdstack.so. One whose tool is absent is skipped, in as many words.
passed=0
failed=0
skipped=0
. tests/scripts/simulator.sh
simulator_start || exit 1
trap simulator_stop EXIT
out=$(cd "${O:-.build}" && pwd)
lib=$out/lib
mkdir -p "$out/bindings"
export LD_LIBRARY_PATH="$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# judge TOOL COMMAND...: with the simulator's evidence as arguments.
judge() {
    tool=$1
    shift
    if timeout 60 "$@" "$AGENT" "$STATE/root.pem" "$STATE/collateral.json" \
        "$(date +%s)"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "  BINDING $tool failed"
    fi
}
absent() {
    command -v "$1" >/dev/null && return 1
    skipped=$((skipped + 1))
    echo "  BINDING skipped: no $1"
}
build() {
    "$@" >"$out/bindings/log" 2>&1 && return
    failed=$((failed + 1))
    cat "$out/bindings/log"
    return 1
}

absent python3 || judge python3 python3 tests/bindings/quote.py \
    "$lib/libdstack.so"
absent go ||
    { build env CGO_CFLAGS="-I$PWD/include" GOFLAGS=-mod=mod \
        CGO_LDFLAGS="-L$lib -ldstack" go build -C tests/bindings/go \
        -o "$out/bindings/go" . && judge go "$out/bindings/go"; }
absent rustc ||
    { build rustc --edition 2021 -O -L "$lib" -o "$out/bindings/rust" \
        tests/bindings/rust/main.rs && judge rustc "$out/bindings/rust"; }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
