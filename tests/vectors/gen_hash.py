#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes hash.vec beside itself: digests of every length up to two blocks and
a few long ones. SHA-2 and SHA-3 are Python's hashlib. hashlib has no Keccak:
the sponge here, written from FIPS 202 with every constant computed, must agree
with hashlib on SHA-3 before it may speak for Keccak. Octet i of an input of n
octets is (7 * i + n) mod 256."""
import hashlib
import os


def rc(t):
    r = [1, 0, 0, 0, 0, 0, 0, 0]
    for _ in range(t % 255):
        r = [0] + r
        for i in (0, 4, 5, 6):
            r[i] ^= r[8]
        r = r[:8]
    return r[0]


def permute(a):
    mask = (1 << 64) - 1

    def turn(v, by):
        return (v << by | v >> (64 - by)) & mask

    for rnd in range(24):
        c = [a[x, 0] ^ a[x, 1] ^ a[x, 2] ^ a[x, 3] ^ a[x, 4] for x in range(5)]
        for x, y in a:
            a[x, y] ^= c[(x - 1) % 5] ^ turn(c[(x + 1) % 5], 1)
        x, y = 1, 0
        for t in range(24):
            a[x, y] = turn(a[x, y], (t + 1) * (t + 2) // 2 % 64)
            x, y = y, (2 * x + 3 * y) % 5
        a = {(x, y): a[(x + 3 * y) % 5, x] for x in range(5) for y in range(5)}
        a = {(x, y): a[x, y] ^ (~a[(x + 1) % 5, y] & mask & a[(x + 2) % 5, y])
             for x in range(5) for y in range(5)}
        for j in range(7):
            a[0, 0] ^= rc(j + 7 * rnd) << (2 ** j - 1)
    return a


def sponge(data, suffix, size):
    rate = 200 - 2 * size
    pad = bytearray(rate - len(data) % rate)
    pad[0] = suffix
    pad[-1] |= 0x80
    data += bytes(pad)
    a = {(x, y): 0 for x in range(5) for y in range(5)}
    for off in range(0, len(data), rate):
        for i in range(rate // 8):
            a[i % 5, i // 5] ^= int.from_bytes(
                data[off + 8 * i:off + 8 * i + 8], "little")
        a = permute(a)
    out = b"".join(a[i % 5, i // 5].to_bytes(8, "little") for i in range(25))
    return out[:size].hex()


def octets(n):
    return bytes((7 * i + n) % 256 for i in range(n))


def digests():
    for bits in (256, 384, 512):
        for n in list(range(260)) + [1000, 4095, 4096, 4097, 65536, 1000003]:
            yield "sha%d" % bits, n, hashlib.new("sha%d" % bits,
                                                 octets(n)).hexdigest()
    for size in (32, 48, 64):
        rate = 200 - 2 * size
        for n in list(range(rate + 2)) + [2 * rate - 1, 2 * rate, 1000, 4096]:
            sha3 = hashlib.new("sha3_%d" % (8 * size), octets(n)).hexdigest()
            assert sponge(octets(n), 6, size) == sha3
            yield "sha3-%d" % (8 * size), n, sha3
            yield "keccak%d" % (8 * size), n, sponge(octets(n), 1, size)


here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "hash.vec"), "w") as f:
    f.write("# SPDX-License-Identifier: Apache-2.0\n"
            "# Made by gen_hash.py.\n"
            "# algorithm length digest\n")
    for line in digests():
        f.write("%s %d %s\n" % line)
