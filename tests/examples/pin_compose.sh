#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A simulator runs an app-compose file; its evidence is that file's, and no
# other's: one more blank makes another app.
. tests/scripts/simulator.sh
program=$1
dstack=${O:-.build}/bin/dstack
dir=$(mktemp -d)
trap 'simulator_stop; rm -rf "$dir"' EXIT

pin() { # STATUS APP_COMPOSE LINE
    "$program" "$dir/$2" "$dir/quote.json" "$STATE/collateral.json" \
        "$(date +%s)" "$STATE/root.pem" >"$dir/out" 2>&1
    [ $? -eq "$1" ] && grep -q -e "$3" "$dir/out" ||
        { echo "not $1, \"$3\":"; cat "$dir/out"; exit 1; }
}
printf '%s' '{"manifest_version":2,"name":"pinned","runner":"docker-compose",' \
    '"docker_compose_file":"services: {}","kms_enabled":true}' >"$dir/app.json"
simulator_start --app-compose "$dir/app.json" || exit 1
"$dstack" quote --endpoint "$AGENT" --text pin >"$dir/quote.json" || exit 1
pin 0 app.json '^YES'
pin 0 app.json "^compose hash $(sha256sum <"$dir/app.json" | cut -d' ' -f1)\$"
sed 's/,/, /' "$dir/app.json" >"$dir/blank.json"
pin 1 blank.json '^NO: .*compose_hash'
pin 2 none.json '^usage'
