/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of what may be wrong with a guest's evidence (platforms.md
 * 8.2): its container, its report data, its quote, its events, and what a
 * policy asks of them. Rows have a P before their number there. */
#include <stdlib.h>

#include "base/text.h"
#include "codec/msgpack.h"
#include "crypto/hash.h"
#include "support/attack.h"
#include "support/container.h"
#include "support/vec.h"
#include "support/workload.h"

#define ATTESTATION DSTACK_STAGE_ATTESTATION
#define EVENTS DSTACK_STAGE_EVENTS
#define WORKLOAD DSTACK_STAGE_WORKLOAD
#define POLICY DSTACK_STAGE_POLICY
#define UP DSTACK_TCB_UP_TO_DATE

static workload w;

/* Untouched evidence of a guest; changes go into w and a->f. */
static void
begin(attack *a, int kind)
{
    attack_begin(a, kind);
    workload_end(&w);
    workload_begin(&w, a->f);
    memcpy(w.a.report_data, a->f->quote.td.report_data, 64);
}

static void
build(attack *a)
{
    workload_build(&w);
    a->evidence = workload_bytes(&w);
}

static void
reject(attack *a, int stage, int reason)
{
    build(a);
    attack_reject_built(a, stage, reason);
}

static void
accept(attack *a)
{
    build(a);
    attack_accept_built(a, UP);
}

/* The runtime events are as in w; both lists have them. */
static void
reject_events(attack *a, int stage, int reason)
{
    workload_copy_runtime(&w);
    reject(a, stage, reason);
}

static void
accept_events(attack *a)
{
    workload_copy_runtime(&w);
    accept(a);
}

static void
reject_bytes(attack *a, ds_view bytes, int reason)
{
    a->evidence = bytes;
    attack_reject_built(a, ATTESTATION, reason);
    a->evidence = ds_view_of(NULL, 0);
}

/* ---- containers ---------------------------------------------------------------- */

static void
empty(attack *a)
{
    begin(a, FORGE_TDX_V4);
    attack_build(a);
    a->evidence = ds_view_of((const uint8_t *)" ", 0);
    attack_reject_built(
        a, DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_FORMAT);
    a->evidence = ds_view_of((const uint8_t *)" \n", 2);
    attack_reject_built(
        a, DSTACK_STAGE_EVIDENCE, DSTACK_REASON_EVIDENCE_FORMAT);
}

/* What is neither version 0 nor a map could be a quote, and is none. */
static void
first_byte(attack *a)
{
    static const uint8_t unknown[] = {
        0x01, 0x02, 0x06, 0x10, 0x7f, 0x90, 0x9f, 0xa0, 0xc0, 0xd9, 0xff};

    for (uint32_t version = 0; version < 2; version++) {
        begin(a, FORGE_TDX_V4);
        w.version = version;
        build(a);
        for (size_t i = 0; i < sizeof unknown; i++) {
            bool quote = unknown[i] < 0x20 && w.bytes.p[1] == 0;

            w.bytes.p[0] = unknown[i];
            attack_case(a, "first byte 0x%02x", (unsigned)unknown[i]);
            attack_reject_built(a,
                quote ? DSTACK_STAGE_QUOTE : DSTACK_STAGE_EVIDENCE,
                quote ? DSTACK_REASON_QUOTE_VERSION
                      : DSTACK_REASON_EVIDENCE_FORMAT);
        }
        for (unsigned byte = 0; byte < 256; byte++) {
            dstack_evidence *e = NULL;

            w.bytes.p[0] = (uint8_t)byte;
            if (dstack_evidence_parse(w.bytes.p, w.bytes.n, &e, NULL) == 0 &&
                byte != (version == 0 ? 0 : 0x83))
                fail_msg("first byte 0x%02x", byte);
            dstack_evidence_free(e);
        }
    }
}

static void
trailing(attack *a, uint32_t version)
{
    begin(a, FORGE_TDX_V4);
    w.version = version;
    accept(a);
    for (int byte = 0; byte < 256; byte += 51) {
        build(a);
        ds_buf_add_u8(&w.bytes, (uint8_t)byte);
        reject_bytes(a, workload_bytes(&w), DSTACK_REASON_ATTESTATION_TRAILING);
    }
}

static void
trailing_v0(attack *a)
{
    trailing(a, 0);
}

static void
trailing_v1(attack *a)
{
    trailing(a, 1);
}

/* A container of version 1 with some bytes (hex) replaced. */
static void
reject_v1(attack *a, const char *old, const char *new, int reason)
{
    ds_view changed;

    build(a);
    changed = container_replace(workload_bytes(&w), old, new);
    reject_bytes(a, changed, reason);
    vec_free(changed);
}

static void
begin_v1(attack *a)
{
    begin(a, FORGE_TDX_V4);
    w.version = 1;
}

/* "version" */
#define VERSION "a776657273696f6e"

static void
versions(attack *a)
{
    begin_v1(a);
    reject_v1(a, VERSION "01", VERSION "00", DSTACK_REASON_ATTESTATION_VERSION);
    reject_v1(a, VERSION "01", VERSION "02", DSTACK_REASON_ATTESTATION_VERSION);
    reject_v1(a, VERSION "01", VERSION "cf0000000100000001",
        DSTACK_REASON_ATTESTATION_VERSION);
}

/* "platform" twice: the second is another one. */
static void
duplicate(attack *a)
{
    begin_v1(a);
    reject_v1(a, "83" VERSION "01", "84" VERSION "01a8706c6174666f726d80",
        DSTACK_REASON_ATTESTATION_DUPLICATE);
    reject_v1(a, "83" VERSION "01", "84" VERSION "01" VERSION "01",
        DSTACK_REASON_ATTESTATION_DUPLICATE);
}

