/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/quote_reply.h"

#include <string.h>

#include "agent/report_data.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/k1.h"

/* ---- reading ------------------------------------------------------------ */

/* Agents 0.5.6 to 0.5.11 have an empty quote where there is no TDX. */
static int
check_quote(const ds_answer *a, dstack_error *err)
{
    ds_jv v;
    ds_view text;
    int rc = ds_json_need(a->json, 0, "quote", &v, err);

    if (rc == DSTACK_OK)
        rc = ds_json_string(a->json, v, SIZE_MAX, &text, err);
    if (rc != DSTACK_OK)
        return rc;
    if (text.n == 0)
        return ds_fail(err, DSTACK_ERR_UNSUPPORTED,
            "%s: the answer's quote is empty: the platform is not TDX; Attest "
            "(dstack_client_attest) works on every platform",
            a->method->name);
    if (!ds_hex_is(text))
        return ds_answer_fail(a, v, err,
            "expected an even number of hex digits, found %zu characters",
            text.n);
    return DSTACK_OK;
}

static int
read_texts(dstack_quote_reply *r, dstack_error *err)
{
    const ds_answer *a = &r->answer;
    int rc = ds_answer_text(a, "event_log", &r->event_log, err);

    if (rc == DSTACK_OK)
        rc = ds_answer_text_if_any(a, "vm_config", &r->vm_config, err);
    if (rc == DSTACK_OK)
        rc = ds_answer_text_if_any(a, "hash_algorithm", &r->hash, err);
    if (rc == DSTACK_OK)
        rc = ds_answer_text_if_any(a, "prefix", &r->prefix, err);
    return rc;
}

/* The answer's text as evidence. Builds of the agent between 0.5.11 and 0.6.0
 * put an attestation beside the quote, which would be the evidence then; what
 * was asked for is the quote. */
static int
read_evidence(dstack_quote_reply *r, dstack_error *err)
{
    static const char *const names[] = {
        "quote", "event_log", "report_data", "vm_config"};
    const ds_answer *a = &r->answer;
    ds_buf text;
    int rc;

    if (ds_json_get(a->json, 0, "attestation") == DS_JSON_NONE)
        return dstack_evidence_parse(a->body.p, a->body.n, &r->evidence, err);
    ds_buf_init(&text, DS_MAX_AGENT_ATTESTATION + 100);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ds_view raw = ds_json_raw(a->json, ds_json_get(a->json, 0, names[i]));

        if (raw.n == 0)
            continue;
        ds_buf_add_str(&text, text.n == 0 ? "{\"" : ",\"");
        ds_buf_add_str(&text, names[i]);
        ds_buf_add_str(&text, "\":");
        ds_buf_add(&text, raw.p, raw.n);
    }
    ds_buf_add_u8(&text, '}');
    if (text.nomem)
        rc = ds_fail_nomem(err);
    else
        rc = dstack_evidence_parse(text.p, text.n, &r->evidence, err);
    ds_buf_free(&text);
    return rc;
}

static int
read_all(dstack_quote_reply *r, const uint8_t *report_data, bool tells,
    dstack_error *err)
{
    const ds_answer *a = &r->answer;
    ds_jv v = ds_json_get(a->json, 0, "report_data");
    int rc = check_quote(a, err);

    if (rc == DSTACK_OK)
        rc = read_texts(r, err);
    if (rc == DSTACK_OK && tells)
        rc = ds_json_need(a->json, 0, "report_data", &v, err);
    /* In evidence a null counts as absent. */
    if (rc == DSTACK_OK && v != DS_JSON_NONE)
        rc = ds_json_expect(a->json, v, DS_JSON_STRING, err);
    if (rc == DSTACK_OK)
        rc = read_evidence(r, err);
    if (rc != DSTACK_OK)
        return rc;
    if (dstack_evidence_platform(r->evidence) != DSTACK_PLATFORM_TDX)
        return ds_answer_fail(a, ds_json_get(a->json, 0, "quote"), err,
            "expected a TDX quote, found one of platform %s",
            dstack_platform_name(dstack_evidence_platform(r->evidence)));
    if (!report_data)
        return DSTACK_OK;
    return ds_report_data_compare(r->evidence, report_data, err);
}

int
ds_quote_read(ds_answer *a, const uint8_t *report_data, bool tells,
    dstack_quote_reply **ret, dstack_error *err)
{
    dstack_quote_reply *r = ds_calloc(1, sizeof *r);
    int rc;

    *ret = NULL;
    if (!r) {
        ds_answer_free(a);
        return ds_fail_nomem(err);
    }
    r->answer = *a;
    memset(a, 0, sizeof *a);
    ds_buf_init(&r->event_log, DS_MAX_AGENT_ATTESTATION);
    ds_buf_init(&r->vm_config, DS_MAX_AGENT_ATTESTATION);
    ds_buf_init(&r->hash, DS_MAX_AGENT_ATTESTATION);
    ds_buf_init(&r->prefix, DS_MAX_AGENT_ATTESTATION);
    rc = ds_answer_end(&r->answer, read_all(r, report_data, tells, err), err);
    if (rc == DSTACK_OK)
        *ret = r;
    else
        dstack_quote_reply_free(r);
    return rc;
}

