#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Help, version, options and exit statuses.
. tests/cli/common

version=$(sed -n 's/^#define DSTACK_VERSION *"\(.*\)"/\1/p' \
    include/dstack/version.h)
run 0 --version
out_has "^dstack $version\$"
err_empty
run 0 --help
out_has '^usage: dstack COMMAND'
err_empty
run 2
err_has '^usage: dstack COMMAND'
out_empty
for command_line in verify parse collateral 'collateral show' \
    'collateral verify'; do
    # shellcheck disable=SC2086
    run 0 $command_line --help
    out_has '^usage: dstack '
    out_has 'Exit status: 0'
    err_empty
done
run 0 verify --help
out_has 'judges the platform, not the code'
# Also beside what would be an error.
run 0 verify --json --help nothing there

# What is not offered (yet).
for command_line in bogus quote attest key 'info x' 'collateral fetch x' \
    collateral -x 'verify -x a' 'verify --pccs http://localhost a' \
    'verify --image a b' \
    'verify --gpu a b' 'verify --bogus a' 'verify --json=yes a' \
    'parse --at 0 a' 'parse --collateral a b' 'collateral show --at 0 a' \
    'collateral verify --policy a b' 'collateral verify --collateral a b' \
    'parse' 'parse a b' 'verify' 'collateral show' 'collateral verify' \
    'verify --collateral'; do
    # shellcheck disable=SC2086
    run 2 $command_line
    out_empty
    err_has '^dstack'
done
run 2 verify --pccs http://localhost a
err_has 'no option --pccs; see dstack verify --help'

forge tdx-v4 f
quote=$tmp/f/quote.bin
all="--collateral $tmp/f/collateral.json --root $tmp/f/root.pem --at $NOW"
# shellcheck disable=SC2086
for wrong in '--accept-tcb Bogus' '--accept-tcb UpToDate,' \
    '--accept-tcb uptodate' '--accept-tcb Revoked' '--accept-tcb ,' \
    '--accept-tcb Unknown' '--report-data 00' '--report-data zz' \
    "--report-data $(printf %0126d 0)" "--report-data $(printf %0127d 0)" \
    "--report-data $(printf %0130d 0)" '--at 5' '--root other'; do
    run 2 verify $all $wrong "$quote"
    out_empty
    err_has '^dstack verify: '
done
# shellcheck disable=SC2086
run 2 verify $all --accept-tcb Bogus "$quote"
err_has 'no TCB status "Bogus"'
err_has '^  SWHardeningNeeded$'
# shellcheck disable=SC2086
run 2 verify $all --accept-tcb '' "$quote"
# shellcheck disable=SC2086
run 2 verify $all --report-data '' "$quote"
run 2 verify --collateral - --at 0 -
err_has 'only once'
out_empty

# ---- times ------------------------------------------------------------------

# at TEXT SECONDS: the report says which time was understood.
at() {
    run "$3" verify --json --collateral "$tmp/f/collateral.json" \
        --root "$tmp/f/root.pem" --at "$1" "$quote"
    json_is time "$2"
}
at 1790000000 1790000000 0
at 2026-09-21T14:13:20Z 1790000000 0
at 2026-09-21t14:13:20z 1790000000 0
at '2026-09-21 14:13:20Z' 1790000000 0
at 2026-09-21T14:13:20.999Z 1790000000 0
at 2026-09-21T16:13:20+02:00 1790000000 0
at 2026-09-21T08:43:20-05:30 1790000000 0
at 2026-09-22T00:13:20+10:00 1790000000 0
at 0 0 1
at 00 0 1
at 1970-01-01T00:00:00Z 0 1
at 1969-12-31T23:00:00-01:00 0 1
at 2000-02-29T00:00:00Z 951782400 1
at 9999-12-31T23:59:59Z 253402300799 1
at 253402300799 253402300799 1
for text in '' -1 +1 1.5 1e9 ' 1' '1 ' 0x10 253402300800 99999999999999999999 \
    18446744073709551616 now 2026-09-21 2026-09-21T14:13:20 \
    2026-9-21T14:13:20Z 2026-13-21T14:13:20Z 2026-00-21T14:13:20Z \
    2026-02-29T00:00:00Z 1900-02-29T00:00:00Z 2026-09-31T00:00:00Z \
    2026-09-00T00:00:00Z 2026-09-21T24:00:00Z 2026-09-21T14:60:00Z \
    2026-09-21T14:13:60Z 2026-09-21T14:13:20.Z 2026-09-21T14:13:20ZZ \
    2026-09-21T14:13:20+0200 2026-09-21T14:13:20+24:00 \
    2026-09-21T14:13:20+02:60 1969-12-31T23:59:59Z \
    1970-01-01T00:00:00+00:01 9999-12-31T23:59:59-00:01 \
    10000-01-01T00:00:00Z 26-09-21T14:13:20Z; do
    run 2 verify --collateral "$tmp/f/collateral.json" \
        --root "$tmp/f/root.pem" --at "$text" "$quote"
    err_has '\-\-at'
    out_empty
