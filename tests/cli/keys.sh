#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Key chains, environments, compose hashes, wallets. The values are those of
# dstack's published vectors.
. tests/cli/common

root=0318f228673448772dd4835a82149a9d475db8095234469a8fcc85cfa18b85abbc
other_root=029c5530e4385ebc41cdaf8257edf9a2baaf8506a4099103211e6ed7382103ed67
app_id=a9019d1b2c3d4e5f60718293a4b5c6d7e8f90a1b
app_root=03f8669c2bf08c4deeb712b81d456cd1eadbf97872dfc5d5ca916edf605fc5b6fe
kms_link=00ac321fbbe6817c5de0720644e936b20046ff1c9226e0558a9c86856e8a1dd06bb7a7efae1cf3ec522553c28627ea96c139d5dc9cdd5a1898c2406c074438d800
key=03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8
link=77ae5ea476f00df11938fd1df3a65a4fbd9f92b64c816b9f29ee79a1e4ae74ed43269a36376b4ed838460ef3b56ba553cefa6e63def4a4487386f783f14295a001
signature=4753cea786fe882ec17a1f75199d15f43e864286ddf1d599a901e503db787dc25c825c8a7a259a7c256fdbf75e74bd73282737f03fc449f9e627c8b540a161f4
text='dstack signature chain test vector'

# ---- key chains
run 0 keychain verify --app-id $app_id --kms-root $root --public-key $key \
    --purpose signing $link $kms_link
out_has '^ACCEPTED'
out_has "$app_root"
err_empty
run 0 keychain verify --json --app-id $app_id --kms-root $other_root \
    --kms-root $root --public-key $key --purpose signing $link $kms_link
out_is_json
json_is verdict '"accepted"'
json_is app_root "\"$app_root\""
json_is kms_root "\"$root\""
out_lacks failed
run 1 keychain verify --json --app-id $app_id --kms-root $other_root \
    --public-key $key --purpose signing $link $kms_link
out_is_json
json_is reason '"key_chain_anchor"'
run 1 keychain verify --app-id $app_id --kms-root $root --public-key $key \
    --purpose other $link $kms_link
out_has '^REJECTED.*key_chain_anchor'
run 1 keychain verify --json --app-id $app_id --kms-root $root \
    --public-key $key --purpose signing $link ''
json_is reason '"key_chain_no_kms"'
run 0 keychain verify --app-id $app_id --accept-app-root $app_root \
    --public-key $key --purpose signing $link ''
run 0 keychain verify --app-id $app_id --kms-root $root --public-key $key \
    --text "$text" $signature $link $kms_link
run 1 keychain verify --json --app-id $app_id --kms-root $root \
    --public-key $key --text 'other' $signature $link $kms_link
json_is reason '"key_chain_signature"'
# A secret key, and a v1 key of the recorded simulator.
sim="--app-id 5bb4ff9a3837357f19dc176407a5709c62eb6c56 --kms-root 0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6"
sim_kms=9e618603e72d01fedb82deff6daf2d62a572becf0059eec3f89c1ab40e1f2e594d2a283f843f34e8f39e4cc49a612496ce67223a12ac923f8efe330346dfc6c500
# shellcheck disable=SC2086
run 0 keychain verify $sim --v1 --domain test \
    --key 5aeb09419e6e6b3bb4740d55387cee303f7df646379dc7884f6ce248bdde60e6 \
    b81526a4b5a1a211d3bfedb9780fe38de5288f30e6ec2466f22b3874ba60f50f356751f1781027516b5372a67afd65c70a5d8a7e7f2ff8a85398df736a4e035f00 \
    $sim_kms
out_lacks 5aeb0941
# shellcheck disable=SC2086
run 0 keychain verify $sim --v1 --domain test --algorithm ed25519 \
    --public-key 51cf9f2ede324bebdb827807091a2649cd30230abd3550d6f1303edceda42776 \
    aa56540d89c24afc2fa3f37fb41f950e9d0496eb9d7fa6f20c398ae674d9138e3b9154a3222b6abd8704f7a95be85cf6daa99ec5faccc404cffbdff8d253b98b01 \
    $sim_kms
