#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dstack-simulator as a client sees it: every version's surface, what it
# refuses and in which words, known keys, collateral, faults, start and end.
. tests/cli/common

command -v curl >/dev/null || {
    skip 'the simulator: no curl'
    finish
    exit
}
nul=$(printf '%064d' 0)
json='Content-Type: application/json'
type=$json
empty='{}'
d=$tmp/d.sock
t=$tmp/t.sock
w=$tmp/w.sock
pid=

# start OPTIONS...: with the line that it prints in $tmp/ready.
start() {
    command="dstack-simulator $*"
    : >"$tmp/ready"
    "$SIMULATOR" "$@" >"$tmp/ready" 2>"$tmp/err" &
    pid=$!
    n=0
    while [ ! -s "$tmp/ready" ]; do
        n=$((n + 1))
        if [ $n -gt 200 ] || ! kill -0 $pid 2>/dev/null; then
            cp "$tmp/err" "$tmp/out"
            bad 'did not start'
            return
        fi
        sleep 0.05
    done
    ok
}
# stop [SIGNAL]: ends with status 0 and takes its sockets away.
stop() {
    kill "-${1:-TERM}" $pid
    wait $pid
    status=$?
    command="the end of $command"
    cp "$tmp/err" "$tmp/out"
    if [ $status -eq 0 ]; then ok; else bad "status $status, not 0"; fi
    if [ -e "$d" ] || [ -e "$t" ] || [ -e "$w" ]; then
        bad 'sockets are left'
    else
        ok
    fi
}
trap '[ -z "$pid" ] || kill $pid 2>/dev/null; rm -rf "$tmp"' EXIT
# ask STATUS SOCKET PATH [BODY [CURL OPTION...]]: a POST of JSON, the answer's
# body in $tmp/out and its head in $tmp/head.
ask() {
    want=$1
    command="curl $2 $3 ${4-$empty}"
    sock=$2
    path=$3
    body=${4-$empty}
    shift 3
    [ $# -eq 0 ] || shift
    status=$(curl -sS -g -m 10 -D "$tmp/head" -o "$tmp/out" \
        -w '%{http_code}' --unix-socket "$sock" -H "$type" \
        --data-binary "$body" "$@" "http://dstack$path" 2>"$tmp/err")
    if [ "$status" = "$want" ]; then ok; else bad "status $status, not $want"; fi
}
# The same as a GET.
get() {
    want=$1
    command="curl $2 $3"
    sock=$2
    path=$3
    shift 3
    status=$(curl -sS -g -m 10 -D "$tmp/head" -o "$tmp/out" \
        -w '%{http_code}' --unix-socket "$sock" "$@" "http://dstack$path" \
        2>"$tmp/err")
    if [ "$status" = "$want" ]; then ok; else bad "status $status, not $want"; fi
}
head_has() {
    if grep -qiE -e "$1" "$tmp/head"; then ok; else bad "no header $1"; fi
}
head_lacks() {
    if grep -qiE -e "$1" "$tmp/head"; then bad "a header $1"; else ok; fi
}
out_is() {
    if [ "$(cat "$tmp/out")" = "$1" ]; then ok; else bad "not: $1"; fi
}
error_is() {
    out_is "{
  \"error\": \"$1\"
}"
}
# refused STATUS SOCKET PATH BODY TEXT
refused() {
    ask "$1" "$2" "$3" "$4"
    error_is "$5"
}

# ---- usage ------------------------------------------------------------------

# sim STATUS ARGUMENTS...
sim() {
    want=$1
    shift
    command="dstack-simulator $*"
    timeout 20 "$SIMULATOR" "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
    if [ $status -eq "$want" ]; then ok; else bad "status $status, not $want"; fi
}
sim 0 --help
out_has '^usage: dstack-simulator '
out_has 'chain_element_null'
err_empty
sim 0 --version
out_has '^dstack-simulator [0-9.]*$'
for line in '' 'x' '--bogus' '--listen' '--seed a' \
    "--listen unix:$d --os 0.5.6" "--listen unix:$d --os 0.3.6" \
    "--listen unix:$d --tee snp" "--listen unix:$d --fault nothing" \
    "--listen unix:$d --fault slow:x" "--listen unix:$d --fault silent:1" \
    "--listen unix:$d --fault malformed:x" "--listen unix:$d --fault /slow" \
    "--listen unix:$d --gpus x" "--listen unix:$d --provider x" \
    "--listen unix:$d --seed a --seed b" "--listen unix:$d y"; do
    # shellcheck disable=SC2086
    sim 2 $line
    err_has '^dstack-simulator: '
    out_empty
