// SPDX-License-Identifier: Apache-2.0
// Calls every method of the npm package @phala/dstack-sdk's clients; what it
// prints is as python/peer.py says.
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { DstackClient, TappdClient } = require('@phala/dstack-sdk');

console.warn = () => {}; // notes of deprecated calls
const SHORT = Buffer.from('libdstack peers');
const FULL = Buffer.from(Array.from({ length: 64 }, (_, i) => i + 1));
const MESSAGE = Buffer.from('Test message for signing');
const CONTENT = Buffer.from('test content');
const HASHES = ['sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-384',
    'sha3-512', 'keccak256', 'keccak384', 'keccak512'];

// Facts are bytes or text; hex members of an answer go through fromHex.
const hex = (v) => Buffer.from(v).toString('hex');
const fromHex = (text) => {
    if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error(`not hex: ${text}`);
    return Buffer.from(text, 'hex');
};

const chain = (r) => Object.fromEntries(
    r.signature_chain.map((link, i) => [`chain${i}`, link]));
const key = (r) => ({ key: r.key, ...chain(r) });
const signature = (r) => ({
    signature: r.signature, public_key: r.public_key, ...chain(r) });
const quote = (sent) => (r) => ({
    sent, quote: fromHex(r.quote), report_data: fromHex(r.report_data),
    vm_config: r.vm_config, events: String(JSON.parse(r.event_log).length) });
const tdx = (sent) => (r) => ({ sent, quote: fromHex(r.quote),
    events: String(JSON.parse(r.event_log).length) });
const replayed = (r) => ({ quote: fromHex(r.quote), ...Object.fromEntries(
    r.replayRtmrs().map((mr, i) => [`rtmr${i}`, fromHex(mr)])) });
const info = (r) => {
    const facts = {};
    for (const n of ['app_id', 'instance_id', 'compose_hash', 'device_id',
        'mr_aggregated', 'os_image_hash']) facts[n] = fromHex(r[n]);
    for (const n of ['app_name', 'key_provider_info', 'vm_config',
        'cloud_vendor', 'cloud_product']) facts[n] = r[n] || '';
    for (const n of ['mrtd', 'rtmr0', 'rtmr1', 'rtmr2', 'rtmr3'])
        facts[`tcb_${n}`] = fromHex(r.tcb_info[n]);
    facts.tcb_app_compose = r.tcb_info.app_compose;
    facts.tcb_events = String(r.tcb_info.event_log.length);
    return facts;
};
const pem = (client, call) => (r) => {
    const name = path.join(process.env.PEERS_PEM, `js-${client}-${call}`);
    fs.writeFileSync(`${name}.key`, r.key);
    fs.writeFileSync(`${name}.chain`, r.certificate_chain.join('\n'));
    return { der: r.asUint8Array() };
};

const caller = (client) => async (call, run, facts) => {
    try {
        const r = await run();
        const values = facts ? facts(r) : {};
        console.log([client, call, 'ok', Object.entries(values)
            .map(([n, v]) => `${n}=${hex(v)}`).join(' ')].join('\t'));
        return r;
    } catch (e) { // whatever the package says no with
        console.log([client, call, 'fail',
            String((e && e.message) || e).replace(/\s+/g, ' ')].join('\t'));
        return undefined;
    }
};

async function signing(call, c, algorithm, data) {
    const r = await call(`sign.${algorithm}`, () => c.sign(algorithm, data),
        signature);
    const other = Buffer.from(data).reverse();
    for (const [name, what] of [['verify', data], ['verify_other', other]]) {
        await call(`${name}.${algorithm}`, () => c.verify(algorithm, what,
            r ? r.signature : Buffer.alloc(64),
            r ? r.public_key : Buffer.alloc(32)),
        (v) => ({ answer: String(v.valid) }));
    }
}

async function dstack(client, c) {
    const call = caller(client);
    const certificate = (name, options) =>
        call(name, () => c.getTlsKey(options), pem(client, name));
    await call('version', () => c.version(),
        (r) => ({ version: r.version, rev: r.rev }));
    await call('is_reachable', () => c.isReachable(),
        (r) => ({ answer: String(r) }));
    await call('info', () => c.info(), info);
    await call('get_key', () => c.getKey(), key);
    await call('get_key.path', () => c.getKey('/', 'test'), key);
    await call('get_key.wallet', () => c.getKey('wallet/ethereum', 'mainnet'),
        key);
    await call('get_key.ed25519', () => c.getKey('/', 'test', 'ed25519'), key);
    await call('get_key.refused', () => c.getKey('/', 'test', 'rsa'), key);
    await certificate('get_tls_key');
    await certificate('get_tls_key.names', { subject: 'peer.example',
        altNames: ['peer.example', '127.0.0.1'], usageServerAuth: true,
        usageClientAuth: true });
    await certificate('get_tls_key.validity', { subject: 'peer.example',
        notBefore: 1700000000, notAfter: 2000000000, withAppInfo: true });
    await certificate('get_tls_key.ra_tls', { subject: 'peer.example',
        usageRaTls: true });
    await call('get_quote.short', () => c.getQuote(SHORT), quote(SHORT));
    await call('get_quote.full', () => c.getQuote(FULL), quote(FULL));
    await call('get_quote.replay', () => c.getQuote(SHORT), replayed);
    await call('attest', () => c.attest(FULL), (r) => ({
        sent: FULL, attestation: fromHex(r.attestation) }));
    await call('emit_event', () => c.emitEvent('peers', 'payload'));
    await signing(call, c, 'secp256k1', MESSAGE);
    await signing(call, c, 'ed25519', MESSAGE);
    await signing(call, c, 'secp256k1_prehashed',
        crypto.createHash('sha256').update(MESSAGE).digest());
}

async function tappd(client, c) {
    const call = caller(client);
    await call('derive_key', () => c.deriveKey('/'), pem(client, 'derive_key'));
    await call('derive_key.names', () => c.deriveKey('/', 'peer',
        ['peer.example', '127.0.0.1']), pem(client, 'derive_key.names'));
    await call('tdx_quote', () => c.tdxQuote(CONTENT), tdx(CONTENT));
    await call('tdx_quote.raw', () => c.tdxQuote(CONTENT, 'raw'),
        tdx(CONTENT));
    await call('tdx_quote.replay', () => c.tdxQuote(CONTENT, 'raw'), replayed);
    for (const h of HASHES)
        await call(`tdx_quote.${h}`, () => c.tdxQuote(CONTENT, h),
            tdx(CONTENT));
    await dstack(client, c); // what the class inherits
}

(async () => {
    const c = new DstackClient();
    await dstack('dstack', c);
    await caller('dstack')('derive_key', () => c.deriveKey('/'),
        pem('dstack', 'derive_key'));
    await caller('dstack')('tdx_quote.raw', () => c.tdxQuote(FULL, 'raw'),
        tdx(FULL));
    await tappd('tappd', new TappdClient());
})();
