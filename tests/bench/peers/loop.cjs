// SPDX-License-Identifier: Apache-2.0
// "verdicts CASES" prints a line for each case as compare.py reads it;
// "bench QUOTE COLLATERAL NOW" microseconds of CPU time per verification.
const fs = require('node:fs');

module.exports = (verify) => {
    const [mode, ...args] = process.argv.slice(2);
    const oneLine = (e) => String((e && e.message) || e).replace(/\s+/g, ' ');
    if (mode === 'verdicts') {
        for (const line of fs.readFileSync(args[0], 'utf8').split('\n')) {
            const [name, quote, bundle, now] = line.split('\t');
            if (!now) continue;
            try {
                const r = verify(fs.readFileSync(quote),
                    fs.readFileSync(bundle, 'utf8'), Number(now));
                console.log([name, 'yes', r.status,
                    [...r.advisory_ids].sort().join(','), ''].join('\t'));
            } catch (e) {
                console.log([name, 'no', '', '', oneLine(e)].join('\t'));
            }
        }
        return;
    }
    const quote = fs.readFileSync(args[0]);
    const bundle = fs.readFileSync(args[1], 'utf8');
    const run = (n) => {
        const start = process.cpuUsage();
        for (let i = 0; i < n; i++) verify(quote, bundle, Number(args[2]));
        const used = process.cpuUsage(start);
        return (used.user + used.system) / n;
    };
    run(10); // compilers warm up
    const n = Math.max(1, Math.round(300000 / run(5)));
    const us = Array.from({ length: 7 }, () => run(n)).sort((a, b) => a - b);
    console.log(us[3].toFixed(1));
};