done
echo text >"$tmp/file"
for address in "unix:$tmp/file" "unix:$tmp/none/d.sock" unix: \
    "unix:$tmp/$nul$nul" http://127.0.0.1:x http://127.0.0.1:65536 \
    http://127.0.0.1:0/path http://example.com:1 http://0.0.0.0:0 \
    http://192.0.2.1:0 'http://[::]:0' 127.0.0.1 ''; do
    sim 3 --seed a --listen "$address"
    err_has '^dstack-simulator: '
    out_empty
done
sim 3 --seed a --listen http://0.0.0.0:0
err_has 'allow-remote'
[ "$(cat "$tmp/file")" = text ] && ok || bad 'a file was replaced'
for option in --app-compose --app-keys --attestation; do
    sim 3 --seed a --listen "unix:$d" $option "$tmp/none"
    err_has 'No such file'
    sim 3 --seed a --listen "unix:$d" $option "$tmp/file"
done
sim 3 --seed a --listen "unix:$d" --state "$tmp/file"

# ---- start, several at once, end --------------------------------------------

start --seed one --state "$tmp/state" --listen "unix:$d" --listen "$tmp/d2.sock" \
    --tappd "unix:$t" --worker "unix:$w" --worker http://localhost:0 \
    --pccs 127.0.0.1:0 --listen 'http://[::1]:0'
cp "$tmp/ready" "$tmp/out"
out_is_json
json_is ready true
json_is os '"0.5.11"'
out_has "\"dstack\":\[\"unix:$d\",\"unix:$tmp/d2.sock\",\"http://\[::1\]:[0-9]*\"\]"
out_has '"worker":\["unix:[^"]*","http://127.0.0.1:[0-9]+"\]'
pccs=$(sed 's/.*"pccs":\["\([^"]*\)".*/\1/' "$tmp/ready")
# Nobody takes a socket that is in use, and one that is not is replaced.
first=$pid
sim 3 --seed a --listen "unix:$d"
err_has 'another program listens there'
ask 200 "$tmp/d2.sock" /Version
kill -KILL $first
wait $first 2>/dev/null
[ -S "$d" ] && ok || bad 'no socket is left'
start --seed one --state "$tmp/state" --listen "unix:$d" --tappd "unix:$t" \
    --worker "unix:$w" --pccs 127.0.0.1:0
rm -f "$tmp/d2.sock"
pccs=$(sed 's/.*"pccs":\["\([^"]*\)".*/\1/' "$tmp/ready")

# ---- 0.5.11: the envelope ---------------------------------------------------

ask 200 "$d" /Version
out_is '{"version":"0.5.11","rev":"unknown"}'
head_has '^content-type: application/json'
head_has '^server: dstack Simulator'
head_has '^x-content-type-options: nosniff'
head_lacks '^x-app-version'
head_lacks '^connection'
for path in /Ver%73ion //Version; do
    ask 200 "$d" $path
done
for path in /a/b /Version/ /prpc/Version /v0/Version /v1/Version; do
    ask 404 "$d" $path
    head_has '^content-type: text/html'
    out_has '404'
done
ask 404 "$d" /a/b '{}' -H 'Accept: application/json, */*'
out_is '{
  "error": {
    "code": 404,
    "reason": "Not Found",
    "description": "The requested resource could not be found."
  }
}'
ask 422 "$d" /
ask 422 "$d" /%ff
for name in NoSuch version DstackGuest.Version GpuInfo; do
    refused 400 "$d" /$name '{}' "Service not found: $name"
done
for verb in PUT DELETE PATCH OPTIONS; do
    ask 404 "$d" /Version '{}' -X $verb
done
get 200 "$d" /Version -I
head_has '^content-length: 36'
ask 200 "$d" /Version '[1,2'
ask 200 "$d" /GetKey '' -X POST
ask 200 "$d" /GetKey '["a","b"]'
ask 200 "$d" /GetKey '{"nonsense":[[{}]],"path":"x"}' -H 'Expect: 100-continue'
ask 200 "$d" /GetKey '{}' -H 'Transfer-Encoding: chunked'
type='Content-Type: APPLICATION/json; charset=utf-8'
ask 200 "$d" /GetKey
type=$json
get 200 "$d" '/GetKey?path=/&purpose=test&json=1&foo'
cp "$tmp/out" "$tmp/want"
ask 200 "$d" /GetKey '{"path":"/","purpose":"test"}'
cmp -s "$tmp/out" "$tmp/want" && ok || bad 'a query gives another key'
type='Content-Type: text/plain'
for flag in '?json' '?json=1' '?json=true'; do
    ask 200 "$d" "/GetKey$flag" '{"path":"/","purpose":"test"}'
    cmp -s "$tmp/out" "$tmp/want" && ok || bad 'the flag gives another key'
