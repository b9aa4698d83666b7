/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char version_help[] =
    "usage: dstack version [--tappd | --worker] [OPTIONS]\n"
    "\n"
    "Which guest agent this is, and what it can do.\n"
    "\n"
    "  --tappd, --worker   the service that listens is not the agent's own\n"
    "  --json              print one JSON document\n"
    "  --endpoint WHERE    unix:PATH, PATH or http://HOST:PORT\n"
    "  --timeout MS        for the whole call, in milliseconds\n"
    "\n"
    "Exit status: 0 an agent, 1 something else, 2 usage, 3 no answer.\n";

static const char info_help[] =
    "usage: dstack info [--v1 | --tappd | --worker] [OPTIONS]\n"
    "\n"
    "Which app runs, as the guest agent tells it; nothing of it is verified.\n"
    "\n"
    "  --v1                ask the v1 surface (0.6)\n"
    "  --json              print one JSON document, as the agent sent it\n"
    "\n"
    "Other options as for `dstack version`.\n"
    "Exit status: 0 an answer, 1 the agent said no, 2 usage, 3 no agent.\n";

static void
print_agent(
    const options *o, const dstack_client *client, const dstack_agent *agent)
{
    print_list list = {.label = "can"};
    bool more = false;

    if (!o->json) {
        print_row("endpoint", "%s", dstack_client_endpoint(client));
        print_row("version", "%s", dstack_agent_version(agent));
        if (*dstack_agent_revision(agent))
            print_row("revision", "%s", dstack_agent_revision(agent));
        for (uint32_t c = 0; c < DSTACK_CAN_COUNT; c++)
            if (dstack_agent_can(agent, c))
                print_list_add(&list, dstack_capability_name(c));
        print_list_end(&list);
        return;
    }
    putchar('{');
    json_print_text(false, "version", dstack_agent_version(agent));
    json_print_text(true, "revision", dstack_agent_revision(agent));
    fputs(",\"can\":[", stdout);
    for (uint32_t c = 0; c < DSTACK_CAN_COUNT; c++) {
        if (!dstack_agent_can(agent, c))
            continue;
        fputs(more ? "," : "", stdout);
        json_print_string(dstack_capability_name(c));
        more = true;
    }
    fputs("]}\n", stdout);
}

int
cmd_version(int argc, char **argv)
{
    dstack_client *client = NULL;
    dstack_agent *agent = NULL;
    dstack_error err;
    options o;
    int status = options_parse(
        "version", NULL, ASK_OPTIONS "tappd worker", argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(version_help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES)
        status = agent_client(&o, &client);
    if (status == CLI_YES) {
        if (dstack_client_probe(client, &agent, &err) == DSTACK_OK)
            print_agent(&o, client, agent);
        else
            status = agent_failed(&o, &err);
    }
    dstack_agent_free(agent);
    dstack_client_free(client);
    return print_done(&o, status);
}

/* ---- info ---------------------------------------------------------------- */

static void
row_text(const dstack_info *info, const char *name)
{
    size_t n;
    const char *text = dstack_info_text(info, name, &n);

    if (text && n != 0)
        print_row_span(name, (span){text, n});
}

static void
row_bytes(const dstack_info *info, const char *name)
{
    size_t n;
    const uint8_t *p = dstack_info_bytes(info, name, &n);

    if (n != 0)
        print_row_hex(name, p, n);
}

static void
print_info(const dstack_info *info)
{
    size_t n;
    const uint8_t *id = dstack_info_key_provider_id(info, &n);
    const dstack_tcb_info *tcb = dstack_info_tcb_info(info);

    printf("Nothing was verified: this is what the agent says.\n\n");
    row_text(info, "app_name");
    row_bytes(info, "app_id");
    row_bytes(info, "instance_id");
    row_bytes(info, "compose_hash");
    row_bytes(info, "os_image_hash");
    row_bytes(info, "mr_aggregated");
    row_bytes(info, "device_id");
    if (*dstack_info_key_provider_name(info))
        print_row("key provider", "%s", dstack_info_key_provider_name(info));
    if (n != 0)
        print_row_hex("", id, n);
    row_text(info, "cloud_vendor");
    row_text(info, "cloud_product");
    if (dstack_tcb_info_event_log(tcb))
        print_row("events", "%zu",
            dstack_event_log_count(dstack_tcb_info_event_log(tcb)));
}

int
cmd_info(int argc, char **argv)
{
    dstack_client *client = NULL;
    dstack_info *info = NULL;
    dstack_error err;
    options o;
    size_t n;
    int rc;
    int status = options_parse(
        "info", NULL, ASK_OPTIONS "tappd worker v1", argc, argv, &o);

    if (status == CLI_YES && o.help) {
        fputs(info_help, stdout);
        return print_done(&o, CLI_YES);
    }
    if (status == CLI_YES)
        status = agent_client(&o, &client);
    if (status == CLI_YES) {
        rc = o.v1 ? dstack_client_v1_info(client, &info, &err)
                  : dstack_client_info(client, &info, &err);
        if (rc != DSTACK_OK)
            status = agent_failed(&o, &err);
    }
    if (info && o.json) {
        const char *json = dstack_info_json(info, &n);

        (void)fwrite(json, 1, n, stdout);
        putchar('\n');
    } else if (info) {
        print_info(info);
    }
    dstack_info_free(info);
    dstack_client_free(client);
    return print_done(&o, status);
}
