#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh: environments, environment keys, compose hashes and Ethereum addresses,
# ours beside those of the npm and PyPI SDKs and of viem, in random cases.
# SEED and CASES (1000 or more) in the environment choose them. What is fetched
# stays in the build folder; a language that is not here is skipped. make
# check-peers runs it.
set -u
cd "$(dirname "$0")/../../.." || exit 2
O=${O:-.build}
src=$PWD/tests/peers/keys
dir=$PWD/.build/peers/keys
SEED=${SEED:-$(date +%s)}
CASES=${CASES:-1000}
JS=0.5.8 CURVES=1.9.7 VIEM=2 PYTHON=0.5.4
status=0
mkdir -p "$dir/npm"
# shellcheck disable=SC2086
${CC:-gcc} -std=c11 -O2 -Wall -Wextra -D_DEFAULT_SOURCE -Iinclude \
    ${SAN:+-fsanitize=$SAN} -o "$dir/keys" "$src/keys.c" "$O/lib/libdstack.a" \
    $LIB_LIBS || exit 1

# quietly NAME COMMAND...: with its output in a file, shown where it fails.
quietly() {
    log=$dir/$1.log
    shift
    "$@" >"$log" 2>&1 || {
        tail -n 20 "$log"
        return 1
    }
}
js() {
    cd "$dir/npm" || return 1
    [ -f package.json ] || echo '{"private": true}' >package.json
    cp "$src/keys.mjs" "$src/../random.mjs" . || return 1
    quietly npm npm install --no-fund --no-audit "@phala/dstack-sdk@$JS" \
        "@noble/curves@$CURVES" "viem@$VIEM" || return 1
    node keys.mjs "$dir/keys" "$SEED" "$CASES"
}
python() {
    [ -x "$dir/venv/bin/python" ] || python3 -m venv "$dir/venv" || return 1
    quietly pip "$dir/venv/bin/pip" install -q "dstack-sdk==$PYTHON" \
        'eth-hash[pycryptodome]' || return 1
    "$dir/venv/bin/python" "$src/keys.py" "$dir/keys" "$SEED" "$CASES"
}
for language in js python; do
    case $language in
    js) tool=npm ;;
    python) tool=python3 ;;
    esac
    if ! command -v $tool >/dev/null; then
        echo "keys, $language: skipped, no $tool here"
    elif ! ($language); then
        echo "keys, $language: FAILED"
        status=1
    fi
done
exit $status
