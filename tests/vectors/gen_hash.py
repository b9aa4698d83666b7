#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes hash.vec beside itself: digests by Python's hashlib of every length
up to two blocks and a few long ones. Octet i of an input of n octets is
(7 * i + n) mod 256."""
import hashlib
import os

lengths = list(range(0, 260)) + [1000, 4095, 4096, 4097, 65536, 1000003]
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "hash.vec"), "w") as f:
    f.write("# SPDX-License-Identifier: Apache-2.0\n"
            "# Made by gen_hash.py with Python's hashlib.\n"
            "# bits length digest\n")
    for bits in (256, 384, 512):
        for n in lengths:
            data = bytes((7 * i + n) % 256 for i in range(n))
            f.write("%d %d %s\n" % (
                bits, n, hashlib.new("sha%d" % bits, data).hexdigest()))