/* "kind": "tdx" */
static void
kind(attack *a)
{
    begin_v1(a);
    reject_v1(a, "a46b696e64a3746478", "a46b696e64a3746479",
        DSTACK_REASON_ATTESTATION_KIND);
    reject_v1(a, "a46b696e64a3746478", "a46b696e64a3544458",
        DSTACK_REASON_ATTESTATION_KIND);
    begin(a, FORGE_TDX_V4);
    build(a);
    w.bytes.p[1] = 5;
    reject_bytes(a, workload_bytes(&w), DSTACK_REASON_ATTESTATION_KIND);
}

/* The quote's length: a compact number of two bytes behind version and
 * variant. */
static void
lengths(attack *a)
{
    static const struct {
        const char *bytes; /* hex */
        int reason;
    } bad[] = {
        {"fdff", DSTACK_REASON_ATTESTATION_TRUNCATED},     /* 16383 */
        {"feffffff", DSTACK_REASON_ATTESTATION_TRUNCATED}, /* 2^30 - 1 */
        {"0300000040", DSTACK_REASON_ATTESTATION_RANGE},
        {"13ffffffffffffffff", DSTACK_REASON_ATTESTATION_RANGE},
        {"03ffffff3f", DSTACK_REASON_ATTESTATION_RANGE},
        {"02000000", DSTACK_REASON_ATTESTATION_ENCODING},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char old[9], new[32];

        begin(a, FORGE_TDX_V4);
        build(a);
        assert_int_equal(w.bytes.p[2] & 3, 1);
        ds_hex_encode(ds_view_of(w.bytes.p, 4), old);
        snprintf(new, sizeof new, "%.4s%s", old, bad[i].bytes);
        attack_case(a, "length %s", bad[i].bytes);
        reject_v1(a, old, new, bad[i].reason);
    }
}

static void
too_large(attack *a)
{
    ds_buf big;

    begin(a, FORGE_TDX_V4);
    ds_buf_init(&big, (10u << 20) + 1);
    for (w.version = 0; w.version < 2; w.version++) {
        build(a);
        ds_buf_cut(&big, 0);
        ds_buf_add(&big, w.bytes.p, w.bytes.n);
        while (big.n < (10u << 20) + 1)
            ds_buf_add_u8(&big, 0);
        reject_bytes(
            a, ds_view_of(big.p, big.n), DSTACK_REASON_ATTESTATION_TOO_LARGE);
    }
    ds_buf_free(&big);
}

/* A key that nobody knows, with 5000 arrays in each other. */
static void
depth(attack *a)
{
    char *new = malloc(20040);

    assert_non_null(new);
    for (size_t i = 0; i < 2; i++) {
        size_t levels = i == 0 ? 5000 : 17;
        size_t n = (size_t)snprintf(new, 40, "84a178");

        for (size_t k = 0; k < levels; k++)
            n += (size_t)snprintf(new + n, 8, "91");
        snprintf(new + n, 40, "c0" VERSION "01");
        begin_v1(a);
        reject_v1(a, "83" VERSION "01", new, DSTACK_REASON_ATTESTATION_DEPTH);
    }
    free(new);
}

/* "report_data": an array of 64 integers. */
#define DATA "ab7265706f72745f64617461"

static void
begin_zero_data(attack *a)
{
    begin_v1(a);
    memset(a->f->quote.td.report_data, 0, 64);
    memset(w.a.report_data, 0, 64);
}

static void
data_length(attack *a)
{
    begin_zero_data(a);
    accept(a);
    reject_v1(
        a, DATA "dc004000", DATA "dc003f", DSTACK_REASON_ATTESTATION_LENGTH);
    reject_v1(
        a, DATA "dc0040", DATA "dc004100", DSTACK_REASON_ATTESTATION_LENGTH);
    w.version = 0;
}

static void
data_element(attack *a)
{
    static const struct {
        const char *bytes; /* hex */
        int reason;
    } bad[] = {
        {"cd0100", DSTACK_REASON_ATTESTATION_RANGE}, /* 256 */
        {"ff", DSTACK_REASON_ATTESTATION_TYPE},      /* -1 */
        {"d0ff", DSTACK_REASON_ATTESTATION_TYPE},
        {"c2", DSTACK_REASON_ATTESTATION_TYPE},
        {"c0", DSTACK_REASON_ATTESTATION_TYPE},
        {"a130", DSTACK_REASON_ATTESTATION_TYPE},
        {"ca00000000", DSTACK_REASON_ATTESTATION_TYPE},
    };

    begin_zero_data(a);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char new[64];

        snprintf(new, sizeof new, DATA "dc0040%s", bad[i].bytes);
        attack_case(a, "element %s", bad[i].bytes);
        reject_v1(a, DATA "dc004000", new, bad[i].reason);
    }
}

/* "app-id" */
static void
utf8(attack *a)
{
    for (uint32_t version = 0; version < 2; version++) {
        begin(a, FORGE_TDX_V4);
        w.version = version;
        reject_v1(
            a, "6170702d6964", "ff70702d6964", DSTACK_REASON_ATTESTATION_UTF8);
        reject_v1(
            a, "6170702d6964", "c0af702d6964", DSTACK_REASON_ATTESTATION_UTF8);
    }
}

/* ---- the other spelling of bytes (row P14) ---------------------------------------- */

typedef struct {
    ds_view in;
    size_t at;
    ds_buf *out;
    size_t changed;
} respell;

static uint64_t
read_be(respell *r, size_t n)
{
    uint64_t v = 0;

    assert_true(r->in.n - r->at >= n);
    for (size_t i = 0; i < n; i++)
        v = v << 8 | r->in.p[r->at++];
    return v;
}

