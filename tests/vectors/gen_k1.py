#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes k1.vec beside itself: keys, deterministic signatures, recovery and key
agreement on secp256k1 by ec.py. The output is the same in every run."""
import hashlib
import os

from ec import K1 as C

HALF = C.n // 2
lines = []


def octets(v):
    return v.to_bytes(32, "big")


def compressed(q):
    return bytes([2 + q[1] % 2]) + octets(q[0])


def sign(d, digest):
    z = int.from_bytes(digest, "big")
    for k in C.nonces(d, digest):
        point = C.mul(k, C.g)
        r = point[0] % C.n
        s = pow(k, -1, C.n) * (z + r * d) % C.n
        if r and s:
            break
    v = point[1] % 2 + 2 * (point[0] >= C.n)
    if s > HALF:
        s, v = C.n - s, v ^ 1
    return octets(r) + octets(s) + bytes([v])


def recover(digest, r, s, v):
    x = r + (C.n if v & 2 else 0)
    point = C.lift(x) if x < C.p else None
    if point is None:
        return None
    if point[1] % 2 != v & 1:
        point = C.neg(point)
    z, w = int.from_bytes(digest, "big"), pow(r, -1, C.n)
    return C.add(C.mul(s * w % C.n, point), C.mul(-z * w % C.n, C.g))


def put(what, *words):
    lines.append(" ".join([what] + [w.hex() if w else "-" for w in words]))


def put_recover(digest, r, s, v):
    """What should come of it by the rules of k1.h."""
    q = None
    if 0 < r < C.n and 0 < s <= HALF and v <= 3:
        q = recover(digest, r, s, v)
        assert q is None or C.verify(q, digest, r, s)
    put("recover", digest, octets(r) + octets(s) + bytes([v]),
        compressed(q) if q else None)
    return q


def sha(label):
    return hashlib.sha256(label.encode()).digest()


secrets = [1, 2, 3, C.n - 1, C.n - 2, HALF, HALF + 1, 2**255, 2**128 - 1]
secrets += [C.scalar("k1/%d" % i) for i in range(12)]
digests = [bytes(32), b"\xff" * 32, octets(C.n), octets(C.n - 1),
           octets(C.n + 1), octets(1), sha("a"), sha("b")]
for i, d in enumerate(secrets):
    q = C.mul(d, C.g)
    put("public", octets(d), compressed(q), b"\4" + C.bytes(*q))
    for digest in digests if i < 12 else [sha("k1 digest %d" % i)]:
        rsv = sign(d, digest)
        r, s = (int.from_bytes(rsv[i:i + 32], "big") for i in (0, 32))
        assert C.verify(q, digest, r, s) and s <= HALF
        assert recover(digest, r, s, rsv[64]) == q
        put("sign", octets(d), digest, rsv, compressed(q))

# Recovery. Coordinates from n to p - 1 are rare, and small ones are as rare;
# only they have a sensible v of 2 or 3.
for label in ("c", "d", "e"):
    digest = sha(label)
    for low in (1, 2, 1000, C.p - C.n - 1000, C.p - C.n - 1):
        x = C.n + low
        while C.lift(x) is None:
            x += 1 if low <= 1000 else -1
        for s in (1, HALF, C.scalar("s/" + label) % HALF):
            for v in range(4):
                put_recover(digest, x - C.n, s, v)
digest = sha("f")
# Just at the field's end: r + n is p, p + 1.
for r in (C.p - C.n, C.p - C.n + 1, C.n - 1):
    for v in range(4):
        put_recover(digest, r, 2, v)
# r that is no coordinate.
r = 5
while C.lift(r):
    r += 1
for v in (0, 1):
    put_recover(digest, r, 2, v)
# The key would be the point at infinity: s R = z G.
n = 0
for k in range(1, 40):
    z = int.from_bytes(digest, "big")
    point = C.mul(k, C.g)
    s = z * pow(k, -1, C.n) % C.n
    if s <= HALF:
        assert recover(digest, point[0], s, point[1] % 2) is None
        put_recover(digest, point[0], s, point[1] % 2)
        put_recover(digest, point[0], s, point[1] % 2 ^ 1)
        n += 1
assert n > 5
# Ranges, one at a time, of what is good otherwise.
rsv = sign(C.scalar("range"), digest)
r, s, v = int.from_bytes(rsv[:32], "big"), int.from_bytes(rsv[32:64], "big"), \
    rsv[64]
for bad in (0, C.n, C.n + 1, C.p, 2**256 - 1):
    put_recover(digest, bad, s, v)
    put_recover(digest, r, bad, v)
for good in (1, 2, HALF - 1, HALF):
    put_recover(digest, r, good, v)
for high in (HALF + 1, HALF + 2, C.n - s, C.n - 1):
    put_recover(digest, r, high, v)
    put_recover(digest, r, high, v ^ 1)
for bad in (4, 5, 6, 7, 27, 28, 0x80 | v, 255):
    put_recover(digest, r, s, bad)
for z in (bytes(32), octets(C.n), b"\xff" * 32):
    put_recover(z, r, s, v)

# Key agreement.
for i in range(12):
    d, e = secrets[i], C.scalar("peer/%d" % i)
    q = C.mul(e, C.g)
    x = octets(C.mul(d * e % C.n, C.g)[0])
    put("ecdh", octets(d), compressed(q), x)
    put("ecdh", octets(d), b"\4" + C.bytes(*q), x)
q = C.mul(7, C.g)
for d in (0, C.n, 2**256 - 1):
    put("ecdh", octets(d), compressed(q), None)
for bad in (b"\4" + C.bytes(q[0], q[1] ^ 1), b"\4" + C.bytes(0, 0),
            b"\4" + C.bytes(q[1], q[0]), b"\2" + octets(5), b"\2" + octets(C.p),
            b"\6" + C.bytes(*q), b"\7" + C.bytes(*q), b"\0", b"\0" * 33,
            C.bytes(*q), compressed(q) + b"\0", compressed(q)[:32], b""):
    put("ecdh", octets(9), bad, None)

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "k1.vec"), "w") as f:
    f.write("# SPDX-License-Identifier: Apache-2.0\n"
            "# Made by gen_k1.py.\n"
            "# public secret compressed full\n"
            "# sign secret digest rsv compressed\n"
            "# recover digest rsv compressed|-\n"
            "# ecdh secret key x|-\n")
    f.write("\n".join(lines) + "\n")
print(len(lines), "cases")
