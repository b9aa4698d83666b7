#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The names that the NAME section of an mdoc page lists.
awk '/^\.Sh / { on = $2 == "NAME" } on && $1 == ".Nm" { print $2 }' "$1"
