/* SPDX-License-Identifier: Apache-2.0 */
#include "intel/collateral.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "codec/pem.h"

/* The containers in which collateral travels. Nothing is trusted here: parts
 * are brought into one form and capped. */

static const char *const part_names[DS_PART_COUNT] = {"pck_crl_issuer_chain",
    "root_ca_crl", "pck_crl", "tcb_info_issuer_chain", "tcb_info",
    "tcb_info_signature", "qe_identity_issuer_chain", "qe_identity",
    "qe_identity_signature", "pck_certificate_chain"};

static const size_t part_max[DS_PART_COUNT] = {DS_MAX_CHAIN, DS_MAX_CRL,
    DS_MAX_CRL, DS_MAX_CHAIN, DS_MAX_DOCUMENT, 256, DS_MAX_CHAIN,
    DS_MAX_DOCUMENT, 256, DS_MAX_CHAIN};

static int
fail(dstack_error *err, int reason, uint32_t part, const char *what)
{
    return ds_fail_reason(err, ds_reason_code(reason), DSTACK_STAGE_COLLATERAL,
        reason, "collateral: %s %s", part_names[part], what);
}

static bool
is_chain(uint32_t part)
{
    return part == DSTACK_PART_PCK_CRL_ISSUER_CHAIN ||
           part == DSTACK_PART_TCB_INFO_ISSUER_CHAIN ||
           part == DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN ||
           part == DSTACK_PART_PCK_CERTIFICATE_CHAIN;
}

static bool
is_document(uint32_t part)
{
    return part == DSTACK_PART_TCB_INFO || part == DSTACK_PART_QE_IDENTITY;
}

/* A chain that came through an HTTP header half decoded: percent signs left,
 * or '+' turned into a space. The certificates themselves are judged later. */
static bool
transport_damage(ds_view text)
{
    const uint8_t *p = text.p;
    const uint8_t *end = text.p + text.n;
    const uint8_t *line;

    if (text.n == 0)
        return false;
    if (memchr(p, '%', text.n))
        return true;
    /* A space may be in a -----BEGIN ...----- line alone. */
    while (p && (line = memchr(p, ' ', (size_t)(end - p))) != NULL) {
        while (line > p && line[-1] != '\n')
            line--;
        if (*line != '-')
            return true;
        p = memchr(line, '\n', (size_t)(end - line));
    }
    return false;
}

static ds_view
trim(ds_view v)
{
    while (v.n != 0 && strchr(" \t\r\n", v.p[v.n - 1]))
        v.n--;
    while (v.n != 0 && v.p[0] != '\0' && strchr(" \t\r\n", v.p[0])) {
        v.p++;
        v.n--;
    }
    return v;
}

static bool
is_odd_hex(ds_view text)
{
    return text.n % 2 != 0 && ds_hex_is(ds_view_of(text.p, text.n - 1));
}

/* PEM, hex or DER, by content (section 2.2). Text that is none of them is
 * kept as it is: the CRL's own check then says what is wrong with it. */
static int
set_crl(ds_buf *out, ds_view data, uint32_t part, dstack_error *err)
{
    ds_view text = trim(data);
    ds_pem pem;

    if (ds_view_contains(
            ds_view_of(text.p, text.n < 16 ? text.n : 16), "-----BEGIN")) {
        ds_pem_init(&pem, text);
        if (ds_pem_next(&pem, "X509 CRL", out) != 1 && !out->nomem)
            return fail(
                err, DSTACK_REASON_COLLATERAL_PEM, part, "is malformed PEM");
        return DSTACK_OK;
    }
    if (is_odd_hex(text))
        return fail(err,
            part == DSTACK_PART_ROOT_CA_CRL ? DSTACK_REASON_ROOT_CRL_DER
                                            : DSTACK_REASON_PCK_CRL_DER,
            part, "is hex of an odd number of digits");
    if (text.n != 0 && ds_hex_decode_buf(text, out))
        return DSTACK_OK;
    ds_buf_add(out, data.p, data.n);
    return DSTACK_OK;
}

static int
put(dstack_collateral *c, uint32_t part, ds_view data, dstack_error *err);

static const char *
envelope_name(uint32_t part)
{
    return part == DSTACK_PART_TCB_INFO ? "tcbInfo" : "enclaveIdentity";
}

