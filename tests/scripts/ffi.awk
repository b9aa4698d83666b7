# SPDX-License-Identifier: Apache-2.0
# Refuses in public declarations what bindings cannot express or what freezes
# too much: see "How a public function looks" in the design.
BEGIN { FS = "\t" }
function bad(why) {
    print $1 ": " why ": " substr($2, 1, 120)
    failed = 1
}
$2 ~ /\.\.\./ { bad("varargs") }
$2 ~ /(^|[^A-Za-z0-9_])union([^A-Za-z0-9_]|$)/ { bad("union") }
$2 ~ /(^|[^A-Za-z0-9_])(long|bool|_Bool|time_t|FILE|float|double|wchar_t|off_t|ssize_t)([^A-Za-z0-9_]|$)/ {
    bad("type with no one size")
}
$2 ~ /(^|[^A-Za-z0-9_])(static|inline|__inline|__inline__)([^A-Za-z0-9_]|$)/ {
    bad("inline or static")
}
$2 ~ /[A-Za-z0-9_] ?: ?[0-9]+ ?;/ { bad("bit-field") }
$2 ~ /\( ?\*/ && $1 !~ /\/(alloc|replay|transport)\.h$/ { bad("function pointer") }
$2 ~ /^EXPORT / {
    if ($2 ~ /(^|[^A-Za-z0-9_])enum /)
        bad("enum in a signature")
    if ($2 !~ /(^|[ *])dstack_[a-z0-9_]+ ?\(/)
        bad("name does not begin with dstack_")
    check_params($2)
    functions++
}
$2 !~ /^EXPORT / && $2 !~ /^(typedef|enum|struct|extern "C")/ {
    bad("neither exported nor a type")
}
# A dstack_ type travels by pointer alone.
function check_params(d,   list, n, i, p) {
    list = d
    sub(/^[^(]*\(/, "", list)
    sub(/\) ?;$/, "", list)
    n = split(list, p, ",")
    for (i = 1; i <= n; i++)
        if (p[i] ~ /(^| )(struct )?dstack_[a-z0-9_]+ / && p[i] !~ /\*/)
            bad("struct by value")
    sub(/^EXPORT /, "", d)
    sub(/\(.*/, "", d)
    if (d ~ /(^| )(struct )?dstack_[a-z0-9_]+ dstack_/)
        bad("struct returned by value")
}
END {
    if (functions == 0) {
        print "no exported function found"
        failed = 1
    }
    exit failed
}
