/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogue, section 4.5: TCB info and QE identity. Where a document is
 * changed in `edits` it is signed again, so that only the rule that the row
 * names can catch it. */
#include <stdlib.h>

#include "base/mem.h"
#include "support/attack.h"

#define COLLATERAL DSTACK_STAGE_COLLATERAL
#define TCB DSTACK_STAGE_TCB
#define UP DSTACK_TCB_UP_TO_DATE

/* Row titles are short; the catalogue has the rest. */
static const int both[] = {FORGE_SGX_V3, FORGE_TDX_V4};
#define EACH(a, k) \
    for (size_t k = 0; k < 2 && (attack_begin(a, both[k]), true); k++)

static forge_doc *
doc_of(attack *a, bool qe)
{
    return qe ? &a->f->qe_identity.doc : &a->f->tcb_info.doc;
}

static int
pick(bool qe, int tcb_reason, int qe_reason)
{
    return qe ? qe_reason : tcb_reason;
}

#define SIG(qe) \
    pick(qe, DSTACK_REASON_TCB_INFO_SIG, DSTACK_REASON_QE_IDENTITY_SIG)

/* A change before signing: only what the document says is at fault. */
static void
signed_edit(attack *a, bool qe, const char *find, const char *put, int reason)
{
    attack_case(a, "kind %d, %s: %.40s -> %.40s", a->f->kind,
        qe ? "QE identity" : "TCB info", find, put ? put : "nothing");
    doc_of(a, qe)->edits[0] = (forge_edit){.find = find, .put = put};
    attack_reject(a, COLLATERAL, reason);
    doc_of(a, qe)->edits[0].find = NULL;
}

/* A change after signing. */
static void
late_edit(attack *a, bool qe, const char *find, const char *put)
{
    attack_case(a, "kind %d, %s: %.40s -> %.40s", a->f->kind,
        qe ? "QE identity" : "TCB info", find, put);
    doc_of(a, qe)->late[0] = (forge_edit){.find = find, .put = put};
    attack_reject(a, COLLATERAL, SIG(qe));
    doc_of(a, qe)->late[0].find = NULL;
}

/* The generated text of a document, with something around it. */
static ds_view
wrapped(attack *a, bool qe, const char *before, const char *after)
{
    ds_buf b;
    ds_view v;

    ds_buf_init(&b, 1u << 22);
    ds_buf_add_str(&b, before);
    if (qe)
        forge_qe_identity_text(a->f, &b);
    else
        forge_tcb_info_text(a->f, &b);
    ds_buf_add_str(&b, after);
    v = forge_keep_buf(a->f, &b);
    ds_buf_free(&b);
    return v;
}

static void
signed_text(attack *a, bool qe, ds_view text, int reason)
{
    doc_of(a, qe)->text = text;
    attack_reject(a, COLLATERAL, reason);
    doc_of(a, qe)->text = ds_view_of(NULL, 0);
}

/* n times c, borrowed by the forge. */
static const char *
times(attack *a, const char *before, char c, size_t n, const char *after)
{
    size_t head = strlen(before);
    size_t tail = strlen(after);
    char *p = malloc(head + n + tail + 1);
    ds_view kept;

    assert_non_null(p);
    memcpy(p, before, head);
    memset(p + head, c, n);
    memcpy(p + head + n, after, tail + 1);
    kept = forge_keep(a->f, p, head + n + tail + 1);
    free(p);
    assert_non_null(kept.p);
    return (const char *)kept.p;
}

/* ---- signatures ------------------------------------------------------------ */

/* The good signature's hex, cut or prolonged. */
static ds_view
other_length(attack *a, bool qe, size_t n)
{
    char hex[140] = "";

    attack_build(a);
    memcpy(hex,
        qe ? a->f->out.qe_identity_signature.p : a->f->out.tcb_info_signature.p,
        128);
    memcpy(hex + 128, "0000", 4);
    return forge_keep(a->f, hex, n);
}

static void
bad_signatures(attack *a)
{
    static const int forms[] = {FORGE_SIG_ZERO, FORGE_SIG_R_ZERO,
        FORGE_SIG_S_ZERO, FORGE_SIG_ONES, FORGE_SIG_R_N, FORGE_SIG_S_N,
        FORGE_SIG_FF};
    static const size_t lengths[] = {2, 64, 126, 127, 129, 130};

    EACH(a, k)
    for (int qe = 0; qe < 2; qe++) {
        forge_doc *d = doc_of(a, qe);

        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
            attack_case(a, "kind %d, QE %d, form %d", both[k], qe, forms[i]);
            d->sig.form = forms[i];
            attack_reject(a, COLLATERAL, SIG(qe));
        }
        d->sig = (forge_sig){.flip = 1};
        attack_reject(a, COLLATERAL, SIG(qe));
        d->sig = (forge_sig){.flip = 512};
        attack_reject(a, COLLATERAL, SIG(qe));
        d->sig.flip = 0;
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            attack_case(
                a, "kind %d, QE %d, %zu digits", both[k], qe, lengths[i]);
            d->signature = other_length(a, qe, lengths[i]);
            attack_reject(a, COLLATERAL, SIG(qe));
            d->signature.p = NULL;
        }
    }
}

static void
bad_signature_text(attack *a)
{
    EACH(a, k)
    for (int qe = 0; qe < 2; qe++) {
        forge_doc *d = doc_of(a, qe);
        char hex[129];

        memcpy(hex, other_length(a, qe, 128).p, 128);
        hex[128] = 0;
        hex[77] = 'g';
        d->signature = forge_keep(a->f, hex, 128);
        attack_reject(a, COLLATERAL, SIG(qe));
        hex[0] = ' ';
        d->signature = forge_keep(a->f, hex, 128);
        attack_reject(a, COLLATERAL, SIG(qe));
        d->signature.p = NULL;
        /* n - s signs as well as s, and case means nothing in hex. */
        d->sig.form = FORGE_SIG_NEGATED;
        attack_accept(a, UP);
        d->sig.form = FORGE_SIG_GOOD;
        memcpy(hex, other_length(a, qe, 128).p, 128);
        for (size_t i = 0; i < 128; i++)
            if (hex[i] >= 'a')
                hex[i] = (char)(hex[i] - 'a' + 'A');
        d->signature = forge_keep(a->f, hex, 128);
        attack_accept(a, UP);
        d->signature.p = NULL;
        d->signer = FORGE_KEY_ROGUE;
        attack_reject(a, COLLATERAL, SIG(qe));
        d->signer = FORGE_KEY_TCB;
    }
}

static void
row_81(attack *a)
{
    bad_signatures(a);
    bad_signature_text(a);
}

static void
row_82(attack *a)
{
    EACH(a, k)
    {
        late_edit(a, false, "OutOfDate\"", "UpToDate\"");
        late_edit(a, false, "\"fmspc\":\"90C06F", "\"fmspc\":\"90C06E");
        late_edit(a, false, "\"nextUpdate\":\"2026", "\"nextUpdate\":\"2027");
        late_edit(a, false, "\"pcesvn\":13", "\"pcesvn\":12");
        late_edit(a, false, "{\"svn\":4", "{\"svn\":3");
        late_edit(a, false, "DataNumber\":21", "DataNumber\":22");
        late_edit(a, false, "INTEL-SA-01111", "INTEL-SA-01112");
        late_edit(a, false, "}]}", "}]}}");
        late_edit(a, true, "OutOfDate\"", "UpToDate\"");
        late_edit(a, true, "\"isvsvn\":6", "\"isvsvn\":5");
        late_edit(a, true, "\"mrsigner\":\"", "\"mrsigner\":\"0");
        late_edit(a, true, "\"isvprodid\":", "\"isvprodid\":1");
        late_edit(a, true, "\"nextUpdate\":\"2026", "\"nextUpdate\":\"2027");
    }
}

