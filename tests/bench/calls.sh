#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# calls.sh [--check]: what a call of the client costs, beside a bare HTTP
# exchange on the same socket and beside each official SDK that `make
# check-peers` has fetched. make bench runs it.
set -u
cd "$(dirname "$0")/../.." || exit 2
O=${O:-.build}
src=$PWD/tests/bench/calls
dir=$PWD/.build/peers/sdk # what check-peers fetched
calls=1000
status=0

mkdir -p "$O/bench"
# shellcheck disable=SC2086
${CC:-gcc} -std=c11 -O2 -Wall -Wextra -D_GNU_SOURCE -Iinclude -Itests \
    -o "$O/bench/client" tests/bench/client.c tests/bench/measure.c \
    "$O/lib/libdstack.a" $LIB_LIBS || exit 1

# median SDK: microseconds of one GetKey call.
median() {
    case $1 in
    npm) [ -d "$dir/npm/node_modules/@phala" ] &&
        cp "$src/call.cjs" "$dir/npm/" &&
        (cd "$dir/npm" && node call.cjs "$socket" $calls) ;;
    PyPI) [ -x "$dir/venv/bin/python" ] &&
        "$dir/venv/bin/python" "$src/call.py" "$socket" $calls ;;
    Go) [ -x "$dir/go/peer" ] && mkdir -p "$dir/go-call" &&
        cp tests/peers/go/go.mod "$src/go/main.go" "$dir/go-call/" &&
        (cd "$dir/go-call" && GOFLAGS=-mod=mod go build -o call .) &&
        "$dir/go-call/call" "$socket" $calls ;;
    crate) [ -x "$dir/cargo/release/peer" ] &&
        mkdir -p "$dir/rust-call/src" &&
        cp tests/peers/rust/Cargo.toml "$dir/rust-call/" &&
        cp "$src/rust/src/main.rs" "$dir/rust-call/src/" &&
        (cd "$dir/rust-call" && CARGO_TARGET_DIR=$dir/cargo-call \
            cargo build --release -j2) >"$dir/rust-call/log" 2>&1 &&
        "$dir/cargo-call/release/peer" "$socket" $calls ;;
    esac 2>/dev/null
}

. tests/scripts/simulator.sh
simulator_start || exit 1
trap simulator_stop EXIT
socket=${AGENT#unix:}
"$O/bench/client" "$socket" ${1:+"$1"} || status=1
for sdk in npm PyPI Go crate; do
    us=$(median $sdk)
    if [ -n "$us" ]; then
        printf 'GetKey     %8.1f us   by the SDK of %s\n' "$us" $sdk
    else
        echo "GetKey     by the SDK of $sdk: not here, make check-peers" \
            "fetches it"
    fi
done
exit $status
