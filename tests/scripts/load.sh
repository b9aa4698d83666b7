#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# load.sh PROGRAM THREADS CALLS: that many calls of one client, shared by
# threads, to the simulator.
. tests/scripts/simulator.sh
simulator_start || exit 1
trap simulator_stop EXIT
"$1" "$AGENT" "$2" "$3"
