/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack verify [--collateral FILE] [OPTIONS] EVIDENCE\n"
    "\n"
    "Is this evidence genuine, and is it what was asked for? EVIDENCE is a\n"
    "raw SGX or TDX quote, a versioned attestation of dstack, either of them\n"
    "as hex text, an answer of the guest agent (GetQuote, Attest), or what is\n"
    "sent to a verifier; it is recognised by its content.\n"
    "\n"
    "  --collateral FILE   Intel's CRLs and signed documents, a JSON bundle;\n"
    "                      without it the answer is no, and says what else "
    "holds\n"
    "  --root FILE         trust this root (PEM or DER) instead of Intel's\n"
    "  --at TIME           judge for this time, Unix seconds or RFC 3339\n"
    "                      (default: now)\n"
    "  --policy FILE       what to ask for, a JSON document; without it the\n"
    "                      default judges the platform, not the code\n"
    "  --accept-tcb LIST   accept these TCB statuses too, separated by commas\n"
    "  --report-data HEX   the quote's report data must be these 64 bytes\n"
    "  --event-log FILE    the log of a quote that comes alone: JSON as in an\n"
    "                      answer of GetQuote, or a firmware's CCEL\n"
    "  --vm-config FILE    the VM's configuration, of such a quote\n"
    "  --image DIR         the OS image that must have booted: the files of a\n"
    "                      release, with sha256sum.txt\n"
    "  --acpi FILE         ACPI tables that the VM may have, as QEMU gives "
    "them\n"
    "                      to the firmware (etc/acpi/tables)\n"
    "  --strict            refuse also what genuine evidence does not need\n"
    "  --json              print one JSON document\n"
    "  --help              this text\n"
    "\n"
    "Exit status: 0 accepted, 1 rejected, 2 usage, 3 could not try.\n";

/* All that one judgement needs. */
typedef struct {
    options o;
    int64_t now;
    blob evidence;
    blob bundle;
    blob event_log;
    blob vm_config;
    dstack_evidence *parsed;
    dstack_verifier *verifier;
    dstack_image *image;
    dstack_acpi *acpi;
    dstack_policy *policy;
    dstack_collateral *collateral;
    dstack_report *report;
} job;

static void
job_free(job *j)
{
    dstack_report_free(j->report);
    dstack_collateral_free(j->collateral);
    dstack_policy_free(j->policy);
    dstack_verifier_free(j->verifier);
    dstack_image_free(j->image);
    dstack_acpi_free(j->acpi);
    dstack_evidence_free(j->parsed);
    free(j->vm_config.p);
    free(j->event_log.p);
    free(j->bundle.p);
    free(j->evidence.p);
}

static int
job_image(job *j)
{
    dstack_error err = {0};
    int status = CLI_YES;

    if (j->o.image)
        status = image_read(&j->o, &j->image);
    if (status == CLI_YES && j->o.acpi)
        status = acpi_read(&j->o, &j->acpi);
    if (status != CLI_YES)
        return status;
    if (dstack_verifier_set_acpi(j->verifier, j->acpi) != DSTACK_OK ||
        (j->image &&
            (dstack_verifier_add_image(j->verifier, j->image) != DSTACK_OK ||
                dstack_policy_require_image(
                    j->policy, DSTACK_IMAGE_LEVEL_NONE, &err) != DSTACK_OK)))
        return complain(&j->o, CLI_FAILED, "%s", err.message);
    return CLI_YES;
}

static int
job_prepare(job *j)
{
    int status = options_time(&j->o, &j->now);

    if (status == CLI_YES)
        status = options_verifier(&j->o, &j->verifier);
    if (status == CLI_YES)
        status = options_policy(&j->o, &j->policy);
    if (status == CLI_YES)
        status = job_image(j);
    if (status == CLI_YES && j->o.collateral)
        status = input_read(&j->o, j->o.collateral, &j->bundle);
    if (status == CLI_YES)
        status = input_read(&j->o, j->o.argument, &j->evidence);
    if (status == CLI_YES && j->o.event_log)
        status = input_read(&j->o, j->o.event_log, &j->event_log);
    if (status == CLI_YES && j->o.vm_config)
        status = input_read(&j->o, j->o.vm_config, &j->vm_config);
    return status;
}

/* A quote that came alone, with what the options name. */
static int
add_parts(job *j, dstack_error *err)
{
    dstack_evidence *whole = NULL;
    size_t n;
    const uint8_t *quote = dstack_evidence_quote(j->parsed, &n);
    int rc = dstack_evidence_from_parts(quote, n,
        j->o.event_log ? j->event_log.p : NULL, j->event_log.n,
        j->o.vm_config ? j->vm_config.p : NULL, j->vm_config.n, &whole, err);

    if (rc == DSTACK_OK) {
        dstack_evidence_free(j->parsed);
        j->parsed = whole;
    }
    return rc;
}

/* What is wrong with the input comes without a report: no judgement was
 * begun. */
static int
refuse(job *j, const dstack_error *err)
{
    dstack_quote *q = NULL;
    const uint8_t *p;
    size_t n;

    if (err->code != DSTACK_ERR_PARSE)
        return complain(&j->o, CLI_FAILED, "%s",
            err->code == DSTACK_ERR_NOMEM ? "out of memory" : err->message);
    p = dstack_evidence_quote(j->parsed, &n);
    if (p && dstack_quote_parse(p, n, &q, NULL) != DSTACK_OK)
        q = NULL;
    print_refusal(&j->o, err, j->now, q, "not judged: it could not be read");
    dstack_quote_free(q);
    return CLI_NO;
}

static int
judge(job *j)
{
    dstack_error err;
    char *json = NULL;
    size_t n;
    int rc, status;

    if (dstack_evidence_parse(j->evidence.p, j->evidence.n, &j->parsed, &err) !=
        DSTACK_OK)
        return refuse(j, &err);
    if ((j->o.event_log || j->o.vm_config) &&
        dstack_evidence_format(j->parsed) != DSTACK_EVIDENCE_QUOTE)
        return complain(&j->o, CLI_USAGE,
            "--event-log and --vm-config are for a quote that comes alone; "
            "this evidence has its own");
    if ((j->o.event_log || j->o.vm_config) && add_parts(j, &err) != DSTACK_OK)
        return refuse(j, &err);
    if (j->o.collateral && dstack_collateral_parse(j->bundle.p, j->bundle.n,
                               &j->collateral, &err) != DSTACK_OK)
        return refuse(j, &err);
    rc = dstack_verifier_verify(j->verifier, j->parsed, j->collateral,
        j->policy, j->now, &j->report, &err);
    if (!j->report)
        return complain(&j->o, CLI_FAILED, "%s", err.message);
    status = rc == DSTACK_OK ? CLI_YES : CLI_NO;
    if (j->o.json) {
        rc = dstack_report_to_json(j->report, &json, &n, &err);
        return print_json(&j->o, rc, json, status);
    }
    print_report(j->report, !j->o.policy);
    return status;
}

int
cmd_verify(int argc, char **argv)
{
    job j;
    int status;

    memset(&j, 0, sizeof j);
    status = options_parse("verify", "EVIDENCE",
        "help json strict collateral root at policy accept-tcb report-data "
        "event-log vm-config image acpi",
        argc, argv, &j.o);
    if (status == CLI_YES && j.o.help) {
        fputs(help, stdout);
        return print_done(&j.o, CLI_YES);
    }
    if (status == CLI_YES)
        status = job_prepare(&j);
    if (status == CLI_YES)
        status = judge(&j);
    status = print_done(&j.o, status);
    job_free(&j);
    return status;
}
