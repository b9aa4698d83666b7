/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

enum { /* what an option takes */
    FLAG = no_argument,
    TEXT = required_argument,
    LIST = 16 | required_argument
};

static const struct {
    const char *name;
    int kind;
    size_t offset;
} table[] = {
    {"help", FLAG, offsetof(options, help)},
    {"json", FLAG, offsetof(options, json)},
    {"strict", FLAG, offsetof(options, strict)},
    {"tappd", FLAG, offsetof(options, tappd)},
    {"worker", FLAG, offsetof(options, worker)},
    {"v1", FLAG, offsetof(options, v1)},
    {"force", FLAG, offsetof(options, force)},
    {"print-secret", FLAG, offsetof(options, print_secret)},
    {"k256", FLAG, offsetof(options, k256)},
    {"random-seed", FLAG, offsetof(options, random_seed)},
    {"ra-tls", FLAG, offsetof(options, ra_tls)},
    {"server", FLAG, offsetof(options, server)},
    {"client", FLAG, offsetof(options, client)},
    {"app-info", FLAG, offsetof(options, app_info)},
    {"gpu", FLAG, offsetof(options, gpu)},
    {"collateral", TEXT, offsetof(options, collateral)},
    {"root", TEXT, offsetof(options, root)},
    {"image", TEXT, offsetof(options, image)},
    {"acpi", TEXT, offsetof(options, acpi)},
    {"at", TEXT, offsetof(options, at)},
    {"policy", TEXT, offsetof(options, policy)},
    {"accept-tcb", TEXT, offsetof(options, accept_tcb)},
    {"report-data", TEXT, offsetof(options, report_data)},
    {"endpoint", TEXT, offsetof(options, endpoint)},
    {"timeout", TEXT, offsetof(options, timeout)},
    {"text", TEXT, offsetof(options, text)},
    {"hash", TEXT, offsetof(options, hash)},
    {"tag", TEXT, offsetof(options, tag)},
    {"data", TEXT, offsetof(options, data)},
    {"file", TEXT, offsetof(options, file)},
    {"path", TEXT, offsetof(options, path)},
    {"purpose", TEXT, offsetof(options, purpose)},
    {"algorithm", TEXT, offsetof(options, algorithm)},
    {"domain", TEXT, offsetof(options, domain)},
    {"out", TEXT, offsetof(options, out)},
    {"out-dir", TEXT, offsetof(options, out_dir)},
    {"subject", TEXT, offsetof(options, subject)},
    {"not-before", TEXT, offsetof(options, not_before)},
    {"not-after", TEXT, offsetof(options, not_after)},
    {"public-key", TEXT, offsetof(options, public_key)},
    {"signature", TEXT, offsetof(options, signature)},
    {"name", TEXT, offsetof(options, name)},
    {"payload", TEXT, offsetof(options, payload)},
    {"nonce", TEXT, offsetof(options, nonce)},
    {"event-log", TEXT, offsetof(options, event_log)},
    {"vm-config", TEXT, offsetof(options, vm_config)},
    {"key", TEXT, offsetof(options, key)},
    {"request", TEXT, offsetof(options, request)},
    {"output", TEXT, offsetof(options, output)},
    {"evidence", TEXT, offsetof(options, evidence)},
    {"payment", TEXT, offsetof(options, payment)},
    {"validity", TEXT, offsetof(options, validity)},
    {"level", TEXT, offsetof(options, level)},
    {"to", TEXT, offsetof(options, to)},
    {"legacy", FLAG, offsetof(options, legacy)},
    {"explain", FLAG, offsetof(options, explain)},
    {"lint", FLAG, offsetof(options, lint)},
    {"app-id", TEXT, offsetof(options, app_id)},
    {"accept-app-root", TEXT, offsetof(options, accept_app_root)},
    {"env-file", TEXT, offsetof(options, env_file)},
    {"app-compose", TEXT, offsetof(options, app_compose)},
    {"timestamp", TEXT, offsetof(options, timestamp)},
    {"kms-root", LIST, offsetof(options, kms_roots)},
    {"alt-name", LIST, offsetof(options, alt_names)},
};
#define COUNT (sizeof table / sizeof table[0])
#define FIRST 256 /* getopt's values: above any character */