static void
row_83(attack *a)
{
    EACH(a, k)
    {
        attack_build(a);
        doc_of(a, false)->signature =
            forge_keep_buf(a->f, &a->f->out.qe_identity_signature);
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_SIG);
        doc_of(a, false)->signature.p = NULL;
        attack_build(a);
        doc_of(a, true)->signature =
            forge_keep_buf(a->f, &a->f->out.tcb_info_signature);
        attack_reject(a, COLLATERAL, DSTACK_REASON_QE_IDENTITY_SIG);
    }
}

static void
row_84(attack *a)
{
    EACH(a, k)
    {
        late_edit(a, false, "\"tcbType\":0,\"tcbEvaluationDataNumber\":21",
            "\"tcbEvaluationDataNumber\":21,\"tcbType\":0");
        late_edit(a, true, "\"id\":", "\"\\u0069d\":");
        late_edit(a, false, "\"pcesvn\":13", "\"pcesvn\":13.0");
        late_edit(a, false, "\"pcesvn\":13", "\"pcesvn\":1.3e1");
        late_edit(a, true, "\"version\":2", "\"version\":02");
        /* Even signed, only plain integers are integers. */
        for (int qe = 0; qe < 2; qe++) {
            const char *find = qe ? "\"version\":2" : "\"version\":3";

            signed_edit(a, qe, find, qe ? "\"version\":2.0" : "\"version\":3.0",
                DSTACK_REASON_JSON_RANGE);
            signed_edit(a, qe, find, qe ? "\"version\":2e0" : "\"version\":3e0",
                DSTACK_REASON_JSON_RANGE);
            signed_edit(a, qe, find, qe ? "\"version\":02" : "\"version\":03",
                DSTACK_REASON_JSON);
            signed_edit(a, qe, find, "\"version\":+3", DSTACK_REASON_JSON);
            signed_edit(a, qe, find, "\"version\":0x3", DSTACK_REASON_JSON);
        }
        signed_edit(a, false, "\"pcesvn\":13", "\"pcesvn\":13.0",
            DSTACK_REASON_JSON_RANGE);
        signed_edit(a, false, "\"pcesvn\":13", "\"pcesvn\":130e-1",
            DSTACK_REASON_JSON_RANGE);
    }
}

static void
row_85(attack *a)
{
    EACH(a, k)
    for (int qe = 0; qe < 2; qe++) {
        forge_doc *d = doc_of(a, qe);

        d->pretty = true;
        attack_accept(a, UP);
        /* Every kind of white space, and only there. */
        d->late[0] = (forge_edit){.find = "\n", .put = "\r\n\t ", .all = true};
        attack_accept(a, UP);
        d->late[1] = (forge_edit){.find = "UpToDate", .put = "UpTo Date"};
        attack_reject(a, COLLATERAL, SIG(qe));
        d->late[1] = (forge_edit){.find = "T00:00:00Z", .put = "T00:00:00Z "};
        attack_reject(a, COLLATERAL, SIG(qe));
        d->late[1] =
            (forge_edit){.find = "\"version\": ", .put = "\"version\": 0"};
        attack_reject(a, COLLATERAL, SIG(qe));
        d->late[1].find = NULL;
        a->strict = true;
        attack_reject(a, COLLATERAL, SIG(qe));
        d->pretty = a->strict = false;
        d->late[0].find = NULL;
    }
}

/* ---- JSON ------------------------------------------------------------------ */

/* Through the services' whole answers in the flattened form. */
static void
reject_flat(attack *a, int reason)
{
    attack_build(a);
    a->collateral = ds_view_of(a->f->out.flat.p, a->f->out.flat.n);
    attack_reject_built(a, COLLATERAL, reason);
    a->collateral.p = NULL;
}

static void
duplicates_in_documents(attack *a)
{
    EACH(a, k)
    {
        signed_edit(a, false, "\"tcbLevels\":[{\"tcb\":{\"sgx",
            "\"tcbLevels\":[],\"tcbLevels\":[{\"tcb\":{\"sgx",
            DSTACK_REASON_JSON_DUP);
        signed_edit(a, false, "\"fmspc\":",
            "\"fmspc\":\"000000000000\",\"fmspc\":", DSTACK_REASON_JSON_DUP);
        signed_edit(a, false,
            "\"fmspc\":", "\"\\u0066mspc\":\"90C06F000000\",\"fmspc\":",
            DSTACK_REASON_JSON_DUP);
        signed_edit(a, false, "\"pcesvn\":13", "\"pcesvn\":13,\"pcesvn\":13",
            DSTACK_REASON_JSON_DUP);
        signed_edit(a, false, "{\"svn\":4", "{\"svn\":4,\"svn\":0",
            DSTACK_REASON_JSON_DUP);
        signed_edit(a, true, "\"isvsvn\":6", "\"isvsvn\":6,\"isvsvn\":0",
            DSTACK_REASON_JSON_DUP);
        signed_edit(a, true, "\"mrsigner\":", "\"mrsigner\":\"\",\"mrsigner\":",
            DSTACK_REASON_JSON_DUP);
        /* In a member that nobody reads. */
        signed_edit(a, true, "\"version\":2",
            "\"x\":{\"a\":1,\"a\":1},\"version\":2", DSTACK_REASON_JSON_DUP);
    }
}

static void
duplicates_in_envelopes(attack *a)
{
    EACH(a, k)
    for (int qe = 0; qe < 2; qe++) {
        forge_doc *d = doc_of(a, qe);

        d->answer[0] = (forge_edit){.find = ",\"signature\":",
            .put = ",\"signature\":\"\",\"signature\":"};
        reject_flat(a, DSTACK_REASON_JSON_DUP);
        d->answer[0] =
            (forge_edit){.find = qe ? "{\"enclaveIdentity\":" : "{\"tcbInfo\":",
                .put = qe ? "{\"enclaveIdentity\":{},\"enclaveIdentity\":"
                          : "{\"tcbInfo\":{},\"tcbInfo\":"};
        reject_flat(a, DSTACK_REASON_JSON_DUP);
        /* Another letter case is another name. */
        d->answer[0] =
            (forge_edit){.find = ",\"signature\"", .put = ",\"Signature\""};
        reject_flat(a, DSTACK_REASON_JSON);
        d->answer[0] =
            (forge_edit){.find = qe ? "\"enclaveIdentity\"" : "\"tcbInfo\"",
                .put = qe ? "\"EnclaveIdentity\"" : "\"TcbInfo\""};
        reject_flat(a, DSTACK_REASON_COLLATERAL_MISSING);
        d->answer[0].find = NULL;
    }
}

static void
row_86(attack *a)
{
    duplicates_in_documents(a);
    duplicates_in_envelopes(a);
    EACH(a, k)
    {
        forge_edit *edit = a->f->bundle.edits;

        *edit = (forge_edit){
            .find = "\"tcb_info\":", .put = "\"tcb_info\":\"\",\"tcb_info\":"};
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_DUP);
        edit->find = NULL;
        signed_edit(a, false, "\"tcbLevels\":[{\"tcb\":{\"sgx",
            "\"TcbLevels\":[{\"tcb\":{\"sgx", DSTACK_REASON_JSON);
        signed_edit(a, false, "\"fmspc\"", "\"FMSPC\"", DSTACK_REASON_JSON);
        signed_edit(
            a, true, "\"isvprodid\"", "\"isvProdId\"", DSTACK_REASON_JSON);
        /* A name in another case beside the right one says nothing. */
        doc_of(a, false)->edits[0] = (forge_edit){.find = "\"fmspc\":",
            .put = "\"FMSPC\":\"000000000000\",\"Fmspc\":1,\"fmspc\":"};
        attack_accept(a, UP);
    }
}

/* `depth` arrays in each other as the value of a new first member, so that
 * the document has depth + 1 levels. */
static void
nest(attack *a, bool qe, size_t depth, bool closed)
{
    const char *tail =
        times(a, closed ? "" : "\n", ']', closed ? depth : 0, ",\"id\":");

    doc_of(a, qe)->edits[0] = (forge_edit){
        .find = "\"id\":", .put = times(a, "\"x\":", '[', depth, tail)};
}

