/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/quote.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

/* A quote in its three versions (Intel TDX DCAP Quoting Library API, appendix
 * A.3 and A.4; SGX ECDSA QuoteLibReference, appendix A). */

#define HEADER_SIZE 48u
#define SIG_FIXED_V3 584u /* signature data with empty variable fields */
#define SIG_FIXED_V4 590u
#define OUTER_OFFSET 134u /* of the nested block in v4 signature data */
#define NESTED_FIXED 456u

static const uint8_t intel_vendor_id[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c,
    0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

enum {
    IN_HEADER = 1 << 0,
    IN_HEADER_V3 = 1 << 1,
    IN_HEADER_V45 = 1 << 2,
    IN_SGX = 1 << 3,
    IN_TD = 1 << 4,
    IN_TD15 = 1 << 5,
    IN_TD_EX = 1 << 6
};

typedef struct {
    const char *name;
    uint16_t off;
    uint16_t size;
    uint8_t in; /* one of IN_*; or a reserved area: the name is "" */
} field;

static const field header_fields[] = {
    {"version", 0, 2, IN_HEADER},
    {"attestation_key_type", 2, 2, IN_HEADER},
    {"tee_type", 4, 4, IN_HEADER_V45},
    {"qe_svn", 8, 2, IN_HEADER_V3},
    {"pce_svn", 10, 2, IN_HEADER_V3},
    {"qe_vendor_id", 12, 16, IN_HEADER},
    {"user_data", 28, 20, IN_HEADER},
};

static const field sgx_fields[] = {
    {"cpu_svn", 0, 16, IN_SGX},
    {"misc_select", 16, 4, IN_SGX},
    {"", 20, 12, IN_SGX},
    {"isv_ext_prod_id", 32, 16, IN_SGX},
    {"attributes", 48, 16, IN_SGX},
    {"mr_enclave", 64, 32, IN_SGX},
    {"", 96, 32, IN_SGX},
    {"mr_signer", 128, 32, IN_SGX},
    {"", 160, 32, IN_SGX},
    {"config_id", 192, 64, IN_SGX},
    {"isv_prod_id", 256, 2, IN_SGX},
    {"isv_svn", 258, 2, IN_SGX},
    {"config_svn", 260, 2, IN_SGX},
    {"", 262, 42, IN_SGX},
    {"isv_family_id", 304, 16, IN_SGX},
    {"report_data", 320, 64, IN_SGX},
};

static const field td_fields[] = {
    {"tee_tcb_svn", 0, 16, IN_TD},
    {"mr_seam", 16, 48, IN_TD},
    {"mr_signer_seam", 64, 48, IN_TD},
    {"seam_attributes", 112, 8, IN_TD},
    {"td_attributes", 120, 8, IN_TD},
    {"xfam", 128, 8, IN_TD},
    {"mr_td", 136, 48, IN_TD},
    {"mr_config_id", 184, 48, IN_TD},
    {"mr_owner", 232, 48, IN_TD},
    {"mr_owner_config", 280, 48, IN_TD},
    {"rtmr0", 328, 48, IN_TD},
    {"rtmr1", 376, 48, IN_TD},
    {"rtmr2", 424, 48, IN_TD},
    {"rtmr3", 472, 48, IN_TD},
    {"report_data", 520, 64, IN_TD},
    {"tee_tcb_svn2", 584, 16, IN_TD15},
    {"mr_service_td", 600, 48, IN_TD15},
    {"vm_id", 648, 1, IN_TD_EX},
    {"td_id", 649, 32, IN_TD_EX},
    {"dev_info", 681, 48, IN_TD_EX},
    {"init_servtd_hash", 729, 48, IN_TD_EX},
    {"init_servtd_attributes", 777, 8, IN_TD_EX},
    {"init_cpu_svn", 785, 16, IN_TD_EX},
    {"init_tee_tcb_svn", 801, 16, IN_TD_EX},
    {"init_tee_fmspc", 817, 12, IN_TD_EX},
    {"servtd_hash", 829, 48, IN_TD_EX},
    {"servtd_attributes", 877, 8, IN_TD_EX},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const ds_view nothing = {NULL, 0};

static const size_t body_sizes[] = {0, 384, 584, 648, 885};

static int
fail(dstack_error *err, int reason, const char *message)
{
    return ds_fail_reason(
        err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE, reason, "%s", message);
}

static int
parse_tee(const dstack_quote *q, dstack_error *err)
{
    if (q->tee != DSTACK_TEE_SGX &&
        (q->tee != DSTACK_TEE_TDX || q->version == 3))
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_TEE_TYPE,
            "quote: TEE type is 0x%x, expected %s", (unsigned)q->tee,
            q->version == 3 ? "0 (SGX) in a version 3 quote"
                            : "0 (SGX) or 0x81 (TDX)");
    return DSTACK_OK;
}

/* Section 1.1. */
static int
parse_header(dstack_quote *q, ds_reader *r, dstack_error *err)
{
    ds_reader h;
    uint32_t key_type;

    q->header = ds_rd_view(r, HEADER_SIZE);
    if (r->bad)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_TRUNCATED,
            "quote: %zu bytes, a header alone has %u", q->bytes.n, HEADER_SIZE);
    ds_reader_init(&h, q->header);
    q->version = ds_rd_u16le(&h);
    key_type = ds_rd_u16le(&h);
    q->tee = ds_rd_u32le(&h);
    if (q->version < 3 || q->version > 5)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_VERSION,
            "quote: version is %u, expected 3, 4 or 5 (is this a quote?)",
            (unsigned)q->version);
    if (key_type != 2)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_KEY_TYPE,
            "quote: attestation key type is %u, expected 2 (ECDSA P-256)",
            (unsigned)key_type);
    if (parse_tee(q, err) != DSTACK_OK)
        return DSTACK_ERR_PARSE;
    if (memcmp(q->header.p + 12, intel_vendor_id, 16) != 0)
        return fail(err, DSTACK_REASON_QUOTE_VENDOR,
            "quote: QE vendor ID is not Intel's "
            "(939a7233-f79c-4ca9-940a-0db3957f0607)");
    return DSTACK_OK;
}

