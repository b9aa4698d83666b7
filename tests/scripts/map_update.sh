#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rewrites the last node of each map, which is the unreleased one, from the
# public headers. `map_update.sh names MAP` only says which names the library
# of that map exports. A function defined in a room with sockets is libdstack's
# alone.
names() {
    case $1 in
    *-verify.map)
        for n in $(tests/scripts/declarations.sh names); do
            grep -lq "^$n(" lib/net/*.c lib/agent/*.c lib/fetch/*.c \
                2>/dev/null || echo "$n"
        done ;;
    *) tests/scripts/declarations.sh names ;;
    esac
}

if [ "$1" = names ]; then
    names "$2"
    exit
fi
new=$(mktemp)
trap 'rm -f "$new"' EXIT
for map in lib/libdstack-verify.map lib/libdstack.map; do
    names "$map" | awk -v map="$map" '
    { wanted[++n] = $1 }
    END {
        while ((getline line < map) > 0) {
            text[++lines] = line
            if (line ~ /^DSTACK_[0-9.]* *\{/)
                last = lines
        }
        for (i = 1; i < last; i++) {
            print text[i]
            name = text[i]
            gsub(/[ \t;]/, "", name)
            released[name] = 1
        }
        print text[last]
        print "global:"
        for (i = 1; i <= n; i++)
            if (!(wanted[i] in released))
                print "    " wanted[i] ";"
        # Only the first node hides the rest.
        if (text[last] && last == first_node())
            print "local:\n    *;"
        print text[lines]
    }
    function first_node(   i) {
        for (i = 1; i <= lines; i++)
            if (text[i] ~ /^DSTACK_[0-9.]* *\{/)
                return i
    }' >"$new" && { cmp -s "$new" "$map" || cat "$new" >"$map"; }
done
