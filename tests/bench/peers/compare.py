# SPDX-License-Identifier: Apache-2.0
"""compare.py OURS PEER...: files of verdicts beside each other.

A line of a verdict file: name, yes / no / unsupported, status, advisories,
message, separated by tabs. Status and advisories are compared where both say
them."""
import os
import sys


def load(path):
    verdicts = {}
    with open(path) as f:
        for line in f:
            name, answer, status, advisories, text = (
                line.rstrip("\n").split("\t") + [""] * 5)[:5]
            verdicts[name] = (answer, status, advisories, text)
    return verdicts


files = sys.argv[1:]
tables = [load(f) for f in files]
names = [os.path.basename(f) for f in files]
ours = tables[0]
same = {n: 0 for n in names[1:]}
count = {n: 0 for n in names[1:]}
notes = []
width = max(len(c) for c in ours)
print(" " * width + "".join("  %-12s" % n[:12] for n in names))
for case, mine in ours.items():
    row = "%-*s  %-12s" % (width, case, mine[0])
    for name, table in zip(names[1:], tables[1:]):
        theirs = table.get(case, ("none", "", "", "no verdict"))
        if theirs[0] == "unsupported":
            row += "  %-12s" % "-"
            continue
        count[name] += 1
        differs = theirs[0] != mine[0] or any(
            a and b and a != b for a, b in zip(theirs[1:3], mine[1:3]))
        same[name] += not differs
        row += "  %-12s" % (theirs[0] + (" *" if differs else ""))
        if differs:
            notes.append("%s, %s: here %s; there %s" % (
                case, name, " ".join(x for x in mine if x),
                " ".join(x for x in theirs if x)))
    print(row.rstrip())
print()
for name in names[1:]:
    print("%-14s %d of %d verdicts agree" % (name, same[name], count[name]))
if notes:
    print("\n* differing verdicts (what one library judges another may leave"
          " to its caller):")
    for note in notes:
        print("  " + note[:200])