static void
deep_bundles(attack *a)
{
    static const size_t depths[] = {32, 33, 1000, 1000000};

    EACH(a, k)
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        attack_case(a, "bundle, %zu", depths[i]);
        a->f->bundle.extra = times(
            a, ",\"x\":", '[', depths[i], times(a, "", ']', depths[i], ""));
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_DEPTH);
        a->f->bundle.extra =
            times(a, ",\"x\":", '[', 31, times(a, "", ']', 31, ""));
        attack_accept(a, UP);
    }
}

static void
row_87(attack *a)
{
    /* A document of a million closed levels is beyond its size. */
    static const size_t depths[] = {32, 33, 999, 1000, 400000};

    EACH(a, k)
    for (int qe = 0; qe < 2; qe++) {
        for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
            attack_case(a, "QE %d, %zu", qe, depths[i]);
            nest(a, qe, depths[i], true);
            attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_DEPTH);
        }
        nest(a, qe, 1000000, false);
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_DEPTH);
        nest(a, qe, 600000, true);
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_TOO_LARGE);
        nest(a, qe, 31, true);
        attack_accept(a, UP);
        doc_of(a, qe)->edits[0].find = NULL;
    }
    deep_bundles(a);
}

static void
row_88(attack *a)
{
    static const char *const tails[] = {
        "x", "{}", ",", "]", "}", "\"\"", " null", "\n{\"id\":\"TDX\"}"};

    EACH(a, k)
    {
        for (int qe = 0; qe < 2; qe++) {
            for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
                attack_case(a, "QE %d, tail %s", qe, tails[i]);
                signed_text(a, qe, wrapped(a, qe, "", tails[i]),
                    DSTACK_REASON_JSON_TRAILING);
            }
            doc_of(a, qe)->text = wrapped(a, qe, "", " \r\n\t");
            attack_accept(a, UP);
            doc_of(a, qe)->text.p = NULL;
            doc_of(a, qe)->answer[0] = (forge_edit){
                .find = "\"signature\":\"", .put = "\"signature\":\"\"}{\""};
            reject_flat(a, DSTACK_REASON_JSON_TRAILING);
            doc_of(a, qe)->answer[0].find = NULL;
        }
        attack_build(a);
        a->f->bundle.json = ds_view_str(
            times(a, (const char *)a->f->out.collateral.p, ' ', 3, "{}"));
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_TRAILING);
        a->f->bundle.json.p = NULL;
    }
}

/* A bare document as a caller sets it: bytes that no JSON string holds. */
static void
reject_set(attack *a, bool qe, ds_view text)
{
    dstack_collateral *c = NULL;
    dstack_verifier *v = NULL;
    const uint8_t *sig;
    dstack_error err;
    ds_buf hex;
    uint32_t part = qe ? DSTACK_PART_QE_IDENTITY : DSTACK_PART_TCB_INFO;
    int rc;

    ds_buf_init(&hex, 128);
    assert_int_equal(forge_resign_doc(a->f, FORGE_KEY_TCB, text, &hex), 0);
    sig = hex.p;
    attack_build(a);
    assert_int_equal(dstack_collateral_parse(a->f->out.collateral.p,
                         a->f->out.collateral.n, &c, NULL),
        DSTACK_OK);
    assert_int_equal(
        dstack_collateral_set(c, text.p, text.n, part, NULL), DSTACK_OK);
    assert_int_equal(
        dstack_collateral_set(c, sig, 128, part + 1, NULL), DSTACK_OK);
    assert_int_equal(dstack_verifier_new(&v, NULL), DSTACK_OK);
    assert_int_equal(dstack_verifier_set_root(
                         v, a->f->out.root_pem.p, a->f->out.root_pem.n, NULL),
        DSTACK_OK);
    rc = dstack_collateral_prepare(c, v, &err);
    if (rc != DSTACK_ERR_PARSE || err.stage != COLLATERAL ||
        err.reason != DSTACK_REASON_JSON)
        fail_msg("%s: %s (%s)", a->label, dstack_reason_name(err.reason),
            err.message);
    attack_note(a, "collateral/json");
    dstack_collateral_free(c);
    dstack_verifier_free(v);
    ds_buf_free(&hex);
}

static void
broken_bytes(attack *a)
{
    static const struct {
        const char *name;
        ds_view bytes;
    } cases[] = {{"NUL in a string", {(const uint8_t *)"\"x\":\"\0\",", 8}},
        {"NUL outside", {(const uint8_t *)"\0", 1}},
        {"overlong NUL", {(const uint8_t *)"\"x\":\"\xc0\x80\",", 9}},
        {"lone continuation", {(const uint8_t *)"\"x\":\"\x80\",", 8}},
        {"cut sequence", {(const uint8_t *)"\"x\":\"\xe2\x82\",", 9}},
        {"encoded surrogate", {(const uint8_t *)"\"x\":\"\xed\xa0\x80\",", 10}},
        {"beyond U+10FFFF",
            {(const uint8_t *)"\"x\":\"\xf4\x90\x80\x80\",", 11}},
        {"control character", {(const uint8_t *)"\"x\":\"\x1f\",", 8}}};

    EACH(a, k)
    for (int qe = 0; qe < 2; qe++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            ds_view text = wrapped(a, qe, "", "");
            ds_buf b;

            attack_case(a, "QE %d, %s", qe, cases[i].name);
            ds_buf_init(&b, 1u << 20);
            ds_buf_add_str(&b, "{");
            ds_buf_add(&b, cases[i].bytes.p, cases[i].bytes.n);
            ds_buf_add(&b, text.p + 1, text.n - 1);
            reject_set(a, qe, ds_view_of(b.p, b.n));
            ds_buf_free(&b);
        }
}

static void
row_89(attack *a)
{
    static const char *const texts[] = {"", "{", "}", "[]", "\"tcbInfo\"",
        "null", "{\"id\"}", "{'id':\"TDX\"}", "{\"id\":\"TDX\",}",
        "{\"id\":\"TDX\" \"version\":3}", "{\"id\":True}", "{\"id\":\"\\x\"}",
        "{\"id\":\"\\ud800\"}", "{\"id\":\"\\udc00\\ud800\"}",
        "{\"id\":\"\\u0000\"}", "{\"id\":NaN}", "{//\n}"};

    EACH(a, k)
    for (int qe = 0; qe < 2; qe++) {
        forge_doc *d = doc_of(a, qe);

        for (size_t i = 1; i < sizeof texts / sizeof texts[0]; i++) {
            attack_case(a, "QE %d, %s", qe, texts[i]);
            signed_text(a, qe, ds_view_str(texts[i]), DSTACK_REASON_JSON);
        }
        attack_case(a, "QE %d, in an array", qe);
        signed_text(a, qe, wrapped(a, qe, "[", "]"), DSTACK_REASON_JSON);
        attack_case(a, "QE %d, BOM", qe);
        signed_text(
            a, qe, wrapped(a, qe, "\xef\xbb\xbf", ""), DSTACK_REASON_JSON);
        attack_case(a, "QE %d, empty", qe);
        signed_text(a, qe, ds_view_str(""), DSTACK_REASON_COLLATERAL_MISSING);
        /* The signed object as a string of the service's answer. */
        d->text = ds_view_str("\"{}\"");
        reject_flat(a, DSTACK_REASON_JSON);
        d->text.p = NULL;
    }
    broken_bytes(a);
}

/* ---- dates ------------------------------------------------------------------- */

static void
row_90(attack *a)
{
    EACH(a, k)
    {
        a->f->tcb_info.next_update = FORGE_NOW;
        a->f->qe_identity.next_update = FORGE_NOW;
        attack_accept(a, UP);
        a->f->tcb_info.next_update = FORGE_NOW - 1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_EXPIRED);
        a->f->tcb_info.next_update = a->f->tcb_info.issue_date;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_EXPIRED);
        /* An inverted window holds at no time. */
        a->f->tcb_info.next_update = FORGE_NOW - 9 * FORGE_DAY;
        a->f->tcb_info.issue_date = FORGE_NOW - 8 * FORGE_DAY;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_EXPIRED);
    }
}

