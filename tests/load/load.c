/* SPDX-License-Identifier: Apache-2.0
 * Many threads on one client: every call succeeds, a key is always the same
 * one, and no descriptor is left behind.
 *     load ENDPOINT THREADS CALLS */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dstack/dstack.h>

static dstack_client *client;
static atomic_long left;
static atomic_long failed;
static uint8_t expected[32];

static void
complain(const char *what, const char *why)
{
    if (atomic_fetch_add(&failed, 1) < 10)
        fprintf(stderr, "%s: %s\n", what, why);
}

static void
one_key(void)
{
    dstack_key *key = NULL;
    dstack_error err;
    size_t n;

    if (dstack_client_get_key(
            client, "load", "p", DSTACK_KEY_SECP256K1, &key, &err) != DSTACK_OK)
        complain("GetKey", err.message);
    else if (memcmp(dstack_key_secret(key, &n), expected, 32) != 0)
        complain("GetKey", "another key");
    dstack_key_free(key);
}

static void
one_quote(long number)
{
    dstack_quote_reply *reply = NULL;
    dstack_error err;
    uint8_t data[64] = {0};

    (void)snprintf((char *)data, sizeof data, "call %ld", number);
    /* The client compares the report data itself. */
    if (dstack_client_get_quote(client, data, sizeof data, &reply, &err) !=
        DSTACK_OK)
        complain("GetQuote", err.message);
    dstack_quote_reply_free(reply);
}

static void
one_info(void)
{
    dstack_info *info = NULL;
    dstack_error err;

    if (dstack_client_info(client, &info, &err) != DSTACK_OK)
        complain("Info", err.message);
    dstack_info_free(info);
}

static void *
work(void *unused)
{
    long number;

    while ((number = atomic_fetch_sub(&left, 1)) > 0) {
        if (number % 50 == 0)
            one_quote(number);
        else if (number % 50 == 1)
            one_info();
        else
            one_key();
    }
    return unused;
}

static int
descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (dir && readdir(dir))
        n++;
    if (dir)
        (void)closedir(dir);
    return n;
}

int
main(int argc, char **argv)
{
    pthread_t thread[256];
    dstack_key *key = NULL;
    dstack_error err;
    int threads, before, idle, after;
    size_t n;

    if (argc != 4)
        return 2;
    threads = (int)strtol(argv[2], NULL, 10);
    left = strtol(argv[3], NULL, 10);
    if (threads < 1 || threads > 256)
        return 2;
    before = descriptors();
    if (dstack_client_new(&client, &err) != DSTACK_OK ||
        dstack_client_set_endpoint(client, argv[1], &err) != DSTACK_OK ||
        dstack_client_get_key(client, "load", "p", DSTACK_KEY_SECP256K1, &key,
            &err) != DSTACK_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    memcpy(expected, dstack_key_secret(key, &n), 32);
    dstack_key_free(key);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, work, NULL) != 0)
            return 2;
    for (int i = 0; i < threads; i++)
        (void)pthread_join(thread[i], NULL);
    idle = descriptors();
    dstack_client_free(client);
    after = descriptors();
    printf("%s calls in %d threads, %ld failed; descriptors: %d before, %d "
           "with idle connections, %d after\n",
        argv[3], threads, (long)failed, before, idle, after);
    return failed != 0 || after != before;
}
