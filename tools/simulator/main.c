/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/json_write.h"
#include "options.h"

/* A file that is read whole is not longer. */
#define MAX_FILE ((size_t)16 << 20)

/* Appends the file's bytes; nothing when path is NULL. */
static bool
read_file(const char *path, ds_buf *out)
{
    uint8_t part[2048];
    FILE *f;
    size_t n;
    bool ok;

    if (!path)
        return true;
    f = fopen(path, "rb");
    if (!f) {
        sim_complain(SIM_NOT_STARTED, "%s: %s", path, strerror(errno));
        return false;
    }
    while ((n = fread(part, 1, sizeof part, f)) != 0)
        ds_buf_add(out, part, n);
    ds_wipe(part, sizeof part);
    ok = !ferror(f) && !out->bad && !out->nomem;
    if (!ok)
        sim_complain(SIM_NOT_STARTED, "%s: %s", path,
            out->bad ? "larger than 16 MiB" : "cannot be read");
    fclose(f);
    ds_buf_add(out, NULL, 0); /* an empty file is a file */
    return ok;
}

static bool
make_guest(const sim_options *o, sim_guest **ret)
{
    ds_buf compose, keys, attestation, sys_config;
    sim_config config = {0};
    sim_error err = {0, ""};
    bool ok = false;

    ds_buf_init(&compose, MAX_FILE);
    ds_buf_init_secret(&keys, MAX_FILE);
    ds_buf_init(&attestation, MAX_FILE);
    ds_buf_init(&sys_config, MAX_FILE);
    if (!read_file(o->app_compose, &compose) ||
        !read_file(o->app_keys, &keys) ||
        !read_file(o->attestation, &attestation) ||
        !read_file(o->sys_config, &sys_config))
        goto out;
    config.seed = o->seed;
    config.state_dir = o->state;
    config.now = (int64_t)time(NULL);
    config.os = o->os;
    config.app_compose = ds_view_of(compose.p, compose.n);
    config.app_id = o->app_id;
    config.instance_id = o->instance_id;
    config.provider = o->provider;
    config.gpus = o->gpus;
    config.app_keys = ds_view_of(keys.p, keys.n);
    config.attestation = ds_view_of(attestation.p, attestation.n);
    config.sys_config = ds_view_of(sys_config.p, sys_config.n);
    ok = sim_guest_new(&config, ret, &err) == 0;
    if (!ok)
        sim_complain(SIM_NOT_STARTED, "%s", err.text);
out:
    ds_buf_free(&compose);
    ds_buf_free(&keys);
    ds_buf_free(&attestation);
    ds_buf_free(&sys_config);
    return ok;
}

/* One line: what was opened, and as what. */
static bool
say_ready(const sim_server *s, const sim_options *o)
{
    char *text = NULL;
    size_t n;
    ds_jw w;
    bool ok;

    ds_jw_init(&w, SIM_MAX_ANSWER);
    ds_jw_object(&w, NULL);
    ds_jw_bool(&w, "ready", true);
    ds_jw_text(&w, "os", sim_os_name(o->os));
    for (int kind = 0; kind < LISTEN_KINDS; kind++) {
        ds_jw_array(&w, sim_listen_names[kind]);
        for (size_t i = 0; i < s->listener_n; i++)
            if (s->listeners[i].kind == kind)
                ds_jw_text(&w, NULL, s->listeners[i].address);
        ds_jw_end(&w);
    }
    if (o->state)
        ds_jw_text(&w, "state", o->state);
    ds_jw_text(&w, "seed", sim_guest_seed(s->guest));
    ds_jw_end(&w);
    ok = ds_jw_take(&w, &text, &n, NULL) == DSTACK_OK;
    ds_jw_free(&w);
    if (ok)
        puts(text);
    ds_free(text);
    ok = ok && fflush(stdout) == 0;
    if (!ok)
        sim_complain(SIM_NOT_STARTED, "cannot say that it is ready");
    return ok;
}

/* Signals wait until they are asked for; threads that are made later inherit
 * that. */
static void
hold_signals(sigset_t *wanted)
{
    sigset_t held;

    sigemptyset(wanted);
    sigaddset(wanted, SIGINT);
    sigaddset(wanted, SIGTERM);
    held = *wanted;
    sigaddset(&held, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &held, NULL);
}

static bool
open_all(sim_server *s, const sim_options *o)
{
    if (pipe(s->stop) != 0) {
        s->stop[0] = s->stop[1] = -1;
        sim_complain(SIM_NOT_STARTED, "pipe: %s", strerror(errno));
        return false;
    }
    for (size_t i = 0; i < s->listener_n; i++)
        if (!sim_listen(&s->listeners[i], o->allow_remote))
            return false;
    return sim_http_start(s);
}

static void
close_all(sim_server *s)
{
    /* Whoever waits for that sees the pipe's end. */
    if (s->stop[1] >= 0)
        close(s->stop[1]);
    sim_http_stop(s);
    for (size_t i = 0; i < s->listener_n; i++)
        sim_unlisten(&s->listeners[i]);
    if (s->stop[0] >= 0)
        close(s->stop[0]);
    sim_guest_free(s->guest);
}

int
main(int argc, char **argv)
{
    static sim_server s = {.stop = {-1, -1}};
    sim_options o;
    sigset_t wanted;
    int number;
    int status = sim_options_parse(argc, argv, &o, &s);

    if (status != SIM_ENDED || o.done)
        return status;
    hold_signals(&wanted);
    status = SIM_NOT_STARTED;
    if (make_guest(&o, &s.guest) && open_all(&s, &o) && say_ready(&s, &o)) {
        sigwait(&wanted, &number);
        status = SIM_ENDED;
    }
    close_all(&s);
    return status;
}