static void
row_91(attack *a)
{
    EACH(a, k)
    {
        a->f->tcb_info.issue_date = FORGE_NOW;
        a->f->qe_identity.issue_date = FORGE_NOW;
        attack_accept(a, UP);
        a->f->tcb_info.issue_date = FORGE_NOW + 1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_FUTURE);
        a->f->tcb_info.issue_date = FORGE_NOW + 2 * FORGE_DAY;
        a->f->tcb_info.next_update = FORGE_NOW + FORGE_DAY;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_FUTURE);
    }
}

/* Every place of a document where a date stands. */
static const char **
date_place(attack *a, int which)
{
    forge_tcb_info *t = &a->f->tcb_info;
    forge_qe_identity *q = &a->f->qe_identity;
    const char **places[] = {&t->issue_text, &t->next_text, &t->levels[2].date,
        &t->modules[1].levels[2].date, &q->issue_text, &q->next_text,
        &q->levels[1].date};

    return places[which];
}

static void
row_92(attack *a)
{
    static const char *const wrong[] = {"2026-09-01T00:00:00",
        "2026-09-01T00:00:00+00:00", "2026-09-01T00:00:00.0Z",
        "2026-09-01T00:00:00.000Z", "2026-09-01t00:00:00Z",
        "2026-09-01T00:00:00z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-09-31T00:00:00Z", "2026-09-00T00:00:00Z", "2026-09-01T24:00:00Z",
        "2026-09-01T00:60:00Z", "2026-09-01T00:00:60Z", "2026-09-01T00:00:0Z",
        "2026-09-01T00:00:00ZZ", "0000-09-01T00:00:00Z", "1969-12-31T23:59:59Z",
        "2026-09-01 00:00:00Z", "2026/09/01T00:00:00Z", "2026-9-01T00:00:00Z ",
        "+026-09-01T00:00:00Z", "20260901T000000Z", "", "1788220800"};

    for (int place = 0; place < 7; place++) {
        attack_begin(a, FORGE_TDX_V4);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            /* Everything in one place, something everywhere. */
            if (place != 0 && place != 4 && i % 7 != (size_t)place)
                continue;
            attack_case(a, "place %d: %s", place, wrong[i]);
            *date_place(a, place) = wrong[i];
            attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_DATE);
        }
        *date_place(a, place) = NULL;
    }
    attack_begin(a, FORGE_TDX_V4);
    signed_edit(a, false, "\"issueDate\":\"", "\"issueDate\":0,\"x\":\"",
        DSTACK_REASON_JSON);
    *date_place(a, 2) = "2024-02-29T23:59:59Z";
    *date_place(a, 0) = "1970-01-01T00:00:00Z";
    *date_place(a, 1) = "9999-12-31T23:59:59Z";
    attack_accept(a, UP);
}

/* ---- whom the document is for -------------------------------------------------- */

/* A document of the other TEE in every respect. */
static void
other_tee(attack *a, bool tdx)
{
    forge_tcb_info *t = &a->f->tcb_info;

    t->id = tdx ? "TDX" : "SGX";
    t->module_on = tdx;
    t->modules_on = false;
    for (size_t i = 0; i < t->level_n; i++)
        t->levels[i].no_tdx = !tdx;
}

static void
row_93(attack *a)
{
    static const char *const ids[] = {"QE", "TD_QE", "tdx", "sgx", "", "TDX "};
    static const int64_t versions[] = {0, 1, 4, 5, 4294967295};

    EACH(a, k)
    {
        other_tee(a, both[k] == FORGE_SGX_V3);
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_MISMATCH);
        other_tee(a, both[k] != FORGE_SGX_V3);
        for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
            attack_case(a, "id %s", ids[i]);
            a->f->tcb_info.id = ids[i];
            attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_MISMATCH);
        }
        attack_case(a, "no id");
        a->f->tcb_info.id = NULL;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
        a->f->tcb_info.id = both[k] == FORGE_SGX_V3 ? "SGX" : "TDX";
        for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
            attack_case(a, "version %lld", (long long)versions[i]);
            a->f->tcb_info.version = versions[i];
            attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_UNSUPPORTED);
        }
        a->f->tcb_info.version = -1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
    }
}

static void
row_94(attack *a)
{
    attack_begin(a, FORGE_TDX_V4);
    other_tee(a, false);
    a->f->tcb_info.version = 2;
    attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_MISMATCH);
    attack_begin(a, FORGE_SGX_V3);
    a->f->tcb_info.version = 2;
    attack_accept(a, UP);
    signed_edit(a, false, "\"sgxtcbcomp16svn\":0,", "", DSTACK_REASON_JSON);
    signed_edit(a, false, "\"sgxtcbcomp16svn\":0", "\"sgxtcbcomp16svn\":256",
        DSTACK_REASON_JSON_RANGE);
    a->f->sgx.comps[7] = 4;
    attack_accept(a, DSTACK_TCB_OUT_OF_DATE);
}

static void
row_95(attack *a)
{
    static const char *const lengths[] = {
        "90C06F0000", "90C06F00000000", "90C06F00000", "90C06F00000G", ""};

    EACH(a, k)
    {
        for (size_t i = 0; i < 6; i++) {
            a->f->tcb_info.fmspc[i] ^= 1;
            attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_MISMATCH);
            a->f->tcb_info.fmspc[i] ^= 1;
        }
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            a->f->tcb_info.fmspc_text = lengths[i];
            attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        }
        a->f->tcb_info.fmspc_text = "90c06f000000";
        attack_accept(a, UP);
    }
}

static void
row_96(attack *a)
{
    static const char *const wrong[] = {"00", "000000", "000g", ""};

    EACH(a, k)
    {
        a->f->tcb_info.pceid[0] = 1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_MISMATCH);
        a->f->tcb_info.pceid[0] = 0;
        a->f->tcb_info.pceid[1] = 1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_MISMATCH);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            a->f->tcb_info.pceid_text = wrong[i];
            attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        }
        memcpy(a->f->sgx.pceid, "\xab\xcd", 2);
        a->f->tcb_info.pceid_text = "abCD";
        attack_accept(a, UP);
        a->f->tcb_info.pceid_text = "cdab";
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_INFO_MISMATCH);
    }
}

static void
row_97(attack *a)
{
    EACH(a, k)
    {
        a->f->tcb_info.tcb_type = 1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        a->f->tcb_info.tcb_type = -1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        a->f->tcb_info.tcb_type = INT64_C(1) << 32;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        a->f->tcb_info.tcb_type = 0;
        signed_edit(a, false, "\"tcbType\":0,", "", DSTACK_REASON_JSON);
        signed_edit(
            a, false, "\"tcbType\":0", "\"tcbType\":\"0\"", DSTACK_REASON_JSON);
        signed_edit(
            a, false, "\"tcbType\":0", "\"tcbType\":null", DSTACK_REASON_JSON);
    }
}

/* ---- levels ---------------------------------------------------------------------- */

#define LEVELS "\"tcbLevels\":[{\"tcb\":{\"sgx"

