/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

#define LABEL 16 /* width of the first column */
#define MARGIN 78

static bool colour;

void
print_init(void)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    colour = isatty(STDOUT_FILENO) && (!no || *no == 0) && term &&
             strcmp(term, "dumb") != 0;
}

int
print_done(const options *o, int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return complain(o, CLI_FAILED, "standard output: %s", strerror(errno));
}

static void
paint(const char *text, const char *code)
{
    if (colour)
        printf("\033[%sm%s\033[0m", code, text);
    else
        fputs(text, stdout);
}

/* Only printable ASCII: some of the text is somebody else's. */
static void
put(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        putchar(p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '?');
}

void
print_verdict(bool accepted, const char *why)
{
    paint(accepted ? "ACCEPTED" : "REJECTED", accepted ? "1;32" : "1;31");
    printf("  %s\n\n", why);
}

void
print_heading(const char *text)
{
    putchar('\n');
    paint(text, "1");
    putchar('\n');
}

static void
put_label(const char *label)
{
    printf("  %-*s", LABEL, label);
}

void
print_row(const char *label, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_row_span(label, (span){text, strlen(text)});
}

void
print_row_span(const char *label, span text)
{
    put_label(label);
    put(text.p, text.n);
    putchar('\n');
}

void
print_row_hex(const char *label, const uint8_t *p, size_t n)
{
    put_label(label);
    for (size_t i = 0; i < n; i++)
        printf("%02x", p[i]);
    putchar('\n');
}

static const char *
time_text(int64_t t, char out[24])
{
    time_t seconds = (time_t)t;
    struct tm tm;

    if (t < 0 || !gmtime_r(&seconds, &tm) ||
        strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        memcpy(out, "unknown", 8);
    return out;
}

void
print_row_time(const char *label, int64_t t)
{
    char text[24];

    print_row(label, "%s", time_text(t, text));
}

void
print_list_add(print_list *l, const char *text)
{
    size_t n = strlen(text);

    if (l->count++ == 0) {
        put_label(l->label);
        l->column = LABEL + 2;
    } else {
        putchar(',');
        l->column++;
        if (l->column + 2 + n > MARGIN) {
            printf("\n  %-*s", LABEL, "");
            l->column = LABEL + 2;
        } else {
            putchar(' ');
            l->column++;
        }
    }
    put(text, n);
    l->column += n;
}

void
print_list_end(print_list *l)
{
    if (l->count != 0)
        putchar('\n');
}

int
print_json(const options *o, int rc, char *json, int status)
{
    if (rc != DSTACK_OK)
        status = complain(o, CLI_FAILED, "out of memory");
    else
        printf("%s\n", json);
    dstack_free(json);
    return status;
}

/* ---- a quote ------------------------------------------------------------- */

void
print_quote_kind(const dstack_quote *quote)
{
    static const char *const bodies[] = {"", "enclave report", "TD report 1.0",
        "TD report 1.5", "TD report 1.5, extended"};
    uint32_t body = dstack_quote_body_type(quote);

    print_row("evidence", "%s quote, version %u, %s",
        dstack_quote_tee_type(quote) == DSTACK_TEE_SGX ? "SGX" : "TDX",
        (unsigned)dstack_quote_version(quote), bodies[body <= 4 ? body : 0]);
}

static void
print_bits(const char *label, uint64_t bits, const char *(*name)(uint32_t))
{
    print_list list = {0, 0, label};

    for (uint32_t bit = 0; bit < 64; bit++) {
        char text[32];

        if ((bits >> bit & 1) == 0)
            continue;
        (void)snprintf(text, sizeof text, "bit %u", (unsigned)bit);
        print_list_add(&list, name(bit)[0] != 0 ? name(bit) : text);
    }
    if (list.count == 0)
        print_row(label, "none");
    print_list_end(&list);
}

void
print_quote_bits(const dstack_quote *quote)
{
    bool sgx = dstack_quote_tee_type(quote) == DSTACK_TEE_SGX;

    print_bits("attributes", dstack_quote_attributes(quote),
        sgx ? dstack_sgx_attribute_name : dstack_td_attribute_name);
    print_bits(
        sgx ? "XFRM" : "XFAM", dstack_quote_xfam(quote), dstack_xfam_name);
}

void
print_quote_body(const dstack_quote *quote)
{
    static const char *const fields[] = {"mr_td", "rtmr0", "rtmr1", "rtmr2",
        "rtmr3", "mr_config_id", "mr_enclave", "mr_signer", "report_data"};
    const uint8_t *p;
    size_t n;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        p = dstack_quote_field(quote, fields[i], &n);
        if (p)
            print_row_hex(fields[i], p, n);
    }
    p = dstack_quote_field(quote, "isv_prod_id", &n);
    if (p)
        print_row("isv_prod_id", "%d", p[0] + 256 * p[1]);
    p = dstack_quote_field(quote, "isv_svn", &n);
    if (p)
        print_row("isv_svn", "%d", p[0] + 256 * p[1]);
    print_quote_bits(quote);
}

