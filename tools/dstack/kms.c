/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int
kms_hex(const options *o, const char *name, const char *text, blob *ret)
{
    ret->p = NULL;
    ret->n = 0;
    if (text && !input_hex((span){text, strlen(text)}, ret))
        return complain(o, CLI_USAGE, "%s: expected hex digits", name);
    return CLI_YES;
}

static int
add_roots(const options *o, dstack_kms_trust *trust)
{
    int status = CLI_YES;

    for (size_t i = 0; status == CLI_YES && i < o->kms_roots.n; i++) {
        dstack_error err;
        blob root;

        status = kms_hex(o, "--kms-root", o->kms_roots.at[i], &root);
        if (status == CLI_YES &&
            dstack_kms_trust_add_root(trust, root.p, root.n, &err) != DSTACK_OK)
            status = agent_failed(o, &err);
        free(root.p);
    }
    return status;
}

static int
accept_app_root(const options *o, dstack_kms_trust *trust)
{
    dstack_error err;
    blob root;
    int status = kms_hex(o, "--accept-app-root", o->accept_app_root, &root);

    if (status == CLI_YES && root.p &&
        dstack_kms_trust_accept_app_root(trust, root.p, root.n, &err) !=
            DSTACK_OK)
        status = agent_failed(o, &err);
    free(root.p);
    return status;
}

int
kms_trust(const options *o, dstack_kms_trust **ret)
{
    dstack_error err;
    blob id = {NULL, 0};
    int status = CLI_YES;

    *ret = NULL;
    if (!o->app_id || (o->kms_roots.n == 0 && !o->accept_app_root))
        status = complain(
            o, CLI_USAGE, "--app-id HEX and --kms-root HEX are required");
    if (status == CLI_YES)
        status = kms_hex(o, "--app-id", o->app_id, &id);
    if (status == CLI_YES &&
        dstack_kms_trust_new(id.p, id.n, ret, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    if (status == CLI_YES)
        status = add_roots(o, *ret);
    if (status == CLI_YES)
        status = accept_app_root(o, *ret);
    free(id.p);
    return status;
}
