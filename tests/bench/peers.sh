#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# peers.sh: the same quote judged by this library and by others, one after
# another in one run: CPU time as ratios, verdicts side by side. What is
# fetched stays in the build folder; a peer that cannot be had is left out
# with a line that says so. make bench-peers runs it.
set -u
cd "$(dirname "$0")/../.." || exit 2
O=${O:-.build}
VECTORS=$(realpath "${DSTACK_VECTORS:-../shared/vectors}")
src=$PWD/tests/bench/peers
dir=$PWD/.build/peers
limit=${PEER_TIMEOUT:-600} # seconds for fetching and building one peer
JS=0.3.9 WEB=0.3.3 PYTHON=0.7.0 # the others: rust/Cargo.toml, go/go.mod
mkdir -p "$dir/cases" "$dir/verdicts"

# ---- fetch and build -----------------------------------------------------

# get NAME: quietly, gently, not for ever; hence in a process of its own.
get() {
    name=$1
    if timeout "$limit" nice -n 5 sh "$src/../peers.sh" --get "$name" \
        >"$dir/$name.log" 2>&1; then
        return 0
    fi
    echo "$name: left out, it could not be fetched or built" \
        "($(tail -n 1 "$dir/$name.log" | cut -c1-100))"
    return 1
}

get_javascript() {
    mkdir -p "$dir/npm" && cd "$dir/npm" || return 1
    [ -f package.json ] || echo '{"private": true}' >package.json
    cp "$src"/*.cjs "$src"/*.mjs . || return 1
    npm install --no-fund --no-audit "@phala/dcap-qvl@$JS" \
        "@phala/dcap-qvl-web@$WEB"
}
get_python() {
    [ -x "$dir/venv/bin/python" ] || python3 -m venv "$dir/venv" || return 1
    "$dir/venv/bin/pip" install -q "dcap-qvl==$PYTHON"
}
get_rust() {
    mkdir -p "$dir/rust/src" && cd "$dir/rust" || return 1
    cp "$src/rust/Cargo.toml" . && cp "$src/rust/src/main.rs" src || return 1
    CARGO_TARGET_DIR=$dir/cargo cargo build --release -j2
}
get_go() {
    mkdir -p "$dir/go" && cd "$dir/go" || return 1
    cp "$src/go/main.go" "$src/go/go.mod" . || return 1
    GOFLAGS='-mod=mod -p=2' go build -o peer .
}
if [ "${1:-}" = --get ]; then
    "$2"
    exit
fi

if [ ! -f "$VECTORS/tdx/v4.quote" ]; then
    echo "bench-peers: needs the real evidence of $VECTORS"
    exit 0
fi
tests/bench/run.sh --build || exit 1
# shellcheck disable=SC2086
${CC:-gcc} -std=c11 -O2 -Wall -Wextra -D_DEFAULT_SOURCE -Iinclude \
    -o "$O/bench/ours" "$src/ours.c" "$O/lib/libdstack-verify.a" \
    $LIB_LIBS || exit 1

peers=
if get get_javascript; then
    peers="javascript wasm"
fi
get get_python && peers="$peers python"
get get_rust && peers="$peers rust"
get get_go && peers="$peers go"

# peer NAME MODE ARGUMENTS...
peer() {
    name=$1
    shift
    case $name in
    javascript) (cd "$dir/npm" && node peer.cjs "$@") ;;
    wasm) (cd "$dir/npm" && node peer.mjs "$@") ;;
    python) "$dir/venv/bin/python" "$src/peer.py" "$@" ;;
    rust) "$dir/cargo/release/peer" "$@" ;;
    go) "$dir/go/peer" "$@" ;;
    esac
}
label() {
    case $1 in
    javascript) echo "npm @phala/dcap-qvl $JS" ;;
    wasm) echo "npm @phala/dcap-qvl-web $WEB" ;;
    python) echo "Python dcap-qvl $PYTHON" ;;
    rust) echo "crate dcap-qvl $(sed -n \
        's/^dcap-qvl.*"=\([0-9.]*\)".*/\1/p' "$src/rust/Cargo.toml")" ;;
    go) echo "Go go-tdx-guest $(sed -n 's/^.*go-tdx-guest v//p' \
        "$src/go/go.mod")" ;;
    esac
}

# ---- time ----------------------------------------------------------------

# compare NAME MODE FIELD FILES...: ours and a peer in turn, five times; the
# median of the five ratios. FIELD: of what bench --brief prints.
compare() {
    name=$1 mode=$2 field=$3
    shift 3
    : >"$dir/ratios"
    for _ in 1 2 3 4 5; do
        us=$("$O/bench/bench" --brief "$@" | cut -d' ' -f"$field")
        theirs=$(peer "$name" "$mode" "$@" 2>"$dir/$name.log") || return 1
        theirs=$(echo "$theirs" | tail -n 1) # some log before it
        echo "$us $theirs" | awk '{ print $2 / $1, $1, $2 }' >>"$dir/ratios"
    done
    sort -n "$dir/ratios" | sed -n 3p | {
        read -r ratio us theirs
        printf '%-30s %10.1f us  ours %8.1f us  %6.2f times ours\n' \
            "$(label "$name")" "$theirs" "$us" "$ratio"
    }
}
echo "CPU time of the process for one verification, everything from bytes,"
echo "nothing remembered by us; load $(cut -d' ' -f1-3 /proc/loadavg)"
for which in tdx/v4 sgx/v3; do
    echo
    echo "== $which"
    for name in $peers; do
        [ "$which $name" != "sgx/v3 go" ] || continue
        compare "$name" bench 1 "$VECTORS/$which.quote" \
            "$VECTORS/$which.collateral.json" 1751328000 ||
            echo "$(label "$name"): no time, it does not accept this quote"
    done
done
case " $peers " in
*' go '*)
    echo
    echo "== tdx/v4, certificates and signatures of the quote alone;"
    echo "   ours judges it whole, with prepared collateral"
    compare go bench-quote 2 "$VECTORS/tdx/v4.quote" \
        "$VECTORS/tdx/v4.collateral.json" 1751328000
    ;;
esac

# ---- verdicts ------------------------------------------------------------

echo
echo "== verdicts"
python3 "$src/cases.py" "$VECTORS" "$dir/cases" || exit 1
"$O/bench/ours" "$dir/cases/cases" >"$dir/verdicts/ours" || exit 1
set -- "$dir/verdicts/ours"
for name in $peers; do
    if peer "$name" verdicts \
        "$dir/cases/cases" >"$dir/verdicts/$name" 2>"$dir/$name.log"; then
        set -- "$@" "$dir/verdicts/$name"
    else
        echo "$name: left out ($(tail -n 1 "$dir/$name.log" | cut -c1-100))"
    fi
done
python3 "$src/compare.py" "$@"
