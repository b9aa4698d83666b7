#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes crl.vec beside itself: CRLs, the reason why each is refused or the
fields of those that are not. Nothing is random. Where the Python package
`cryptography` is installed it must read the good ones alike."""
import hashlib
import os

import der
from der import (SHA256, SHA384, bits, epoch, ext, integer, name, octets,
                 oid, seq, tlv)
from ec import K1, P256, P384

try:
    from cryptography import x509
except ImportError:
    x509 = None

CA = {c.name: (c, c.scalar("ca")) for c in (P256, P384, K1)}
NUMBER, DELTA, IDP, AKI = ("2.5.29.%d" % i for i in (20, 27, 28, 35))
REASON, CERT_ISSUER = "2.5.29.21", "2.5.29.29"
THIS, NEXT = epoch(2025, 6, 19, 10, 0, 35), epoch(2025, 7, 19, 10, 0, 35)
KEYID = bytes(range(100, 120))
ext_number = ext(NUMBER, integer(1))
ext_aki = ext(AKI, seq(tlv(0x80, KEYID)))
EXTS = [ext_number, ext_aki]
REASON_1 = ext(REASON, tlv(0x0a, b"\1"))


def entry(serial, *exts, time=THIS, raw=None):
    value = integer(serial) if raw is None else tlv(2, raw)
    return seq(value, der.time(time), seq(*exts) if exts else b"")


def tbs(version=integer(1), alg=SHA256, issuer=name("Test CA"),
        this=der.time(THIS), next_=der.time(NEXT), entries=None, listed=None,
        exts=EXTS, wrapped=None, tail=b""):
    if listed is None:
        listed = seq(*entries) if entries is not None else b""
    if wrapped is None:
        wrapped = tlv(0xa0, seq(*exts)) if exts is not None else b""
    return seq(version, alg, issuer, this, next_, listed, wrapped, tail)


def crl(signer="P-256", outer=SHA256, sig=None, **fields):
    body = tbs(**fields)
    if sig is None:
        c, d = CA[signer]
        h = hashlib.sha384 if outer == SHA384 else hashlib.sha256
        sig = der.ecdsa(c, d, h(body).digest(), body.hex())
    return seq(body, outer, bits(sig))


lines = []
names = set()


def bad(reason, label, data):
    assert label not in names, label
    names.add(label)
    lines.append("%s %s %s" % (reason, label, data.hex() or "-"))


def good(label, data, this=THIS, next_=NEXT, sig_alg=256,
         flags="v2,number,aki", number=b"\1", aki=KEYID, count=0, yes=(),
         no=(0x1234,), signer="P-256"):
    """yes and no: serial numbers that are and are not listed, as integers,
    or as the octets of an unusual encoding."""
    assert label not in names, label
    names.add(label)
    if x509:
        try:
            c = x509.load_der_x509_crl(data)
            theirs = c.next_update_utc
            got = (int(c.last_update_utc.timestamp()),
                   theirs and int(theirs.timestamp()), len(c))
            if got != (this, next_, count):
                raise AssertionError((label, got))
            for s in yes:
                if isinstance(s, int) and s > 0 and \
                        c.get_revoked_certificate_by_serial_number(s) is None:
                    raise AssertionError((label, s))
        except ValueError as e:
            print(label, "not compared:", e)

    def serials(values):
        return ",".join(v.hex() if isinstance(v, bytes)
                        else integer(v)[2:].hex() for v in values) or "-"
    lines.append(" ".join(
        ["ok", label, data.hex(), str(this),
         "-" if next_ is None else str(next_), str(sig_alg), flags or "-",
         number.hex() or "-", aki.hex() or "-", str(count), serials(yes),
         serials(no), signer or "-"]))


def shapes():
    good("empty", crl())
    good("empty_list", crl(entries=[]))
    big = (1 << 160) - 1
    three = [5, big, 0x6fc34e5023e728923435d61aa4b83c618166ad35]
    good("three", crl(entries=[entry(s, REASON_1) for s in three]), count=3,
         yes=three, no=(1, 4, 6, 0x500, 0x0505, big - 1, big >> 8))
    good("without_reason", crl(entries=[entry(7)]), count=1, yes=(7,))
    good("remove_from_crl", crl(entries=[entry(
        7, ext(REASON, tlv(0x0a, b"\x08")))]), count=1, yes=(7,))
    good("future_entry", crl(entries=[entry(7, time=NEXT + 10 ** 8)]),
         count=1, yes=(7,))
    good("twice", crl(entries=[entry(7), entry(7)]), count=2, yes=(7,))
    # Row 71: zeros in front, in the list or in the question.
    good("padded_entry", crl(entries=[entry(0, raw=b"\0\0\x05")]), count=1,
         yes=(5, b"\5", b"\0\5", b"\0\0\0\5"), no=(b"\5\0", b"\6", b"\0"))
    good("padded_question", crl(entries=[entry(0x80)]), count=1,
         yes=(b"\x80", b"\0\x80", b"\0\0\x80"), no=(b"\x80\0", b"\x08"))
    good("zero_entry", crl(entries=[entry(0)]), count=1, no=(1, b"\1"))
    good("negative_entry", crl(entries=[entry(-1)]), count=1, no=(1,))
    many = [i * i + 3 for i in range(1, 201)]
    good("many", crl(entries=[entry(s) for s in many]), count=200,
         yes=(many[0], many[99], many[199]), no=(1, 2, 5))
    good("v1", crl(version=b"", exts=None, entries=[entry(9)]),
         flags="", number=b"", aki=b"", count=1, yes=(9,))
    good("v2_no_extensions", crl(exts=None), flags="v2", number=b"", aki=b"")
    good("no_next_update", crl(next_=b""), next_=None)
    good("no_next_update_entries", crl(next_=b"", entries=[entry(9)]),
         next_=None, count=1, yes=(9,))
    good("reversed_times", crl(this=der.time(NEXT), next_=der.time(THIS)),
         this=NEXT, next_=THIS)
    good("generalized", crl(next_=tlv(0x18, b"20500101000000Z")),
         next_=epoch(2050, 1, 1))
    good("without_number", crl(exts=[ext_aki]), flags="v2,aki", number=b"")
    good("without_aki", crl(exts=[ext_number]), flags="v2,number", aki=b"")
    good("aki_without_id", crl(exts=[ext_number, ext(AKI, seq(
        tlv(0xa1, tlv(0xa4, name("x"))), tlv(0x82, b"\1")))]), aki=b"")
    good("number_0", crl(exts=[ext(NUMBER, integer(0)), ext_aki]),
         number=b"\0")
    good("number_128", crl(exts=[ext(NUMBER, integer(128)), ext_aki]),
         number=b"\0\x80")
    top = (1 << 160) - 1
    good("number_20", crl(exts=[ext(NUMBER, integer(top)), ext_aki]),
         number=b"\0" + b"\xff" * 20)
    good("delta_not_critical", crl(exts=EXTS + [ext(DELTA, integer(1))]),
         flags="v2,number,aki,delta")
    good("idp_not_critical", crl(exts=EXTS + [ext(IDP, seq(tlv(
        0x81, b"\xff")))]), flags="v2,number,aki,idp")
    good("other_extension", crl(exts=EXTS + [ext("1.2.3.4", b"x")]))
    good("p384", crl("P-384", SHA384, alg=SHA384), sig_alg=384,
         signer="P-384")
    good("k1", crl("secp256k1"), signer="secp256k1")
    rsa = seq(oid("1.2.840.113549.1.1.11"), der.NULL)
    good("rsa", crl(alg=rsa, outer=rsa, sig=bytes(256)), sig_alg=0,
         signer=None)
    other = seq(oid("1.2.3.4.5"))
    good("unknown_signature", crl(alg=other, outer=other, sig=b"x",
                                  entries=[entry(5)]),
         sig_alg=0, signer=None, count=1, yes=(5,))
    good("signature_wrong", crl(sig=seq(integer(1), integer(1))),
         signer=None)
    good("signature_empty", crl(sig=b""), signer=None)
    good("signature_sha384", crl(sig=der.ecdsa(
        *CA["P-256"], hashlib.sha384(tbs()).digest(), "x")), signer=None)


def framing():
    whole = crl(entries=[entry(5)])
    body = tbs()
    sig = bits(der.ecdsa(*CA["P-256"], hashlib.sha256(body).digest(), "f"))
    bad("cert_der", "nothing", b"")
    bad("cert_der", "ff00", b"\xff\0")
    bad("cert_der", "one_octet", b"\x30")
    bad("cert_der", "hex", whole[:40].hex().encode())
    bad("cert_der", "pem", b"-----BEGIN X509 CRL-----\nMAA=\n"
        b"-----END X509 CRL-----\n")
    for cut in (1, 2, len(whole) // 3, len(whole) // 2):
        bad("cert_der", "cut_%d" % cut, whole[:-cut])
    bad("cert_der", "trailing", whole + b"\0")
    bad("cert_der", "trailing_newline", whole + b"\n")
    bad("cert_der", "doubled", whole + whole)
    bad("cert_der", "indefinite", b"\x30\x80" + whole[3:] + b"\0\0")
    bad("cert_der", "length_padded", b"\x30\x82\0" + whole[2:])
    bad("cert_der", "length_4gib", b"\x30\x84\xff\xff\xff\xff" + whole[3:])
    bad("cert_der", "set", b"\x31" + whole[1:])
    bad("cert_der", "no_signature", seq(body, SHA256))
    bad("cert_der", "extra", seq(body, SHA256, sig, der.NULL))
    bad("cert_der", "signature_octets", seq(body, SHA256, octets(b"x")))
    bad("cert_der", "signature_unused", seq(body, SHA256, bits(b"\x80", 1)))
    bad("cert_der", "tbs_tail", crl(tail=der.NULL))
    bad("cert_der", "tbs_set", seq(tlv(0x31, body), SHA256, sig))
    bad("cert_der", "version_0", crl(version=integer(0)))
    bad("cert_der", "version_2", crl(version=integer(2)))
    bad("cert_der", "version_padded", crl(version=tlv(2, b"\0\1")))
    bad("cert_der", "version_wrapped", crl(version=tlv(0xa0, integer(1))))
    bad("cert_der", "v1_extensions", crl(version=b""))
    bad("cert_der", "v1_entry_extensions", crl(
        version=b"", exts=None, entries=[entry(5, REASON_1)]))
    bad("cert_der", "issuer_empty", crl(issuer=seq()))
    bad("cert_der", "no_this_update", crl(this=b"", next_=b""))
    bad("cert_der", "this_update_bad", crl(this=tlv(
        0x17, b"251319100035Z")))
    bad("cert_der", "next_update_bad", crl(next_=tlv(
        0x17, b"250231100035Z")))
    bad("cert_der", "three_times", crl(tail=der.time(NEXT)))
    bad("cert_der", "algorithm_empty", crl(alg=seq(), outer=seq()))
    bad("cert_alg", "algorithm_differs", crl(alg=SHA384))
    bad("cert_alg", "algorithm_null", crl(
        outer=seq(oid("1.2.840.10045.4.3.2"), der.NULL)))
    # entries
    bad("cert_der", "entry_empty", crl(entries=[seq()]))
    bad("cert_der", "entry_no_time", crl(entries=[seq(integer(5))]))
    bad("cert_der", "entry_no_serial", crl(entries=[seq(der.time(THIS))]))
    bad("cert_der", "entry_empty_serial", crl(entries=[entry(0, raw=b"")]))
    bad("cert_der", "entry_bad_time", crl(entries=[seq(
        integer(5), tlv(0x17, b"250230000000Z"))]))
    bad("cert_der", "entry_extra", crl(entries=[seq(
        integer(5), der.time(THIS), seq(REASON_1), der.NULL)]))
    bad("cert_der", "entry_set", crl(entries=[tlv(
        0x31, integer(5), der.time(THIS))]))
    bad("cert_der", "entry_octets", crl(entries=[seq(
        octets(b"\5"), der.time(THIS))]))
    bad("cert_der", "entry_not_a_list", crl(entries=[integer(5)]))
    bad("cert_der", "entry_overrun", crl(listed=seq(b"\x30\x7f\x02\x01")))
    bad("cert_der", "second_entry_bad", crl(entries=[entry(5), seq()]))
    bad("cert_der", "entry_extensions_empty", crl(entries=[seq(
        integer(5), der.time(THIS), seq())]))
    bad("cert_der", "entry_extension_twice", crl(entries=[entry(
        5, REASON_1, REASON_1)]))
    bad("cert_ext", "entry_critical", crl(entries=[entry(
        5, ext("1.2.3.4", b"", True))]))
    bad("cert_ext", "entry_certificate_issuer", crl(entries=[entry(5), entry(
        6, ext(CERT_ISSUER, seq(tlv(0xa4, name("other"))), True))]))


def extensions():
    def one(reason, label, e, keep=EXTS):
        bad(reason, "ext_" + label, crl(exts=keep + [e]))

    one("cert_der", "number_twice", ext_number)
    one("cert_der", "aki_twice", ext_aki)
    bad("cert_der", "ext_unknown_twice", crl(exts=EXTS + 2 * [ext(
        "1.2.3.4", b"")]))
    one("cert_der", "no_value", seq(oid("1.2.3.4")))
    one("cert_der", "no_oid", seq(octets(b"")))
    one("cert_der", "bool_1", seq(
        oid("1.2.3.4"), tlv(1, b"\1"), octets(b"")))
    bad("cert_der", "ext_list_empty", crl(exts=[]))
    bad("cert_der", "ext_wrap_empty", crl(wrapped=tlv(0xa0)))
    bad("cert_der", "ext_wrap_two", crl(wrapped=tlv(
        0xa0, seq(ext_number), seq(ext_aki))))
    bad("cert_der", "ext_wrong_tag", crl(wrapped=tlv(0xa3, seq(*EXTS))))
    bad("cert_der", "ext_65", crl(exts=EXTS + [
        ext("1.2.3.%d" % i, b"") for i in range(63)]))
    # Row 75 and its kind
    one("cert_ext", "delta_critical", ext(DELTA, integer(1), True))
    one("cert_ext", "idp_critical", ext(IDP, seq(tlv(
        0x81, b"\xff")), True))
    one("cert_ext", "unknown_critical", ext("1.2.3.4", b"", True))
    one("cert_ext", "number_critical", ext(
        NUMBER, integer(1), True), [ext_aki])
    one("cert_ext", "aki_critical", ext(
        AKI, seq(tlv(0x80, KEYID)), True), [ext_number])
    for label, v in (
            ("empty", b""), ("no_octets", tlv(2)), ("negative", integer(-1)),
            ("padded", tlv(2, b"\0\1")), ("octets", octets(b"\1")),
            ("21", integer(1 << 160)), ("trailing", integer(1) + b"\0")):
        one("cert_ext", "number_" + label, ext(NUMBER, v), [ext_aki])
    for label, v in (
            ("empty", b""), ("says_nothing", seq()), ("octets", octets(KEYID)),
            ("keyid_empty", seq(tlv(0x80))),
            ("trailing", seq(tlv(0x80, KEYID)) + b"\0"),
            ("serial_only", seq(tlv(0x82, b"\1")))):
        one("cert_ext", "aki_" + label, ext(AKI, v), [ext_number])


def main():
    for part in (shapes, framing, extensions):
        part()
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "crl.vec"), "w") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                "# Made by gen_crl.py.\n"
                "# key curve X||Y\n"
                "# reason name der\n"
                "# ok name der this_update next_update sig_bits flags number "
                "aki count listed not_listed signer\n")
        for c, d in CA.values():
            f.write("key %s %s\n" % (
                c.name, c.bytes(*c.mul(d, c.g)).hex()))
        f.write("\n".join(lines) + "\n")
    print(len(lines), "CRLs")


if __name__ == "__main__":
    main()
