/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

void
blob_wipe(blob *b)
{
    if (b->p)
        explicit_bzero(b->p, b->n);
    free(b->p);
    b->p = NULL;
    b->n = 0;
}

int
agent_failed(const options *o, const dstack_error *err)
{
    int status = CLI_NO;

    switch (err->code) {
    case DSTACK_ERR_ARG:
        status = CLI_USAGE;
        break;
    case DSTACK_ERR_NOMEM:
    case DSTACK_ERR_INTERNAL:
    case DSTACK_ERR_IO:
    case DSTACK_ERR_TIMEOUT:
    case DSTACK_ERR_CANCELLED:
        status = CLI_FAILED;
        break;
    default:
        break;
    }
    return complain(o, status, "%s", err->message);
}

static int
set_timeout(const options *o, dstack_client *client)
{
    char *end = NULL;
    unsigned long ms;

    if (!o->timeout)
        return CLI_YES;
    errno = 0;
    ms = strtoul(o->timeout, &end, 10);
    if (o->timeout[0] < '0' || o->timeout[0] > '9' || *end != 0 || errno != 0 ||
        ms > UINT32_MAX ||
        dstack_client_set_timeouts(client, (uint32_t)ms, (uint32_t)ms) !=
            DSTACK_OK)
        return complain(o, CLI_USAGE,
            "--timeout %s: expected milliseconds, 1 to 86400000", o->timeout);
    return CLI_YES;
}

int
agent_client(const options *o, dstack_client **ret)
{
    dstack_client *client = NULL;
    dstack_error err = {0};
    uint32_t service = o->tappd    ? DSTACK_SERVICE_TAPPD
                       : o->worker ? DSTACK_SERVICE_WORKER
                                   : DSTACK_SERVICE_AGENT;
    int status;

    *ret = NULL;
    if (o->tappd && o->worker)
        return complain(o, CLI_USAGE, "--tappd and --worker: choose one");
    if (dstack_client_new(&client, &err) != DSTACK_OK)
        return agent_failed(o, &err);
    status = set_timeout(o, client);
    if (status == CLI_YES &&
        dstack_client_set_service(client, service) != DSTACK_OK)
        status = complain(o, CLI_FAILED, "the service could not be set");
    if (status == CLI_YES && o->endpoint &&
        dstack_client_set_endpoint(client, o->endpoint, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    if (status == CLI_YES)
        *ret = client;
    else
        dstack_client_free(client);
    return status;
}

/* ---- what is asked for --------------------------------------------------- */

static int
from_hex(const options *o, const char *name, const char *text, blob *ret)
{
    if (input_hex((span){text, strlen(text)}, ret))
        return CLI_YES;
    return complain(
        o, CLI_USAGE, "--%s: expected hex digits, two a byte", name);
}

static int
from_text(const options *o, blob *ret)
{
    ret->n = strlen(o->text);
    ret->p = malloc(ret->n + 1);
    if (!ret->p)
        return complain(o, CLI_FAILED, "out of memory");
    memcpy(ret->p, o->text, ret->n + 1);
    return CLI_YES;
}

/* The hash of a file under a tag, as dstack's content types say. */
static int
from_hash(const options *o, blob *ret)
{
    blob file = {NULL, 0};
    dstack_error err;
    int status = input_read(o, o->hash, &file);

    if (status != CLI_YES)
        return status;
    ret->n = 64;
    ret->p = malloc(ret->n);
    if (!ret->p)
        status = complain(o, CLI_FAILED, "out of memory");
    else if (dstack_report_data_hash(
                 o->tag, file.p, file.n, NULL, ret->p, &err) != DSTACK_OK)
        status = agent_failed(o, &err);
    blob_wipe(&file);
    return status;
}

int
agent_bytes(const options *o, size_t max, blob *ret)
{
    int given = (o->report_data != NULL) + (o->data != NULL) +
                (o->text != NULL) + (o->file != NULL) + (o->hash != NULL);
    int status;

    ret->p = NULL;
    ret->n = 0;
    if (given != 1)
        return complain(o, CLI_USAGE,
            max == 64 ? "expected one of --report-data, --text, --hash"
                      : "expected one of --data, --text, --file");
    if (o->report_data)
        status = from_hex(o, "report-data", o->report_data, ret);
    else if (o->data)
        status = from_hex(o, "data", o->data, ret);
    else if (o->text)
        status = from_text(o, ret);
    else if (o->file)
        status = input_read(o, o->file, ret);
    else
        status = from_hash(o, ret);
    if (status == CLI_YES && max == 64 && (ret->n == 0 || ret->n > max))
        status = complain(o, CLI_USAGE,
            "report data: expected 1 to 64 bytes, found %zu; --hash takes "
            "a file of any size",
            ret->n);
    if (status != CLI_YES)
        blob_wipe(ret);
    return status;
}

int
agent_algorithm(const options *o, uint32_t otherwise, uint32_t *ret)
{
    *ret = otherwise;
    if (!o->algorithm)
        return CLI_YES;
    *ret = dstack_key_algorithm_parse(o->algorithm);
    if (*ret != DSTACK_KEY_ANY)
        return CLI_YES;
    return complain(o, CLI_USAGE,
        "--algorithm: expected secp256k1, ed25519 or, for signatures, "
        "secp256k1_prehashed");
}

/* ---- secrets ------------------------------------------------------------- */

static bool
write_all(int fd, const uint8_t *p, size_t n)
{
    while (n != 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* A new file beside the old one, then in its place: whoever reads the path
 * finds all of one or all of the other. */
int
secret_write(const options *o, const char *path, const void *p, size_t n)
{
    char part[PATH_LENGTH];
    int length =
        snprintf(part, sizeof part, "%s%s", path, o->force ? ".new" : "");
    int fd;
    bool good;

    if (length < 0 || (size_t)length >= sizeof part)
        return complain(o, CLI_USAGE, "%s: the path is too long", path);
    if (o->force)
        (void)unlink(part);
    fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return complain(o, CLI_FAILED, "%s: %s%s", part, strerror(errno),
            errno == EEXIST ? "; --force replaces it" : "");
    good = write_all(fd, p, n) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (good && o->force)
        good = rename(part, path) == 0;
    if (good)
        return CLI_YES;
    complain(o, CLI_FAILED, "%s: %s", path, strerror(errno));
    (void)unlink(part);
    return CLI_FAILED;
}
