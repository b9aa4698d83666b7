#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A client that knows the app's CA accepts the server, under the right name
# only. AGENT is set by the runner.
program=$1
dir=$(mktemp -d)
trap 'kill $server 2>/dev/null; rm -rf "$dir"' EXIT
port=$((20000 + $$ % 20000))
# The CA of the app: what another call's chain ends in.
"${O:-.build}/bin/dstack" tls-key --endpoint "$AGENT" --subject other \
    --out-dir "$dir/ca" >/dev/null || exit 1
awk '/BEGIN/ { n++ } n > 1' "$dir/ca/chain.pem" >"$dir/ca.pem"

connect() { # NAME
    "$program" $port "$AGENT" &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.2
        out=$(openssl s_client -connect 127.0.0.1:$port -CAfile "$dir/ca.pem" \
            -verify_return_error -verify_hostname "$1" -quiet </dev/null \
            2>"$dir/err")
        status=$?
        grep -q 'refused' "$dir/err" || break
    done
    wait $server
    return $status
}
connect localhost || { cat "$dir/err"; exit 1; }
[ "$out" = 'hello from the TEE' ] || { echo "answer: $out"; exit 1; }
! connect elsewhere || { echo 'accepted under another name'; exit 1; }