/* How many values follow a header at r->at, or how many bytes; passes it. */
static size_t
read_count(respell *r, uint8_t fixed, uint8_t mask, uint8_t first)
{
    uint8_t byte = (uint8_t)read_be(r, 1);

    if ((byte & (uint8_t)~mask) == fixed)
        return byte & mask;
    return (size_t)read_be(r, (size_t)1 << (byte - first));
}

static void
copy(respell *r, size_t n)
{
    assert_true(r->in.n - r->at >= n);
    ds_buf_add(r->out, r->in.p + r->at, n);
    r->at += n;
}

/* An array of integers as bytes; false, with nothing done, for another. */
static bool
ints_to_bytes(respell *r, size_t n)
{
    size_t at = r->at;
    uint8_t *p = malloc(n ? n : 1);
    bool ints = n != 0;

    assert_non_null(p);
    for (size_t i = 0; i < n && ints; i++) {
        uint8_t byte = (uint8_t)read_be(r, 1);

        ints = byte < 0x80 || byte == 0xcc;
        if (ints)
            p[i] = byte == 0xcc ? (uint8_t)read_be(r, 1) : byte;
    }
    if (ints)
        ds_mp_put_bytes(r->out, ds_view_of(p, n));
    else
        r->at = at;
    r->changed += ints;
    free(p);
    return ints;
}

static void
respell_value(respell *r)
{
    size_t start = r->at;
    uint8_t byte = r->in.p[r->at];
    size_t n;

    if (byte >> 4 == 8 || byte == 0xde) {
        n = 2 * (byte == 0xde ? (r->at++, (size_t)read_be(r, 2))
                              : read_count(r, 0x80, 0x0f, 0));
        ds_buf_add(r->out, r->in.p + start, r->at - start);
        while (n-- != 0)
            respell_value(r);
    } else if (byte >> 4 == 9 || byte == 0xdc || byte == 0xdd) {
        n = read_count(r, 0x90, 0x0f, 0xdb);
        if (ints_to_bytes(r, n))
            return;
        ds_buf_add(r->out, r->in.p + start, r->at - start);
        while (n-- != 0)
            respell_value(r);
    } else if (byte >= 0xc4 && byte <= 0xc6) {
        n = read_count(r, 0xc0, 0, 0xc4);
        ds_mp_put_ints(r->out, ds_view_of(r->in.p + r->at, n));
        r->at += n;
        r->changed++;
    } else if (byte >> 5 == 5 || (byte >= 0xd9 && byte <= 0xdb)) {
        n = read_count(r, 0xa0, 0x1f, 0xd9);
        ds_buf_add(r->out, r->in.p + start, r->at - start);
        copy(r, n);
    } else if (byte >= 0xcc && byte <= 0xcf) {
        copy(r, 1 + ((size_t)1 << (byte - 0xcc)));
    } else {
        assert_true(byte < 0x80 || (byte >= 0xc0 && byte <= 0xc3));
        copy(r, 1);
    }
}

static char *
report_json(const attack *a)
{
    char *json = NULL;

    assert_int_equal(dstack_report_to_json(a->report, &json, NULL, NULL), 0);
    return json;
}

static void
spellings(attack *a)
{
    ds_buf other;
    respell r;
    char *one, *two;

    begin_v1(a);
    accept(a);
    one = report_json(a);
    ds_buf_init(&other, 1u << 20);
    r = (respell){.in = workload_bytes(&w), .out = &other};
    respell_value(&r);
    assert_int_equal(r.at, r.in.n);
    assert_true(r.changed > 3);
    a->evidence = ds_view_of(other.p, other.n);
    assert_int_not_equal(other.n, r.in.n);
    attack_accept_built(a, UP);
    two = report_json(a);
    assert_string_equal(one, two);
    dstack_free(one);
    dstack_free(two);
    a->evidence = ds_view_of(NULL, 0);
    ds_buf_free(&other);
}

/* ---- report data --------------------------------------------------------------------- */

static void
stack_data(attack *a)
{
    for (uint32_t version = 0; version < 2; version++)
        for (int as_json = 0; as_json < 2; as_json++) {
            begin(a, FORGE_TDX_V4);
            w.version = version;
            w.as_json = as_json != 0;
            w.a.report_data[63] ^= 1;
            reject(a, WORKLOAD, DSTACK_REASON_REPORT_DATA_CLAIM);
        }
}

static void
expect_data(attack *a, const uint8_t *data)
{
    assert_int_equal(
        dstack_policy_expect_report_data(attack_policy(a), data, 64, NULL), 0);
}

static void
replayed(attack *a)
{
    uint8_t nonce[64];

    begin(a, FORGE_TDX_V4);
    memset(nonce, 7, sizeof nonce);
    expect_data(a, nonce);
    reject(a, POLICY, DSTACK_REASON_POLICY_REPORT_DATA);
    expect_data(a, w.a.report_data);
    accept(a);
}

static void
set_data(attack *a, const char *tag, const char *content)
{
    uint8_t *data = a->f->quote.td.report_data;

    assert_int_equal(dstack_report_data_hash(tag, (const uint8_t *)content,
                         strlen(content), NULL, data, NULL),
        0);
    memcpy(w.a.report_data, data, 64);
}

static void
payload(attack *a)
{
    static const char *const altered[] = {
        "", "test conten", "test content ", "Test content", "app-data:"};

    begin_v1(a);
    set_data(a, NULL, "test content");
    w.a.pod = true;
    w.a.payload = ds_view_str("test content");
    accept(a);
    for (size_t i = 0; i < sizeof altered / sizeof *altered; i++) {
        w.a.payload = ds_view_str(altered[i]);
        reject(a, WORKLOAD, DSTACK_REASON_REPORT_DATA_PAYLOAD);
    }
}

