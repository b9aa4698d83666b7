#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Why the simulator's workload is refused: by the policy, by who signed it, by
# its events; and what is said where it is not. AGENT and STATE are set by the
# runner.
program=$1
dstack=${O:-.build}/bin/dstack
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

explain() { # STATUS EVIDENCE [ROOT]: prints into $dir/out
    "$program" "$dir/$2" "$STATE/collateral.json" "$dir/policy.json" \
        "$(date +%s)" ${3:+"$3"} >"$dir/out" 2>&1
    [ $? -eq "$1" ] || { echo "status not $1:"; cat "$dir/out"; exit 1; }
}
says() { # LINE...: all of them
    for line in "$@"; do
        grep -q -e "$line" "$dir/out" ||
            { echo "no \"$line\" in:"; cat "$dir/out"; exit 1; }
    done
}
"$dstack" quote --endpoint "$AGENT" --text why >"$dir/quote.json" || exit 1
echo '{"accept_any_workload":true}' >"$dir/policy.json"
explain 0 quote.json "$STATE/root.pem"
says '^accepted$'

explain 1 quote.json
says '^check pck_crl_issuer_chain, stage chain, reason root_pin$' \
    '^genuine: no$'

# An event of the log says something else than what was measured.
sed 's/\(\\"event\\": *\\"\)compose-hash/\1compose-hush/' "$dir/quote.json" \
    >"$dir/event.json"
! cmp -s "$dir/quote.json" "$dir/event.json" || exit 1
explain 1 event.json "$STATE/root.pem"
says '^check rtmr3_replay, stage events, reason rtmr3_replay$' \
    '^  expected [0-9a-f]*$' '^genuine: no$'

zeros=$(printf %096d 0)
printf '{"expect":{"mr_td":"%s"}}' "$zeros" >"$dir/policy.json"
explain 1 quote.json "$STATE/root.pem"
says '^policy: mr_td is' "^  expected $zeros\$" '^  found  *[0-9a-f]*$' \
    '^check policy_measurements, stage policy, reason policy_measurement$' \
    '^genuine: yes$' 'checks did not run$'
echo 'no policy' >"$dir/policy.json"
explain 1 quote.json "$STATE/root.pem"
explain 2 none.json
says '^usage'
