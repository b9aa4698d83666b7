/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/rpc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/http.h"

/* ---- a request ---------------------------------------------------------- */

static int
fail_status(dstack_error *err, int code, uint32_t status)
{
    err->origin = DSTACK_ORIGIN_HTTP;
    err->detail = status;
    return code;
}

static int
fail_refused(
    ds_call *c, const ds_method *m, uint32_t status, const ds_refusal *refusal)
{
    if (refusal->not_found) {
        (void)ds_fail(c->err, DSTACK_ERR_UNSUPPORTED,
            "%s: there is no such method at the endpoint (HTTP %u%s%s); it "
            "needs dstack %s or later",
            m->name, (unsigned)status, refusal->text[0] ? ": " : "",
            refusal->text, m->since);
        return fail_status(c->err, DSTACK_ERR_UNSUPPORTED, status);
    }
    (void)ds_fail(c->err, DSTACK_ERR_AGENT,
        "%s: the agent answered HTTP %u%s%s", m->name, (unsigned)status,
        refusal->text[0] ? ": " : " without a text", refusal->text);
    return fail_status(c->err, DSTACK_ERR_AGENT, status);
}

static int
read_refusal(ds_call *c, const ds_method *m, const ds_http_reply *reply)
{
    ds_refusal refusal;
    ds_view body = ds_view_of(reply->body.p, reply->body.n);

    if (reply->status < 400 || reply->status > 599)
        return fail_status(c->err,
            ds_fail(c->err, DSTACK_ERR_PROTOCOL,
                "%s: expected HTTP 200, or 400 to 599 with an error; found %u",
                m->name, (unsigned)reply->status),
            reply->status);
    if (ds_refusal_read(reply->status, body, &refusal) != DSTACK_OK)
        return ds_fail_nomem(c->err);
    return fail_refused(c, m, reply->status, &refusal);
}

/* An error in the clothes of a success: {"error": ...} and not what was asked
 * for. */
static int
check_error_member(ds_call *c, const ds_answer *a)
{
    ds_refusal refusal;
    ds_jv error = ds_json_get(a->json, 0, "error");
    int type = ds_json_type(a->json, error);

    /* An empty text is the member of that name of an answer to Health. */
    if ((type != DS_JSON_STRING && type != DS_JSON_OBJECT) ||
        (type == DS_JSON_STRING && ds_json_raw(a->json, error).n == 2) ||
        (a->method->member &&
            ds_json_get(a->json, 0, a->method->member) != DS_JSON_NONE))
        return DSTACK_OK;
    if (ds_refusal_of_json(a->json, error, &refusal) != DSTACK_OK)
        return ds_fail_nomem(c->err);
    refusal.not_found = false;
    return fail_refused(c, a->method, 200, &refusal);
}

static int
read_answer(ds_call *c, ds_answer *a)
{
    int type;
    int rc = ds_json_parse(
        ds_view_of(a->body.p, a->body.n), "answer", &a->json, c->err);

    if (rc != DSTACK_OK)
        return ds_answer_end(a, rc, c->err);
    type = ds_json_type(a->json, 0);
    /* An answer without members is null. */
    if (!a->method->member && type == DS_JSON_NULL)
        return DSTACK_OK;
    rc = ds_json_expect(a->json, 0, DS_JSON_OBJECT, c->err);
    if (rc != DSTACK_OK)
        return ds_answer_end(a, rc, c->err);
    return check_error_member(c, a);
}

static int
exchange(ds_call *c, ds_view body, bool once, ds_answer *ret)
{
    const ds_method *m = ret->method;
    ds_http_request request = {.path = m->path,
        .body = body,
        .once = once,
        .secret = m->secret,
        .max_body = m->max_answer,
        .deadline_ms = c->deadline_ms};
    ds_http_reply reply;
    int rc;

    rc = ds_http_call(c->http, &request, &reply, c->err);
    if (rc != DSTACK_OK) {
        ds_err_prefix(c->err, m->name);
    } else if (reply.status != 200) {
        rc = read_refusal(c, m, &reply);
    } else {
        ret->body = reply.body;
        memset(&reply.body, 0, sizeof reply.body);
        rc = read_answer(c, ret);
    }
    ds_http_reply_free(&reply);
    return rc;
}

static int
send_request(
    ds_call *c, int method, ds_request *request, bool once, ds_answer *ret)
{
    ds_view body = ds_view_str("{}");

    memset(ret, 0, sizeof *ret);
    ret->method = &ds_methods[method];
    if (request) {
        if (!ds_request_end(request))
            return ds_fail_nomem(c->err);
        body = ds_view_of(request->out.p, request->out.n);
    }
    return exchange(c, body, once, ret);
}

int
ds_rpc(ds_call *c, int method, ds_request *request, ds_answer *ret)
{
    return send_request(c, method, request, false, ret);
}

int
ds_rpc_once(ds_call *c, int method, ds_request *request, ds_answer *ret)
{
    return send_request(c, method, request, true, ret);
}

void
ds_answer_free(ds_answer *a)
{
    ds_json_free(a->json);
    a->json = NULL;
    ds_buf_free(&a->body);
}

/* ---- looking at an answer ----------------------------------------------- */

int
ds_answer_end(const ds_answer *a, int rc, dstack_error *err)
{
    switch (rc) {
    case DSTACK_OK:
    case DSTACK_ERR_NOMEM:
    case DSTACK_ERR_INTERNAL:
    case DSTACK_ERR_AGENT:
    case DSTACK_ERR_UNSUPPORTED:
        return rc;
    default:
        break;
    }
    if (err) {
        err->code = DSTACK_ERR_PROTOCOL;
        err->stage = DSTACK_STAGE_NONE;
        ds_err_prefix(err, a->method->name);
    }
    return DSTACK_ERR_PROTOCOL;
}

int
ds_answer_fail(
    const ds_answer *a, ds_jv v, dstack_error *err, const char *format, ...)
{
    char text[sizeof err->message];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return ds_json_fail(a->json, v, DSTACK_REASON_JSON_RANGE, err, "%s", text);
}

static int
text_of(const ds_answer *a, ds_jv v, ds_buf *out, dstack_error *err)
{
    ds_buf_add(out, NULL, 0);
    return ds_json_string_buf(a->json, v, out, err);
}

int
ds_answer_text(
    const ds_answer *a, const char *name, ds_buf *out, dstack_error *err)
{
    ds_jv v;
    int rc = ds_json_need(a->json, 0, name, &v, err);

    if (rc != DSTACK_OK)
        return rc;
    return text_of(a, v, out, err);
}

int
ds_answer_text_if_any(
    const ds_answer *a, const char *name, ds_buf *out, dstack_error *err)
{
    ds_jv v = ds_json_get(a->json, 0, name);

    if (v == DS_JSON_NONE)
        return DSTACK_OK;
    return text_of(a, v, out, err);
}

int
ds_answer_hex(const ds_answer *a, ds_jv v, ds_buf *out, dstack_error *err)
{
    ds_view text;
    int rc = ds_json_string(a->json, v, SIZE_MAX, &text, err);

    if (rc != DSTACK_OK)
        return rc;
    if (!ds_hex_is(text))
        return ds_answer_fail(a, v, err,
            "expected an even number of hex digits, found %zu characters",
            text.n);
    ds_buf_add(out, NULL, 0);
    (void)ds_hex_decode_buf(text, out);
    if (out->nomem)
        return ds_fail_nomem(err);
    if (out->bad)
        return ds_answer_fail(a, v, err,
            "expected at most %zu bytes, found %zu", out->max, text.n / 2);
    return DSTACK_OK;
}
