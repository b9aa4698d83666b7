// SPDX-License-Identifier: Apache-2.0
// vin.mjs PROGRAM SEED CASES: receipts, sealed payloads and canonical JSON in
// random cases, ours beside what the npm packages make of them.
import * as ed from '@noble/ed25519';
import * as secp from '@noble/secp256k1';
import { gcm } from '@noble/ciphers/aes';
import { hkdf } from '@noble/hashes/hkdf';
import { sha256, sha512 } from '@noble/hashes/sha2';
import canonicalize from 'canonicalize';
import {
    below, bytes, count, hex, next, one, same, seeded, start,
} from './random.mjs';
import {
    aboveHalfway, documentText, fromBits, halfway, loneText, numbers,
    objectText, quoted, word,
} from './json.mjs';

const [program, seed, cases] = process.argv.slice(2);
seeded(seed);
ed.etc.sha512Sync = (...m) => sha512(ed.etc.concatBytes(...m));
const ours = start(program);
const ask = async (question) =>
    JSON.parse(await ours.ask(JSON.stringify(question)));
const base64url = (b) => Buffer.from(b).toString('base64url');
const utf8 = (s) => Buffer.from(s);
const hash = (b) => hex(sha256(b));
const commitment = (value) => hash(utf8(canonicalize(value ?? {})));

// ---- receipts: the protocol, with the npm packages --------------------------------

const NOW = 1790000000;
const SIGNED = ['node_pubkey', 'request_id', 'action_type', 'policy_id',
    'inputs_commitment', 'constraints_commitment', 'llm_commitment',
    'output_clean_hash', 'output_transport_hash', 'iat', 'exp', 'nonce',
    'attestation', 'payment'];
const payloadOf = (receipt) => {
    const payload = { schema: 'vin.receipt_payload.v0' };
    for (const member of SIGNED) payload[member] = receipt[member];
    return canonicalize(payload);
};
const signed = (secret, members) => {
    const receipt = { schema: 'vin.receipt.v0', version: '0.1', ...members };
    receipt.sig = base64url(ed.sign(utf8(payloadOf(receipt)), secret));
    return receipt;
};
// What the sides made of one exchange: `drawn` are the two members that are.
const membersOf = (it, drawn) => {
    const request = JSON.parse(it.request), output = JSON.parse(it.output);
    return {
        node_pubkey: base64url(ed.getPublicKey(it.secret)),
        request_id: request.request_id ?? drawn.request_id,
        action_type: request.action_type,
        policy_id: request.policy_id,
        inputs_commitment: commitment(request.inputs),
        constraints_commitment: commitment(request.constraints),
        llm_commitment: commitment(request.llm),
        output_clean_hash: hash(utf8(output.clean_text)),
        output_transport_hash: hash(utf8(output.text)),
        iat: it.iat,
        exp: it.iat + it.validity,
        nonce: drawn.nonce,
        attestation: JSON.parse(it.attestation ?? '{"type":"none"}'),
        payment: JSON.parse(it.payment ?? (it.payload ?
            `{"type":"x402","payment_commitment":"${hash(it.payload)}"}` :
            '{"type":"none"}')),
    };
};

const isBytes = (text, n) => typeof text === 'string' &&
    text.length === Math.ceil(n * 4 / 3) &&
    base64url(Buffer.from(text, 'base64url')) === text;
const isHash = (text) => typeof text === 'string' &&
    /^[0-9a-f]{64}$/.test(text);
const isTime = (t) => Number.isInteger(t) && t >= 0 && t <= 253402300799;
const isTyped = (o) => o !== null && typeof o === 'object' &&
    !Array.isArray(o) && typeof o.type === 'string';
const wellFormed = (r) =>
    Object.keys(r).sort().join() ===
        [...SIGNED, 'schema', 'version', 'sig'].sort().join() &&
    r.schema === 'vin.receipt.v0' && r.version === '0.1' &&
    isBytes(r.node_pubkey, 32) && isBytes(r.nonce, 16) && isBytes(r.sig, 64) &&
    [r.request_id, r.action_type, r.policy_id].every(
        (t) => typeof t === 'string') &&
    SIGNED.filter((m) => /_(commitment|hash)$/.test(m)).every(
        (m) => isHash(r[m])) &&
    isTime(r.iat) && isTime(r.exp) && isTyped(r.attestation) &&
    isTyped(r.payment);

