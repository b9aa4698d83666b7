/* SPDX-License-Identifier: Apache-2.0 */
#include "support/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/ecdsa.h"

enum {
    MAX_FILE = 8 << 20
};

void
vec_open(vec *v, const char *name)
{
    char path[256];
    size_t n = 0;
    FILE *f;

    snprintf(path, sizeof path, "tests/vectors/%s", name);
    v->text = calloc(1, MAX_FILE);
    assert_non_null(v->text);
    f = fopen(path, "rb");
    if (f) {
        n = fread(v->text, 1, MAX_FILE - 1, f);
        fclose(f);
    }
    if (n == 0)
        fail_msg("%s cannot be read; tests run in the project's root", path);
    v->rest = v->text;
}

int
vec_next(vec *v)
{
    char *line, *word, *save = NULL;
    int n = 0;

    do {
        if (*v->rest == 0)
            return 0;
        line = v->rest;
        v->rest = strchr(line, '\n');
        assert_non_null(v->rest);
        *v->rest++ = 0;
    } while (line[0] == '#' || line[0] == 0);
    for (word = strtok_r(line, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        assert_true(n < VEC_WORDS);
        v->word[n++] = word;
    }
    return n;
}

void
vec_close(vec *v)
{
    free(v->text);
}

ds_view
vec_bytes(const char *word)
{
    size_t n = strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;
    uint8_t *p = malloc(n ? n : 1);

    assert_non_null(p);
    if (n > 0 && !ds_hex_decode(ds_view_str(word), p, n))
        fail_msg("a vector's word is not hex");
    return ds_view_of(p, n);
}

void
vec_free(ds_view bytes)
{
    uint8_t *p;

    memcpy(&p, &bytes.p, sizeof p);
    free(p);
}

int
vec_curve(const char *word)
{
    static const struct {
        const char *name;
        int curve;
    } known[] = {{"P-256", DS_P256}, {"P-384", DS_P384},
        {"secp256k1", DS_SECP256K1}, {"-", 0}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(word, known[i].name) == 0)
            return known[i].curve;
    fail_msg("%s is not a curve", word);
    return 0;
}

ds_view
vec_real(const char *name)
{
    const char *folder = getenv("DSTACK_VECTORS");
    uint8_t *p = NULL;
    char path[512];
    size_t n = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/vectors",
        name);
    f = fopen(path, "rb");
    if (!f) {
        print_message("skipped: %s is not there\n", path);
        skip();
    } else {
        p = malloc(MAX_FILE);
        assert_non_null(p);
        n = fread(p, 1, MAX_FILE, f);
        fclose(f);
    }
    return ds_view_of(p, n);
}
