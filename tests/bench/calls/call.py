# SPDX-License-Identifier: Apache-2.0
"""The median of GetKey calls of PyPI's dstack-sdk, in microseconds.

call.py SOCKET CALLS
"""
import statistics
import sys
import time

from dstack_sdk import DstackClient

client = DstackClient(sys.argv[1])
times = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    client.get_key("bench", "p")
    times.append((time.perf_counter() - start) * 1e6)
print("%.1f" % statistics.median(times))
