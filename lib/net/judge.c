/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "net/callbacks.h"

static int
with_origin(dstack_error *err, int code, int origin, int64_t detail)
{
    if (err) {
        err->origin = origin;
        err->detail = detail;
    }
    return code;
}

/* No connection to a unix socket, and why. */
static int
socket_failed(const ds_line *line, int number, dstack_error *err)
{
    int code = DSTACK_ERR_IO;
    const char *name = line->at->name;
    struct stat st;

    if (number == ENOENT)
        ds_fail(err, code,
            "%s: no such socket: is this a dstack VM, and is the agent's "
            "socket mounted here?",
            name);
    else if (number == ECONNREFUSED && stat(line->at->socket, &st) == 0 &&
             !S_ISSOCK(st.st_mode))
        ds_fail(
            err, code, "%s: not a socket: the agent's should be here", name);
    else if (number == ECONNREFUSED)
        ds_fail(err, code,
            "%s: nobody listens at this socket: is the agent running? A mount "
            "of the file goes stale when it restarts: mount its directory",
            name);
    else if (number == EACCES || number == EPERM)
        ds_fail(err, code,
            "%s: no permission to use this socket: it must be writable for "
            "this process",
            name);
    else
        ds_fail(err, code, "%s: cannot connect: errno %d", name, number);
    return with_origin(err, code, DSTACK_ORIGIN_ERRNO, number);
}

static int
late(const ds_line *line, dstack_error *err)
{
    const char *what = "no connection";
    long sent = 0;

    curl_easy_getinfo(line->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (line->head_bytes > 0)
        what = "the answer was not complete";
    else if (sent > 0)
        what = "no answer";
    return ds_fail(err, DSTACK_ERR_TIMEOUT,
        "%s: %s before the deadline; an agent that boots, or is busy with "
        "quotes, needs longer",
        line->at->name, what);
}

/* A transfer that a callback or the deadline ended. */
static int
stopped(const ds_line *line, dstack_error *err)
{
    const char *name = line->at->name;

    switch (line->stop) {
    case DS_STOP_NOMEM:
        return ds_fail_nomem(err);
    case DS_STOP_BODY:
        return ds_fail(err, DSTACK_ERR_PROTOCOL,
            "%s: the answer's body has more than %zu bytes", name,
            line->request->max_body);
    case DS_STOP_HEAD:
        return ds_fail(err, DSTACK_ERR_PROTOCOL,
            "%s: the answer's headers have more than %u bytes", name,
            DS_MAX_HTTP_HEAD);
    case DS_STOP_HEADER:
        return ds_fail(err, DSTACK_ERR_PROTOCOL,
            "%s: the answer has a header twice that may be there once", name);
    case DS_STOP_LATE:
        return late(line, err);
    case DS_STOP_CANCELLED:
        return ds_fail(
            err, DSTACK_ERR_CANCELLED, "%s: the call was cancelled", name);
    case DS_STOP_NONE:
    case DS_STOP_CUT:
    default:
        return DSTACK_OK;
    }
}

static int
code_of(const ds_line *line, CURLcode rc)
{
    long number = 0;

    switch ((int)rc) { /* most of the enumeration is not of HTTP */
    case CURLE_OUT_OF_MEMORY:
        return DSTACK_ERR_NOMEM;
    case CURLE_OPERATION_TIMEDOUT:
        return DSTACK_ERR_TIMEOUT;
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_PARTIAL_FILE:
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_WRITE_ERROR:
#if CURL_AT_LEAST_VERSION(8, 6, 0)
    case CURLE_TOO_LARGE:
#endif
        return DSTACK_ERR_PROTOCOL;
    case CURLE_RECV_ERROR:
        /* Broken chunks come as this too, with no errno. */
        curl_easy_getinfo(line->easy, CURLINFO_OS_ERRNO, &number);
        return line->head_bytes > 0 && number == 0 ? DSTACK_ERR_PROTOCOL
                                                   : DSTACK_ERR_IO;
    default:
        return DSTACK_ERR_IO;
    }
}

/* Libcurl's own text, unless it may quote what the other side sent. */
static int
curl_failed(ds_line *line, CURLcode rc, dstack_error *err)
{
    int code = code_of(line, rc);
    const char *text = curl_easy_strerror(rc);
    long number = 0;

    curl_easy_getinfo(line->easy, CURLINFO_OS_ERRNO, &number);
    if (line->socket_errno != 0)
        number = line->socket_errno;
    if (rc == CURLE_COULDNT_CONNECT && line->at->socket)
        return socket_failed(line, (int)number, err);
    if (code == DSTACK_ERR_NOMEM)
        return ds_fail(err, code,
            "%s: libcurl had no memory, or a line of the answer's headers is "
            "too long",
            line->at->name);
    if (code == DSTACK_ERR_TIMEOUT)
        late(line, err);
    else if (line->head_bytes == 0 && line->text[0]) {
        text = line->text;
        for (char *p = line->text; *p; p++)
            if (*p < 0x20 || *p > 0x7e)
                *p = '?';
    }
    if (code != DSTACK_ERR_TIMEOUT)
        ds_fail(err, code, "%s: %s", line->at->name, text);
    return with_origin(err, code, DSTACK_ORIGIN_CURL, rc);
}

int
ds_line_judge(ds_line *line, CURLcode rc, dstack_error *err)
{
    if (line->stop != DS_STOP_NONE && line->stop != DS_STOP_CUT)
        return stopped(line, err);
    /* Libcurl takes a head that breaks off for a whole one, or for nothing. */
    if (!line->head_done && line->head_bytes > 0 &&
        (rc == CURLE_OK || rc == CURLE_GOT_NOTHING))
        return ds_fail(err, DSTACK_ERR_PROTOCOL,
            "%s: the connection ended within the answer's headers",
            line->at->name);
    if (rc != CURLE_OK && line->stop == DS_STOP_NONE)
        return curl_failed(line, rc, err);
    return DSTACK_OK;
}
