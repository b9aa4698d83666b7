# SPDX-License-Identifier: Apache-2.0
"""cases.py VECTORS DIR: what the verdicts are compared on.

Writes quotes and bundles into DIR and lists them in DIR/cases, a line each:
name, quote, collateral, time, separated by tabs."""
import json
import os
import sys

vectors, out = sys.argv[1:3]
lines = []


def put(name, data):
    path = os.path.join(out, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def read(name):
    with open(os.path.join(vectors, name), "rb") as f:
        return f.read()


def case(name, quote, bundle, time):
    lines.append("\t".join((name, quote, bundle, str(time))))


def window(name, quote, bundle, start, end):
    q = put(name + ".quote", quote)
    c = put(name + ".json", bundle)
    case(name + ", inside the window", q, c, (start + end) // 2)
    case(name + ", 1 s before it", q, c, start - 1)
    case(name + ", its first second", q, c, start)
    case(name + ", its last second", q, c, end)
    case(name + ", 1 s after it", q, c, end + 1)


tdx, tdx_bundle = read("tdx/v4.quote"), read("tdx/v4.collateral.json")
window("tdx-v4", tdx, tdx_bundle, 1750329147, 1752919235)
window("sgx-v3", read("sgx/v3.quote"), read("sgx/v3.collateral.json"),
       1750330571, 1752919278)
full = json.loads(read("dstack/full-image.getquote.json"))["quote"]
window("full-image", bytes.fromhex(full),
       read("dstack/full-image.collateral.json"), 1771412331, 1774003275)

NOW = 1751328000
TDX = os.path.join(out, "tdx-v4.quote")
BUNDLE = os.path.join(out, "tdx-v4.json")

# Offsets in a version 4 quote with a TD 1.0 report: Intel TDX DCAP Quoting
# Library API, appendix A.3.
FLIPS = (("header: user data", 28), ("body: MRTD", 48 + 136),
         ("body: REPORTDATA", 48 + 520), ("quote signature", 636 + 10),
         ("attestation key", 700 + 5), ("QE report: MRENCLAVE", 770 + 64),
         ("QE report: report data 0", 770 + 320),
         ("QE report signature", 1154 + 3), ("QE authentication data", 1221),
         ("PCK certificate", 1258 + 600), ("last byte of the file", -1))
for what, offset in FLIPS:
    changed = bytearray(tdx)
    changed[offset] ^= 1
    case("flip in " + what, put("flip%d.quote" % len(lines), bytes(changed)),
         BUNDLE, NOW)


def flipped(text, at):
    """A bit that leaves hex hex and base64 base64."""
    c = text[at]
    new = {"0": "1", "a": "b"}.get(c, "0" if c.isdigit() else "a")
    return text[:at] + new + text[at + 1:]


MEMBERS = (("root_ca_crl", -5), ("pck_crl", -5), ("pck_crl", 200),
           ("tcb_info_signature", 7), ("qe_identity_signature", 7),
           ("tcb_info_issuer_chain", 400), ("qe_identity_issuer_chain", 400),
           ("pck_crl_issuer_chain", 400))
for member, at in MEMBERS:
    bundle = json.loads(tdx_bundle)
    bundle[member] = flipped(bundle[member], at)
    case("change in " + member + " at %d" % at, TDX,
         put("change%d.json" % len(lines), json.dumps(bundle).encode()), NOW)
for member, old, new in (("tcb_info", "2025-07", "2026-07"),
                         ("tcb_info", '"pcesvn":11', '"pcesvn":10'),
                         ("qe_identity", '"isvsvn":4', '"isvsvn":3')):
    bundle = json.loads(tdx_bundle)
    if old not in bundle[member]:
        continue
    bundle[member] = bundle[member].replace(old, new)
    case("%s: %s" % (member, new.replace('"', "")), TDX,
         put("edit%d.json" % len(lines), json.dumps(bundle).encode()), NOW)
case("collateral of another platform", TDX,
     os.path.join(out, "full-image.json"), 1772000000)

with open(os.path.join(out, "cases"), "w") as f:
    f.write("\n".join(lines) + "\n")
