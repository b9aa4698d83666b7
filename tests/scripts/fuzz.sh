#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh PROGRAM SECONDS: starts from the committed corpus; what is found
# goes to the build folder, so that the corpus stays small and reviewed.
program=$1
name=$(basename "$program")
seeds=tests/fuzz/corpus/${name#fuzz_}
finds=$(dirname "$(dirname "$program")")/corpus/$name
crashes=$(dirname "$(dirname "$program")")/crashes/$name
dict=tests/fuzz/${name#fuzz_}.dict
mkdir -p "$finds" "$crashes"
set -- "$program" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$crashes/"
[ ! -f "$dict" ] || set -- "$@" -dict="$dict"
set -- "$@" "$finds"
[ ! -d "$seeds" ] || set -- "$@" "$seeds"
exec "$@"