done
for flag in '?json=0' '?json=TRUE' '?other' ''; do
    ask 400 "$d" "/GetKey$flag" '{"path":"/"}'
    head_has '^content-type: application/octet-stream'
    out_has 'failed to decode Protobuf message: '
done
get 400 "$d" '/GetTlsKey?usage_server_auth=2'
error_is 'provided string was not `true` or `false`'

# Protobuf: path "/", purpose "test"; the key is field 1, the chain field 2.
key=$(sed 's/.*"key":"\([0-9a-f]*\)".*/\1/' "$tmp/want")
printf '\012\001/\022\004test' >"$tmp/proto"
ask 200 "$d" /GetKey "@$tmp/proto"
type=$json
head_has '^content-type: application/octet-stream'
got=$(od -An -v -tx1 "$tmp/out" | tr -d ' \n')
case $got in
0a20${key}1241*) ok ;;
*) bad "protobuf $got" ;;
esac

# The body's limit, and what is refused before the body is looked at.
head -c 10485758 /dev/zero | tr '\0' ' ' >"$tmp/long"
printf '{}' >>"$tmp/long"
ask 200 "$d" /GetKey "@$tmp/long" -H 'Expect:'
printf ' ' >>"$tmp/long"
ask 400 "$d" /GetKey "@$tmp/long" -H 'Expect:'
head_has '^content-type: application/octet-stream'
out_has 'failed to read data: payload too large'
ask 400 "$d" '/GetKey?json' "@$tmp/long" -H 'Expect:'
error_is 'failed to read data: payload too large'
ask 200 "$d" /Version '{}' -H "X-Long: $(head -c 100000 /dev/zero | tr '\0' a)"

# Two requests on one connection.
command='two requests on one connection'
curl -sS -v -m 10 --unix-socket "$d" -H "$json" -d '{}' http://dstack/Version \
    http://dstack/Version >"$tmp/out" 2>"$tmp/err"
err_has 'Re-using existing .*connection'
# A request in pieces, and a broken one.
if command -v python3 >/dev/null; then
    command='broken requests'
    python3 - "$d" >"$tmp/out" 2>&1 <<'END'
import socket, sys
def talk(*parts):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(sys.argv[1])
    got = b""
    try:
        for p in parts:
            s.sendall(p)
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    while True:
        try:
            p = s.recv(65536)
        except OSError:
            break
        if not p:
            break
        got += p
    return got.split(b"\r\n")[0].decode("latin-1")
