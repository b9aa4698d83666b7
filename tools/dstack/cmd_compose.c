/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack compose-hash [--explain] [--json] FILE\n"
    "\n"
    "The hash of an app-compose file: SHA-256 of its bytes as they are, which\n"
    "is what evidence shows.\n"
    "\n"
    "  --explain           also the hash of the canonical form that SDKs\n"
    "                      compute, and where they do not agree\n"
    "  --json              print one JSON document\n"
    "\n"
    "Exit status: 0 a hash, 1 the file has no canonical form (--explain),\n"
    "2 usage, 3 could not try.\n";

static void
print_notes(const options *o, const dstack_compose_notes *notes)
{
    size_t n = dstack_compose_notes_count(notes);

    if (o->json)
        fputs(",\"notes\":[", stdout);
    for (size_t i = 0; i < n; i++) {
        const char *kind = dstack_compose_notes_kind(notes, i);
        const char *member = dstack_compose_notes_member(notes, i);
        const char *text = dstack_compose_notes_text(notes, i);

        if (o->json) {
            fputs(i == 0 ? "{" : ",{", stdout);
            json_print_text(false, "kind", kind);
            json_print_text(true, "member", member);
            json_print_text(true, "text", text);
            putchar('}');
        } else {
            print_heading(kind);
            if (member[0])
                print_row_span("member", (span){member, strlen(member)});
            print_row("what", "%s", text);
        }
    }
    if (o->json)
        putchar(']');
}

static void
print_hash(const options *o, const char *name, const uint8_t hash[32])
{
    if (o->json)
        json_print_hex(strcmp(name, "compose_hash") != 0, name, hash, 32);
    else if (o->explain)
        print_row_hex(name, hash, 32);
    else
        for (int i = 0; i < 32; i++)
            printf("%02x%s", hash[i], i == 31 ? "\n" : "");
}

static int
explain(const options *o, const blob *file, dstack_error *err)
{
    dstack_compose_notes *notes = NULL;
    uint8_t hash[32];
    char *json = NULL;
    size_t n;
    int rc =
        dstack_compose_canonical(file->p, file->n, 1, &json, &n, &notes, err);

    if (rc == DSTACK_OK)
        rc = dstack_compose_hash((uint8_t *)json, n, hash, 32, err);
    if (rc == DSTACK_OK) {
        print_hash(o, "canonical_hash", hash);
        print_notes(o, notes);
    }
    dstack_compose_notes_free(notes);
    dstack_free(json);
    return rc;
}

static int
run(const options *o)
{
    dstack_error err;
    uint8_t hash[32];
    blob file;
    int status = input_read(o, o->argument, &file);
    int rc;

    if (status != CLI_YES)
        return status;
    rc = dstack_compose_hash(file.p, file.n, hash, 32, &err);
    if (rc == DSTACK_OK && o->json)
        putchar('{');
    if (rc == DSTACK_OK)
        print_hash(o, "compose_hash", hash);
    if (rc == DSTACK_OK && o->explain)
        rc = explain(o, &file, &err);
    if (o->json)
        fputs("}\n", stdout);
    if (rc != DSTACK_OK)
        status = agent_failed(o, &err);
    free(file.p);
    return status;
}

int
cmd_compose_hash(int argc, char **argv)
{
    options o;
    int status = options_parse("compose-hash", "FILE",
        OPT_HELP | OPT_JSON | OPT_EXPLAIN, argc, argv, &o);

    if (status == CLI_YES && o.help)
        fputs(help, stdout);
    else if (status == CLI_YES)
        status = run(&o);
    return print_done(&o, status);
}
