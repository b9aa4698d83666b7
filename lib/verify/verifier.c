/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "verify/verify.h"
#include "workload/replay.h"

#define CACHE_DEFAULT 1024u
#define CACHE_MAX (1u << 20)

struct dstack_verifier {
    ds_root *root;
    ds_chain_options options;
    ds_platform_cache *cache;
    ds_content_cache *contents;
    /* The caller's. */
    const dstack_image *images[DS_MAX_IMAGES];
    size_t image_count;
    const dstack_acpi *acpi;
};

int
dstack_verifier_new(dstack_verifier **ret, dstack_error *err)
{
    dstack_verifier *v;
    int rc;

    ds_err_clear(err);
    if (!ret)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_verifier_new: NULL argument");
    *ret = NULL;
    v = ds_calloc(1, sizeof *v);
    if (!v)
        return ds_fail_nomem(err);
    rc = ds_root_new(ds_view_of(NULL, 0), &v->root, err);
    if (rc == DSTACK_OK &&
        ds_platform_cache_new(CACHE_DEFAULT, &v->cache) != DSTACK_OK)
        rc = ds_fail_nomem(err);
    v->contents = rc == DSTACK_OK ? ds_content_cache_new() : NULL;
    if (rc == DSTACK_OK && !v->contents)
        rc = ds_fail_nomem(err);
    if (rc != DSTACK_OK) {
        dstack_verifier_free(v);
        return rc;
    }
    *ret = v;
    return DSTACK_OK;
}

void
dstack_verifier_free(dstack_verifier *verifier)
{
    if (!verifier)
        return;
    ds_root_free(verifier->root);
    ds_platform_cache_free(verifier->cache);
    ds_content_cache_free(verifier->contents);
    ds_free(verifier);
}

int
dstack_verifier_set_root(dstack_verifier *verifier, const uint8_t *cert,
    size_t cert_len, dstack_error *err)
{
    ds_root *root = NULL;
    int rc;

    ds_err_clear(err);
    if (!verifier || !cert)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_verifier_set_root: NULL argument");
    rc = ds_root_new(ds_view_of(cert, cert_len), &root, err);
    if (rc != DSTACK_OK)
        return rc;
    ds_root_free(verifier->root);
    verifier->root = root;
    return DSTACK_OK;
}

int
dstack_verifier_set_strict(dstack_verifier *verifier, int strict)
{
    if (!verifier || (strict != 0 && strict != 1))
        return DSTACK_ERR_ARG;
    verifier->options.strict = strict != 0;
    return DSTACK_OK;
}

int
dstack_verifier_set_cache_size(dstack_verifier *verifier, uint32_t platforms)
{
    ds_platform_cache *cache;
    ds_content_cache *contents = NULL;

    if (!verifier || platforms > CACHE_MAX)
        return DSTACK_ERR_ARG;
    if (ds_platform_cache_new(platforms, &cache) != DSTACK_OK)
        return DSTACK_ERR_NOMEM;
    if (platforms != 0 && !(contents = ds_content_cache_new())) {
        ds_platform_cache_free(cache);
        return DSTACK_ERR_NOMEM;
    }
    ds_platform_cache_free(verifier->cache);
    verifier->cache = cache;
    ds_content_cache_free(verifier->contents);
    verifier->contents = contents;
    return DSTACK_OK;
}

void
dstack_verifier_accept_reissued_root(dstack_verifier *verifier)
{
    if (verifier)
        verifier->options.reissued_root = true;
}

int
dstack_verifier_add_image(dstack_verifier *verifier, const dstack_image *image)
{
    if (!verifier || !image || verifier->image_count == DS_MAX_IMAGES)
        return DSTACK_ERR_ARG;
    verifier->images[verifier->image_count++] = image;
    ds_content_cache_clear(verifier->contents);
    return DSTACK_OK;
}

int
dstack_verifier_set_acpi(dstack_verifier *verifier, const dstack_acpi *acpi)
{
    if (!verifier)
        return DSTACK_ERR_ARG;
    verifier->acpi = acpi;
    ds_content_cache_clear(verifier->contents);
    return DSTACK_OK;
}

/* Lives here and not with its object because only this room knows what a
 * verifier is. */
int
dstack_collateral_prepare(dstack_collateral *collateral,
    const dstack_verifier *verifier, dstack_error *err)
{
    ds_prepared *prepared = NULL;
    ds_checks *checks;
    int rc;

    ds_err_clear(err);
    if (!collateral || !verifier)
        return ds_fail(
            err, DSTACK_ERR_ARG, "dstack_collateral_prepare: NULL argument");
    checks = ds_malloc(sizeof *checks);
    if (!checks)
        return ds_fail_nomem(err);
    ds_checks_init(checks);
    rc = ds_collateral_check(
        collateral, verifier->root, &verifier->options, &prepared, checks);
    if (rc == DSTACK_OK) {
        ds_prepared_free(collateral->prepared);
        collateral->prepared = prepared;
    } else if (err) {
        *err = checks->error;
    }
    ds_free(checks);
    return rc;
}

