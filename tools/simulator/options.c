/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dstack/version.h"
#include "options.h"

static const char usage[] =
    "usage: dstack-simulator [--listen ADDR] [--tappd ADDR] [--worker ADDR]\n"
    "       [--pccs ADDR] [OPTIONS]\n"
    "\n"
    "A dstack guest agent for machines without a TEE. Its evidence verifies\n"
    "under a root of its own, never under Intel's. ADDR is unix:PATH or\n"
    "http://HOST:PORT (port 0: any); each may be given several times.\n"
    "\n"
    "  --listen ADDR       what dstack.sock answers\n"
    "  --tappd ADDR        what tappd.sock answers\n"
    "  --worker ADDR       what is answered outside the machine\n"
    "  --pccs ADDR         Intel's collateral service, for this machine;\n"
    "                      also /root.pem and /collateral.json\n"
    "  --allow-remote      ADDR need not be a loopback address\n"
    "  --state DIR         keeps the seed, root.pem and collateral.json\n"
    "  --seed TEXT         the same text makes the same machine; default: the\n"
    "                      state directory's, or a new one\n"
    "  --os VERSION        0.3.6, 0.5.5, 0.5.11 (default) or 0.6.0\n"
    "  --tee tdx           the platform\n"
    "  --gpus N            NVIDIA GPUs with evidence (0.6.0)\n"
    "  --provider NAME     who gives keys: kms, local, tpm or none\n"
    "  --app-compose FILE  the app that runs\n"
    "  --app-id HEX        40 digits; default: from the app\n"
    "  --instance-id HEX   40 digits, or nothing for none\n"
    "  --app-keys FILE     keys from a file of the original simulator\n"
    "  --attestation FILE  evidence recorded elsewhere\n"
    "  --sys-config FILE   its VM's configuration, of the original simulator\n"
    "  --fault [METHOD/]KIND[:ARG]  answer wrongly, always or one method\n"
    "  --help --version\n"
    "\n"
    "Prints one line of JSON when it is ready; ends on SIGINT or SIGTERM.\n"
    "Exit status: 0 ended so, 2 usage, 3 could not start.\n"
    "\n"
    "Faults:\n";

enum {
    OPT_LISTEN = 256, /* the four in the order of LISTEN_KINDS */
    OPT_TAPPD,
    OPT_WORKER,
    OPT_PCCS,
    OPT_ALLOW_REMOTE,
    OPT_STATE,
    OPT_SEED,
    OPT_OS,
    OPT_TEE,
    OPT_GPUS,
    OPT_PROVIDER,
    OPT_APP_COMPOSE,
    OPT_APP_ID,
    OPT_INSTANCE_ID,
    OPT_APP_KEYS,
    OPT_ATTESTATION,
    OPT_SYS_CONFIG,
    OPT_FAULT,
    OPT_HELP,
    OPT_VERSION
};

static const struct option table[] = {
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"tappd", required_argument, NULL, OPT_TAPPD},
    {"worker", required_argument, NULL, OPT_WORKER},
    {"pccs", required_argument, NULL, OPT_PCCS},
    {"allow-remote", no_argument, NULL, OPT_ALLOW_REMOTE},
    {"state", required_argument, NULL, OPT_STATE},
    {"seed", required_argument, NULL, OPT_SEED},
    {"os", required_argument, NULL, OPT_OS},
    {"tee", required_argument, NULL, OPT_TEE},
    {"gpus", required_argument, NULL, OPT_GPUS},
    {"provider", required_argument, NULL, OPT_PROVIDER},
    {"app-compose", required_argument, NULL, OPT_APP_COMPOSE},
    {"app-id", required_argument, NULL, OPT_APP_ID},
    {"instance-id", required_argument, NULL, OPT_INSTANCE_ID},
    {"app-keys", required_argument, NULL, OPT_APP_KEYS},
    {"attestation", required_argument, NULL, OPT_ATTESTATION},
    {"sys-config", required_argument, NULL, OPT_SYS_CONFIG},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/* Where an option's argument goes as it is; NULL for the others. */
static const char **
slot(sim_options *o, int option)
{
    switch (option) {
    case OPT_STATE:
        return &o->state;
    case OPT_SEED:
        return &o->seed;
    case OPT_APP_COMPOSE:
        return &o->app_compose;
    case OPT_APP_ID:
        return &o->app_id;
    case OPT_INSTANCE_ID:
        return &o->instance_id;
    case OPT_APP_KEYS:
        return &o->app_keys;
    case OPT_ATTESTATION:
        return &o->attestation;
    case OPT_SYS_CONFIG:
        return &o->sys_config;
    default:
        return NULL;
    }
}

static int
add_listener(sim_server *s, int kind)
{
    if (s->listener_n == SIM_MAX_LISTENERS)
        return sim_complain(
            SIM_USAGE, "more than %d addresses", SIM_MAX_LISTENERS);
    s->listeners[s->listener_n].kind = kind;
    s->listeners[s->listener_n].asked = optarg;
    s->listeners[s->listener_n].fd = -1;
    s->listeners[s->listener_n].server = s;
    s->listener_n++;
    return SIM_ENDED;
}

