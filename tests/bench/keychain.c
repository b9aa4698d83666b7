/* SPDX-License-Identifier: Apache-2.0 */
/* keychain [--check]: key chains verified, beside two recoveries by the library
 * below, which a chain cannot do without. CPU time of this thread, the median
 * of 21 interleaved rounds. --check: exit 1 at 1.5 times as much or more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <dstack/dstack.h>

enum {
    ROUNDS = 21,
    TIMES = 200
};
#define BAR 1.5

/* dstack's published vector of a v0 chain. */
static const char *const texts[] = {"a9019d1b2c3d4e5f60718293a4b5c6d7e8f90a1b",
    "0318f228673448772dd4835a82149a9d475db8095234469a8fcc85cfa18b85abbc",
    "03f6e0f232f5eb6f4b118960a80c3939ea947b6dc727215aba43451910f2741bb8",
    "77ae5ea476f00df11938fd1df3a65a4fbd9f92b64c816b9f29ee79a1e4ae74ed"
    "43269a36376b4ed838460ef3b56ba553cefa6e63def4a4487386f783f14295a001",
    "00ac321fbbe6817c5de0720644e936b20046ff1c9226e0558a9c86856e8a1dd0"
    "6bb7a7efae1cf3ec522553c28627ea96c139d5dc9cdd5a1898c2406c074438d800"};
enum {
    APP_ID,
    ROOT,
    KEY,
    APP_LINK,
    KMS_LINK,
    COUNT
};
static unsigned char bytes[COUNT][65];
static dstack_kms_trust *trust;

static void
die(const char *what)
{
    fprintf(stderr, "keychain: %s\n", what);
    exit(1);
}

static void
set_up(void)
{
    dstack_error err;

    for (int i = 0; i < COUNT; i++)
        for (size_t k = 0; k < strlen(texts[i]) / 2; k++) {
            const char two[3] = {texts[i][2 * k], texts[i][2 * k + 1], 0};

            bytes[i][k] = (unsigned char)strtoul(two, NULL, 16);
        }
    if (dstack_kms_trust_new(bytes[APP_ID], 20, &trust, &err) != DSTACK_OK ||
        dstack_kms_trust_add_root(trust, bytes[ROOT], 33, &err) != DSTACK_OK)
        die(err.message);
}

static void
chain(void)
{
    dstack_error err;

    if (dstack_keychain_verify_v0(trust, bytes[KEY], 33,
            (const unsigned char *)"signing", 7, bytes[APP_LINK], 65,
            bytes[KMS_LINK], 65, NULL, &err) != DSTACK_OK)
        die(err.message);
}

static void
two_recoveries(void)
{
    for (int i = APP_LINK; i <= KMS_LINK; i++) {
        secp256k1_ecdsa_recoverable_signature sig;
        secp256k1_pubkey key;

        if (!secp256k1_ecdsa_recoverable_signature_parse_compact(
                secp256k1_context_static, &sig, bytes[i], bytes[i][64]) ||
            !secp256k1_ecdsa_recover(
                secp256k1_context_static, &key, &sig, bytes[KEY]))
            die("a recovery failed");
    }
}

static double
seconds(void (*run)(void))
{
    struct timespec a, b;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    for (int i = 0; i < TIMES; i++)
        run();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    return ((double)(b.tv_sec - a.tv_sec) +
               (double)(b.tv_nsec - a.tv_nsec) / 1e9) /
           TIMES;
}

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
    double ours[ROUNDS], raw[ROUNDS], ratio;
    int check = argc > 1 && strcmp(argv[1], "--check") == 0;

    set_up();
    for (int i = 0; i < ROUNDS; i++) {
        ours[i] = seconds(chain);
        raw[i] = seconds(two_recoveries);
    }
    qsort(ours, ROUNDS, sizeof ours[0], ascending);
    qsort(raw, ROUNDS, sizeof raw[0], ascending);
    ratio = ours[ROUNDS / 2] / raw[ROUNDS / 2];
    printf("key chain            %8.1f us  %8.0f /s\n", ours[ROUNDS / 2] * 1e6,
        1 / ours[ROUNDS / 2]);
    printf("two raw recoveries   %8.1f us  %8.0f /s\n", raw[ROUNDS / 2] * 1e6,
        1 / raw[ROUNDS / 2]);
    printf("ratio                %8.2f     bar %.1f: %s\n", ratio, BAR,
        ratio < BAR ? "met" : "missed");
    dstack_kms_trust_free(trust);
    return check && ratio >= BAR;
}
