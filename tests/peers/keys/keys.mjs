// SPDX-License-Identifier: Apache-2.0
// keys.mjs PROGRAM SEED CASES: random cases by the JavaScript SDK and viem,
// compared with what our program answers.
import { createRequire } from 'node:module';
import {
    below, bytes, count, hex as plain, next, same, seeded, start,
} from './random.mjs';
const require = createRequire(process.cwd() + '/');
const { encryptEnvVars } = require('@phala/dstack-sdk/encrypt-env-vars');
const sdk = require('@phala/dstack-sdk/verify-env-encrypt-public-key');
const { getComposeHash } = require('@phala/dstack-sdk/get-compose-hash');
const { x25519 } = require('@noble/curves/ed25519');
const { secp256k1 } = require('@noble/curves/secp256k1');
const { keccak_256 } = require('@noble/hashes/sha3');
const { privateKeyToAddress } = require('viem/accounts');

const [program, seed, cases] = process.argv.slice(2);
seeded(seed);
const hex = (b) => plain(b) || '-';
const letters = 'aZ09 _-="\\/\n\t\u0001<>&\u007f\u00e9\u2028\u6d4b';
const text = (n) => {
    let s = '';
    for (let i = below(n); i > 0; i--)
        s += below(20) ? letters[below(letters.length)] : '\u{1f980}';
    return s;
};
const name = () => {
    let s = 'ABCxyz_'[below(7)];
    for (let i = below(12); i > 0; i--) s += 'ABCxyz_019'[below(10)];
    return s;
};

const ours = start(program);
const ask = (...words) => ours.ask(words.join(' '));

const open = async (secret, sealed) => {
    const shared = x25519.getSharedSecret(secret, sealed.subarray(0, 32));
    const key = await crypto.subtle.importKey('raw', shared, 'AES-GCM', false,
        ['decrypt']);
    const plain = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: sealed.subarray(32, 44) }, key,
        sealed.subarray(44));
    return JSON.parse(Buffer.from(plain).toString());
};
const environment = async () => {
    const secret = bytes(32), env = new Map();
    for (let i = below(6); i > 0; i--) env.set(name(), text(40));
    const list = [...env].map(([key, value]) => ({ key, value }));
    const pub = hex(x25519.getPublicKey(secret));
    const theirs = await encryptEnvVars(list, pub);
    same('their environment', await ask('decrypt', hex(secret), theirs),
        hex(Buffer.from(JSON.stringify({ env: list }))));
    const sealed = await ask('encrypt', pub,
        ...list.flatMap((v) => [v.key, hex(Buffer.from(v.value))]));
    same('our environment',
        JSON.stringify(await open(secret, Buffer.from(sealed, 'hex'))),
        JSON.stringify({ env: list }));
};

const envKey = async () => {
    const secret = bytes(32);
    const root = hex(secp256k1.getPublicKey(secret, true));
    const id = bytes(20), pub = bytes(32), legacy = below(2) === 0;
    const now = Math.floor(Date.now() / 1000);
    const time = now + [0, 0, -200, 40, -1000, 1000][below(6)];
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    const made = secp256k1.sign(keccak_256(Buffer.concat([
        Buffer.from('dstack-env-encrypt-pubkey:'), id,
        legacy ? Buffer.alloc(0) : stamp, pub])), secret);
    const signature = Buffer.concat([made.toCompactRawBytes(),
        Buffer.from([made.recovery])]);
    if (below(3) === 0) [signature, id, pub][below(3)][below(20)] ^= 1;
    const log = console.error;
    console.error = () => {};
    const signer = legacy ?
        sdk.verifyEnvEncryptPublicKeyLegacy(pub, signature, hex(id)) :
        sdk.verifyEnvEncryptPublicKey(pub, signature, hex(id), time);
    console.error = log;
    const answer = await ask('envkey', hex(id), root, hex(pub),
        hex(signature), legacy ? '-' : time, now);
    same('environment key', answer === 'ok', signer === '0x' + root);
};

const value = (depth) => {
    switch (below(depth > 0 ? 9 : 7)) {
    case 0: return null;
    case 1: return below(2) === 0;
    case 2: return below(1e9) - 5e8;
    case 3: return (next() - 2 ** 52) / [1, 3, 1e9, 1e-9, 1e30][below(5)];
    case 7: return Array.from({ length: below(4) }, () => value(depth - 1));
    case 8: return object(depth - 1);
    default: return text(20);
    }
};
const object = (depth) => {
    const o = {};
    for (let i = below(6); i > 0; i--) {
        const key = below(3) ? name() : text(8);
        if (!/^(0|[1-9][0-9]*)$/.test(key)) o[key] = value(depth);
    }
    return o;
};
const compose = async () => {
    const o = object(3);
    // 0.5.8 knows nothing of nerdctl-compose.
    if (below(4)) o.runner = ['bash', 'docker-compose'][below(2)];
    if (below(2)) o.docker_compose_file = text(60);
    if (below(2)) o.bash_script = text(60);
    if (below(2)) o.pre_launch_script = [null, '', 'x'][below(3)];
    same('compose hash', await ask('compose', hex(Buffer.from(
        JSON.stringify(o, null, below(4))))), getComposeHash(o, true));
};

const wallet = async () => {
    const secret = bytes(32);
    same('address', await ask('eth', hex(secp256k1.getPublicKey(secret,
        below(2) === 0))), privateKeyToAddress('0x' + hex(secret)));
};

for (let i = 0; i < Number(cases); i++) {
    await environment();
    await envKey();
    await compose();
    await wallet();
}
ours.stop();
console.log(`javascript: seed ${seed}, ${cases} cases of each: ` +
    `${count.passed} agree, ${count.failed} do not`);
process.exit(count.failed ? 1 : 0);