static void
other_tag(attack *a)
{
    uint8_t want[64];

    begin(a, FORGE_TDX_V4);
    set_data(a, "app-data", "key");
    assert_int_equal(dstack_report_data_hash("ratls-cert",
                         (const uint8_t *)"key", 3, NULL, want, NULL),
        0);
    expect_data(a, want);
    reject(a, POLICY, DSTACK_REASON_POLICY_REPORT_DATA);
    set_data(a, "ratls-cert", "key");
    accept(a);
}

/* "a:b" of "c" is "a" of "b:c". */
static void
colon_tag(attack *a)
{
    static const char json[] =
        "{\"expect_report_data\":{\"tag\":\"a:b\",\"content\":\"c\"}}";
    dstack_policy *policy = NULL;
    dstack_error err;

    assert_int_equal(dstack_policy_parse(
                         (const uint8_t *)json, sizeof json - 1, &policy, &err),
        DSTACK_ERR_PARSE);
    assert_int_equal(err.reason, DSTACK_REASON_POLICY_JSON);
    assert_null(policy);
    attack_note(a, "policy_json");
}

static void
short_data(attack *a)
{
    dstack_error err;
    uint8_t data[64] = {1, 2, 3};

    begin(a, FORGE_TDX_V4);
    for (size_t n = 0; n < 64; n++)
        assert_int_equal(
            dstack_policy_expect_report_data(attack_policy(a), data, n, &err),
            DSTACK_ERR_ARG);
    attack_note(a, "DSTACK_ERR_ARG");
    /* Padded with zeros it is these 64 bytes, and no others. */
    memcpy(a->f->quote.td.report_data, data, 64);
    memcpy(w.a.report_data, data, 64);
    expect_data(a, data);
    accept(a);
    a->f->quote.td.report_data[63] = w.a.report_data[63] = 1;
    reject(a, POLICY, DSTACK_REASON_POLICY_REPORT_DATA);
}

/* ---- the quote ------------------------------------------------------------------------ */

