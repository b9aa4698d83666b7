#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Words that may not stand in the code (comments and strings aside): unsafe
# libc calls, bare allocation, and in the judging rooms anything that reads
# a clock, the environment, a file, a socket or a random generator.
failed=0
unsafe='sprintf|vsprintf|strcpy|stpcpy|strcat|strncat|strncpy|strtok|strtok_r|atoi|atol|atoll|atof|sscanf|scanf|fscanf|gets|alloca|mktemp|tmpnam|system|popen|setjmp|longjmp|signal|abort|exit'
careless='sprintf|vsprintf|strcpy|strcat|strncat|strtok|atoi|atol|sscanf|gets|alloca|mktemp|tmpnam'
memory='malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf'
outside='time|clock|clock_gettime|gettimeofday|localtime|gmtime|gmtime_r|timegm|mktime|getenv|secure_getenv|setenv|open|openat|fopen|fdopen|read|write|stat|socket|connect|rand|random|arc4random|getrandom|getentropy|randombytes_buf|printf|fprintf|puts|perror|fputs'

judges='base|codec|crypto|intel|nvidia|amd|aws|tpm|workload|verify'

code=$(mktemp)
trap 'rm -f "$code"' EXIT
# refuse WORDS WHY: none of these is called in the code of $f.
refuse() {
    grep -nE "(^|[^A-Za-z0-9_.>])($1)[ ]*\\(" "$code" |
        sed "s|^|$f:|; s|\$|   <- $2|" | grep . && failed=1
}

for f in $(find lib include tools examples tests -name '*.[ch]' 2>/dev/null |
    LC_ALL=C sort); do
    awk -f tests/scripts/strip.awk "$f" >"$code"
    case $f in
    lib/base/mem.c) refuse "$unsafe" 'banned in the library' ;;
    lib/* | include/*)
        refuse "$unsafe" 'banned in the library'
        refuse "$memory" 'use ds_malloc and its kin' ;;
    tools/* | examples/*) refuse "$careless" 'banned' ;;
    esac
    case $f in
    lib/crypto/random.c) ;; # what the rooms that handle secrets draw from
    *) if echo "$f" | grep -qE "^lib/($judges)/"; then
           refuse "$outside" 'the judging rooms do no I/O'
       fi ;;
    esac
    if echo "$f" | grep -qE '^lib/(base|codec|intel|nvidia|amd|aws|tpm|workload|verify)/'; then
        refuse ds_random 'judging is deterministic'
    fi
    if grep -n '//' "$code"; then
        echo "$f: /* */ comments only"
        failed=1
    fi
    head -n 2 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || {
        echo "$f:1: no SPDX line"
        failed=1
    }
done
exit $failed