/* A service's whole answer: the signed object's exact bytes and the signature
 * beside it (section 2.6). An answer inside an answer is refused, because what
 * is kept of it would be taken for an answer when it is read again. */
static int
set_envelope(dstack_collateral *c, uint32_t part, const ds_json *j,
    ds_jv object, dstack_error *err)
{
    ds_jv at = DS_JSON_NONE;
    ds_view signature = {NULL, 0};
    ds_view raw = ds_json_raw(j, object);
    int rc;

    rc = ds_json_expect(j, object, DS_JSON_OBJECT, err);
    if (rc == DSTACK_OK)
        rc = ds_json_need(j, 0, "signature", &at, err);
    if (rc == DSTACK_OK)
        rc = ds_json_string(j, at, part_max[part + 1], &signature, err);
    if (rc == DSTACK_OK &&
        ds_json_get(j, object, envelope_name(part)) != DS_JSON_NONE)
        rc = ds_json_fail(j, object, DSTACK_REASON_COLLATERAL_FORMAT, err,
            "is an answer inside an answer");
    if (rc == DSTACK_OK && ds_json_count(j, 0) != 2)
        c->extra_members = true;
    if (rc == DSTACK_OK)
        rc = put(c, part + 1, signature, err);
    if (rc == DSTACK_OK)
        ds_buf_add(&c->part[part], raw.p, raw.n);
    return rc;
}

/* A text that has the envelope's name somewhere: as its own member, or deep
 * inside a bare document. */
static int
set_document(
    dstack_collateral *c, uint32_t part, ds_view text, dstack_error *err)
{
    ds_json *j = NULL;
    ds_jv object = DS_JSON_NONE;
    int rc = ds_json_parse(text, part_names[part], &j, err);

    if (rc == DSTACK_OK)
        object = ds_json_get(j, 0, envelope_name(part));
    if (rc == DSTACK_OK && object != DS_JSON_NONE)
        rc = set_envelope(c, part, j, object, err);
    else if (rc == DSTACK_OK)
        ds_buf_add(&c->part[part], text.p, text.n);
    ds_json_free(j);
    return rc;
}

static bool
may_be_envelope(uint32_t part, ds_view text)
{
    return ds_view_contains(text,
        part == DSTACK_PART_TCB_INFO ? "\"tcbInfo\"" : "\"enclaveIdentity\"");
}

static bool
is_crl(uint32_t part)
{
    return part == DSTACK_PART_ROOT_CA_CRL || part == DSTACK_PART_PCK_CRL;
}

/* Each kind of part in its own way. */
static int
put_kind(dstack_collateral *c, uint32_t part, ds_view data, dstack_error *err)
{
    ds_buf *out = &c->part[part];

    if (is_chain(part) && transport_damage(data))
        return fail(err, DSTACK_REASON_COLLATERAL_PEM, part,
            "is not PEM: percent signs or spaces inside (decode %XX only, "
            "and leave '+' alone)");
    if (is_crl(part))
        return set_crl(out, data, part, err);
    if (is_document(part) && may_be_envelope(part, data))
        return set_document(c, part, data, err);
    ds_buf_add(out, data.p, data.n);
    return DSTACK_OK;
}

static int
put(dstack_collateral *c, uint32_t part, ds_view data, dstack_error *err)
{
    ds_buf *out = &c->part[part];
    size_t max = part_max[part] * (is_crl(part) ? 2 : 1); /* CRLs in hex */
    int rc;

    /* Text members often come with their C string's NUL. */
    if (data.n != 0 && data.p[data.n - 1] == '\0' && data.p[0] != 0x30)
        data.n--;
    if (data.n > max)
        return fail(err, DSTACK_REASON_COLLATERAL_TOO_LARGE, part,
            "is larger than allowed");
    ds_buf_free(out);
    ds_buf_init(out, part_max[part]);
    rc = put_kind(c, part, data, err);
    if (rc == DSTACK_OK && out->bad)
        rc = fail(err, DSTACK_REASON_COLLATERAL_TOO_LARGE, part,
            "is larger than allowed");
    if (rc == DSTACK_OK && out->nomem)
        rc = ds_fail_nomem(err);
    return rc;
}

/* ---- the flattened form of sgx_ql_qve_collateral_t -------------------------- */

#define FLAT_HEADER 120u

static bool
looks_flat(ds_view in)
{
    return in.n >= 4 && ds_le32(in.p) == 4;
}