/* A bit of the TD report, in the container and in the answer. */
static void
flipped(attack *a)
{
    for (size_t at = 48; at < 632; at += 73) {
        begin(a, FORGE_TDX_V4);
        build(a);
        /* Behind version, variant and length. */
        w.bytes.p[4 + at] ^= 0x10;
        attack_case(a, "byte %zu", at);
        attack_reject_built(
            a, DSTACK_STAGE_SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
    }
}

static void
other_root(attack *a)
{
    begin(a, FORGE_TDX_V4);
    a->intel_root = true;
    reject(a, DSTACK_STAGE_CHAIN, DSTACK_REASON_ROOT_PIN);
    begin(a, FORGE_TDX_V4);
    a->f->cert[FORGE_CERT_PLATFORM].signer = FORGE_KEY_ROGUE;
    a->f->cert[FORGE_CERT_PLATFORM].aki_id = attack_key_id(a, FORGE_KEY_ROOT);
    reject(a, DSTACK_STAGE_CHAIN, DSTACK_REASON_CRL_CHAIN_SIG);
}

static void
expired(attack *a)
{
    begin(a, FORGE_TDX_V4);
    a->f->tcb_info.next_update = FORGE_NOW - 1;
    reject(a, DSTACK_STAGE_COLLATERAL, DSTACK_REASON_TCB_INFO_EXPIRED);
    begin(a, FORGE_TDX_V4);
    a->f->crl[FORGE_CRL_PCK].next_update = FORGE_NOW - 1;
    reject(a, DSTACK_STAGE_REVOCATION, DSTACK_REASON_PCK_CRL_TIME);
}

static void
future(attack *a)
{
    begin(a, FORGE_TDX_V4);
    a->f->tcb_info.issue_date = FORGE_NOW + 1;
    reject(a, DSTACK_STAGE_COLLATERAL, DSTACK_REASON_TCB_INFO_FUTURE);
}

static void
revoked(attack *a)
{
    begin(a, FORGE_TDX_V4);
    forge_revoke(a->f, FORGE_CRL_PCK, FORGE_CERT_PCK, 0);
    reject(a, DSTACK_STAGE_REVOCATION, DSTACK_REASON_REVOKED_PCK);
    begin(a, FORGE_TDX_V4);
    forge_revoke(a->f, FORGE_CRL_ROOT, FORGE_CERT_PLATFORM, 0);
    reject(a, DSTACK_STAGE_REVOCATION, DSTACK_REASON_REVOKED_CA);
}

static void
tcb(attack *a, const char *status, int stage, int reason)
{
    begin(a, FORGE_TDX_V4);
    a->f->tcb_info.levels[0].status = status;
    reject(a, stage, reason);
}

static void
tcb_revoked(attack *a)
{
    tcb(a, "Revoked", DSTACK_STAGE_TCB, DSTACK_REASON_TCB_REVOKED);
}

static void
out_of_date(attack *a)
{
    tcb(a, "OutOfDate", POLICY, DSTACK_REASON_POLICY_STATUS);
    attack_accept_built(a, DSTACK_TCB_OUT_OF_DATE);
}

static void
debug(attack *a)
{
    begin(a, FORGE_TDX_V4);
    a->f->quote.td.td_attributes |= 1;
    reject(a, DSTACK_STAGE_ATTRIBUTES, DSTACK_REASON_ATTR_DEBUG);
}

static void
under_debug(attack *a)
{
    for (unsigned bit = 1; bit < 8; bit++) {
        begin(a, FORGE_TDX_V4);
        a->f->quote.td.td_attributes |= UINT64_C(1) << bit;
        attack_case(a, "bit %u", bit);
        reject(a, DSTACK_STAGE_ATTRIBUTES, DSTACK_REASON_ATTR_TUD);
    }
}

static void
sept(attack *a)
{
    const uint64_t bit = UINT64_C(1) << 28;

    begin(a, FORGE_TDX_V4);
    assert_int_equal(
        dstack_policy_require_attributes(attack_policy(a), bit, 0, NULL), 0);
    accept(a);
    a->f->quote.td.td_attributes &= ~bit;
    reject(a, POLICY, DSTACK_REASON_ATTR_SEPT);
}

static void
seam_signer(attack *a)
{
    begin(a, FORGE_TDX_V4);
    a->f->quote.td.mr_signer_seam[47] = 1;
    reject(a, DSTACK_STAGE_TCB, DSTACK_REASON_TDX_MODULE_MISMATCH);
}

static void
service_td(attack *a)
{
    begin(a, FORGE_TDX_V5_15);
    accept(a);
    a->f->quote.td.mr_service_td[0] = 1;
    reject(a, POLICY, DSTACK_REASON_POLICY_SERVICE_TD);
}

/* An enclave's quote where a TD's belongs. */
static void
other_tee(attack *a)
{
    for (uint32_t version = 0; version < 2; version++) {
        ds_buf out;
        dstack_error err;

        begin(a, FORGE_TDX_V4);
        a->kind = FORGE_SGX_V3;
        forge_reset(a->f, FORGE_SGX_V3);
        attack_build(a);
        w.a.quote = ds_view_of(a->f->out.quote.p, a->f->out.quote.n);
        ds_buf_init(&out, 1u << 20);
        assert_int_equal(ds_attestation_encode(&w.a, version, &out, &err), 0);
        a->evidence = ds_view_of(out.p, out.n);
        attack_reject_built(
            a, DSTACK_STAGE_QUOTE, DSTACK_REASON_QUOTE_TEE_TYPE);
        a->evidence = ds_view_of(NULL, 0);
        ds_buf_free(&out);
    }
}

static void
claim(const attack *a, const char *name, uint8_t out[32])
{
    size_t n = 0;
    const uint8_t *p = dstack_report_claim(a->report, name, &n);

    assert_int_equal(n, 32);
    memcpy(out, p, 32);
}

/* Whose it is is not forbidden to say, and is in the aggregate. */
static void
owner(attack *a)
{
    uint8_t zero[48] = {0}, before[32], after[32];

    for (int i = 0; i < 2; i++) {
        begin(a, FORGE_TDX_V4);
        memset(a->f->quote.td.mr_owner, 0, 48);
        memset(a->f->quote.td.mr_owner_config, 0, 48);
        assert_int_equal(
            dstack_policy_expect_field(attack_policy(a),
                i == 0 ? "mr_owner" : "mr_owner_config", zero, 48, NULL),
            0);
        accept(a);
        claim(a, "mr_aggregated", before);
        (i == 0 ? a->f->quote.td.mr_owner : a->f->quote.td.mr_owner_config)[9] =
            1;
        reject(a, POLICY, DSTACK_REASON_POLICY_MEASUREMENT);
        claim(a, "mr_aggregated", after);
        assert_memory_not_equal(before, after, 32);
    }
}

static void
set_config(attack *a)
{
    uint8_t *id = a->f->quote.td.mr_config_id;

    assert_int_equal(
        dstack_mr_config_id_v1(w.runtime[2].payload.p, 32, id, 48, NULL), 0);
}

static void
config_other(attack *a)
{
    begin(a, FORGE_TDX_V4);
    set_config(a);
    accept(a);
    a->f->quote.td.mr_config_id[32] ^= 1;
    reject(a, WORKLOAD, DSTACK_REASON_MR_CONFIG);
}

static void
config_zero(attack *a)
{
    begin(a, FORGE_TDX_V4);
    accept(a);
    dstack_policy_require_mr_config(attack_policy(a));
    reject(a, WORKLOAD, DSTACK_REASON_MR_CONFIG);
}

static void
config_tail(attack *a)
{
    begin(a, FORGE_TDX_V4);
    for (size_t i = 33; i < 48; i++) {
        set_config(a);
        a->f->quote.td.mr_config_id[i] = 1;
        reject(a, WORKLOAD, DSTACK_REASON_MR_CONFIG);
    }
    for (unsigned version = 4; version < 256; version += 63) {
        set_config(a);
        a->f->quote.td.mr_config_id[0] = (uint8_t)version;
        reject(a, WORKLOAD, DSTACK_REASON_MR_CONFIG);
    }
    set_config(a);
    a->f->quote.td.mr_config_id[0] = 0;
    reject(a, WORKLOAD, DSTACK_REASON_MR_CONFIG);
}

/* ---- events ----------------------------------------------------------------------------- */

/* In the order of workload_begin(). */
enum {
    PREPARING = 0,
    APP_ID,
    COMPOSE_HASH,
    INSTANCE_ID,
    BOOT_DONE,
    OS_IMAGE,
    KEY_PROVIDER,
    STORAGE,
    READY,
    COUNT
};

static ds_event *
insert(size_t i, const char *name, ds_view payload)
{
    memmove(&w.runtime[i + 1], &w.runtime[i],
        (w.a.runtime_count++ - i) * sizeof w.runtime[0]);
    w.runtime[i] = (ds_event){.imr = 3,
        .type = DS_EVENT_RUNTIME,
        .version = 1,
        .name = ds_view_str(name),
        .payload = payload};
    return &w.runtime[i];
}

static void
drop(size_t i)
{
    memmove(&w.runtime[i], &w.runtime[i + 1],
        (--w.a.runtime_count - i) * sizeof w.runtime[0]);
}

static ds_view
bytes(uint8_t fill, size_t n)
{
    static uint8_t all[256][64];

    memset(all[fill], fill, 64);
    return ds_view_of(all[fill], n);
}

/* The registers stay those of untouched evidence. */
static void
begin_kept(attack *a, int as_json)
{
    begin(a, FORGE_TDX_V4);
    w.version = 1;
    w.as_json = as_json != 0;
    build(a);
    w.keep_rtmr = true;
}

static void
payload_changed(attack *a)
{
    for (int as_json = 0; as_json < 2; as_json++)
        for (size_t i = 0; i < COUNT; i++) {
            begin_kept(a, as_json);
            w.runtime[i].payload = bytes(9, w.runtime[i].payload.n + 1);
            attack_case(a, "event %zu", i);
            reject_events(a, EVENTS, DSTACK_REASON_RTMR3_REPLAY);
        }
}

static void
list_changed(attack *a)
{
    for (int as_json = 0; as_json < 2; as_json++)
        for (size_t i = 0; i < COUNT; i++) {
            ds_event e;

            attack_case(a, "event %zu", i);
            begin_kept(a, as_json);
            drop(i);
            reject_events(a, EVENTS, DSTACK_REASON_RTMR3_REPLAY);
            begin_kept(a, as_json);
            insert(i, "one-more", bytes(1, 1));
            reject_events(a, EVENTS, DSTACK_REASON_RTMR3_REPLAY);
            begin_kept(a, as_json);
            e = w.runtime[i];
            w.runtime[i] = w.runtime[(i + 1) % COUNT];
            w.runtime[(i + 1) % COUNT] = e;
            reject_events(a, EVENTS, DSTACK_REASON_RTMR3_REPLAY);
        }
}

static void
lists_differ(attack *a)
{
    begin(a, FORGE_TDX_V4);
    w.events[3 + APP_ID].payload = bytes(1, 20);
    reject(a, EVENTS, DSTACK_REASON_EVENT_LISTS);
    workload_copy_runtime(&w);
    w.a.event_count--;
    reject(a, EVENTS, DSTACK_REASON_EVENT_LISTS);
}

static void
shadow(attack *a)
{
    size_t n;

    begin(a, FORGE_TDX_V4);
    insert(COUNT, "app-id", bytes(1, 20));
    insert(COUNT, "compose-hash", bytes(1, 32));
    accept_events(a);
    assert_memory_equal(dstack_report_claim(a->report, "app_id", &n),
        w.runtime[APP_ID].payload.p, 20);
    assert_int_equal(dstack_report_shadow_event_count(a->report), 2);
    attack_note(a, "2 shadow events");
}

static void
twice(attack *a)
{
    for (size_t i = APP_ID; i <= COMPOSE_HASH; i++)
        for (int same = 0; same < 2; same++) {
            ds_event e;

            begin(a, FORGE_TDX_V4);
            e = w.runtime[i];
            insert(i, i == APP_ID ? "app-id" : "compose-hash",
                same ? e.payload : bytes(1, e.payload.n));
            reject_events(a, EVENTS, DSTACK_REASON_EVENT_DUPLICATE);
        }
}

static void
late(attack *a)
{
    for (size_t i = APP_ID; i <= INSTANCE_ID; i++) {
        ds_event e;

        begin(a, FORGE_TDX_V4);
        e = w.runtime[i];
        memmove(&w.runtime[i], &w.runtime[i + 1],
            (BOOT_DONE - i) * sizeof w.runtime[0]);
        w.runtime[BOOT_DONE] = e;
        reject_events(a, EVENTS, DSTACK_REASON_EVENT_ORDER);
        /* The boundary stands by itself. */
        assert_int_equal(dstack_policy_accept_workload_rule(
                             attack_policy(a), DSTACK_RULE_ORDER, NULL),
            0);
        reject_events(a, EVENTS, DSTACK_REASON_EVENT_BOUNDARY);
    }
}

static void
not_ready(attack *a)
{
    begin(a, FORGE_TDX_V4);
    drop(READY);
    reject_events(a, EVENTS, DSTACK_REASON_EVENT_READY);
    begin(a, FORGE_TDX_V4);
    w.a.runtime_count = BOOT_DONE + 1;
    reject_events(a, EVENTS, DSTACK_REASON_EVENT_READY);
    assert_int_equal(dstack_policy_accept_workload_rule(
                         attack_policy(a), DSTACK_RULE_READY, NULL),
        0);
    accept_events(a);
    assert_int_equal(dstack_report_boot_is_finished(a->report), 0);
}

/* "a:b" with payload "c" has the digest of "a" with "b:c". */
static void
colon_name(attack *a)
{
    uint8_t one[48], two[48];

    assert_int_equal(dstack_event_digest(
                         "a:b", 3, (const uint8_t *)"c", 1, 1, one, 48, NULL),
        0);
    assert_int_equal(dstack_event_digest(
                         "a", 1, (const uint8_t *)"b:c", 3, 1, two, 48, NULL),
        0);
    assert_memory_equal(one, two, 48);
    begin(a, FORGE_TDX_V4);
    insert(COUNT, "a:b", ds_view_str("c"));
    reject_events(a, EVENTS, DSTACK_REASON_EVENT_NAME);
    begin(a, FORGE_TDX_V4);
    insert(1, "app-id:a", ds_view_str("c"));
    reject_events(a, EVENTS, DSTACK_REASON_EVENT_NAME);
}

static void
relabelled(attack *a)
{
    for (uint32_t version = 1; version < 3; version++) {
        begin(a, FORGE_TDX_V4);
        w.version = 1;
        w.runtime[APP_ID].version = version;
        workload_copy_runtime(&w);
        build(a);
        w.keep_rtmr = true;
        w.runtime[APP_ID].version = 3 - version;
        reject_events(a, EVENTS, DSTACK_REASON_RTMR3_REPLAY);
    }
}

/* Two digests of one event: its own, and another's. */
static void
preimages(attack *a)
{
    static const char right[] =
        "{\"name\":\"boot-mr-done\",\"payload\":\"\",\"type\":134217729}";
    static const char *const wrong[] = {"boot-mr-done",
        "{\"name\":\"boot-mr-done\",\"payload\":\"00\",\"type\":134217729}",
        "{\"payload\":\"\",\"name\":\"boot-mr-done\",\"type\":134217729}",
        "{\"name\": \"boot-mr-done\",\"payload\":\"\",\"type\":134217729}"};
    ds_event *e;

    begin(a, FORGE_TDX_V4);
    w.version = 1;
    w.runtime[BOOT_DONE].version = 2;
    workload_copy_runtime(&w);
    e = &w.events[3 + BOOT_DONE];
    e->preimage = ds_view_str(right);
    accept(a);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        e->preimage = ds_view_str(wrong[i]);
        reject(a, EVENTS, DSTACK_REASON_EVENT_PREIMAGE);
    }
    e->preimage = ds_view_str(right);
    e->digest = bytes(1, 48);
    reject(a, EVENTS, DSTACK_REASON_EVENT_DIGEST);
}

