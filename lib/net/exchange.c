/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/mem.h"
#include "net/callbacks.h"
#include "net/sigpipe.h"

enum {
    QUEUE_MS = 10 /* between two looks at a full queue */
};

/* Anything but what was given ends the transfer. */
static size_t
stop(ds_line *line, ds_stop why)
{
    line->stop = why;
    return 0;
}

/* The value of the header line if its name is this. */
static bool
header_is(ds_view line, const char *name, ds_view *value)
{
    size_t n = strlen(name);

    if (line.n <= n || line.p[n] != ':' ||
        strncasecmp((const char *)line.p, name, n) != 0)
        return false;
    line = ds_view_of(line.p + n + 1, line.n - n - 1);
    while (line.n > 0 && strchr(" \t", line.p[0]) && line.p[0])
        line = ds_view_of(line.p + 1, line.n - 1);
    while (line.n > 0 && line.p[line.n - 1] &&
           strchr(" \t\r\n", line.p[line.n - 1]))
        line.n--;
    *value = line;
    return true;
}

static ds_stop
keep_header(ds_line *line, ds_view text)
{
    for (size_t i = 0; i < DS_HTTP_WANTED; i++) {
        const char *name = line->request->want[i];
        ds_buf *got = &line->reply->got[i];
        ds_view value;

        if (!name || !header_is(text, name, &value))
            continue;
        if (got->p)
            return DS_STOP_HEADER;
        ds_buf_add(got, value.p, value.n);
        if (got->nomem)
            return DS_STOP_NOMEM;
    }
    return DS_STOP_NONE;
}

/* A status line, a header, or the empty line that ends them; of an interim
 * answer (1xx) too, and of a trailer. */
size_t
ds_line_take_header(char *p, size_t size, size_t n, void *user)
{
    ds_line *line = user;
    ds_view text = ds_view_of(p, size * n);
    long status = 0;
    ds_stop why;

    line->head_bytes += text.n;
    if (line->head_bytes > DS_MAX_HTTP_HEAD)
        return stop(line, DS_STOP_HEAD);
    if (line->head_done)
        return text.n;
    if (text.n > 0 && text.p[0] != '\r' && text.p[0] != '\n') {
        why = keep_header(line, text);
        return why == DS_STOP_NONE ? text.n : stop(line, why);
    }
    curl_easy_getinfo(line->easy, CURLINFO_RESPONSE_CODE, &status);
    line->reply->status = status < 0 || status > 999 ? 0 : (uint32_t)status;
    line->head_done = status >= 200;
    for (size_t i = 0; !line->head_done && i < DS_HTTP_WANTED; i++)
        ds_buf_free(&line->reply->got[i]); /* an interim answer's */
    return text.n;
}

size_t
ds_line_take_body(char *p, size_t size, size_t n, void *user)
{
    ds_line *line = user;
    ds_buf *body = &line->reply->body;
    bool good = line->reply->status / 100 == 2;
    size_t room, taken;

    n *= size;
    room = good ? line->request->max_body : DS_MAX_HTTP_ERROR;
    room = room > body->n ? room - body->n : 0;
    taken = n < room ? n : room;
    ds_buf_add(body, p, taken);
    /* It is libcurl's receive buffer, which libcurl does not wipe. */
    if (line->request->secret)
        ds_wipe(p, n);
    if (body->nomem)
        return stop(line, DS_STOP_NOMEM);
    if (taken < n)
        return stop(line, good ? DS_STOP_BODY : DS_STOP_CUT);
    return n;
}

