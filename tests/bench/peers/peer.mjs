// SPDX-License-Identifier: Apache-2.0
// peer.mjs: drives the npm package @phala/dcap-qvl-web (WebAssembly).
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { initSync, js_verify } from '@phala/dcap-qvl-web/dcap-qvl-web.js';

const require = createRequire(import.meta.url);
const wasm = require.resolve('@phala/dcap-qvl-web/dcap-qvl-web_bg.wasm');
initSync({ module: fs.readFileSync(wasm) });
require('./loop.cjs')((quote, bundle, now) =>
    js_verify(new Uint8Array(quote), JSON.parse(bundle), BigInt(now)));
