#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs each example. A line in its source such as
#     check: "$VECTORS/tdx/v4.quote" 1750329144 => 0
# gives arguments and the exit status that is expected, $AGENT being where a
# simulator listens, $STATE its folder; without one it runs with no argument
# and must succeed.
# One that needs a counterpart has a script tests/examples/NAME.sh instead. An
# example over 80 lines is too long; the node and its client have 300 together.
passed=0
failed=0
skipped=0
VECTORS=${DSTACK_VECTORS:-../shared/vectors}
. tests/scripts/simulator.sh
simulator_start || exit 1
trap simulator_stop EXIT
export AGENT STATE VECTORS
for program in "$@"; do
    source=examples/$(basename "$program").c
    lines=$(wc -l <"$source")
    case $source in
    */vin_node.c) limit=120 ;;
    */vin_client.c) limit=180 ;;
    *) limit=80 ;;
    esac
    if [ "$lines" -gt "$limit" ]; then
        failed=$((failed + 1))
        echo "  EXAMPLE $source has $lines lines ($limit)"
    fi
    if [ -f "tests/examples/$(basename "$program").sh" ]; then
        if out=$(timeout 60 sh "tests/examples/$(basename "$program").sh" \
            "$program" 2>&1); then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "  EXAMPLE $source"
            echo "$out" | tail -n 20
        fi
        continue
    fi
    checks=$(sed -n 's/^.*check: \(.*=>.*[0-9]\).*$/\1/p' "$source")
    while read -r line; do
        arguments=${line%=>*}
        want=${line##*=> }
        case $arguments in
        *VECTORS*) [ -d "$VECTORS" ] || {
            skipped=$((skipped + 1))
            echo "  EXAMPLE $source skipped: no $VECTORS"
            continue
        } ;;
        esac
        out=$(eval "timeout 60 $program $arguments" 2>&1 </dev/null)
        status=$?
        if [ "$status" -eq "$want" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "  EXAMPLE $source $arguments: status $status, not $want"
            echo "$out" | tail -n 20
        fi
    done <<END
${checks:- => 0}
END
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