static void
row_98(attack *a)
{
    EACH(a, k)
    {
        a->f->tcb_info.level_n = 0;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        a->f->tcb_info.level_n = 3;
        signed_edit(
            a, false, LEVELS, "\"x\":[{\"tcb\":{\"sgx", DSTACK_REASON_JSON);
        signed_edit(a, false, LEVELS, "\"tcbLevels\":{},\"x\":[{\"tcb\":{\"sgx",
            DSTACK_REASON_JSON);
        signed_edit(a, false, LEVELS,
            "\"tcbLevels\":null,\"x\":[{\"tcb\":{\"sgx", DSTACK_REASON_JSON);
        signed_edit(a, false, LEVELS, "\"tcbLevels\":[1,{\"tcb\":{\"sgx",
            DSTACK_REASON_JSON);
        signed_edit(a, false, LEVELS, "\"tcbLevels\":[{},{\"tcb\":{\"sgx",
            DSTACK_REASON_JSON);
        signed_edit(a, false, LEVELS, "\"tcbLevels\":[[],{\"tcb\":{\"sgx",
            DSTACK_REASON_JSON);
        signed_edit(a, false, LEVELS,
            "\"tcbLevels\":[{\"tcb\":[]},{\"tcb\":{\"sgx", DSTACK_REASON_JSON);
        signed_edit(a, false, "\"tcbStatus\":", "\"x\":", DSTACK_REASON_JSON);
        signed_edit(a, false, "\"tcbDate\":", "\"x\":", DSTACK_REASON_JSON);
        signed_edit(a, false, "\"pcesvn\":", "\"x\":", DSTACK_REASON_JSON);
        signed_edit(a, true, "\"tcbLevels\":[", "\"x\":[", DSTACK_REASON_JSON);
        signed_edit(a, true, "\"tcbLevels\":[", "\"tcbLevels\":[0,",
            DSTACK_REASON_JSON);
        a->f->qe_identity.level_n = 0;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
    }
}

static void
row_99(attack *a)
{
    static const size_t counts[] = {0, 1, 15, 17, 20};

    EACH(a, k)
    {
        forge_level *l = &a->f->tcb_info.levels[1];

        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            attack_case(a, "kind %d, %zu components", both[k], counts[i]);
            l->sgx_n = counts[i];
            attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        }
        l->sgx_n = 16;
        l->sgx[3] = -1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        l->sgx[3] = 256;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        l->sgx[3] = 65473;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        l->sgx[3] = 255;
        attack_accept(a, UP);
        signed_edit(
            a, false, "{\"svn\":3", "{\"svn\":1e2", DSTACK_REASON_JSON_RANGE);
        signed_edit(
            a, false, "{\"svn\":3", "{\"svn\":3.0", DSTACK_REASON_JSON_RANGE);
        signed_edit(a, false, "{\"svn\":3", "{\"svn\":18446744073709551619",
            DSTACK_REASON_JSON_RANGE);
        signed_edit(
            a, false, "{\"svn\":3", "{\"svn\":\"3\"", DSTACK_REASON_JSON);
        signed_edit(
            a, false, "{\"svn\":3", "{\"svn\":null", DSTACK_REASON_JSON);
        signed_edit(a, false, "{\"svn\":3", "{\"SVN\":3", DSTACK_REASON_JSON);
        signed_edit(a, false, "{\"svn\":3,", "3,{\"svn\":3,",
            DSTACK_REASON_JSON_RANGE); /* seventeen */
        l->pcesvn = 65536;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        l->pcesvn = -1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        l->pcesvn = 65535;
        attack_accept(a, UP);
    }
}

static void
row_100(attack *a)
{
    for (size_t i = 0; i < 3; i++) {
        attack_begin(a, FORGE_TDX_V4);
        a->f->tcb_info.levels[i].no_tdx = true;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
    }
    attack_begin(a, FORGE_TDX_V4);
    signed_edit(a, false, "\"tdxtcbcomponents\":[",
        "\"tdxtcbcomponents\":null,\"x\":[", DSTACK_REASON_JSON);
}

static void
row_101(attack *a)
{
    static const size_t counts[] = {0, 1, 2, 15, 17, 20};

    for (size_t i = 0; i < 2 * sizeof counts / sizeof counts[0]; i++) {
        size_t n = counts[i / 2];

        attack_begin(a, FORGE_TDX_V4);
        attack_case(a, "%s %zu", i % 2 ? "TDX" : "SGX", n);
        if (i % 2)
            a->f->tcb_info.levels[0].tdx_n = n;
        else
            a->f->tcb_info.levels[0].sgx_n = n;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
    }
    attack_begin(a, FORGE_TDX_V4);
    a->f->tcb_info.levels[0].tdx[15] = 256;
    attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
    /* More levels, or identities, than a document may have. */
    for (int i = 0; i < 3; i++) {
        static char more[4096];
        size_t n = i == 1 ? 64 : 256;

        strcpy(more, i == 1 ? "\"tdxModuleIdentities\":[" : "\"tcbLevels\":[");
        while (n-- > 0)
            strcat(more, "{},");
        attack_begin(a, FORGE_TDX_V4);
        signed_edit(a, i == 2,
            i == 1 ? "\"tdxModuleIdentities\":[" : "\"tcbLevels\":[", more,
            DSTACK_REASON_JSON_RANGE);
        assert_non_null(strstr(
            a->err.message, i == 1 ? "expected 1 to 64" : "expected 1 to 256"));
    }
}

static void
set_three(int64_t *to, int64_t x, int64_t y, int64_t z)
{
    to[0] = x;
    to[1] = y;
    to[2] = z;
}

/* (1,3,2) is more than (1,2,3) as a string, and does not reach it. */
static void
row_102(attack *a)
{
    EACH(a, k)
    {
        forge_level *l = a->f->tcb_info.levels;

        memset(a->f->sgx.comps, 0, 16);
        memcpy(a->f->sgx.comps, "\1\3\2", 3);
        for (size_t i = 0; i < 3; i++)
            memset(l[i].sgx, 0, sizeof l[i].sgx);
        set_three(l[0].sgx, 1, 2, 3);
        a->f->tcb_info.level_n = 1;
        attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        a->f->tcb_info.level_n = 2;
        set_three(l[1].sgx, 1, 2, 2);
        attack_accept(a, DSTACK_TCB_OUT_OF_DATE);
    }
    attack_begin(a, FORGE_TDX_V4);
    memcpy(a->f->quote.td.tee_tcb_svn + 2, "\1\3\2", 3);
    set_three(a->f->tcb_info.levels[0].tdx + 2, 1, 2, 3);
    a->f->tcb_info.level_n = 1;
    attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
}

static void
row_103(attack *a)
{
    EACH(a, k)
    {
        memset(a->f->sgx.comps, 255, 16);
        a->f->sgx.pcesvn = 65535;
        memset(a->f->quote.td.tee_tcb_svn + 2, 255, 14);
        a->f->quote.td.tee_tcb_svn[0] = 255;
        a->f->quote.qe.isv_svn = 65535;
        attack_accept(a, UP);
    }
}

static void
row_104(attack *a)
{
    EACH(a, k)
    {
        forge_level *l = a->f->tcb_info.levels;
        forge_level best = l[0];
        forge_isv_level qe = a->f->qe_identity.levels[0];

        l[0] = l[2];
        l[2] = best;
        a->f->qe_identity.levels[0] = a->f->qe_identity.levels[2];
        a->f->qe_identity.levels[2] = qe;
        attack_accept(a, UP);
        a->f->sgx.pcesvn = 12;
        attack_accept(a, DSTACK_TCB_OUT_OF_DATE);
    }
}

static void
row_105(attack *a)
{
    EACH(a, k)
    {
        forge_level *l = a->f->tcb_info.levels;

        l[2] = l[0];
        l[2].status = "OutOfDate";
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_LEVEL_DUP);
        /* The same status is no excuse; another SVN is. */
        l[2].status = l[0].status;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_LEVEL_DUP);
        l[2].pcesvn = 9;
        attack_accept(a, UP);
    }
}

static void
row_106(attack *a)
{
    static const char *const wrong[] = {"Unknown", "uptodate", "", "UpToDate ",
        "UPTODATE", "TDRelaunchAdvised", "OutOfDateConfiguration",
        "Up\\u0054oDate"};

    EACH(a, k)
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        /* An escape in what never has one is out of range before it is a
         * status. */
        int reason = strchr(wrong[i], '\\') ? DSTACK_REASON_JSON_RANGE
                                            : DSTACK_REASON_JSON_STATUS;

        for (size_t level = 0; level < 3; level += 2) {
            const char *good = a->f->tcb_info.levels[level].status;

            attack_case(a, "level %zu, \"%s\"", level, wrong[i]);
            a->f->tcb_info.levels[level].status = wrong[i];
            attack_reject(a, COLLATERAL, reason);
            a->f->tcb_info.levels[level].status = good;
        }
        a->f->qe_identity.levels[2].status = wrong[i];
        attack_reject(a, COLLATERAL, reason);
        a->f->qe_identity.levels[2].status = "OutOfDate";
    }
}

