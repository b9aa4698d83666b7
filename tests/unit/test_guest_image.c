/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated guest's whole story under its own root: hardware, image, app,
 * events, GPUs; and that each thing that goes in changes what follows from it
 * and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "dstack/dstack.h"
#include "guest/inner.h"
#include "support/guest.h"
#include "workload/claims.h"
#include "workload/image.h"

static const ds_view nothing = {NULL, 0};

#define GIB ((uint64_t)1 << 30)

/* ---- judging --------------------------------------------------------------------- */

/* Evidence as the guest gives it, and what is found about it. */
typedef struct {
    sim_guest *g;
    dstack_evidence *evidence;
    dstack_report *report;
    dstack_error err;
} story;

/* What must be known of the image, DSTACK_IMAGE_LEVEL_*. */
enum {
    NO_IMAGE = -1
};

static ds_view
document(sim_guest *g, int which, sim_document *d)
{
    assert_int_equal(sim_guest_document(g, which, GUEST_NOW, d, NULL), 0);
    return sim_view(&d->body);
}

static dstack_policy *
policy_of(int level)
{
    dstack_policy *p = NULL;
    assert_int_equal(dstack_policy_new(&p, NULL), DSTACK_OK);
    dstack_policy_accept_any_workload(p);
    if (level != NO_IMAGE)
        assert_int_equal(
            dstack_policy_require_image(p, (uint32_t)level, NULL), DSTACK_OK);
    return p;
}

/* Under the guest's root, with its collateral. */
static int
judge_with(story *s, ds_view bytes, int level, const dstack_acpi *acpi)
{
    dstack_verifier *v = NULL;
    dstack_policy *p = policy_of(level);
    dstack_collateral *c = NULL;
    sim_document d;
    dstack_report_free(s->report);
    dstack_evidence_free(s->evidence);
    if (dstack_evidence_parse(bytes.p, bytes.n, &s->evidence, &s->err))
        fail_msg("%s", s->err.message);
    assert_int_equal(dstack_verifier_new(&v, NULL), DSTACK_OK);
    assert_int_equal(dstack_verifier_set_acpi(v, acpi), DSTACK_OK);
    ds_view pem = document(s->g, SIM_DOC_ROOT_PEM, &d);
    assert_int_equal(dstack_verifier_set_root(v, pem.p, pem.n, NULL), 0);
    sim_document_free(&d);
    ds_view bundle = document(s->g, SIM_DOC_BUNDLE, &d);
    assert_int_equal(dstack_collateral_parse(bundle.p, bundle.n, &c, NULL), 0);
    sim_document_free(&d);
    int rc = dstack_verifier_verify(
        v, s->evidence, c, p, GUEST_NOW, &s->report, &s->err);
    dstack_collateral_free(c);
    dstack_policy_free(p);
    dstack_verifier_free(v);
    return rc;
}

/* Genuine and accepted. */
static void
judge(story *s, ds_view bytes, int level, const dstack_acpi *acpi)
{
    if (judge_with(s, bytes, level, acpi) != DSTACK_OK)
        fail_msg("%s", s->err.message);
    assert_true(dstack_report_is_accepted(s->report));
    assert_true(dstack_report_is_authentic(s->report));
}

/* On the heap: it is large. */
static story *
begin(const sim_config *c)
{
    story *s = ds_calloc(1, sizeof *s);
    assert_non_null(s);
    s->g = guest_make(c);
    return s;
}

static void
attest(story *s, int form, ds_buf *b)
{
    ds_buf_init(b, 1 << 20);
    assert_int_equal(sim_guest_attest(s->g, nothing, form, b, NULL), 0);
}

static story *
tell_form(const sim_config *c, int form, int level)
{
    story *s = begin(c);
    ds_buf b;
    attest(s, form, &b);
    judge(s, sim_view(&b), level, NULL);
    ds_buf_free(&b);
    return s;
}

static story *
tell(const sim_config *c)
{
    return tell_form(c, SIM_ATTEST_V0, NO_IMAGE);
}

/* The image's name is a claim: bound by what was measured, or by nothing. */
static void
check_image(const story *s, bool bound)
{
    assert_int_equal(dstack_report_image_is_bound(s->report), bound);
    assert_int_equal(dstack_report_claim_bound_by(s->report, "os_image_hash"),
        bound ? DSTACK_BOUND_IMAGE : 0);
    assert_int_equal(dstack_report_image_reason(s->report),
        bound ? DSTACK_REASON_NONE : DSTACK_REASON_IMAGE_MISSING);
}

