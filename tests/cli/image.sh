#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An OS image in a directory: what is wrong with it is said before anything is
# judged, and a quote that claims no such image is refused.
. tests/cli/common

forge tdx-v4 f
all=$(forged f)
quote=$tmp/f/quote.bin
image=$tmp/image
mkdir "$image"
# shellcheck disable=SC2086
run 2 verify $all --image "$image" "$quote"
err_has 'no sha256sum.txt'
out_empty
# list NAME...: the manifest of these files.
list() {
    (cd "$image" && sha256sum "$@" >sha256sum.txt)
}
echo '{"cmdline":"a","version":"0.6.0"}' >"$image/metadata.json"
echo text >"$image/other.txt"
list metadata.json other.txt
# shellcheck disable=SC2086
run 1 verify --json $all --image "$image" "$quote"
rejected false image image_hash
# shellcheck disable=SC2086
run 1 verify $all --image "$image" "$quote"
out_has '^REJECTED'
# A file that was changed, and one that does not fit.
echo changed >"$image/other.txt"
# shellcheck disable=SC2086
run 2 verify $all --image "$image" "$quote"
err_has 'other.txt is not the file that sha256sum.txt lists'
list metadata.json
echo '{"cmdline":1}' >"$image/metadata.json"
list metadata.json
# shellcheck disable=SC2086
run 2 verify $all --image "$image" "$quote"
err_has 'cmdline'
echo '{"cmdline":"a","bios":"other.txt"}' >"$image/metadata.json"
list metadata.json other.txt
# shellcheck disable=SC2086
run 2 verify $all --image "$image" "$quote"
err_has 'firmware'
# A listed file may be missing.
rm "$image/other.txt"
# shellcheck disable=SC2086
run 1 verify --json $all --image "$image" "$quote"
rejected false image image_hash
# ACPI tables.
echo no >"$tmp/tables"
# shellcheck disable=SC2086
run 2 verify $all --acpi "$tmp/tables" "$quote"
err_has 'ACPI tables'
# shellcheck disable=SC2086
run 3 verify $all --acpi "$tmp/none" "$quote"
# A quote alone claims no image: who asks for one gets none.
echo '{"accept_any_workload":true,"require_image":"none"}' >"$tmp/policy"
# shellcheck disable=SC2086
run 1 verify --json $all --policy "$tmp/policy" "$quote"
rejected true policy policy_image
finish
