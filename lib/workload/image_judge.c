/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "workload/image.h"

/* The order of spec 2.3.3: what the evidence claims, whether the measurement
 * belongs to it, then one register after the other. */

typedef struct {
    const dstack_evidence *evidence;
    const dstack_quote *quote;
    const ds_image_options *options;
    const dstack_image *image; /* NULL: none that is known */
    ds_checks *checks;
    ds_image_facts *facts;
    ds_vm_shape shape;
    ds_image_parts parts;
    ds_acpi_digests acpi; /* of the event log */
} job;

/* Record what a room below found wrong; returns its code. */
static int
fail_err(job *j, int check, const dstack_error *err)
{
    return ds_checks_fail_err(j->checks, check, err);
}

static int
fail_bytes(job *j, int check, int reason, ds_view expected, ds_view found,
    const char *message)
{
    char want[DS_CHECK_TEXT], have[DS_CHECK_TEXT];

    ds_hex_encode(expected, want);
    ds_hex_encode(found, have);
    return ds_checks_fail(j->checks, check, reason, want, have, "%s", message);
}

static int
fail_internal(job *j, int check)
{
    return ds_checks_fail(j->checks, check, DSTACK_REASON_INTERNAL, NULL, NULL,
        "image: hashing failed");
}

const ds_image_facts ds_image_unknown = {
    .reason = DSTACK_REASON_IMAGE_MISSING, .is_dev = -1};

/* ---- the measurement that came with the evidence ------------------------------------ */

/* Two files, in base64. */
typedef struct {
    ds_buf manifest;
    ds_buf document;
} bundle;

static int
read_file(const ds_json *json, const char *name, size_t max, ds_buf *ret,
    dstack_error *err)
{
    ds_buf text;
    ds_jv v;
    int rc = ds_json_need(json, 0, name, &v, err);

    ds_buf_init(&text, max * 2);
    ds_buf_init(ret, max);
    if (rc == DSTACK_OK)
        rc = ds_json_string_buf(json, v, &text, err);
    if (rc == DSTACK_OK &&
        !ds_base64_decode(ds_view_of(text.p, text.n), false, ret))
        rc = ret->nomem ? ds_fail_nomem(err)
                        : ds_json_fail(json, v, DSTACK_REASON_JSON_RANGE, err,
                              "not base64 of at most %zu bytes", max);
    ds_buf_free(&text);
    return rc;
}

static int
read_bundle(job *j, bundle *b)
{
    const dstack_vm_config *config = j->evidence->config;
    const char *raw = dstack_vm_config_raw(config, "tdx_measurement", NULL);
    ds_json *json = NULL;
    dstack_error err;
    int rc;

    ds_buf_init(&b->manifest, 0);
    ds_buf_init(&b->document, 0);
    rc = ds_json_parse(ds_view_str(raw), "tdx_measurement", &json, &err);
    if (rc == DSTACK_OK)
        rc = read_file(
            json, "checksum_file", DS_MAX_IMAGE_MANIFEST, &b->manifest, &err);
    if (rc == DSTACK_OK)
        rc = read_file(
            json, "measurement", DS_MAX_IMAGE_DOCUMENT, &b->document, &err);
    ds_json_free(json);
    if (rc == DSTACK_OK)
        return DSTACK_OK;
    (void)ds_err_as(&err, rc, DSTACK_STAGE_IMAGE, DSTACK_REASON_IMAGE_CONFIG);
    return fail_err(j, DS_CHECK_IMAGE_CONFIG, &err);
}

/* The manifest is what the image's hash is the hash of; the document is one
 * of the files that it lists. */
static int
check_bundle(job *j, ds_view manifest, ds_view document)
{
    uint8_t listed[32], found[32];
    dstack_error err;

    if (!ds_hash(DS_SHA256, manifest, ds_view_of(NULL, 0), found))
        return fail_internal(j, DS_CHECK_IMAGE_IDENTITY);
    if (memcmp(found, j->shape.os_image_hash, 32) != 0)
        return fail_bytes(j, DS_CHECK_IMAGE_IDENTITY, DSTACK_REASON_IMAGE_HASH,
            ds_view_of(j->shape.os_image_hash, 32), ds_view_of(found, 32),
            "image: tdx_measurement's checksum_file is not that of "
            "os_image_hash");
    if (ds_image_manifest_find(manifest, DS_IMAGE_DOCUMENT, listed, &err) !=
        DSTACK_OK)
        return fail_err(j, DS_CHECK_IMAGE_IDENTITY, &err);
    if (!ds_hash(DS_SHA256, document, ds_view_of(NULL, 0), found))
        return fail_internal(j, DS_CHECK_IMAGE_IDENTITY);
    if (memcmp(found, listed, 32) != 0)
        return fail_bytes(j, DS_CHECK_IMAGE_IDENTITY,
            DSTACK_REASON_IMAGE_MEASUREMENT, ds_view_of(listed, 32),
            ds_view_of(found, 32),
            "image: tdx_measurement's measurement is not the file that "
            "checksum_file lists");
    if (ds_image_document_read(document, &j->parts, &err) != DSTACK_OK)
        return fail_err(j, DS_CHECK_IMAGE_IDENTITY, &err);
    ds_checks_pass(j->checks, DS_CHECK_IMAGE_IDENTITY);
    return DSTACK_OK;
}