print(talk(b"POST /Ver", b"sion HTTP/1.1\r\nContent-", b"Length: 2\r\n\r\n{", b"}"))
print(talk(b"POST http://x/Version HTTP/1.1\r\nContent-Length: 0\r\n\r\n"))
for bad in (b"garbage\r\n\r\n", b"\0\0\0\0", b"POST", b"",
        b"POST /Version HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /Version HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /GetKey HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 700000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200000 + b"\r\n"):
    talk(bad)
print(talk(b"GET /Version HTTP/1.1\r\n\r\n"))
END
    out_is 'HTTP/1.1 200 OK
HTTP/1.1 200 OK
HTTP/1.1 200 OK'
fi

# ---- 0.5.11: calls ----------------------------------------------------------

refused 400 "$d" /GetKey '{"path":null}' \
    'invalid type: null, expected a string at line 1 column 12'
refused 400 "$d" /GetKey '{"path":"a","path":"b"}' \
    'duplicate field `path` at line 1 column 18'
for alg in rsa secp256k1_prehashed; do
    refused 400 "$d" /GetKey "{\"algorithm\":\"$alg\"}" 'Unsupported algorithm'
done
ask 200 "$d" /GetQuote '{"report_data":"0x0xDEADbeef"}'
json_is report_data "\"deadbeef$(printf %0120d 0)\""
out_has '"event_log":"\[\{\\"imr\\":0'
refused 400 "$d" /GetQuote "{\"report_data\":\"$nul${nul}00\"}" \
    'Report data is too long'
refused 400 "$d" /GetQuote '{"report_data":"abc"}' \
    'Odd number of digits at line 1 column 21'
ask 200 "$d" /Attest '{"report_data":"deadbeef"}'
out_has '^\{"attestation":"00'
ask 200 "$d" /EmitEvent '{"event":"test","payload":"aabb"}'
out_is null
ask 200 "$d" /GetQuote
out_has '\\"event\\":\\"test\\",\\"event_payload\\":\\"aabb\\"'
ask 200 "$d" /Info
cp "$tmp/out" "$tmp/info"
out_has '^\{"app_id":"[0-9a-f]{40}","instance_id":"[0-9a-f]{40}","app_cert":"'
out_has '","cloud_vendor":"","cloud_product":""\}$'
ask 200 "$d" /Sign '{"algorithm":"ed25519","data":"00"}'
out_has '^\{"signature":"[0-9a-f]{128}","signature_chain":\["[0-9a-f]{128}","[0-9a-f]{130}","[0-9a-f]{130}"\],"public_key":"[0-9a-f]{64}"\}$'
sed 's/"signature_chain":[^]]*\],//; s/^{/{"algorithm":"ed25519","data":"00",/' \
    "$tmp/out" >"$tmp/verify"
ask 200 "$d" /Verify "@$tmp/verify"
out_is '{"valid":true}'
refused 400 "$d" /Sign '{}' 'Unsupported algorithm'
refused 400 "$d" /Sign '{"algorithm":"secp256k1_prehashed","data":"aabb"}' \
    'Pre-hashed signing requires a 32-byte digest, but received 2 bytes'
ask 200 "$d" /GetTlsKey '{"subject":"x","alt_names":["a.example","10.0.0.1"],"usage_server_auth":true,"usage_ra_tls":true,"with_app_info":true}'
out_has '^\{"key":"-----BEGIN PRIVATE KEY-----\\n.*"certificate_chain":\["-----BEGIN CERTIFICATE-----\\n.*","-----BEGIN'
ask 200 "$d" /GetTlsKey '{"not_before":1800000000,"not_after":1700000000}'

for path in /prpc/Tappd.Version /prpc/Version /prpc/Tappd.Tappd.Version; do
    ask 200 "$t" $path
done
ask 404 "$t" /Version
ask 404 "$t" /v1/Version
refused 400 "$t" /prpc/Tappd.GetTlsKey '{}' 'Service not found: GetTlsKey'
ask 200 "$t" /prpc/Tappd.Info
cmp -s "$tmp/out" "$tmp/info" && ok || bad 'another Info'
ask 200 "$t" /prpc/Tappd.DeriveK256Key '{"path":"/","purpose":"test"}'
sed 's/k256_//g' "$tmp/out" >"$tmp/got"
cmp -s "$tmp/got" "$tmp/want" && ok || bad 'another key'
ask 200 "$t" /prpc/Tappd.DeriveKey '{"path":"/","random_seed":true}'
ask 200 "$t" /prpc/Tappd.TdxQuote '{"report_data":"00","prefix":"tag"}'
json_is hash_algorithm '"sha512"'
json_is prefix '"app-data"'
ask 200 "$t" /prpc/Tappd.RawQuote "{\"report_data\":\"$nul$nul\"}"
json_is hash_algorithm '"raw"'
json_is prefix '""'
for data in '' aa "$nul${nul}00"; do
    refused 400 "$t" /prpc/Tappd.RawQuote "{\"report_data\":\"$data\"}" \
        'invalid content length'
done
refused 400 "$t" /prpc/Tappd.TdxQuote '{"hash_algorithm":"md5"}' \
    'invalid hash algorithm'

ask 200 "$w" /prpc/Worker.Version
head_has '^x-app-version: v0.5.11 \('
ask 404 "$w" /Version
head_has '^x-app-version'
ask 404 "$w" /prpc/v1/Health
get 200 "$w" /prpc/Version
ask 200 "$w" /prpc/Worker.GetAttestationForAppKey '{"algorithm":"ed25519"}'
out_has "\"report_data\":\"$(printf 'dip1::ed25519-pk:' | od -An -v -tx1 | tr -d ' \n')"
for alg in '' rsa secp256k1_prehashed; do
    refused 400 "$w" /prpc/GetAttestationForAppKey "{\"algorithm\":\"$alg\"}" \
        'Unsupported algorithm'
done

# ---- the evidence verifies, under its own root alone -------------------------

ask 200 "$d" /GetQuote '{"report_data":"deadbeef"}'
cp "$tmp/out" "$tmp/quote"
run 0 verify --json --root "$tmp/state/root.pem" \
    --collateral "$tmp/state/collateral.json" \
    --report-data "deadbeef$(printf %0120d 0)" "$tmp/quote"
accepted
run 1 verify --json --collateral "$tmp/state/collateral.json" "$tmp/quote"
out_has '"authentic":false'

# ---- collateral service -----------------------------------------------------

# doc STATUS PATH
doc() {
    want=$1
    command="curl $pccs$2"
    status=$(curl -sS -g -m 10 -D "$tmp/head" -o "$tmp/out" \
        -w '%{http_code}' "$pccs$2" 2>"$tmp/err")
    if [ "$status" = "$want" ]; then ok; else bad "status $status, not $want"; fi
}
sgx=/sgx/certification/v4
tdx=/tdx/certification/v4
doc 200 /root.pem
cmp -s "$tmp/out" "$tmp/state/root.pem" && ok || bad 'another root'
doc 200 /collateral.json
cmp -s "$tmp/out" "$tmp/state/collateral.json" && ok || bad 'another bundle'
fmspc=$(sed 's/.*fmspc\\":\\"\([0-9A-Fa-f]*\).*/\1/' "$tmp/out")
for ca in platform processor; do
    doc 200 "$sgx/pckcrl?ca=$ca&encoding=der"
    head_has '^sgx-pck-crl-issuer-chain: -----BEGIN%20CERTIFICATE-----%0A'
    head_has '^content-type: application/pkix-crl'
    od -An -v -tx1 "$tmp/out" | tr -d ' \n' >"$tmp/hex"
    doc 200 "/sgx/certification/v3/pckcrl?ca=$ca"
    cmp -s "$tmp/out" "$tmp/hex" && ok || bad 'not the same in hex'
    doc 200 "$sgx/pckcrl?ca=$ca"
    out_has '^-----BEGIN X509 CRL-----$'
    openssl crl -inform PEM -in "$tmp/out" -noout 2>"$tmp/err" && ok ||
        bad 'no CRL'
done
doc 200 $sgx/rootcacrl
out_has '^3[0-9a-f]+$'
doc 200 /IntelSGXRootCA.der
doc 200 "$tdx/tcb?fmspc=$fmspc"
out_has '^\{"tcbInfo":\{"id":"TDX"'
head_has '^tcb-info-issuer-chain: -----BEGIN%20'
doc 200 "$sgx/tcb?fmspc=$fmspc&update=early"
out_has '^\{"tcbInfo":\{"id":"SGX"'
doc 200 "/sgx/certification/v3/tcb?fmspc=$fmspc"
head_has '^sgx-tcb-info-issuer-chain: '
for tee in sgx tdx; do
    doc 200 /$tee/certification/v4/qe/identity
    out_has '^\{"enclaveIdentity":\{'
    head_has '^sgx-enclave-identity-issuer-chain: '
done
for path in "$tdx/tcb" "$tdx/tcb?fmspc=1" "$tdx/tcb?fmspc=zz0000000000" \
    "$sgx/pckcrl" "$sgx/pckcrl?ca=other" "$sgx/pckcrl?ca=platform&encoding=x"; do
    doc 400 "$path"
done
doc 404 "$tdx/tcb?fmspc=000000000000"
doc 404 /nothing
doc 404 /
stop INT

# ---- the same seed is the same machine --------------------------------------

start --seed one --listen "unix:$d"
ask 200 "$d" /GetKey '{"path":"/","purpose":"test"}'
cmp -s "$tmp/out" "$tmp/want" && ok || bad 'another key'
stop
start --state "$tmp/state" --listen "unix:$d" --os 0.6.0
ask 200 "$d" /GetKey '{"path":"/","purpose":"test"}'
cmp -s "$tmp/out" "$tmp/want" && ok || bad 'another key'
stop

# ---- files of the original simulator: its values -----------------------------

root=d6e88992cdeeee35fe70b5db61ab66cdb191fb9b6ec9313757ef162dd7214d5d
link=9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e594d2a283f843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500
command='openssl makes a CA'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj '/O=Dstack/CN=Test CA' -days 30 -keyout "$tmp/ca.key" \
    -out "$tmp/ca.pem" 2>"$tmp/err" && ok || bad 'no CA'
# A file's text as JSON has it.
escaped() {
    awk '{ printf "%s\\n", $0 }' "$1"
}
cat >"$tmp/appkeys.json" <<END
{"disk_crypt_key":"$nul","env_crypt_key":"$nul","k256_key":"$root",
"k256_signature":"$link","gateway_app_id":"","ca_cert":"$(escaped "$tmp/ca.pem")",
"key_provider":{"None":{"key":"$(escaped "$tmp/ca.key")"}}}
END
start --seed one --listen "unix:$d" --tappd "unix:$t" \
    --app-keys "$tmp/appkeys.json"
# key PATH PURPOSE ALGORITHM KEY LINK
key() {
    ask 200 "$d" /GetKey \
        "{\"path\":\"$1\",\"purpose\":\"$2\",\"algorithm\":\"$3\"}"
    out_is "{\"key\":\"$4\",\"signature_chain\":[\"$5\",\"$link\"]}"
}
a=aa221ae548b5a8f52fcb8687cfd873712f6a1232b2717e5ee3d58ab74f21905b
b=f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d
key '' '' '' $a 64ce2f1b381d04f7404fda78bdc942c314d89b7069d97eea1897e51b249dd3b1700995cbf7efe7ff04195dd6e31f153b702eeeeaffc5941510739dc39b9bd9cf01
key '' '' ed25519 $a 4210633c6792b54f99eda1b2a9c7e1f6507c02c01bcabf230d35dc4c00a6b0902fccd45b383e8f3035c0fcdcba534b80f8849a5b5849257bc71d9f838620cd3e00
key / test k256 $b 0b0fa470162c54f108850d143442c48d43f1cc42983b8e9c589679345b831d2b5bb5b97b21c2d2d036520209deae8b6111318c68eafc786190d6edc52e5cf0c201
key / test ed25519 $b 7752352aa2ad8b337a3845661073fb42ef1b1d3313d8ce0b8976ccc21505e0c62e79eb7aaf9b51768b0f9762e62098710ce4e8cabd450670b2fb0040e8551cb300
key /test/path test-purpose secp256k1 b9fbb7171185c421c58610a2acba8ceae93623ae47815618cbad1e98fc042cb7 \
    f50c51735a97072f0c98125ed61fc84e2fdb36e95990b9e57337dadc0e2a9712227f04e07209faecb8891d59ec144a6c13e411dc90b3423f28071bd3fe11978d01
key wallet/ethereum mainnet '' abc24a0a6485cfceb30932bcfc9c3b918eab2216d8619c423a0d1017390938ef \
    ff57816e9cdd93c170db1e976c787533046392e90f7b3834f15f03f771e364941220f49f266a2bd293a289871a56f4dd81b1dec22d23d9d177862f5c398a317201
message=$(printf 'Test message for signing' | od -An -v -tx1 | tr -d ' \n')
ask 200 "$d" /Sign "{\"algorithm\":\"secp256k1\",\"data\":\"$message\"}"
json_is signature '"673932366ab5452967919dbb290a20b095e0a65ef35baa7bd47abcc23e37f0dc3f42c80fc1680af6ba57c9cb5bcf08f5d89aa4b6f69c819ef28045b0e0134992"'
json_is public_key '"036105f01d1fd781568f7c208b087b1c4f522601410ed7e9c7870d573de7c46d54"'
out_has '"51ec279eb0da3fb45335c2fd6badaf701905bf35f229912976c4ae3c9d649cf97f964473f2dce7118743bad84a6df707d11c9b5f0b38379204e14fd2c7baddba01"'
ask 200 "$d" /Sign "{\"algorithm\":\"ed25519\",\"data\":\"$message\"}"
json_is signature '"5d1b901403e9a4a03b4f854d0895abd7289f68381cd1044212c0e0c779493fc4886bfd139e3b8e6bf214d38b2ae15a32708f8f18805061a2079cca1c79288f04"'
ask 200 "$t" /prpc/Tappd.DeriveKey '{"path":"/"}'
out_has '"key":"-----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9sHtlEiDlNeOCk5a\\n'
stop
start --seed one --os 0.6.0 --listen "unix:$d" --app-keys "$tmp/appkeys.json"
ask 200 "$d" /v1/GetKey '{"domain":"test","algorithm":"secp256k1"}'
out_is "{\"key\":\"5aeb09419e6e6b3bb4740d55387cee303f7df646379dc7884f6ce248bdde60e6\",\"public_key\":\"02bc3a78e1c1f5d94c2580dd06678ec48ae362aeed00906dbea5aa4d34713c240c\",\"signature_chain\":[\"b81526a4b5a1a211d3bfedb9780fe38de5288f30e6ec2466f22b3874ba60f50f356751f1781027516b5372a67afd65c70a5d8a7e7f2ff8a85398df736a4e035f00\",\"$link\"]}"
stop

recorded=$VECTORS/dstack/simulator.attestation.bin
if [ -f "$recorded" ]; then
    start --seed one --listen "unix:$d" --app-keys "$tmp/appkeys.json" \
        --attestation "$recorded" \
        --app-compose "$VECTORS/dstack/simulator.app-compose.json"
    ask 200 "$d" /Info
    json_is app_id '"5bb4ff9a3837357f19dc176407a5709c62eb6c56"'
    json_is instance_id '"1691ed1b47506cad7d08834668691d88246f5b1f"'
    json_is mr_aggregated '"85334a62c97d0f8bf82d0245d31b539d17a2d7c258e2a13efc928aaea0e107cb"'
    json_is compose_hash '"c143116fef3940e7f776bfc0919c256232ae5338a6e948c96b711e0b2383483a"'
    json_is app_name '"guest-agent"'
    ask 200 "$d" /GetQuote '{"report_data":"deadbeef"}'
    # Report data is written over the quote's bytes 568 to 632.
    quote=$(sed 's/.*"quote":"\([0-9a-f]*\)".*/\1/' "$tmp/out")
    got=$(printf '%s' "$quote" | cut -c1137-1264)
    [ "$got" = "deadbeef$(printf %0120d 0)" ] && ok || bad "not patched: $got"
    stop
else
    skip "no $recorded"
fi

# ---- 0.3.6 ------------------------------------------------------------------

start --seed one --os 0.3.6 --tappd "unix:$t" --worker "unix:$w"
ask 200 "$t" /prpc/Tappd.DeriveKey '{"path":"/","subject":"x"}'
head_has '^content-type: application/octet-stream'
head_has '^server: Tappd Server'
ask 200 "$t" /prpc/Tappd.Info
out_has '^\{"app_id":"[0-9a-f]{40}","instance_id":"[0-9a-f]*","app_cert":".*"public_logs":(true|false),"public_sysinfo":(true|false)\}$'
out_has 'rootfs_hash'
type='Content-Type:'
ask 200 "$t" /prpc/Tappd.Info ''
type=$json
# Field 1 is a text of 40 digits.
case $(od -An -v -tx1 -N3 "$tmp/out" | tr -d ' \n') in
0a283[0-9] | 0a286[1-6]) ok ;;
*) bad 'no identity as text' ;;
esac
ask 200 "$t" /prpc/Tappd.TdxQuote '{"report_data":"0x00"}'
ask 200 "$w" /prpc/Worker.Version
for path in /prpc/Info /prpc/Tappd.NoSuch /prpc/Tappd.Version \
    /prpc/Tappd.DeriveK256Key; do
    refused 404 "$t" $path '{}' 'method Not Found'