/* Version 5 says which body follows; the type must agree with the TEE and the
 * size with the type (section 1.2). */
static int
parse_descriptor(dstack_quote *q, ds_reader *r, dstack_error *err)
{
    uint32_t type = ds_rd_u16le(r);
    uint32_t size = ds_rd_u32le(r);

    if (r->bad)
        return fail(err, DSTACK_REASON_QUOTE_TRUNCATED,
            "quote: ends before the body descriptor");
    if (type < DSTACK_BODY_SGX || type > DSTACK_BODY_TD15_EX ||
        (type == DSTACK_BODY_SGX) != (q->tee == DSTACK_TEE_SGX))
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_BODY_TYPE,
            "quote: body type is %u, expected %s", (unsigned)type,
            q->tee == DSTACK_TEE_SGX ? "1 for SGX" : "2, 3 or 4 for TDX");
    if (size != body_sizes[type])
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_BODY_SIZE,
            "quote: body size is %u, a body of type %u has %zu bytes",
            (unsigned)size, (unsigned)type, body_sizes[type]);
    q->body_type = type;
    return DSTACK_OK;
}

/* Certification data of types 1 to 3 has a fixed size (section 1.7; type 1
 * also occurs without its PCEID). */
static int
check_cert_data(const dstack_quote *q, dstack_error *err)
{
    size_t n = q->cert_data.n;
    size_t want = 0;

    if (q->cert_type < DS_CERT_PPID_PLAIN || q->cert_type > DS_CERT_PCK_CHAIN)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_CERT_TYPE,
            "quote: certification data type is %u, expected 1 to 5",
            (unsigned)q->cert_type);
    if (q->cert_type == DS_CERT_PPID_PLAIN)
        want = n == 34 ? 34 : 36;
    else if (q->cert_type == DS_CERT_PPID_RSA2048)
        want = 276;
    else if (q->cert_type == DS_CERT_PPID_RSA3072)
        want = 404;
    if (want != 0 && n != want)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_CERT_SIZE,
            "quote: certification data of type %u has %zu bytes, expected %zu",
            (unsigned)q->cert_type, n, want);
    return DSTACK_OK;
}