static int
parse_flat(dstack_collateral *c, ds_view in, dstack_error *err)
{
    static const uint32_t order[] = {DSTACK_PART_PCK_CRL_ISSUER_CHAIN,
        DSTACK_PART_ROOT_CA_CRL, DSTACK_PART_PCK_CRL,
        DSTACK_PART_TCB_INFO_ISSUER_CHAIN, DSTACK_PART_TCB_INFO,
        DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN, DSTACK_PART_QE_IDENTITY};
    size_t size[sizeof order / sizeof *order];
    uint64_t sum = 0;
    ds_reader r;
    uint32_t tee;
    size_t i;
    int rc = DSTACK_OK;

    ds_reader_init(&r, in);
    ds_rd_skip(&r, 4);
    tee = ds_rd_u32le(&r);
    for (i = 0; i < sizeof order / sizeof *order; i++) {
        ds_rd_skip(&r, 8); /* a pointer of the machine that wrote it */
        size[i] = ds_rd_u32le(&r);
        ds_rd_skip(&r, 4);
        sum += size[i];
    }
    if (r.bad || (tee != 0 && tee != 0x81) || sum != ds_rd_left(&r))
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_COLLATERAL,
            DSTACK_REASON_COLLATERAL_FORMAT,
            "collateral: flattened form of %zu bytes: TEE type 0x%x, parts of "
            "%llu bytes after a header of %u",
            in.n, (unsigned)tee, (unsigned long long)sum, FLAT_HEADER);
    for (i = 0; rc == DSTACK_OK && i < sizeof order / sizeof *order; i++)
        rc = put(c, order[i], ds_rd_view(&r, size[i]), err);
    return rc;
}

/* ---- the JSON bundle ---------------------------------------------------------- */

/* A string's decoded text, or the exact bytes of a nested object, for the
 * tools that do not quote the documents. */
static int
put_member(dstack_collateral *c, const ds_json *j, ds_jv v, uint32_t part,
    dstack_error *err)
{
    ds_buf decoded;
    ds_view text;
    int type = ds_json_type(j, v);
    int rc = DSTACK_OK;

    if (is_document(part) && type == DS_JSON_OBJECT)
        return put(c, part, ds_json_raw(j, v), err);
    if (type == DS_JSON_NULL && part == DSTACK_PART_PCK_CERTIFICATE_CHAIN)
        return DSTACK_OK;
    if (type != DS_JSON_STRING)
        return ds_json_fail(
            j, v, DSTACK_REASON_COLLATERAL_JSON, err, "expected a string");
    ds_buf_init(&decoded, (size_t)2 * DS_MAX_DOCUMENT);
    if (ds_json_string(j, v, decoded.max, &text, NULL) != DSTACK_OK) {
        rc = ds_json_string_buf(j, v, &decoded, err);
        text = ds_view_of(decoded.p, decoded.n);
    }
    if (rc == DSTACK_OK && is_crl(part) && is_odd_hex(trim(text)))
        rc = ds_json_fail(j, v, DSTACK_REASON_COLLATERAL_JSON, err,
            "is hex of an odd number of digits");
    if (rc == DSTACK_OK)
        rc = put(c, part, text, err);
    ds_buf_free(&decoded);
    return rc;
}

static int
parse_bundle(dstack_collateral *c, ds_view in, dstack_error *err)
{
    ds_json *j = NULL;
    size_t known = 0;
    uint32_t part;
    int rc;

    rc = ds_json_parse(in, "collateral", &j, err);
    if (rc == DSTACK_OK && ds_json_type(j, 0) != DS_JSON_OBJECT)
        rc = ds_json_fail(
            j, 0, DSTACK_REASON_COLLATERAL_JSON, err, "expected an object");
    for (part = 0; rc == DSTACK_OK && part < DS_PART_COUNT; part++) {
        ds_jv v = ds_json_get(j, 0, part_names[part]);

        if (v == DS_JSON_NONE)
            continue;
        known++;
        rc = put_member(c, j, v, part, err);
    }
    if (rc == DSTACK_OK && ds_json_count(j, 0) != known)
        c->extra_members = true;
    ds_json_free(j);
    return rc;
}