static int
add_fault(sim_server *s)
{
    if (s->fault_n == SIM_MAX_FAULTS)
        return sim_complain(SIM_USAGE, "more than %d faults", SIM_MAX_FAULTS);
    if (!sim_fault_parse(optarg, &s->faults[s->fault_n]))
        return sim_complain(SIM_USAGE,
            "--fault %s: no such fault; dstack-simulator --help lists them",
            optarg);
    s->fault_n++;
    return SIM_ENDED;
}

static int
set_provider(sim_options *o)
{
    static const char *const names[] = {
        [SIM_PROVIDER_KMS] = "kms",
        [SIM_PROVIDER_LOCAL] = "local",
        [SIM_PROVIDER_TPM] = "tpm",
        [SIM_PROVIDER_NONE] = "none",
    };

    for (int i = SIM_PROVIDER_KMS; i <= SIM_PROVIDER_NONE; i++)
        if (strcmp(optarg, names[i]) == 0) {
            o->provider = i;
            return SIM_ENDED;
        }
    return sim_complain(
        SIM_USAGE, "--provider %s: expected kms, local, tpm or none", optarg);
}

static int
set_gpus(sim_options *o)
{
    char *end;
    unsigned long n = strtoul(optarg, &end, 10);

    if (optarg[0] < '0' || optarg[0] > '9' || *end || n > 16)
        return sim_complain(
            SIM_USAGE, "--gpus %s: expected a number up to 16", optarg);
    o->gpus = (uint32_t)n;
    return SIM_ENDED;
}

static int
take(sim_options *o, sim_server *s, int option)
{
    const char **to = slot(o, option);

    if (to) {
        if (*to)
            return sim_complain(
                SIM_USAGE, "an option is given twice: %s", optarg);
        *to = optarg;
        return SIM_ENDED;
    }
    switch (option) {
    case OPT_LISTEN:
    case OPT_TAPPD:
    case OPT_WORKER:
    case OPT_PCCS:
        return add_listener(s, LISTEN_DSTACK + option - OPT_LISTEN);
    case OPT_ALLOW_REMOTE:
        o->allow_remote = true;
        return SIM_ENDED;
    case OPT_OS:
        o->os = sim_os_parse(optarg);
        return o->os >= 0 ? SIM_ENDED
                          : sim_complain(SIM_USAGE,
                                "--os %s: expected 0.3.6, 0.5.5, 0.5.11 or "
                                "0.6.0",
                                optarg);
    case OPT_TEE:
        return strcmp(optarg, "tdx") == 0
                   ? SIM_ENDED
                   : sim_complain(
                         SIM_USAGE, "--tee %s: there is only tdx", optarg);
    case OPT_GPUS:
        return set_gpus(o);
    case OPT_PROVIDER:
        return set_provider(o);
    default:
        return add_fault(s);
    }
}

/* What makes no sense together. */
static int
check(const sim_options *o, const sim_server *s)
{
    if (s->listener_n == 0)
        return sim_complain(SIM_USAGE,
            "nowhere to listen; at least one of --listen, --tappd, --worker, "
            "--pccs is needed");
    for (size_t i = 0; o->os == SIM_OS_0_3_6 && i < s->listener_n; i++)
        if (s->listeners[i].kind == LISTEN_DSTACK)
            return sim_complain(SIM_USAGE,
                "--listen %s: 0.3.6 has no dstack.sock, only --tappd",
                s->listeners[i].asked);
    if (o->sys_config && !o->attestation)
        return sim_complain(SIM_USAGE,
            "--sys-config %s: it is shown only with --attestation",
            o->sys_config);
    return SIM_ENDED;
}

int
sim_options_parse(int argc, char **argv, sim_options *o, sim_server *s)
{
    int status = SIM_ENDED;
    int option;

    memset(o, 0, sizeof *o);
    o->os = SIM_OS_0_5_11;
    opterr = 0;
    while (status == SIM_ENDED &&
           (option = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
        if (option == OPT_HELP || option == 'h') {
            fputs(usage, stdout);
            sim_fault_help();
            o->done = true;
            return SIM_ENDED;
        }
        if (option == OPT_VERSION) {
            printf("dstack-simulator %s\n", DSTACK_VERSION);
            o->done = true;
            return SIM_ENDED;
        }
        if (option == ':')
            status = sim_complain(
                SIM_USAGE, "%s needs an argument", argv[optind - 1]);
        else if (option == '?')
            status = sim_complain(SIM_USAGE,
                "no option %s; see dstack-simulator --help", argv[optind - 1]);
        else
            status = take(o, s, option);
    }
    if (status == SIM_ENDED && optind < argc)
        status = sim_complain(
            SIM_USAGE, "expected options only, found \"%s\"", argv[optind]);
    return status == SIM_ENDED ? check(o, s) : status;
}