/* QE report, its signature, authentication and certification data: the tail
 * of version 3 signature data and the nested block of 4 and 5. Nothing may be
 * left over. */
static int
parse_qe_part(dstack_quote *q, ds_reader *r, dstack_error *err)
{
    uint32_t auth_len;
    uint32_t size;

    q->qe_report = ds_rd_view(r, DS_SGX_REPORT_SIZE);
    q->qe_signature = ds_rd_view(r, 64);
    auth_len = ds_rd_u16le(r);
    if (r->bad)
        return fail(err, DSTACK_REASON_QUOTE_SIG_LEN,
            "quote: signature data ends inside the QE report");
    if (auth_len > DS_MAX_AUTH_DATA || auth_len + 6u > ds_rd_left(r))
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_AUTH_SIZE,
            "quote: QE authentication data claims %u bytes, at most %u are "
            "allowed and %zu are left",
            (unsigned)auth_len, DS_MAX_AUTH_DATA, ds_rd_left(r));
    q->auth_data = ds_rd_view(r, auth_len);
    q->cert_type = ds_rd_u16le(r);
    size = ds_rd_u32le(r);
    if (size > DS_MAX_QUOTE)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_TOO_LARGE,
            "quote: certification data claims %u bytes, at most %u are allowed",
            (unsigned)size, DS_MAX_QUOTE);
    if (size != ds_rd_left(r))
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_CERT_SIZE,
            "quote: certification data claims %u bytes, %zu are left",
            (unsigned)size, ds_rd_left(r));
    q->cert_data = ds_rd_view(r, size);
    return check_cert_data(q, err);
}

/* In version 4 and 5 the rest is wrapped into certification data of type 6. */
static int
parse_outer(ds_reader *r, dstack_error *err)
{
    uint32_t type = ds_rd_u16le(r);
    uint32_t size = ds_rd_u32le(r);

    if (type != DS_CERT_QE_REPORT)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_CERT_TYPE,
            "quote: outer certification data type is %u, expected 6",
            (unsigned)type);
    if (size > DS_MAX_QUOTE)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_TOO_LARGE,
            "quote: outer certification data claims %u bytes, at most %u are "
            "allowed",
            (unsigned)size, DS_MAX_QUOTE);
    if (size != ds_rd_left(r))
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_CERT_SIZE,
            "quote: outer certification data claims %u bytes, %zu are left",
            (unsigned)size, ds_rd_left(r));
    return DSTACK_OK;
}

/* Section 1.7. */
static int
parse_signature(dstack_quote *q, ds_view data, dstack_error *err)
{
    ds_reader r;

    ds_reader_init(&r, data);
    q->signature = ds_rd_view(&r, 64);
    q->attestation_key = ds_rd_view(&r, 64);
    if (q->version != 3 && parse_outer(&r, err) != DSTACK_OK)
        return DSTACK_ERR_PARSE;
    return parse_qe_part(q, &r, err);
}

/* sig_len promises more than there is: was the quote cut off, or is the length
 * wrong? Where the lengths inside can be read they tell. */
static bool
looks_cut(const dstack_quote *q, ds_view left, uint64_t sig_len)
{
    ds_reader r;
    uint64_t need = SIG_FIXED_V3;

    ds_reader_init(&r, left);
    if (q->version != 3) {
        ds_rd_skip(&r, 130);
        need = OUTER_OFFSET + (uint64_t)ds_rd_u32le(&r);
        return r.bad || need == sig_len;
    }
    ds_rd_skip(&r, 576);
    need += ds_rd_u16le(&r);
    ds_rd_skip(&r, (size_t)(need - SIG_FIXED_V3) + 2);
    need += ds_rd_u32le(&r);
    return r.bad || need == sig_len;
}