/* ---- a refusal without a report ------------------------------------------ */

static void
refusal_json(const options *o, const dstack_error *err, int64_t now,
    const dstack_quote *quote)
{
    char *json = NULL;
    size_t n;

    fputs("{\"verdict\":\"rejected\",\"authentic\":false,\"stage\":", stdout);
    json_print_string(dstack_stage_name(err->stage));
    fputs(",\"reason\":", stdout);
    json_print_string(dstack_reason_name(err->reason));
    fputs(",\"message\":", stdout);
    json_print_string(err->message);
    printf(",\"root\":\"%s\"", o->root ? "custom" : "intel");
    if (quote)
        printf(",\"tee\":\"%s\"",
            dstack_quote_tee_type(quote) == DSTACK_TEE_SGX ? "sgx" : "tdx");
    if (now >= 0)
        printf(",\"time\":%lld", (long long)now);
    if (quote && dstack_quote_to_json(quote, &json, &n, NULL) == DSTACK_OK)
        printf(",\"quote\":%s", json);
    fputs("}\n", stdout);
    dstack_free(json);
}

static void
print_why(const char *message, int stage, int reason)
{
    print_row("why", "%s", message);
    print_row("reason", "%s (stage %s)", dstack_reason_name(reason),
        dstack_stage_name(stage));
}

void
print_refusal(const options *o, const dstack_error *err, int64_t now,
    const dstack_quote *quote, const char *verdict)
{
    if (o->json) {
        refusal_json(o, err, now, quote);
        return;
    }
    print_verdict(false, verdict);
    print_why(err->message, err->stage, err->reason);
    if (now >= 0)
        print_row_time("judged for", now);
    if (!quote)
        return;
    print_quote_kind(quote);
    print_heading("What the quote claims (not verified)");
    print_quote_body(quote);
}

/* ---- a report ------------------------------------------------------------ */

static void
print_status(const dstack_report *r, const char *label, uint32_t whose)
{
    uint32_t status = dstack_report_tcb_status(r, whose);
    int64_t date = dstack_report_tcb_date(r, whose);
    char text[24];

    if (status == DSTACK_TCB_UNKNOWN)
        return;
    if (date >= 0)
        print_row(label, "%s, of %.10s", dstack_tcb_status_name(status),
            time_text(date, text));
    else
        print_row(label, "%s", dstack_tcb_status_name(status));
}

static void
print_shortfall(const dstack_report *r)
{
    size_t n = dstack_report_shortfall_count(r);

    if (n != 0)
        print_row("to be", "%s",
            dstack_tcb_status_name(dstack_report_shortfall_status(r)));
    for (size_t i = 0; i < n; i++)
        print_row(i == 0 ? "it needs" : "", "%s %u, not %u",
            dstack_report_shortfall_name(r, i),
            (unsigned)dstack_report_shortfall_need(r, i),
            (unsigned)dstack_report_shortfall_have(r, i));
}

