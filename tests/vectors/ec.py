# SPDX-License-Identifier: Apache-2.0
"""Short Weierstrass curves in plain integers: an independent reference for
the test vectors. Slow, not constant-time, for public test data only."""
import hashlib
import hmac


class Curve:
    def __init__(self, name, size, p, a, b, gx, gy, n):
        self.name, self.size = name, size
        self.p, self.a, self.b, self.n = p, a % p, b, n
        self.g = (gx, gy)
        assert self.on(self.g) and self.mul(n, self.g) is None

    def on(self, pt):
        x, y = pt
        return (y * y - (x * x * x + self.a * x + self.b)) % self.p == 0

    def neg(self, pt):
        return None if pt is None else (pt[0], -pt[1] % self.p)

    def add(self, u, v):
        p = self.p
        if u is None:
            return v
        if v is None:
            return u
        if u[0] == v[0]:
            if (u[1] + v[1]) % p == 0:
                return None
            m = (3 * u[0] * u[0] + self.a) * pow(2 * u[1], -1, p)
        else:
            m = (v[1] - u[1]) * pow(v[0] - u[0], -1, p)
        x = (m * m - u[0] - v[0]) % p
        return x, (m * (u[0] - x) - u[1]) % p

    def mul(self, k, pt):
        out = None
        while k:
            if k & 1:
                out = self.add(out, pt)
            pt = self.add(pt, pt)
            k >>= 1
        return out

    def lift(self, x):
        """A point with this x, or None."""
        c = (x * x * x + self.a * x + self.b) % self.p
        y = pow(c, (self.p + 1) // 4, self.p)  # all p here are 3 mod 4
        return (x, y) if y * y % self.p == c else None

    def solve_x(self, y):
        """An x with (x, y) on the curve, or None: a root of
        X^3 + aX + (b - y^2) in GF(p), found in gcd(X^p - X, f)."""
        p = self.p
        f = [(self.b - y * y) % p, self.a, 0, 1]
        g = self._gcd(f, self._sub(self._powx(p, [0, 1], f), [0, 1]))
        shift = 1
        while len(g) > 2:  # split equal-degree roots
            h = self._powx((p - 1) // 2, [shift, 1], g)
            h = self._gcd(g, self._sub(h, [1]))
            if 1 < len(h) < len(g):
                g = h
            shift += 1
        if len(g) != 2:
            return None
        x = -g[0] * pow(g[1], -1, p) % p
        assert self.on((x, y))
        return x

    def _trim(self, u):
        u = [c % self.p for c in u]
        while u and u[-1] == 0:
            u.pop()
        return u

    def _sub(self, u, v):
        n = max(len(u), len(v))
        u, v = u + [0] * (n - len(u)), v + [0] * (n - len(v))
        return self._trim([a - b for a, b in zip(u, v)])

    def _mod(self, u, f):
        u = self._trim(u)
        inv = pow(f[-1], -1, self.p)
        while len(u) >= len(f):
            q, d = u[-1] * inv, len(u) - len(f)
            for i, c in enumerate(f):
                u[d + i] -= q * c
            u = self._trim(u)
        return u

    def _powx(self, e, base, f):
        def times(u, v):
            w = [0] * (len(u) + len(v))
            for i, a in enumerate(u):
                for j, b in enumerate(v):
                    w[i + j] += a * b
            return self._mod(w, f)
        out = [1]
        for bit in bin(e)[2:]:
            out = times(out, out)
            if bit == "1":
                out = times(out, base)
        return out

    def _gcd(self, u, v):
        while v:
            u, v = v, self._mod(u, v)
        return u

    # ---- ECDSA (SEC 1, 4.1) ----

    def e(self, digest):
        """All three orders fill their octets, so truncation is by octets."""
        return int.from_bytes(digest[:self.size], "big")

    def sign(self, d, digest, k):
        r = self.mul(k, self.g)[0] % self.n
        s = pow(k, -1, self.n) * (self.e(digest) + r * d) % self.n
        assert r and s
        return r, s

    def verify(self, q, digest, r, s):
        if not (0 < r < self.n and 0 < s < self.n) or not digest:
            return False
        w = pow(s, -1, self.n)
        pt = self.add(self.mul(self.e(digest) * w % self.n, self.g),
                      self.mul(r * w % self.n, q))
        return pt is not None and pt[0] % self.n == r

    def nonces(self, d, digest):
        """RFC 6979, 3.2, with SHA-256, for orders of 256 bits: the candidates
        in order."""
        def mac(k, m):
            return hmac.new(k, m, hashlib.sha256).digest()
        seed = self.bytes(d, self.e(digest) % self.n)
        k, v = bytes(32), bytes([1]) * 32
        for b in (0, 1):
            k = mac(k, v + bytes([b]) + seed)
            v = mac(k, v)
        while True:
            v = mac(k, v)
            t = int.from_bytes(v, "big")
            if 0 < t < self.n:
                yield t
            k = mac(k, v + b"\0")
            v = mac(k, v)

    def bytes(self, *v):
        return b"".join(x.to_bytes(self.size, "big") for x in v)

    def scalar(self, label):
        """A reproducible scalar in 1..n-1."""
        h = hashlib.sha512((self.name + "/" + label).encode()).digest()
        return int.from_bytes(h, "big") % (self.n - 1) + 1


# SEC 2: 2.4.2, 2.5.1, 2.4.1; P-521 only for a certificate of another kind.
P256 = Curve(
    "P-256", 32,
    0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff, -3,
    0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b,
    0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
    0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5,
    0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551)
P384 = Curve(
    "P-384", 48, 2**384 - 2**128 - 2**96 + 2**32 - 1, -3,
    0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef,
    0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7,
    0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f,
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973)
K1 = Curve(
    "secp256k1", 32, 2**256 - 2**32 - 977, 0, 7,
    0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798,
    0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8,
    0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141)
P521 = Curve(
    "P-521", 66, 2**521 - 1, -3,
    0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00,
    0x00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66,
    0x011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650,
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409)