static CURLcode
set_request(ds_line *line, bool fresh)
{
    const ds_http_request *r = line->request;
    CURL *easy = line->easy;
    int64_t left = r->deadline_ms - ds_http_now_ms();
    long connect_ms = left < line->connect_ms ? (long)left : line->connect_ms;
    CURLcode rc;

    memcpy(line->path, r->path, strlen(r->path) + 1); /* not too long */
    rc = curl_easy_setopt(easy, CURLOPT_URL, line->url);
    /* 0 would be libcurl's own default. */
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(
            easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms > 0 ? connect_ms : 1L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
            r->get ? line->get_headers : line->post_headers);
    if (rc == CURLE_OK && r->get)
        return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(
            easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
    /* Not copied. NULL would make libcurl read standard input. */
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(
            easy, CURLOPT_POSTFIELDS, r->body.n ? (const void *)r->body.p : "");
    return rc;
}

static CURLcode
multi_failed(CURLMcode rc)
{
    return rc == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
}

/* Milliseconds until `until`; 0 if the call is over, and why in line->stop. */
static int
time_left(ds_line *line, int64_t until)
{
    int64_t left = until - ds_http_now_ms();

    if (atomic_load(&line->cancelled))
        line->stop = DS_STOP_CANCELLED;
    else if (left <= 0)
        line->stop = DS_STOP_LATE;
    else
        return left < INT_MAX ? (int)left : INT_MAX;
    return 0;
}

/* Drive the transfer to its end, the deadline, or a cancellation. */
static CURLcode
drive(ds_line *line)
{
    int running = 1, left, in_queue;
    CURLMsg *message;
    CURLMcode rc;

    while ((left = time_left(line, line->request->deadline_ms)) > 0) {
        rc = curl_multi_perform(line->multi, &running);
        if (rc == CURLM_OK && !running)
            break;
        if (rc == CURLM_OK)
            rc = curl_multi_poll(line->multi, NULL, 0, left, NULL);
        if (rc != CURLM_OK)
            return multi_failed(rc);
    }
    if (left == 0)
        return CURLE_ABORTED_BY_CALLBACK;
    message = curl_multi_info_read(line->multi, &in_queue);
    return message ? message->data.result : CURLE_FAILED_INIT;
}

static CURLcode
attempt(ds_line *line, bool fresh)
{
    CURLcode rc;

    line->head_bytes = 0;
    line->head_done = false;
    line->opened = 0;
    line->socket_errno = 0;
    line->stop = DS_STOP_NONE;
    line->text[0] = 0;
    rc = set_request(line, fresh);
    if (rc == CURLE_OK) {
        CURLMcode multi_rc = curl_multi_add_handle(line->multi, line->easy);

        if (multi_rc != CURLM_OK)
            rc = multi_failed(multi_rc);
    }
    if (rc != CURLE_OK)
        return rc;
    rc = drive(line);
    /* Closes the connection if the transfer is not done. */
    curl_multi_remove_handle(line->multi, line->easy);
    return rc;
}

/* Whether the connection of the call before is as it was left. What came since
 * would be taken for the answer to what is sent next. */
static bool
is_clean(const ds_line *line)
{
    for (size_t i = 0; i < DS_LINE_SOCKETS; i++) {
        int fd = line->sockets[i];
        char byte;

        if (fd >= 0 && (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
                           errno != EAGAIN))
            return false;
    }
    return true;
}

/* The connection was an old one and died before it brought anything. Where
 * libcurl notices this itself it opens a fresh one by its own decision. */
static bool
died_early(const ds_line *line, CURLcode rc)
{
    return line->opened == 0 && line->head_bytes == 0 &&
           line->stop == DS_STOP_NONE &&
           (rc == CURLE_SEND_ERROR || rc == CURLE_RECV_ERROR ||
               rc == CURLE_GOT_NOTHING);
}

/* A unix socket refuses at once what its queue of connections has no room for.
 * Libcurl tells this as a failure to connect without an errno. */
static bool
queue_is_full(const ds_line *line, CURLcode rc)
{
    long number = 0;

    curl_easy_getinfo(line->easy, CURLINFO_OS_ERRNO, &number);
    return line->at->socket && rc == CURLE_COULDNT_CONNECT && number == 0 &&
           line->socket_errno == 0 && line->stop == DS_STOP_NONE;
}

/* Try until there is room; nothing has been sent. */
static CURLcode
queue_up(ds_line *line, bool fresh)
{
    int64_t until = ds_http_now_ms() + line->connect_ms;
    CURLcode rc = CURLE_COULDNT_CONNECT;

    if (until > line->request->deadline_ms)
        until = line->request->deadline_ms;
    while (queue_is_full(line, rc) && time_left(line, until) > 0) {
        CURLMcode multi_rc =
            curl_multi_poll(line->multi, NULL, 0, QUEUE_MS, NULL);

        rc = multi_rc == CURLM_OK ? attempt(line, fresh)
                                  : multi_failed(multi_rc);
    }
    return rc;
}

int
ds_line_exchange(ds_line *line, const ds_http_request *request,
    ds_http_reply *reply, dstack_error *err)
{
    bool fresh = request->once || !is_clean(line);
    ds_sigpipe pipe;
    CURLcode rc;

    line->request = request;
    line->reply = reply;
    ds_sigpipe_hold(&pipe, line->at->tls);
    /* Libcurl sends a second time on its own only after a used connection. */
    rc = attempt(line, fresh);
    if (!fresh && died_early(line, rc)) {
        fresh = true;
        rc = attempt(line, fresh);
    }
    if (queue_is_full(line, rc))
        rc = queue_up(line, fresh);
    ds_sigpipe_release(&pipe);
    return ds_line_judge(line, rc, err);
}
