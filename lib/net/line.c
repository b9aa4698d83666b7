/* SPDX-License-Identifier: Apache-2.0 */
#include "net/line.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/callbacks.h"
#include "net/sigpipe.h"

enum {
    /* Seconds after which an idle connection is not used again: dstack's
     * agents close theirs after 10. */
    MAX_IDLE_S = 8
};

/* Everything that libcurl would otherwise take from the environment, or do
 * on its own account, is set. */
static const struct {
    CURLoption option;
    long value;
} numbers[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_MAXAGE_CONN, MAX_IDLE_S},
#if CURL_AT_LEAST_VERSION(7, 87, 0)
    /* Do not wait for a name server when a call is over. */
    {CURLOPT_QUICK_EXIT, 1},
#endif
};

static int *
slot_of(ds_line *line, int fd)
{
    for (size_t i = 0; i < DS_LINE_SOCKETS; i++)
        if (line->sockets[i] == fd)
            return &line->sockets[i];
    return NULL;
}

/* As libcurl would; but it is counted, remembered, and closed by exec. */
static curl_socket_t
open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    ds_line *line = user;
    int *slot = slot_of(line, -1);

    (void)purpose;
    line->opened++;
    if (!slot)
        return CURL_SOCKET_BAD;
    *slot = socket(
        address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (*slot < 0)
        line->socket_errno = errno;
    return *slot;
}

static int
close_socket(void *user, curl_socket_t fd)
{
    int *slot = slot_of(user, fd);

    if (slot)
        *slot = -1;
    return close(fd);
}

static bool
add_header(struct curl_slist **list, const char *header)
{
    struct curl_slist *longer = curl_slist_append(*list, header);

    if (longer)
        *list = longer;
    return longer != NULL;
}

/* The first thing that libcurl refused, or CURLE_OK. */
static CURLcode
set_options(ds_line *line)
{
    CURL *easy = line->easy;
    CURLcode rc = curl_easy_setopt(
        easy, CURLOPT_PROTOCOLS_STR, line->at->tls ? "https" : "http");

    /* "" is: no proxy, whatever the environment says. */
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_PROXY, "");
    /* With any limit at all a length that is no number of bytes is refused. */
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(
            easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)INT64_MAX);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, line->text);
    if (rc == CURLE_OK && line->at->socket)
        rc = curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, line->at->socket);
    for (size_t i = 0; rc == CURLE_OK && i < sizeof numbers / sizeof *numbers;
         i++)
        rc = curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
    return rc;
}

static CURLcode
set_callbacks(ds_line *line)
{
    CURL *easy = line->easy;
    const struct {
        CURLoption option;
        void *value;
    } users[] = {{CURLOPT_OPENSOCKETDATA, line},
        {CURLOPT_CLOSESOCKETDATA, line}, {CURLOPT_WRITEDATA, line},
        {CURLOPT_HEADERDATA, line}};
    CURLcode rc = CURLE_OK;

    for (size_t i = 0; rc == CURLE_OK && i < sizeof users / sizeof *users; i++)
        rc = curl_easy_setopt(easy, users[i].option, users[i].value);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ds_line_take_body);
    if (rc == CURLE_OK)
        rc =
            curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, ds_line_take_header);
    return rc;
}

/* An empty value takes libcurl's own header away. */
static bool
make_headers(ds_line *line)
{
    return add_header(&line->post_headers, "Content-Type: application/json") &&
           add_header(&line->post_headers, "Accept:") &&
           add_header(&line->post_headers, "Expect:") &&
           add_header(&line->get_headers, "Accept:");
}

static CURLcode
set_up(ds_line *line)
{
    size_t base = strlen(line->at->base);
    CURLcode rc;

    errno = 0;
    line->multi = curl_multi_init();
    /* It has a wake-up that needs descriptors. */
    if (!line->multi && (errno == EMFILE || errno == ENFILE))
        return CURLE_COULDNT_CONNECT;
    line->easy = curl_easy_init();
    line->url = ds_malloc(base + DS_MAX_HTTP_PATH + 1);
    if (!line->multi || !line->easy || !line->url || !make_headers(line))
        return CURLE_OUT_OF_MEMORY;
    memcpy(line->url, line->at->base, base);
    line->path = line->url + base;
    /* Or it goes without, and no call could be cancelled. */
    if (curl_multi_wakeup(line->multi) != CURLM_OK)
        return CURLE_COULDNT_CONNECT;
    /* One connection: a second attempt then is on a fresh one. */
    if (curl_multi_setopt(line->multi, CURLMOPT_MAXCONNECTS, 1L) != CURLM_OK)
        return CURLE_UNKNOWN_OPTION;
    rc = set_options(line);
    return rc == CURLE_OK ? set_callbacks(line) : rc;
}

int
ds_line_new(const ds_endpoint *at, uint32_t connect_ms, ds_line **ret,
    dstack_error *err)
{
    ds_line *line = ds_calloc(1, sizeof *line);
    CURLcode rc;

    *ret = NULL;
    if (!line)
        return ds_fail_nomem(err);
    line->at = at;
    line->connect_ms = connect_ms;
    atomic_init(&line->cancelled, false);
    for (size_t i = 0; i < DS_LINE_SOCKETS; i++)
        line->sockets[i] = -1;
    rc = set_up(line);
    if (rc == CURLE_OK) {
        *ret = line;
        return DSTACK_OK;
    }
    ds_line_free(line);
    if (rc == CURLE_OUT_OF_MEMORY)
        return ds_fail_nomem(err);
    if (rc == CURLE_COULDNT_CONNECT)
        return ds_fail(err, DSTACK_ERR_IO,
            "%s: no descriptors left to connect with", at->name);
    ds_fail(err, DSTACK_ERR_UNSUPPORTED,
        "%s: this build of libcurl (%s) lacks what is needed: %s", at->name,
        curl_version_info(CURLVERSION_NOW)->version, curl_easy_strerror(rc));
    if (err) {
        err->origin = DSTACK_ORIGIN_CURL;
        err->detail = rc;
    }
    return DSTACK_ERR_UNSUPPORTED;
}

void
ds_line_free(ds_line *line)
{
    ds_sigpipe pipe;

    if (!line)
        return;
    ds_sigpipe_hold(&pipe, line->at->tls);
    curl_easy_cleanup(line->easy);
    curl_multi_cleanup(line->multi);
    ds_sigpipe_release(&pipe);
    curl_slist_free_all(line->post_headers);
    curl_slist_free_all(line->get_headers);
    ds_free(line->url);
    ds_free(line);
}

void
ds_line_abandon(ds_line *line)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool safe = nowhere >= 0;

    /* Libcurl may say goodbye on a connection that it closes. */
    for (size_t i = 0; safe && i < DS_LINE_SOCKETS; i++)
        if (line->sockets[i] >= 0)
            safe = dup2(nowhere, line->sockets[i]) >= 0;
    if (safe)
        ds_line_free(line);
    if (nowhere >= 0)
        close(nowhere);
}

void
ds_line_cancel(ds_line *line)
{
    atomic_store(&line->cancelled, true);
    curl_multi_wakeup(line->multi);
}