int
ds_collateral_complete(const dstack_collateral *c, dstack_error *err)
{
    uint32_t part;

    for (part = 0; part < DSTACK_PART_PCK_CERTIFICATE_CHAIN; part++)
        if (c->part[part].n == 0)
            return fail(err, DSTACK_REASON_COLLATERAL_MISSING, part,
                "is missing or empty");
    return DSTACK_OK;
}

/* ---- the public object -------------------------------------------------------- */

int
dstack_collateral_new(dstack_collateral **ret, dstack_error *err)
{
    dstack_collateral *c;
    size_t i;

    ds_err_clear(err);
    if (!ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_collateral_new: NULL argument");
    *ret = NULL;
    c = ds_calloc(1, sizeof *c);
    if (!c)
        return ds_fail_nomem(err);
    for (i = 0; i < DS_PART_COUNT; i++)
        ds_buf_init(&c->part[i], part_max[i]);
    *ret = c;
    return DSTACK_OK;
}

int
dstack_collateral_parse(const uint8_t *data, size_t data_len,
    dstack_collateral **ret, dstack_error *err)
{
    dstack_collateral *c = NULL;
    ds_view in = ds_view_of(data, data_len);
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!data || !ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_collateral_parse: NULL argument");
    if (data_len > DS_MAX_COLLATERAL)
        return ds_fail_reason(err, DSTACK_ERR_PARSE, DSTACK_STAGE_COLLATERAL,
            DSTACK_REASON_COLLATERAL_TOO_LARGE,
            "collateral: %zu bytes, at most %u are allowed", data_len,
            DS_MAX_COLLATERAL);
    rc = dstack_collateral_new(&c, err);
    if (!c)
        return rc;
    rc = looks_flat(in) ? parse_flat(c, in, err) : parse_bundle(c, in, err);
    if (rc == DSTACK_OK)
        rc = ds_collateral_complete(c, err);
    if (rc != DSTACK_OK && err && rc != DSTACK_ERR_NOMEM)
        err->stage = DSTACK_STAGE_COLLATERAL;
    if (rc == DSTACK_OK) {
        *ret = c;
        c = NULL;
    }
    dstack_collateral_free(c);
    return rc;
}

int
dstack_collateral_set(dstack_collateral *collateral, const uint8_t *data,
    size_t data_len, uint32_t part, dstack_error *err)
{
    int rc;

    ds_err_clear(err);
    if (!collateral || !data || part >= DS_PART_COUNT)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_collateral_set: NULL argument or unknown part");
    ds_prepared_free(collateral->prepared);
    collateral->prepared = NULL;
    rc = put(collateral, part, ds_view_of(data, data_len), err);
    if (rc != DSTACK_OK)
        ds_buf_free(&collateral->part[part]);
    if (rc != DSTACK_OK && err && rc != DSTACK_ERR_NOMEM)
        err->stage = DSTACK_STAGE_COLLATERAL;
    return rc;
}

void
dstack_collateral_free(dstack_collateral *collateral)
{
    size_t i;

    if (!collateral)
        return;
    for (i = 0; i < DS_PART_COUNT; i++)
        ds_buf_free(&collateral->part[i]);
    ds_prepared_free(collateral->prepared);
    ds_free(collateral);
}

const uint8_t *
dstack_collateral_part(
    const dstack_collateral *collateral, uint32_t part, size_t *len)
{
    const ds_buf *b =
        collateral && part < DS_PART_COUNT ? &collateral->part[part] : NULL;

    if (len)
        *len = b ? b->n : 0;
    return b && b->n != 0 ? b->p : NULL;
}

static int
write_parts(ds_jw *w, const void *object)
{
    const dstack_collateral *collateral = object;
    uint32_t i;

    ds_jw_object(w, NULL);
    for (i = 0; i < DS_PART_COUNT; i++) {
        ds_view v = ds_view_of(collateral->part[i].p, collateral->part[i].n);

        if (v.n == 0)
            continue;
        if (is_crl(i))
            ds_jw_hex(w, part_names[i], v);
        else
            ds_jw_text_view(w, part_names[i], v);
    }
    ds_jw_end(w);
    return DSTACK_OK;
}

int
dstack_collateral_to_json(const dstack_collateral *collateral, char **ret_json,
    size_t *ret_len, dstack_error *err)
{
    const ds_jw_document document = {"dstack_collateral_to_json", collateral,
        DS_MAX_COLLATERAL, write_parts};

    return ds_jw_to_json(&document, ret_json, ret_len, err);
}