static void
stripped(attack *a)
{
    begin(a, FORGE_TDX_V4);
    w.version = 1;
    for (size_t i = 0; i < COUNT; i++)
        w.runtime[i].version = 2;
    accept_events(a);
    w.as_json = true;
    accept_events(a);
}

#define GPU \
    "{\"version\":2,\"provider\":\"nvidia\",\"devices\":1,\"cc_mode\":\"on\"," \
    "\"devtools\":false,\"evidence_sha256\":" \
    "\"b8a8c3bd0d1ba7ee0b21e0f9ad4d9b4f8a3f5c94e43d6b3b12a10a0e7d5f9b01\"}"

static void
gpu_policy(attack *a)
{
    begin(a, FORGE_TDX_V4);
    assert_int_equal(dstack_policy_expect_field(attack_policy(a),
                         "gpu_policy_hash", bytes(3, 32).p, 32, NULL),
        0);
    reject_events(a, POLICY, DSTACK_REASON_POLICY_CLAIM);
    insert(INSTANCE_ID, "gpu-policy-hash", bytes(3, 32));
    accept_events(a);
    insert(INSTANCE_ID, "gpu-policy-hash", bytes(3, 32));
    reject_events(a, EVENTS, DSTACK_REASON_EVENT_DUPLICATE);
}