for line in 'keychain' 'keychain bogus' \
    "keychain verify --app-id $app_id --public-key $key $link $kms_link" \
    "keychain verify --kms-root $root --public-key $key $link $kms_link" \
    "keychain verify --app-id $app_id --kms-root $root $link $kms_link" \
    "keychain verify --app-id $app_id --kms-root $root --public-key $key $link" \
    "keychain verify --app-id 00 --kms-root $root --public-key $key $link $kms_link" \
    "keychain verify --app-id $app_id --kms-root 02 --public-key $key $link $kms_link" \
    "keychain verify --app-id $app_id --kms-root $root --public-key $key --v1 $link $kms_link" \
    "keychain verify --app-id $app_id --kms-root $root --public-key xyz $link $kms_link"; do
    # shellcheck disable=SC2086
    run 2 $line
    out_empty
done

# ---- environments
# Nothing that is printed shows a value.
tells_nothing() {
    if grep -q hunter2 "$tmp/out" "$tmp/err"; then
        bad 'a secret is shown'
    else
        ok
    fi
}
printf 'TOKEN=hunter2\n# no\nB=c d\n' >"$tmp/env"
printf '{"allowed_envs":["TOKEN","B"]}' >"$tmp/compose"
env_key=4b03687002c7e0f6e8eaabea3edc108de72a06d2c2b64a3e14c34883645c7127
run 0 env encrypt --public-key $env_key --env-file "$tmp/env" B=e
# key, nonce and tag, and {"env":[{"key":"TOKEN","value":"hunter2"},{...}]}
out_has '^[0-9a-f]{254}$'
err_empty
run 0 env encrypt --json --public-key $env_key --app-compose "$tmp/compose" \
    TOKEN=b
out_is_json
run 1 env encrypt --public-key $env_key --app-compose "$tmp/compose" A=hunter2
err_has 'A is not in'
tells_nothing
out_empty
run 2 env encrypt --public-key $env_key 1A=hunter2
out_empty
tells_nothing
run 2 env encrypt --public-key $env_key hunter2
tells_nothing
run 2 env encrypt --public-key "${env_key}00" A=b
run 2 env encrypt A=b
run 2 env encrypt --public-key \
    0000000000000000000000000000000000000000000000000000000000000000 A=b
printf 'A=1\nhunter2\n' >"$tmp/bad"
run 1 env encrypt --public-key $env_key --env-file "$tmp/bad"
err_has 'line 2'
tells_nothing
run 3 env encrypt --public-key $env_key --env-file "$tmp/none"

id=abababababababababababababababababababab
signer=031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f
public=dededededededededededededededededededededededededededededededede
env_signature=c9e643b59985ab43c0ae4ec75e302d9d7a70abe0212f9928d5fc56563aa56b5415271d9ea4dd8d02125359dae4267d704c374ba72a829bece6e16b5e3cdfc9f600
for at in 1700000000 1700000300 1699999940; do
    run 0 env verify-key --app-id $id --kms-root $signer --public-key $public \
        --signature $env_signature --timestamp 1700000000 --at $at
done
run 1 env verify-key --json --app-id $id --kms-root $signer \
    --public-key $public --signature $env_signature --timestamp 1700000000 \
    --at 1700000301
out_is_json
json_is reason '"env_key_stale"'
run 1 env verify-key --app-id $id --kms-root $signer --public-key $public \
    --signature $env_signature --timestamp 1700000000
out_has env_key_stale
run 1 env verify-key --json --app-id $id --kms-root $root \
    --public-key $public --signature $env_signature --timestamp 1700000000 \
    --at 1700000000
json_is reason '"env_key_signer"'
run 1 env verify-key --json --app-id $id --kms-root $signer \
    --public-key $public --signature $env_signature --legacy
json_is reason '"env_key_signer"'
run 0 env verify-key --legacy \
    --app-id 0000000000000000000000000000000000000000 \
    --kms-root 0217610d74cbd39b6143842c6d8bc310d79da1d82cc9d17f8876376221eda0c38f \
    --public-key e33a1832c6562067ff8f844a61e51ad051f1180b66ec2551fb0251735f3ee90a \
    --signature 8542c49081fbf4e03f62034f13fbf70630bdf256a53032e38465a27c36fd6bed7a5e7111652004aef37f7fd92fbfc1285212c4ae6a6154203a48f5e16cad2cef00
