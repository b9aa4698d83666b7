#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ecdsa_p256.vec, ecdsa_p384.vec and ecdsa_k1.vec beside itself.

Every case is made and judged by ec.py, which shares no code with the library
under test. Where the Python package `cryptography` is installed, each case
whose digest has a size that it takes is judged by it as well, and the script
stops on a difference. The output is the same in every run."""
import hashlib
import os

from ec import K1, P256, P384

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils
except ImportError:
    ec = None


def second_opinion(c, q, digest, r, s):
    sizes = {} if ec is None else {
        20: hashes.SHA1(), 28: hashes.SHA224(), 32: hashes.SHA256(),
        48: hashes.SHA384(), 64: hashes.SHA512()}
    if len(digest) not in sizes:
        return None
    curve = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1,
             "secp256k1": ec.SECP256K1}[c.name]()
    key = ec.EllipticCurvePublicNumbers(q[0], q[1], curve).public_key()
    try:
        key.verify(utils.encode_dss_signature(r, s), digest,
                   ec.ECDSA(utils.Prehashed(sizes[len(digest)])))
        return True
    except InvalidSignature:
        return False


class Writer:
    def __init__(self, c):
        self.c, self.lines, self.names, self.asked = c, [], set(), 0

    def line(self, verdict, name, xy, digest, rs):
        assert name not in self.names, name
        self.names.add(name)
        self.lines.append(" ".join(
            [verdict, name] + [v.hex() or "-" for v in (xy, digest, rs)]))

    def case(self, name, q, digest, r, s, want):
        """want is what the case is about; the reference must agree."""
        c = self.c
        got = c.verify(q, digest, r, s)
        assert got == want, (c.name, name, got)
        other = second_opinion(c, q, digest, r, s)
        assert other in (None, got), (c.name, name, other)
        self.asked += other is not None
        self.line("ok" if want else "bad", name, c.bytes(*q), digest,
                  c.bytes(r, s))

    def badkey(self, name, xy):
        digest = hashlib.sha256(name.encode()).digest()
        self.line("badkey", "point_" + name, xy, digest, self.c.bytes(1, 1))


def signatures(w):
    c, n = w.c, w.c.n
    d = c.scalar("key")
    q = c.mul(d, c.g)
    digest = hashlib.sha384(b"message").digest()[:c.size]
    r, s = c.sign(d, digest, c.scalar("nonce"))
    low, high = min(s, n - s), max(s, n - s)
    w.case("low_s", q, digest, r, low, True)
    w.case("high_s", q, digest, r, high, True)
    top = 2 ** (8 * c.size) - 1
    edges = [("0", 0), ("1", 1), ("2", 2), ("n-1", n - 1), ("n", n),
             ("n+1", n + 1), ("p-n", c.p - n), ("p-n-1", c.p - n - 1),
             ("p-1", c.p - 1), ("p", c.p), ("p+1", c.p + 1), ("max", top),
             ("half", n // 2), ("2^k", 1 << (8 * c.size - 1))]
    for name, v in edges:
        w.case("r_is_" + name, q, digest, v, s, False)
        w.case("s_is_" + name, q, digest, r, v, False)
        w.case("both_are_" + name, q, digest, v, v, False)
    w.case("r_is_0_s_is_1", q, digest, 0, 1, False)
    w.case("r_is_1_s_is_0", q, digest, 1, 0, False)
    w.case("swapped", q, digest, s, r, False)
    w.case("r_negated", q, digest, n - r, s, False)
    for what, v in (("r", r), ("s", s)):
        if v + n <= top:
            w.case(what + "_plus_n", q, digest, r + n if what == "r" else r,
                   s + n if what == "s" else s, False)
    for bit in (0, 1, 7, 8, 8 * c.size // 2, 8 * c.size - 2):
        w.case("r_flip_%d" % bit, q, digest, r ^ 1 << bit, s, False)
        w.case("s_flip_%d" % bit, q, digest, r, s ^ 1 << bit, False)
        wrong = (c.e(digest) ^ 1 << bit).to_bytes(c.size, "big")
        w.case("digest_flip_%d" % bit, q, wrong, r, s, False)
    w.case("other_key", c.mul(d + 1, c.g), digest, r, s, False)
    w.case("negated_key", c.neg(q), digest, r, s, False)
    for k in (1, 2, 3, n - 1):  # R = G, 2G, 3G, -G
        w.case("nonce_%s" % ("n-1" if k == n - 1 else k), q, digest,
               *c.sign(d, digest, k), True)
    # lengths other than two coordinates
    xy, rs = c.bytes(*q), c.bytes(r, s)
    for name, v in (("empty", b""), ("half", rs[:c.size]), ("short", rs[:-1]),
                    ("long", rs + b"\0"), ("padded", b"\0" + rs)):
        w.line("bad", "rs_" + name, xy, digest, v)


def key_for(c, R, digest, r, s):
    """The key under which (r, s) over digest leads to the point R."""
    u = c.add(c.mul(s, R), c.mul(-c.e(digest) % c.n, c.g))
    return c.mul(pow(r, -1, c.n), u)


def x_beyond_n(w):
    """n < p for these curves: the x of R may be n or more, and r is x - n."""
    c = w.c
    digest = hashlib.sha384(b"x beyond n").digest()[:c.size]
    s = c.scalar("x beyond n")

    def search(start, step, stop):
        x = start
        while x != stop:
            if c.lift(x):
                return c.lift(x)
            x += step
        return None

    R = search(c.n + 1, 1, c.p)  # the least; r is small
    q = key_for(c, R, digest, R[0] - c.n, s)
    w.case("x_least_beyond_n", q, digest, R[0] - c.n, s, True)
    w.case("x_least_beyond_n_unreduced", q, digest, R[0], s, False)
    R = search(c.p - 1, -1, c.n)  # the greatest
    q = key_for(c, R, digest, R[0] - c.n, s)
    w.case("x_greatest", q, digest, R[0] - c.n, s, True)
    w.case("x_greatest_unreduced", q, digest, R[0], s, False)
    R = search(c.n - 1, -1, 0)
    q = key_for(c, R, digest, R[0], s)
    w.case("r_greatest", q, digest, R[0], s, True)
    R = search(1, 1, c.p)
    q = key_for(c, R, digest, R[0], s)
    w.case("r_least", q, digest, R[0], s, True)
    # r + n is beyond p and must not be reduced by it: x = r + n - p is wrong.
    R = search(1, 1, c.p)
    r = R[0] + c.p - c.n
    q = key_for(c, R, digest, r, s)
    w.case("r_plus_n_wraps_p", q, digest, r, s, False)


def digests(w):
    c, n = w.c, w.c.n
    d = c.scalar("digest key")
    q = c.mul(d, c.g)
    long = hashlib.sha512(b"digest").digest() + b"\x55" * 32
    for size in (1, 16, 20, 28, 31, 32, 33, 47, 48, 49, 64, 96):
        digest = long[:size]
        r, s = c.sign(d, digest, c.scalar("k%d" % size))
        w.case("digest_of_%d" % size, q, digest, r, s, True)
        wrong = bytearray(digest)
        wrong[min(size, c.size) - 1] ^= 1
        w.case("digest_of_%d_wrong" % size, q, bytes(wrong), r, s, False)
        if size > c.size:  # SEC 1: the rest takes no part
            tail = bytearray(digest)
            tail[-1] ^= 0xff
            w.case("digest_of_%d_tail" % size, q, bytes(tail), r, s, True)
        if size < c.size:  # short ones are small integers: zeros in front
            w.case("digest_of_%d_padded" % size, q,
                   digest.rjust(c.size, b"\0"), r, s, True)
            w.case("digest_of_%d_shifted" % size, q,
                   digest.ljust(c.size, b"\0"), r, s, False)
    top = 2 ** (8 * c.size) - 1
    for name, e in (("0", 0), ("1", 1), ("n-1", n - 1), ("n", n),
                    ("n+1", n + 1), ("p", c.p), ("max", top)):
        digest = e.to_bytes(c.size, "big")
        r, s = c.sign(d, digest, c.scalar("e" + name))
        w.case("digest_is_" + name, q, digest, r, s, True)
    zero = bytes(c.size)
    r, s = c.sign(d, zero, c.scalar("e0"))
    w.case("digest_n_for_0", q, n.to_bytes(c.size, "big"), r, s, True)
    w.line("bad", "digest_empty", c.bytes(*q), b"", c.bytes(r, s))


def multiples(w):
    """u1 G + u2 Q where the sum is a doubling, infinity, or runs through
    multiples of G that a table of points holds."""
    c, n = w.c, w.c.n

    def case(name, d, u1, u2):
        R = c.add(c.mul(u1, c.g), c.mul(u2 * d % n, c.g))
        q = c.mul(d, c.g)
        if R is None:
            r = c.scalar(name)
            s = r * pow(u2, -1, n) % n
            digest = (u1 * s % n).to_bytes(c.size, "big")
            w.case(name, q, digest, r, s, False)
            return
        r = R[0] % n
        s = r * pow(u2, -1, n) % n
        digest = (u1 * s % n).to_bytes(c.size, "big")
        w.case(name, q, digest, r, s, True)

    for d in list(range(1, 9)) + [n - 1, n - 2, n - 3, (n + 1) // 2]:
        tag = str(d) if d < 9 else "half" if d < n - 9 else "n-%d" % (n - d)
        q = c.mul(d, c.g)
        digest = hashlib.sha384(tag.encode()).digest()[:c.size]
        r, s = c.sign(d, digest, c.scalar("small" + tag))
        w.case("key_%sG" % tag, q, digest, r, s, True)
        w.case("key_%sG_wrong" % tag, q, digest, r, (s + 1) % n, False)
    d, u = c.scalar("multiples"), c.scalar("u")
    for k in (1, 2, 3, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256):
        case("u1_is_%d" % k, d, k, u)
        case("u2_is_%d" % k, d, u, k)
        case("u1_is_n-%d" % k, d, n - k, u)
        case("u2_is_n-%d" % k, d, u, n - k)
    for k in range(0, 8 * c.size, 37):
        case("u1_is_2^%d" % k, d, (1 << k) % n, u)
        case("u2_is_2^%d" % k, d, u, (1 << k) % n)
    case("u1_is_0", d, 0, u)
    case("both_1", d, 1, 1)
    case("doubling", d, u * d % n, u)
    case("infinity", d, -u * d % n, u)
    for k in (1, 2, 3, 5):
        case("key_G_doubling_%d" % k, 1, k, k)
        case("key_G_infinity_%d" % k, 1, n - k, k)
        case("key_-G_infinity_%d" % k, n - 1, k, k)
        case("key_-G_doubling_%d" % k, n - 1, n - k, k)
        case("key_2G_doubling_%d" % k, 2, 2 * k, k)
        case("sum_G_%d" % k, d, (1 - k * d) % n, k)


def keys(w):
    c, p = w.c, w.c.p
    d = c.scalar("keys")
    x, y = c.mul(d, c.g)
    top = 2 ** (8 * c.size) - 1
    both = c.bytes
    w.badkey("zero", both(0, 0))
    w.badkey("x_only", both(x, 0))
    w.badkey("y_only", both(0, y))
    w.badkey("y_plus_1", both(x, y + 1))
    w.badkey("x_plus_1", both(x + 1, y))
    w.badkey("swapped", both(y, x))
    w.badkey("one", both(1, 1))
    w.badkey("max", both(top, top))
    w.badkey("x_is_p", both(p, y))
    w.badkey("y_is_p", both(x, p))
    w.badkey("both_p", both(p, p))
    w.badkey("y_flip", both(x, y ^ 1 << 100))
    w.badkey("short", both(x, y)[:-1])
    w.badkey("long", both(x, y) + b"\0")
    w.badkey("sec1", b"\x04" + both(x, y))
    w.badkey("compressed", bytes([2 + (y & 1)]) + both(x))
    w.badkey("empty", b"")
    # Right modulo p, but p or more: only possible for small coordinates.
    small = next(v for v in range(1000) if c.lift(v))
    xs = c.lift(small)
    w.badkey("x_plus_p", both(xs[0] + p, xs[1]))
    small = next(v for v in range(1, 1000) if c.solve_x(v) is not None)
    ys = (c.solve_x(small), small)
    w.badkey("y_plus_p", both(ys[0], ys[1] + p))
    # No point has this x.
    twist = next(v for v in range(x, x + 1000) if not c.lift(v))
    w.badkey("on_twist", both(twist, y))
    for other in (P256, P384, K1):
        if other is not c and other.size == c.size:
            w.badkey("of_" + other.name, both(*other.g))
    # Keys that only look odd. The private key is unknown: a signature is
    # made from u1 and u2, R = u1 G + u2 Q.
    digit = next(i for i in range(10 ** 6)
                 if c.mul(i + 1, c.g)[0] >> 8 * (c.size - 1) == 0)
    odd = [("x_small", xs), ("x_small_neg", c.neg(xs)), ("y_small", ys),
           ("y_large", c.neg(ys)), ("x_leading_zero", c.mul(digit + 1, c.g))]
    great = next(v for v in range(p - 1, 0, -1) if c.lift(v))
    odd += [("x_large", c.lift(great)), ("x_large_neg", c.neg(c.lift(great)))]
    for name, q in odd:
        u1, u2 = c.scalar("u1" + name), c.scalar("u2" + name)
        r = c.add(c.mul(u1, c.g), c.mul(u2, q))[0] % c.n
        s = r * pow(u2, -1, c.n) % c.n
        digest = (u1 * s % c.n).to_bytes(c.size, "big")
        w.case("key_" + name, q, digest, r, s, True)
        w.case("key_" + name + "_negated", c.neg(q), digest, r, s, False)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    for c, name in ((P256, "p256"), (P384, "p384"), (K1, "k1")):
        w = Writer(c)
        for part in (signatures, x_beyond_n, digests, multiples, keys):
            part(w)
        with open(os.path.join(here, "ecdsa_%s.vec" % name), "w") as f:
            f.write("# SPDX-License-Identifier: Apache-2.0\n"
                    "# %s. Made by gen_ecdsa.py from nothing but the curve's "
                    "constants (SEC 2).\n"
                    "# verdict name X||Y digest r||s; '-' is an empty value\n"
                    % c.name)
            f.write("\n".join(w.lines) + "\n")
        print(c.name, len(w.lines), "cases,", w.asked, "with two opinions")


if __name__ == "__main__":
    main()