const paid = (payment, it) => {
    if (it.level < 1) return true;
    if (payment.type === 'none') return it.unpaid && !it.payload;
    const member = { 'x402': 'payment_commitment',
        'x402.v0': 'payment_payload_hash' }[payment.type];
    return Boolean(member && it.payload) &&
        payment[member] === hash(it.payload);
};
const seen = new Set();
// The steps of the protocol, in their order: "ok" or the first that fails.
const verify = (r, it) => {
    if (!wellFormed(r)) return 'receipt_schema';
    const key = Buffer.from(r.node_pubkey, 'base64url');
    if (!ed.verify(Buffer.from(r.sig, 'base64url'), utf8(payloadOf(r)), key,
        { zip215: false })) return 'receipt_signature';
    if (it.node && it.node !== hex(key)) return 'receipt_node';
    if (r.iat > it.now + 60) return 'receipt_future';
    if (r.exp < it.now) return 'receipt_expired';
    if (r.exp < r.iat) return 'receipt_times';
    if (it.request) {
        const request = JSON.parse(it.request);
        if (r.request_id !== (request.request_id ?? r.request_id) ||
            r.action_type !== request.action_type ||
            r.policy_id !== request.policy_id) return 'receipt_request';
        for (const member of ['inputs', 'constraints', 'llm'])
            if (r[member + '_commitment'] !== commitment(request[member]))
                return 'receipt_' + member;
    }
    if (it.output) {
        const output = JSON.parse(it.output);
        if (r.output_clean_hash !== hash(utf8(output.clean_text)))
            return 'receipt_output_clean';
        if (r.output_transport_hash !== hash(utf8(output.text)))
            return 'receipt_output_transport';
    }
    if (!paid(r.payment, it)) return 'receipt_payment';
    if (seen.has(r.node_pubkey + r.nonce)) return 'receipt_replay';
    seen.add(r.node_pubkey + r.nonce);
    return 'ok';
};

// ---- receipts: random ones --------------------------------------------------------

const shuffled = (list) => {
    for (let i = list.length - 1; i > 0; i--) {
        const other = below(i + 1);
        [list[i], list[other]] = [list[other], list[i]];
    }
    return list;
};
const objectOf = (members) => `{${shuffled(members).map(
    ([name, text]) => `${quoted(name)}: ${text}`).join(' ,\n')}}`;
const requestText = () => {
    const members = [['action_type', quoted(one(['compose_post',
        'challenge_response', 'generic', 'confidential_llm_call']))],
    ['policy_id', quoted(word(20))]];
    if (below(2)) members.push(['schema', '"vin.action_request.v0"']);
    if (below(3)) members.push(['request_id', quoted(word(30))]);
    for (const name of ['inputs', 'constraints', 'llm'])
        if (below(4))
            members.push([name, below(6) ? objectText(3) :
                one(['null', '{}', '[]', documentText(2)])]);
    if (below(3) === 0) members.push(['other', documentText(1)]);
    return objectOf(members);
};
const outputText = () => {
    const members = [['clean_text', quoted(word(60))],
        ['text', quoted(word(60))]];
    if (below(2)) members.push(['schema', '"vin.output.v0"']);
    if (below(2)) members.push(['format', '"plain"']);
    return objectOf(members);
};
const attestationText = (secret) => one([
    () => undefined, () => '{"type":"none"}',
    () => objectOf([['type', '"dstack"'], ['measurement',
        `"${hex(bytes(48))}"`], ['report_hash', `"${hex(bytes(32))}"`]]),
    () => objectOf([['type', '"tdx.dstack.v0"'],
        ['report', `"${base64url(bytes(below(3000)))}"`],
        ['measurement', `"${hex(bytes(32))}"`],
        ['signer_pubkey', `"${base64url(ed.getPublicKey(secret))}"`]]),
    () => objectOf([['type', quoted(word(9))], ['x', documentText(3)]]),
])();
const paymentText = (payload) => one([
    () => undefined, () => '{"type":"none"}',
    () => objectOf([['type', '"x402"'], ['payment_ref', quoted(word(9))],
        ['payment_commitment', `"${hash(payload ?? bytes(9))}"`]]),
    () => objectOf([['type', '"x402.v0"'], ['network', '"base"'],
        ['asset', quoted(word(6))], ['amount', quoted(String(next()))],
        ['pay_to', `"0x${hex(bytes(20))}"`],
        ['payment_payload_hash', `"${hash(payload ?? bytes(9))}"`],
        ...(below(2) ? [['settlement_tx', `"0x${hex(bytes(32))}"`]] : [])]),
])();
const random = () => {
    const it = { secret: bytes(32), request: requestText(),
        output: outputText(), now: NOW, iat: NOW + 60 - below(700),
        validity: 700 + below(100000), level: below(2), unpaid: true };
    if (below(2)) it.payload = bytes(below(200));
    it.attestation = attestationText(it.secret);
    it.payment = paymentText(it.payload);
    if (!paid(membersOf(it, {}).payment, { ...it, level: 1 })) it.level = 0;
    if (below(2)) it.node = hex(ed.getPublicKey(it.secret));
    return it;
};
// What is asked of our program.
const question = (op, it, more) => {
    const q = { op, ...it, ...more };
    delete q.secret;
    if (it.payload) q.payload = hex(it.payload);
    return q;
};
const receiptText = (r) => {
    const mixed = Object.fromEntries(shuffled(Object.entries(r)));
    return JSON.stringify(mixed, null, one([0, 1, '\t']));
};

