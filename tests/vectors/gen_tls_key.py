#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tls_key.vec beside itself, with the Python package `cryptography`: a
P-256 key and certificates as a guest agent answers them, and others that do
not fit. Signatures are random, so every run gives other certificates.

Lines: name, and the PEM text in hex; for "scalar" and "public" the value."""
import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SCALAR = 0xf6c1ed94488394d78e0a4e5ab75d62e9f085d73b0b555d0614fb90ca13d9464d
EVIDENCE = x509.ObjectIdentifier("1.3.6.1.4.1.62397.1.8")
PKCS8 = serialization.PrivateFormat.PKCS8
SEC1 = serialization.PrivateFormat.TraditionalOpenSSL


def name(cn, o=None):
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, cn, _validate=False)]
    if o:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, o))
    return x509.Name(parts)


def octets(b):
    n = len(b)
    if n < 0x80:
        return bytes([4, n]) + b
    size = (n.bit_length() + 7) // 8
    return bytes([4, 0x80 | size]) + n.to_bytes(size, "big") + b


def cert(subject, key, issuer, signer, evidence=0, ca=False):
    b = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
         .public_key(key).serial_number(0x6772ffe05)
         .not_valid_before(datetime.datetime(1975, 1, 1))
         .not_valid_after(datetime.datetime(2036, 11, 22, 13, 10, 12))
         .add_extension(x509.KeyUsage(True, False, False, False, False, ca, ca,
                                      False, False), critical=True))
    if ca:
        b = b.add_extension(x509.BasicConstraints(True, 0), critical=True)
    else:
        b = b.add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("a.example")]), critical=False)
        b = b.add_extension(x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    if evidence:
        b = b.add_extension(x509.UnrecognizedExtension(
            EVIDENCE, octets(b"\x83" + bytes(evidence))), critical=False)
    return b.sign(signer, hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM)


def pem(key, form=PKCS8):
    return key.private_bytes(serialization.Encoding.PEM, form,
                             serialization.NoEncryption())


def main():
    key = ec.derive_private_key(SCALAR, ec.SECP256R1())
    other = ec.derive_private_key(2, ec.SECP256R1())
    ca = ec.derive_private_key(3, ec.SECP256R1())
    p384 = ec.derive_private_key(4, ec.SECP384R1())
    edwards = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    app = name("Dstack App CA", "Dstack")
    kms = name("Dstack KMS CA", "Dstack")
    leaf = cert(name(""), key.public_key(), app, ca)
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    lines = [
        ("scalar", SCALAR.to_bytes(32, "big")),
        ("public", point),
        ("der", key.private_bytes(serialization.Encoding.DER, PKCS8,
                                  serialization.NoEncryption())),
        ("key", pem(key)),
        ("key_other", pem(other)),
        ("key_sec1", pem(key, SEC1)),
        ("key_p384", pem(p384)),
        ("key_ed25519", pem(edwards)),
        ("leaf", leaf),
        ("leaf_evidence", cert(name("x"), key.public_key(), app, ca,
                               evidence=20000)),
        ("leaf_other", cert(name("x"), other.public_key(), app, ca)),
        ("leaf_p384", cert(name("x"), p384.public_key(), app, ca)),
        ("ca", cert(app, ca.public_key(), kms, ca, ca=True)),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "tls_key.vec")
    with open(path, "w") as f:
        f.write("# SPDX-License-Identifier: Apache-2.0\n"
                "# Made by gen_tls_key.py.\n")
        for what, value in lines:
            f.write("%s %s\n" % (what, value.hex()))


main()
