# SPDX-License-Identifier: Apache-2.0
# Blanks block comments, strings and character constants, keeping the lines.
{
    out = ""
    for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        two = substr($0, i, 2)
        if (comment) {
            if (two == "*/") {
                comment = 0
                i++
            }
        } else if (quote != "") {
            if (c == "\\")
                i++
            else if (c == quote) {
                quote = ""
                out = out c
            }
        } else if (two == "/*") {
            comment = 1
            out = out " "
            i++
        } else {
            if (c == "\"" || c == "'")
                quote = c
            out = out c
            if (two == "//") {
                out = out "/"
                break
            }
        }
    }
    quote = ""
    print out
}
