#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Without an agent there is no node. What it does with one, vin_client.sh shows.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
DSTACK_SIMULATOR_ENDPOINT=unix:$dir/none "$1" "$dir/node.sock" >"$dir/out"
[ $? -eq 1 ] && [ ! -s "$dir/out" ]
