#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Words that may not stand in the code (comments and strings aside): unsafe
# libc calls, bare allocation, and in the judging rooms anything that reads
# a clock, the environment, a file, a socket or a random generator.
failed=0
unsafe='sprintf|vsprintf|strcpy|stpcpy|strcat|strncat|strncpy|strtok|strtok_r|atoi|atol|atoll|atof|sscanf|scanf|fscanf|gets|alloca|mktemp|tmpnam|system|popen|setjmp|longjmp|signal|abort|exit'
memory='malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf'
outside='time|clock|clock_gettime|gettimeofday|localtime|gmtime|gmtime_r|timegm|mktime|getenv|secure_getenv|setenv|open|openat|fopen|fdopen|read|write|stat|socket|connect|rand|random|arc4random|getrandom|getentropy|randombytes_buf|printf|fprintf|puts|perror|fputs'

# check FILES-REGEX WORDS WHY [EXCEPT-REGEX]
check() {
    for f in $(echo "$files" | grep -E "$1" | grep -v -E "${4:-^$}"); do
        hits=$(awk -f tests/scripts/strip.awk "$f" |
            grep -nE "(^|[^A-Za-z0-9_.>])($2)[ ]*\\(")
        [ -z "$hits" ] || {
            echo "$hits" | sed "s|^|$f:|; s|\$|   <- $3|"
            failed=1
        }
    done
}

files=$(find lib include tools examples -name '*.[ch]' 2>/dev/null |
    LC_ALL=C sort)
check '^lib/|^include/' "$unsafe" 'banned in the library'
check '^lib/|^include/' "$memory" 'use ds_malloc and its kin' \
    '^lib/base/mem\.c$'
judges='base|codec|crypto|intel|nvidia|amd|aws|tpm|workload|verify'
check "^lib/($judges)/" "$outside" 'the judging rooms do no I/O'
check '^tools/|^examples/' \
    'sprintf|vsprintf|strcpy|strcat|strncat|strtok|atoi|atol|sscanf|gets|alloca|mktemp|tmpnam' \
    'banned'
for f in $files $(find tests -name '*.[ch]'); do
    hits=$(awk -f tests/scripts/strip.awk "$f" | grep -n '//')
    [ -z "$hits" ] || {
        echo "$hits" | sed "s|^|$f:|; s|\$|   <- /* */ comments only|"
        failed=1
    }
    head -n 2 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || {
        echo "$f:1: no SPDX line"
        failed=1
    }
done
exit $failed
