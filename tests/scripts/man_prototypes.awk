# SPDX-License-Identifier: Apache-2.0
# The prototypes in the SYNOPSIS of an mdoc page, one a line, in the form of
# `declarations.sh prototypes`. Knows .Ft, .Fn and .Fo/.Fa/.Fc.
/^\.Sh / { synopsis = $2 == "SYNOPSIS"; next }
!synopsis { next }
/^\.Ft / {
    type = substr($0, 5)
    gsub(/"/, "", type)
    next
}
/^\.F[no] / {
    n = arguments(substr($0, 5))
    name = arg[1]
    list = ""
    for (i = 2; i <= n; i++)
        list = list (list == "" ? "" : ", ") arg[i]
    if ($1 == ".Fn")
        say()
    next
}
/^\.Fa / {
    n = arguments(substr($0, 5))
    for (i = 1; i <= n; i++)
        list = list (list == "" ? "" : ", ") arg[i]
    next
}
/^\.Fc/ { say() }
# Splits into arg[]: words, or "quoted words"; returns how many.
function arguments(text,   n, end) {
    n = 0
    while (text != "") {
        sub(/^ +/, "", text)
        if (text == "")
            break
        if (substr(text, 1, 1) == "\"") {
            text = substr(text, 2)
            end = index(text, "\"")
        } else
            end = index(text, " ")
        if (end == 0)
            end = length(text) + 1
        arg[++n] = substr(text, 1, end - 1)
        text = substr(text, end + 1)
    }
    return n
}
function say(   d) {
    d = type " " name "(" (list == "" ? "void" : list) ");"
    gsub(/ ?\* ?/, " *", d)
    while (gsub(/\* \*/, "**", d)) {
    }
    print d
}
