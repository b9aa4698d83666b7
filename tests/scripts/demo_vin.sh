#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo_vin.sh NODE CLIENT: what `make demo-vin` shows. A node, inside what plays
# the confidential VM, publishes its identity; a client verifies it, asks it a
# sealed question, verifies the answer's receipt, and refuses six lies. Fails
# unless each is refused for its reason.
. tests/scripts/simulator.sh
dir=$(mktemp -d)
node=
trap '[ -z "$node" ] || kill "$node"; simulator_stop; rm -rf "$dir"' EXIT
simulator_start || exit 1
# What the client trusts: the app with this compose file.
"${O:-.build}/bin/dstack" info --json --endpoint "$AGENT" |
    sed -n 's/.*\("compose_hash": *"[0-9a-f]*"\).*/{"expect":{\1}}/p' |
    head -n 1 >"$dir/policy.json"
mkfifo "$dir/ready"
DSTACK_SIMULATOR_ENDPOINT=$AGENT "$1" "$dir/node.sock" >"$dir/ready" &
node=$!
read -r line <"$dir/ready" || exit 1
echo "$line"
"$2" "$dir/node.sock" "$STATE/root.pem" "$STATE/collateral.json" \
    "$dir/policy.json"
