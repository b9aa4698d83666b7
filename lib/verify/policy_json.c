/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "dstack/report_data.h"
#include "verify/policy.h"

/* A policy from a JSON document, dstack-policy(7). Each member is one setter;
 * what no setter takes is refused (row 144). */

typedef struct {
    const ds_json *j;
    dstack_policy *p;
    dstack_error *err;
} reader;

typedef struct member member;
typedef int
apply_fn(const reader *r, ds_jv v, const member *m);
typedef int
seconds_fn(dstack_policy *policy, int64_t s, dstack_error *err);
typedef int
id_fn(dstack_policy *policy, const char *id, dstack_error *err);
typedef int
field_fn(dstack_policy *policy, const char *name, const uint8_t *value,
    size_t value_len, dstack_error *err);

struct member {
    const char *name;
    apply_fn *apply;
    int arg;
    union {
        void (*accept)(dstack_policy *policy);
        seconds_fn *seconds;
        id_fn *id;
        field_fn *field;
    } set;
};

/* ---- failing ----------------------------------------------------------------- */

/* What a setter said about the value at v. */
static int
setter_said(const reader *r, ds_jv v, int rc, const dstack_error *e)
{
    static const char prefix[] = "policy: ";
    const char *text = e->message;

    if (rc == DSTACK_OK)
        return rc;
    if (rc == DSTACK_ERR_NOMEM)
        return ds_fail_nomem(r->err);
    if (strncmp(text, prefix, sizeof prefix - 1) == 0)
        text += sizeof prefix - 1;
    return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err, "%s", text);
}

#define NAME_MAX_LEN 64

/* Levenshtein's distance; the caller keeps both within NAME_MAX_LEN. */
static size_t
distance(ds_view a, const char *b)
{
    uint8_t row[NAME_MAX_LEN + 1];
    size_t n = strlen(b);

    for (size_t k = 0; k <= n; k++)
        row[k] = (uint8_t)k;
    for (size_t i = 0; i < a.n; i++) {
        uint8_t corner = row[0];

        row[0] = (uint8_t)(i + 1);
        for (size_t k = 0; k < n; k++) {
            uint8_t best = (uint8_t)(corner + (a.p[i] != (uint8_t)b[k]));

            corner = row[k + 1];
            if (row[k] + 1 < best)
                best = (uint8_t)(row[k] + 1);
            if (corner + 1 < best)
                best = (uint8_t)(corner + 1);
            row[k + 1] = best;
        }
    }
    return row[n];
}

/* The i-th name that would have been right, NULL after the last. */
typedef const char *
name_at(size_t i);

/* The nearest name, if a slip of the hand explains the difference. */
static const char *
nearest(ds_view name, name_at *at)
{
    const char *best = NULL;
    const char *candidate;
    size_t least = name.n / 4 < 2 ? 3 : name.n / 4 + 1;

    if (name.n > NAME_MAX_LEN)
        return NULL;
    for (size_t i = 0; (candidate = at(i)) != NULL; i++) {
        size_t d = distance(name, candidate);

        if (d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}

static int
fail_unknown(const reader *r, ds_jv v, const char *what, name_at *at)
{
    const char *hint = nearest(ds_json_name(r->j, v), at);

    return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_UNKNOWN_KEY, r->err,
        "there is no %s of this name%s%s%s", what,
        hint ? "; did you mean \"" : "", hint ? hint : "", hint ? "\"?" : "");
}

/* ---- reading ----------------------------------------------------------------- */

/* A short string as NUL-terminated text. */
static int
read_text(const reader *r, ds_jv v, char out[NAME_MAX_LEN + 1])
{
    ds_view text;
    int rc = ds_json_string(r->j, v, NAME_MAX_LEN, &text, r->err);

    if (rc != DSTACK_OK)
        return rc;
    if (text.n != 0)
        memcpy(out, text.p, text.n);
    out[text.n] = 0;
    return DSTACK_OK;
}

/* The index of the string at v among names. */
static int
read_choice(const reader *r, ds_jv v, const char *what,
    const char *const *names, size_t count, uint32_t *ret)
{
    char text[NAME_MAX_LEN + 1];
    char quoted[40];
    int rc = read_text(r, v, text);
    int i;

    if (rc != DSTACK_OK)
        return rc;
    i = ds_policy_find_name(names, count, text);
    if (i < 0)
        return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
            "there is no %s \"%s\"", what,
            ds_err_quote(ds_view_str(text), quoted));
    *ret = (uint32_t)i;
    return DSTACK_OK;
}