static void
drop(story *s)
{
    dstack_report_free(s->report);
    dstack_evidence_free(s->evidence);
    sim_guest_free(s->g);
    ds_free(s);
}

/* A claim, or a register of the quote. */
static ds_view
value_of(const story *s, const char *name)
{
    ds_view v = ds_quote_field(dstack_report_quote(s->report), name);
    if (!v.p)
        v.p = dstack_report_claim(s->report, name, &v.n);
    return v;
}

/* ---- the whole story --------------------------------------------------------------- */

static const char compose[] =
    "{\"kms_enabled\":true,\"init_script\":[\"echo 1\"]}";
static const sim_config whole = {.seed = "whole",
    .os = SIM_OS_0_6_0,
    .now = GUEST_NOW,
    .gpus = 2,
    .app_compose = {(const uint8_t *)compose, sizeof compose - 1}};

/* Checks of the story itself, each of which has passed. */
static void
check_passed(const story *s)
{
    static const char *const names[] = {"quote_signature",
        "claimed_report_data", "event_lists", "event_digests", "rtmr3_replay",
        "boot_replay", "image_config", "image_identity", "image_mrtd",
        "image_acpi_events", "image_rtmr0", "image_rtmr1", "image_rtmr2"};
    size_t found = 0;
    for (size_t i = 0; i < dstack_report_check_count(s->report); i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (strcmp(dstack_report_check_name(s->report, i), names[k]) == 0) {
                assert_int_equal(dstack_report_check_result(s->report, i),
                    DSTACK_CHECK_PASSED);
                found++;
            }
    assert_int_equal(found, sizeof names / sizeof *names);
}

static void
check_gpus(const story *s)
{
    char text[200], hex[65];
    uint8_t digest[32];
    sim_gpu_bundle b;
    assert_int_equal(sim_guest_gpu_boottime(s->g, &b, NULL), 0);
    assert_true(ds_hash(DS_SHA256, sim_view(&b.evidence), nothing, digest));
    sim_gpu_bundle_free(&b);
    ds_hex_encode(ds_view_of(digest, 32), hex);
    snprintf(text, sizeof text,
        "{\"version\":2,\"provider\":\"nvidia\",\"devices\":2,\"cc_mode\":"
        "\"on\",\"devtools\":false,\"evidence_sha256\":\"%s\"}",
        hex);
    assert_true(ds_view_eq_str(value_of(s, "gpu_attestation"), text));
}

static void
check_bound(const story *s)
{
    static const struct {
        const char *name;
        uint32_t bound;
    } claims[] = {
        {"app_id", DSTACK_BOUND_RTMR3},
        {"compose_hash", DSTACK_BOUND_RTMR3 | DSTACK_BOUND_MR_CONFIG},
        {"instance_id", DSTACK_BOUND_RTMR3},
        {"device_id", DSTACK_BOUND_PCK},
        {"os_image_hash", DSTACK_BOUND_IMAGE},
        {"kms_os_image_hash", DSTACK_BOUND_RTMR3},
        {"key_provider", DSTACK_BOUND_RTMR3},
        {"mr_system", DSTACK_BOUND_RTMR3 | DSTACK_BOUND_QUOTE},
        {"mr_aggregated", DSTACK_BOUND_QUOTE},
        {"gpu_policy_hash", DSTACK_BOUND_RTMR3},
        {"gpu_attestation", DSTACK_BOUND_RTMR3},
        {"storage_fs", DSTACK_BOUND_RTMR3},
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        assert_int_equal(
            dstack_report_claim_bound_by(s->report, claims[i].name),
            claims[i].bound);
    assert_int_equal(dstack_report_init_script_count(s->report), 1);
    assert_true(dstack_report_boot_is_finished(s->report));
}

static void
test_story(void **state)
{
    (void)state;
    for (int form = SIM_ATTEST_V0; form <= SIM_ATTEST_V1; form++) {
        uint8_t digest[32];
        story *s = tell_form(&whole, form, DSTACK_IMAGE_LEVEL_LAYOUT);
        ds_view image = ds_view_of(s->g->os_image_hash, 32);
        check_passed(s);
        check_image(s, true);
        assert_int_equal(
            dstack_report_image_level(s->report), DSTACK_IMAGE_LEVEL_LAYOUT);
        assert_true(ds_view_eq(value_of(s, "os_image_hash"), image));
        assert_true(ds_view_eq(value_of(s, "kms_os_image_hash"), image));
        assert_true(ds_hash(DS_SHA256, whole.app_compose, nothing, digest));
        assert_true(
            ds_view_eq(value_of(s, "compose_hash"), ds_view_of(digest, 32)));
        check_gpus(s);
        check_bound(s);
        drop(s);
    }
}

/* An allow-list with what this machine shows makes the image known whole. */
static void
test_allowed(void **state)
{
    story *s = begin(&whole);
    dstack_acpi *acpi = NULL;
    ds_buf b;
    (void)state;
    const sim_image *i = &s->g->image;
    attest(s, SIM_ATTEST_V0, &b);
    assert_int_equal(dstack_acpi_new(&acpi, NULL), DSTACK_OK);
    assert_int_equal(dstack_acpi_add_digests(acpi, 2, i->acpi[0], 48,
                         i->acpi[1], 48, i->acpi[2], 48, NULL),
        DSTACK_OK);
    judge(s, sim_view(&b), DSTACK_IMAGE_LEVEL_FULL, acpi);
    check_image(s, true);
    assert_int_equal(
        dstack_report_image_level(s->report), DSTACK_IMAGE_LEVEL_FULL);
    assert_int_equal(judge_with(s, sim_view(&b), DSTACK_IMAGE_LEVEL_FULL, NULL),
        DSTACK_ERR_POLICY);
    assert_int_equal(s->err.reason, DSTACK_REASON_POLICY_IMAGE_LEVEL);
    dstack_acpi_free(acpi);
    ds_buf_free(&b);
    drop(s);
}

/* ---- what follows from what ---------------------------------------------------------- */

static void
add_name(const char *name, ds_buf *out)
{
    if (out->n)
        ds_buf_add_str(out, " ");
    ds_buf_add_str(out, name);
}

static void
add_if_other(const story *a, const story *b, const char *name, ds_buf *out)
{
    ds_view one = value_of(a, name), two = value_of(b, name);
    if (!ds_view_eq(one, two))
        add_name(name, out);
    /* What binds it never depends on what it says. */
    if (one.p && two.p)
        assert_int_equal(dstack_report_claim_bound_by(a->report, name),
            dstack_report_claim_bound_by(b->report, name));
}

static void
scripts_of(const story *s, ds_buf *out)
{
    ds_buf_init(out, 1 << 12);
    for (size_t i = 0; i < dstack_report_init_script_count(s->report); i++) {
        size_t n;
        const uint8_t *p = dstack_report_init_script(s->report, i, &n);
        ds_buf_add(out, p, n);
    }
}

static void
add_scripts(const story *a, const story *b, ds_buf *out)
{
    ds_buf one, two;
    scripts_of(a, &one);
    scripts_of(b, &two);
    if (!ds_view_eq(sim_view(&one), sim_view(&two)))
        add_name("init_scripts", out);
    ds_buf_free(&one);
    ds_buf_free(&two);
}

/* Whatever the signed body has, each claim, and what is not one value: the
 * names of all that differ are these. */
static void
expect_stories(
    const story *a, const story *b, const char *what, const char *want)
{
    static const char *const fields[] = {"tee_tcb_svn", "mr_seam",
        "mr_signer_seam", "seam_attributes", "td_attributes", "xfam", "mr_td",
        "mr_config_id", "mr_owner", "mr_owner_config", "rtmr0", "rtmr1",
        "rtmr2", "rtmr3", "report_data"};
    ds_buf names;
    ds_buf_init(&names, 1 << 12);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        add_if_other(a, b, fields[i], &names);
    for (size_t i = 0; i < DS_CLAIM_COUNT; i++)
        add_if_other(a, b, ds_claim_name(i), &names);
    add_scripts(a, b, &names);
    if (dstack_report_gpu_count(a->report) !=
        dstack_report_gpu_count(b->report))
        add_name("gpu_count", &names);
    if (dstack_report_shadow_event_count(a->report) !=
        dstack_report_shadow_event_count(b->report))
        add_name("shadow_events", &names);
    if (!ds_view_eq_str(sim_view(&names), want))
        fail_msg("%s: %.*s", what, (int)names.n, (const char *)names.p);
    ds_buf_free(&names);
}

static void
expect_other(const sim_config *first, const sim_config *second,
    const char *what, const char *want)
{
    story *a = tell(first);
    story *b = tell(second);
    check_image(a, first->os == SIM_OS_0_6_0);
    check_image(b, second->os == SIM_OS_0_6_0);
    expect_stories(a, b, what, want);
    drop(a);
    drop(b);
}

#define APP_1 "1111111111111111111111111111111111111111"
#define APP_2 "2222222222222222222222222222222222222222"
#define SUMS "mr_system mr_aggregated mr_system_boot mr_aggregated_boot"
#define RUNTIME "mr_aggregated mr_aggregated_boot"

static const sim_config plain = {.seed = "plain",
    .os = SIM_OS_0_6_0,
    .now = GUEST_NOW,
    .gpus = 1,
    .app_id = APP_1,
    .instance_id = APP_1,
    .provider = SIM_PROVIDER_KMS};

static void
test_machine(void **state)
{
    sim_config c = plain;
    (void)state;
    expect_other(&plain, &c, "nothing", "");
    c.memory = 4 * GIB;
    expect_other(&plain, &c, "memory", "rtmr0 " SUMS);
    c = plain;
    c.cpus = 4;
    expect_other(&plain, &c, "CPUs", "rtmr0 " SUMS);
    c = plain;
    c.seed = "another machine, another KMS";
    expect_other(&plain, &c, "seed",
        "rtmr3 device_id key_provider key_provider_id mr_system mr_aggregated "
        "mr_aggregated_boot gpu_attestation");
}

static void
test_app(void **state)
{
    sim_config c = plain;
    (void)state;
    c.app_compose = ds_view_str("{\"kms_enabled\":true,\"name\":\"other\"}");
    expect_other(
        &plain, &c, "app-compose", "mr_config_id rtmr3 compose_hash " RUNTIME);
    c = plain;
    c.app_id = APP_2;
    expect_other(&plain, &c, "app id", "rtmr3 app_id " RUNTIME);
    c = plain;
    c.instance_id = APP_2;
    expect_other(&plain, &c, "instance id", "rtmr3 instance_id " RUNTIME);
    /* Both follow from the file where nobody assigns them. */
    sim_config own = plain;
    own.app_id = own.instance_id = NULL;
    c = own;
    c.app_compose = ds_view_str("{\"kms_enabled\":true,\"name\":\"other\"}");
    expect_other(&own, &c, "app-compose, ids",
        "mr_config_id rtmr3 app_id compose_hash instance_id " RUNTIME);
}

#define COMPOSE(members) "{\"kms_enabled\":true,\"name\":\"app\"" members "}"

/* What the app-compose file alone says of, beside its own hash. */
static void
test_compose(void **state)
{
    static const struct {
        const char *what, *first, *second;
        const char *more; /* behind the hash and the sums */
    } files[] = {
        {"a blank", COMPOSE(""), COMPOSE(" "), ""},
        {"init script", COMPOSE(",\"init_script\":[\"echo 1\"]"),
            COMPOSE(",\"init_script\":[\"echo 2\"]"), " init_scripts"},
        {"one more init script", COMPOSE(",\"init_script\":[\"echo 1\"]"),
            COMPOSE(",\"init_script\":[\"echo 1\",\"echo 2\"]"),
            " init_scripts"},
        {"init scripts in another order",
            COMPOSE(",\"init_script\":[\"echo 1\",\"echo 2\"]"),
            COMPOSE(",\"init_script\":[\"echo 2\",\"echo 1\"]"),
            " init_scripts"},
        {"GPU policy", COMPOSE(""),
            COMPOSE(",\"requirements\":{\"gpu_policy\":{\"allow_debug\":"
                    "true}}"),
            " gpu_policy_hash"},
        {"file system", COMPOSE(",\"storage_fs\":\"zfs\""),
            COMPOSE(",\"storage_fs\":\"ext4\""), " storage_fs"},
    };
    sim_config a = plain, b = plain;
    char want[200];
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        a.app_compose = ds_view_str(files[i].first);
        b.app_compose = ds_view_str(files[i].second);
        snprintf(want, sizeof want,
            "mr_config_id rtmr3 compose_hash " RUNTIME "%s", files[i].more);
        expect_other(&a, &b, files[i].what, want);
    }
}

/* Without a KMS no name of an image is measured for one. */
static void
test_provider(void **state)
{
    sim_config kms = plain, local, tpm, none;
    (void)state;
    kms.app_id = NULL; /* who assigns one needs a KMS */
    local = tpm = none = kms;
    local.provider = SIM_PROVIDER_LOCAL;
    tpm.provider = SIM_PROVIDER_TPM;
    none.provider = SIM_PROVIDER_NONE;
    expect_other(&kms, &none, "none for a KMS",
        "rtmr3 kms_os_image_hash key_provider key_provider_name "
        "key_provider_id mr_system mr_aggregated");
    expect_other(&kms, &local, "a local one for a KMS",
        "rtmr3 kms_os_image_hash key_provider key_provider_name "
        "key_provider_id mr_system mr_aggregated");
    expect_other(&local, &tpm, "a TPM for a local one",
        "rtmr3 key_provider key_provider_name key_provider_id mr_system "
        "mr_aggregated");
}

/* Digests of what boots, each alone. */
static void
test_boot(void **state)
{
    sim_image image;
    sim_config from = {.os = SIM_OS_0_6_0, .cpus = 2, .memory = 2 * GIB};
    static const struct {
        size_t at;
        const char *want; /* the register; image and sums follow */
    } digests[] = {
        {offsetof(sim_image, mr_td), "mr_td"},
        {offsetof(sim_image, kernel), "rtmr1"},
        {offsetof(sim_image, cmdline), "rtmr2"},
        {offsetof(sim_image, initrd), "rtmr2"},
    };
    char want[200];
    sim_config a = plain;
    (void)state;
    from.gpus = 1;
    assert_int_equal(sim_image_of(&from, &image, NULL), 0);
    a.image = &image;
    expect_other(&plain, &a, "the same image", "");
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        sim_image other = image;
        sim_config b = a;
        ((uint8_t *)&other)[digests[i].at + 5] ^= 1;
        b.image = &other;
        snprintf(want, sizeof want,
            "%s rtmr3 os_image_hash kms_os_image_hash " SUMS, digests[i].want);
        expect_other(&a, &b, digests[i].want, want);
    }
    /* The tables are the machine's: the image keeps its name. */
    sim_image other = image;
    sim_config b = a;
    other.acpi[2][0] ^= 1;
    b.image = &other;
    expect_other(&a, &b, "ACPI tables", "rtmr0 " SUMS);
    /* One GPU more, with the tables as they were: the record alone. */
    b = a;
    b.gpus = 2;
    expect_other(&a, &b, "GPU record",
        "rtmr3 mr_aggregated mr_aggregated_boot gpu_attestation gpu_count");
    b.gpus = 0;
    expect_other(&a, &b, "no GPU record",
        "rtmr3 mr_aggregated mr_aggregated_boot gpu_attestation gpu_count");
}

