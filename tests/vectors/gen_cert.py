#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes cert.vec beside itself: certificates, the reason why each is refused
or the fields of those that are not. Nothing is random. Where the Python
package `cryptography` is installed it must read the good ones alike."""
import hashlib
import os

import der
from der import (SHA256, SHA384, bits, boolean, epoch, ext, integer, name,
                 octets, oid, seq, tlv)
from ec import K1, P256, P384, P521

try:
    from cryptography import x509
except ImportError:
    x509 = None

CA = {c.name: (c, c.scalar("ca")) for c in (P256, P384, K1)}
LEAF = der.spki(P256, scalar=P256.scalar("leaf"))
SKI, KU, BC, CDP, AKI = ("2.5.29.%d" % i for i in (14, 15, 19, 31, 35))
BEGIN, END = epoch(2024, 2, 29, 12, 34, 56), epoch(2034, 12, 31, 23, 59, 59)
KEYID, ISSUER_KEYID = bytes(range(20)), bytes(range(100, 120))

ext_ski = ext(SKI, octets(KEYID))
ext_aki = ext(AKI, seq(tlv(0x80, ISSUER_KEYID)))
ext_cdp = ext(CDP, seq(seq(tlv(0xa0, tlv(0xa0, tlv(
    0x86, b"https://example.test/crl.der"))))))
ext_ku_ca = ext(KU, tlv(3, b"\x01\x06"), True)
ext_bc_ca = ext(BC, seq(boolean(True), integer(0)), True)
ext_ku_leaf = ext(KU, tlv(3, b"\x06\xc0"), True)
ext_bc_leaf = ext(BC, seq(), True)
LEAF_EXTS = [ext_aki, ext_cdp, ext_ski, ext_ku_leaf, ext_bc_leaf]
LEAF_FLAGS = "ski,aki,ku!,bc!,cdp"


def tbs(version=tlv(0xa0, integer(2)), serial=integer(0x1234), alg=SHA256,
        issuer=name("Test CA"), validity=None, subject=name("Test leaf"),
        key=LEAF, extra=b"", exts=LEAF_EXTS, wrapped=None, tail=b""):
    if validity is None:
        validity = seq(der.time(BEGIN), der.time(END))
    if wrapped is None:
        wrapped = tlv(0xa3, seq(*exts)) if exts is not None else b""
    return seq(version, serial, alg, issuer, validity, subject, key, extra,
               wrapped, tail)


def sign(body, signer="P-256", hash_="sha256", label=""):
    c, d = CA[signer]
    return der.ecdsa(c, d, hashlib.new(hash_, body).digest(), label)


def cert(signer="P-256", outer=SHA256, sig=None, **fields):
    body = tbs(**fields)
    if sig is None:
        hash_ = "sha384" if outer == SHA384 else "sha256"
        sig = sign(body, signer, hash_, body.hex())
    return seq(body, outer, bits(sig))


lines = []
names = set()


def bad(reason, label, data):
    assert label not in names, label
    names.add(label)
    lines.append("%s %s %s" % (reason, label, data.hex() or "-"))


def good(label, data, serial=b"\x12\x34", begin=BEGIN, end=END, sig_alg=256,
         curve="P-256", flags=LEAF_FLAGS, ku=3, path_len=-1, ski=KEYID,
         aki=ISSUER_KEYID, cn="Test leaf", issuer_cn="Test CA",
         signer="P-256"):
    assert label not in names, label
    names.add(label)
    if x509:
        try:
            c = x509.load_der_x509_certificate(data)
            if c.serial_number != int.from_bytes(serial, "big"):
                raise AssertionError(label)
            if int(c.not_valid_before_utc.timestamp()) != begin:
                raise AssertionError(label)
            if int(c.not_valid_after_utc.timestamp()) != end:
                raise AssertionError(label)
        except ValueError as e:
            print(label, "not compared:", e)
    lines.append(" ".join(
        ["ok", label, data.hex(), serial.hex(), str(begin), str(end),
         str(sig_alg), curve or "-", flags or "-", "%x" % ku, str(path_len),
         ski.hex() or "-", aki.hex() or "-", cn.encode().hex() or "-",
         issuer_cn.encode().hex() or "-", signer or "-"]))


def with_ext(*more, drop=None):
    """The leaf's extensions, some replaced or added."""
    return [e for e in LEAF_EXTS if e is not drop] + list(more)