static int
parse_sig_len(dstack_quote *q, ds_reader *r, ds_view *data, dstack_error *err)
{
    uint64_t sig_len = ds_rd_u32le(r);
    uint32_t least = q->version == 3 ? SIG_FIXED_V3 : SIG_FIXED_V4;
    size_t left = ds_rd_left(r);
    ds_view rest;

    if (r->bad)
        return fail(err, DSTACK_REASON_QUOTE_TRUNCATED,
            "quote: ends before the signature data");
    if (sig_len < least || sig_len > DS_MAX_QUOTE)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_SIG_LEN,
            "quote: signature data claims %llu bytes, expected %u to %u",
            (unsigned long long)sig_len, (unsigned)least, DS_MAX_QUOTE);
    if (sig_len > left) {
        rest = ds_rd_view(r, left);
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            looks_cut(q, rest, sig_len) ? DSTACK_REASON_QUOTE_TRUNCATED
                                        : DSTACK_REASON_QUOTE_SIG_LEN,
            "quote: signature data claims %llu bytes, %zu are left",
            (unsigned long long)sig_len, left);
    }
    *data = ds_rd_view(r, (size_t)sig_len);
    return DSTACK_OK;
}

int
ds_quote_parse(ds_view in, dstack_quote *q, dstack_error *err)
{
    ds_reader r;
    ds_view data = {NULL, 0};

    memset(q, 0, sizeof *q);
    q->bytes = in;
    if (in.n > DS_MAX_QUOTE)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_TOO_LARGE,
            "quote: %zu bytes, at most %u are allowed", in.n, DS_MAX_QUOTE);
    ds_reader_init(&r, in);
    if (parse_header(q, &r, err) != DSTACK_OK)
        return DSTACK_ERR_PARSE;
    q->body_type =
        q->tee == DSTACK_TEE_SGX ? DSTACK_BODY_SGX : DSTACK_BODY_TD10;
    if (q->version == 5 && parse_descriptor(q, &r, err) != DSTACK_OK)
        return DSTACK_ERR_PARSE;
    q->body = ds_rd_view(&r, body_sizes[q->body_type]);
    if (r.bad)
        return fail(
            err, DSTACK_REASON_QUOTE_TRUNCATED, "quote: ends inside the body");
    q->signed_part = ds_view_of(in.p, r.off);
    if (parse_sig_len(q, &r, &data, err) != DSTACK_OK)
        return DSTACK_ERR_PARSE;
    q->trailing = ds_rd_view(&r, ds_rd_left(&r));
    return parse_signature(q, data, err);
}

/* ---- fields by name ------------------------------------------------------ */

static bool
field_applies(const dstack_quote *q, const field *f)
{
    if (f->name[0] == '\0')
        return false;
    if (f->in == IN_HEADER_V3)
        return q->version == 3;
    if (f->in == IN_HEADER_V45)
        return q->version != 3;
    if (f->in == IN_TD15)
        return q->body_type >= DSTACK_BODY_TD15;
    if (f->in == IN_TD_EX)
        return q->body_type == DSTACK_BODY_TD15_EX;
    return true;
}

typedef struct {
    const field *fields;
    size_t count;
    ds_view base;
    const char *prefix;
} group;

static size_t
groups_of(const dstack_quote *q, group g[3])
{
    g[0] = (group){header_fields, COUNT(header_fields), q->header, ""};
    if (q->tee == DSTACK_TEE_SGX)
        g[1] = (group){sgx_fields, COUNT(sgx_fields), q->body, ""};
    else
        g[1] = (group){td_fields, COUNT(td_fields), q->body, ""};
    g[2] = (group){sgx_fields, COUNT(sgx_fields), q->qe_report, "qe_report."};
    return 3;
}

/* Names that are one word longer than their field's. */
static const char *const qe_names[] = {"qe_report.cpu_svn",
    "qe_report.misc_select", NULL, "qe_report.isv_ext_prod_id",
    "qe_report.attributes", "qe_report.mr_enclave", NULL, "qe_report.mr_signer",
    NULL, "qe_report.config_id", "qe_report.isv_prod_id", "qe_report.isv_svn",
    "qe_report.config_svn", NULL, "qe_report.isv_family_id",
    "qe_report.report_data"};

static const char *const tail_names[] = {"signature", "attestation_key",
    "qe_report_signature", "auth_data", "certification_data"};

