#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh: receipts, sealed payloads and canonical JSON, ours beside those of the
# npm packages that the protocol's nodes are made of, in random cases. SEED and
# CASES (1000 or more) in the environment choose them. What is fetched stays in
# the build folder; nothing is done where there is no Node. make check-peers
# runs it.
set -u
cd "$(dirname "$0")/../../.." || exit 2
O=${O:-.build}
src=$PWD/tests/peers/vin
dir=$PWD/.build/peers/vin
SEED=${SEED:-$(date +%s)}
CASES=${CASES:-1000}
# The newest that work with the Node of Debian 12.
PACKAGES='@noble/ed25519@2.3.0 @noble/secp256k1@2.3.0 @noble/ciphers@1.3.0
    @noble/hashes@1.8.0 canonicalize@2.1.0'
if ! command -v npm >/dev/null; then
    echo "vin: skipped, no npm here"
    exit 0
fi
mkdir -p "$dir/npm"
# shellcheck disable=SC2086
${CC:-gcc} -std=c11 -O2 -Wall -Wextra -D_DEFAULT_SOURCE -Iinclude $LIB_CFLAGS \
    ${SAN:+-fsanitize=$SAN} -o "$dir/vin" "$src/vin.c" "$O/lib/libdstack.a" \
    $LIB_LIBS || exit 1
cd "$dir/npm" || exit 1
[ -f package.json ] || echo '{"private": true}' >package.json
cp "$src/vin.mjs" "$src/json.mjs" "$src/../random.mjs" . || exit 1
# shellcheck disable=SC2086
npm install --no-fund --no-audit $PACKAGES >"$dir/npm.log" 2>&1 || {
    tail -n 20 "$dir/npm.log"
    echo "vin: FAILED, not fetched"
    exit 1
}
node vin.mjs "$dir/vin" "$SEED" "$CASES" || {
    echo "vin: FAILED"
    exit 1
}