done
stop

# ---- 0.5.5 ------------------------------------------------------------------

start --seed one --os 0.5.5 --listen "unix:$d" --tappd "unix:$t" \
    --worker "unix:$w"
# Fields that it does not know change nothing, whatever they hold.
ask 200 "$d" /GetKey '{"path":"/","purpose":"test","algorithm":"ed25519"}'
cmp -s "$tmp/out" "$tmp/want" && ok || bad 'another key'
ask 200 "$d" /GetKey '{"path":"/","purpose":"test","algorithm":5}'
ask 200 "$d" /GetTlsKey '{"not_before":"x","with_app_info":1}'
for name in Version Attest Sign Verify NoSuch; do
    refused 400 "$d" /$name '{}' "Service not found: $name"
done
ask 404 "$d" /v1/Version
ask 200 "$d" /Info
out_lacks 'cloud_vendor'
ask 200 "$d" /EmitEvent '{"event":"test","payload":"aabb"}'
ask 200 "$w" /prpc/Worker.Version
head_has '^x-app-version: v0.5.5 '
refused 400 "$t" /prpc/Tappd.Version '{}' 'Service not found: Version'
refused 400 "$w" /prpc/GetAttestationForAppKey '{}' \
    'Service not found: GetAttestationForAppKey'
ask 400 "$d" '/GetKey?json' "@$tmp/long" -H 'Expect:'
error_is 'failed to read data\n\nCaused by:\n    payload too large'
stop

