/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack parse [--json] EVIDENCE\n"
    "\n"
    "Shows what is in a quote. Nothing is checked: anybody can write such\n"
    "bytes. EVIDENCE as for `dstack verify`.\n"
    "\n"
    "  --json              print one JSON document\n"
    "  --help              this text\n"
    "\n"
    "Exit status: 0 a quote, 1 not a quote, 2 usage, 3 could not try.\n";

static int
not_a_quote(const options *o, const dstack_error *err)
{
    if (err->code != DSTACK_ERR_PARSE)
        return complain(o, CLI_FAILED, "out of memory");
    if (!o->json) {
        printf("Not a quote: %s\n", err->message);
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

    printf("Nothing was verified: this is what the bytes say.\n\n");
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

static int
parse(const options *o, blob evidence)
{
    blob quote = {NULL, 0};
    dstack_quote *q = NULL;
    dstack_error err;
    char *json = NULL;
    size_t n;
    int status = CLI_YES;
    int rc = input_quote(evidence, &quote, &err);

    if (rc == DSTACK_OK)
        rc = dstack_quote_parse(quote.p, quote.n, &q, &err);
    if (rc != DSTACK_OK) {
        status = not_a_quote(o, &err);
    } else if (o->json) {
        rc = dstack_quote_to_json(q, &json, &n, &err);
        status = print_json(o, rc, json, status);
    } else {
        print_quote(q);
    }
    dstack_quote_free(q);
    free(quote.p);
    return status;
}

int
cmd_parse(int argc, char **argv)
{
    options o;
    blob evidence = {NULL, 0};
    int status =
        options_parse("parse", "EVIDENCE", OPT_HELP | OPT_JSON, argc, argv, &o);

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
