/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack parse [--json] EVIDENCE\n"
    "\n"
    "Shows what is in evidence. Nothing is checked: anybody can write such\n"
    "bytes. EVIDENCE as for `dstack verify`.\n"
    "\n"
    "  --json              print one JSON document\n"
    "  --help              this text\n"
    "\n"
    "Exit status: 0 evidence, 1 not evidence, 2 usage, 3 could not try.\n";

static int
not_evidence(const options *o, const dstack_error *err)
{
    if (err->code != DSTACK_ERR_PARSE)
        return complain(o, CLI_FAILED, "out of memory");
    if (!o->json) {
        printf("Not evidence: %s\n", err->message);
        printf("  %-16s%s (stage %s)\n", "reason",
            dstack_reason_name(err->reason), dstack_stage_name(err->stage));
        return CLI_NO;
    }
    fputs("{\"verified\":false,\"note\":\"nothing was verified\",\"stage\":",
        stdout);
    json_print_string(dstack_stage_name(err->stage));
    fputs(",\"reason\":", stdout);
    json_print_string(dstack_reason_name(err->reason));
    fputs(",\"message\":", stdout);
    json_print_string(err->message);
    fputs("}\n", stdout);
    return CLI_NO;
}

/* Fields that are long and better had with --json. */
static bool
is_long(const char *name)
{
    return strcmp(name, "certification_data") == 0;
}

static void
print_fields(const dstack_quote *q)
{
    size_t count = dstack_quote_field_count(q);

    print_heading("Fields");
    for (size_t i = 0; i < count; i++) {
        const char *name = dstack_quote_field_name(q, i);
        char label[40];
        size_t n;
        const uint8_t *p = dstack_quote_field(q, name, &n);

        /* Wider than the column: two spaces keep name and value apart. */
        (void)snprintf(label, sizeof label, "%-25s ", name);
        if (is_long(name))
            print_row(label, "%zu bytes", n);
        else
            print_row_hex(label, p, n);
    }
}

static void
print_quote(const dstack_quote *q)
{
    size_t n;

    print_quote_kind(q);
    (void)dstack_quote_bytes(q, &n);
    print_row("size", "%zu bytes", n);
    (void)dstack_quote_trailing(q, &n);
    if (n != 0)
        print_row("", "%zu of them after the signature data", n);
    print_row("certification", "type %u",
        (unsigned)dstack_quote_certification_type(q));
    print_quote_bits(q);
    print_fields(q);
}

/* Payloads that are text are shown as text, others in hex. */
static bool
is_text(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < 0x20 || p[i] > 0x7e)
            return false;
    return n != 0;
}

static void
print_event(const dstack_event_log *log, size_t i)
{
    size_t n;
    const uint8_t *p = dstack_event_log_payload(log, i, &n);
    char label[40];

    (void)snprintf(
        label, sizeof label, "%-25s ", dstack_event_log_name(log, i, NULL));
    if (n > 400)
        print_row(label, "%zu bytes", n);
    else if (is_text(p, n))
        print_row_span(label, (span){(const char *)p, n});
    else
        print_row_hex(label, p, n);
}

static void
print_events(const dstack_evidence *e)
{
    const dstack_event_log *log = dstack_evidence_runtime_events(e);
    size_t count = dstack_event_log_count(log);

    if (!log)
        return;
    print_heading("Runtime events");
    for (size_t i = 0; i < count; i++)
        print_event(log, i);
}

static void
print_config(const dstack_evidence *e)
{
    const dstack_vm_config *c = dstack_evidence_config(e);
    size_t count = dstack_vm_config_count(c);

    if (!c)
        return;
    print_heading("VM configuration");
    for (size_t i = 0; i < count; i++) {
        const char *name = dstack_vm_config_name(c, i);
        const char *text = dstack_vm_config_text(c, name, NULL);
        char label[40];
        size_t n;

        (void)snprintf(label, sizeof label, "%-25s ", name);
        if (!text)
            text = dstack_vm_config_raw(c, name, NULL);
        n = strlen(text);
        if (n > 400)
            print_row(label, "%zu bytes", n);
        else
            print_row_span(label, (span){text, n});
    }
}

static void
print_evidence(const dstack_evidence *e)
{
    uint32_t platform = dstack_evidence_platform(e);
    const dstack_event_log *log = dstack_evidence_event_log(e);
    dstack_quote *q = NULL;
    size_t n;
    const uint8_t *p = dstack_evidence_quote(e, &n);

    printf("Nothing was verified: this is what the bytes say.\n\n");
    print_row(
        "form", "%s", dstack_evidence_format_name(dstack_evidence_format(e)));
    print_row("platform", "%s", dstack_platform_name(platform));
    if (log)
        print_row("event log", "%zu events", dstack_event_log_count(log));
    if (dstack_quote_parse(p, n, &q, NULL) == DSTACK_OK)
        print_quote(q);
    else
        print_row("signed", "%zu bytes", n);
    print_events(e);
    print_config(e);
    dstack_quote_free(q);
}

static int
parse(const options *o, blob evidence)
{
    dstack_evidence *e = NULL;
    dstack_error err;
    char *json = NULL;
    size_t n;
    int status = CLI_YES;
    int rc = dstack_evidence_parse(evidence.p, evidence.n, &e, &err);

    if (rc != DSTACK_OK) {
        status = not_evidence(o, &err);
    } else if (o->json) {
        rc = dstack_evidence_to_json(e, &json, &n, &err);
        status = print_json(o, rc, json, status);
    } else {
        print_evidence(e);
    }
    dstack_evidence_free(e);
    return status;
}

int
cmd_parse(int argc, char **argv)
{
    options o;
    blob evidence = {NULL, 0};
    int status =
        options_parse("parse", "EVIDENCE", "help json", argc, argv, &o);

    if (status == CLI_YES && o.help)
        fputs(help, stdout);
    else if (status == CLI_YES) {
        status = input_read(&o, o.argument, &evidence);
        if (status == CLI_YES)
            status = parse(&o, evidence);
    }
    free(evidence.p);
    return print_done(&o, status);
}
