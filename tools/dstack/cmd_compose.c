/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
    "usage: dstack compose-hash [--explain] [--lint] [--json] FILE\n"
    "\n"
    "The hash of an app-compose file: SHA-256 of its bytes as they are, which\n"
    "is what evidence shows.\n"
    "\n"
    "  --explain           also the hash of the canonical form that SDKs\n"
    "                      compute, and where they do not agree\n"
    "  --lint              what in the file makes the app weaker: images "
    "without\n"
    "                      a digest, switches, scripts, keys of anybody's\n"
    "  --json              print one JSON document\n"
    "\n"
    "Exit status: 0 a hash, 1 the file has no canonical form (--explain), is "
    "no\n"
    "app-compose file or has what is worth a look (--lint), 2 usage, 3 could "
    "not\n"
    "try.\n";

static void
print_note_json(const dstack_compose_notes *notes, size_t i, bool lint)
{
    uint32_t line = dstack_compose_notes_line(notes, i);

    fputs(i == 0 ? "{" : ",{", stdout);
    json_print_text(false, "kind", dstack_compose_notes_kind(notes, i));
    json_print_text(true, "member", dstack_compose_notes_member(notes, i));
    if (line != 0)
        printf(",\"line\":%" PRIu32, line);
    if (lint)
        json_print_text(true, "found", dstack_compose_notes_found(notes, i));
    json_print_text(true, "text", dstack_compose_notes_text(notes, i));
    putchar('}');
}

static void
print_note(const dstack_compose_notes *notes, size_t i)
{
    const char *member = dstack_compose_notes_member(notes, i);
    const char *found = dstack_compose_notes_found(notes, i);
    uint32_t line = dstack_compose_notes_line(notes, i);

    print_heading(dstack_compose_notes_kind(notes, i));
    if (member[0])
        print_row_span("member", (span){member, strlen(member)});
    if (line != 0)
        print_row("line", "%" PRIu32, line);
    if (found[0])
        print_row_span("found", (span){found, strlen(found)});
    print_row("what", "%s", dstack_compose_notes_text(notes, i));
}

static void
print_notes(
    const options *o, const dstack_compose_notes *notes, const char *name)
{
    size_t n = dstack_compose_notes_count(notes);

    if (o->json)
        printf(",\"%s\":[", name);
    for (size_t i = 0; i < n; i++)
        if (o->json)
            print_note_json(notes, i, strcmp(name, "lint") == 0);
        else
            print_note(notes, i);
    if (o->json)
        putchar(']');
}

static void
print_hash(const options *o, const char *name, const uint8_t hash[32])
{
    if (o->json)
        json_print_hex(strcmp(name, "compose_hash") != 0, name, hash, 32);
    else if (o->explain || o->lint)
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
        print_notes(o, notes, "notes");
    }
    dstack_compose_notes_free(notes);
    dstack_free(json);
    return rc;
}

static int
lint(const options *o, const blob *file, bool *clean, dstack_error *err)
{
    dstack_compose_notes *notes = NULL;
    int rc = dstack_compose_lint(file->p, file->n, &notes, err);

    if (rc == DSTACK_OK)
        print_notes(o, notes, "lint");
    *clean = dstack_compose_notes_count(notes) == 0;
    dstack_compose_notes_free(notes);
    return rc;
}

static int
run(const options *o)
{
    dstack_error err;
    uint8_t hash[32];
    blob file;
    bool clean = true;
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
    if (rc == DSTACK_OK && o->lint)
        rc = lint(o, &file, &clean, &err);
    if (o->json)
        fputs("}\n", stdout);
    if (rc != DSTACK_OK)
        status = agent_failed(o, &err);
    else if (!clean)
        status = CLI_NO;
    free(file.p);
    return status;
}

int
cmd_compose_hash(int argc, char **argv)
{
    options o;
    int status = options_parse(
        "compose-hash", "FILE", "help json explain lint", argc, argv, &o);

    if (status == CLI_YES && o.help)
        fputs(help, stdout);
    else if (status == CLI_YES)
        status = run(&o);
    return print_done(&o, status);
}