void
dstack_quote_reply_free(dstack_quote_reply *reply)
{
    if (!reply)
        return;
    dstack_evidence_free(reply->evidence);
    ds_buf_free(&reply->event_log);
    ds_buf_free(&reply->vm_config);
    ds_buf_free(&reply->hash);
    ds_buf_free(&reply->prefix);
    ds_answer_free(&reply->answer);
    ds_free(reply);
}

/* ---- the key that a worker's quote names (section 2.3) ------------------ */

/* Into r->app_key. DSTACK_OK; DSTACK_ERR_PARSE: there is none;
 * DSTACK_ERR_NOMEM. */
static int
find_key(dstack_quote_reply *r, uint32_t algorithm, ds_view data)
{
    bool k1 = algorithm == DSTACK_KEY_SECP256K1;
    const char *tag = k1 ? "dip1::secp256k1c-pk:" : "dip1::ed25519-pk:";
    size_t at = strlen(tag), n = k1 ? 33 : 32, digits = (n * 4 + 2) / 3;
    int rc = DSTACK_ERR_PARSE;
    ds_buf key;

    if (data.n != DS_REPORT_DATA || memcmp(data.p, tag, at) != 0 ||
        !ds_view_is_zero(
            ds_view_of(data.p + at + digits, DS_REPORT_DATA - at - digits)))
        return rc;
    ds_buf_init(&key, n);
    if (ds_base64url_decode(ds_view_of(data.p + at, digits), &key) &&
        (!k1 ||
            ds_k1_parse(ds_view_of(key.p, key.n), NULL, NULL) == DS_K1_OK)) {
        memcpy(r->app_key, key.p, n);
        r->app_key_len = n;
        rc = DSTACK_OK;
    }
    if (key.nomem)
        rc = DSTACK_ERR_NOMEM;
    ds_buf_free(&key);
    return rc;
}

int
ds_quote_read_app_key(dstack_quote_reply *reply, uint32_t algorithm,
    bool claimed, dstack_error *err)
{
    const ds_answer *a = &reply->answer;
    ds_jv v = ds_json_get(a->json, 0, "report_data");
    ds_view claim, real;
    int rc;

    claim.p = dstack_evidence_claimed_report_data(reply->evidence, &claim.n);
    real.p = dstack_evidence_report_data(reply->evidence, &real.n);
    rc = find_key(reply, algorithm, claimed ? claim : real);
    if (rc == DSTACK_ERR_NOMEM)
        rc = ds_fail_nomem(err);
    else if (rc != DSTACK_OK)
        rc = ds_answer_fail(a, v, err,
            "expected \"dip1::\" and a public key of %s",
            dstack_key_algorithm_name(algorithm));
    else if (!claimed && !ds_view_eq(claim, real))
        rc = ds_answer_fail(a, v, err, "it is not what the quote says");
    return ds_answer_end(a, rc, err);
}

/* ---- getters ------------------------------------------------------------ */

static const char *
text_of(const ds_buf *b, size_t *len)
{
    if (len)
        *len = b ? b->n : 0;
    return b ? (const char *)b->p : NULL;
}

const uint8_t *
dstack_quote_reply_quote(const dstack_quote_reply *reply, size_t *len)
{
    return dstack_evidence_quote(reply ? reply->evidence : NULL, len);
}

const uint8_t *
dstack_quote_reply_report_data(const dstack_quote_reply *reply, size_t *len)
{
    return dstack_evidence_report_data(reply ? reply->evidence : NULL, len);
}

const char *
dstack_quote_reply_event_log_text(const dstack_quote_reply *reply, size_t *len)
{
    return text_of(reply ? &reply->event_log : NULL, len);
}

const dstack_event_log *
dstack_quote_reply_event_log(const dstack_quote_reply *reply)
{
    return dstack_evidence_event_log(reply ? reply->evidence : NULL);
}

const char *
dstack_quote_reply_vm_config_text(const dstack_quote_reply *reply, size_t *len)
{
    return text_of(reply ? &reply->vm_config : NULL, len);
}

const dstack_vm_config *
dstack_quote_reply_vm_config(const dstack_quote_reply *reply)
{
    return dstack_evidence_config(reply ? reply->evidence : NULL);
}

const char *
dstack_quote_reply_hash_algorithm(const dstack_quote_reply *reply)
{
    return reply && reply->hash.p ? (const char *)reply->hash.p : "";
}

const char *
dstack_quote_reply_prefix(const dstack_quote_reply *reply)
{
    return reply && reply->prefix.p ? (const char *)reply->prefix.p : "";
}

const uint8_t *
dstack_quote_reply_app_key(const dstack_quote_reply *reply, size_t *len)
{
    size_t n = reply ? reply->app_key_len : 0;

    if (len)
        *len = n;
    return n != 0 ? reply->app_key : NULL;
}

const dstack_evidence *
dstack_quote_reply_evidence(const dstack_quote_reply *reply)
{
    return reply ? reply->evidence : NULL;
}

const char *
dstack_quote_reply_json(const dstack_quote_reply *reply, size_t *len)
{
    return text_of(reply ? &reply->answer.body : NULL, len);
}