# ---- 0.6.0 ------------------------------------------------------------------

printf '%s' '{"manifest_version":2,"name":"a \"name\"","runner":"docker-compose","docker_compose_file":"","kms_enabled":true,"public_tcbinfo":false}' \
    >"$tmp/compose.json"
start --seed one --os 0.6.0 --listen "unix:$d" --tappd "unix:$t" \
    --worker "unix:$w" --app-compose "$tmp/compose.json" --gpus 1
for path in /Version /v0/Version /v1/Version; do
    ask 200 "$d" $path
    out_is '{"version":"0.6.0","rev":"unknown"}'
done
for path in /NoSuch /v0/NoSuch /v1/Sign /v1/GetQuote /v1; do
    ask 404 "$d" $path
    error_is "Service not found: ${path##*/}"
done
ask 404 "$d" /v2/Version
head_has '^content-type: text/html'
ask 422 "$d" /v1/
ask 413 "$d" '/v0/GetKey?json' "@$tmp/long" -H 'Expect:'
error_is 'failed to read data: payload too large'
refused 400 "$d" /EmitEvent '{"event":"x"}' \
    'EmitEvent was removed in dstack 0.6.0; runtime RTMR3 events are system-owned and cannot be extended by apps'
ask 400 "$d" /GetTlsKey '{"not_before":1800000000,"not_after":1800000000}'
refused 400 "$d" /v1/GetKey '{}' \
    'algorithm is required, use `secp256k1` or `ed25519`'