static void
gpu_late(attack *a)
{
    begin(a, FORGE_TDX_V4);
    insert(COUNT, "gpu-attestation", ds_view_str(GPU));
    accept_events(a);
    assert_int_equal(dstack_report_gpu_count(a->report), 0);
    assert_null(dstack_report_claim(a->report, "gpu_attestation", NULL));
    assert_int_equal(dstack_report_shadow_event_count(a->report), 1);
    attack_note(a, "1 shadow event");
    dstack_policy_require_gpu(attack_policy(a));
    reject_events(a, POLICY, DSTACK_REASON_POLICY_GPU);
}

/* SEV-SNP signs no register that events could replay to. */
static void
gpu_unbound(attack *a)
{
    ds_view in = container_vec("snp", 1);

    begin(a, FORGE_TDX_V4);
    attack_build(a);
    a->evidence = in;
    attack_reject_built(
        a, DSTACK_STAGE_EVIDENCE, DSTACK_REASON_PLATFORM_UNSUPPORTED);
    assert_int_equal(dstack_report_gpu_count(a->report), 0);
    a->evidence = ds_view_of(NULL, 0);
    vec_free(in);
    /* Of a TD whose events were not held against RTMR3 the same is true. */
    begin(a, FORGE_TDX_V4);
    insert(INSTANCE_ID, "gpu-attestation", ds_view_str(GPU));
    dstack_policy_require_gpu(attack_policy(a));
    accept_events(a);
    assert_int_equal(
        dstack_policy_accept_workload_rule(a->policy, DSTACK_RULE_REPLAY, NULL),
        0);
    reject_events(a, POLICY, DSTACK_REASON_POLICY_GPU);
}

static void
gpu_evidence(attack *a)
{
    static const uint8_t text[] = "not what was appraised\n";
    dstack_error err;

    begin(a, FORGE_TDX_V4);
    insert(INSTANCE_ID, "gpu-attestation", ds_view_str(GPU));
    accept_events(a);
    assert_int_equal(dstack_report_check_gpu_evidence(
                         a->report, text, sizeof text - 1, &err),
        DSTACK_ERR_UNTRUSTED);
    assert_int_equal(err.stage, WORKLOAD);
    assert_int_equal(err.reason, DSTACK_REASON_GPU_EVIDENCE);
    attack_note(a, "workload/gpu_evidence");
}