// ---- receipts: changed ones -------------------------------------------------------

const other = (text) => {
    const list = [...text], at = below(list.length + 1);
    const c = one(['x', 'y', '\u00e9']);
    list[at] = list[at] === c ? 'z' : c;
    return list.join('');
};
const flipped = (text, n) => {
    const b = Buffer.from(text, 'base64url');
    b[below(n)] ^= 1 << below(8);
    return base64url(b);
};
const changedText = (it, part, member) => {
    const o = JSON.parse(it[part]);
    o[member] = other(o[member] ?? '');
    it[part] = JSON.stringify(o);
};
const changedInput = (it, member) => {
    const o = JSON.parse(it.request);
    o[member] = [o[member] ?? {}];
    it.request = JSON.stringify(o);
};
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const little = (n) => Buffer.from(
    n.toString(16).padStart(64, '0'), 'hex').reverse();
const tooBig = (r) => {
    const sig = Buffer.from(r.sig, 'base64url');
    const s = BigInt('0x' + hex(Uint8Array.from(sig.subarray(32)).reverse()));
    r.sig = base64url(Buffer.concat([sig.subarray(0, 32), little(s + L)]));
};
// y of the points whose order is 1 or 2: the signature R = identity, S = 0 is
// made by nobody, and its equation holds.
const nobody = (r) => {
    r.node_pubkey = base64url(little(one([1n, 2n ** 255n - 20n])));
    r.sig = base64url(Buffer.concat([little(1n), little(0n)]));
};
const malformed = [
    (r) => delete r[one(SIGNED)], (r) => { r.more = 1; },
    (r) => { r.version = '0.2'; },
    (r) => { r.schema = 'vin.receipt_payload.v0'; },
    (r) => { r.inputs_commitment = 'A' + r.inputs_commitment.slice(1); },
    (r) => { r.nonce += '='; }, (r) => { r.nonce = r.nonce.slice(1); },
    (r) => { r.iat = String(r.iat); }, (r) => { r.exp = -1; },
    (r) => { r.policy_id = 1; }, (r) => { r.payment = null; },
    (r) => { r.attestation = { type: 1 }; },
    (r) => { r.node_pubkey = r.node_pubkey.slice(0, 42); },
];
// Each changes one thing of a good receipt, or of what it is compared with.
const changes = [
    (r, it) => changedText(it, 'output', 'clean_text'),
    (r, it) => changedText(it, 'output', 'text'),
    (r, it) => changedInput(it, 'inputs'),
    (r, it) => changedInput(it, 'constraints'),
    (r, it) => changedInput(it, 'llm'),
    (r, it) => changedText(it, 'request', 'action_type'),
    (r, it) => changedText(it, 'request', 'policy_id'),
    (r, it) => {
        const o = JSON.parse(it.request);
        o.request_id = other(r.request_id);
        it.request = JSON.stringify(o);
    },
    (r) => { r.sig = flipped(r.sig, 64); },
    (r) => { r.nonce = flipped(r.nonce, 16); },
    (r) => { r.node_pubkey = flipped(r.node_pubkey, 32); },
    (r) => { r.node_pubkey = base64url(ed.getPublicKey(bytes(32))); },
    (r) => { r.policy_id = other(r.policy_id); },
    (r) => { r.request_id = other(r.request_id); },
    (r) => { r.action_type = other(r.action_type); },
    (r) => { r.iat -= 1; }, (r) => { r.exp += 1; },
    (r) => { r.attestation.type = other(r.attestation.type); },
    (r) => { r.attestation.more = 0; },
    (r) => { r.payment.type = other(r.payment.type); },
    (r) => { r[one(SIGNED.slice(4, 9))] = hash(bytes(8)); },
    (r) => tooBig(r), (r) => nobody(r),
    (r, it) => { it.node = hex(ed.getPublicKey(bytes(32))); },
    (r, it) => { it.now = r.exp + 1 + below(1000); },
    (r, it) => { it.now = r.iat - 61 - below(1000); },
    (r, it) => { // signed so
        r.exp = r.iat - 1;
        it.now = r.exp;
        Object.assign(r, signed(it.secret, r));
    },
    (r, it) => { it.level = 1; it.unpaid = false; it.payload = bytes(9); },
    (r, it) => { it.level = 1; it.unpaid = false; delete it.payload; },
    () => {}, // the same again
    (r) => one(malformed)(r),
];
const changed = async (receipt, it) => {
    const r = JSON.parse(JSON.stringify(receipt)), its = { ...it };
    const which = below(changes.length);
    changes[which](r, its);
    const theirs = verify(r, its);
    const said = await ask(question('verify', its,
        { receipt: receiptText(r) }));
    same(`change ${which}`, said.verdict, theirs);
    same(`change ${which} is refused`, said.verdict === 'ok', false);
};
const judged = async (what, receipt, it) => {
    const its = { ...it };
    if (below(8) === 0) delete its.request;
    if (below(8) === 0) delete its.output;
    same(what, (await ask(question('verify', its,
        { receipt: receiptText(receipt) }))).verdict, verify(receipt, its));
    same(what + ' is good', seen.has(receipt.node_pubkey + receipt.nonce),
        true);
    await changed(receipt, it);
};

