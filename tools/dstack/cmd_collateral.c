/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack collateral show [--json] FILE\n"
    "       dstack collateral verify [--root FILE] [--at TIME] [--strict]\n"
    "                                [--json] FILE\n"
    "\n"
    "show    what is in a bundle of collateral; nothing is checked. --json\n"
    "        prints the bundle itself, in the form that every command reads\n"
    "verify  signatures, chains and contents, and for TIME the dates of TCB\n"
    "        info and QE identity. Dates of certificates and CRLs are judged\n"
    "        together with a quote, by `dstack verify`\n"
    "\n"
    "Exit status: 0 yes, 1 no, 2 usage, 3 could not try.\n";

/* ---- show ---------------------------------------------------------------- */

static span
part(const dstack_collateral *c, uint32_t which)
{
    size_t n;
    const uint8_t *p = dstack_collateral_part(c, which, &n);

    return (span){(const char *)p, n};
}

/* A member as it stands, without quotes where it is a string. */
static void
show_member(span object, const char *name, const char *label)
{
    span value;

    if (json_member(object, name, &value) != 1)
        return;
    (void)json_string(value, &value);
    if (value.n > 128)
        value.n = 128;
    print_row_span(label, value);
}

/* "UpToDate 2024-03-13T00:00:00Z  INTEL-SA-00001,INTEL-SA-00002" */
static void
show_level(const char *label, span level)
{
    char text[512];
    size_t n = 0;
    span status, date, list, name, id;
    json_iter it;

    if (json_member(level, "tcbStatus", &status) != 1 ||
        !json_string(status, &status) ||
        json_member(level, "tcbDate", &date) != 1 || !json_string(date, &date))
        return;
    n += (size_t)snprintf(text, sizeof text, "%.*s, %.*s",
        (int)(status.n < 60 ? status.n : 60), status.p,
        (int)(date.n < 10 ? date.n : 10), date.p);
    if (json_member(level, "advisoryIDs", &list) == 1 && json_open(list, &it))
        while (json_next(&it, &name, &id) && json_string(id, &id) &&
               n + id.n + 2 < sizeof text)
            n += (size_t)snprintf(
                text + n, sizeof text - n, " %.*s", (int)id.n, id.p);
    print_row_span(label, (span){text, n});
}

static void
show_levels(span document)
{
    span list, name, level;
    json_iter it;
    bool first = true;

    if (json_member(document, "tcbLevels", &list) != 1 || !json_open(list, &it))
        return;
    while (json_next(&it, &name, &level)) {
        show_level(first ? "levels" : "", level);
        first = false;
    }
}

static void
show_document(const char *title, span document)
{
    print_heading(title);
    if (!document.p) {
        print_row("", "missing");
        return;
    }
    show_member(document, "id", "id");
    show_member(document, "version", "version");
    show_member(document, "fmspc", "FMSPC");
    show_member(document, "pceId", "PCE ID");
    show_member(document, "mrsigner", "mr_signer");
    show_member(document, "isvprodid", "isv_prod_id");
    show_member(document, "issueDate", "issued");
    show_member(document, "nextUpdate", "next update");
    show_member(document, "tcbEvaluationDataNumber", "evaluation");
    show_levels(document);
}

static void
show_chain(const char *label, span pem)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    size_t k = sizeof begin - 1;
    size_t count = 0;

    for (size_t i = 0; i + k <= pem.n; i++)
        count += memcmp(pem.p + i, begin, k) == 0;
    if (pem.p)
        print_row(label, "%zu certificates", count);
}

static void
show_crl(const char *label, span der)
{
    if (der.p)
        print_row(label, "%zu bytes", der.n);
}

static int
show(const options *o, const dstack_collateral *c)
{
    dstack_error err;
    char *json = NULL;
    size_t n;
    int rc;

    if (o->json) {
        rc = dstack_collateral_to_json(c, &json, &n, &err);
        return print_json(o, rc, json, CLI_YES);
    }
    printf("Nothing was verified: this is what the bundle says.\n");
    show_document("TCB info", part(c, DSTACK_PART_TCB_INFO));
    show_document("QE identity", part(c, DSTACK_PART_QE_IDENTITY));
    print_heading("Certificates and CRLs");
    show_crl("root CA CRL", part(c, DSTACK_PART_ROOT_CA_CRL));
    show_crl("PCK CRL", part(c, DSTACK_PART_PCK_CRL));
    show_chain("  its issuer", part(c, DSTACK_PART_PCK_CRL_ISSUER_CHAIN));
    show_chain("TCB signing", part(c, DSTACK_PART_TCB_INFO_ISSUER_CHAIN));
    show_chain("QE signing", part(c, DSTACK_PART_QE_IDENTITY_ISSUER_CHAIN));
    show_chain("PCK", part(c, DSTACK_PART_PCK_CERTIFICATE_CHAIN));
    return CLI_YES;
}

