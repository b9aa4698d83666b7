#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ed25519.vec beside itself. The curve is written here in plain
integers from RFC 8032 and RFC 7748; where the Python package `cryptography`
is installed it must agree on every signature and shared secret. The output is
the same in every run."""
import hashlib
import os

try:
    from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
except ImportError:
    ed25519 = None

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
lines = []


def add(u, v):
    (x1, y1), (x2, y2) = u, v
    k = D * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P)


def mul(k, u):
    out = (0, 1)
    while k:
        if k & 1:
            out = add(out, u)
        u = add(u, u)
        k >>= 1
    return out


def lift(y, sign):
    """The point with this y, or None."""
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if x * x % P != xx:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != xx or (x == 0 and sign):
        return None
    return (x if x % 2 == sign else P - x), y


def encode(u):
    return (u[1] | (u[0] & 1) << 255).to_bytes(32, "little")


B = lift(4 * pow(5, -1, P) % P, 0)
assert mul(L, B) == (0, 1)


def challenge(r, key, message):
    h = hashlib.sha512(r + key + message).digest()
    return int.from_bytes(h, "little")


def expand(seed):
    h = hashlib.sha512(seed).digest()
    a = int.from_bytes(h[:32], "little") & (2**254 - 8) | 2**254
    return a, h[32:]


def sign(seed, message):
    a, prefix = expand(seed)
    key = encode(mul(a, B))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    big_r = encode(mul(r, B))
    s = (r + challenge(big_r, key, message) * a) % L
    return key, big_r + s.to_bytes(32, "little")


def holds(a, key, message, big_r, s):
    """[s]B = R + [h]A, without the cofactor (RFC 8032, 5.1.7). Where A has a
    part of small order it matters whether h was reduced, which the RFC leaves
    open: None where the two differ."""
    h = challenge(encode(big_r), key, message)
    whole, reduced = (mul(s, B) == add(big_r, mul(k, a))
                      for k in (h % (8 * L), h % L))
    return whole if whole == reduced else None


def put(*words):
    lines.append(" ".join(
        w if isinstance(w, str) else w.hex() or "-" for w in words))


def octets(label, n=32):
    return hashlib.shake_256(label.encode()).digest(n)


def verify_line(verdict, name, key, message, big_r, s):
    put("verify", verdict, name, key, message,
        big_r + (s % 2**256).to_bytes(32, "little"))


for n in list(range(0, 20)) + [63, 64, 65, 111, 112, 127, 128, 129, 1000]:
    seed, message = octets("seed %d" % n), octets("message %d" % n, n)
    key, signature = sign(seed, message)
    if ed25519:
        other = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        assert other.sign(message) == signature
    put("sign", seed, message, key, signature)

# Each breaks one rule alone.
seed, message = octets("rules"), b"rules"
a, _ = expand(seed)
A = mul(a, B)
key, signature = sign(seed, message)
R, s = signature[:32], int.from_bytes(signature[32:], "little")
verify_line("ok", "good", key, message, R, s)
for k in range(1, 16):
    if s + k * L < 2**256:
        verify_line("bad", "s_plus_%d_L" % k, key, message, R, s + k * L)
verify_line("bad", "s_0", key, message, R, 0)
verify_line("bad", "s_L", key, message, R, L)
verify_line("bad", "s_minus", key, message, R, L - s)
verify_line("bad", "s_all_ones", key, message, R, 2**256 - 1)

# The eight points of small order, by one of order 8.
y = 2
T = None
while T is None or mul(4, T) == (0, 1):
    u = lift(y, 0)
    T = mul(L, u) if u else None
    y += 1
small = [mul(k, T) for k in range(8)]
assert len(set(small)) == 8
for i, t in enumerate(small):
    # A key of small order: any s fits where h is a multiple of its order.
    k = 1
    while not holds(t, encode(t), message, mul(k, B), k):
        k += 1
    verify_line("bad", "small_key_%d" % i, encode(t), message,
                encode(mul(k, B)), k)
# R of small order, r being 0. Of the others the equation holds for none.
h = challenge(encode(small[0]), key, message)
assert holds(A, key, message, small[0], h * a % L)
verify_line("bad", "small_r_0", key, message, encode(small[0]), h * a % L)
for i, t in enumerate(small[1:], 1):
    h = challenge(encode(t), key, message)
    verify_line("bad", "small_r_%d" % i, key, message, encode(t), h * a % L)
# A key with a part of small order: legitimate where the equation holds without
# the cofactor, and only there.
for i in (1, 2, 4):
    mixed = encode(add(A, small[i]))
    for want in (True, False):
        r, got = 0, None
        while got is not want:
            r += 1
            s2 = (r + challenge(encode(mul(r, B)), mixed, message) * a) % L
            got = holds(add(A, small[i]), mixed, message, mul(r, B), s2)
        verify_line("ok" if want else "bad", "mixed_key_%d" % i, mixed,
                    message, encode(mul(r, B)), s2)
# Encodings: y of p and more, x = 0 with a sign, no point.
for y in range(P, 2**255):
    for sign_bit in (0, 1):
        text = (y | sign_bit << 255).to_bytes(32, "little")
        verify_line("bad", "key_y_p_plus_%d_%d" % (y - P, sign_bit), text,
                    message, R, s)
        verify_line("bad", "r_y_p_plus_%d_%d" % (y - P, sign_bit), key,
                    message, text, s)
for y in (1, P - 1):
    text = (y | 1 << 255).to_bytes(32, "little")
    verify_line("bad", "key_x_0_y_%s" % ("1" if y == 1 else "minus_1"), text,
                message, R, s)
n, y = 0, 2
while n < 4:
    if lift(y, 0) is None:
        verify_line("bad", "key_no_point_%d" % y, y.to_bytes(32, "little"),
                    message, R, s)
        n += 1
    y += 1
verify_line("bad", "key_sign", key[:31] + bytes([key[31] ^ 0x80]), message, R,
            s)
verify_line("bad", "r_sign", key, message, R[:31] + bytes([R[31] ^ 0x80]), s)
verify_line("bad", "other_message", key, message + b"\0", R, s)


# ---- X25519 (RFC 7748, 5) ----

def ladder(k, u):
    k = int.from_bytes(k, "little") & (2**255 - 8) & ~(1 << 255) | 2**254
    k &= 2**255 - 1
    x1 = int.from_bytes(u, "little") % 2**255 % P
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in range(254, -1, -1):
        swap = k >> bit & 1
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a, c * b, a * a, b * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, -1, P) % P if z2 else 0).to_bytes(32, "little")


def put_x(k, u):
    out = ladder(k, u)
    if ed25519 and any(out):
        mine = x25519.X25519PrivateKey.from_private_bytes(k)
        assert mine.exchange(
            x25519.X25519PublicKey.from_public_bytes(u)) == out
    put("x25519", k, u, out if any(out) else b"")


nine = (9).to_bytes(32, "little")
for i in range(12):
    k = octets("x%d" % i)
    put_x(k, octets("u%d" % i))
    put("xpublic", k, ladder(k, nine))
# u of small order: of the points above, and 0, with and without the top bit
# that is not looked at, reduced or not.
us = {0, 1, P - 1}
for x, y in small:
    us.add((1 + y) * pow(1 - y, -1, P) % P if y != 1 else 0)
zeros = set()
for u in us:
    for v in (u, u + P):
        for top in (0, 1 << 255):
            if v < 2**255:
                zeros.add(v | top)
for v in sorted(zeros):
    u = v.to_bytes(32, "little")
    assert not any(ladder(octets("zero"), u))
    put_x(octets("zero"), u)

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "ed25519.vec"), "w") as f:
    f.write("# SPDX-License-Identifier: Apache-2.0\n"
            "# Made by gen_ed25519.py.\n"
            "# sign seed message key signature\n"
            "# verify ok|bad name key message signature\n"
            "# xpublic secret key\n"
            "# x25519 secret peer shared|-\n")
    f.write("\n".join(lines) + "\n")
print(len(lines), "cases")