typedef int
element_fn(const reader *r, ds_jv v, const member *m, void *ctx);

static int
each_element(
    const reader *r, ds_jv v, element_fn *apply, const member *m, void *ctx)
{
    int rc = ds_json_expect(r->j, v, DS_JSON_ARRAY, r->err);
    ds_jv e;

    for (e = ds_json_first(r->j, v); rc == DSTACK_OK && e != DS_JSON_NONE;
         e = ds_json_next(r->j, e))
        rc = apply(r, e, m, ctx);
    return rc;
}

/* The same for a list that means something only with an entry. */
static int
each_of_some(
    const reader *r, ds_jv v, element_fn *apply, const member *m, void *ctx)
{
    if (ds_json_type(r->j, v) == DS_JSON_ARRAY && ds_json_count(r->j, v) == 0)
        return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
            "the list is empty; leave the member out to ask nothing");
    return each_element(r, v, apply, m, ctx);
}

/* ---- TCB ------------------------------------------------------------------- */

static const char *const part_names[DS_OF_COUNT] = {"all", "platform", "module",
    "qe", "launch", "current", "platform_current", "module_current"};

static const char *
part_at(size_t i)
{
    return i < DS_OF_COUNT ? part_names[i] : NULL;
}

static int
accept_status(const reader *r, ds_jv v, const member *m, void *ctx)
{
    const uint32_t *part = ctx;
    char text[NAME_MAX_LEN + 1];
    char quoted[40];
    dstack_error e;
    uint32_t status;
    int rc = read_text(r, v, text);

    (void)m;
    if (rc != DSTACK_OK)
        return rc;
    status = dstack_tcb_status_parse(text);
    if (status == DSTACK_TCB_UNKNOWN)
        return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
            "there is no TCB status \"%s\"",
            ds_err_quote(ds_view_str(text), quoted));
    rc = dstack_policy_accept_tcb_status(r->p, *part, status, &e);
    return setter_said(r, v, rc, &e);
}

static int
require_part(const reader *r, ds_jv v, const member *m, void *ctx)
{
    uint32_t part = 0;
    dstack_error e;
    int rc = read_choice(r, v, "part", part_names, DS_OF_COUNT, &part);

    (void)m;
    (void)ctx;
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_tcb_status(r->p, part, &e);
    return setter_said(r, v, rc, &e);
}

/* Naming a part judges it, also with an empty list. */
static int
accept_part(const reader *r, ds_jv v, const member *m)
{
    uint32_t part = 0;
    dstack_error e;
    int rc;

    while (part < DS_OF_COUNT && !ds_json_name_is(r->j, v, part_names[part]))
        part++;
    if (part == DS_OF_COUNT)
        return fail_unknown(r, v, "part", part_at);
    rc = dstack_policy_require_tcb_status(r->p, part, &e);
    if (rc != DSTACK_OK)
        return setter_said(r, v, rc, &e);
    return each_element(r, v, accept_status, m, &part);
}

static int
apply_statuses(const reader *r, ds_jv v, const member *m)
{
    uint32_t all = DSTACK_OF_ALL;
    int rc = DSTACK_OK;
    ds_jv e;

    if (ds_json_type(r->j, v) != DS_JSON_OBJECT)
        return each_element(r, v, accept_status, m, &all);
    for (e = ds_json_first(r->j, v); rc == DSTACK_OK && e != DS_JSON_NONE;
         e = ds_json_next(r->j, e))
        rc = accept_part(r, e, m);
    return rc;
}

static int
apply_required_parts(const reader *r, ds_jv v, const member *m)
{
    return each_element(r, v, require_part, m, NULL);
}