def shapes():
    good("leaf", cert())
    good("ca", cert(key=der.spki(P256, scalar=P256.scalar("ca")),
                    subject=name("Test CA"),
                    exts=[ext_ski, ext_aki, ext_cdp, ext_ku_ca, ext_bc_ca]),
         flags="ski,aki,ku!,bc!,cdp,ca", ku=0x60, path_len=0, cn="Test CA")
    good("no_extensions", cert(exts=None), flags="", ku=0, ski=b"", aki=b"")
    good("empty_subject", cert(subject=seq()), cn="")
    good("several_cn", cert(subject=name("first", "second")), cn="second")
    good("cn_printable", cert(subject=seq(der.rdn(
        "2.5.4.3", tlv(0x13, b"Printable")))), cn="Printable")
    good("cn_bmp", cert(subject=seq(der.rdn(
        "2.5.4.3", tlv(0x1e, b"\0A\0B")))), cn="")
    two = der.set_(seq(oid("2.5.4.3"), der.utf8("set")),
                   seq(oid("2.5.4.10"), der.utf8("org")))
    good("multi_valued_rdn", cert(subject=seq(two)), cn="set")
    good("other_extension", cert(exts=with_ext(ext("1.2.3.4", b"\xff\0"))))
    good("other_id_ce", cert(exts=with_ext(ext("2.5.29.99", b""))))
    explicit = seq(oid("1.2.3.4"), boolean(False), octets(b"x"))
    good("critical_false_explicit", cert(exts=with_ext(explicit)))
    good("64_extensions", cert(exts=with_ext(
        *[ext("1.2.3.%d" % i, b"") for i in range(59)])))
    bad("cert_der", "65_extensions", cert(exts=with_ext(
        *[ext("1.2.3.%d" % i, b"") for i in range(60)])))
    good("p384", cert("P-384", SHA384, alg=SHA384, key=der.spki(
        P384, scalar=P384.scalar("leaf"))), sig_alg=384, curve="P-384",
        signer="P-384")
    good("p384_sha256", cert("P-384"), signer="P-384")
    good("p256_sha384", cert(outer=SHA384, alg=SHA384), sig_alg=384)
    good("k1", cert("secp256k1", key=der.spki(
        K1, scalar=K1.scalar("leaf"))), curve="secp256k1",
        signer="secp256k1")