/* ---- the verdict ------------------------------------------------------------ */

static int
check_time(int64_t now, ds_checks *checks)
{
    if (now < 0 || now > DS_TIME_MAX)
        return ds_checks_fail(checks, DS_CHECK_TIME, DSTACK_REASON_TIME_RANGE,
            "0 to 253402300799", NULL,
            "time: %lld is not in 0 to 253402300799 (years 1970 to 9999)",
            (long long)now);
    ds_checks_pass(checks, DS_CHECK_TIME);
    return DSTACK_OK;
}

static int
check_quote(const dstack_verifier *v, dstack_report *r, ds_view quote)
{
    dstack_error err;
    int rc = dstack_quote_parse(quote.p, quote.n, &r->quote, &err);

    r->facts.quote = r->quote;
    if (rc == DSTACK_OK)
        r->platform = r->quote->tee == DSTACK_TEE_SGX ? DSTACK_PLATFORM_SGX
                                                      : DSTACK_PLATFORM_TDX;
    if (rc == DSTACK_OK && v->options.strict)
        rc = ds_quote_check_strict(r->quote, &err);
    if (rc != DSTACK_OK)
        return ds_checks_fail_err(&r->checks, DS_CHECK_QUOTE_FORMAT, &err);
    ds_checks_pass(&r->checks, DS_CHECK_QUOTE_FORMAT);
    return DSTACK_OK;
}

/* Steps 2 to 20 of spec 3.2; facts are filled as far as it comes. */
static int
check_hardware(const dstack_verifier *v, dstack_report *r, ds_view quote,
    const dstack_collateral *collateral, const dstack_policy *policy)
{
    ds_intel_options opt = {.root = v->root,
        .options = v->options,
        .cache = v->cache,
        .collateral_grace = ds_policy_collateral_grace(policy),
        .now = r->time};
    int rc = check_quote(v, r, quote);

    if (rc == DSTACK_OK)
        rc = ds_intel_verify(r->quote, collateral, &opt, &r->facts, &r->checks);
    return rc;
}

static int
check_platform(dstack_report *r, const dstack_evidence *evidence)
{
    const char *name;

    r->platform = dstack_evidence_platform(evidence);
    name = dstack_platform_name(r->platform);
    if (r->platform != DSTACK_PLATFORM_TDX &&
        r->platform != DSTACK_PLATFORM_SGX)
        return ds_checks_fail(&r->checks, DS_CHECK_PLATFORM,
            DSTACK_REASON_PLATFORM_UNSUPPORTED, "tdx or sgx", name,
            "evidence: its platform is %s; this version judges tdx and sgx",
            name);
    ds_checks_pass(&r->checks, DS_CHECK_PLATFORM);
    return DSTACK_OK;
}

/* Does it belong to the quote, what does it say of the app, and which image
 * booted? The claim of the image's hash is bound then. */
static int
judge_content(const dstack_verifier *v, dstack_report *r,
    const dstack_evidence *evidence, const ds_content_key *key)
{
    ds_content *content = r->content;
    ds_image_options options = {.images = v->images,
        .image_count = v->image_count,
        .acpi = v->acpi,
        .search = key->search_acpi};
    bool replay = ds_rule_asked(key->accepted, DSTACK_RULE_REPLAY);
    dstack_error err; /* without a verdict; the first failure's stays */
    int rc = ds_replay_check(evidence, r->quote, key->accepted, &r->checks);

    if (rc == DSTACK_OK)
        rc = ds_claims_new(
            evidence, r->quote, key->pck, replay, &content->claims, &err);
    if (rc == DSTACK_OK)
        rc = ds_image_judge(
            evidence, r->quote, &options, &r->checks, &content->image);
    if (rc == DSTACK_OK && content->image.bound && content->claims)
        content->claims->at[DS_CLAIM_OS_IMAGE_HASH].bound |= DSTACK_BOUND_IMAGE;
    return rc;
}

/* What came with the quote. Evidence that contradicts itself is not
 * authentic, whatever the hardware signed. */
