/* SPDX-License-Identifier: Apache-2.0 */
#include "net/endpoint.h"

#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "base/mem.h"

static const char unix_prefix[] = "unix:";
/* What the Host header says to a service on a unix socket, which none reads. */
static const char unix_base[] = "http://localhost";

static int
parse_socket(const char *path, ds_endpoint *ret, dstack_error *err)
{
    size_t n = strlen(path);

    if (n == 0)
        return ds_fail(err, DSTACK_ERR_ARG, "endpoint: the path is empty");
    if (n > DS_MAX_SOCKET_PATH)
        return ds_fail(err, DSTACK_ERR_ARG,
            "endpoint %s: a socket's path has at most %u bytes, this one %zu",
            ret->name, DS_MAX_SOCKET_PATH, n);
    ret->socket = ds_memdup(path, n);
    ret->base = ds_memdup(unix_base, strlen(unix_base));
    return ret->socket && ret->base ? DSTACK_OK : ds_fail_nomem(err);
}

/* Libcurl would mend some of the rest in silence. */
bool
ds_url_is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p <= 0x20 || *p >= 0x7f || *p == '#' || *p == '\\')
            return false;
    return true;
}

static int
parse_url(
    const char *url, const char *host, ds_endpoint *ret, dstack_error *err)
{
    size_t n = strlen(url);
    CURLU *parts = NULL;
    CURLUcode rc;
    int code = DSTACK_ERR_ARG;

    /* It may be a password that stands before an @. */
    if (strchr(url, '@'))
        memcpy(ret->name, "URL", sizeof "URL");
    /* A query would swallow the path that is appended. */
    if (n > DS_MAX_ENDPOINT || !ds_url_is_plain(url) || strchr(url, '?') ||
        host[0] == '/')
        return ds_fail(err, DSTACK_ERR_ARG,
            "endpoint %s: not a plain http(s) URL of at most %u bytes, with no "
            "query or fragment",
            ret->name, DS_MAX_ENDPOINT);
    parts = curl_url();
    if (!parts)
        return ds_fail_nomem(err);
    rc = curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER);
    if (rc == CURLUE_OUT_OF_MEMORY)
        code = ds_fail_nomem(err);
    else if (rc == CURLUE_USER_NOT_ALLOWED)
        ds_fail(err, code, "endpoint: a URL with a user or password");
    else if (rc != CURLUE_OK)
        ds_fail(err, code, "endpoint %s: %s", ret->name, curl_url_strerror(rc));
    else
        code = DSTACK_OK;
    curl_url_cleanup(parts);
    if (code != DSTACK_OK)
        return code;
    while (n > 0 && url[n - 1] == '/')
        n--;
    ret->base = ds_memdup(url, n);
    return ret->base ? DSTACK_OK : ds_fail_nomem(err);
}

int
ds_endpoint_parse(const char *text, ds_endpoint *ret, dstack_error *err)
{
    static const char http[] = "http://", https[] = "https://";
    size_t n = sizeof unix_prefix - 1;

    memset(ret, 0, sizeof *ret);
    if (!text)
        return ds_fail(err, DSTACK_ERR_ARG, "endpoint: NULL");
    ds_err_quote(ds_view_str(text), ret->name);
    if (strncmp(text, unix_prefix, n) == 0)
        return parse_socket(text + n, ret, err);
    if (strncasecmp(text, http, sizeof http - 1) == 0)
        return parse_url(text, text + sizeof http - 1, ret, err);
    if (strncasecmp(text, https, sizeof https - 1) == 0) {
        ret->tls = true;
        return parse_url(text, text + sizeof https - 1, ret, err);
    }
    if (strstr(text, "://"))
        return ds_fail(err, DSTACK_ERR_ARG,
            "endpoint %s: neither a socket's path nor an http:// or https:// "
            "URL",
            ret->name);
    return parse_socket(text, ret, err);
}

void
ds_endpoint_free(ds_endpoint *endpoint)
{
    ds_free(endpoint->socket);
    ds_free(endpoint->base);
    endpoint->socket = NULL;
    endpoint->base = NULL;
}
