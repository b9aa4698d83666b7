/* SPDX-License-Identifier: Apache-2.0 */
/* secure_getenv: a program with more rights than its caller does not let the
 * caller's environment choose where its keys come from. */
#define _GNU_SOURCE
#include "agent/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "dstack/client.h"
#include "net/http.h"

static const char *const folders[] = {
    "/var/run", "/run", "/var/run/dstack", "/run/dstack"};

static int
copy(const char *text, char **ret, dstack_error *err)
{
    *ret = ds_memdup(text, strlen(text));
    return *ret ? DSTACK_OK : ds_fail_nomem(err);
}

static int
from_environment(const char *variable, char **ret, dstack_error *err)
{
    const char *value = secure_getenv(variable);
    int rc;

    if (!value || !*value)
        return DSTACK_OK;
    rc = ds_http_check_endpoint(value, err);
    if (rc != DSTACK_OK) {
        ds_err_prefix(err, variable);
        return rc;
    }
    return copy(value, ret, err);
}

static int
from_folders(const char *name, const char *root, char **ret, dstack_error *err)
{
    char path[512];
    struct stat st;

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        int n = snprintf(path, sizeof path, "%s%s/%s", root, folders[i], name);

        if (n > 0 && n < (int)sizeof path && stat(path, &st) == 0)
            return copy(path, ret, err);
    }
    (void)snprintf(path, sizeof path, "%s%s/%s", root, folders[0], name);
    return copy(path, ret, err);
}

int
ds_endpoint_default(uint32_t service, bool ignore_environment, const char *root,
    char **ret, dstack_error *err)
{
    bool tappd = service == DSTACK_SERVICE_TAPPD;
    int rc = DSTACK_OK;

    *ret = NULL;
    if (service == DSTACK_SERVICE_WORKER)
        return ds_fail(err, DSTACK_ERR_ARG,
            "endpoint: a worker listens at no usual place; name one with "
            "dstack_client_set_endpoint(), such as http://127.0.0.1:8090");
    if (!ignore_environment)
        rc = from_environment(
            tappd ? "TAPPD_SIMULATOR_ENDPOINT" : "DSTACK_SIMULATOR_ENDPOINT",
            ret, err);
    if (rc != DSTACK_OK || *ret)
        return rc;
    return from_folders(tappd ? "tappd.sock" : "dstack.sock", root, ret, err);
}