/* ---- statuses -------------------------------------------------------------------- */

static void
row_107(attack *a)
{
    EACH(a, k)
    {
        a->f->tcb_info.levels[0].status = "Revoked";
        attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
        /* A revoked level that this platform is not on is no concern. */
        a->f->tcb_info.levels[0].status = "UpToDate";
        a->f->tcb_info.levels[1].status = "Revoked";
        attack_accept(a, UP);
        a->f->sgx.comps[7] = 4;
        attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
    }
}

static void
row_108(attack *a)
{
    EACH(a, k)
    {
        a->f->qe_identity.levels[0].status = "Revoked";
        attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
    }
    attack_begin(a, FORGE_TDX_V4);
    a->f->tcb_info.modules[1].levels[0].status = "Revoked";
    attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
    a->f->quote.td.tee_tcb_svn[0] = 4;
    attack_accept(a, DSTACK_TCB_OUT_OF_DATE);
}

static void
row_109(attack *a)
{
    attack_begin(a, FORGE_TDX_V4);
    a->f->tcb_info.levels[0].status = "OutOfDate";
    attack_accept(a, DSTACK_TCB_OUT_OF_DATE);
    assert_int_equal(dstack_report_tcb_status(a->report, DSTACK_OF_MODULE), UP);
    a->f->tcb_info.levels[0].status = "OutOfDateConfigurationNeeded";
    attack_accept(a, DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED);
    a->f->tcb_info.levels[0].status = "Revoked";
    attack_reject(a, TCB, DSTACK_REASON_TCB_REVOKED);
}

static void
row_110(attack *a)
{
    EACH(a, k)
    {
        a->f->tcb_info.levels[0].status = "ConfigurationNeeded";
        attack_accept(a, DSTACK_TCB_CONFIGURATION_NEEDED);
        a->f->quote.qe.isv_svn = 5;
        attack_accept(a, DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED);
        a->f->tcb_info.levels[0].status = "ConfigurationAndSWHardeningNeeded";
        attack_accept(a, DSTACK_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED);
        a->f->tcb_info.levels[0].status = "SWHardeningNeeded";
        attack_accept(a, DSTACK_TCB_OUT_OF_DATE);
    }
}

static void
row_111(attack *a)
{
    EACH(a, k)
    {
        a->f->sgx.comps[0] = 1;
        attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        a->f->sgx.comps[0] = 4;
        a->f->sgx.pcesvn = 4;
        attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
        a->f->sgx.pcesvn = 13;
        attack_accept(a, UP);
    }
    a->f->quote.td.tee_tcb_svn[2] = 0;
    attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
    a->f->quote.td.tee_tcb_svn[2] = 3;
    a->f->quote.td.tee_tcb_svn[1] = 0;
    a->f->quote.td.tee_tcb_svn[0] = 2;
    attack_reject(a, TCB, DSTACK_REASON_TCB_NOT_SUPPORTED);
}

static void
row_112(attack *a)
{
    static const char *const many[] = {"INTEL-SA-00001-A-VERY-LONG-ONE-",
        "INTEL-SA-00002-A-VERY-LONG-ONE-", "INTEL-SA-00003-A-VERY-LONG-ONE-",
        "INTEL-SA-00004-A-VERY-LONG-ONE-", "INTEL-SA-00005-A-VERY-LONG-ONE-",
        "INTEL-SA-00006-A-VERY-LONG-ONE-", "INTEL-SA-00007-A-VERY-LONG-ONE-",
        "INTEL-SA-00008-A-VERY-LONG-ONE-", "INTEL-SA-00009-A-VERY-LONG-ONE-",
        "INTEL-SA-00010-A-VERY-LONG-ONE-", "INTEL-SA-00011-A-VERY-LONG-ONE-",
        "INTEL-SA-00012-A-VERY-LONG-ONE-", "INTEL-SA-00013-A-VERY-LONG-ONE-",
        "INTEL-SA-00014-A-VERY-LONG-ONE-", "INTEL-SA-00015-A-VERY-LONG-ONE-"};
    static const char ids[] = "\"advisoryIDs\":[\"INTEL-SA-01099\"";
    char *list;

    EACH(a, k)
    {
        signed_edit(a, false, ids, "\"advisoryIDs\":{},\"x\":[\"\"",
            DSTACK_REASON_JSON);
        signed_edit(a, false, ids, "\"advisoryIDs\":\"A\",\"x\":[\"\"",
            DSTACK_REASON_JSON);
        signed_edit(a, false, ids, "\"advisoryIDs\":null,\"x\":[\"\"",
            DSTACK_REASON_JSON);
        signed_edit(a, false, ids, "\"advisoryIDs\":[1", DSTACK_REASON_JSON);
        signed_edit(
            a, false, ids, "\"advisoryIDs\":[[\"A\"]", DSTACK_REASON_JSON);
        signed_edit(a, false, ids,
            times(a, "\"advisoryIDs\":[\"", 'A', 65, "\""),
            DSTACK_REASON_JSON_RANGE);
        list = malloc(40000 + 64);
        assert_non_null(list);
        strcpy(list, "\"advisoryIDs\":[\"\"");
        for (size_t i = 1; i < 10000; i++)
            memcpy(list + 14 + 3 * i, ",\"\"", 4);
        signed_edit(a, false, ids, list, DSTACK_REASON_JSON_RANGE);
        free(list);
        memcpy(a->f->tcb_info.levels[0].advisories, many, sizeof many);
        attack_accept(a, UP);
        assert_int_equal(
            dstack_report_advisory_count(a->report, DSTACK_OF_ALL), 15);
        a->f->tcb_info.levels[0].advisories[0] = times(a, "", 'A', 64, "");
        attack_accept(a, UP);
    }
}

/* ---- the QE identity --------------------------------------------------------------- */

static void
row_113(attack *a)
{
    EACH(a, k)
    {
        forge_qe_identity *q = &a->f->qe_identity;

        q->next_update = FORGE_NOW - 1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_QE_IDENTITY_EXPIRED);
        q->next_update = FORGE_NOW + FORGE_DAY;
        q->issue_date = FORGE_NOW + 1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_QE_IDENTITY_FUTURE);
        q->issue_date = FORGE_NOW;
        attack_accept(a, UP);
        signed_text(a, true, ds_view_str("{\"id\":"), DSTACK_REASON_JSON);
        q->doc.sig.flip = 9;
        attack_reject(a, COLLATERAL, DSTACK_REASON_QE_IDENTITY_SIG);
        q->doc.sig.flip = 0;
        a->f->chain[FORGE_CHAIN_QE].n = 1;
        attack_reject(a, DSTACK_STAGE_CHAIN, DSTACK_REASON_QEID_CHAIN_LENGTH);
        a->f->chain[FORGE_CHAIN_QE].n = 2;
        q->version = 1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_QE_IDENTITY_UNSUPPORTED);
        q->version = 3;
        attack_reject(a, COLLATERAL, DSTACK_REASON_QE_IDENTITY_UNSUPPORTED);
        q->version = 2;
        q->id = NULL;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
        q->id = "TDX";
        attack_reject(a, COLLATERAL, DSTACK_REASON_QE_IDENTITY_MISMATCH);
    }
}