static int
use_document(job *j)
{
    dstack_error err;
    bundle b;
    int rc;

    if (!j->shape.has_document)
        return ds_checks_fail(j->checks, DS_CHECK_IMAGE_IDENTITY,
            DSTACK_REASON_IMAGE_MISSING, "tdx_measurement", NULL,
            "image: vm_config says \"lite\" and has no tdx_measurement");
    if (!ds_image_lite_memory(j->shape.memory)) {
        (void)ds_image_fail_memory(j->shape.memory, &err);
        return fail_err(j, DS_CHECK_IMAGE_CONFIG, &err);
    }
    rc = read_bundle(j, &b);
    if (rc == DSTACK_OK)
        rc = check_bundle(j, ds_view_of(b.manifest.p, b.manifest.n),
            ds_view_of(b.document.p, b.document.n));
    ds_buf_free(&b.manifest);
    ds_buf_free(&b.document);
    return rc;
}

/* ---- an image that the verifier knows ------------------------------------------------ */

static const dstack_image *
find_image(const ds_image_options *options, const ds_image_facts *facts)
{
    for (size_t i = 0; facts->has_hash && i < options->image_count; i++)
        if (memcmp(options->images[i]->hash, facts->hash, 32) == 0)
            return options->images[i];
    return NULL;
}

static bool
has_parts(const dstack_image *image)
{
    return image &&
           (image->has_document || (image->has_role[DS_IMAGE_FIRMWARE] &&
                                       image->has_role[DS_IMAGE_KERNEL] &&
                                       image->has_role[DS_IMAGE_INITRD]));
}

static int
use_image(job *j)
{
    dstack_error err;

    if (ds_image_parts_for(j->image, &j->shape, &j->parts, &err) != DSTACK_OK)
        return fail_err(j,
            err.reason == DSTACK_REASON_IMAGE_KERNEL ? DS_CHECK_IMAGE_IDENTITY
                                                     : DS_CHECK_IMAGE_CONFIG,
            &err);
    ds_checks_pass(j->checks, DS_CHECK_IMAGE_IDENTITY);
    return DSTACK_OK;
}

/* ---- ACPI ------------------------------------------------------------------------------ */

static int
fail_acpi(job *j, const char *what, size_t n)
{
    return ds_checks_fail(j->checks, DS_CHECK_IMAGE_ACPI,
        DSTACK_REASON_ACPI_EVENTS, "acpi-loader, acpi-rsdp, acpi-tables", NULL,
        "image: of RTMR0's three events about ACPI tables, %s (%zu)", what, n);
}

/* The digests of the log's three events; older guests did not name them. */
static int
read_acpi(job *j)
{
    static const char *const names[] = {
        "acpi-loader", "acpi-rsdp", "acpi-tables"};
    const dstack_event_log *log = j->evidence->log;
    uint8_t *const digests[] = {j->acpi.loader, j->acpi.rsdp, j->acpi.tables};
    size_t n = 0, named = 0;

    for (size_t i = 0; i < log->count; i++) {
        const ds_event *e = &log->events[i];

        if (!ds_event_is_acpi(e))
            continue;
        if (n == 3)
            return fail_acpi(j, "there is a fourth", n + 1);
        if (e->digest.n != DS_MR_SIZE)
            return fail_acpi(j, "one has no SHA-384 digest", n + 1);
        if (e->name.n != 0 && !ds_view_eq_str(e->name, names[n]))
            return fail_acpi(j, "one has another's name", n + 1);
        named += e->name.n != 0;
        memcpy(digests[n++], e->digest.p, DS_MR_SIZE);
    }
    if (n != 3)
        return fail_acpi(j, "some are missing", n);
    if (named != 0 && named != 3)
        return fail_acpi(j, "only some are named", named);
    ds_checks_pass(j->checks, DS_CHECK_IMAGE_ACPI);
    return DSTACK_OK;
}

