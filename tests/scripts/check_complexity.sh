#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No function body over 60 lines; none in lib/ or tools/ over a cyclomatic
# complexity of 15. A switch counts once, as one table. The house style makes
# this easy to read: a body's braces are alone in the first column.
for f in $(find lib tools tests examples -name '*.c' 2>/dev/null | LC_ALL=C sort); do
    awk -f tests/scripts/strip.awk "$f" | awk -v file="$f" '
    /^[A-Za-z_][A-Za-z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name) }
    /^\{/ { start = NR; complexity = 1; next }
    /^\}/ && start {
        lines = NR - start - 1
        if (lines > 60) {
            print file ":" start ": " name " has " lines " lines (60)"
            failed = 1
        }
        if (complexity > 15 && file !~ /^(tests|examples)\//) {
            print file ":" start ": " name " has complexity " complexity \
                " (15)"
            failed = 1
        }
        start = 0
    }
    start {
        gsub(/[A-Za-z_0-9]+/, " & ")
        complexity += gsub(/ (if|for|while|switch) /, "&")
        complexity += gsub(/&&|\|\||\?/, "&")
    }
    END { exit failed }' || failed=1
done
exit ${failed:-0}