static void
row_114(attack *a)
{
    static const char *const wrong[] = {"ConfigurationNeeded",
        "SWHardeningNeeded", "ConfigurationAndSWHardeningNeeded",
        "OutOfDateConfigurationNeeded", "TDRelaunchAdvised"};

    EACH(a, k)
    {
        forge_isv_level *l = a->f->qe_identity.levels;

        l[2].isvsvn = l[0].isvsvn;
        attack_reject(a, COLLATERAL, DSTACK_REASON_TCB_LEVEL_DUP);
        l[2].isvsvn = -1;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        l[2].isvsvn = 65536;
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_RANGE);
        l[2].isvsvn = 65535;
        attack_accept(a, UP);
        l[2].isvsvn = 0;
        attack_accept(a, UP);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
            l[2].status = wrong[i];
            attack_reject(a, COLLATERAL, DSTACK_REASON_JSON_STATUS);
        }
        l[2].status = "OutOfDate";
        signed_edit(
            a, true, "\"isvsvn\":6", "\"isvsvn\":\"6\"", DSTACK_REASON_JSON);
        signed_edit(a, true, "\"isvsvn\":6", "\"isvsvn\":6.0",
            DSTACK_REASON_JSON_RANGE);
        signed_edit(a, true, "{\"isvsvn\":6}", "{}", DSTACK_REASON_JSON);
        signed_edit(a, true, "{\"isvsvn\":6}", "6", DSTACK_REASON_JSON);
    }
}

static void
row_115(attack *a)
{
    static const struct {
        const char *find, *put;
        int reason;
    } cases[] = {
        {"\"miscselect\":\"00", "\"miscselect\":\"", DSTACK_REASON_JSON_RANGE},
        {"\"miscselect\":\"", "\"miscselect\":\"00", DSTACK_REASON_JSON_RANGE},
        {"\"miscselect\":\"0", "\"miscselect\":\"g", DSTACK_REASON_JSON_RANGE},
        {"\"miscselect\":", "\"x\":", DSTACK_REASON_JSON},
        {"\"miscselectMask\":", "\"x\":", DSTACK_REASON_JSON},
        {"\"miscselectMask\":\"FF", "\"miscselectMask\":\"",
            DSTACK_REASON_JSON_RANGE},
        {"\"attributes\":\"11", "\"attributes\":\"", DSTACK_REASON_JSON_RANGE},
        {"\"attributes\":\"", "\"attributes\":\"00", DSTACK_REASON_JSON_RANGE},
        {"\"attributesMask\":", "\"x\":", DSTACK_REASON_JSON},
        {"\"attributesMask\":\"FB", "\"attributesMask\":\"",
            DSTACK_REASON_JSON_RANGE},
        {"\"mrsigner\":", "\"x\":", DSTACK_REASON_JSON},
        {"\"mrsigner\":\"", "\"mrsigner\":\"00", DSTACK_REASON_JSON_RANGE},
        {"\"mrsigner\":\"", "\"mrsigner\":\"\",\"x\":\"",
            DSTACK_REASON_JSON_RANGE},
        {"\"mrsigner\":\"", "\"mrsigner\":0,\"x\":\"", DSTACK_REASON_JSON},
        {"\"isvprodid\":", "\"isvprodid\":-1,\"x\":", DSTACK_REASON_JSON_RANGE},
        {"\"isvprodid\":", "\"isvprodid\":65536,\"x\":",
            DSTACK_REASON_JSON_RANGE},
        {"\"isvprodid\":", "\"x\":", DSTACK_REASON_JSON},
        {"DataNumber\":21", "DataNumber\":-21", DSTACK_REASON_JSON_RANGE},
        {"DataNumber\":21", "DataNumber\":4294967296",
            DSTACK_REASON_JSON_RANGE}};

    EACH(a, k)
    {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
            signed_edit(a, true, cases[i].find, cases[i].put, cases[i].reason);
        /* 62 digits */
        signed_edit(a, true,
            both[k] == FORGE_SGX_V3 ? "\"mrsigner\":\"8C" : "\"mrsigner\":\"DC",
            "\"mrsigner\":\"", DSTACK_REASON_JSON_RANGE);
    }
}

static void
row_116(attack *a)
{
    attack_begin(a, FORGE_SGX_V3);
    a->f->tcb_info.module_on = true;
    attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
    a->f->tcb_info.module_on = false;
    signed_edit(a, false, "\"id\":\"SGX\"",
        "\"id\":\"SGX\",\"tdxModuleIdentities\":[]", DSTACK_REASON_JSON);
    signed_edit(a, false, "\"id\":\"SGX\"",
        "\"id\":\"SGX\",\"tdxModuleIdentities\":null", DSTACK_REASON_JSON);
    signed_edit(a, false, "\"id\":\"SGX\"", "\"id\":\"SGX\",\"tdxModule\":null",
        DSTACK_REASON_JSON);
    a->f->tcb_info.version = 2;
    a->f->tcb_info.module_on = true;
    attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
}

static void
row_117(attack *a)
{
    static const char *const members[] = {
        "\"mrsigner\":", "\"attributes\":", "\"attributesMask\":"};

    attack_begin(a, FORGE_TDX_V4);
    a->f->tcb_info.module_on = false;
    attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
    a->f->tcb_info.module_on = true;
    for (size_t i = 0; i < 3; i++)
        signed_edit(a, false, members[i], "\"x\":", DSTACK_REASON_JSON);
    signed_edit(a, false, "\"mrsigner\":\"00", "\"mrsigner\":\"",
        DSTACK_REASON_JSON_RANGE);
    signed_edit(a, false, "\"attributes\":\"", "\"attributes\":\"0",
        DSTACK_REASON_JSON_RANGE);
    signed_edit(a, false, "\"tdxModule\":{", "\"tdxModule\":null,\"x\":{",
        DSTACK_REASON_JSON);
}

/* ---- evaluation numbers --------------------------------------------------------------- */

static void
row_118(attack *a)
{
    EACH(a, k)
    {
        a->f->tcb_info.eval_number = a->f->qe_identity.eval_number = 20;
        attack_accept(a, UP);
        assert_int_equal(
            dstack_policy_require_eval_number(attack_policy(a), 20, NULL),
            DSTACK_OK);
        attack_accept(a, UP);
        assert_int_equal(
            dstack_policy_require_eval_number(attack_policy(a), 21, NULL),
            DSTACK_OK);
        attack_reject(a, DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_EVAL);
    }
}

static void
row_119(attack *a)
{
    EACH(a, k)
    for (int qe = 0; qe < 2; qe++) {
        attack_begin(a, both[k]);
        *(qe ? &a->f->qe_identity.eval_number : &a->f->tcb_info.eval_number) =
            19;
        attack_accept(a, UP);
        assert_int_equal(
            dstack_report_eval_number(a->report, DSTACK_OF_ALL), 19);
        assert_int_equal(dstack_report_eval_number(
                             a->report, qe ? DSTACK_OF_QE : DSTACK_OF_PLATFORM),
            19);
        assert_int_equal(dstack_report_eval_number(
                             a->report, qe ? DSTACK_OF_PLATFORM : DSTACK_OF_QE),
            21);
        assert_int_equal(
            dstack_policy_require_eval_number(attack_policy(a), 20, NULL),
            DSTACK_OK);
        attack_reject(a, DSTACK_STAGE_POLICY, DSTACK_REASON_POLICY_EVAL);
    }
}

/* ---- containers ------------------------------------------------------------------------ */

static void
members_of_bundle(attack *a)
{
    static const char *const types[] = {
        "null", "1", "true", "[]", "[\"\"]", "{}"};

    EACH(a, k)
    for (int m = 0; m < FORGE_M_PCK_CHAIN; m++) {
        forge_member *member = &a->f->bundle.members[m];
        bool document = m == FORGE_M_TCB_INFO || m == FORGE_M_QE_IDENTITY;

        attack_case(a, "member %d", m);
        member->omit = true;
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        member->omit = false;
        member->text = ds_view_str("");
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        member->text.p = NULL;
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
            /* A document may stand unquoted; it must still be signed. */
            if (document && i == 5)
                continue;
            attack_case(a, "member %d: %s", m, types[i]);
            member->json = ds_view_str(types[i]);
            attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_JSON);
        }
        member->json.p = NULL;
    }
}

