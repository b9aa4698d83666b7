// SPDX-License-Identifier: Apache-2.0
// json.mjs: random JSON, written in all the ways that mean the same.
import { below, bits64, next, one } from './random.mjs';

// ---- numbers ------------------------------------------------------------------

const view = new DataView(new ArrayBuffer(8));
const MANTISSA = 1n << 52n;
export const fromBits = (bits) => {
    view.setBigUint64(0, bits);
    return view.getFloat64(0);
};
export const toBits = (x) => {
    view.setFloat64(0, x);
    return view.getBigUint64(0);
};
// m * 2^e with all its digits
const digits = (m, e) => {
    if (e >= 0) return String(m << BigInt(e));
    return `${m * 5n ** BigInt(-e)}e${e}`;
};
// A positive double and what lies half way to the next, with all their digits;
// and a digit more than half way.
const parts = (x) => {
    const bits = toBits(x), e = Number(bits >> 52n);
    const m = bits & (MANTISSA - 1n);
    return e === 0 ? [m, -1074] : [m + MANTISSA, e - 1075];
};
export const exact = (x) => digits(...parts(x));
export const halfway = (x) => {
    const [m, e] = parts(x);
    return digits(2n * m + 1n, e - 1);
};
export const aboveHalfway = (x) =>
    halfway(x).replace(/(e.*)?$/, (tail) =>
        (tail ? `.${'0'.repeat(below(30))}1${tail}` : '.0001'));

export const anyBits = () => fromBits(bits64() & ~(1n << 63n));
const power = () => Number(`1e${below(632) - 323}`);
const near = (x, steps) => fromBits(toBits(x) + BigInt(steps));
export const subnormal = () => fromBits(bits64() >> BigInt(12 + below(52)));
export const integer = () => Number(bits64() >> BigInt(below(64))) *
    [1, 1, 10 ** below(6)][below(3)];
export const decimal = () => below(10 ** (1 + below(15))) / 10 ** below(22);

// A positive double, as it may be written.
export const spelled = (x) => {
    switch (below(6)) {
    case 0: return x.toPrecision(17);
    case 1: return x.toExponential(17 + below(30));
    case 2: return exact(x);
    case 3: return String(x).toUpperCase();
    case 4: return x.toExponential(16).replace('e',
        `${'0'.repeat(below(5))}${one(['e', 'E'])}`);
    default: return String(x);
    }
};
const plain = ['0', '0.0', '0e5', '0E-3', '1E3', '1.50', '0.1e+1', '100e-2',
    '1e21', '1e-7', '9007199254740993', '123456789012345678901234567890',
    '0.000001', '1e-400', '5e-324', '2e-324', '1.7976931348623157e308'];
export const numberText = () => {
    for (;;) {
        const text = [
            () => String(below(1000)), () => spelled(anyBits()),
            () => spelled(near(power(), below(5) - 2)),
            () => spelled(subnormal()), () => spelled(integer()),
            () => spelled(decimal()), () => halfway(anyBits()),
            () => aboveHalfway(integer()), () => one(plain),
        ][below(9)]();
        if (/^[0-9]/.test(text) && isFinite(Number(text)))
            return below(4) ? text : '-' + text;
    }
};

// All the doubles that the formatting of numbers can go wrong at, and others
// up to n: as texts.
export function* numbers(n) {
    let made = 0;
    for (let e = 0n; e < 2047n; e++)
        for (const m of [0n, 1n, MANTISSA - 1n]) {
            yield spelled(fromBits(e << 52n | m));
            made++;
        }
    for (let e = -323; e <= 308; e++)
        for (let step = -2; step <= 2; step++, made++)
            yield spelled(near(Number(`1e${e}`), step));
    for (; made < n; made++) yield numberText();
}

// ---- texts, documents ---------------------------------------------------------

const short = { '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f',
    '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const letters = ['a', 'Z', '0', '9', ' ', '"', '\\', '/', '\b', '\f', '\n',
    '\r', '\t', '\0', '\u0001', '\u001f', '\u007f', '\u0080', '\u00f6',
    '\u2028', '\u20ac', '\ud7ff', '\ue000', '\ufb33', '\ufeff', '\ufffd',
    '\uffff', '\u{10000}', '\u{1f600}', '\u{10ffff}'];
export const word = (n) => {
    let s = '';
    for (let i = below(n + 1); i > 0; i--)
        s += below(3) ? one(letters) : String.fromCharCode(97 + below(26));
    return s;
};
const escaped = (unit) => {
    const digits = unit.charCodeAt(0).toString(16).padStart(4, '0');
    return '\\u' + (below(2) ? digits : digits.toUpperCase());
};
export const quoted = (s) => {
    let text = '"';
    for (const c of s) {
        const raw = c >= ' ' && c !== '"' && c !== '\\';
        if (below(4) === 0) text += c.split('').map(escaped).join('');
        else if (short[c] && (!raw || below(2))) text += short[c];
        else text += raw ? c : escaped(c);
    }
    return text + '"';
};
const space = () => one(['', '', '', ' ', '\n  ', '\t', '\r\n']);
const list = (open, items, close) => open + space() +
    items.join(space() + ',' + space()) + space() + close;
export const documentText = (depth) => {
    const inside = below(depth > 0 ? 8 : 5);
    if (inside === 0) return one(['null', 'true', 'false']);
    if (inside < 3) return numberText();
    if (inside < 5) return quoted(word(12));
    if (inside === 5)
        return list('[', Array.from({ length: below(5) },
            () => documentText(depth - 1)), ']');
    return objectText(depth - 1);
};
export const objectText = (depth) => {
    const names = new Set();
    for (let i = below(8); i > 0; i--)
        names.add(below(9) ? word(4) : one(['__proto__', 'toJSON', '10', '9']));
    return list('{', [...names].map((name) =>
        quoted(name) + space() + ':' + space() + documentText(depth)), '}');
};
// One that has half of a surrogate pair somewhere.
export const loneText = () => `{"a":${documentText(1)},"b":"${one([
    '\\ud83d', '\\ude00', '\\ude00\\ud83d', '\\ud83dx', '\\ud83d\\n',
    '\\ud83d\\ud83d\\ude00'])}"}`;
