/* SPDX-License-Identifier: Apache-2.0 */
/* forge_dir KIND DIR [CHANGE]: forged evidence in a folder that exists, for
 * the tests of the command and the demo. */
#include <stdio.h>
#include <string.h>

#include "forge/forge.h"

static const char *const kinds[FORGE_KINDS] = {"sgx-v3", "sgx-v4", "sgx-v5",
    "tdx-v4", "tdx-v5-1.0", "tdx-v5-1.5", "tdx-v5-ex"};

static int
kind_of(const char *name)
{
    for (int i = 0; i < FORGE_KINDS; i++)
        if (strcmp(kinds[i], name) == 0)
            return i;
    return -1;
}

/* What a forged quote can have against it. */
static int
change(forge *f, const char *what)
{
    if (strcmp(what, "revoked") == 0) {
        forge_revoke(f, FORGE_CRL_PCK, FORGE_CERT_PCK, 1);
    } else if (strcmp(what, "debug") == 0) {
        f->quote.td.td_attributes |= 1;
        f->quote.sgx.flags |= 2;
    } else if (strcmp(what, "flipped") == 0) {
        f->quote.flips[0] = (forge_flip){true, FORGE_PART_BODY, 4000};
    } else if (strcmp(what, "outdated") == 0) {
        f->tcb_info.levels[0].status = "OutOfDate";
        f->tcb_info.levels[0].advisories[0] = "INTEL-SA-99001";
    } else if (strcmp(what, "old-svn") == 0) {
        for (size_t i = 0; i < f->tcb_info.level_n; i++)
            f->tcb_info.levels[i].sgx[2] = 200;
    } else {
        return -1;
    }
    return 0;
}

int
main(int argc, char **argv)
{
    int kind = argc >= 3 ? kind_of(argv[1]) : -1;
    int status = 1;
    forge *f;

    if (kind < 0 || argc > 4) {
        fprintf(stderr, "usage: forge_dir KIND DIR [CHANGE]\n");
        return 2;
    }
    f = forge_new(kind, "forge_dir");
    if (!f) {
        fprintf(stderr, "forge_dir: no forge\n");
        return 1;
    }
    if (argc == 4 && change(f, argv[3]) != 0)
        fprintf(stderr, "forge_dir: no change \"%s\"\n", argv[3]);
    else if (forge_build(f) != 0 || forge_write_dir(f, argv[2]) != 0)
        fprintf(stderr, "forge_dir: %s\n", f->error);
    else
        status = 0;
    forge_free(f);
    return status;
}
