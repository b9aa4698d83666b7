/* SPDX-License-Identifier: Apache-2.0 */
/* An https endpoint whose certificate nobody vouches for is no endpoint. The
 * other side is `openssl s_server`. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "dstack/error.h"
#include "net/http.h"

static char dir[] = "/tmp/test_http.XXXXXX";
static pid_t server = -1;
static unsigned port;

/* Runs a command in dir, no longer than this process lives. Its output is
 * what is returned. */
static int
start_command(const char *command, pid_t *child)
{
    int out[2];

    assert_int_equal(pipe(out), 0);
    *child = fork();
    if (*child == 0) {
        int nowhere = open("/dev/null", O_RDWR);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (chdir(dir) != 0 || dup2(nowhere, 0) < 0 || dup2(out[1], 1) < 0 ||
            dup2(nowhere, 2) < 0)
            _exit(127);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    assert_int_not_equal(*child, -1);
    close(out[1]);
    return out[0];
}

static bool
make_certificate(void)
{
    pid_t child;
    int status = 1;
    int fd = start_command("exec openssl req -x509 -newkey ec -pkeyopt "
                           "ec_paramgen_curve:prime256v1 -nodes -keyout key "
                           "-out cert -days 2 -subj /CN=localhost -addext "
                           "subjectAltName=IP:127.0.0.1",
        &child);

    close(fd);
    return waitpid(child, &status, 0) == child && status == 0;
}

/* Leaves port at 0 where there is no openssl. */
static int
start_server(void **state)
{
    char line[128];
    FILE *out;

    (void)state;
    assert_non_null(mkdtemp(dir));
    if (!make_certificate())
        return 0;
    out = fdopen(start_command("exec openssl s_server -accept 127.0.0.1:0 "
                               "-key key -cert cert -www",
                     &server),
        "r");
    assert_non_null(out);
    while (port == 0 && fgets(line, sizeof line, out))
        (void)sscanf(line, "ACCEPT 127.0.0.1:%u", &port);
    fclose(out);
    return 0;
}

static int
stop_server(void **state)
{
    char path[64];

    (void)state;
    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    snprintf(path, sizeof path, "%s/key", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/cert", dir);
    unlink(path);
    rmdir(dir);
    return 0;
}

static void
refuses_what_nobody_vouches_for(void **state)
{
    char endpoint[64], cert[64];
    ds_http *http;

    (void)state;
    if (port == 0)
        skip();
    /* Nor can the environment vouch for it. */
    snprintf(cert, sizeof cert, "%s/cert", dir);
    setenv("CURL_CA_BUNDLE", cert, 1);
    snprintf(endpoint, sizeof endpoint, "https://127.0.0.1:%u", port);
    assert_int_equal(ds_http_new(endpoint, 10000, &http, NULL), DSTACK_OK);
    for (int i = 0; i < 2; i++) {
        ds_http_request request = {.path = "/", .max_body = 100000};
        ds_http_reply reply;
        dstack_error err;

        request.get = i == 0;
        request.deadline_ms = ds_http_now_ms() + 10000;
        assert_int_equal(
            ds_http_call(http, &request, &reply, &err), DSTACK_ERR_IO);
        assert_int_equal(err.origin, DSTACK_ORIGIN_CURL);
        assert_int_equal(err.detail, 60); /* CURLE_PEER_FAILED_VERIFICATION */
        assert_non_null(strstr(err.message, "certificate"));
        assert_int_equal(reply.body.n, 0);
        ds_http_reply_free(&reply);
    }
    ds_http_free(http);
    unsetenv("CURL_CA_BUNDLE");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_nobody_vouches_for),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