ask 400 "$d" /v1/GetKey '{"algorithm":"k256"}'
out_has 'unsupported algorithm `k256`, use'
ask 200 "$d" /v1/GetKey '{"domain":"a\u0000b","algorithm":"ed25519"}'
out_has '^\{"key":"[0-9a-f]{64}","public_key":"[0-9a-f]{64}","signature_chain":\["[0-9a-f]{130}","[0-9a-f]{130}"\]\}$'
ask 200 "$d" /v1/IssueCert '{"subject":"x"}'
ask 200 "$d" /v1/Attest '{"report_data":"00"}'
out_has '"attestation":"83[0-9a-f]*","boottime_gpu_evidence":\[\]\}$'
ask 200 "$d" /v1/Attest '{"include_boottime_gpu_evidence":true}'
out_has '"boottime_gpu_evidence":\[\{"vendor":"nvidia","format":"[^"]*","evidence":"[0-9a-f]+"\}\]\}$'
ask 200 "$d" /v1/AttestGpu "{\"nonce\":\"$nul\"}"
out_has '^\{"bundles":\[\{"vendor":'
ask 400 "$d" /v1/AttestGpu '{"nonce":"00"}'
ask 200 "$d" /v1/Info
json_is app_name '"a \"name\""'
out_has '"app_compose":"\{\\"manifest_version'
hash=$(sha256sum "$tmp/compose.json" | cut -c1-64)
json_is compose_hash "\"$hash\""
# From outside nothing is shown that the app wants hidden.
for path in /prpc/Worker.Info /prpc/v0/Info; do
    ask 200 "$w" $path
    json_is tcb_info '""'
    json_is vm_config '""'