static ds_view
tail_field(const dstack_quote *q, size_t i)
{
    const ds_view all[] = {q->signature, q->attestation_key, q->qe_signature,
        q->auth_data, q->cert_data};

    return all[i];
}

/* Fields are looked up often; most differ in their first letter. */
static bool
is_wanted(const char *wanted, const char *name)
{
    return !wanted || (wanted[0] == name[0] && strcmp(wanted, name) == 0);
}

/* Calls for each field that this quote has, in order, or for the one that is
 * wanted, until `visit` says stop. No quote has no fields. */
typedef bool
visit_fn(void *ctx, const char *name, ds_view value);

static void
each_field(
    const dstack_quote *q, const char *wanted, visit_fn *visit, void *ctx)
{
    group g[3];
    size_t n;
    size_t i;
    size_t k;

    if (!q)
        return;
    n = groups_of(q, g);
    for (i = 0; i < n; i++)
        for (k = 0; k < g[i].count; k++) {
            const field *f = &g[i].fields[k];
            const char *name = g[i].prefix[0] ? qe_names[k] : f->name;

            if (name && is_wanted(wanted, name) && field_applies(q, f) &&
                visit(ctx, name, ds_view_of(g[i].base.p + f->off, f->size)))
                return;
        }
    for (i = 0; i < COUNT(tail_names); i++)
        if (is_wanted(wanted, tail_names[i]) &&
            visit(ctx, tail_names[i], tail_field(q, i)))
            return;
}

typedef struct {
    size_t index; /* of those that are visited */
    const char *found;
    ds_view value;
} lookup;

static bool
look(void *ctx, const char *name, ds_view value)
{
    lookup *l = ctx;

    if (l->index-- != 0)
        return false;
    l->found = name;
    l->value = value;
    return true;
}

ds_view
ds_quote_field(const dstack_quote *q, const char *name)
{
    lookup l = {0, NULL, {NULL, 0}};

    each_field(q, name, look, &l);
    return l.value;
}

size_t
ds_quote_field_size(const char *name)
{
    const group g[] = {{header_fields, COUNT(header_fields), {NULL, 0}, ""},
        {sgx_fields, COUNT(sgx_fields), {NULL, 0}, ""},
        {td_fields, COUNT(td_fields), {NULL, 0}, ""}};
    size_t i;
    size_t k;

    if (name[0] == '\0')
        return 0;
    for (i = 0; i < COUNT(g); i++)
        for (k = 0; k < g[i].count; k++)
            if (strcmp(g[i].fields[k].name, name) == 0)
                return g[i].fields[k].size;
    return 0;
}

static int
check_reserved(const char *whose, ds_view report, dstack_error *err)
{
    size_t i;

    for (i = 0; i < COUNT(sgx_fields); i++) {
        const field *f = &sgx_fields[i];

        if (f->name[0] == '\0' &&
            !ds_view_is_zero(ds_view_of(report.p + f->off, f->size)))
            return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
                DSTACK_REASON_QUOTE_RESERVED,
                "quote: strict: reserved bytes at %u of the %s are not zero",
                (unsigned)f->off, whose);
    }
    return DSTACK_OK;
}

int
ds_quote_check_strict(const dstack_quote *q, dstack_error *err)
{
    if (q->trailing.n != 0)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_QUOTE,
            DSTACK_REASON_QUOTE_TRAILING,
            "quote: strict: %zu bytes after the signature data, expected none",
            q->trailing.n);
    if (q->tee == DSTACK_TEE_SGX &&
        check_reserved("enclave report", q->body, err) != DSTACK_OK)
        return DSTACK_ERR_PARSE;
    return check_reserved("QE report", q->qe_report, err);
}

/* ---- the public object --------------------------------------------------- */

int
dstack_quote_parse(
    const uint8_t *data, size_t data_len, dstack_quote **ret, dstack_error *err)
{
    dstack_quote *q = NULL;
    dstack_quote probe;
    uint8_t *copy;
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!data || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_quote_parse: NULL argument");
    /* Nothing is allocated before the lengths are known to be sane. */
    rc = ds_quote_parse(ds_view_of(data, data_len), &probe, err);
    if (rc != DSTACK_OK)
        return rc;
    q = ds_malloc(sizeof *q + data_len);
    if (!q)
        return ds_fail_nomem(err);
    copy = (uint8_t *)(q + 1);
    memcpy(copy, data, data_len);
    rc = ds_quote_parse(ds_view_of(copy, data_len), q, err);
    if (rc != DSTACK_OK) {
        ds_free(q);
        return rc;
    }
    *ret = q;
    return DSTACK_OK;
}