done
# Now, by default.
before=$(date +%s)
"$DSTACK" verify --json --collateral "$tmp/f/collateral.json" \
    --root "$tmp/f/root.pem" "$quote" >"$tmp/out" 2>"$tmp/err"
after=$(date +%s)
time=$(sed -n 's/^.*"time":\([0-9]*\).*$/\1/p' "$tmp/out")
command='dstack verify without --at'
if [ "$time" -ge "$before" ] && [ "$time" -le "$after" ]; then
    ok
else
    bad "$time is not between $before and $after"
fi

# ---- files ------------------------------------------------------------------

missing=$tmp/missing
for command_line in "parse $missing" "parse $tmp" \
    "verify --collateral $missing --at 0 $quote" \
    "verify --collateral $tmp --at 0 $quote" \
    "verify $all $missing" "verify $all --policy $missing $quote" \
    "verify --collateral $quote --root $missing $quote" \
    "collateral show $missing" "collateral verify --at 0 $missing" \
    "collateral verify --root $missing --at 0 $tmp/f/collateral.json"; do
    # shellcheck disable=SC2086
    run 3 $command_line
    out_empty
    err_has '^dstack [a-z ]*: .*(No such file or directory|Is a directory)$'
done
# Too long by one byte, and as long as may be.
head -c 25165825 /dev/zero >"$tmp/long"
run 3 parse "$tmp/long"
err_has 'larger than 24 MiB'
head -c 25165824 /dev/zero >"$tmp/long"
run 1 parse "$tmp/long"
out_has 'attestation_too_large'
rm "$tmp/long"
# A root or a policy that is none: nothing was judged.
# shellcheck disable=SC2086
run 2 verify --collateral "$tmp/f/collateral.json" --root "$quote" \
    --at $NOW "$quote"
err_has '\-\-root'
for text in '' '{' '[]' '{"expectt": {}}' '{"accept_debug": 1}'; do
    printf '%s' "$text" >"$tmp/policy"
    # shellcheck disable=SC2086
    run 2 verify $all --policy "$tmp/policy" "$quote"
    err_has '\-\-policy: '
    out_empty
done
# Output that cannot be written is no answer.
if [ -c /dev/full ]; then
    # shellcheck disable=SC2086
    "$DSTACK" verify $all "$quote" >/dev/full 2>"$tmp/err"
    status=$?
    command='dstack verify to a full disk'
    : >"$tmp/out"
    if [ $status -eq 3 ]; then ok; else bad "status $status, not 3"; fi
    err_has 'standard output: No space left'
fi

# ---- colour -----------------------------------------------------------------

escape=$(printf '\033')
# shellcheck disable=SC2086
run 0 verify $all "$quote"
out_lacks "$escape"
# script(1) gives the command a terminal, where there are any.
if script -qec true /dev/null >/dev/null 2>&1; then
    tty() {
        command="$1 dstack verify on a terminal"
        env "$1" "$2" script -qec "$DSTACK verify $all $quote" /dev/null \
            >"$tmp/out" 2>"$tmp/err" </dev/null
    }
    tty TERM=xterm A=
    out_has "${escape}\[1;32mACCEPTED"
    tty TERM=xterm NO_COLOR=
    out_has "${escape}\[1;32mACCEPTED"
    tty TERM=xterm NO_COLOR=1
    out_has '^ACCEPTED  genuine'
    out_lacks "$escape"
    tty TERM=dumb A=
    out_lacks "$escape"
fi

finish
