// SPDX-License-Identifier: Apache-2.0
// random.mjs: what the scripts in keys and vin share: numbers from a seed, a
// program that answers line by line, and the count of answers.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const MASK = 0xffffffffffffffffn;
let state = 0n;
export const seeded = (seed) => {
    state = BigInt(seed) & MASK;
};
// splitmix64
export const bits64 = () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
};
export const next = () => Number(bits64() >> 11n);
export const below = (n) => next() % n;
export const one = (list) => list[below(list.length)];
export const bytes = (n) => Uint8Array.from({ length: n }, () => below(256));
export const hex = (b) => Buffer.from(b).toString('hex');

// A running program; ask(line) is its answer.
export const start = (program) => {
    const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines =
        createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
        ask: async (line) => {
            child.stdin.write(line + '\n');
            const { value, done } = await lines.next();
            if (done) throw new Error(`no answer to ${line.slice(0, 300)}`);
            return value;
        },
        stop: () => child.stdin.end(),
    };
};

export const count = { passed: 0, failed: 0 };
export const same = (what, ours, theirs) => {
    if (ours === theirs) count.passed++;
    else if (count.failed++ < 5)
        console.log(`${what}: ours ${ours}, theirs ${theirs}`);
};