def other_kinds():
    """Algorithms that are not ours to judge parse as of another kind."""
    null = seq(oid("1.2.840.10045.4.3.2"), der.NULL)
    good("ecdsa_null", cert(outer=null, alg=null), sig_alg=0, signer=None)
    sha512 = seq(oid("1.2.840.10045.4.3.4"))
    good("ecdsa_sha512", cert(outer=sha512, alg=sha512), sig_alg=0,
         signer=None)
    rsa = seq(oid("1.2.840.113549.1.1.11"), der.NULL)
    p, q = (prime(1024, t) for t in "pq")
    rsa_key = seq(seq(oid("1.2.840.113549.1.1.1"), der.NULL),
                  bits(seq(integer(p * q), integer(65537))))
    good("rsa", cert(outer=rsa, alg=rsa, key=rsa_key, sig=bytes(256)),
         sig_alg=0, curve=None, signer=None)
    good("rsa_key", cert(key=rsa_key), curve=None)
    good("rsa_signature", cert(outer=rsa, alg=rsa, sig=bytes(256)),
         sig_alg=0, signer=None)
    h = seq(oid("2.16.840.1.101.3.4.2.2"), der.NULL)
    pss = seq(oid("1.2.840.113549.1.1.10"), seq(
        tlv(0xa0, h), tlv(0xa1, seq(oid("1.2.840.113549.1.1.8"), h)),
        tlv(0xa2, integer(48))))
    good("rsa_pss", cert(outer=pss, alg=pss, key=rsa_key, sig=bytes(256)),
         sig_alg=0, curve=None, signer=None)
    ed = seq(oid("1.3.101.112"))
    ed_key = seq(ed, bits(bytes(32)))
    good("ed25519", cert(outer=ed, alg=ed, key=ed_key, sig=bytes(64)),
         sig_alg=0, curve=None, signer=None)
    good("ed25519_key", cert(key=ed_key), curve=None)
    good("p521_key", cert(key=der.spki(P521, scalar=5)), curve=None)
    unknown = seq(oid("1.2.3.4.5"), octets(b"parameters"))
    good("unknown_signature", cert(outer=unknown, alg=unknown), sig_alg=0,
         signer=None)
    good("unknown_key", cert(key=seq(unknown, bits(b"key"))), curve=None)
    good("unknown_curve", cert(key=seq(
        seq(der.EC, oid("1.2.3.4.5")), bits(b"\x04" + bytes(64)))),
        curve=None)
    # The signature is of another kind too, so that mbedTLS never gets to
    # see the key: the point is still ours to judge.
    for c, want in ((P256, "P-256"), (K1, "secp256k1")):
        good("unknown_signature_" + want, cert(
            outer=unknown, alg=unknown, key=der.spki(c, scalar=7)),
            sig_alg=0, curve=want, signer=None)
        bad("cert_key", "unknown_signature_off_curve_" + want, cert(
            outer=unknown, alg=unknown, key=der.spki(
                c, b"\x04" + c.bytes(1, 1))))


