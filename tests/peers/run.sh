#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh: the official SDKs, and our client after them, call every method they
# have against our simulator, and what comes back is checked. run.sh DSTACK
# TAPPD WORKER AGENT: the same against another agent, which listens at these
# sockets or URLs and has this name in known_failures.txt; PEERS_KEYS=1 if its
# app root key is that of expected.txt. What is fetched stays in the build
# folder. make check-peers runs it, with PEERS= for these arguments.
set -u
cd "$(dirname "$0")/../.." || exit 2
O=${O:-.build}
src=$PWD/tests/peers
dir=$PWD/.build/peers/sdk
limit=${PEER_TIMEOUT:-1200} # seconds for fetching and building one SDK
# The others' versions: go/go.mod, rust/Cargo.toml. 1.9.7 is what the npm
# package wants beside it.
JS=0.5.8 CURVES=1.9.7 PYTHON=0.5.4
mkdir -p "$dir"

# ---- fetch and build -------------------------------------------------------

get_c() {
    # shellcheck disable=SC2086
    ${CC:-gcc} -std=c11 -O2 -Wall -Wextra -D_DEFAULT_SOURCE -Iinclude \
        ${SAN:+-fsanitize=$SAN} -o "$dir/c" "$src/c/peer.c" \
        "$O/lib/libdstack.a" $LIB_LIBS
}
get_js() {
    mkdir -p "$dir/npm" && cd "$dir/npm" || return 1
    [ -f package.json ] || echo '{"private": true}' >package.json
    cp "$src/js/peer.cjs" . || return 1
    npm install --no-fund --no-audit "@phala/dstack-sdk@$JS" \
        "@noble/curves@$CURVES"
}
get_python() {
    [ -x "$dir/venv/bin/python" ] || python3 -m venv "$dir/venv" || return 1
    "$dir/venv/bin/pip" install -q "dstack-sdk==$PYTHON"
}
get_go() {
    mkdir -p "$dir/go" && cd "$dir/go" || return 1
    cp "$src/go/main.go" "$src/go/go.mod" . || return 1
    GOFLAGS='-mod=mod -p=2' go build -o peer .
}
get_rust() {
    mkdir -p "$dir/rust/src" && cd "$dir/rust" || return 1
    cp "$src/rust/Cargo.toml" . && cp "$src/rust/src/main.rs" src || return 1
    CARGO_TARGET_DIR=$dir/cargo cargo build --release -j2
}
if [ "${1:-}" = --get ]; then
    "get_$2"
    exit
fi

# tool SDK: what its tool chain lacks here; nothing when it will do.
tool() {
    has=0 needs='none 0'
    case $1 in
    js) needs="node 18" has=$(node --version 2>/dev/null && npm --version) ;;
    python) needs="python3 3.10" \
        has=$(python3 -c 'import sys, venv
print(sys.version.split()[0])' 2>/dev/null) ;;
    go) needs="go 1.24" has=$(go env GOVERSION 2>/dev/null) ;;
    rust) needs="cargo 1.91" has=$(cargo --version 2>/dev/null) ;;
    esac
    has=$(echo "$has" | sed -n '1s/^[a-z ]*\([0-9][0-9.]*\).*/\1/p')
    want=${needs#* }
    if [ -z "$has" ]; then
        echo "no ${needs% *} here"
    elif [ "$(printf '%s\n' "$want" "$has" | sort -V | sed -n 1p)" != \
        "$want" ]; then
        echo "${needs% *} is $has, $want or newer is needed"
    fi
}
label() {
    case $1 in
    c) echo "this library" ;;
    js) echo "npm @phala/dstack-sdk $JS" ;;
    python) echo "PyPI dstack-sdk $PYTHON" ;;
    go) echo "Go $(sed -n 's/^require github.com.//p' "$src/go/go.mod")" ;;
    rust) echo "crate dstack-sdk $(sed -n \
        's/^dstack-sdk = "=\(.*\)"/\1/p' "$src/rust/Cargo.toml")" ;;
    esac
}

# get SDK: quietly, gently, not for ever; hence in a process of its own.
sdks='' skipped=0 failed=0 passed=0
for sdk in js python go rust c; do
    lack=$(tool "$sdk")
    if [ -n "$lack" ]; then
        echo "$(label "$sdk"): skipped, $lack"
        skipped=$((skipped + 1))
    elif timeout "$limit" nice -n 5 sh "$src/run.sh" --get "$sdk" \
        >"$dir/$sdk.log" 2>&1; then
        echo "$(label "$sdk")"
        sdks="$sdks $sdk"
    else
        echo "$(label "$sdk"): FAILED, not fetched or built, see" \
            ".build/peers/sdk/$sdk.log"
        failed=$((failed + 1))
    fi