const receipts = async () => {
    const it = random();
    const theirs = signed(it.secret, membersOf(it, {
        request_id: base64url(bytes(16)), nonce: base64url(bytes(16)) }));
    await judged('their receipt', theirs, it);

    const made = (await ask(question('sign', it, { seed: hex(it.secret),
        now: it.iat }))).receipt;
    const receipt = JSON.parse(made);
    const again = signed(it.secret, membersOf(it, receipt));
    same('our receipt', canonicalize(receipt), canonicalize(again));
    same('what we sign', (await ask({ op: 'signed', receipt: made })).signed,
        payloadOf(again));
    same('what we draw', isBytes(receipt.nonce, 16) &&
        (JSON.parse(it.request).request_id !== undefined ||
        isBytes(receipt.request_id, 16)), true);
    await judged('our receipt', receipt, it);

    const lone = one(['inputs', 'constraints', 'llm']);
    same('a lone surrogate', (await ask(question('sign', { ...it, request:
        `{"action_type":"generic","policy_id":"","${lone}":${loneText()}}` },
    { seed: hex(it.secret) }))).verdict, 'receipt_request');
};

// ---- canonical JSON ---------------------------------------------------------------

// What our program makes of a text, through the form of a receipt.
const blank = { ...signed(bytes(32), membersOf({ secret: bytes(32), iat: 0,
    request: '{"request_id":"","action_type":"","policy_id":""}', validity: 0,
    output: '{"clean_text":"","text":""}' }, { nonce: base64url(bytes(16)) })) };
const [before, after] = JSON.stringify({ ...blank, payment: 'HERE' })
    .split('"HERE"');
const canonical = async (text) => {
    const receipt = `${before}{"type":"x","value":${text}}${after}`;
    const said = await ask({ op: 'signed', receipt });
    if (!said.signed) return said.verdict;
    const form = said.signed, from = '"payment":{"type":"x","value":';
    return form.slice(form.indexOf(from) + from.length,
        form.indexOf('},"policy_id":""'));
};
const documents = async () => {
    const text = documentText(5);
    same('document', await canonical(text), canonicalize(JSON.parse(text)));
    same('lone', await canonical(loneText()), 'receipt_schema');
};
const doubles = async (n) => {
    const check = async (texts) => {
        const list = (await canonical(`[${texts.join()}]`)).slice(1, -1)
            .split(',');
        texts.forEach((text, i) => same(`number ${text}`, list[i],
            String(Number(text))));
    };
    let texts = [];
    for (const text of numbers(n))
        if (texts.push(text) === 1000) {
            await check(texts);
            texts = [];
        }
    await check(texts);
    const top = fromBits(0x7fefffffffffffffn);
    for (const text of ['1e309', '-1e400', halfway(top), aboveHalfway(top)])
        same(text, await canonical(text), 'receipt_schema');
};