def prime(size, label):
    n = int.from_bytes(b"".join(
        hashlib.sha256(b"%s%d" % (label.encode(), i)).digest()
        for i in range(size // 256)), "big")
    n |= 3 << size - 2 | 1
    while any(pow(b, n - 1, n) != 1 for b in (2, 3, 5, 7)):
        n += 2
    return n


def numbers_and_times():
    top = (1 << 160) - 1
    good("serial_1", cert(serial=integer(1)), serial=b"\1")
    good("serial_20", cert(serial=integer(top >> 1)),
         serial=b"\x7f" + b"\xff" * 19)
    good("serial_20_sign", cert(serial=integer(top)),
         serial=b"\0" + b"\xff" * 20)
    bad("cert_der", "serial_21", cert(serial=integer(top + 1)))
    bad("cert_der", "serial_0", cert(serial=integer(0)))
    bad("cert_der", "serial_negative", cert(serial=integer(-5)))
    bad("cert_der", "serial_empty", cert(serial=tlv(2)))
    bad("cert_der", "serial_padded", cert(serial=tlv(2, b"\0\x12\x34")))
    bad("cert_der", "serial_missing", cert(serial=b""))
    bad("cert_der", "serial_octets", cert(serial=octets(b"\x12")))

    def validity(label, begin, end, t0=None, t1=None):
        both = seq(begin, end)
        if t0 is None:
            bad("cert_der", label, cert(validity=both))
        else:
            good(label, cert(validity=both), begin=t0, end=t1)

    b, e = der.time(BEGIN), der.time(END)
    validity("time_epoch", tlv(0x17, b"700101000000Z"), e, 0, END)
    validity("time_2049", b, tlv(0x17, b"491231235959Z"), BEGIN,
             epoch(2049, 12, 31, 23, 59, 59))
    validity("time_2050", b, tlv(0x18, b"20500101000000Z"), BEGIN,
             epoch(2050, 1, 1))
    validity("time_last", b, tlv(0x18, b"99991231235959Z"), BEGIN,
             epoch(9999, 12, 31, 23, 59, 59))
    validity("time_reversed", e, b, END, BEGIN)
    validity("time_leap_2000", tlv(0x17, b"000229000000Z"), e,
             epoch(2000, 2, 29), END)
    for label, t in (
            ("1950", b"500101000000Z"), ("1969", b"691231235959Z"),
            ("month_0", b"240001000000Z"), ("month_13", b"241301000000Z"),
            ("day_0", b"240100000000Z"), ("feb_29", b"230229000000Z"),
            ("feb_30", b"240230000000Z"), ("apr_31", b"240431000000Z"),
            ("hour_24", b"240101240000Z"), ("minute_60", b"240101006000Z"),
            ("second_60", b"240101000060Z"), ("no_seconds", b"2401010000Z"),
            ("no_zone", b"240101000000"), ("offset", b"240101000000+0100"),
            ("letters", b"24o101000000Z"), ("space", b" 40101000000Z"),
            ("sign", b"24-101000000Z"), ("small_z", b"240101000000z"),
            ("empty", b""), ("nul", b"240101000000Z\0")):
        validity("time_" + label, tlv(0x17, t), e)
    for label, t in (
            ("fraction", b"20500101000000.5Z"), ("short", b"500101000000Z"),
            ("1900", b"19000101000000Z"), ("1969", b"19691231235959Z"),
            ("feb_29_2100", b"21000229000000Z"), ("no_zone",
                                                  b"20500101000000")):
        validity("gtime_" + label, b, tlv(0x18, t))
    validity("time_octets", tlv(4, b"240101000000Z"), e)
    bad("cert_der", "time_one", cert(validity=seq(b)))
    bad("cert_der", "time_three", cert(validity=seq(b, e, e)))


def framing():
    whole = cert()
    body = tbs()
    sig = bits(sign(body))
    bad("cert_der", "empty", b"")
    bad("cert_der", "one_octet", b"\x30")
    bad("cert_der", "zeros", bytes(64))
    bad("cert_der", "text", b"-----BEGIN CERTIFICATE-----\n")
    for cut in (1, 2, len(whole) // 3, len(whole) // 2):
        bad("cert_der", "cut_%d" % cut, whole[:-cut])
    bad("cert_der", "trailing", whole + b"\0")
    bad("cert_der", "twice", whole + whole)
    bad("cert_der", "indefinite", b"\x30\x80" + whole[4:] + b"\0\0")
    bad("cert_der", "length_padded", b"\x30\x83\0" + whole[2:])
    bad("cert_der", "length_4gib", b"\x30\x84\xff\xff\xff\xff" + whole[4:])
    bad("cert_der", "length_5", b"\x30\x85\0\0\0" + whole[2:])
    bad("cert_der", "set", b"\x31" + whole[1:])
    bad("cert_der", "no_signature", seq(body, SHA256))
    bad("cert_der", "extra", seq(body, SHA256, sig, der.NULL))
    bad("cert_der", "signature_unused_bits", seq(
        body, SHA256, bits(sign(body), 1)))
    bad("cert_der", "signature_octets", seq(
        body, SHA256, octets(sign(body))))
    bad("cert_der", "signature_no_contents", seq(body, SHA256, tlv(3)))
    bad("cert_der", "tbs_tail", cert(tail=der.NULL))
    bad("cert_der", "tbs_octets", seq(octets(body), SHA256, sig))
    bad("cert_der", "v1", cert(version=b"", exts=None))
    bad("cert_der", "v1_explicit", cert(version=tlv(0xa0, integer(0))))
    bad("cert_der", "v2", cert(version=tlv(0xa0, integer(1))))
    bad("cert_der", "v4", cert(version=tlv(0xa0, integer(3))))
    bad("cert_der", "v3_padded", cert(version=tlv(0xa0, tlv(2, b"\0\2"))))
    bad("cert_der", "v3_twice", cert(version=tlv(
        0xa0, integer(2), integer(2))))
    bad("cert_der", "v3_implicit", cert(version=tlv(0x80, b"\2")))
    bad("cert_der", "issuer_uid", cert(extra=tlv(0x81, b"\0\1")))
    bad("cert_der", "subject_uid", cert(extra=tlv(0x82, b"\0\1")))
    bad("cert_der", "uid_constructed", cert(extra=tlv(0xa1, bits(b"x"))))
    # Names
    bad("cert_der", "issuer_empty", cert(issuer=seq()))
    bad("cert_der", "rdn_empty", cert(subject=seq(der.set_())))
    bad("cert_der", "rdn_sequence", cert(subject=seq(seq(seq(
        oid("2.5.4.3"), der.utf8("x"))))))
    bad("cert_der", "rdn_no_value", cert(subject=seq(der.set_(seq(
        oid("2.5.4.3"))))))
    bad("cert_der", "rdn_extra", cert(subject=seq(der.set_(seq(
        oid("2.5.4.3"), der.utf8("x"), der.utf8("y"))))))
    bad("cert_der", "rdn_no_oid", cert(subject=seq(der.set_(seq(
        tlv(6), der.utf8("x"))))))
    bad("cert_der", "rdn_overrun", cert(subject=seq(
        b"\x31\x7f\x30\x00")))
    # AlgorithmIdentifiers
    for label, alg in (("empty", seq()), ("no_oid", seq(der.NULL)),
                       ("oid_empty", seq(tlv(6))), ("not_seq", tlv(
                           0x31, oid("1.2.3"))), ("three", seq(
                               oid("1.2.3"), der.NULL, der.NULL))):
        bad("cert_der", "algorithm_" + label, cert(outer=alg, alg=alg))
        bad("cert_der", "outer_algorithm_" + label, cert(outer=alg))
    null = seq(oid("1.2.840.10045.4.3.2"), der.NULL)
    bad("cert_alg", "algorithm_384_in_256", cert(alg=SHA384))
    bad("cert_alg", "algorithm_256_in_384", cert(outer=SHA384))
    bad("cert_alg", "algorithm_null_inside", cert(alg=null))
    bad("cert_alg", "algorithm_null_outside", cert(outer=null))


def keys():
    def point(label, p, c=P256):
        bad("cert_key", "key_" + label, cert(key=der.spki(c, p)))

    for c in (P256, P384, K1):
        x, y = c.mul(c.scalar("keys"), c.g)
        tag, top = c.name + "_", 2 ** (8 * c.size) - 1
        b = c.bytes
        point(tag + "compressed", bytes([2 + (y & 1)]) + b(x), c)
        point(tag + "raw", b(x, y), c)
        point(tag + "short", b"\4" + b(x, y)[:-1], c)
        point(tag + "long", b"\4" + b(x, y) + b"\0", c)
        for first in (0, 2, 3, 5, 6, 7, 0x84):
            point(tag + "first_%02x" % first, bytes([first]) + b(x, y), c)
        point(tag + "off_curve", b"\4" + b(x, y ^ 1), c)
        point(tag + "off_curve_x", b"\4" + b(x ^ 1, y), c)
        point(tag + "zero", b"\4" + b(0, 0), c)
        point(tag + "infinity", b"\0", c)
        point(tag + "empty", b"", c)
        point(tag + "x_is_p", b"\4" + b(c.p, y), c)
        point(tag + "y_is_p", b"\4" + b(x, c.p), c)
        point(tag + "max", b"\4" + b(top, top), c)
        small = next(v for v in range(1000) if c.lift(v))
        point(tag + "x_plus_p", b"\4" + b(small + c.p, c.lift(small)[1]), c)
    x, y = P256.g
    k = b"\4" + P256.bytes(x, y)
    alg = seq(der.EC, der.CURVE["P-256"])
    bad("cert_key", "key_of_other_curve", cert(key=seq(
        seq(der.EC, der.CURVE["secp256k1"]), bits(k))))
    bad("cert_der", "key_unused_bits", cert(key=seq(alg, bits(k, 1))))
    bad("cert_der", "key_octets", cert(key=seq(alg, octets(k))))
    bad("cert_der", "key_extra", cert(key=seq(alg, bits(k), der.NULL)))
    bad("cert_der", "key_no_bits", cert(key=seq(alg)))
    bad("cert_der", "key_no_alg", cert(key=seq(bits(k))))
    bad("cert_der", "key_alg_extra", cert(key=seq(
        seq(der.EC, der.CURVE["P-256"], der.NULL), bits(k))))
    bad("cert_der", "key_set", cert(key=tlv(0x31, alg, bits(k))))
    # RFC 5480 2.1.1: the curve is named, nothing else.
    bad("cert_key", "key_implicit_curve", cert(key=seq(
        seq(der.EC, der.NULL), bits(k))))
    bad("cert_key", "key_no_curve", cert(key=seq(seq(der.EC), bits(k))))
    c = P256
    explicit = seq(
        integer(1), seq(oid("1.2.840.10045.1.1"), integer(c.p)),
        seq(octets(c.bytes(c.a)), octets(c.bytes(c.b))),
        octets(b"\4" + c.bytes(*c.g)), integer(c.n), integer(1))
    bad("cert_key", "key_explicit_curve", cert(key=seq(
        seq(der.EC, explicit), bits(k))))


def extensions():
    def one(reason, label, e, drop=None):
        bad(reason, "ext_" + label, cert(exts=with_ext(e, drop=drop)))

    one("cert_der", "ski_twice", ext_ski)
    one("cert_der", "aki_twice", ext(AKI, seq()))
    one("cert_der", "ku_twice", ext(KU, tlv(3, b"\1\6")))
    one("cert_der", "bc_twice", ext_bc_ca)
    bad("cert_der", "ext_unknown_twice", cert(exts=with_ext(
        ext("1.2.3.4", b"a"), ext("1.2.3.5", b""), ext("1.2.3.4", b"b"))))
    one("cert_der", "no_oid", seq(octets(b"")))
    one("cert_der", "empty_oid", seq(tlv(6), octets(b"")))
    one("cert_der", "no_value", seq(oid("1.2.3.4")))
    one("cert_der", "extra", seq(oid("1.2.3.4"), octets(b""), der.NULL))
    one("cert_der", "bool_1", seq(
        oid("1.2.3.4"), tlv(1, b"\1"), octets(b"")))
    one("cert_der", "bool_2_octets", seq(
        oid("1.2.3.4"), tlv(1, b"\xff\xff"), octets(b"")))
    one("cert_der", "set", tlv(0x31, oid("1.2.3.4"), octets(b"")))
    bad("cert_der", "ext_list_empty", cert(exts=[]))
    bad("cert_der", "ext_wrap_empty", cert(wrapped=tlv(0xa3)))
    bad("cert_der", "ext_wrap_two", cert(wrapped=tlv(
        0xa3, seq(ext_ski), seq(ext_aki))))
    bad("cert_der", "ext_wrap_twice", cert(
        wrapped=2 * tlv(0xa3, seq(ext_ski))))
    bad("cert_der", "ext_wrong_tag", cert(wrapped=tlv(0xa2, seq(ext_ski))))
    bad("cert_der", "ext_unwrapped", cert(wrapped=seq(ext_ski)))
    # critical
    one("cert_ext", "unknown_critical", ext("1.2.3.4", b"", True))
    one("cert_ext", "unknown_id_ce_critical", ext("2.5.29.99", b"", True))
    one("cert_ext", "eku_critical", ext("2.5.29.37", seq(
        oid("1.3.6.1.5.5.7.3.1")), True))
    one("cert_ext", "name_constraints_critical", ext(
        "2.5.29.30", seq(), True))
    one("cert_ext", "longer_oid_critical", ext("2.5.29.15.1", b"", True))
    one("cert_ext", "ski_critical", ext(SKI, octets(KEYID), True), ext_ski)
    one("cert_ext", "aki_critical", ext(AKI, seq(), True), ext_aki)
    one("cert_ext", "cdp_critical", ext(CDP, seq(seq()), True), ext_cdp)
    # malformed
    for label, v in (("empty", b""), ("no_octets", octets(b"")),
                     ("raw", KEYID), ("trailing", octets(KEYID) + b"\0"),
                     ("bits", bits(KEYID))):
        one("cert_ext", "ski_" + label, ext(SKI, v), ext_ski)
    for label, v in (
            ("empty", b""), ("says_nothing", seq()), ("octets", octets(KEYID)),
            ("trailing", seq(tlv(0x80, KEYID)) + b"\0"),
            ("keyid_empty", seq(tlv(0x80))),
            ("keyid_constructed", seq(tlv(0xa0, octets(KEYID)))),
            ("serial_only", seq(tlv(0x82, b"\1"))),
            ("issuer_only", seq(tlv(0xa1, tlv(0xa4, name("x"))))),
            ("reordered", seq(tlv(0x82, b"\1"), tlv(0x80, KEYID))),
            ("unknown", seq(tlv(0x83, b"\1")))):
        one("cert_ext", "aki_" + label, ext(AKI, v), ext_aki)
    for label, v in (
            ("empty", b""), ("no_octets", tlv(3)), ("no_bits", tlv(3, b"\0")),
            ("zero", tlv(3, b"\0\0")), ("unused_set", tlv(3, b"\x01\x07")),
            ("unused_8", tlv(3, b"\x08\x80")), ("unused_255",
                                                tlv(3, b"\xff\x80")),
            ("long", tlv(3, b"\0\x80\0\0")), ("octets", octets(b"\x80")),
            ("trailing", tlv(3, b"\x07\x80") + b"\0")):
        one("cert_ext", "ku_" + label, ext(KU, v, True), ext_ku_leaf)
    for label, v in (
            ("empty", b""), ("octets", octets(b"")),
            ("trailing", seq() + b"\0"), ("extra", seq(
                boolean(True), integer(0), integer(0))),
            ("bool_1", seq(tlv(1, b"\1"))), ("bool_empty", seq(tlv(1))),
            ("path_no_ca", seq(integer(0))),
            ("path_false_ca", seq(boolean(False), integer(0))),
            ("path_negative", seq(boolean(True), integer(-1))),
            ("path_empty", seq(boolean(True), tlv(2))),
            ("path_int_max", seq(boolean(True), integer(2 ** 31 - 1))),
            ("path_2^32", seq(boolean(True), integer(2 ** 32))),
            ("path_2^64", seq(boolean(True), integer(2 ** 64))),
            ("reordered", seq(integer(0), boolean(True)))):
        one("cert_ext", "bc_" + label, ext(BC, v, True), ext_bc_leaf)
    for label, v in (("empty", b""), ("no_points", seq()),
                     ("octets", octets(b"x")), ("point", seq(octets(b""))),
                     ("trailing", seq(seq()) + b"\0")):
        one("cert_ext", "cdp_" + label, ext(CDP, v), ext_cdp)
    # What mbedTLS decodes and we do not.
    one("cert_der", "eku_malformed", ext("2.5.29.37", b"\xff"))
    # good ones
    good("ku_not_critical", cert(exts=with_ext(
        ext(KU, tlv(3, b"\x06\xc0")), drop=ext_ku_leaf)),
        flags="ski,aki,ku,bc!,cdp")
    good("ku_zero_bits_behind", cert(exts=with_ext(
        ext(KU, tlv(3, b"\0\xc0"), True), drop=ext_ku_leaf)))
    good("ku_all", cert(exts=with_ext(
        ext(KU, tlv(3, b"\7\xff\x80"), True), drop=ext_ku_leaf)), ku=0x1ff)
    good("ku_crl_sign", cert(exts=with_ext(
        ext(KU, tlv(3, b"\1\2"), True), drop=ext_ku_leaf)), ku=0x40)
    good("bc_not_critical", cert(exts=with_ext(
        ext(BC, seq(boolean(True))), drop=ext_bc_leaf)),
        flags="ski,aki,ku!,bc,cdp,ca")
    good("bc_false_explicit", cert(exts=with_ext(
        ext(BC, seq(boolean(False)), True), drop=ext_bc_leaf)))
    good("bc_path_300", cert(exts=with_ext(
        ext(BC, seq(boolean(True), integer(300)), True), drop=ext_bc_leaf)),
        flags="ski,aki,ku!,bc!,cdp,ca", path_len=300)
    good("aki_without_id", cert(exts=with_ext(
        ext(AKI, seq(tlv(0xa1, tlv(0xa4, name("x"))), tlv(0x82, b"\1"))),
        drop=ext_aki)), aki=b"")
    good("aki_all", cert(exts=with_ext(ext(AKI, seq(
        tlv(0x80, ISSUER_KEYID), tlv(0xa1, tlv(0xa4, name("x"))),
        tlv(0x82, b"\1"))), drop=ext_aki)))
    for label, e, left in (
            ("ski", ext_ski, "aki,ku!,bc!,cdp"),
            ("aki", ext_aki, "ski,ku!,bc!,cdp"),
            ("ku", ext_ku_leaf, "ski,aki,bc!,cdp"),
            ("bc", ext_bc_leaf, "ski,aki,ku!,cdp"),
            ("cdp", ext_cdp, "ski,aki,ku!,bc!")):
        good("without_" + label, cert(exts=with_ext(drop=e)), flags=left,
             ku=0 if label == "ku" else 3,
             ski=b"" if label == "ski" else KEYID,
             aki=b"" if label == "aki" else ISSUER_KEYID)


def signatures():
    """Certificates that parse; under no key does the signature hold."""
    body = tbs()
    r, s = (int.from_bytes(v, "big") for v in (
        b"\x11" * 32, b"\x22" * 32))
    real = sign(body)
    for label, sig in (
            ("zero", seq(integer(0), integer(0))), ("empty", b""),
            ("r_zero", seq(integer(0), integer(s))),
            ("wrong", seq(integer(r), integer(s))),
            ("negative", seq(integer(-r), integer(s))),
            ("raw", r.to_bytes(32, "big") + s.to_bytes(32, "big")),
            ("trailing", real + b"\0"), ("cut", real[:-1]),
            ("padded", seq(tlv(2, b"\0" + integer(r)[2:]), integer(s))),
            ("33_octets", seq(integer(1 << 256), integer(s))),
            ("three", seq(integer(r), integer(s), integer(s)))):
        good("signature_" + label, cert(sig=sig), signer=None)
    d, c = CA["P-256"][1], P256
    good("signature_of_sha384", cert(sig=der.ecdsa(
        c, d, hashlib.sha384(body).digest(), "384")), signer=None)
    good("signature_of_outer", cert(sig=der.ecdsa(
        c, d, hashlib.sha256(seq(body)).digest(), "outer")), signer=None)


def main():
    for part in (shapes, other_kinds, numbers_and_times, framing, keys,
                 extensions, signatures):
        part()
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "cert.vec"), "w") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                "# Made by gen_cert.py.\n"
                "# key curve X||Y\n"
                "# reason name der\n"
                "# ok name der serial not_before not_after sig_bits curve "
                "flags key_usage path_len ski aki cn issuer_cn signer\n")
        for c, d in CA.values():
            f.write("key %s %s\n" % (
                c.name, c.bytes(*c.mul(d, c.g)).hex()))
        f.write("\n".join(lines) + "\n")
    print(len(lines), "certificates")


if __name__ == "__main__":
    main()