static int
add_id(const reader *r, ds_jv v, const member *m, void *ctx)
{
    char text[NAME_MAX_LEN + 1];
    dstack_error e;
    int rc = read_text(r, v, text);

    (void)ctx;
    if (rc != DSTACK_OK)
        return rc;
    rc = m->set.id(r->p, text, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_ids(const reader *r, ds_jv v, const member *m)
{
    return each_element(r, v, add_id, m, NULL);
}

static int
apply_seconds(const reader *r, ds_jv v, const member *m)
{
    uint64_t seconds;
    dstack_error e;
    int rc = ds_json_u64(r->j, v, INT64_MAX, &seconds, r->err);

    if (rc != DSTACK_OK)
        return rc;
    rc = m->set.seconds(r->p, (int64_t)seconds, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_eval(const reader *r, ds_jv v, const member *m)
{
    uint64_t minimum;
    dstack_error e;
    int rc = ds_json_u64(r->j, v, UINT32_MAX, &minimum, r->err);

    (void)m;
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_eval_number(r->p, (uint32_t)minimum, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_date(const reader *r, ds_jv v, const member *m)
{
    int64_t date;
    dstack_error e;
    int rc = ds_json_time(r->j, v, &date, r->err);

    (void)m;
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_tcb_date(r->p, date, &e);
    return setter_said(r, v, rc, &e);
}

enum {
    CRL_ROOT = 0,
    CRL_PCK = 1
};

/* A document may set a floor for one CRL alone. */
static int
apply_crl_number(const reader *r, ds_jv v, const member *m)
{
    ds_floor *f = m->arg == CRL_ROOT ? &r->p->root_crl : &r->p->pck_crl;
    int rc = ds_json_u64(r->j, v, UINT64_MAX, &f->least, r->err);

    f->on = rc == DSTACK_OK;
    return rc;
}

/* ---- platform ---------------------------------------------------------------- */

static int
apply_flag(const reader *r, ds_jv v, const member *m)
{
    static const char *const rules[] = {
        [DSTACK_FLAG_ANY] = "any",
        [DSTACK_FLAG_FORBIDDEN] = "forbidden",
        [DSTACK_FLAG_REQUIRED] = "required",
    };
    uint32_t rule = 0;
    dstack_error e;
    int rc = read_choice(r, v, "rule", rules, 3, &rule);

    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_platform_flag(
        r->p, ds_policy_flags[m->arg], rule, &e);
    return setter_said(r, v, rc, &e);
}

static int
add_type(const reader *r, ds_jv v, const member *m, void *ctx)
{
    static const char *const types[] = {
        "Standard", "Scalable", "Scalable with Integrity"};
    uint32_t type = 0;
    dstack_error e;
    int rc = read_choice(r, v, "SGX type", types, 3, &type);

    (void)m;
    (void)ctx;
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_expect_sgx_type(r->p, type, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_types(const reader *r, ds_jv v, const member *m)
{
    return each_of_some(r, v, add_type, m, NULL);
}

/* ---- fields ------------------------------------------------------------------ */

static const char *
field_at(size_t i)
{
    return i < ds_policy_field_count ? ds_policy_fields[i].name : NULL;
}

static int
add_value(const reader *r, ds_jv v, const member *m, void *ctx)
{
    const size_t *field = ctx;
    uint8_t value[DS_RULE_VALUE];
    size_t n = ds_policy_field_size(*field);
    dstack_error e;
    ds_view text;
    int rc;

    if (ds_policy_field_is_text(*field)) {
        rc = ds_json_string(r->j, v, DS_RULE_VALUE, &text, r->err);
        if (rc != DSTACK_OK)
            return rc;
        rc = m->set.field(
            r->p, ds_policy_fields[*field].name, text.p, text.n, &e);
        return setter_said(r, v, rc, &e);
    }
    if (n == DS_FIELD_ANY) {
        rc = ds_json_string(r->j, v, (size_t)2 * DS_RULE_VALUE, &text, r->err);
        if (rc != DSTACK_OK)
            return rc;
        n = text.n / 2;
    }
    rc = ds_json_hex(r->j, v, value, n, r->err);
    if (rc != DSTACK_OK)
        return rc;
    rc = m->set.field(r->p, ds_policy_fields[*field].name, value, n, &e);
    return setter_said(r, v, rc, &e);
}

/* One member of expect or deny: a value, or a list of them. */
static int
apply_field(const reader *r, ds_jv v, const member *m)
{
    size_t field = 0;

    while (field < ds_policy_field_count &&
           !ds_json_name_is(r->j, v, ds_policy_fields[field].name))
        field++;
    if (field == ds_policy_field_count)
        return fail_unknown(r, v, "field", field_at);
    if (ds_json_type(r->j, v) == DS_JSON_STRING)
        return add_value(r, v, m, &field);
    return each_of_some(r, v, add_value, m, &field);
}

static const char *
floor_at(size_t i)
{
    return i < DS_FLOOR_COUNT ? ds_policy_floors[i] : NULL;
}

static int
apply_floor(const reader *r, ds_jv v, const member *m)
{
    uint64_t least;
    dstack_error e;
    size_t i = 0;
    int rc;

    (void)m;
    while (floor_at(i) && !ds_json_name_is(r->j, v, floor_at(i)))
        i++;
    if (!floor_at(i))
        return fail_unknown(r, v, "integer field", floor_at);
    rc = ds_json_u64(r->j, v, UINT64_MAX, &least, r->err);
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_minimum(r->p, floor_at(i), least, &e);
    return setter_said(r, v, rc, &e);
}

static const char *
svn_at(size_t i)
{
    return i < DS_SVN_COUNT ? ds_policy_svns[i] : NULL;
}

static int
apply_svn(const reader *r, ds_jv v, const member *m)
{
    uint8_t value[16];
    dstack_error e;
    size_t i = 0;
    int rc;

    (void)m;
    while (svn_at(i) && !ds_json_name_is(r->j, v, svn_at(i)))
        i++;
    if (!svn_at(i))
        return fail_unknown(r, v, "SVN field", svn_at);
    rc = ds_json_hex(r->j, v, value, sizeof value, r->err);
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_minimum_svn(
        r->p, svn_at(i), value, sizeof value, &e);
    return setter_said(r, v, rc, &e);
}

/* What the members of an object are. */
enum {
    OBJECT_FIELDS = 0,
    OBJECT_FLOORS,
    OBJECT_SVNS
};

static int
apply_object(const reader *r, ds_jv v, const member *m)
{
    static apply_fn *const members[] = {apply_field, apply_floor, apply_svn};
    int rc = ds_json_expect(r->j, v, DS_JSON_OBJECT, r->err);
    ds_jv e;

    for (e = ds_json_first(r->j, v); rc == DSTACK_OK && e != DS_JSON_NONE;
         e = ds_json_next(r->j, e))
        rc = members[m->arg](r, e, m);
    return rc;
}

static const char *
content_at(size_t i)
{
    static const char *const names[] = {
        "tag", "hash", "content", "content_hex", NULL};

    return names[i];
}

/* The content, decoded from JSON text or from hex. */
static int
read_content(const reader *r, ds_jv v, ds_buf *out)
{
    ds_jv text = ds_json_get(r->j, v, "content");
    ds_jv hex = ds_json_get(r->j, v, "content_hex");
    ds_view digits;
    int rc;

    if ((text == DS_JSON_NONE) == (hex == DS_JSON_NONE))
        return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
            "expected one of \"content\" and \"content_hex\"");
    if (hex == DS_JSON_NONE)
        return ds_json_string_buf(r->j, text, out, r->err);
    rc = ds_json_string(r->j, hex, DS_MAX_POLICY, &digits, r->err);
    if (rc == DSTACK_OK && !ds_hex_decode_buf(digits, out))
        rc = out->nomem ? ds_fail_nomem(r->err)
                        : ds_json_fail(r->j, hex, DSTACK_REASON_POLICY_JSON,
                              r->err, "expected pairs of hex digits");
    return rc;
}

/* With a colon in it, one tag's content could be another's. */
static int
read_tag(const reader *r, ds_jv v, char tag[NAME_MAX_LEN + 1])
{
    int rc = read_text(r, v, tag);

    if (rc == DSTACK_OK && tag[strcspn(tag, ":")] != 0)
        rc = ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
            "a tag has no colon; the one behind it is put there");
    return rc;
}

/* {"tag", "hash", "content"}: what a quote was asked for over content. */
static int
hash_content(const reader *r, ds_jv v, uint8_t data[DS_FIELD_VALUE])
{
    char tag[NAME_MAX_LEN + 1] = "app-data";
    char hash[NAME_MAX_LEN + 1] = "sha512";
    ds_jv named;
    ds_buf content;
    dstack_error e;
    int rc = DSTACK_OK;

    for (ds_jv k = ds_json_first(r->j, v); k != DS_JSON_NONE;
         k = ds_json_next(r->j, k)) {
        size_t i = 0;

        while (content_at(i) && !ds_json_name_is(r->j, k, content_at(i)))
            i++;
        if (!content_at(i))
            return fail_unknown(r, k, "member of report data", content_at);
    }
    named = ds_json_get(r->j, v, "tag");
    if (named != DS_JSON_NONE)
        rc = read_tag(r, named, tag);
    named = ds_json_get(r->j, v, "hash");
    if (rc == DSTACK_OK && named != DS_JSON_NONE)
        rc = read_text(r, named, hash);
    if (rc != DSTACK_OK)
        return rc;
    ds_buf_init(&content, DS_MAX_POLICY);
    rc = read_content(r, v, &content);
    if (rc == DSTACK_OK) {
        rc = dstack_report_data_hash(tag,
            content.n != 0 ? content.p : (const uint8_t *)"", content.n, hash,
            data, &e);
        rc = setter_said(r, v, rc, &e);
    }
    ds_buf_free(&content);
    return rc;
}

static int
apply_report_data(const reader *r, ds_jv v, const member *m)
{
    uint8_t data[DS_FIELD_VALUE];
    dstack_error e;
    int rc = ds_json_type(r->j, v) == DS_JSON_OBJECT
                 ? hash_content(r, v, data)
                 : ds_json_hex(r->j, v, data, sizeof data, r->err);

    (void)m;
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_expect_report_data(r->p, data, sizeof data, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_prefix(const reader *r, ds_jv v, const member *m)
{
    uint8_t data[DS_FIELD_VALUE];
    size_t n;
    ds_view text;
    dstack_error e;
    int rc = ds_json_string(r->j, v, (size_t)2 * DS_FIELD_VALUE, &text, r->err);

    (void)m;
    if (rc != DSTACK_OK)
        return rc;
    n = text.n / 2;
    if (!ds_hex_decode(text, data, n))
        return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
            "expected pairs of hex digits");
    rc = dstack_policy_expect_report_data_prefix(r->p, data, n, &e);
    return setter_said(r, v, rc, &e);
}

/* ---- bits ------------------------------------------------------------------- */

typedef const char *
bit_name_fn(uint32_t bit);

/* Reserved bits have the name "", which is no name. */
static int
find_bit(bit_name_fn *name, const char *text)
{
    for (uint32_t i = 0; text[0] && i < 64; i++)
        if (strcmp(name(i), text) == 0)
            return (int)i;
    return -1;
}

static int
fail_bit(const reader *r, ds_jv v, const char *what, const char *text)
{
    char quoted[40];

    return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
        "there is no %s \"%s\"", what, ds_err_quote(ds_view_str(text), quoted));
}

/* A number is a bit of whatever the quote is of. */
static int
read_bit_number(const reader *r, ds_jv v, uint64_t bits[DS_BITS_COUNT])
{
    uint64_t bit;
    int rc = ds_json_u64(r->j, v, 63, &bit, r->err);

    if (rc == DSTACK_OK)
        bits[DS_BITS_ANY] |= UINT64_C(1) << bit;
    return rc;
}

static int
add_xfam_bit(const reader *r, ds_jv v, const member *m, void *ctx)
{
    uint64_t *bits = ctx;
    char text[NAME_MAX_LEN + 1] = "";
    int bit;
    int rc;

    (void)m;
    if (ds_json_type(r->j, v) == DS_JSON_NUMBER)
        return read_bit_number(r, v, bits);
    rc = read_text(r, v, text);
    if (rc != DSTACK_OK)
        return rc;
    bit = find_bit(dstack_xfam_name, text);
    if (bit < 0)
        return fail_bit(r, v, "XFAM bit", text);
    bits[DS_BITS_ANY] |= UINT64_C(1) << bit;
    return DSTACK_OK;
}

/* "td:" or "sgx:" before a name says whose it is; *name goes past it. */
static void
whose_name(const char **name, bool *td, bool *sgx)
{
    *td = strncmp(*name, "sgx:", 4) != 0;
    *sgx = strncmp(*name, "td:", 3) != 0;
    if (!*sgx)
        *name += 3;
    else if (!*td)
        *name += 4;
}

/* A name belongs to the TEE that has it. One that both have for different
 * bits needs its prefix, or a reader would have to guess. */
static int
add_attribute(const reader *r, ds_jv v, const member *m, void *ctx)
{
    uint64_t *bits = ctx;
    char text[NAME_MAX_LEN + 1] = "";
    const char *name = text;
    bool of_td;
    bool of_sgx;
    int td;
    int sgx;
    int rc;

    (void)m;
    if (ds_json_type(r->j, v) == DS_JSON_NUMBER)
        return read_bit_number(r, v, bits);
    rc = read_text(r, v, text);
    if (rc != DSTACK_OK)
        return rc;
    whose_name(&name, &of_td, &of_sgx);
    td = of_td ? find_bit(dstack_td_attribute_name, name) : -1;
    sgx = of_sgx ? find_bit(dstack_sgx_attribute_name, name) : -1;
    if (td < 0 && sgx < 0)
        return fail_bit(r, v, "attribute", text);
    if (td >= 0 && sgx >= 0)
        return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
            "a TD has %s at bit %d, an enclave at bit %d: write \"td:%s\" or "
            "\"sgx:%s\"",
            name, td, sgx, name, name);
    bits[td >= 0 ? DS_BITS_TD : DS_BITS_SGX] |= UINT64_C(1)
                                                << (td >= 0 ? td : sgx);
    return DSTACK_OK;
}

enum {
    BITS_CLEAR = 0,
    BITS_SET = 1
};

static int
apply_attributes(const reader *r, ds_jv v, const member *m)
{
    uint64_t bits[DS_BITS_COUNT] = {0};
    dstack_error e;
    int rc = each_element(r, v, add_attribute, m, bits);

    for (size_t i = 0; rc == DSTACK_OK && i < DS_BITS_COUNT; i++) {
        rc = ds_policy_require_bits(r->p, i, m->arg == BITS_SET ? bits[i] : 0,
            m->arg == BITS_SET ? 0 : bits[i], &e);
        if (rc != DSTACK_OK)
            return setter_said(r, v, rc, &e);
    }
    return rc;
}

static int
apply_accept_attributes(const reader *r, ds_jv v, const member *m)
{
    uint64_t bits[DS_BITS_COUNT] = {0};
    dstack_error e;
    int rc = each_element(r, v, add_attribute, m, bits);

    if (rc != DSTACK_OK)
        return rc;
    if (bits[DS_BITS_SGX] != 0)
        return ds_json_fail(r->j, v, DSTACK_REASON_POLICY_JSON, r->err,
            "these are attributes of a TD; for an enclave there are "
            "accept_debug and accept_provisioning_key");
    rc = dstack_policy_accept_attributes(
        r->p, bits[DS_BITS_ANY] | bits[DS_BITS_TD], &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_xfam(const reader *r, ds_jv v, const member *m)
{
    uint64_t bits[DS_BITS_COUNT] = {0};
    dstack_error e;
    int rc = each_of_some(r, v, add_xfam_bit, m, bits);

    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_xfam_mask(r->p, bits[DS_BITS_ANY], &e);
    return setter_said(r, v, rc, &e);
}

static int
add_rule(const reader *r, ds_jv v, const member *m, void *ctx)
{
    const char *names[32];
    uint32_t which = 0;
    dstack_error e;
    int rc;

    (void)m;
    (void)ctx;
    for (uint32_t i = 0; i < 32; i++)
        names[i] = dstack_workload_rule_name(i);
    rc = read_choice(r, v, "rule", names, 32, &which);
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_accept_workload_rule(r->p, which, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_rules(const reader *r, ds_jv v, const member *m)
{
    return each_element(r, v, add_rule, m, NULL);
}

/* One list of init scripts: hashes, in the order in which they run. */
static int
add_scripts(const reader *r, ds_jv v, const member *m, void *ctx)
{
    uint8_t hashes[DS_MAX_INIT_SCRIPTS + 1][32];
    size_t n = 0;
    dstack_error e;
    int rc = ds_json_expect(r->j, v, DS_JSON_ARRAY, r->err);

    (void)m;
    (void)ctx;
    for (ds_jv k = ds_json_first(r->j, v);
         rc == DSTACK_OK && k != DS_JSON_NONE && n <= DS_MAX_INIT_SCRIPTS;
         k = ds_json_next(r->j, k))
        rc = ds_json_hex(r->j, k, hashes[n++], sizeof hashes[0], r->err);
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_expect_init_scripts(r->p, hashes[0], n, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_scripts(const reader *r, ds_jv v, const member *m)
{
    return each_of_some(r, v, add_scripts, m, NULL);
}

static int
add_gpu_count(const reader *r, ds_jv v, const member *m, void *ctx)
{
    uint64_t n = 0;
    dstack_error e;
    int rc = ds_json_u64(r->j, v, UINT32_MAX, &n, r->err);

    (void)m;
    (void)ctx;
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_expect_gpu_count(r->p, (uint32_t)n, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_gpu_counts(const reader *r, ds_jv v, const member *m)
{
    return each_of_some(r, v, add_gpu_count, m, NULL);
}

static int
apply_image(const reader *r, ds_jv v, const member *m)
{
    static const char *const names[] = {"none", "layout", "full"};
    uint32_t level = 0;
    dstack_error e;
    int rc = read_choice(
        r, v, "level", names, sizeof names / sizeof names[0], &level);

    (void)m;
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_image(r->p, level, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_image_version(const reader *r, ds_jv v, const member *m)
{
    char text[NAME_MAX_LEN + 1] = "";
    dstack_error e;
    int rc = read_text(r, v, text);

    (void)m;
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_require_image_version(r->p, text, &e);
    return setter_said(r, v, rc, &e);
}

static int
add_platform(const reader *r, ds_jv v, const member *m, void *ctx)
{
    const char *names[DSTACK_PLATFORM_SGX];
    uint32_t which = 0;
    dstack_error e;
    int rc;

    (void)m;
    (void)ctx;
    for (uint32_t i = 0; i < DSTACK_PLATFORM_SGX; i++)
        names[i] = dstack_platform_name(i + 1);
    rc = read_choice(r, v, "platform", names, DSTACK_PLATFORM_SGX, &which);
    if (rc != DSTACK_OK)
        return rc;
    rc = dstack_policy_expect_platform(r->p, which + 1, &e);
    return setter_said(r, v, rc, &e);
}

static int
apply_platforms(const reader *r, ds_jv v, const member *m)
{
    return each_of_some(r, v, add_platform, m, NULL);
}

static int
apply_accept(const reader *r, ds_jv v, const member *m)
{
    bool on = false;
    int rc = ds_json_bool(r->j, v, &on, r->err);

    if (on)
        m->set.accept(r->p);
    return rc;
}

/* ---- the document -------------------------------------------------------------- */

#define ACCEPT(name) \
    { \
        "accept_" #name, apply_accept, 0, \
        { \
            .accept = dstack_policy_accept_##name \
        } \
    }
#define SECONDS(name) \
    { \
#name, apply_seconds, 0, \
        { \
            .seconds = dstack_policy_##name \
        } \
    }

static const member members[] = {
    {"accept_tcb_status", apply_statuses, 0, {NULL}},
    {"require_tcb_status", apply_required_parts, 0, {NULL}},
    ACCEPT(any_current_status),
    {"accept_advisories", apply_ids, 0, {.id = dstack_policy_accept_advisory}},
    {"deny_advisories", apply_ids, 0, {.id = dstack_policy_deny_advisory}},
    SECONDS(accept_platform_grace),
    SECONDS(accept_qe_grace),
    SECONDS(accept_collateral_grace),
    {"require_eval_number", apply_eval, 0, {NULL}},
    {"require_tcb_date", apply_date, 0, {NULL}},
    SECONDS(require_collateral_age),
    {"require_root_crl_number", apply_crl_number, CRL_ROOT, {NULL}},
    {"require_pck_crl_number", apply_crl_number, CRL_PCK, {NULL}},
    {"require_dynamic_platform", apply_flag, DS_FLAG_DYNAMIC, {NULL}},
    {"require_cached_keys", apply_flag, DS_FLAG_CACHED, {NULL}},
    {"require_smt_enabled", apply_flag, DS_FLAG_SMT, {NULL}},
    {"expect_sgx_type", apply_types, 0, {NULL}},
    {"expect", apply_object, OBJECT_FIELDS,
        {.field = dstack_policy_expect_field}},
    {"deny", apply_object, OBJECT_FIELDS, {.field = dstack_policy_deny_field}},
    {"require_minimum", apply_object, OBJECT_FLOORS, {NULL}},
    {"require_minimum_svn", apply_object, OBJECT_SVNS, {NULL}},
    {"expect_report_data", apply_report_data, 0, {NULL}},
    {"expect_report_data_prefix", apply_prefix, 0, {NULL}},
    {"require_attributes_set", apply_attributes, BITS_SET, {NULL}},
    {"require_attributes_clear", apply_attributes, BITS_CLEAR, {NULL}},
    {"require_xfam_mask", apply_xfam, 0, {NULL}},
    ACCEPT(debug),
    ACCEPT(profiling),
    ACCEPT(migratable),
    ACCEPT(service_td),
    ACCEPT(provisioning_key),
    {"accept_attributes", apply_accept_attributes, 0, {NULL}},
    {"accept_workload_rules", apply_rules, 0, {NULL}},
    {"require_mr_config", apply_accept, 0,
        {.accept = dstack_policy_require_mr_config}},
    {"require_image", apply_image, 0, {NULL}},
    {"require_production_image", apply_accept, 0,
        {.accept = dstack_policy_require_production_image}},
    {"require_image_version", apply_image_version, 0, {NULL}},
    {"expect_platform", apply_platforms, 0, {NULL}},
    {"expect_init_scripts", apply_scripts, 0, {NULL}},
    {"require_gpu", apply_accept, 0, {.accept = dstack_policy_require_gpu}},
    {"expect_gpu_count", apply_gpu_counts, 0, {NULL}},
    ACCEPT(gpu_devtools),
    ACCEPT(any_workload),
};
#define MEMBERS (sizeof members / sizeof members[0])

static const char *
member_at(size_t i)
{
    return i < MEMBERS ? members[i].name : NULL;
}

static int
apply_member(const reader *r, ds_jv v)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (ds_json_name_is(r->j, v, members[i].name))
            return members[i].apply(r, v, &members[i]);
    return fail_unknown(r, v, "policy member", member_at);
}

static int
apply_document(const reader *r)
{
    int rc = ds_json_expect(r->j, 0, DS_JSON_OBJECT, r->err);
    ds_jv v;

    for (v = ds_json_first(r->j, 0); rc == DSTACK_OK && v != DS_JSON_NONE;
         v = ds_json_next(r->j, v))
        rc = apply_member(r, v);
    return rc;
}

int
dstack_policy_parse(const uint8_t *json, size_t json_len, dstack_policy **ret,
    dstack_error *err)
{
    dstack_policy *p = NULL;
    ds_json *j = NULL;
    reader r;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!json || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_policy_parse: NULL argument");
    if (json_len > DS_MAX_POLICY)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_NONE,
            DSTACK_REASON_POLICY_JSON,
            "policy: %zu bytes, at most %u are allowed", json_len,
            DS_MAX_POLICY);
    rc = ds_json_parse(ds_view_of(json, json_len), "policy", &j, err);
    if (rc != DSTACK_OK)
        goto out;
    rc = dstack_policy_new(&p, err);
    if (rc != DSTACK_OK)
        goto out;
    r = (reader){j, p, err};
    rc = apply_document(&r);
    if (rc != DSTACK_OK)
        goto out;
    *ret = p;
    p = NULL;
out:
    ds_json_free(j);
    dstack_policy_free(p);
    return rc;
}
