#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes kdf.vec beside itself: HMAC by Python's hmac around the block sizes of
both hashes, and HKDF-SHA256 built on it as RFC 5869 says. Octet i of a field
of n octets with seed s is (11 * i + s + n) mod 256."""
import hashlib
import hmac
import os


def octets(n, seed):
    return bytes((11 * i + seed + n) % 256 for i in range(n))


def hkdf(salt, ikm, info, size):
    prk = hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()
    out = t = b""
    i = 1
    while len(out) < size:
        t = hmac.new(prk, t + info + bytes([i]), hashlib.sha256).digest()
        out += t
        i += 1
    return out[:size]


here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "kdf.vec"), "w") as f:
    f.write("# SPDX-License-Identifier: Apache-2.0\n"
            "# Made by gen_kdf.py.\n"
            "# hmac256|hmac512 key-length data-length code\n"
            "# hkdf salt-length ikm-length info-length SHA-256 of so many "
            "octets\n")
    for name, alg in (("hmac256", "sha256"), ("hmac512", "sha512")):
        for key in (0, 1, 31, 32, 63, 64, 65, 127, 128, 129, 200):
            for n in (0, 1, 63, 64, 65, 127, 128, 129, 300):
                f.write("%s %d %d %s\n" % (name, key, n, hmac.new(
                    octets(key, 1), octets(n, 2), alg).hexdigest()))
    for salt in (0, 1, 32, 64, 65):
        for ikm in (0, 1, 32, 100):
            for info in (0, 1, 70):
                for size in (1, 31, 32, 33, 64, 100, 8160):
                    okm = hkdf(octets(salt, 3), octets(ikm, 4),
                               octets(info, 5), size)
                    f.write("hkdf %d %d %d %d %s\n" % (
                        salt, ikm, info, size,
                        hashlib.sha256(okm).hexdigest()))
