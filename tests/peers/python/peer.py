# SPDX-License-Identifier: Apache-2.0
"""peer.py: calls every method of the PyPI package dstack-sdk's clients.

One line a call on standard output, its four columns separated by tabs:
client, call, ok or fail, then facts (name=value, hex, separated by blanks) or
the error's text. PEM texts go to files in the folder of PEERS_PEM. Both
sockets come from DSTACK_SIMULATOR_ENDPOINT and TAPPD_SIMULATOR_ENDPOINT."""
import asyncio
import hashlib
import inspect
import json
import os
import warnings

import dstack_sdk

warnings.simplefilter("ignore")
SHORT = b"libdstack peers"
FULL = bytes(range(1, 65))
MESSAGE = b"Test message for signing"
HASHES = ("sha256 sha384 sha512 sha3-256 sha3-384 sha3-512 keccak256 "
          "keccak384 keccak512").split()


def hexed(value):
    if isinstance(value, bytes):
        return value.hex()
    return value.encode().hex()


def pem(client, call, r):
    name = os.path.join(os.environ["PEERS_PEM"], "python-%s-%s" % (
        client, call))
    with open(name + ".key", "w") as f:
        f.write(r.key)
    with open(name + ".chain", "w") as f:
        f.write("\n".join(r.certificate_chain))
    return {"der": r.as_uint8array()}


def chain(r):
    return {"chain%d" % i: link
            for i, link in enumerate(r.decode_signature_chain())}


def key(r):
    return {"key": r.decode_key(), **chain(r)}


def signature(r):
    return {"signature": r.decode_signature(),
            "public_key": r.decode_public_key(), **chain(r)}


def quote(r, sent):
    return {"sent": sent, "quote": r.decode_quote(),
            "report_data": bytes.fromhex(r.report_data),
            "vm_config": r.vm_config,
            "events": "%d" % len(r.decode_event_log())}


def replayed(r):
    return {"quote": r.decode_quote(),
            **{"rtmr%d" % i: bytes.fromhex(mr)
               for i, mr in r.replay_rtmrs().items()}}


def info(r):
    names = ("app_id instance_id compose_hash device_id mr_aggregated "
             "os_image_hash").split()
    facts = {n: bytes.fromhex(getattr(r, n)) for n in names}
    facts.update({n: getattr(r, n) for n in (
        "app_name", "key_provider_info", "vm_config", "cloud_vendor",
        "cloud_product")})
    facts.update({"tcb_" + n: bytes.fromhex(getattr(r.tcb_info, n))
                  for n in "mrtd rtmr0 rtmr1 rtmr2 rtmr3".split()})
    facts["tcb_app_compose"] = r.tcb_info.app_compose
    facts["tcb_events"] = "%d" % len(r.tcb_info.event_log)
    return facts


class Peer:
    def __init__(self, name, client):
        self.name, self.client = name, client

    async def call(self, call, method, *args, facts=None, **named):
        """Prints one line; what came back, or None."""
        try:
            r = getattr(self.client, method)(*args, **named)
            if inspect.isawaitable(r):
                r = await r
            values = facts(r) if facts else {}
            text = " ".join("%s=%s" % (n, hexed(v)) for n, v in values.items())
            print(self.name, call, "ok", text, sep="\t")
            return r
        except Exception as e:  # whatever the package says no with
            print(self.name, call, "fail", " ".join(str(e).split()), sep="\t")
            return None

    async def certificate(self, call, method, *args, **named):
        await self.call(call, method, *args, **named,
                        facts=lambda r: pem(self.name, call, r))

    async def signing(self, algorithm, data):
        r = await self.call("sign." + algorithm, "sign", algorithm, data,
                            facts=signature)
        sig = r.decode_signature() if r else bytes(64)
        public = r.decode_public_key() if r else bytes(32)
        for call, what in (("verify.", data), ("verify_other.", data[::-1])):
            await self.call(call + algorithm, "verify", algorithm, what, sig,
                            public, facts=lambda v: {
                                "answer": json.dumps(v.valid)})

    async def dstack(self):
        call = self.call
        await call("version", "version", facts=lambda r: {
            "version": r.version, "rev": r.rev})
        await call("is_reachable", "is_reachable",
                   facts=lambda r: {"answer": json.dumps(r)})
        await call("info", "info", facts=info)
        await call("get_key", "get_key", facts=key)
        await call("get_key.path", "get_key", "/", "test", facts=key)
        await call("get_key.wallet", "get_key", "wallet/ethereum", "mainnet",
                   facts=key)
        await call("get_key.ed25519", "get_key", "/", "test", "ed25519",
                   facts=key)
        await call("get_key.refused", "get_key", "/", "test", "rsa", facts=key)
        await self.certificate("get_tls_key", "get_tls_key")
        await self.certificate(
            "get_tls_key.names", "get_tls_key", "peer.example",
            ["peer.example", "127.0.0.1"], usage_server_auth=True,
            usage_client_auth=True)
        await self.certificate(
            "get_tls_key.validity", "get_tls_key", "peer.example",
            not_before=1700000000, not_after=2000000000, with_app_info=True)
        await self.certificate("get_tls_key.ra_tls", "get_tls_key",
                               "peer.example", usage_ra_tls=True)
        for name, sent in (("short", SHORT), ("full", FULL)):
            r = await call("get_quote." + name, "get_quote", sent,
                           facts=lambda r: quote(r, sent))
        await call("get_quote.replay", "get_quote", SHORT, facts=replayed)
        await call("attest", "attest", FULL, facts=lambda r: {
            "sent": FULL, "attestation": r.decode_attestation()})
        await call("emit_event", "emit_event", "peers", b"payload")
        await self.signing("secp256k1", MESSAGE)
        await self.signing("ed25519", MESSAGE)
        await self.signing("secp256k1_prehashed",
                           hashlib.sha256(MESSAGE).digest())

    async def tappd(self):
        call = self.call
        await self.certificate("derive_key", "derive_key", "/")
        await self.certificate("derive_key.names", "derive_key", "/", "peer",
                               ["peer.example", "127.0.0.1"])
        content = b"test content"

        def tdx(r):
            return {"sent": content, "quote": r.decode_quote(),
                    "events": "%d" % len(r.decode_event_log())}
        await call("tdx_quote", "tdx_quote", content, facts=tdx)
        await call("tdx_quote.raw", "tdx_quote", content, "raw", facts=tdx)
        await call("tdx_quote.replay", "tdx_quote", content, "raw",
                   facts=replayed)
        for h in HASHES:
            await call("tdx_quote." + h, "tdx_quote", content, h, facts=tdx)
        await self.dstack()  # what the class inherits


async def entered(name, client):
    """The context manager, in which calls share one connection."""
    peer = Peer(name, client)
    if hasattr(client, "__aenter__"):
        async with client:
            await peer.call("entered", "get_key", "/", "test", facts=key)
    else:
        with client:
            await peer.call("entered", "get_key", "/", "test", facts=key)


async def main():
    # One loop serves all: the synchronous clients run without one.
    await Peer("dstack", dstack_sdk.DstackClient()).dstack()
    await Peer("dstack-async", dstack_sdk.AsyncDstackClient()).dstack()
    await entered("dstack", dstack_sdk.DstackClient())
    await entered("dstack-async", dstack_sdk.AsyncDstackClient())
    await Peer("tappd", dstack_sdk.TappdClient()).tappd()
    await Peer("tappd-async", dstack_sdk.AsyncTappdClient()).tappd()


asyncio.run(main())
