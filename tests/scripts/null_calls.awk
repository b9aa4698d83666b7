# SPDX-License-Identifier: Apache-2.0
# null_calls.awk MUST PROTOTYPES: a C program that calls each function with
# nothing and looks at what it says. MUST lists those whose code has to be
# looked at.
BEGIN {
    print "#include <stdio.h>"
    print "#include <dstack/dstack.h>"
    print "static int failed;"
    print "static void"
    print "ask(const char *name)"
    print "{"
    print "    printf(\"%s()\", name);"
    print "    fflush(stdout);"
    print "}"
    print "static void"
    print "told(int ok)"
    print "{"
    print "    puts(ok ? \" ok\" : \" gives something else than it should\");"
    print "    failed |= !ok;"
    print "}"
    print "int"
    print "main(void)"
    print "{"
}
FNR == NR {
    must[$1] = 1
    next
}
{
    name = $0
    sub(/\(.*/, "", name)
    type = name
    sub(/.*[ *]/, "", name)
    sub(/[a-z0-9_]*$/, "", type)
    sub(/ $/, "", type)
    list = $0
    sub(/^[^(]*\(/, "", list)
    n = split(list, params, ",")
    # NULL is an allocator of its own: libc's.
    if (params[1] !~ /\*/ || name == "dstack_set_allocator")
        next
    call = name "(0"
    for (i = 2; i <= n; i++)
        call = call ", 0"
    call = call ")"
    printf "    ask(\"%s\");\n", name
    if (type == "void")
        printf "    %s;\n    told(1);\n", call
    else
        printf "    { %s%sr = %s; told(%s); }\n", type,
            type ~ /\*$/ ? "" : " ", call, wanted()
}
# What is said of an object that is not there.
function wanted() {
    if (name in must)
        return "r == DSTACK_ERR_ARG"
    if (type ~ /char \*$/)
        return "!r || !*r"
    if (type == "int" || type == "int64_t")
        return "r == 0 || r == -1"
    return "r == 0"
}
END {
    print "    return failed;"
    print "}"
}