static void
print_tcb(const dstack_report *r)
{
    const dstack_quote *q = dstack_report_quote(r);
    size_t n = dstack_report_advisory_count(r, DSTACK_OF_ALL);
    print_list list = {0, 0, "advisories"};
    const uint8_t *fmspc;
    size_t len;

    if (dstack_report_tcb_status(r, DSTACK_OF_ALL) == DSTACK_TCB_UNKNOWN &&
        dstack_report_shortfall_count(r) == 0)
        return;
    print_heading("Platform");
    print_status(r, "TCB status", DSTACK_OF_ALL);
    print_status(r, "  hardware", DSTACK_OF_PLATFORM);
    print_status(r, "  TDX module", DSTACK_OF_MODULE);
    print_status(r, "  QE", DSTACK_OF_QE);
    if (q && dstack_quote_body_type(q) >= DSTACK_BODY_TD15) {
        print_status(r, "  at launch", DSTACK_OF_LAUNCH);
        print_status(r, "  now running", DSTACK_OF_CURRENT);
    }
    for (size_t i = 0; i < n; i++)
        print_list_add(&list, dstack_report_advisory(r, DSTACK_OF_ALL, i));
    print_list_end(&list);
    if (n == 0 &&
        dstack_report_tcb_status(r, DSTACK_OF_ALL) != DSTACK_TCB_UNKNOWN)
        print_row("advisories", "none");
    if (dstack_report_eval_number(r, DSTACK_OF_ALL) != 0)
        print_row("evaluation", "%u",
            (unsigned)dstack_report_eval_number(r, DSTACK_OF_ALL));
    fmspc = dstack_report_pck(r, "fmspc", &len);
    if (fmspc)
        print_row_hex("FMSPC", fmspc, len);
    print_shortfall(r);
}

static void
print_failed(const dstack_report *r, size_t i)
{
    const char *expected = dstack_report_check_expected(r, i);
    const char *found = dstack_report_check_found(r, i);

    print_row("failed", "%s (%s)", dstack_report_check_name(r, i),
        dstack_reason_name(dstack_report_check_reason(r, i)));
    if (expected[0] != 0)
        print_row("", "expected %s", expected);
    if (found[0] != 0)
        print_row("", "found    %s", found);
}

static void
print_checks(const dstack_report *r)
{
    print_list passed = {0, 0, "passed"};
    print_list not_run = {0, 0, "not run"};
    size_t n = dstack_report_check_count(r);

    print_heading("Checks");
    for (size_t i = 0; i < n; i++)
        if (dstack_report_check_result(r, i) == DSTACK_CHECK_FAILED)
            print_failed(r, i);
    for (size_t i = 0; i < n; i++)
        if (dstack_report_check_result(r, i) == DSTACK_CHECK_PASSED)
            print_list_add(&passed, dstack_report_check_name(r, i));
    print_list_end(&passed);
    for (size_t i = 0; i < n; i++)
        if (dstack_report_check_result(r, i) == DSTACK_CHECK_NOT_RUN)
            print_list_add(&not_run, dstack_report_check_name(r, i));
    print_list_end(&not_run);
}

static void
print_head(const dstack_report *r)
{
    bool accepted = dstack_report_is_accepted(r) != 0;
    bool authentic = dstack_report_is_authentic(r) != 0;

    if (accepted)
        print_verdict(true, "genuine, and the policy agrees");
    else
        print_verdict(false, authentic ? "genuine, but the policy says no"
                                       : "not known to be genuine");
    if (!accepted)
        print_why(dstack_report_message(r), dstack_report_stage(r),
            dstack_report_reason(r));
}

/* "rtmr3, mr_config_id", or "nothing". */
static const char *
bound_text(uint32_t bound, char out[64])
{
    size_t n = 0;

    (void)snprintf(out, 64, "nothing");
    for (uint32_t bit = 1; bit <= DSTACK_BOUND_IMAGE; bit <<= 1)
        if ((bound & bit) != 0)
            n += (size_t)snprintf(out + n, 64 - n, "%s%s", n != 0 ? ", " : "",
                dstack_bound_name(bit));
    return out;
}