static bool
same(const uint8_t a[DS_MR_SIZE], const uint8_t b[DS_MR_SIZE])
{
    return memcmp(a, b, DS_MR_SIZE) == 0;
}

/* Does an entry vouch for the tables? `layout`: the other two are QEMU's. */
static bool
vouches(const ds_acpi_entry *entry, const job *j, bool layout)
{
    if (entry->cpus != 0 && entry->cpus != j->shape.cpus)
        return false;
    if (!same(entry->digests.tables, j->acpi.tables))
        return false;
    if (entry->tables_alone)
        return layout;
    return same(entry->digests.loader, j->acpi.loader) &&
           same(entry->digests.rsdp, j->acpi.rsdp);
}

static bool
any_vouches(const job *j, bool layout)
{
    const dstack_acpi *list = j->options->acpi;

    for (size_t i = 0; list && i < list->count; i++)
        if (vouches(&list->at[i], j, layout))
            return true;
    return false;
}

/* The search is dear, so it is made only where it can change the answer. */
static uint32_t
level_of(const job *j)
{
    if (any_vouches(j, false))
        return DSTACK_IMAGE_LEVEL_FULL;
    if (!j->options->search && !any_vouches(j, true))
        return DSTACK_IMAGE_LEVEL_NONE;
    if (!ds_acpi_layout_known(&j->acpi, j->shape.cpus))
        return DSTACK_IMAGE_LEVEL_NONE;
    return any_vouches(j, true) ? DSTACK_IMAGE_LEVEL_FULL
                                : DSTACK_IMAGE_LEVEL_LAYOUT;
}

/* ---- registers ------------------------------------------------------------------------- */

static int
check_register(job *j, int check, int reason, const char *name,
    const uint8_t want[DS_MR_SIZE])
{
    ds_view found = ds_quote_field(j->quote, name);
    char message[100];

    if (ds_view_eq(found, ds_view_of(want, DS_MR_SIZE))) {
        ds_checks_pass(j->checks, check);
        return DSTACK_OK;
    }
    (void)snprintf(message, sizeof message,
        "image: the quote's %s is not what the claimed image and vm_config "
        "give",
        name);
    return fail_bytes(
        j, check, reason, ds_view_of(want, DS_MR_SIZE), found, message);
}

/* Is this what the log has of a register, which it replays to? */
static bool
log_has(const job *j, uint32_t imr, const uint8_t *const *digests, size_t n)
{
    const dstack_event_log *log = j->evidence->log;
    size_t found = 0;

    if (!log || j->checks->at[DS_CHECK_BOOT_REPLAY].result != DS_PASSED)
        return false;
    for (size_t i = 0; i < log->count; i++) {
        const ds_event *e = &log->events[i];

        if (e->imr != imr)
            continue;
        if (found == n || ds_event_is_runtime(e) ||
            !ds_view_eq(e->digest, ds_view_of(digests[found], DS_MR_SIZE)))
            return false;
        found++;
    }
    return found == n;
}

/* The register that these digests give: not computed again when the log's
 * replay has done so. */
static int
check_rtmr(job *j, uint32_t imr, const uint8_t *const *digests, size_t n)
{
    static const struct {
        int check, reason;
        const char *name;
    } rtmr[] = {
        {DS_CHECK_IMAGE_RTMR0, DSTACK_REASON_IMAGE_RTMR0, "rtmr0"},
        {DS_CHECK_IMAGE_RTMR1, DSTACK_REASON_IMAGE_RTMR1, "rtmr1"},
        {DS_CHECK_IMAGE_RTMR2, DSTACK_REASON_IMAGE_RTMR2, "rtmr2"},
    };
    uint8_t value[DS_MR_SIZE];

    if (log_has(j, imr, digests, n)) {
        ds_checks_pass(j->checks, rtmr[imr].check);
        return DSTACK_OK;
    }
    if (!ds_rtmr_value(digests, n, value))
        return fail_internal(j, rtmr[imr].check);
    return check_register(
        j, rtmr[imr].check, rtmr[imr].reason, rtmr[imr].name, value);
}

static int
check_rtmr0(job *j)
{
    const uint8_t *digests[DS_RTMR_EVENTS];
    uint8_t hob[DS_MR_SIZE];

    if (!ds_td_layout_fits(&j->parts.layout, j->shape.memory))
        return ds_checks_fail(j->checks, DS_CHECK_IMAGE_RTMR0,
            DSTACK_REASON_IMAGE_CONFIG, NULL, NULL,
            "image: the firmware's memory does not fit into memory_size");
    if (!ds_td_hob_digest(&j->parts.layout, j->shape.memory, hob))
        return fail_internal(j, DS_CHECK_IMAGE_RTMR0);
    return check_rtmr(j, 0, digests, ds_rtmr0_digests(hob, &j->acpi, digests));
}

