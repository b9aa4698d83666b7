#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same request bodies for `dstack verify` and for a dstack-verifier.

compare.py VERIFIER FORGED VECTORS [WORDS...]: VERIFIER is the program, FORGED
a folder that forge_guest filled for now, VECTORS one of real evidence, or "".
With WORDS only cases whose names have one of them are compared. DSTACK names
our command, LIBDSTACK our shared library. run.sh calls it; differences.txt has
what is known to differ, and why.
"""
import contextlib
import ctypes
import fnmatch
import glob
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
DSTACK = os.environ["DSTACK"]
# Within full-image's collateral; before and behind it.
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
REAL_TIMES = ("2026-03-01T00:00:00Z", "2026-02-18T10:00:00Z",
              "2026-03-20T11:00:00Z")

# What asks for no more than the other verifier does (docs/compatibility.md).
with open(os.path.join(HERE, "../../../docs/compatibility.md")) as f:
    LIKE_UPSTREAM = json.loads(
        re.search(r"```json\n(.*?)```", f.read(), re.S).group(1))
LIKE_UPSTREAM["require_xfam_mask"] = list(range(64))
# The default of a policy that wants to know the OS image.
STRICT = {"accept_any_workload": True, "require_image": "none"}


# ---- the collateral's service ------------------------------------------------

class Pccs(http.server.BaseHTTPRequestHandler):
    """As a caching service answers; the CRL of the root in hex."""
    bundle = None

    def log_message(self, *args):
        pass

    def do_GET(self):
        b, path = Pccs.bundle, self.path.split("?")[0]
        if path.endswith("/pckcrl"):
            self.answer(bytes.fromhex(b["pck_crl"]),
                        "SGX-PCK-CRL-Issuer-Chain", b["pck_crl_issuer_chain"])
        elif path.endswith("/rootcacrl"):
            self.answer(b["root_ca_crl"].encode())
        elif path.endswith("/tcb"):
            self.signed("tcbInfo", "tcb_info", "TCB-Info-Issuer-Chain")
        elif path.endswith("/qe/identity"):
            self.signed("enclaveIdentity", "qe_identity",
                        "SGX-Enclave-Identity-Issuer-Chain")
        else:
            self.send_error(404)

    def signed(self, name, member, header):
        b = Pccs.bundle
        self.answer(('{"%s":%s,"signature":"%s"}' % (
            name, b[member], b[member + "_signature"])).encode(),
            header, b[member + "_issuer_chain"])

    def answer(self, body, name=None, chain=""):
        self.send_response(200)
        if name:
            self.send_header(name, urllib.parse.quote(chain))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


# ---- the two verifiers ---------------------------------------------------------

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def upstream(program, service, folder, root=None, at=None):
    """Its URL; with a root of its own, or as of another time."""
    port = free_port()
    config = os.path.join(folder, "verifier.toml")
    with open(config, "w") as f:
        f.write('address = "127.0.0.1"\nport = %d\n'
                'image_cache_dir = "%s/images"\n'
                'image_download_url = "%s/{OS_IMAGE_HASH}.tar.gz"\n'
                'image_download_timeout_secs = 10\n[attestation]\n'
                'insecure_allow_external_trust_anchors = %s\n'
                '[attestation.urls]\npccs = "%s"\n'
                % (port, folder, service, "true" if root else "false",
                   service))
        if root:
            f.write('[attestation.root_ca]\ntdx = "%s"\n' % root)
    env = dict(os.environ, TZ="UTC", RUST_LOG="off", ROCKET_LOG_LEVEL="off",
               NO_PROXY="127.0.0.1")
    if at:
        env.update(LD_PRELOAD=FAKETIME[0], FAKETIME_DONT_FAKE_MONOTONIC="1",
                   FAKETIME="@" + at.replace("T", " ").rstrip("Z"))
    with open(os.path.join(folder, "verifier.log"), "ab") as log:
        process = subprocess.Popen([program, "--config", config], env=env,
                                   stdout=log, stderr=log)
    url = "http://127.0.0.1:%d" % port
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url + "/health", timeout=5).read()
                break
            if process.poll() is not None:
                sys.exit("%s did not start, see %s" % (program, log.name))
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def ask(url, body):
    request = urllib.request.Request(url + "/verify", data=body, headers={
        "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as r:
            return json.load(r)
    except urllib.error.HTTPError as e:
        return {"is_valid": False, "details": {}, "http": e.code,
                "reason": "HTTP %d" % e.code}


def judge(case, policy, folder):
    def write(name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as f:
            f.write(data)
        return path
    command = [DSTACK, "verify", "--json",
               "--collateral", write("collateral", case.collateral),
               "--policy", write("policy", json.dumps(policy).encode())]
    if case.root:
        command += ["--root", case.root]
    if case.at:
        command += ["--at", case.at]
    r = subprocess.run(command + [write("body", case.body)],
                       capture_output=True, text=True)
    if r.returncode not in (0, 1):
        sys.exit("%s: dstack verify: %d %s" % (case.name, r.returncode,
                                               r.stderr))
    return json.loads(r.stdout)


# ---- what they say, in the same words ---------------------------------------------

# Of our checks those that are of the other verifier's first step.
FIRST_STEP = {"quote", "evidence", "collateral", "chain", "revocation", "qe",
              "signature", "tcb", "attributes"}
FIRST_STEP_TOO = {"claimed_report_data", "report_data_payload", "event_lists",
                  "event_digests", "rtmr3_replay", "boot_replay", "event_type",
                  "policy_attributes", "policy_service_td"}
JUDGED = re.compile("Quote|OS image|Event log")


def their_words(r):
    d = r["details"]
    said = {"answer": r["is_valid"]}
    if not JUDGED.match(r["reason"] or "Quote"):
        return said  # it did not come to judge the quote
    said["quote"] = d["quote_verified"]
    if not said["quote"]:
        return said
    said["image"] = d["os_image_hash_verified"]
    said["tcb_status"] = d["tcb_status"]
    said["advisories"] = sorted(d["advisory_ids"])
    said["report_data"] = d["report_data"]
    said["platform"] = d["tee_variant"]
    a = d["app_info"]
    if not a:
        return said
    for name in ("app_id", "compose_hash", "instance_id", "device_id",
                 "mr_system", "mr_aggregated", "os_image_hash"):
        said[name] = a[name]
    said["init_scripts"] = a["init_script_hashes"] or []
    said["key_provider"] = d["key_provider"]
    return said


def our_words(r):
    said = {"answer": r["verdict"] == "accepted"}
    if "checks" not in r:
        return said  # it could not be read
    checks = {c["name"]: c["result"] for c in r["checks"]}
    first = [c["result"] for c in r["checks"] if c["stage"] in FIRST_STEP or
             c["name"] in FIRST_STEP_TOO]
    w, t, q = (r.get(n, {}) for n in ("workload", "tcb", "quote"))
    bound = w.get("bound_by", {})
    said.update({
        "quote": "failed" not in first and
                 checks["quote_signature"] == "passed",
        "image": "image" in bound.get("os_image_hash", []),
        "tcb_status": t.get("status"),
        "advisories": sorted(t.get("advisories", [])),
        "report_data": q.get("report_data"),
        "platform": "dstack-" + r.get("platform", "none"),
        "init_scripts": w.get("init_script_hashes", []),
        "key_provider": w.get("key_provider")})
    for name in ("app_id", "compose_hash", "instance_id", "device_id",
                 "mr_system", "mr_aggregated", "os_image_hash"):
        said[name] = w.get(name) if bound.get(name) else ""
    return said


# ---- cases ----------------------------------------------------------------------

class Case:
    def __init__(self, name, body, collateral, root=None, at=None):
        self.name = name
        self.body = body if isinstance(body, bytes) else json.dumps(
            body).encode()
        self.collateral, self.root, self.at = collateral, root, at

    def like(self, name, body):
        return Case(self.name + "/" + name, body, self.collateral, self.root,
                    self.at)


def flip(text, byte, bit=0):
    """Hex with one bit of a byte changed."""
    b = bytearray.fromhex(text)
    b[byte] ^= 1 << bit
    return b.hex()


def edited(text, change):
    value = json.loads(text)
    result = change(value)
    return json.dumps(value if result is None else result)


def hex_forms(text):
    return {
        "upper": text.upper(), "0x": "0x" + text, "odd": text[:-1],
        "not-hex": "zz" + text[2:], "spaces": text[:64] + " " + text[64:],
        "newline": text + "\n", "cut": text[:-2], "half": text[:len(text) // 4
                                                               * 2],
        "empty": "", "null": None, "number": 4, "list": [text],
        "longer": text + "00"}


def with_members(base):
    """What clients send beside the evidence."""
    b = json.loads(base.body)
    for name, more in {
            # As a serializer writes it, and releases up to 0.5.11 want it.
            "all": {m: b.get(m) for m in ("quote", "event_log", "vm_config",
                                          "attestation", "debug")},
            "debug": {"debug": True}, "no-debug": {"debug": False},
            "null-debug": {"debug": None}, "text-debug": {"debug": "yes"},
            "pccs": {"pccs_url": "http://127.0.0.1:1"},
            "null-pccs": {"pccs_url": None},
            "unknown": {"something": {"else": [1, 2]}}}.items():
        yield base.like("with-" + name, {**b, **more})


def quote_flips(base, step):
    """Bits all over the quote, but not behind its signature data, where
    anybody may put what he likes."""
    b = json.loads(base.body)
    raw = bytes.fromhex(b["quote"])
    start = 48 if raw[0] == 4 else 54 + int.from_bytes(raw[50:54], "little")
    at = 632 if raw[0] == 4 else start
    end = at + 4 + int.from_bytes(raw[at:at + 4], "little")
    places = sorted({0, 2, 4, 8, 10, 12, 28, 47, 48, 63, 64, 112, 160, 168,
                     176, 184, 232, 280, 328, 376, 424, 472, 520, 568, 631,
                     632, 636, 700, 764, 766, 770, 1154, 1218, 1220}
                    | set(range(0, end, step)))
    for place in places:
        yield base.like("quote-bit-%d" % place, {
            **b, "quote": flip(b["quote"], place, place % 8)})


def quote_hex(base):
    b = json.loads(base.body)
    for name, text in hex_forms(b["quote"]).items():
        yield base.like("quote-" + name, {**b, "quote": text})
    for member in list(b):
        rest = {k: v for k, v in b.items() if k != member}
        yield base.like("without-" + member, rest)
    data = b["report_data"]
    for name, value in {"null": None, "other": flip(data, 5), "short": data[2:],
                        "number": 1}.items():
        yield base.like("report-data-" + name, {**b, "report_data": value})
    for name, value in {"null": None, "empty": ""}.items():
        yield base.like("attestation-" + name, {**b, "attestation": value})


def log_changes(base):
    b = json.loads(base.body)

    def put(name, text):
        return base.like("log-" + name, {**b, "event_log": text})
    for name, text in {"empty": "", "null": None, "list": json.loads(
            b["event_log"]), "no-events": "[]", "object": "{}", "number": "1",
            "cut": b["event_log"][:-1], "space": " " + b["event_log"] + "\n"
            }.items():
        yield put(name, text)
    log = json.loads(b["event_log"])
    runtime = [i for i, e in enumerate(log) if e["imr"] == 3]
    boot = [i for i, e in enumerate(log) if e["imr"] == 1]
    acpi = [i for i, e in enumerate(log) if e["event_type"] == 10]

    def at(index, **members):
        return edited(b["event_log"], lambda v: v[index].update(members))

    def without(which):
        return json.dumps([e for i, e in enumerate(log) if i not in which])
    one = runtime[1]
    payload = log[one]["event_payload"]
    yield put("payload", at(one, event_payload=flip(payload, 0)))
    yield put("name", at(one, event="app-ie"))
    yield put("digest", at(one, digest="11" * 48))
    yield put("digest-short", at(one, digest="11"))
    yield put("digest-odd", at(one, digest="1"))
    yield put("type", at(one, event_type=134217730))
    yield put("register", at(one, imr=2))
    yield put("register-4", at(one, imr=4))
    yield put("version-2", at(one, version=2))
    yield put("version-3", at(one, version=3))
    yield put("unknown-member", at(one, something=1))
    yield put("event-missing", without([one]))
    yield put("event-twice", json.dumps(log[:one + 1] + log[one:]))
    yield put("events-swapped", json.dumps(
        log[:one] + [log[one + 1], log[one]] + log[one + 2:]))
    yield put("event-behind", json.dumps(log + [log[one]]))
    yield put("runtime-alone", json.dumps([log[i] for i in runtime]))
    yield put("without-runtime", without(runtime))
    yield put("boot-digest", at(boot[0], digest="11" * 48))
    yield put("boot-missing", without([boot[0]]))
    yield put("boot-payload", at(boot[0], event_payload="11"))
    yield put("boot-cut", without([i for i, e in enumerate(log) if e["imr"] in
                                   (1, 2) or e["imr"] == 0 and i not in acpi]))
    yield put("acpi-digest", at(acpi[1], digest="11" * 48))
    yield put("acpi-payload", at(acpi[1], event_payload="11"))
    yield put("acpi-missing", without([acpi[1]]))
    yield put("acpi-name", at(acpi[1], event="something"))
    yield put("acpi-no-names", edited(b["event_log"], lambda v: [
        {**e, "event": ""} if e["event_type"] == 10 else e for e in v]))


def config_changes(base):
    b = json.loads(base.body)

    def put(name, text):
        return base.like("config-" + name, {**b, "vm_config": text})

    def change(**members):
        return edited(b["vm_config"], lambda v: v.update(members))

    def without(member):
        return edited(b["vm_config"], lambda v: v.pop(member, 0) and None)
    config = json.loads(b["vm_config"])
    for name, text in {"null": None, "empty": "", "object": config, "{}": "{}",
                       "list": "[]", "cut": b["vm_config"][:-1],
                       "space": " " + b["vm_config"] + "\n",
                       "wrapped": json.dumps({"vm_config": b["vm_config"]})
                       }.items():
        yield put(name, text)
    yield put("hash", change(os_image_hash=flip(config["os_image_hash"], 3)))
    yield put("hash-short", change(os_image_hash="11"))
    yield put("hash-upper", change(
        os_image_hash=config["os_image_hash"].upper()))
    yield put("no-hash", without("os_image_hash"))
    yield put("cpus", change(cpu_count=config["cpu_count"] + 1))
    yield put("memory", change(memory_size=config["memory_size"] * 2))
    yield put("memory-odd", change(memory_size=config["memory_size"] - 4096))
    yield put("no-memory", without("memory_size"))
    yield put("qemu", change(qemu_version="10.0.1"))
    yield put("image", change(image="another-0.5.4"))
    yield put("legacy", change(tdx_attestation_variant="legacy"))
    yield put("variant", change(tdx_attestation_variant="something"))
    yield put("no-variant", without("tdx_attestation_variant"))
    yield put("ovmf", change(ovmf_variant="stable202505"))
    yield put("ovmf-unknown", change(ovmf_variant="something"))
    yield put("no-ovmf", without("ovmf_variant"))
    yield put("single-pass", change(qemu_single_pass_add_pages=True))
    yield put("unknown", change(something=1))
    yield put("two-hashes", b["vm_config"][:-1] + ',"os_image_hash":"%s"}'
              % flip(config["os_image_hash"], 3))
    if "tdx_measurement" not in config:
        return
    document = config["tdx_measurement"]
    yield put("no-document", without("tdx_measurement"))
    yield put("no-measurement", change(tdx_measurement={
        "checksum_file": document["checksum_file"]}))
    for part in ("measurement", "checksum_file"):
        text = document[part]
        other = text[:40] + ("A" if text[40] != "A" else "B") + text[41:]
        yield put(part, change(tdx_measurement={**document, part: other}))


def container_changes(base, step):
    b = json.loads(base.body)
    text = b["attestation"]
    for name, value in hex_forms(text).items():
        yield base.like("attestation-" + name, {"attestation": value})
    for place in range(0, len(text) // 2, step):
        yield base.like("bit-%d" % place, {
            "attestation": flip(text, place, place % 8)})
    # What stands beside an attestation is not the evidence.
    for name, more in {"bad-quote": {"quote": "04"}, "config": {
            "vm_config": "{}"}, "log": {"event_log": "[]"}, "null-quote": {
                "quote": None, "event_log": None, "vm_config": None},
            "report-data": {"report_data": "00" * 64}}.items():
        yield base.like("beside-" + name, {**b, **more})


def texts(base):
    """Bodies that are not what they should be."""
    body = base.body
    for name, text in {
            "nothing": b"", "null": b"null", "list": b"[]", "text": b'"04"',
            "no-members": b"{}", "cut": body[:-1], "trailing": body + b"x",
            "two": body + body, "space": b"\n " + body + b"\n",
            "bom": b"\xef\xbb\xbf" + body, "debug-only": b'{"debug":true}',
            "comma": body[:-1] + b",}",
            "duplicate": body[:-1] + b',"debug":true,"debug":true}',
            "duplicate-unknown": body[:-1] + b',"a":1,"a":2}',
            "duplicate-evidence": body[:-1] + b"," + body[1:],
            "utf-8": body[:-1] + b',"a":"\xff"}',
            "number": body[:-1] + b',"a":1e999}',
            "deep": body[:-1] + b',"a":' + b"[" * 100 + b"]" * 100 + b"}",
            "very-deep": body[:-1] + b',"a":' + b"[" * 200 + b"]" * 200 + b"}",
            "escaped": body.replace(b'"quote"', b'"qu\\u006fte"').replace(
                b'"attestation"', b'"attest\\u0061tion"')}.items():
        yield base.like("body-" + name, text)


def every_change(base, step):
    yield base
    yield from with_members(base)
    yield from texts(base)
    if "attestation" in json.loads(base.body):
        yield from container_changes(base, step)
        return
    yield from quote_flips(base, step)
    yield from quote_hex(base)
    yield from log_changes(base)
    yield from config_changes(base)


def forged_cases(folder, lib):
    root = os.path.join(folder, "root.pem")
    bases = {}
    for path in sorted(glob.glob(folder + "/*.collateral.json")):
        name = os.path.basename(path)[:-len(".collateral.json")]
        with open(path, "rb") as f:
            collateral = f.read()
        for form, end in (("quote", ".json"), ("v0", ".v0.json"),
                          ("v1", ".v1.json")):
            with contextlib.suppress(FileNotFoundError):
                with open(os.path.join(folder, name + end), "rb") as f:
                    bases[name, form] = Case(name + "/" + form, f.read(),
                                             collateral, root)
    for (name, form), base in bases.items():
        if name == "guest-0.6.0":
            yield from every_change(base, 97 if form == "quote" else 211)
        else:
            yield base
        if name.startswith("guest-") and form != "quote":
            yield base.like("stripped", reencoded(lib, base.body,
                                                  int(form[1:]), 1))


def reencoded(lib, evidence, version, stripped=0):
    """An attestation from evidence of any form, by our library; stripped as
    certificates carry it."""
    lib.dstack_evidence_encode.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int,
        ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_size_t),
        ctypes.c_void_p]
    lib.dstack_evidence_parse.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(ctypes.c_void_p),
        ctypes.c_void_p]
    e, p, n = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_size_t()
    assert lib.dstack_evidence_parse(evidence, len(evidence), ctypes.byref(e),
                                     None) == 0
    assert lib.dstack_evidence_encode(e, version, stripped,
                                      ctypes.byref(p), ctypes.byref(n),
                                      None) == 0
    return {"attestation": ctypes.string_at(p, n.value).hex()}


def real_cases(folder, lib, at):
    def read(name):
        with open(os.path.join(folder, "dstack", name), "rb") as f:
            return f.read()
    collateral = read("full-image.collateral.json")
    for name, file in (("full-image", "full-image.getquote.json"),
                       ("lite", "lite.getquote.json"),
                       ("lite-attestation", "lite.attestation.json"),
                       ("simulator", "simulator.attestation.bin")):
        body = read(file)
        if file.endswith(".bin"):
            body = json.dumps({"attestation": body.hex()}).encode()
        base = Case(name, body, collateral, None, at)
        if at != REAL_TIMES[0]:
            base.name += "@" + at
        elif name == "full-image":
            yield from every_change(base, 499)
        else:
            yield base
            yield from with_members(base)
        for version in range(2):
            yield base.like("as-v%d" % version, reencoded(lib, body, version))


# ---- comparing -----------------------------------------------------------------

# What has to be said for a policy to accept what was refused for this reason,
# and of a list what it has to have.
SWITCH = {
    "policy_status": ("accept_tcb_status", None),
    "policy_current": ("accept_any_current_status", None),
    "attr_xfam": ("require_xfam_mask", None),
}
for _reason, _rule in (
        ("mr_config", "mr_config"), ("event_name", "name"),
        ("event_ready", "ready"), ("event_missing", "unique"),
        ("event_duplicate", "unique"), ("event_order", "order"),
        ("event_boundary", "boundary"), ("event_payload", "payload"),
        ("event_gpu", "gpu"), ("boot_replay", "boot"),
        ("event_digest", "digest"), ("event_preimage", "digest"),
        ("event_lists", "lists")):
    SWITCH[_reason] = ("accept_workload_rules", _rule)


def known_differences():
    """[case, field, our reason, why, times]"""
    found = []
    with open(os.path.join(HERE, "differences.txt")) as f:
        for line in f:
            if line.strip() and line[0] != "#":
                found.append(line.strip().split(None, 3) + [0])
    return found


class Tally:
    def __init__(self):
        self.known = known_differences()
        self.cases = self.same = self.differ = self.bad = 0
        self.accepted = self.answers = self.claims = 0
        self.switches = {}

    def explain(self, case, field, reason):
        for entry in self.known:
            if (field == entry[1] and
                    fnmatch.fnmatchcase(reason, entry[2]) and
                    fnmatch.fnmatchcase(case, entry[0])):
                entry[4] += 1
                return True
        return False

    def take(self, case, theirs, ours, answer, report):
        self.cases += 1
        self.accepted += theirs["answer"]
        self.answers += theirs["answer"] == ours["answer"]
        both = [n for n in theirs if n in ours]
        if theirs["answer"] != ours["answer"] or len(ours) == 1:
            both = ["answer"]
        differ = [n for n in both if theirs[n] != ours[n]]
        self.claims += len(both) - len(differ)
        reason = report["reason"] or "-"
        bad = [n for n in differ if not self.explain(case.name, n, reason)]
        if bad:
            self.bad += 1
            print("FAILED %s (%s)" % (case.name, reason))
            for n in bad:
                print("  %s: theirs %s, ours %s" % (n, theirs[n], ours[n]))
            print("  theirs: %s\n  ours: %s" % (answer.get("reason"),
                                                report.get("message")))
        elif differ:
            self.differ += 1
        else:
            self.same += 1


def switches(case, folder):
    """Which members, of those that LIKE_UPSTREAM has, make a policy accept."""
    policy, used = dict(STRICT), []
    for _ in range(len(SWITCH)):
        report = judge(case, policy, folder)
        if report["verdict"] == "accepted":
            return used
        member, rule = SWITCH.get(report["reason"], (None, None))
        name = member if not rule else "%s: %s" % (member, rule)
        if not member or name in used:
            return None
        policy[member] = (policy.get(member, []) + [rule] if rule else
                          LIKE_UPSTREAM[member])
        used.append(name)
    return None


def compare(url, cases, folder, tally, words):
    for case in cases:
        if words and not any(w in case.name for w in words):
            continue
        Pccs.bundle = json.loads(case.collateral)
        answer = ask(url, case.body)
        report = judge(case, LIKE_UPSTREAM, folder)
        theirs, ours = their_words(answer), our_words(report)
        tally.take(case, theirs, ours, answer, report)
        if theirs["answer"] and ours["answer"]:
            used = switches(case, folder)
            if used is None:
                tally.bad += 1
                print("FAILED %s: no switch makes it accepted" % case.name)
            elif used:
                tally.switches.setdefault(" and ".join(used), set()).add(
                    case.name.split("/")[0])


def main():
    program, forged, vectors = sys.argv[1:4]
    words = sys.argv[4:]
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pccs)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    address = "http://127.0.0.1:%d" % service.server_port
    lib = ctypes.CDLL(os.environ["LIBDSTACK"])
    tally, skipped = Tally(), 0
    with tempfile.TemporaryDirectory() as folder:
        with upstream(program, address, folder,
                      os.path.abspath(forged + "/root.pem")) as url:
            compare(url, forged_cases(forged, lib), folder, tally, words)
        if not vectors:
            print("skipped: no real evidence here")
            skipped += 1
        elif not FAKETIME:
            print("skipped: no libfaketime, to judge real evidence in its time")
            skipped += 1
        else:
            for at in REAL_TIMES:
                with upstream(program, address, folder, at=at) as url:
                    compare(url, real_cases(vectors, lib, at), folder, tally,
                            words)
    print("%d bodies, of which the other verifier accepts %d; the same answer "
          "to %d; %d answers and claims compared are the same"
          % (tally.cases, tally.accepted, tally.answers, tally.claims))
    for case, field, reason, why, times in tally.known:
        if times:
            print("  %4d  %s: %s, %s: %s" % (times, case, field, reason, why))
        elif not words and not skipped:
            print("FAILED differences.txt: %s %s does not differ" % (case,
                                                                     reason))
            tally.bad += 1
    for member, names in sorted(tally.switches.items()):
        print("  %s: accepts %s" % (member, ", ".join(sorted(names))))
    print("%d passed, %d failed, %d skipped" % (
        tally.same + tally.differ, tally.bad, skipped))
    return 1 if tally.bad else 0


if __name__ == "__main__":
    sys.exit(main())