/* What an app of 0.5 measures itself, behind system-ready: a register and its
 * sum, and no claim, whatever the event is called. */
static void
test_event(void **state)
{
    static const struct {
        const char *name, *want;
    } events[] = {
        {"own", "rtmr3 mr_aggregated"},
        {"app-id", "rtmr3 mr_aggregated shadow_events"},
        {"compose-hash", "rtmr3 mr_aggregated shadow_events"},
        {"gpu-attestation", "rtmr3 mr_aggregated shadow_events"},
    };
    sim_config c = plain;
    ds_buf bytes;
    (void)state;
    c.os = SIM_OS_0_5_11;
    c.gpus = 0;
    story *a = tell(&c);
    check_image(a, false);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        story *b = begin(&c);
        assert_int_equal(sim_guest_emit_event(b->g, ds_view_str(events[i].name),
                             ds_view_str("event"), NULL),
            0);
        attest(b, SIM_ATTEST_V0, &bytes);
        judge(b, sim_view(&bytes), NO_IMAGE, NULL);
        expect_stories(a, b, events[i].name, events[i].want);
        assert_int_equal(dstack_report_trusted_event_count(a->report),
            dstack_report_trusted_event_count(b->report));
        ds_buf_free(&bytes);
        drop(b);
    }
    drop(a);
}