static void
optional_chain(attack *a)
{
    forge_member *chain = &a->f->bundle.members[FORGE_M_PCK_CHAIN];

    attack_begin(a, FORGE_TDX_V4);
    chain->omit = false;
    attack_accept(a, UP);
    chain->json = ds_view_str("null");
    attack_accept(a, UP);
    chain->json = ds_view_str("false");
    attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_JSON);
    chain->json = ds_view_str("\"\"");
    attack_accept(a, UP);
}

static void
row_120(attack *a)
{
    static const char *const whole[] = {"[]", "\"x\"", "null", "1"};
    static const int crls[] = {FORGE_M_ROOT_CRL, FORGE_M_PCK_CRL};

    members_of_bundle(a);
    optional_chain(a);
    EACH(a, k)
    {
        for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
            a->f->bundle.json = ds_view_str(whole[i]);
            attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_JSON);
        }
        a->f->bundle.json = ds_view_str("{}");
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_MISSING);
        a->f->bundle.json = ds_view_str("{");
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
        a->f->bundle.json = ds_view_str("");
        attack_reject(a, COLLATERAL, DSTACK_REASON_JSON);
        a->f->bundle.json.p = NULL;
        for (size_t i = 0; i < 2; i++) {
            a->f->bundle.members[crls[i]].text = ds_view_str("30820");
            attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_JSON);
            a->f->bundle.members[crls[i]].text.p = NULL;
        }
        a->f->bundle.upper_hex = true;
        a->f->bundle.extra = ",\"version\":3,\"x\":{\"y\":[null]}";
        attack_accept(a, UP);
        a->strict = true;
        attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_FORMAT);
        a->f->bundle.extra = NULL;
        attack_accept(a, UP);
        a->strict = false;
    }
}

static void
flat_sizes(attack *a)
{
    forge_flat *flat = &a->f->flat;

    for (size_t i = 0; i < FORGE_FLAT_BLOBS; i++) {
        static const uint32_t values[] = {0, 0x7fffffff, 0xffffffff};

        attack_case(a, "blob %zu", i);
        flat->sizes[i].delta = 1;
        reject_flat(a, DSTACK_REASON_COLLATERAL_FORMAT);
        flat->sizes[i].delta = -1;
        reject_flat(a, DSTACK_REASON_COLLATERAL_FORMAT);
        flat->sizes[i].set = true;
        for (size_t k = 0; k < 3; k++) {
            flat->sizes[i].value = values[k];
            reject_flat(a, DSTACK_REASON_COLLATERAL_FORMAT);
        }
        flat->sizes[i] = (forge_len){.set = false};
    }
    /* Two sizes whose sum is right in 32 bits only. */
    attack_build(a);
    flat->sizes[0] = (forge_len){.set = true, .value = 0x80000000};
    flat->sizes[1] = (forge_len){.set = true,
        .value = (uint32_t)(0x80000000 + a->f->out.crl[FORGE_CRL_ROOT].n +
                            a->f->out.chain[FORGE_CHAIN_CRL].n + 1)};
    reject_flat(a, DSTACK_REASON_COLLATERAL_FORMAT);
    flat->sizes[0] = flat->sizes[1] = (forge_len){.set = false};
    flat->append = ds_view_of("", 1);
    reject_flat(a, DSTACK_REASON_COLLATERAL_FORMAT);
    flat->append = ds_view_of(NULL, 0);
}

static void
row_121(attack *a)
{
    EACH(a, k)
    {
        ds_view good;

        attack_build(a);
        good = forge_keep_buf(a->f, &a->f->out.flat);
        for (int form = 0; form < 3; form++) {
            a->f->flat.crl_form = form;
            a->f->flat.no_nul = form == 2;
            attack_build(a);
            a->collateral = ds_view_of(a->f->out.flat.p, a->f->out.flat.n);
            attack_accept_built(a, UP);
        }
        for (size_t n = 4; n < good.n; n += n < 140 ? 1 : 997) {
            attack_case(a, "%zu bytes", n);
            a->collateral = ds_view_of(good.p, n);
            attack_reject_built(a, COLLATERAL, DSTACK_REASON_COLLATERAL_FORMAT);
        }
        a->collateral.p = NULL;
        flat_sizes(a);
        a->f->flat.tee_type = 0x80;
        reject_flat(a, DSTACK_REASON_COLLATERAL_FORMAT);
    }
}

static void
row_122(attack *a)
{
    static const forge_edit damage[] = {
        {.find = "\n", .put = "%0A", .all = true}, {.find = "\n", .put = "%0a"},
        {.find = "+", .put = "%2B", .all = true},
        {.find = "+", .put = " ", .all = true}, {.find = "+", .put = " "},
        {.find = "/", .put = "%2F"}};

    EACH(a, k)
    for (int chain = FORGE_CHAIN_EXTERNAL; chain < FORGE_CHAINS; chain++) {
        a->f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
        for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
            attack_case(a, "chain %d, damage %zu", chain, i);
            a->f->chain[chain].edits[0] = damage[i];
            attack_reject(a, COLLATERAL, DSTACK_REASON_COLLATERAL_PEM);
        }
        a->f->chain[chain].edits[0].find = NULL;
        a->f->chain[chain].crlf = true;
        attack_accept(a, UP);
    }
}

static const attack_row rows[] = {
    ATTACK("81", "spoilt signatures of the documents", row_81),
    ATTACK("82", "a byte changed after signing", row_82),
    ATTACK("83", "the other document's signature", row_83),
    ATTACK("84", "members reordered, numbers rewritten", row_84),
    ATTACK("85", "pretty-printed copy of a genuine document", row_85),
    ATTACK("86", "duplicate and case-variant members", row_86),
    ATTACK("87", "deep nesting", row_87),
    ATTACK("88", "bytes after the object", row_88),
    ATTACK("89", "invalid JSON, wrong types, broken text", row_89),
    ATTACK("90", "TCB info expired", row_90),
    ATTACK("91", "TCB info of the future", row_91),
    ATTACK("92", "malformed dates", row_92),
    ATTACK("93", "TCB info id and version", row_93),
    ATTACK("94", "version 2 TCB info for a TD", row_94),
    ATTACK("95", "FMSPC of another platform", row_95),
    ATTACK("96", "PCEID differs", row_96),
    ATTACK("97", "tcbType", row_97),
    ATTACK("98", "tcbLevels empty, missing or malformed", row_98),
    ATTACK("99", "components: count and values", row_99),
    ATTACK("100", "TDX components missing", row_100),
    ATTACK("101", "components too many or too few", row_101),
    ATTACK("102", "SVNs larger only as a string", row_102),
    ATTACK("103", "every component higher than the level", row_103),
    ATTACK("104", "levels in ascending order", row_104),
    ATTACK("105", "two levels with the same SVNs", row_105),
    ATTACK("106", "unknown tcbStatus", row_106),
    ATTACK("107", "platform level Revoked", row_107),
    ATTACK("108", "QE or module level Revoked", row_108),
    ATTACK("109", "module UpToDate does not mask the platform", row_109),
    ATTACK("110", "ConfigurationNeeded with an old QE", row_110),
    ATTACK("111", "no level matches", row_111),
    ATTACK("112", "advisoryIDs: types, count, length", row_112),
    ATTACK("113", "QE identity: dates, JSON, chain, signature", row_113),
    ATTACK("114", "QE identity: levels", row_114),
    ATTACK("115", "QE identity: field lengths and ranges", row_115),
    ATTACK("116", "TDX members in an SGX document", row_116),
    ATTACK("117", "TDX document without tdxModule", row_117),
    ATTACK("118", "superseded TCB info in its window", row_118),
    ATTACK("119", "documents of different evaluations", row_119),
    ATTACK("120", "bundle: missing, mistyped, odd, extra members", row_120),
    ATTACK("121", "flattened form: sizes", row_121),
    ATTACK("122", "issuer chains damaged in transport", row_122),
};

ATTACK_MAIN(rows)
