/* SPDX-License-Identifier: Apache-2.0
 * What a call of the client costs beside a bare HTTP exchange of the same
 * request over the same socket:
 *     client SOCKET_PATH [--check]
 * Wall time of one thread, median of many, the two in turn. --check: exit 1
 * when the bar of 1.5 is missed. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <dstack/dstack.h>

#include "bench/measure.h"

#define ROUNDS 3000
#define BAR 1.5

static double
now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
connect_to(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    if (s < 0 || connect(s, (struct sockaddr *)&at, sizeof at) != 0) {
        perror(path);
        exit(2);
    }
    return s;
}

/* The least that an HTTP client does: write, read the head, read the body. */
static bool
bare(int s, const char *method, const char *body)
{
    char text[8192];
    size_t n = 0;
    char *end, *length;
    int sent = snprintf(text, sizeof text,
        "POST /%s HTTP/1.1\r\nHost: dstack\r\nContent-Type: "
        "application/json\r\nContent-Length: %zu\r\n\r\n%s",
        method, strlen(body), body);

    if (write(s, text, (size_t)sent) != sent)
        return false;
    for (;;) {
        ssize_t got = read(s, text + n, sizeof text - 1 - n);

        if (got <= 0)
            return false;
        n += (size_t)got;
        text[n] = 0;
        end = strstr(text, "\r\n\r\n");
        length = end ? strcasestr(text, "content-length:") : NULL;
        if (length &&
            n >= (size_t)(end + 4 - text) + strtoul(length + 15, NULL, 10))
            return strncmp(text, "HTTP/1.1 200", 12) == 0;
    }
}

static bool
call_version(const dstack_client *client)
{
    char *version = NULL;
    bool good =
        dstack_client_version(client, &version, NULL, NULL) == DSTACK_OK;

    dstack_free(version);
    return good;
}

static bool
call_key(const dstack_client *client)
{
    dstack_key *key = NULL;
    bool good = dstack_client_get_key(client, "bench", "p",
                    DSTACK_KEY_SECP256K1, &key, NULL) == DSTACK_OK;

    dstack_key_free(key);
    return good;
}

static bool
one_call(const char *path, const dstack_client *client, const char *method,
    const char *body, bool (*call)(const dstack_client *))
{
    static double ours[ROUNDS], theirs[ROUNDS];
    int s = connect_to(path);
    double a, b;

    for (size_t i = 0; i < ROUNDS; i++) {
        double t0 = now_us(), t1, t2;
        bool good = bare(s, method, body);

        t1 = now_us();
        good = call(client) && good;
        t2 = now_us();
        if (!good) {
            fprintf(stderr, "%s: a call failed\n", method);
            exit(2);
        }
        theirs[i] = t1 - t0;
        ours[i] = t2 - t1;
    }
    (void)close(s);
    a = measure_median(ours, ROUNDS);
    b = measure_median(theirs, ROUNDS);
    printf("%-10s %8.1f us   bare %8.1f us   %5.2f bare   bar: %.1f %s\n",
        method, a, b, a / b, BAR, a / b < BAR ? "met" : "MISSED");
    return a / b < BAR;
}

int
main(int argc, char **argv)
{
    dstack_client *client = NULL;
    dstack_error err;
    bool met;

    if (argc < 2)
        return 2;
    if (dstack_client_new(&client, &err) != DSTACK_OK ||
        dstack_client_set_endpoint(client, argv[1], &err) != DSTACK_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    if (!call_key(client)) /* the probe is not what is measured */
        return 2;
    met = one_call(argv[1], client, "Version", "{}", call_version);
    met = one_call(argv[1], client, "GetKey",
              "{\"path\":\"bench\",\"purpose\":\"p\",\"algorithm\":"
              "\"secp256k1\"}",
              call_key) &&
          met;
    dstack_client_free(client);
    return argc > 2 && strcmp(argv[2], "--check") == 0 && !met;
}