/* The value and, in brackets, what binds it. */
static void
print_claim(const char *name, const uint8_t *p, size_t n, uint32_t bound)
{
    char text[420], by[64];
    bool plain = n != 0;
    size_t at = 0;

    for (size_t i = 0; i < n; i++)
        plain = plain && p[i] >= 0x20 && p[i] < 0x7f;
    if (n == 0)
        (void)snprintf(text, sizeof text, "empty");
    else if (plain && n < sizeof text)
        (void)snprintf(text, sizeof text, "%.*s", (int)n, (const char *)p);
    else if (n > 200)
        (void)snprintf(text, sizeof text, "%zu bytes", n);
    else
        for (size_t i = 0; i < n; i++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%02x", p[i]);
    print_row(name, "%s  (%s)", text, bound_text(bound, by));
}

/* What is shown once, in parts, or says little. */
static bool
is_quiet(const char *name)
{
    return strcmp(name, "key_provider") == 0 ||
           strcmp(name, "mr_system_boot") == 0 ||
           strcmp(name, "mr_aggregated_boot") == 0;
}

static void
print_workload(const dstack_report *r)
{
    size_t count = dstack_report_claim_count(r), n;
    const uint8_t *p;

    if (count == 0)
        return;
    print_heading(dstack_report_is_authentic(r)
                      ? "Workload, and what binds each claim"
                      : "Workload, and what would bind each claim");
    for (size_t i = 0; i < count; i++) {
        const char *name = dstack_report_claim_name(r, i);
        uint32_t bound = dstack_report_claim_bound_by(r, name);
        char label[40];

        if (is_quiet(name))
            continue;
        (void)snprintf(label, sizeof label, "%-18s", name);
        p = dstack_report_claim(r, name, &n);
        print_claim(label, p, n, bound);
    }
    for (size_t i = 0; i < dstack_report_init_script_count(r); i++) {
        p = dstack_report_init_script(r, i, &n);
        print_claim(
            "init_script_hash  ", p, n, dstack_report_init_scripts_bound_by(r));
    }
    if (dstack_report_app_id_is_explicit(r))
        print_row("", "The app id was assigned, not made of the compose hash.");
    if (dstack_report_mr_config(r) == 0)
        print_row("", "mr_config_id is zero: it commits to no app.");
    if (dstack_report_shadow_event_count(r) != 0)
        print_row("", "%zu events of the app's have a guest's name.",
            dstack_report_shadow_event_count(r));
}

static void
print_image(const dstack_report *r)
{
    const char *version = dstack_report_image_version(r, NULL);
    int reason = dstack_report_image_reason(r);

    if (dstack_report_image_is_bound(r)) {
        print_row("OS image", "%s%s%s, its ACPI tables: %s",
            version ? version : "known",
            dstack_report_image_is_dev(r) == 1 ? ", for development" : "",
            dstack_report_image_is_dev(r) == 0 ? ", for production" : "",
            dstack_image_level_name(dstack_report_image_level(r)));
    } else if (reason == DSTACK_REASON_IMAGE_MISSING &&
               dstack_report_claim(r, "os_image_hash", NULL)) {
        print_row("OS image", "not known: give its files with --image DIR");
    }
}

void
print_report(const dstack_report *report, bool any_workload)
{
    const dstack_quote *q = dstack_report_quote(report);
    bool intel = strcmp(dstack_report_root(report), "intel") == 0;

    print_head(report);
    if (q)
        print_quote_kind(q);
    print_row("root", "%s", intel ? "Intel" : "custom (--root), not Intel");
    print_row_time("judged for", dstack_report_time(report));
    if (dstack_report_is_authentic(report) &&
        dstack_report_valid_until(report) >= 0)
        print_row_time("valid until", dstack_report_valid_until(report));
    if (dstack_report_used_collateral_grace(report))
        print_row("grace", "expired collateral was accepted");
    print_tcb(report);
    if (q) {
        print_heading(dstack_report_is_authentic(report)
                          ? "Measured"
                          : "What the quote claims (not verified)");
        print_quote_body(q);
    }
    print_workload(report);
    print_image(report);
    print_checks(report);
    if (any_workload && dstack_report_is_accepted(report))
        printf(
            "\nThe platform was judged, not the code on it: compare what was "
            "measured,\nor say in a --policy what it must be.\n");
}