static int
check_evidence(const dstack_verifier *v, dstack_report *r,
    const dstack_evidence *evidence, const dstack_policy *policy)
{
    ds_content_key key = {.container = evidence->container,
        .pck = r->facts.have_pck ? &r->facts.pck : NULL,
        .accepted = ds_policy_accepted_rules(policy),
        .search_acpi =
            ds_policy_image_level(policy) >= DSTACK_IMAGE_LEVEL_LAYOUT};
    int rc = DSTACK_OK;

    r->content = ds_content_cache_find(v->contents, &key, &r->checks);
    if (!r->content) {
        r->content = ds_content_new();
        if (!r->content)
            return DSTACK_ERR_NOMEM;
        rc = judge_content(v, r, evidence, &key);
        if (rc != DSTACK_OK)
            r->facts.authentic = false;
        else if (r->facts.authentic)
            ds_content_cache_insert(v->contents, &key, r->content, &r->checks);
    }
    r->claims = r->content->claims;
    r->image = &r->content->image;
    return rc;
}

/* What the quote says, once it is known who signed it. */
static int
check_content(const dstack_verifier *v, dstack_report *r,
    const dstack_evidence *evidence, const dstack_policy *policy)
{
    int rc = evidence ? check_evidence(v, r, evidence, policy) : (int)DSTACK_OK;

    if (rc == DSTACK_OK)
        rc = ds_policy_judge(policy, &r->facts, evidence, r->claims, r->image,
            r->time, &r->checks);
    return rc;
}

/* evidence is NULL where there is a quote alone. A signed quote's content is
 * judged whatever is wrong with the platform or its collateral, so that a
 * refusal says what holds; the verdict stays that of the first failure. */
static int
judge(const dstack_verifier *v, dstack_report *r, ds_view quote,
    const dstack_evidence *evidence, const dstack_collateral *collateral,
    const dstack_policy *policy)
{
    int rc = check_time(r->time, &r->checks);
    int content;

    if (rc == DSTACK_OK && evidence)
        rc = check_platform(r, evidence);
    if (rc == DSTACK_OK)
        rc = check_hardware(v, r, quote, collateral, policy);
    if (r->facts.quote_signed && !ds_is_no_verdict(rc)) {
        content = check_content(v, r, evidence, policy);
        if (rc == DSTACK_OK || ds_is_no_verdict(content))
            rc = content;
    }
    /* Two witnesses: the code that came back and the list of checks. */
    r->accepted =
        rc == DSTACK_OK && r->facts.authentic && !ds_checks_failed(&r->checks);
    if (rc == DSTACK_OK && !r->accepted)
        rc = DSTACK_ERR_INTERNAL;
    return rc;
}

static int
verify(const dstack_verifier *v, ds_view quote, const dstack_evidence *evidence,
    const dstack_collateral *collateral, const dstack_policy *policy,
    int64_t now, dstack_report **ret_report, dstack_error *err)
{
    dstack_report *r = ds_malloc(sizeof *r);
    int rc;

    if (!r)
        return ds_fail_nomem(err);
    r->quote = NULL;
    r->content = NULL;
    r->claims = NULL;
    r->image = &ds_image_unknown;
    r->platform = DSTACK_PLATFORM_NONE;
    r->time = now;
    r->custom_root = v->root->custom;
    r->accepted = false;
    ds_checks_init(&r->checks);
    ds_facts_init(&r->facts);
    rc = judge(v, r, quote, evidence, collateral, policy);
    if (rc != DSTACK_OK && err) {
        *err = r->checks.error;
        if (rc == DSTACK_ERR_NOMEM)
            ds_fail_nomem(err);
        else if (err->code != rc)
            ds_fail(err, rc, "verify: no check failed and none agreed");
    }
    if (ret_report && !ds_is_no_verdict(rc)) {
        *ret_report = r;
        r = NULL;
    }
    dstack_report_free(r);
    return rc;
}

int
dstack_verifier_verify_quote(const dstack_verifier *verifier,
    const uint8_t *quote, size_t quote_len, const dstack_collateral *collateral,
    const dstack_policy *policy, int64_t now, dstack_report **ret_report,
    dstack_error *err)
{
    ds_err_clear(err);
    if (ret_report)
        *ret_report = NULL;
    if (!verifier || !quote)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_verifier_verify_quote: NULL verifier or quote");
    return verify(verifier, ds_view_of(quote, quote_len), NULL, collateral,
        policy, now, ret_report, err);
}

int
dstack_verifier_verify(const dstack_verifier *verifier,
    const dstack_evidence *evidence, const dstack_collateral *collateral,
    const dstack_policy *policy, int64_t now, dstack_report **ret_report,
    dstack_error *err)
{
    ds_err_clear(err);
    if (ret_report)
        *ret_report = NULL;
    if (!verifier || !evidence)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_verifier_verify: NULL verifier or evidence");
    return verify(verifier, evidence->att->quote, evidence, collateral, policy,
        now, ret_report, err);
}