// ---- sealed payloads --------------------------------------------------------------

const keyOf = (secret, point) => hkdf(sha256,
    secp.getSharedSecret(secret, point, true).subarray(1), undefined,
    utf8('vin-ecies-v1'), 32);
const seal = (recipient, plain) => {
    const secret = bytes(32), nonce = bytes(12);
    return {
        ciphertext: Buffer.from(gcm(keyOf(secret, recipient), nonce)
            .encrypt(plain)).toString('base64'),
        ephemeral_pubkey: hex(secp.getPublicKey(secret, true)),
        nonce: hex(nonce),
    };
};
// The plain text in hex, or why there is none.
const open = (secret, sealed) => {
    const text = Buffer.from(sealed.ciphertext, 'base64');
    if (text.length < 16) return 'malformed';
    let key;
    try {
        key = keyOf(secret, Buffer.from(sealed.ephemeral_pubkey, 'hex'));
    } catch {
        return 'malformed';
    }
    try {
        return hex(gcm(key, Buffer.from(sealed.nonce, 'hex')).decrypt(text));
    } catch {
        return 'untrusted';
    }
};
const opened = async (secret, sealed) => {
    const said = await ask({ op: 'open', secret: hex(secret),
        sealed: receiptText(sealed) });
    return said.plain ?? { DSTACK_ERR_UNTRUSTED: 'untrusted',
        json: 'malformed' }[said.verdict] ?? said.verdict;
};
const flip = (text, encoding) => {
    const b = Buffer.from(text, encoding);
    b[below(b.length)] ^= 1 << below(8);
    return b.toString(encoding);
};
const spoilt = [
    (s) => { s.ciphertext = flip(s.ciphertext, 'base64'); },
    (s) => { s.nonce = flip(s.nonce, 'hex'); },
    (s) => { s.ciphertext = Buffer.from(s.ciphertext, 'base64').subarray(1)
        .toString('base64'); },
    (s) => { s.ciphertext = base64(bytes(below(16))); },
    (s) => { s.ephemeral_pubkey = hex(secp.getPublicKey(
        bytes(32), true)); },
    (s) => { s.ephemeral_pubkey = s.ephemeral_pubkey.slice(0, 2) +
        hex(bytes(32)); }, // half of these are points
    (s) => { s.ephemeral_pubkey = '00'.repeat(33); },
    (s) => { s.ephemeral_pubkey = '02' + 'ff'.repeat(32); },
];
const base64 = (b) => Buffer.from(b).toString('base64');
const payloads = async () => {
    const secret = bytes(32);
    const recipient = secp.getPublicKey(secret, below(2) === 0);
    const plain = below(4) ? utf8(word(400)) : bytes(below(2000));
    const theirs = seal(recipient, plain);
    same('their payload', await opened(secret, theirs), hex(plain));
    const { sealed } = await ask({ op: 'seal', recipient: hex(recipient),
        plain: hex(plain) });
    same('our payload', open(secret, JSON.parse(sealed)), hex(plain));

    for (const good of [theirs, JSON.parse(sealed)]) {
        const bad = { ...good };
        one(spoilt)(bad);
        const said = await opened(secret, bad);
        same('spoilt', said, open(secret, bad));
        same('spoilt is refused', /^(malformed|untrusted)$/.test(said), true);
        same('another key', await opened(bytes(32), good),
            'untrusted');
    }
    // The x coordinate of the shared point is that of its negative too.
    const negative = { ...theirs, ephemeral_pubkey: (theirs.ephemeral_pubkey
        .startsWith('02') ? '03' : '02') + theirs.ephemeral_pubkey.slice(2) };
    same('the negative point', await opened(secret, negative),
        open(secret, negative));
};

for (let i = 0; i < Number(cases); i++) {
    await receipts();
    await documents();
    await payloads();
}
await doubles(100 * Number(cases));
ours.stop();
console.log(`vin: seed ${seed}, ${cases} cases of each, ${100 * cases} ` +
    `numbers: ${count.passed} agree, ${count.failed} do not`);
process.exit(count.failed ? 1 : 0);