/* ---- verify -------------------------------------------------------------- */

static int
check_date(span document, const char *member, int64_t *ret)
{
    char text[32];
    span value;

    if (json_member(document, member, &value) != 1 ||
        !json_string(value, &value) || value.n >= sizeof text)
        return -1;
    memcpy(text, value.p, value.n);
    text[value.n] = 0;
    return input_time(text, ret) ? 0 : -1;
}

/* issueDate <= now <= nextUpdate of a document whose signature is good. */
static bool
check_dates(span document, const char *what, int64_t now, int future,
    int expired, dstack_error *err)
{
    int64_t issued, next;
    char text[120];

    if (check_date(document, "issueDate", &issued) != 0 ||
        check_date(document, "nextUpdate", &next) != 0) {
        (void)input_fail(err, DSTACK_STAGE_COLLATERAL, DSTACK_REASON_JSON_DATE,
            "collateral: a document without dates");
        return false;
    }
    if (now >= issued && now <= next)
        return true;
    (void)snprintf(text, sizeof text, "%s: %s", what,
        now < issued ? "not yet issued at this time" : "expired at this time");
    (void)input_fail(
        err, DSTACK_STAGE_COLLATERAL, now < issued ? future : expired, text);
    return false;
}

static const char note[] =
    "dates of certificates and CRLs are judged together with a quote";

static void
print_yes(const options *o, int64_t now)
{
    if (o->json) {
        printf("{\"verdict\":\"accepted\",\"authentic\":true,\"stage\":null,"
               "\"reason\":null,"
               "\"message\":null,\"root\":\"%s\",\"time\":%lld,\"note\":",
            o->root ? "custom" : "intel", (long long)now);
        json_print_string(note);
        fputs("}\n", stdout);
        return;
    }
    print_verdict(true, "the collateral is signed as it must be");
    print_row("root", "%s", o->root ? "custom (--root), not Intel" : "Intel");
    print_row_time("judged for", now);
    print_row("note", "%s", note);
}

static int
verify(const options *o, dstack_collateral *c, int64_t now)
{
    dstack_verifier *v = NULL;
    dstack_error err;
    int status = options_verifier(o, &v);

    if (status != CLI_YES)
        goto out;
    if (dstack_collateral_prepare(c, v, &err) == DSTACK_OK &&
        check_dates(part(c, DSTACK_PART_TCB_INFO), "TCB info", now,
            DSTACK_REASON_TCB_INFO_FUTURE, DSTACK_REASON_TCB_INFO_EXPIRED,
            &err) &&
        check_dates(part(c, DSTACK_PART_QE_IDENTITY), "QE identity", now,
            DSTACK_REASON_QE_IDENTITY_FUTURE, DSTACK_REASON_QE_IDENTITY_EXPIRED,
            &err)) {
        print_yes(o, now);
    } else if (err.reason == DSTACK_REASON_NONE) {
        status = complain(o, CLI_FAILED, "%s", err.message);
    } else {
        print_refusal(o, &err, now, NULL, "this collateral is not good");
        status = CLI_NO;
    }
out:
    dstack_verifier_free(v);
    return status;
}

/* ---- both ---------------------------------------------------------------- */

static int
run(const options *o, bool judge)
{
    dstack_collateral *c = NULL;
    dstack_error err;
    blob bundle = {NULL, 0};
    int64_t now = -1;
    int status = judge ? options_time(o, &now) : CLI_YES;

    if (status == CLI_YES)
        status = input_read(o, o->argument, &bundle);
    if (status != CLI_YES)
        goto out;
    if (dstack_collateral_parse(bundle.p, bundle.n, &c, &err) != DSTACK_OK) {
        status = CLI_NO;
        if (err.code != DSTACK_ERR_PARSE)
            status = complain(o, CLI_FAILED, "%s", err.message);
        else
            print_refusal(o, &err, now, NULL, "this collateral is not good");
    } else {
        status = judge ? verify(o, c, now) : show(o, c);
    }
out:
    dstack_collateral_free(c);
    free(bundle.p);
    return status;
}

int
cmd_collateral(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    bool judge = strcmp(word, "verify") == 0;
    options o = {0};
    int status;

    o.command = "collateral";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        fputs(help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (!judge && strcmp(word, "show") != 0)
        return complain(&o, CLI_USAGE,
            "expected show or verify; see dstack collateral --help");
    status = options_parse(judge ? "collateral verify" : "collateral show",
        "FILE", judge ? "help json root at strict" : "help json", argc - 1,
        argv + 1, &o);
    if (status == CLI_YES && o.help)
        fputs(help, stdout);
    else if (status == CLI_YES)
        status = run(&o, judge);
    return print_done(&o, status);
}