static int
first_of(int rc, int next)
{
    return rc == DSTACK_OK ? next : rc;
}

/* All of them, also after one has failed. */
static int
check_registers(job *j)
{
    const uint8_t *digests[DS_RTMR_EVENTS];
    size_t n;
    int rc = check_register(j, DS_CHECK_IMAGE_MRTD, DSTACK_REASON_IMAGE_MRTD,
        "mr_td", j->parts.mrtd[j->shape.pass]);

    if (j->evidence->log) {
        int acpi = read_acpi(j);

        rc = first_of(rc, acpi);
        if (acpi == DSTACK_OK)
            rc = first_of(rc, check_rtmr0(j));
    }
    n = ds_rtmr1_digests(j->parts.kernel, digests);
    rc = first_of(rc, check_rtmr(j, 1, digests, n));
    n = ds_rtmr2_digests(j->parts.cmdline, j->parts.initrd, digests);
    return first_of(rc, check_rtmr(j, 2, digests, n));
}

/* ---- all of it ---------------------------------------------------------------------------- */

static bool
says_lite(const dstack_vm_config *config)
{
    const char *variant =
        dstack_vm_config_text(config, "tdx_attestation_variant", NULL);

    return variant && strcmp(variant, "lite") == 0;
}

static int
judge(job *j)
{
    dstack_error err;
    int rc;

    if (ds_vm_shape_read(j->evidence->config, &j->shape, &err) != DSTACK_OK)
        return fail_err(j, DS_CHECK_IMAGE_CONFIG, &err);
    rc = has_parts(j->image) ? use_image(j) : use_document(j);
    if (rc != DSTACK_OK)
        return rc;
    ds_checks_pass(j->checks, DS_CHECK_IMAGE_CONFIG);
    rc = check_registers(j);
    if (rc != DSTACK_OK)
        return rc;
    if (!j->evidence->log) {
        j->facts->reason = DSTACK_REASON_ACPI_EVENTS;
        return DSTACK_OK;
    }
    j->facts->bound = true;
    if (j->image) {
        j->facts->is_dev = j->image->is_dev;
        memcpy(j->facts->version, j->image->version, sizeof j->facts->version);
    }
    j->facts->level = level_of(j);
    return DSTACK_OK;
}

/* Who names images wants one of these. */
static int
fail_unknown(const ds_image_facts *facts, ds_checks *checks)
{
    char found[65];

    ds_hex_encode(ds_view_of(facts->hash, 32), found);
    return ds_checks_fail(checks, DS_CHECK_IMAGE_IDENTITY,
        DSTACK_REASON_IMAGE_HASH, "an image that the verifier knows",
        facts->has_hash ? found : "no hash",
        "image: the evidence claims an image that is none of those given");
}

int
ds_image_judge(const dstack_evidence *e, const dstack_quote *q,
    const ds_image_options *options, ds_checks *checks, ds_image_facts *ret)
{
    const dstack_vm_config *config = e->config;
    ds_view hash = {NULL, 0};
    const dstack_image *image;
    dstack_error err;
    job *j;
    int rc;

    memset(ret, 0, sizeof *ret);
    ret->is_dev = -1;
    ret->reason = DSTACK_REASON_IMAGE_CONFIG;
    if (q->tee != DSTACK_TEE_TDX)
        return DSTACK_OK;
    hash.p = (const uint8_t *)dstack_vm_config_text(
        config, "os_image_hash", &hash.n);
    ret->has_hash = ds_hex_decode(hash, ret->hash, sizeof ret->hash);
    image = find_image(options, ret);
    if (options->image_count != 0 && !image)
        return fail_unknown(ret, checks);
    if (hash.n == 0)
        return DSTACK_OK;
    ret->reason = DSTACK_REASON_IMAGE_MISSING;
    if (!says_lite(config) && !has_parts(image))
        return DSTACK_OK;
    ret->reason = DSTACK_REASON_NONE;
    j = ds_calloc(1, sizeof *j);
    if (!j) {
        (void)ds_fail_nomem(&err);
        return ds_checks_fail_err(checks, DS_CHECK_IMAGE_CONFIG, &err);
    }
    j->evidence = e;
    j->image = image;
    j->quote = q;
    j->options = options;
    j->checks = checks;
    j->facts = ret;
    rc = judge(j);
    ds_free(j);
    return rc;
}
