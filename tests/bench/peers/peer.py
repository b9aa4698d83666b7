# SPDX-License-Identifier: Apache-2.0
"""peer.py: drives the PyPI package dcap-qvl; modes as in loop.cjs."""
import sys
import time

import dcap_qvl


def verify(quote, bundle, now):
    collateral = dcap_qvl.QuoteCollateralV3.from_json(bundle)
    return dcap_qvl.verify(quote, collateral, now)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def judge(line):
    name, quote, bundle, now = line.rstrip("\n").split("\t")
    try:
        r = verify(read(quote), read(bundle).decode(), int(now))
        print(name, "yes", r.status, ",".join(sorted(r.advisory_ids)), "",
              sep="\t")
    except Exception as e:  # whatever a library says no with
        print(name, "no", "", "", " ".join(str(e).split()), sep="\t")


def run(n, quote, bundle, now):
    start = time.process_time()
    for _ in range(n):
        verify(quote, bundle, now)
    return (time.process_time() - start) / n * 1e6


if sys.argv[1] == "verdicts":
    with open(sys.argv[2]) as f:
        for line in f:
            judge(line)
else:
    args = read(sys.argv[2]), read(sys.argv[3]).decode(), int(sys.argv[4])
    count = max(1, round(300000 / run(20, *args)))
    print("%.1f" % sorted(run(count, *args) for _ in range(7))[3])
