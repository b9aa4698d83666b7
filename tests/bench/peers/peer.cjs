// SPDX-License-Identifier: Apache-2.0
// peer.cjs: drives the npm package @phala/dcap-qvl, see loop.cjs.
const { verify } = require('@phala/dcap-qvl');
require('./loop.cjs')((quote, bundle, now) =>
    verify(quote, JSON.parse(bundle), now));