void
dstack_quote_free(dstack_quote *quote)
{
    ds_free(quote);
}

static const uint8_t *
lend(ds_view v, size_t *len)
{
    if (len)
        *len = v.n;
    return v.n != 0 ? v.p : NULL;
}

uint32_t
dstack_quote_version(const dstack_quote *quote)
{
    return quote ? quote->version : 0;
}

uint32_t
dstack_quote_tee_type(const dstack_quote *quote)
{
    return quote ? quote->tee : 0;
}

uint32_t
dstack_quote_body_type(const dstack_quote *quote)
{
    return quote ? quote->body_type : 0;
}

uint32_t
dstack_quote_certification_type(const dstack_quote *quote)
{
    return quote ? quote->cert_type : 0;
}

static bool
count_one(void *ctx, const char *name, ds_view value)
{
    (void)name;
    (void)value;
    ++*(size_t *)ctx;
    return false;
}

size_t
dstack_quote_field_count(const dstack_quote *quote)
{
    size_t n = 0;

    each_field(quote, NULL, count_one, &n);
    return n;
}

const char *
dstack_quote_field_name(const dstack_quote *quote, size_t index)
{
    lookup l = {index, NULL, {NULL, 0}};

    each_field(quote, NULL, look, &l);
    return l.found;
}

const uint8_t *
dstack_quote_field(const dstack_quote *quote, const char *name, size_t *len)
{
    return lend(name ? ds_quote_field(quote, name) : nothing, len);
}

const uint8_t *
dstack_quote_mr_td(const dstack_quote *quote, size_t *len)
{
    return lend(ds_quote_field(quote, "mr_td"), len);
}

const uint8_t *
dstack_quote_rtmr(const dstack_quote *quote, size_t index, size_t *len)
{
    static const char *const names[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};

    return dstack_quote_field(
        quote, index < COUNT(names) ? names[index] : NULL, len);
}

const uint8_t *
dstack_quote_mr_enclave(const dstack_quote *quote, size_t *len)
{
    return lend(ds_quote_field(quote, "mr_enclave"), len);
}

const uint8_t *
dstack_quote_mr_signer(const dstack_quote *quote, size_t *len)
{
    return lend(ds_quote_field(quote, "mr_signer"), len);
}

const uint8_t *
dstack_quote_report_data(const dstack_quote *quote, size_t *len)
{
    return lend(ds_quote_field(quote, "report_data"), len);
}

uint64_t
dstack_quote_attributes(const dstack_quote *quote)
{
    if (!quote)
        return 0;
    return ds_le64(quote->body.p + (quote->tee == DSTACK_TEE_SGX ? 48 : 120));
}

uint64_t
dstack_quote_xfam(const dstack_quote *quote)
{
    if (!quote)
        return 0;
    return ds_le64(quote->body.p + (quote->tee == DSTACK_TEE_SGX ? 56 : 128));
}

const uint8_t *
dstack_quote_bytes(const dstack_quote *quote, size_t *len)
{
    return lend(quote ? quote->bytes : nothing, len);
}

const uint8_t *
dstack_quote_signed_bytes(const dstack_quote *quote, size_t *len)
{
    return lend(quote ? quote->signed_part : nothing, len);
}

const uint8_t *
dstack_quote_trailing(const dstack_quote *quote, size_t *len)
{
    return lend(quote ? quote->trailing : nothing, len);
}

const uint8_t *
dstack_quote_auth_data(const dstack_quote *quote, size_t *len)
{
    return lend(quote ? quote->auth_data : nothing, len);
}

const uint8_t *
dstack_quote_certification_data(const dstack_quote *quote, size_t *len)
{
    return lend(quote ? quote->cert_data : nothing, len);
}