/* Report data is signed, and says nothing else. */
static void
test_report_data(void **state)
{
    uint8_t data[64] = {1};
    ds_buf bytes;
    (void)state;
    story *a = tell(&plain);
    story *b = begin(&plain);
    ds_buf_init(&bytes, 1 << 20);
    assert_int_equal(sim_guest_attest(b->g, ds_view_of(data, sizeof data),
                         SIM_ATTEST_V0, &bytes, NULL),
        0);
    judge(b, sim_view(&bytes), NO_IMAGE, NULL);
    expect_stories(a, b, "report data", "report_data");
    ds_buf_free(&bytes);
    drop(a);
    drop(b);
}

/* ---- evidence that says something else ------------------------------------------------- */

/* What is signed, with a claim of the configuration changed: the same length,
 * so that all else stays. */
static story *
claim(const char *from, const char *to)
{
    story *s = begin(&whole);
    ds_attestation *a = NULL;
    ds_buf b, config;
    attest(s, SIM_ATTEST_V0, &b);
    ds_buf_init(&config, 1 << 20);
    assert_int_equal(ds_attestation_decode(sim_view(&b), &a, NULL), DSTACK_OK);
    ds_buf_add(&config, a->config.p, a->config.n);
    size_t n = strlen(from);
    assert_int_equal(n, strlen(to));
    for (size_t i = 0; i + n <= config.n; i++)
        if (memcmp(config.p + i, from, n) == 0)
            memcpy(config.p + i, to, n);
    assert_false(ds_view_eq(sim_view(&config), a->config));
    a->config = sim_view(&config);
    ds_buf_cut(&b, 0);
    assert_int_equal(ds_attestation_encode(a, 0, &b, NULL), DSTACK_OK);
    assert_int_not_equal(
        judge_with(s, sim_view(&b), DSTACK_IMAGE_LEVEL_LAYOUT, NULL),
        DSTACK_OK);
    ds_attestation_free(a);
    ds_buf_free(&b);
    ds_buf_free(&config);
    return s;
}

