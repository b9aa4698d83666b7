#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes attestation.vec beside itself: dstack's versioned attestation in both
versions, built byte by byte from the tables of the two encodings. A case has
the name of what is in it; the tests know what that must decode to.

Lines: name version hex."""
import hashlib
import os
import struct

T = 0x08000001


# ---- SCALE -------------------------------------------------------------------

def compact(n):
    if n < 1 << 6:
        return struct.pack("<B", n << 2)
    if n < 1 << 14:
        return struct.pack("<H", n << 2 | 1)
    return struct.pack("<I", n << 2 | 2)


def vec(b):
    if isinstance(b, str):
        b = b.encode()
    return compact(len(b)) + b


def items(f, values):
    return compact(len(values)) + b"".join(f(v) for v in values)


def v0_event(e):
    return struct.pack("<II", e["imr"], e["event_type"]) + vec(e["digest"]) + \
        vec(e["event"]) + vec(e["event_payload"])


TPM_PLATFORMS = ["dstack", "gcp", "nitroenclave", "aws-ec2"]


def v0_tpm(t):
    return vec(t["message"]) + vec(t["signature"]) + \
        items(lambda p: struct.pack("<I", p["index"]) + vec(p["algorithm"]) +
              vec(p["value"]), t["pcr_values"]) + vec(t["ak_cert"]) + \
        bytes([TPM_PLATFORMS.index(t["platform"])]) + \
        items(lambda e: struct.pack("<I", e["pcr_index"]) + vec(e["digest"]),
              t["event_log"])


def v0_platform(kind, d):
    if kind == "tdx":
        return b"\0" + vec(d["quote"]) + items(v0_event, d["event_log"])
    if kind == "gcp-tdx":
        return b"\1" + vec(d["quote"]) + items(v0_event, d["event_log"]) + \
            v0_tpm(d["tpm_quote"])
    if kind == "nitro-enclave":
        return b"\2" + vec(d["nsm_quote"])
    if kind == "sev-snp":
        return b"\3" + vec(d["report"]) + items(vec, d["cert_chain"]) + \
            vec(d["mr_config"])
    return b"\4" + vec(d["attestation_doc"])


def v0(kind, data, stack):
    return b"\0" + v0_platform(kind, data) + \
        items(lambda e: vec(e["event"]) + vec(e["payload"]),
              stack["runtime_events"]) + \
        stack["report_data"] + vec(stack["config"])


# ---- MessagePack -------------------------------------------------------------

class Ints(bytes):
    """Bytes that are written as an array of integers."""


def length(n, fix, fixed, m1, m2, m4):
    if n < fixed:
        return bytes([fix | n])
    if m1 and n < 1 << 8:
        return bytes([m1, n])
    if n < 1 << 16:
        return bytes([m2]) + struct.pack(">H", n)
    return bytes([m4]) + struct.pack(">I", n)


def pack(v):
    if isinstance(v, Ints):
        return pack(list(v))
    if isinstance(v, bytes):
        return length(len(v), 0, 0, 0xc4, 0xc5, 0xc6) + v
    if isinstance(v, str):
        b = v.encode()
        return length(len(b), 0xa0, 32, 0xd9, 0xda, 0xdb) + b
    if isinstance(v, int):
        if v < 1 << 7:
            return bytes([v])
        for mark, size in ((0xcc, 1), (0xcd, 2), (0xce, 4), (0xcf, 8)):
            if v < 1 << 8 * size:
                return bytes([mark]) + v.to_bytes(size, "big")
    if isinstance(v, list):
        return length(len(v), 0x90, 16, 0, 0xdc, 0xdd) + \
            b"".join(pack(x) for x in v)
    return length(len(v), 0x80, 16, 0, 0xde, 0xdf) + \
        b"".join(pack(k) + pack(x) for k, x in v.items())


INTS = ("quote", "nsm_quote", "attestation_doc", "report")


def v1(kind, data, stack):
    data = {k: Ints(v) if k in INTS else v for k, v in data.items()}
    if "cert_chain" in data:
        data["cert_chain"] = [Ints(c) for c in data["cert_chain"]]
    stack = dict(stack, report_data=Ints(stack["report_data"]))
    stack_kind = "dstack-pod" if "report_data_payload" in stack else "dstack"
    return pack({"version": 1, "platform": {"kind": kind, "data": data},
                 "stack": {"kind": stack_kind, "data": stack}})


# ---- contents ----------------------------------------------------------------

def run(seed, n):
    return bytes((seed + 37 * i) % 256 for i in range(n))


def canonical(name, payload):
    return ('{"name":"%s","payload":"%s","type":%d}'
            % (name, payload.hex(), T)).encode()


def event(imr, kind, digest, name, payload, **more):
    return dict({"imr": imr, "event_type": kind, "digest": digest,
                 "event": name, "event_payload": payload}, **more)


RUNTIME = [("system-preparing", b""), ("app-id", run(1, 20)),
           ("compose-hash", run(2, 32)), ("naïve", run(3, 300))]
LOG = [event(0, 0x8000000b, run(4, 48), "", run(5, 70)),
       event(0, 10, run(6, 48), "acpi-loader", b"ACPI DATA"),
       event(1, 0x80000003, run(7, 48), "", b""),
       event(3, 4, run(8, 48), "", b"\0\0\0\0")]
for name, payload in RUNTIME:
    LOG.append(event(3, T, b"", name, payload))
STACK = {"report_data": run(9, 64),
         "runtime_events": [{"event": n, "payload": p} for n, p in RUNTIME],
         "config": '{"os_image_hash":"00ff","cpu_count":2}'}
BARE = {"report_data": bytes(64), "runtime_events": [], "config": ""}
V2_LOG = [event(3, T, hashlib.sha384(canonical(n, p)).digest(), n, p,
                version=2, preimage=canonical(n, p).hex())
          for n, p in RUNTIME[:3]] + [event(3, T, b"", "mixed", b"\x01")]
V2_STACK = dict(STACK, runtime_events=[
    {"event": n, "payload": p, "version": 2} for n, p in RUNTIME[:3]] +
    [{"event": "mixed", "payload": b"\x01"}])
POD = dict(STACK, report_data_payload='{"hello":"world"}')
TPM = {"message": run(10, 100), "signature": run(11, 256),
       "pcr_values": [{"index": i, "algorithm": "sha256", "value": run(i, 32)}
                      for i in (0, 2, 14)],
       "ak_cert": run(12, 1000), "platform": "gcp",
       "event_log": [{"pcr_index": 2, "digest": run(13, 32)},
                     {"pcr_index": 14, "digest": run(14, 32)}]}

CASES = [
    ("tdx", "tdx", {"quote": run(20, 700), "event_log": LOG}, STACK),
    ("tdx-bare", "tdx", {"quote": run(21, 3), "event_log": []}, BARE),
    ("gcp", "gcp-tdx", {"quote": run(22, 16400), "event_log": LOG,
                        "tpm_quote": TPM}, STACK),
    ("nitro", "nitro-enclave", {"nsm_quote": run(23, 4500)}, STACK),
    ("snp", "sev-snp", {"report": run(24, 1184),
                        "cert_chain": [run(25, 1300), run(26, 60), b""],
                        "mr_config": '{"version":3}'}, STACK),
    ("aws", "aws-nitro-tpm", {"attestation_doc": run(27, 16)}, STACK),
    ("pod", "tdx", {"quote": run(28, 64), "event_log": LOG}, POD),
    ("events-v2", "tdx", {"quote": run(29, 64), "event_log": V2_LOG},
     V2_STACK),
]

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "attestation.vec"), "w") as f:
    f.write("# SPDX-License-Identifier: Apache-2.0\n"
            "# Made by gen_attestation.py from the tables of both encodings.\n"
            "# name version hex\n")
    for name, kind, data, stack in CASES:
        if name not in ("pod", "events-v2"):
            f.write("%s 0 %s\n" % (name, v0(kind, data, stack).hex()))
        f.write("%s 1 %s\n" % (name, v1(kind, data, stack).hex()))