int
complain(const options *o, int status, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "dstack%s%s: ", o->command ? " " : "",
        o->command ? o->command : "");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return status;
}

static int
take(options *o, size_t row)
{
    void *to = (char *)o + table[row].offset;
    text_list *list = to;
    const char **text = to;

    switch (table[row].kind) {
    case FLAG:
        *(bool *)to = true;
        return CLI_YES;
    case LIST:
        if (list->n == LIST_MAX)
            return complain(o, CLI_USAGE, "--%s: more than %d of them",
                table[row].name, LIST_MAX);
        list->at[list->n++] = optarg;
        return CLI_YES;
    default:
        if (*text)
            return complain(
                o, CLI_USAGE, "--%s is given twice", table[row].name);
        *text = optarg;
        return CLI_YES;
    }
}

/* Standard input can be read only once. */
static bool
stdin_twice(const options *o)
{
    const char *const files[] = {o->collateral, o->root, o->policy, o->acpi,
        o->hash, o->file, o->key, o->request, o->output, o->evidence,
        o->payment, o->argument};
    int n = 0;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        n += files[i] && strcmp(files[i], "-") == 0;
    return n > 1;
}

static int
read_options(options *o, const struct option *list, int argc, char **argv)
{
    int bit;
    int status = CLI_YES;

    opterr = 0;
    optind = 1;
    while (status == CLI_YES &&
           (bit = getopt_long(argc, argv, ":h", list, NULL)) != -1) {
        if (bit == 'h')
            o->help = true;
        if (bit == ':')
            status = complain(
                o, CLI_USAGE, "%s needs an argument", argv[optind - 1]);
        else if (bit == '?')
            status =
                complain(o, CLI_USAGE, "no option %s; see dstack %s --help",
                    argv[optind - 1], o->command);
        else if (bit >= FIRST)
            status = take(o, (size_t)(bit - FIRST));
        if (o->help)
            return CLI_YES;
    }
    return status;
}

static int
take_arguments(options *o, int count, char **argv)
{
    if (count > LIST_MAX)
        return complain(
            o, CLI_USAGE, "more than %d arguments: %d", LIST_MAX, count);
    for (int i = 0; i < count; i++)
        o->arguments.at[o->arguments.n++] = argv[i];
    return CLI_YES;
}

/* The rows of a command's options. A word that no row has is a mistake in the
 * command, which its first test shows. */
static void
list_options(const char *known, struct option list[COUNT + 1])
{
    size_t n = 0;

    memset(list, 0, (COUNT + 1) * sizeof *list);
    for (const char *word = known; *word; word += strspn(word, " ")) {
        size_t row = 0, length = strcspn(word, " ");

        while (row < COUNT && (strlen(table[row].name) != length ||
                                  memcmp(table[row].name, word, length) != 0))
            row++;
        if (row == COUNT || n == COUNT)
            abort();
        list[n++] = (struct option){
            table[row].name, table[row].kind & 3, NULL, FIRST + (int)row};
        word += length;
    }
}

int
options_parse(const char *command, const char *what, const char *known,
    int argc, char **argv, options *o)
{
    struct option list[COUNT + 1];

    memset(o, 0, sizeof *o);
    o->command = command;
    list_options(known, list);
    if (read_options(o, list, argc, argv) != CLI_YES)
        return CLI_USAGE;
    if (o->help)
        return CLI_YES;
    if (!what && argc != optind)
        return complain(
            o, CLI_USAGE, "takes options only, found \"%s\"", argv[optind]);
    if (what && strstr(what, "..."))
        return take_arguments(o, argc - optind, argv + optind);
    if (what && argc - optind != 1)
        return complain(
            o, CLI_USAGE, "expected one %s, found %d", what, argc - optind);
    if (what)
        o->argument = argv[optind];
    if (stdin_twice(o))
        return complain(
            o, CLI_USAGE, "standard input (-) can be read only once");
    return CLI_YES;
}

int
options_time(const options *o, int64_t *now)
{
    *now = 0;
    if (!o->at)
        *now = (int64_t)time(NULL);
    else if (!input_time(o->at, now))
        return complain(o, CLI_USAGE,
            "--at %s: expected Unix seconds or RFC 3339, as in "
            "2025-06-19T10:32:27Z",
            o->at);
    return CLI_YES;
}

