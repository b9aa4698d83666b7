# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Sourced: starts the simulator on sockets of its own.
#   simulator_start [OPTION...]  sets AGENT, TAPPD (endpoints) and STATE (its
#                                folder, with root.pem and collateral.json)
#   simulator_stop               ends it and removes the folder

simulator_start() {
    SIMULATOR=${O:-.build}/bin/dstack-simulator
    SIMULATOR_DIR=$(mktemp -d)
    STATE=$SIMULATOR_DIR/state
    AGENT=unix:$SIMULATOR_DIR/dstack.sock
    TAPPD=unix:$SIMULATOR_DIR/tappd.sock
    case " $* " in
    *' --os '*) ;;
    *) set -- --os 0.5.11 "$@" ;;
    esac
    mkfifo "$SIMULATOR_DIR/ready"
    case " $* " in
    *' --os 0.3.'*) ;; # had a tappd only
    *) set -- --listen "$AGENT" "$@" ;;
    esac
    "$SIMULATOR" --tappd "$TAPPD" --state "$STATE" "$@" \
        >"$SIMULATOR_DIR/ready" 2>"$SIMULATOR_DIR/log" &
    SIMULATOR_PID=$!
    # Its first line says that it listens; no line: it has ended.
    if ! read -r SIMULATOR_LINE <"$SIMULATOR_DIR/ready"; then
        cat "$SIMULATOR_DIR/log" >&2
        simulator_stop
        return 1
    fi
}
simulator_stop() {
    [ -z "$SIMULATOR_PID" ] || {
        kill "$SIMULATOR_PID" 2>/dev/null
        wait "$SIMULATOR_PID" 2>/dev/null
    }
    SIMULATOR_PID=
    [ -z "$SIMULATOR_DIR" ] || rm -rf "$SIMULATOR_DIR"
}
