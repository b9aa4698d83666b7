#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ABI from Python, with ctypes alone: a quote from the agent, judged.

quote.py LIBRARY ENDPOINT ROOT COLLATERAL TIME
"""
import ctypes
import sys
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_int32, c_int64, \
    c_size_t, c_void_p


class Error(ctypes.Structure):
    _fields_ = [("code", c_int32), ("stage", c_int32), ("reason", c_int32),
                ("origin", c_int32), ("detail", c_int64),
                ("message", c_char * 232)]


assert ctypes.sizeof(Error) == 256
lib = ctypes.CDLL(sys.argv[1])
endpoint, root_file, collateral_file, now = sys.argv[2:6]


def function(name, result, *arguments):
    f = getattr(lib, name)
    f.restype = result
    f.argtypes = arguments
    return f


def new(name, *arguments):
    """Calls a function that makes an object; arguments are (type, value)."""
    made, err = c_void_p(), Error()
    f = function(name, c_int, *[t for t, _ in arguments], POINTER(c_void_p),
                 POINTER(Error))
    rc = f(*[v for _, v in arguments], byref(made), byref(err))
    assert rc == 0, (name, rc, err.message)
    return made


def read(path):
    with open(path, "rb") as f:
        return f.read()


client = new("dstack_client_new")
err = Error()
assert function("dstack_client_set_endpoint", c_int, c_void_p, c_char_p,
                POINTER(Error))(client, endpoint.encode(), byref(err)) == 0
asked = b"from python".ljust(64, b"\0")
reply = new("dstack_client_get_quote", (c_void_p, client), (c_char_p, asked),
            (c_size_t, len(asked)))
evidence = function("dstack_quote_reply_evidence", c_void_p, c_void_p)(reply)

bundle = read(collateral_file)
collateral = new("dstack_collateral_parse", (c_char_p, bundle),
                 (c_size_t, len(bundle)))
policy = new("dstack_policy_new")
function("dstack_policy_accept_any_workload", None, c_void_p)(policy)
assert function("dstack_policy_expect_report_data", c_int, c_void_p, c_char_p,
                c_size_t, POINTER(Error))(policy, asked, 64, byref(err)) == 0


def judge(root):
    verifier = new("dstack_verifier_new")
    if root:
        assert function("dstack_verifier_set_root", c_int, c_void_p, c_char_p,
                        c_size_t, POINTER(Error))(
            verifier, root, len(root), byref(err)) == 0
    report = c_void_p()
    rc = function("dstack_verifier_verify", c_int, c_void_p, c_void_p,
                  c_void_p, c_void_p, c_int64, POINTER(c_void_p),
                  POINTER(Error))(
        verifier, evidence, collateral, policy, int(now), byref(report),
        byref(err))
    function("dstack_verifier_free", None, c_void_p)(verifier)
    return rc, report


text = function("dstack_report_message", c_char_p, c_void_p)
accepted = function("dstack_report_is_accepted", c_int, c_void_p)
reason = function("dstack_report_reason", c_int, c_void_p)
reason_name = function("dstack_reason_name", c_char_p, c_int)
status = function("dstack_report_tcb_status", ctypes.c_uint32, c_void_p,
                  ctypes.c_uint32)
status_name = function("dstack_tcb_status_name", c_char_p, ctypes.c_uint32)

rc, report = judge(read(root_file))
assert rc == 0 and accepted(report) == 1, text(report)
assert status_name(status(report, 0)) == b"UpToDate"
function("dstack_report_free", None, c_void_p)(report)

rc, report = judge(None)
assert rc != 0 and accepted(report) == 0
assert reason_name(reason(report)) == b"root_pin", reason_name(reason(report))
function("dstack_report_free", None, c_void_p)(report)

for name, made in (("quote_reply", reply), ("client", client),
                   ("collateral", collateral), ("policy", policy)):
    function("dstack_%s_free" % name, None, c_void_p)(made)
print("python: a quote, accepted under its root, refused under Intel's")
