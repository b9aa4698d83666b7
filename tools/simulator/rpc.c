/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc.h"

ds_view
sim_method_name(int surface, ds_view method)
{
    const char *prefix = sim_surfaces[surface].prefix;
    size_t n = prefix ? strlen(prefix) : 0;

    while (n != 0 && method.n >= n && memcmp(method.p, prefix, n) == 0)
        method = ds_view_of(method.p + n, method.n - n);
    return method;
}

const sim_method *
sim_method_find(int surface, int os, ds_view name)
{
    const sim_method *m = sim_surfaces[surface].methods;

    while (
        m->name && ((m->os & 1u << os) == 0 || !ds_view_eq_str(name, m->name)))
        m++;
    return m->name ? m : NULL;
}

/* ---- errors -------------------------------------------------------------- */

/* How much of an error's text is context to what follows it: up to 0.5.5 the
 * agents showed causes on lines of their own. */
static size_t
context(const char *text)
{
    const char *colon = strstr(text, ": ");

    if (!colon || (strncmp(text, "Failed to ", 10) != 0 &&
                      strncmp(text, "failed to read data", 19) != 0))
        return 0;
    return (size_t)(colon - text);
}

static void
add_chain(const char *text, ds_buf *out)
{
    size_t n = context(text);
    bool several;

    if (n == 0) {
        ds_buf_add_str(out, text);
        return;
    }
    ds_buf_add(out, text, n);
    ds_buf_add_str(out, "\n\nCaused by:\n");
    text += n + 2;
    several = context(text) != 0;
    for (char number = '0';; number++) {
        n = context(text);
        ds_buf_add_str(out, "    ");
        if (several) {
            ds_buf_add_u8(out, (uint8_t)number);
            ds_buf_add_str(out, ": ");
        }
        ds_buf_add(out, text, n != 0 ? n : strlen(text));
        if (n == 0)
            break;
        ds_buf_add_u8(out, '\n');
        text += n + 2;
    }
}

static void
fail(int os, int status, bool json, const char *text, sim_reply *reply)
{
    ds_buf whole;

    ds_buf_init(&whole, SIM_MAX_ANSWER);
    if (os <= SIM_OS_0_5_5)
        add_chain(text, &whole);
    else
        ds_buf_add_str(&whole, text);
    reply->status = status;
    reply->json = json;
    ds_buf_cut(&reply->body, 0);
    if (json) {
        ds_buf_add_str(&reply->body, "{\n  \"error\": ");
        sim_json_string(ds_view_of(whole.p, whole.n), &reply->body);
        ds_buf_add_str(&reply->body, "\n}");
    } else {
        sim_proto_field(1, ds_view_of(whole.p, whole.n), &reply->body);
    }
    reply->body.nomem |= whole.nomem;
    ds_buf_free(&whole);
}

static void
fail_unknown(int os, bool json, ds_view name, sim_reply *reply)
{
    ds_buf text;

    if (os == SIM_OS_0_3_6) {
        fail(os, 404, json, "method Not Found", reply);
        return;
    }
    ds_buf_init(&text, SIM_MAX_BODY);
    ds_buf_add_str(&text, "Service not found: ");
    ds_buf_add(&text, name.p, name.n);
    fail(os, os == SIM_OS_0_6_0 ? 404 : 400, json,
        text.p ? (const char *)text.p : "", reply);
    reply->body.nomem |= text.nomem;
    ds_buf_free(&text);
}

/* ---- calls --------------------------------------------------------------- */

static bool
decode(const sim_request *r, bool json, sim_message *in, sim_error *err)
{
    if (r->get)
        return sim_query_read(r->query, in, err);
    if (json)
        return sim_json_read(r->body, in, err);
    return sim_proto_read(r->body, in, err);
}

static void
encode(const sim_message *out, sim_bender *bender, void *user, sim_reply *reply)
{
    sim_bend bend = {0, NULL, 0};
    bool bent = reply->json && bender && bender(user, out, &bend);

    reply->status = 200;
    if (reply->json)
        sim_json_write(out, bent ? &bend : NULL, &reply->body);
    else
        sim_proto_write(out, &reply->body);
}

void
sim_rpc(sim_guest *g, int64_t now, const sim_request *r, sim_bender *bender,
    void *user, sim_reply *reply)
{
    int os = sim_guest_os(g);
    ds_view name = sim_method_name(r->surface, r->method);
    const sim_method *m = sim_method_find(r->surface, os, name);
    sim_message in, out;
    sim_error err = {0, ""};
    sim_call call = {g, now, false, &in, &out, &err};

    memset(reply, 0, sizeof *reply);
    ds_buf_init_secret(&reply->body, SIM_MAX_ANSWER);
    if (r->too_long) {
        /* Before the body was looked at: in the form that the flag asks. */
        fail(os, os == SIM_OS_0_6_0 ? 413 : 400, r->json_flag,
            "failed to read data: payload too large", reply);
        return;
    }
    reply->json = r->json_flag || r->json_type;
    if (os == SIM_OS_0_3_6 && name.n == r->method.n)
        m = NULL;
    if (!m) {
        fail_unknown(
            os, reply->json, os == SIM_OS_0_3_6 ? r->method : name, reply);
        return;
    }
    call.external = r->surface == SIM_WORKER || r->surface == SIM_WORKER_V1;
    sim_message_init(&in, m->in, os);
    sim_message_init(&out, m->out, os);
    if (!decode(r, reply->json, &in, &err) || !m->run(&call))
        fail(os, err.code == SIM_REFUSED ? 400 : 500, reply->json, err.text,
            reply);
    else
        encode(&out, bender, user, reply);
    if (!sim_message_ok(&out) || reply->body.bad || reply->body.nomem) {
        ds_buf_free(&reply->body);
        fail(os, 500, reply->json, "no memory for the answer", reply);
    }
    sim_message_free(&in);
    sim_message_free(&out);
}
