/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

static const struct {
    const char *name;
    int kind;
    int ms; /* takes an argument; the default */
    const char *help;
} kinds[] = {
    {"slow", FAULT_SLOW, 1000, "slow[:MS]     answers late (1000 ms)"},
    {"drip", FAULT_DRIP, 100,
        "drip[:MS]     answers byte by byte, one in MS (100 ms)"},
    {"silent", FAULT_SILENT, 0, "silent        never answers"},
    {"resetting", FAULT_RESETTING, 0,
        "resetting     breaks the connection instead of an answer"},
    {"truncated", FAULT_TRUNCATED, 0,
        "truncated     breaks the connection in the middle of the answer"},
    {"oversized", FAULT_OVERSIZED, 0,
        "oversized     an answer that never ends"},
    {"stale", FAULT_STALE, 0,
        "stale         closes the connection after each answer, unannounced"},
    {"reused", FAULT_REUSED, 0,
        "reused        breaks the connection at its second request"},
    {"html", FAULT_HTML, 0, "html          200 with an HTML page"},
    {"error500", FAULT_ERROR500, 0, "error500      500 with an HTML page"},
    {"malformed", FAULT_MALFORMED, 0,
        "malformed[:HOW]  JSON without its end; or malformed as HOW says"},
};

/* Answers that a client must not take (spec 1.6). */
static const sim_malform malforms[] = {
    {"cut", MALFORM_BODY, "@", 1, 0, false},
    {"odd_hex", MALFORM_FIRST, "\"@0\"", 0, 0, false},
    {"non_hex", MALFORM_FIRST, "\"@zz\"", 2, 0, false},
    {"hex_junk", MALFORM_FIRST, "\"@ junk\"", 0, 0, false},
    {"hex_prefix", MALFORM_FIRST, "\"0x@\"", 0, 0, false},
    {"long_key", MALFORM_FIRST, "\"@00\"", 0, 0, false},
    {"short_key", MALFORM_FIRST, "\"@\"", 2, 0, false},
    {"empty_key", MALFORM_FIRST, "\"\"", 0, 0, false},
    {"null_key", MALFORM_FIRST, "null", 0, 0, false},
    {"number_key", MALFORM_FIRST, "1", 0, 0, false},
    {"bool_key", MALFORM_FIRST, "true", 0, 0, false},
    {"array_key", MALFORM_FIRST, "[\"@\"]", 0, 0, false},
    {"object_key", MALFORM_FIRST, "{\"#\":\"@\"}", 0, 0, false},
    {"missing_key", MALFORM_FIRST, NULL, 0, 0, false},
    {"dup_key", MALFORM_FIRST, "\"@\",\"#\":\"@\"", 0, 0, false},
    {"proto", MALFORM_FIRST, "\"@\",\"__proto__\":{\"#\":\"00\"}", 0, 0, false},
    {"proto_key", MALFORM_FIRST, "\"\",\"__proto__\":{\"#\":\"@\"}", 0, 0,
        false},
    {"nul_key", MALFORM_FIRST, "\"@\\u0000\"", 0, 0, false},
    {"bad_utf8", MALFORM_FIRST, "\"@\xff\"", 0, 0, false},
    {"bad_escape", MALFORM_FIRST, "\"@\\x\"", 0, 0, false},
    {"chain_null", MALFORM_LIST, "null", 0, 0, false},
    {"chain_missing", MALFORM_LIST, NULL, 0, 0, false},
    {"chain_string", MALFORM_LIST, "\"00\"", 0, 0, false},
    {"chain_empty", MALFORM_LIST, "[]", 0, 0, false},
    {"chain_element_null", MALFORM_LIST, "[null]", 0, 0, false},
    {"chain_element_non_hex", MALFORM_LIST, "[\"zz\"]", 0, 0, false},
    {"chain_long", MALFORM_LIST, "@,\"00\"]", 1, 0, false},
    {"array_body", MALFORM_BODY, "[@]", 0, 0, false},
    {"string_body", MALFORM_BODY, "\"ok\"", 0, 0, false},
    {"null_body", MALFORM_BODY, "null", 0, 0, false},
    {"empty_object", MALFORM_BODY, "{}", 0, 0, false},
    {"empty_body", MALFORM_BODY, "", 0, 0, false},
    {"half_body", MALFORM_BODY, "@", SIZE_MAX, 0, false},
    {"trailing", MALFORM_BODY, "@@", 0, 0, false},
    {"bom", MALFORM_BODY, "\xef\xbb\xbf@", 0, 0, false},
    {"error_200", MALFORM_BODY, "{\"error\":\"not today\"}", 0, 200, false},
    {"error_400", MALFORM_BODY, "{\"error\":\"not today\"}", 0, 400, false},
    {"error_object", MALFORM_BODY,
        "{\"error\":{\"code\":400,\"reason\":\"x\",\"description\":\"y\"}}", 0,
        400, false},
    {"html_404", MALFORM_BODY, "<html><body>404</body></html>", 0, 404, true},
    {"huge_key", MALFORM_FIRST, "\"@%\"", 0, 0, false},
};

void
sim_fault_help(void)
{
    size_t column = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        printf("  %s\n", kinds[i].help);
    printf("  HOW is FIELD=JSON (nothing: left out), or one of\n   ");
    for (size_t i = 0; i < sizeof malforms / sizeof malforms[0]; i++) {
        size_t n = strlen(malforms[i].name) + 1;

        if (column + n > 72) {
            printf("\n   ");
            column = 0;
        }
        printf(" %s", malforms[i].name);
        column += n;
    }
    printf("\n");
}

static bool
parse_how(const char *how, sim_fault *f)
{
    const char *equals = strchr(how, '=');
    size_t n = equals ? (size_t)(equals - how) : 0;

    if (n != 0 && n < sizeof f->field) {
        memcpy(f->field, how, n);
        f->how.name = "field";
        f->how.what = MALFORM_FIELD;
        f->how.raw = equals[1] ? equals + 1 : NULL;
        return true;
    }
    for (size_t i = 0; i < sizeof malforms / sizeof malforms[0]; i++)
        if (strcmp(how, malforms[i].name) == 0) {
            f->how = malforms[i];
            return true;
        }
    return false;
}

static bool
parse_ms(const char *text, int *ret)
{
    char *end;
    long ms = strtol(text, &end, 10);

    *ret = (int)ms;
    return isdigit((unsigned char)text[0]) && *end == 0 && ms <= 3600000;
}

bool
sim_fault_parse(const char *text, sim_fault *ret)
{
    size_t n = strcspn(text, "/:");
    const char *argument;
    size_t i = 0;

    memset(ret, 0, sizeof *ret);
    if (text[n] == '/') {
        if (n == 0 || n >= sizeof ret->method)
            return false;
        memcpy(ret->method, text, n);
        text += n + 1;
        n = strcspn(text, ":");
    }
    argument = text[n] ? text + n + 1 : NULL;
    while (i < sizeof kinds / sizeof kinds[0] &&
           (strlen(kinds[i].name) != n || strncmp(text, kinds[i].name, n) != 0))
        i++;
    if (i == sizeof kinds / sizeof kinds[0])
        return false;
    ret->kind = kinds[i].kind;
    ret->ms = kinds[i].ms;
    if (ret->kind == FAULT_MALFORMED)
        return parse_how(argument ? argument : "cut", ret);
    return !argument || (ret->ms != 0 && parse_ms(argument, &ret->ms));
}
