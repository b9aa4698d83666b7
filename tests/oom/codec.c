/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/json.h"
#include "codec/pem.h"
#include "dstack/error.h"
#include "oom/oom.h"

static const char document[] =
    "{\"name\":\"a\\u00e9b\",\"levels\":[{\"svn\":1},{\"svn\":2},[true,null,"
    "-1.5e3,\"x\"]],\"deep\":{\"a\":{\"b\":{\"c\":{\"d\":[[[[1]]]]}}}},"
    "\"n1\":1,\"n2\":2,\"n3\":3,\"n4\":4,\"n5\":5,\"n6\":6,\"n7\":7,\"n8\":8,"
    "\"n9\":9,\"n10\":10,\"n11\":11,\"n12\":12,\"n13\":13,\"n14\":14}";

/* Two literals: "b" would be read as a digit of the escape. */
static const char decoded[] = "a\xc3\xa9"
                              "b";

static int
json_run(void)
{
    dstack_error err;
    ds_json *j = NULL;
    ds_jv v = DS_JSON_NONE;
    uint64_t number = 0;
    ds_buf text;
    int rc;

    ds_buf_init(&text, 100);
    rc = ds_json_parse(ds_view_str(document), "document", &j, &err);
    if (rc != DSTACK_OK)
        goto out;
    rc = ds_json_need(j, 0, "n14", &v, &err);
    if (rc != DSTACK_OK)
        goto out;
    rc = ds_json_u64(j, v, 100, &number, &err);
    if (rc != DSTACK_OK)
        goto out;
    rc = ds_json_string_buf(j, ds_json_get(j, 0, "name"), &text, &err);
    if (rc != DSTACK_OK)
        goto out;
    if (number != 14 || !ds_view_eq_str(ds_view_of(text.p, text.n), decoded))
        rc = OOM_WRONG;
out:
    if (rc < 0 && err.code != rc)
        rc = OOM_WRONG;
    ds_json_free(j);
    ds_buf_free(&text);
    return rc;
}

static int
json_minify_run(void)
{
    ds_buf out;
    int rc = 0;

    ds_buf_init(&out, 1000);
    ds_json_minify(ds_view_str(" { \"a\" : [ 1 , 2 ] } "), &out);
    if (out.nomem)
        rc = DSTACK_ERR_NOMEM;
    else if (!ds_view_eq_str(ds_view_of(out.p, out.n), "{\"a\":[1,2]}"))
        rc = OOM_WRONG;
    ds_buf_free(&out);
    return rc;
}

static int
pem_run(void)
{
    static const char text[] =
        "-----BEGIN THING-----\n"
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj"
        "JCUmJygpKissLS4v\nMDEyMw==\n"
        "-----END THING-----\n";
    ds_pem pem;
    ds_buf out;
    int rc = 0, got;

    ds_buf_init(&out, 1000);
    ds_pem_init(&pem, ds_view_str(text));
    got = ds_pem_next(&pem, "THING", &out);
    if (out.nomem)
        rc = got == -1 ? DSTACK_ERR_NOMEM : OOM_WRONG;
    else if (got != 1 || out.n != 52 || out.p[51] != 0x33)
        rc = OOM_WRONG;
    ds_buf_free(&out);
    return rc;
}

const oom_scenario oom_codec[] = {
    {"codec.json", json_run, NULL},
    {"codec.json_minify", json_minify_run, NULL},
    {"codec.pem", pem_run, NULL},
    {NULL, NULL, NULL},
};
