#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes p256.vec beside itself: public keys and deterministic signatures by
ec.py. The output is the same in every run."""
import hashlib
import os

from ec import P256 as C

secrets = [1, 2, 3, C.n - 1, C.n - 2, C.n // 2, 2**255, 2**128 - 1, 2**224]
secrets += [C.scalar("p256/%d" % i) for i in range(12)]
digests = [bytes(32), b"\xff" * 32, C.bytes(C.n), C.bytes(C.n - 1),
           C.bytes(C.n + 1), C.bytes(1)]
lines = []
for i, d in enumerate(secrets):
    q = C.mul(d, C.g)
    lines.append("public %s 04%s" % (C.bytes(d).hex(), C.bytes(*q).hex()))
    own = hashlib.sha256(b"p256 digest %d" % i).digest()
    for digest in digests + [own] if i < 8 else [own]:
        r, s = C.sign(d, digest, next(C.nonces(d, digest)))
        assert C.verify(q, digest, r, s)
        lines.append("sign %s %s %s" % (
            C.bytes(d).hex(), digest.hex(), C.bytes(r, s).hex()))
for d in (0, C.n, C.n + 1, 2**256 - 1):
    lines.append("public %s -" % C.bytes(d).hex())

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "p256.vec"), "w") as f:
    f.write("# SPDX-License-Identifier: Apache-2.0\n"
            "# Made by gen_p256.py.\n"
            "# public secret point|-\n"
            "# sign secret digest rs\n")
    f.write("\n".join(lines) + "\n")
print(len(lines), "cases")