for line in 'env' 'env bogus' \
    "env verify-key --app-id $id --kms-root $signer --public-key $public --signature $env_signature" \
    "env verify-key --app-id $id --kms-root $signer --public-key $public --signature $env_signature --timestamp 1 --legacy" \
    "env verify-key --app-id $id --kms-root $signer --public-key $public --signature $env_signature --timestamp 1x" \
    "env verify-key --app-id $id --public-key $public --signature $env_signature --timestamp 1" \
    "env verify-key --app-id ab --kms-root $signer --public-key $public --signature $env_signature --timestamp 1"; do
    # shellcheck disable=SC2086
    run 2 $line
    out_empty
done

# ---- compose hashes
printf '{"docker_compose_file":"services: {}","runner":"docker-compose"}' \
    >"$tmp/plain"
first=cfc87adf635e907bcd5d59656fe8115a7c784aea0f61ef2d66a64b224dfc14e5
run 0 compose-hash "$tmp/plain"
out_has "^$first\$"
printf '{"runner":"docker-compose", "docker_compose_file":"services: {}",\n"bash_script":""}' \
    >"$tmp/spaced"
run 0 compose-hash --explain "$tmp/spaced"
out_has "canonical_hash +$first"
out_has not_canonical
out_has removed_member
run 0 compose-hash --json --explain "$tmp/spaced"
out_is_json
json_is canonical_hash "\"$first\""
json_is kind '"removed_member"'
json_is member '"bash_script"'
run 0 compose-hash --json "$tmp/plain"
out_is_json
json_is compose_hash "\"$first\""
printf '{"10":1}' >"$tmp/index"
run 1 compose-hash --explain "$tmp/index"
err_has 'JavaScript'
run 0 compose-hash "$tmp/index"
# Lints: none is a yes, any is a no.
digest=sha256:$first
printf '%s' '{"manifest_version":2,"runner":"docker-compose","docker_compose_file":' \
    "\"services:\\n  a:\\n    image: nginx@$digest\\n\"," \
    '"kms_enabled":true,"key_provider_id":"00"}' >"$tmp/clean"
run 0 compose-hash --lint "$tmp/clean"
out_has 'compose_hash +[0-9a-f]{64}$'
run 0 compose-hash --json --lint "$tmp/clean"
out_is_json
out_has '"lint":\[\]'
sed 's/@sha256:[0-9a-f]*//; s/"kms_enabled"/"public_logs":true,&/' \
    "$tmp/clean" >"$tmp/tagged"
run 1 compose-hash --lint "$tmp/tagged"
out_has '^image_tag$'
out_has 'line +3$'
out_has 'found +nginx$'
out_has '^public_logs$'
err_empty
run 1 compose-hash --json --lint --explain "$tmp/tagged"
out_is_json
json_is line 3
json_is found '"nginx"'
run 2 verify --lint "$tmp/tagged"
echo '[]' >"$tmp/list"
run 1 compose-hash --lint "$tmp/list"
err_has 'object'
run 0 compose-hash "$tmp/list"
run 3 compose-hash "$tmp/none"
run 2 compose-hash

# ---- wallets
echo f6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d >"$tmp/key"
run 0 wallet eth --key "$tmp/key"
out_has '^0x6A2641982D1Ed53145b0Db42a4CFFcEFb4Cae5AF$'
out_lacks f6c1ed94
run 0 wallet solana --json --key "$tmp/key"
out_is_json
json_is address '"6SEyAXS2GUBpajopJL3M21K16j55aj8yxWXp3v5k4Hur"'
echo 308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b02 >"$tmp/shared"
run 1 wallet eth --key "$tmp/shared"
err_has 'everybody knows'
run 1 wallet solana --key "$tmp/shared"
echo 00 >"$tmp/short"
run 2 wallet eth --key "$tmp/short"
run 2 wallet eth
run 2 wallet bitcoin --key "$tmp/key"
run 3 wallet eth --key "$tmp/none"
finish
