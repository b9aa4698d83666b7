#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes image.vec: a firmware and a kernel made for the tests, and what a
machine measures of them, computed here from platforms.md 3.4 and 3.5.2 with
hashlib alone.

firmware NAME FILE SINGLE_PASS TWO_PASS
kernel NAME FILE INITRD_SIZE MEMORY DIGEST
"""
import hashlib
import struct

PAGE = 4096


def sha384(data):
    return hashlib.sha384(data).hexdigest()


def pattern(n, seed):
    return b"".join(
        hashlib.sha256(b"%d %d" % (seed, i)).digest() for i in range(n // 32 + 1)
    )[:n]


# ---- firmware

FOOTER = bytes.fromhex("de82b596b21ff745baeaa366c55a082d")
METADATA = bytes.fromhex("35657ae44a989847865e4685a7bf8ec2")
OTHER = bytes.fromhex("b8862e3f1ac2d74fa4f3d0b2d4e5f607")
EXTEND, AUG = 1, 2


def firmware(sections):
    """sections: (data, address, memory size, type, attributes)"""
    body = pattern(64, 1)
    table = b""
    for data, address, memory, kind, attributes in sections:
        offset = len(body) if data else 0
        body += data
        table += struct.pack(
            "<IIQQII", offset, len(data), address, memory, kind, attributes
        )
    metadata = struct.pack("<4sIII", b"TDVF", 16 + len(table), 1, len(sections))
    metadata += table
    # Behind the metadata: two entries of the table, its end, the reset vector.
    entries = pattern(5, 2) + struct.pack("<H", 5 + 18) + OTHER
    tail = 32 + 18 + 22 + len(entries)
    entry = struct.pack("<IH", tail + len(metadata), 22) + METADATA
    # The entry that is read is not the one next to the end.
    guids = entry + entries
    size = len(guids) + 18
    return (
        body + metadata + guids + struct.pack("<H", size) + FOOTER + pattern(32, 3)
    )


def record(name, address, data=b""):
    return name.ljust(16, b"\0") + struct.pack("<Q", address) + bytes(104) + data


def mrtd(sections, two_pass):
    out = b""
    for data, address, memory, _, attributes in sections:
        content = data + bytes(memory - len(data)) if attributes & EXTEND else b""
        adds, extends = [], []
        for page in range(memory // PAGE):
            at = address + page * PAGE
            if not attributes & AUG:
                adds.append(record(b"MEM.PAGE.ADD", at))
            else:
                adds.append(b"")
            chunks = b""
            if attributes & EXTEND:
                for i in range(16):
                    part = content[page * PAGE + i * 256:][:256]
                    chunks += record(b"MR.EXTEND", at + i * 256, part)
            extends.append(chunks)
        if two_pass:
            out += b"".join(adds) + b"".join(extends)
        else:
            out += b"".join(a + e for a, e in zip(adds, extends))
    return sha384(out)


SECTIONS = [
    (pattern(2 * PAGE, 4), 0xFFC84000, 2 * PAGE, 0, EXTEND),
    (pattern(PAGE, 5), 0xFFC00000, PAGE, 1, 0),
    (b"", 0x80B000, 2 * PAGE, 3, 0),
    (b"", 0x809000, 2 * PAGE, 2, 0),
    (b"", 0x800000, 6 * PAGE, 3, 0),
    (b"", 0x810000, 16 * PAGE, 3, 0),
    (pattern(300, 6), 0x900000, 2 * PAGE, 0, EXTEND),
    (pattern(PAGE, 7), 0xA00000, PAGE, 0, EXTEND | AUG),
]
# Memory that the guest accepts leaves no record, whatever its size.
AUGMENTED = (b"", 1 << 32, 1 << 40, 4, AUG)


# ---- kernel


def kernel(protocol=0x20F, xload=0x7F, maximum=0x7FFFFFFF, plus=True, cert=b"",
           extra=0):
    head = bytearray(pattern(0x400, 8))
    head[0:2] = b"MZ"
    struct.pack_into("<I", head, 0x3C, 0x40)
    head[0x40:0x44] = b"PE\0\0"
    optional = 240 if plus else 224
    struct.pack_into("<HH", head, 0x44, 0x8664, 2)
    struct.pack_into("<H", head, 0x54, optional)
    at = 0x58
    struct.pack_into("<H", head, at, 0x20B if plus else 0x10B)
    struct.pack_into("<I", head, at + 60, 0x400)
    dirs = at + (112 if plus else 96)
    struct.pack_into("<I", head, dirs - 4, 16)
    table = at + optional
    # The second in the file is the first in the table.
    sizes = (0x600, 0x300 + extra)
    struct.pack_into("<II", head, table + 16, sizes[0], 0x400 + sizes[1])
    struct.pack_into("<II", head, table + 56, sizes[1], 0x400)
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x206, protocol)
    head[0x211] = 0x01
    struct.pack_into("<I", head, 0x22C, maximum)
    struct.pack_into("<H", head, 0x236, xload)
    data = bytes(head) + pattern(sizes[0] + sizes[1], 9)
    entry = dirs + 32
    data = bytearray(data)
    struct.pack_into("<II", data, entry, len(data) if cert else 0, len(cert))
    return bytes(data) + cert, at + 64, entry


def patched(k, initrd, memory):
    k = bytearray(k)
    protocol, = struct.unpack_from("<H", k, 0x206)
    k[0x210] = 0xB0
    k[0x211] |= 0x80
    struct.pack_into("<H", k, 0x224, 0x20000 - 0x10000 - 0x200)
    struct.pack_into("<I", k, 0x228, 0x20000)
    maximum, = struct.unpack_from("<I", k, 0x22C)
    if protocol >= 0x20C and k[0x236] & 2:
        maximum = 0xFFFFFFFF
    elif maximum == 0:
        maximum = 0x37FFFFFF
    low = 0xB0000000 if memory < 0xB0000000 else 0x80000000
    below = min(memory, low)
    if maximum >= below - 0x28000:
        maximum = below - 0x28000 - 1
    if initrd:
        struct.pack_into("<II", k, 0x218, (maximum - initrd) & ~0xFFF, initrd)
    return bytes(k)


def authenticode(k, checksum, entry, cert):
    data = k[:checksum] + k[checksum + 4:entry] + k[entry + 8:len(k) - cert]
    return sha384(data + bytes(-len(data) % 8))


def main():
    lines = []
    for name, sections in (("all", SECTIONS), ("augmented", SECTIONS + [AUGMENTED])):
        lines.append(
            "firmware %s %s %s %s"
            % (name, firmware(sections).hex(), mrtd(SECTIONS, False),
               mrtd(SECTIONS, True))
        )
    gib = 1 << 30
    kinds = {
        "usual": {},
        "old": {"protocol": 0x203, "maximum": 0},
        "below": {"xload": 0x7D},
        "pe32": {"plus": False},
        "signed": {"cert": pattern(64, 10)},
        "odd": {"extra": 3},
    }
    shapes = [
        (5000000, 2 * gib), (5000000, 4 * gib), (5000000, gib),
        (5000000, 5 * gib // 2), (0, 2 * gib),
    ]
    for name, options in kinds.items():
        k, checksum, entry = kernel(**options)
        for initrd, memory in shapes if name in ("usual", "old", "below") \
                else shapes[:1]:
            digest = authenticode(
                patched(k, initrd, memory), checksum, entry,
                len(options.get("cert", b"")))
            lines.append(
                "kernel %s %s %d %d %s" % (name, k.hex(), initrd, memory, digest))
    with open("tests/vectors/image.vec", "w", encoding="ascii") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                "# Written by gen_image.py, which says what the words are.\n")
        f.write("".join(line + "\n" for line in lines))


main()
