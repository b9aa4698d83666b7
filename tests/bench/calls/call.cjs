// SPDX-License-Identifier: Apache-2.0
// The median of GetKey calls of the npm package @phala/dstack-sdk, in
// microseconds: call.cjs SOCKET CALLS, run where the package is installed.
const { DstackClient } = require('@phala/dstack-sdk');

(async () => {
    const client = new DstackClient(process.argv[2]);
    const times = [];
    for (let i = 0; i < Number(process.argv[3]); i++) {
        const start = process.hrtime.bigint();
        await client.getKey('bench', 'p');
        times.push(Number(process.hrtime.bigint() - start) / 1000);
    }
    times.sort((a, b) => a - b);
    console.log(times[times.length >> 1].toFixed(1));
})();
