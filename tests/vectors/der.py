# SPDX-License-Identifier: Apache-2.0
"""Writing DER, and whatever is not quite DER."""
import datetime


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 0x80:
        head = bytes([n])
    else:
        size = (n.bit_length() + 7) // 8
        head = bytes([0x80 | size]) + n.to_bytes(size, "big")
    return bytes([tag]) + head + body


def seq(*parts):
    return tlv(0x30, *parts)


def set_(*parts):
    return tlv(0x31, *parts)


def integer(v):
    return tlv(2, v.to_bytes(v.bit_length() // 8 + 1, "big", signed=True))


def boolean(v):
    return tlv(1, b"\xff" if v else b"\0")


def octets(v):
    return tlv(4, v)


def bits(v, unused=0):
    return tlv(3, bytes([unused]), v)


NULL = tlv(5)


def oid(text):
    arcs = [int(a) for a in text.split(".")]
    out = b""
    for a in [40 * arcs[0] + arcs[1]] + arcs[2:]:
        part = bytes([a & 0x7f])
        while a > 0x7f:
            a >>= 7
            part = bytes([0x80 | a & 0x7f]) + part
        out += part
    return tlv(6, out)


def epoch(y, mo, d, h=0, mi=0, s=0):
    t = datetime.datetime(y, mo, d, h, mi, s, tzinfo=datetime.timezone.utc)
    return int(t.timestamp())


def time(t):
    """RFC 5280 4.1.2.5: UTCTime through 2049."""
    d = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=t)
    if d.year < 2050:
        return tlv(0x17, d.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, b"%04d" % d.year + d.strftime("%m%d%H%M%SZ").encode())


def utf8(v):
    return tlv(0x0c, v.encode())


def name(*cns):
    """A Name of the organisation and these commonNames."""
    return seq(*[rdn("2.5.4.10", utf8("Test"))] +
               [rdn("2.5.4.3", utf8(c)) for c in cns])


def rdn(kind, value):
    return set_(seq(oid(kind), value))


def ext(kind, value, critical=False):
    return seq(oid(kind), boolean(True) if critical else b"", octets(value))


SHA256 = seq(oid("1.2.840.10045.4.3.2"))
SHA384 = seq(oid("1.2.840.10045.4.3.3"))
EC = oid("1.2.840.10045.2.1")
CURVE = {"P-256": oid("1.2.840.10045.3.1.7"), "P-384": oid("1.3.132.0.34"),
         "secp256k1": oid("1.3.132.0.10"), "P-521": oid("1.3.132.0.35")}


def spki(curve, point=None, scalar=None):
    """point: the octets of the BIT STRING."""
    if point is None:
        q = curve.mul(scalar, curve.g)
        point = b"\x04" + curve.bytes(*q)
    return seq(seq(EC, CURVE[curve.name]), bits(point))


def ecdsa(curve, d, digest, label):
    r, s = curve.sign(d, digest, curve.scalar("nonce " + label))
    return seq(integer(r), integer(s))
