# SPDX-License-Identifier: Apache-2.0
"""keys.py PROGRAM SEED CASES: random cases by the Python SDK, compared with
what our program answers."""
import json
import logging
import random
import subprocess
import sys
import time
import warnings

from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from dstack_sdk.encrypt_env_vars import EnvVar, encrypt_env_vars_sync
from dstack_sdk.get_compose_hash import AppCompose, get_compose_hash
from dstack_sdk.verify_env_encrypt_public_key import (
    verify_env_encrypt_public_key, verify_env_encrypt_public_key_legacy)
from eth_keys import keys
from eth_utils import keccak

program, seed, cases = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r = random.Random(seed)
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore", DeprecationWarning)
child = subprocess.Popen([program], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
passed = failed = 0


def ask(*words):
    child.stdin.write(" ".join(str(w) for w in words) + "\n")
    child.stdin.flush()
    return child.stdout.readline().strip()


def same(what, ours, theirs):
    global passed, failed
    if ours == theirs:
        passed += 1
        return
    failed += 1
    if failed <= 5:
        print(f"{what}: ours {ours}, theirs {theirs}")


def hexed(b):
    return b.hex() or "-"


def text(n):
    letters = 'aZ09 _-="\\/\n\t\x01<>&\x7f\u00e9\u2028\u6d4b\U0001f980'
    return "".join(r.choice(letters) for _ in range(r.randrange(n)))


def name():
    return r.choice("ABCxyz_") + "".join(
        r.choice("ABCxyz_019") for _ in range(r.randrange(12)))


def environment():
    secret = X25519PrivateKey.from_private_bytes(r.randbytes(32))
    raw = secret.private_bytes_raw()
    public = secret.public_key().public_bytes_raw().hex()
    env = {name(): text(40) for _ in range(r.randrange(6))}
    pairs = [EnvVar(key=k, value=v) for k, v in env.items()]
    want = {"env": [{"key": k, "value": v} for k, v in env.items()]}
    got = ask("decrypt", raw.hex(), encrypt_env_vars_sync(pairs, public))
    same("their environment", json.loads(bytes.fromhex(got)), want)
    words = [w for k, v in env.items() for w in (k, hexed(v.encode()))]
    sealed = bytes.fromhex(ask("encrypt", public, *words))
    shared = secret.exchange(X25519PublicKey.from_public_bytes(sealed[:32]))
    plain = AESGCM(shared).decrypt(sealed[32:44], sealed[44:], None)
    same("our environment", json.loads(plain), want)


def env_key():
    key = keys.PrivateKey(r.randbytes(32))
    root = key.public_key.to_compressed_bytes().hex()
    app_id, public = bytearray(r.randbytes(20)), bytearray(r.randbytes(32))
    legacy, now = r.random() < 0.5, int(time.time())
    stamp = now + r.choice([0, 0, -200, 40, -1000, 1000])
    message = b"dstack-env-encrypt-pubkey:" + bytes(app_id)
    message += b"" if legacy else stamp.to_bytes(8, "big")
    signature = bytearray(
        key.sign_msg_hash(keccak(message + bytes(public))).to_bytes())
    if r.random() < 0.3:
        r.choice([app_id, public, signature])[r.randrange(20)] ^= 1
    if legacy:
        signer = verify_env_encrypt_public_key_legacy(
            bytes(public), bytes(signature), app_id.hex())
    else:
        signer = verify_env_encrypt_public_key(
            bytes(public), bytes(signature), app_id.hex(), stamp)
    answer = ask("envkey", app_id.hex(), root, public.hex(), signature.hex(),
                 "-" if legacy else stamp, now)
    same("environment key", answer == "ok", signer == "0x" + root)


def compose():
    # Members that this SDK knows; it leaves out null, and prints a double in
    # a way of its own.
    o = {"runner": r.choice(["bash", "docker-compose"]),
         "manifest_version": r.randrange(1, 3)}
    for member in ("name", "docker_compose_file", "bash_script",
                   "pre_launch_script", "key_provider_id"):
        if r.random() < 0.6:
            o[member] = text(60)
    for member in ("kms_enabled", "gateway_enabled", "public_logs",
                   "no_instance_id", "secure_time"):
        if r.random() < 0.5:
            o[member] = r.random() < 0.5
    if r.random() < 0.5:
        o["allowed_envs"] = [name() for _ in range(r.randrange(4))]
    written = json.dumps(o, ensure_ascii=r.random() < 0.5)
    same("compose hash", ask("compose", written.encode().hex()),
         get_compose_hash(AppCompose.from_dict(dict(o)), normalize=True))


for _ in range(cases):
    environment()
    env_key()
    compose()
child.stdin.close()
print(f"python: seed {seed}, {cases} cases of each: {passed} agree, "
      f"{failed} do not")
sys.exit(1 if failed else 0)
