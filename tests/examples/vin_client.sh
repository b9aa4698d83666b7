#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The node and its client: one answer is accepted, six lies are refused.
exec tests/scripts/demo_vin.sh "${1%client}node" "$1"