/* The image's checks that failed. */
static void
failed_checks(const story *s, ds_buf *out)
{
    ds_buf_init(out, 1 << 12);
    for (size_t i = 0; i < dstack_report_check_count(s->report); i++)
        if (dstack_report_check_result(s->report, i) == DSTACK_CHECK_FAILED)
            add_name(dstack_report_check_name(s->report, i), out);
}

static void
test_other_claims(void **state)
{
    static const struct {
        const char *from, *to, *check;
        int reason;
    } cases[] = {
        {"\"memory_size\":2147483648", "\"memory_size\":4294967296",
            "image_rtmr0", DSTACK_REASON_IMAGE_RTMR0},
        {"\"memory_size\":2147483648", "\"memory_size\":2147483647",
            "image_config", DSTACK_REASON_IMAGE_MEMORY_UNSUPPORTED},
        {"\"qemu_version\":\"9.1.0\"", "\"qemu_version\":\"8.2.2\"",
            "image_mrtd", DSTACK_REASON_IMAGE_MRTD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        story *s = claim(cases[i].from, cases[i].to);
        ds_buf names;
        assert_int_equal(s->err.reason, cases[i].reason);
        assert_int_equal(dstack_report_image_is_bound(s->report), 0);
        failed_checks(s, &names);
        assert_true(ds_view_eq_str(sim_view(&names), cases[i].check));
        ds_buf_free(&names);
        drop(s);
    }
    /* The number of CPUs shows in the tables alone. */
    story *s = claim("\"cpu_count\":2", "\"cpu_count\":4");
    assert_int_equal(s->err.reason, DSTACK_REASON_POLICY_IMAGE_LEVEL);
    check_image(s, true);
    assert_int_equal(
        dstack_report_image_level(s->report), DSTACK_IMAGE_LEVEL_NONE);
    drop(s);
}

/* ---- known values ---------------------------------------------------------------------- */

/* platforms.md 3.5.1, for real firmware; 3.6 and 3.5 in other words
 * (python's struct and hashlib) for 2 CPUs. */
static void
test_known(void **state)
{
    static const struct {
        uint64_t memory;
        const char *digest;
    } hobs[] = {
        {1, "1055c9b9a1fc534e688560e2304e18c8597b7261818cf61fb163d40c130547309b"
            "750575947a4dcaedbdce4b8d0535f2"},
        {2, "0b8772e5b0b41b83e6044a68397e02f49fb47066b4fbe4917ea2c45c64f323fdac"
            "bb37948f821ebaf8bc9c938ba8a749"},
        {4, "5b684faf8d02a733945f821d9cdd170802e72103977acf66949c9382500283adc9"
            "0cbec57f8e7653f8bee1cab83689de"},
        {128, "6de3065bc65fbb7c276ce585eb0bcad5e8bd57065d3a0db4c376f7c896006675"
              "9ea388f52a95f4a653469cf353b2fef1"},
    };
    sim_config c = {.os = SIM_OS_0_6_0, .cpus = 2};
    sim_image image;
    (void)state;
    for (size_t i = 0; i < sizeof hobs / sizeof *hobs; i++) {
        c.memory = hobs[i].memory * GIB;
        assert_int_equal(sim_image_of(&c, &image, NULL), 0);
        guest_assert_hex(image.td_hob, 48, hobs[i].digest);
    }
    guest_assert_hex(image.acpi[0], 48,
        "1f1c0d9d4352f9127c7bc15e7ae6de12b7b19f5869da7c9b"
        "b6603b64652e89e7079859575abce94b4852b8b1355f65c5");
    guest_assert_hex(image.acpi[1], 48,
        "e20054f86b1e0369986043168d7743f6d485edeee3fc50ac"
        "2ee948da6d345d9b780ab3d0aaf472af68bd47147505de4d");
    guest_assert_hex(image.cmdline, 48,
        "1b162f6c4816608ebb2b3155a70a9cf89e686457bc5de96e"
        "2687fbda0dd6cccaa7426712a4812eb60aaf72c7f7b2de51");
}

/* The image is named by a manifest of its files, in which the document is. */
static void
test_names(void **state)
{
    (void)state;
    for (int os = 0; os < SIM_OS_COUNT; os++) {
        sim_guest *g = guest_new("names", os);
        bool lite = os >= SIM_OS_0_6_0;
        ds_buf manifest, doc;
        uint8_t listed[32], found[32];
        ds_image_parts parts;
        ds_buf_init(&manifest, 1 << 12);
        ds_buf_init(&doc, 1 << 12);
        assert_int_equal(sim_image_manifest(os, &g->image, &manifest, NULL), 0);
        assert_true(ds_hash(DS_SHA256, sim_view(&manifest), nothing, found));
        assert_memory_equal(found, g->os_image_hash, 32);
        assert_int_equal(ds_image_manifest_find(
                             sim_view(&manifest), "ovmf.fd", listed, NULL),
            DSTACK_OK);
        sim_image_document(&g->image, &doc);
        assert_int_equal(doc.n, 384);
        assert_int_equal(
            ds_image_document_read(sim_view(&doc), &parts, NULL), DSTACK_OK);
        assert_memory_equal(parts.mrtd[DS_PASS_SINGLE], g->image.mr_td, 48);
        int rc = ds_image_manifest_find(
            sim_view(&manifest), DS_IMAGE_DOCUMENT, listed, NULL);
        assert_int_equal(rc == DSTACK_OK, lite);
        assert_true(ds_hash(DS_SHA256, sim_view(&doc), nothing, found));
        if (lite)
            assert_memory_equal(listed, found, 32);
        assert_int_equal(
            ds_view_contains(sim_view(&g->vm_config), "tdx_measurement"), lite);
        ds_buf_free(&manifest);
        ds_buf_free(&doc);
        sim_guest_free(g);
    }
}

/* A document holds for some sizes of memory only; a VM of another size says
 * that it has to be judged with the image. */
static void
test_little_memory(void **state)
{
    sim_config c = plain;
    sim_guest *g = NULL;
    sim_error err;
    (void)state;
    c.memory = GIB;
    story *s = tell(&c);
    check_image(s, false);
    assert_true(ds_view_contains(
        sim_view(&s->g->vm_config), "\"tdx_attestation_variant\":\"legacy\""));
    drop(s);
    c.memory = ((uint64_t)16 << 20) - 1;
    assert_int_equal(sim_guest_new(&c, &g, &err), -1);
    assert_int_equal(err.code, SIM_REFUSED);
    c.memory++;
    sim_guest_free(guest_make(&c));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_story),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_machine),
        cmocka_unit_test(test_app),
        cmocka_unit_test(test_boot),
        cmocka_unit_test(test_compose),
        cmocka_unit_test(test_provider),
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_report_data),
        cmocka_unit_test(test_other_claims),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