static void
scripts(attack *a)
{
    uint8_t want[64];

    memset(want, 1, 32);
    memset(want + 32, 2, 32);
    begin(a, FORGE_TDX_V4);
    assert_int_equal(
        dstack_policy_expect_init_scripts(attack_policy(a), want, 2, NULL), 0);
    reject_events(a, POLICY, DSTACK_REASON_POLICY_INIT_SCRIPTS);
    insert(INSTANCE_ID, "init-script-hash", bytes(2, 32));
    reject_events(a, POLICY, DSTACK_REASON_POLICY_INIT_SCRIPTS);
    insert(INSTANCE_ID, "init-script-hash", bytes(1, 32));
    accept_events(a);
    insert(INSTANCE_ID, "init-script-hash", bytes(1, 32));
    reject_events(a, POLICY, DSTACK_REASON_POLICY_INIT_SCRIPTS);
}

static void
key_provider(attack *a)
{
    static const uint8_t root[] = {1, 2, 3};

    begin(a, FORGE_TDX_V4);
    assert_int_equal(dstack_policy_expect_field(attack_policy(a),
                         "key_provider_name", (const uint8_t *)"kms", 3, NULL),
        0);
    accept_events(a);
    assert_int_equal(
        dstack_policy_expect_field(a->policy, "key_provider_id", root, 3, NULL),
        0);
    reject_events(a, POLICY, DSTACK_REASON_POLICY_CLAIM);
    w.runtime[KEY_PROVIDER].payload =
        ds_view_str("{\"name\":\"kms\",\"id\":\"010203\"}");
    accept_events(a);
    w.runtime[KEY_PROVIDER].payload =
        ds_view_str("{\"name\":\"none\",\"id\":\"010203\"}");
    reject_events(a, POLICY, DSTACK_REASON_POLICY_CLAIM);
}

/* A firmware's event in RTMR3, where only an answer's log could hide it. */
static void
other_type(attack *a)
{
    ds_event *e;

    begin(a, FORGE_TDX_V4);
    w.as_json = true;
    e = &w.events[w.a.event_count++];
    *e = (ds_event){.imr = 3,
        .type = 4,
        .version = 1,
        .digest = bytes(1, 48),
        .name = ds_view_str("app-id"),
        .payload = bytes(1, 20)};
    reject(a, EVENTS, DSTACK_REASON_EVENT_TYPE);
    /* A container's log and its stack would be two lists. */
    w.as_json = false;
    reject(a, EVENTS, DSTACK_REASON_EVENT_TYPE);
}

static const attack_row rows[] = {
    ATTACK("P1", "nothing", empty),
    ATTACK("P2", "a first byte of no container", first_byte),
    ATTACK("P3", "version 0 with a byte behind it", trailing_v0),
    ATTACK("P4", "version 1 with a byte behind it", trailing_v1),
    ATTACK("P5", "other versions", versions),
    ATTACK("P6", "a member twice", duplicate),
    ATTACK("P7", "an unknown platform", kind),
    ATTACK("P8", "lengths beyond the end", lengths),
    ATTACK("P9", "10 MiB and a byte", too_large),
    ATTACK("P10", "5000 levels", depth),
    ATTACK("P11", "report data of 63 or 65 bytes", data_length),
    ATTACK("P12", "bytes that are none", data_element),
    ATTACK("P13", "a name that is not UTF-8", utf8),
    ATTACK("P14", "bytes spelt the other way", spellings),
    ATTACK("P15", "the stack's report data", stack_data),
    ATTACK("P16", "an old quote", replayed),
    ATTACK("P17", "a pod's payload altered", payload),
    ATTACK("P18", "content under another tag", other_tag),
    ATTACK("P19", "a colon in a tag", colon_tag),
    ATTACK("P20", "short report data", short_data),
    ATTACK("P21", "a bit of the TD report flipped", flipped),
    ATTACK("P22", "PCK chain to another root", other_root),
    ATTACK("P23", "expired collateral", expired),
    ATTACK("P24", "collateral of the future", future),
    ATTACK("P25", "revoked PCK certificate or CA", revoked),
    ATTACK("P26", "revoked TCB", tcb_revoked),
    ATTACK("P27", "TCB out of date", out_of_date),
    ATTACK("P28", "debug TD", debug),
    ATTACK("P29", "other TUD bits", under_debug),
    ATTACK("P30", "SEPT_VE_DISABLE clear", sept),
    ATTACK("P31", "signer of the TDX module", seam_signer),
    ATTACK("P32", "service TD", service_td),
    ATTACK("P33", "an enclave's quote as a TD's", other_tee),
    ATTACK("P34", "owner and owner's configuration", owner),
    ATTACK("P35", "mr_config_id of another app", config_other),
    ATTACK("P36", "mr_config_id of zeros", config_zero),
    ATTACK("P37", "mr_config_id unknown", config_tail),
    ATTACK("P38", "an event's payload changed", payload_changed),
    ATTACK("P39", "events removed, added, moved", list_changed),
    ATTACK("P40", "two lists that differ", lists_differ),
    ATTACK("P41", "names measured by the app", shadow),
    ATTACK("P42", "app-id or compose-hash twice", twice),
    ATTACK("P43", "the app behind boot-mr-done", late),
    ATTACK("P44", "no system-ready", not_ready),
    ATTACK("P45", "a colon in an event's name", colon_name),
    ATTACK("P46", "an event's version changed", relabelled),
    ATTACK("P47", "preimages of something else", preimages),
    ATTACK("P48", "version 2 without digests", stripped),
    ATTACK("P49", "GPU policy missing or twice", gpu_policy),
    ATTACK("P50", "gpu-attestation by the app", gpu_late),
    ATTACK("P51", "gpu-attestation that nothing binds", gpu_unbound),
    ATTACK("P52", "other GPU evidence", gpu_evidence),
    ATTACK("P53", "other init scripts", scripts),
    ATTACK("P54", "another key provider", key_provider),
    ATTACK("P55", "an event of another type", other_type),
};

ATTACK_MAIN(rows)