int
options_verifier(const options *o, dstack_verifier **ret)
{
    dstack_verifier *v = NULL;
    blob root = {NULL, 0};
    dstack_error err = {0};
    int status = CLI_YES;

    *ret = NULL;
    if (o->root) {
        status = input_read(o, o->root, &root);
        if (status != CLI_YES)
            goto out;
    }
    if (dstack_verifier_new(&v, &err) != DSTACK_OK ||
        dstack_verifier_set_strict(v, o->strict) != DSTACK_OK) {
        status = complain(o, CLI_FAILED, "%s", err.message);
        goto out;
    }
    if (o->root &&
        dstack_verifier_set_root(v, root.p, root.n, &err) != DSTACK_OK) {
        status = err.code == DSTACK_ERR_NOMEM ? CLI_FAILED : CLI_USAGE;
        complain(o, status, "--root %s: %s", o->root, err.message);
        goto out;
    }
    *ret = v;
    v = NULL;
out:
    dstack_verifier_free(v);
    free(root.p);
    return status;
}

/* ---- policy -------------------------------------------------------------- */

static int
policy_failed(const options *o, const dstack_error *err, const char *option)
{
    int status = err->code == DSTACK_ERR_NOMEM ? CLI_FAILED : CLI_USAGE;

    return complain(o, status, "%s: %s", option, err->message);
}

static int
policy_start(const options *o, dstack_policy **ret)
{
    blob json = {NULL, 0};
    dstack_error err;
    int status;

    if (!o->policy) {
        if (dstack_policy_new(ret, &err) != DSTACK_OK)
            return complain(o, CLI_FAILED, "%s", err.message);
        dstack_policy_accept_any_workload(*ret);
        return CLI_YES;
    }
    status = input_read(o, o->policy, &json);
    if (status == CLI_YES &&
        dstack_policy_parse(json.p, json.n, ret, &err) != DSTACK_OK)
        status = policy_failed(o, &err, "--policy");
    free(json.p);
    return status;
}

static int
bad_status(const options *o, span name)
{
    complain(o, CLI_USAGE, "--accept-tcb: no TCB status \"%.*s\"; there are:",
        (int)(name.n < 60 ? name.n : 60), name.p);
    for (uint32_t s = DSTACK_TCB_UP_TO_DATE;
         s <= DSTACK_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED; s++)
        if (s != DSTACK_TCB_REVOKED)
            fprintf(stderr, "  %s\n", dstack_tcb_status_name(s));
    return CLI_USAGE;
}

static int
policy_accept(const options *o, dstack_policy *policy)
{
    const char *p = o->accept_tcb;
    dstack_error err;
    char name[80];

    for (;;) {
        size_t n = strcspn(p, ",");
        uint32_t status = DSTACK_TCB_UNKNOWN;

        if (n < sizeof name) {
            memcpy(name, p, n);
            name[n] = 0;
            status = dstack_tcb_status_parse(name);
        }
        if (status == DSTACK_TCB_UNKNOWN)
            return bad_status(o, (span){p, n});
        if (dstack_policy_accept_tcb_status(
                policy, DSTACK_OF_ALL, status, &err) != DSTACK_OK)
            return policy_failed(o, &err, "--accept-tcb");
        if (p[n] == 0)
            return CLI_YES;
        p += n + 1;
    }
}

static int
policy_report_data(const options *o, dstack_policy *policy)
{
    blob data = {NULL, 0};
    dstack_error err;
    int status = CLI_YES;

    if (!input_hex((span){o->report_data, strlen(o->report_data)}, &data) ||
        data.n != 64)
        status =
            complain(o, CLI_USAGE, "--report-data: expected 64 bytes in hex");
    else if (dstack_policy_expect_report_data(policy, data.p, data.n, &err) !=
             DSTACK_OK)
        status = policy_failed(o, &err, "--report-data");
    free(data.p);
    return status;
}

int
options_policy(const options *o, dstack_policy **ret)
{
    int status = policy_start(o, ret);

    if (status == CLI_YES && o->accept_tcb)
        status = policy_accept(o, *ret);
    if (status == CLI_YES && o->report_data)
        status = policy_report_data(o, *ret);
    return status;
}