done

# ---- one agent -------------------------------------------------------------

drive() {
    case $1 in
    c) "$dir/c" ;;
    js) (cd "$dir/npm" && node peer.cjs) ;;
    python) "$dir/venv/bin/python" "$src/python/peer.py" ;;
    go) "$dir/go/peer" ;;
    rust) "$dir/cargo/release/peer" ;;
    esac
}

# bytes HEX: the bytes
bytes() {
    # shellcheck disable=SC2059
    printf "$(echo "$1" | awk '
        function value(at) { return index(d, substr($0, at, 1)) - 1 }
        { for (i = 1; i < length($0); i += 2)
            printf "\\%03o", 16 * value(i) + value(i + 1) }
    ' d=0123456789abcdef -)"
}
# ecdsa HEX: r and s as the DER sequence of hex digits
ecdsa() {
    echo "$1" | awk 'function number(h) {
        while (h ~ /^00/ && length(h) > 2) h = substr(h, 3)
        if (h ~ /^[89a-f]/) h = "00" h
        return sprintf("02%02x%s", length(h) / 2, h)
    } { s = number(substr($0, 1, 64)) number(substr($0, 65, 64))
        printf "30%02x%s", length(s) / 2, s }'
}
# fact NAME FACTS...
fact() {
    name=$1
    shift
    for f in "$@"; do
        [ "${f%%=*}" != "$name" ] || echo "${f#*=}"
    done
}

# signed CALL FACTS...: a signature judged by OpenSSL alone.
signed() {
    call=$1
    shift
    signature=$(fact signature "$@") public=$(fact public_key "$@")
    printf 'Test message for signing' >"$tmp/message"
    case $call in
    sign.ed25519)
        bytes "302a300506032b6570032100$public" >"$tmp/public"
        bytes "$signature" >"$tmp/signature"
        openssl pkeyutl -verify -pubin -keyform DER -inkey "$tmp/public" \
            -rawin -in "$tmp/message" -sigfile "$tmp/signature"
        ;;
    *)
        bytes "3036301006072a8648ce3d020106052b8104000a032200$public" \
            >"$tmp/public"
        bytes "$(ecdsa "$signature")" >"$tmp/signature"
        openssl dgst -sha256 -verify "$tmp/public" -keyform DER \
            -signature "$tmp/signature" "$tmp/message"
        ;;
    esac
}

# certified CALL FILE: a key fits its certificate, whose chain holds and which
# says what was asked for. OpenSSL is the judge.
certified() {
    openssl pkey -in "$2.key" -pubout >"$tmp/key.pub" &&
        openssl x509 -in "$2.chain" -noout -pubkey >"$tmp/leaf.pub" &&
        cmp "$tmp/key.pub" "$tmp/leaf.pub" || return 1
    awk '/-BEGIN/ { n++ } { print >(out n) }' out="$tmp/chain" "$2.chain"
    last=$(grep -c -e -BEGIN "$2.chain")
    openssl verify -CAfile "$tmp/chain$last" -untrusted "$2.chain" \
        "$tmp/chain1" || return 1
    openssl x509 -in "$2.chain" -noout -text >"$tmp/text" || return 1
    case $1 in
    *.names) set -- DNS:peer.example "IP Address:127.0.0.1" ;;
    *.validity) set -- "Not Before: Nov 14 22:13:20 2023 GMT" \
        "Not After : May 18 03:33:20 2033 GMT" 1.3.6.1.4.1.62397.1.9 ;;
    *.ra_tls) set -- "CN = peer.example" 1.3.6.1.4.1.62397.1.8 ;;
    *) set -- "Public Key Algorithm: id-ecPublicKey" ;;
    esac
    for want in "$@"; do
        grep -q -e "$want" "$tmp/text" || {
            echo "the certificate does not have: $want"
            return 1
        }
    done
}

# second SDK: more lines: what OpenSSL judges; and RTMR3 apart, since it takes
# digests that an agent may leave out of its answer.
second() {
    while IFS="$tab" read -r client call status facts; do
        case $status$call in
        ok*.replay)
            printf '%s\t%s\t%s.rtmr3\tok\t%s\n' "$1" "$client" "$call" \
                "$facts"
            continue
            ;;
        oksign.*) judge=signed ;;
        okget_tls_key* | okv1_issue_cert* | okderive_key*) judge=certified ;;
        *) continue ;;
        esac
        if [ $judge = signed ]; then
            # shellcheck disable=SC2086
            signed "$call" $facts
        else
            certified "$call" "$PEERS_PEM/$1-$client-$call"
        fi >"$tmp/said" 2>&1 && said=ok || said=fail
        printf '%s\t%s\t%s.%s\t%s\t%s\n' "$1" "$client" "$call" "$judge" \
            "$said" "$([ $said = ok ] || tr '\n\t' '  ' <"$tmp/said")"
    done <"$tmp/$1"
}

