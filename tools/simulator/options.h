/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "server.h"

typedef struct sim_options {
    bool done; /* --help or --version was all */
    bool allow_remote;
    const char *state;
    const char *seed;
    const char *app_compose;
    const char *app_keys;
    const char *attestation;
    const char *sys_config;
    const char *app_id;
    const char *instance_id;
    int provider;
    int os;
    uint32_t gpus;
} sim_options;

/* Listeners and faults go into s. SIM_ENDED, or SIM_USAGE, which was said on
 * stderr. */
int
sim_options_parse(int argc, char **argv, sim_options *o, sim_server *s);

#endif
