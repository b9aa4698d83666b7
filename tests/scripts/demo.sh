#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `make demo` shows: the command judges real quotes where the collection
# of them is present, and forged evidence of each kind otherwise; then it asks
# a simulated guest agent for a quote, keys and a certificate, measures an
# event, and judges what came back. Fails unless every answer is the one that
# it should be.
dstack=${O:-.build}/bin/dstack
forge_dir=${O:-.build}/tools/forge_dir
vectors=${DSTACK_VECTORS:-../shared/vectors}
tmp=$(mktemp -d)
trap 'simulator_stop; rm -rf "$tmp"' EXIT
. tests/scripts/simulator.sh
count=0
wrong=0
OUTPUT=

# show STATUS TITLE ARGUMENTS...; OUTPUT names a file for what is printed.
show() {
    want=$1
    printf '\n==== %s\n' "$2"
    shift 2
    printf '$ dstack'
    for word in "$@"; do
        case $word in
        *[!A-Za-z0-9_./:,=-]*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    if [ -n "$OUTPUT" ]; then
        printf ' >%s\n' "$OUTPUT"
        "$dstack" "$@" >"$OUTPUT"
        got=$?
    else
        printf '\n\n'
        "$dstack" "$@"
        got=$?
    fi
    count=$((count + 1))
    [ "$got" -eq "$want" ] || {
        wrong=$((wrong + 1))
        echo "exit status $got where $want was expected" >&2
    }
}
# forged KIND [CHANGE]: evidence in $tmp/KIND.
forged() {
    mkdir -p "$tmp/$1$2"
    "$forge_dir" "$1" "$tmp/$1$2" ${2:+"$2"} || exit 1
}
# judge_forged STATUS TITLE FOLDER [OPTION...]: at the forge's time.
judge_forged() {
    status=$1
    title=$2
    folder=$tmp/$3
    shift 3
    show "$status" "$title" verify --at 2026-09-21T14:13:20Z \
        --root "$folder/root.pem" --collateral "$folder/collateral.json" \
        "$@" "$folder/quote.bin"
}

real() {
    show 0 'A real TDX quote: genuine, and up to date' verify \
        --at 2025-07-01T00:00:00Z \
        --collateral "$vectors/tdx/v4.collateral.json" "$vectors/tdx/v4.quote"
    show 0 "A dstack machine's answer to GetQuote" verify \
        --at 2026-03-01T00:00:00Z \
        --collateral "$vectors/dstack/full-image.collateral.json" \
        "$vectors/dstack/full-image.getquote.json"
    show 1 'A real SGX quote: genuine, but its platform is not up to date' \
        verify --at 2025-07-01T00:00:00Z \
        --collateral "$vectors/sgx/v3.collateral.json" "$vectors/sgx/v3.quote"
    show 1 'The TDX quote again, a month later: its collateral has expired' \
        verify --at 2025-08-01T00:00:00Z \
        --collateral "$vectors/tdx/v4.collateral.json" "$vectors/tdx/v4.quote"
}

forgeries() {
    echo "No real evidence in $vectors: forged evidence under its own root."
    for kind in sgx-v3 sgx-v4 sgx-v5 tdx-v4 tdx-v5-1.0 tdx-v5-1.5; do
        forged $kind
        judge_forged 0 "Forged, kind $kind" $kind
    done
    echo '{"accept_any_workload":true,"accept_attributes":["SERVTD_EXT"]}' \
        >"$tmp/policy.json"
    forged tdx-v5-ex
    judge_forged 0 'Forged, kind tdx-v5-ex' tdx-v5-ex \
        --policy "$tmp/policy.json"
    forged tdx-v4 revoked
    judge_forged 1 'Forged, kind tdx-v4, with a revoked PCK certificate' tdx-v4revoked
    show 1 "Forged evidence under Intel's root" verify \
        --at 2026-09-21T14:13:20Z \
        --collateral "$tmp/tdx-v4/collateral.json" "$tmp/tdx-v4/quote.bin"
}

# ask STATUS TITLE ARGUMENTS...: of the simulator.
ask() {
    status=$1
    title=$2
    word=$3
    shift 3
    show "$status" "$title" "$word" --endpoint "$AGENT" "$@"
}
agent() {
    nonce=$(od -An -tx1 -N 32 /dev/urandom | tr -d ' \n')
    printf '\n==== A machine without a TEE: a simulated guest agent\n'
    printf '$ dstack-simulator --listen %s --os 0.5.11 &\n' "$AGENT"
    ask 0 'Which agent is it?' version
    ask 0 "The app's key at a path" key --path signing/receipts
    ask 0 'A key with a certificate of the app' tls-key \
        --subject localhost --server --out-dir "$tmp/tls"
    ask 0 'Measure an event' emit-event --name model-loaded --payload c0ffee
    OUTPUT=$tmp/quote.json
    ask 0 'A quote over a fresh nonce, with the event log' quote \
        --report-data "$nonce"
    OUTPUT=
    show 0 "The quote, under the simulator's root" verify \
        --root "$STATE/root.pem" --collateral "$STATE/collateral.json" \
        --report-data "$nonce$(printf %064d 0)" "$tmp/quote.json"
    show 1 "The quote, under Intel's root: it is a simulator's" verify \
        --collateral "$STATE/collateral.json" "$tmp/quote.json"
    printf '\n==== The certificate chain, by openssl\n\n'
    awk '/BEGIN/ { n++ } n == 1' "$tmp/tls/chain.pem" >"$tmp/leaf.pem"
    awk '/BEGIN/ { n++ } n > 1' "$tmp/tls/chain.pem" >"$tmp/ca.pem"
    openssl verify -CAfile "$tmp/ca.pem" "$tmp/leaf.pem" ||
        wrong=$((wrong + 1))
    count=$((count + 1))
}

if [ -f "$vectors/tdx/v4.quote" ] && [ -f "$vectors/sgx/v3.quote" ]; then
    real
else
    forgeries
fi
simulator_start || exit 1
agent
printf '\n%d answers, %d as they should be. Try: %s --help\n' \
    $count $((count - wrong)) "$dstack"
[ $wrong -eq 0 ]