done
ask 200 "$w" /prpc/v1/Info
json_is app_compose '""'
json_is key_provider_info '""'
ask 200 "$w" /prpc/v1/Health
out_is '{"healthy":true,"unhealthy":[],"error":""}'
ask 404 "$w" /prpc/v1/NoSuch
ask 200 "$t" /prpc/Tappd.TdxQuote '{"report_data":"00","prefix":"tag"}'
json_is prefix '"tag"'
stop

# ---- faults -----------------------------------------------------------------

# fault KIND: starts with it; broken CURL-STATUS: what curl makes of it.
fault() {
    start --seed one --listen "unix:$d" --fault "$1"
}
broken() {
    command="curl with --fault"
    curl -sS -m "${2:-10}" --unix-socket "$d" -H "$json" -d '{}' \
        http://dstack/GetKey >"$tmp/out" 2>"$tmp/err"
    status=$?
    if [ $status -eq "$1" ]; then ok; else bad "curl says $status, not $1"; fi
}
fault slow:300
broken 28 0.1
ask 200 "$d" /GetKey
stop
fault silent
broken 28 0.3
stop
fault resetting
broken 52
stop
fault truncated
broken 18
stop
fault oversized
command='an answer without end'
curl -sS -m 10 --unix-socket "$d" -H "$json" -d '{}' http://dstack/GetKey \
    2>/dev/null | head -c 3000000 | wc -c >"$tmp/out"
out_is 3000000
stop
fault drip:1
ask 200 "$d" /GetKey '{"path":"/","purpose":"test"}'
cmp -s "$tmp/out" "$tmp/want" && ok || bad 'another key'
stop
for kind in stale reused; do
    fault $kind
    command="two requests, $kind"
    curl -sS -v -m 10 --unix-socket "$d" -H "$json" -d '{}' \
        http://dstack/Version http://dstack/Version >"$tmp/out" 2>"$tmp/err"
    err_has 'Connection died|Closing connection|dead'
    out_is '{"version":"0.5.11","rev":"unknown"}{"version":"0.5.11","rev":"unknown"}'
    stop
done
fault html
ask 200 "$d" /GetKey
head_has '^content-type: text/html'
stop
fault GetKey/error500
ask 500 "$d" /GetKey
head_has '^content-type: text/html'
ask 200 "$d" /Version
stop
# malformed HOW BODY [STATUS]: what Verify's answer becomes.
malformed() {
    start --seed one --listen "unix:$d" --fault "malformed${1:+:$1}"
    ask "${3:-200}" "$d" /Version
    out_is "$2"
    stop
}
v='"version":"0.5.11"'
r='"rev":"unknown"'
malformed '' "{$v,$r"
malformed odd_hex "{\"version\":\"0.5.110\",$r}"
malformed null_key "{\"version\":null,$r}"
malformed missing_key "{$r}"
malformed dup_key "{$v,$v,$r}"
malformed half_body '{"version":"0.5.11'
malformed error_200 '{"error":"not today"}'
malformed html_404 '<html><body>404</body></html>' 404
malformed 'rev=[1,"@"]' "{$v,\"rev\":[1,\"unknown\"]}"
malformed 'rev=' "{$v}"
start --seed one --listen "unix:$d" --fault malformed:huge_key \
    --fault Version/malformed:null_body
ask 200 "$d" /GetKey
head_has '^content-length: 8388968'
stop

finish