# agent DSTACK TAPPD WORKER AGENT KEYS
agent() {
    export DSTACK_SIMULATOR_ENDPOINT="$1" TAPPD_SIMULATOR_ENDPOINT="$2"
    export PEERS_WORKER="$3"
    : >"$tmp/results"
    for sdk in $sdks; do
        if ! drive "$sdk" >"$tmp/$sdk" 2>"$dir/$sdk.err"; then
            echo "FAILED $(label "$sdk"): $(tail -n 1 "$dir/$sdk.err")"
            failed=$((failed + 1))
        fi
        sed "s/^/$sdk$tab/" "$tmp/$sdk" >>"$tmp/results"
        second "$sdk" >>"$tmp/results"
    done
    awk -v agent="$4" -v keys="$5" -f "$src/check.awk" \
        "$src/known_failures.txt" "$src/expected.txt" "$tmp/results" \
        >"$tmp/verdict" || failed=$((failed + 1))
    sed '$d' "$tmp/verdict"
    read -r _ good bad listed <<-end
	$(tail -n 1 "$tmp/verdict")
	end
    passed=$((passed + good)) failed=$((failed + bad))
    skipped=$((skipped + listed))
}

tab=$(printf '\t')
tmp=$(mktemp -d)
simulator=
stop() {
    [ -z "$simulator" ] || kill "$simulator" 2>/dev/null
    simulator=
}
trap 'stop; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
export PEERS_PEM="$tmp/pem"
mkdir "$PEERS_PEM"

# ---- our simulator ---------------------------------------------------------

# address KIND: the first that the simulator said it listens on
address() {
    sed -n "s/.*\"$1\": *\[\"\([^\"]*\)\".*/\1/p" "$tmp/ready" |
        sed 's/^unix://'
}
# ours OS KEYS ARGUMENTS...
ours() {
    os=$1 keys=$2
    shift 2
    echo
    echo "== dstack-simulator --os $os $*"
    rm -f "$tmp/ready"
    "$O/bin/dstack-simulator" --os "$os" "$@" >"$tmp/ready" \
        2>"$dir/simulator.log" &
    simulator=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ ! -s "$tmp/ready" ] || break
        sleep 0.5
    done
    if [ -s "$tmp/ready" ]; then
        agent "$(address dstack)" "$(address tappd)" "$(address worker)" \
            "$os" "$keys"
    else
        echo "FAILED it did not start: $(cat "$dir/simulator.log")"
        failed=$((failed + 1))
    fi
    stop
}

# app_keys FILE: a file as the original simulator reads it, with the app root
# key and the KMS link of expected.txt, so that the known values hold; the rest
# is drawn anew.
app_keys() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$tmp/ca.key" -subj "/O=Dstack/CN=Dstack App CA" -days 3650 \
        -addext keyUsage=critical,keyCertSign,cRLSign -out "$tmp/ca.pem" \
        2>"$tmp/said" || return 1
    line() { awk '{ printf "%s\\n", $0 }' "$1"; }
    known() { sed -n "s/^app_root $1 //p" "$src/expected.txt"; }
    cat >"$1" <<-end
	{"disk_crypt_key": "$(openssl rand -hex 32)",
	 "env_crypt_key": "$(openssl rand -hex 32)",
	 "k256_key": "$(known key)", "k256_signature": "$(known link)",
	 "gateway_app_id": "any", "ca_cert": "$(line "$tmp/ca.pem")",
	 "key_provider": {"None": {"key": "$(line "$tmp/ca.key")"}}}
	end
}

if [ $# -eq 4 ]; then
    agent "$@" "${PEERS_KEYS:-0}"
elif [ -n "$sdks" ]; then
    app_keys "$tmp/app-keys.json" || failed=$((failed + 1))
    set -- --listen "unix:$tmp/dstack.sock" --tappd "unix:$tmp/tappd.sock" \
        --worker "unix:$tmp/worker.sock" --app-keys "$tmp/app-keys.json" \
        --app-id 5bb4ff9a3837357f19dc176407a5709c62eb6c56
    ours 0.5.11 1 "$@"
    ours 0.6.0 1 "$@" --gpus 1
    ours 0.6.0 0 --listen http://127.0.0.1:0 --tappd http://127.0.0.1:0 \
        --worker http://127.0.0.1:0 --seed peers --gpus 1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
