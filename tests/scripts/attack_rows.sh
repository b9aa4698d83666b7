#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/attacks.md: the catalogue of attacks and the test of each row, from the
# files that the test programs leave (tests/support/attack.h).
#   attack_rows.sh write|check FILE...
# check fails when a row has no test, a test no row, or the page is old.
list=tests/vectors/attack_rows.txt
page=docs/attacks.md
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mode=$1
shift

cat >"$dir/page" <<'END'
<!-- SPDX-License-Identifier: Apache-2.0 -->
# Attacks and malformed inputs

Made by `make attack-rows-update` from `tests/vectors/attack_rows.txt` and the
tests; `make attack-rows` fails when a row has no test or this page is old.
What is expected of a quote or of evidence is tried with and without prepared
collateral, and by a verifier that already knows the platform. "Asserted" is
what the test saw: `stage/reason` of a refusal, a reason or a code alone where
the call has no more, or "accepted", of evidence with its TCB status.
END
awk -F '\t' '
    FILENAME == list {
        if ($0 ~ /^#/)
            next
        order[++n] = $1
        if ($0 !~ /^=/)
            want[$1] = $2
        next
    }
    !($1 in want) {
        print "  ROW     " $1 " (" $3 ") is not in " list >"/dev/stderr"
        bad++
        next
    }
    {
        lines[$1] = lines[$1] "| " $1 " | " want[$1] " | " $2 " | `" $3 \
            "` | " $4 " |\n"
    }
    END {
        for (i = 1; i <= n; i++)
            if (order[i] ~ /^=/) {
                printf "\n## %s\n\n%s\n|---:|---|---|---|---|\n",
                    substr(order[i], 3),
                    "| Row | Must give | Case | Test | Asserted |"
            } else if (order[i] in lines) {
                printf "%s", lines[order[i]]
                good++
            } else {
                print "  ROW     " order[i] " (" want[order[i]] \
                    ") has no test" >"/dev/stderr"
                bad++
            }
        print good + 0, bad + 0 >counts
    }' list="$list" counts="$dir/counts" "$list" "$@" >>"$dir/page"
read -r passed failed <"$dir/counts"
if [ "$mode" = write ]; then
    mkdir -p docs
    cp "$dir/page" "$page"
elif cmp -s "$dir/page" "$page"; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "  ROW     $page is old: make attack-rows-update" >&2
    diff "$page" "$dir/page" >&2
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
