/* SPDX-License-Identifier: Apache-2.0 */
/* keychain [--check]: key chains verified, beside two recoveries by the library
 * below, which a chain cannot do without. --check: exit 1 at 1.5 times as much
 * or more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <dstack/dstack.h>

#include "bench/measure.h"

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
set_up(void)
{
    dstack_error err;

    for (int i = 0; i < COUNT; i++)
        for (size_t k = 0; k < strlen(texts[i]) / 2; k++) {
            const char two[3] = {texts[i][2 * k], texts[i][2 * k + 1], 0};

            bytes[i][k] = (unsigned char)strtoul(two, NULL, 16);
        }
    measure_need(
        dstack_kms_trust_new(bytes[APP_ID], 20, &trust, &err), "trust", &err);
    measure_need(
        dstack_kms_trust_add_root(trust, bytes[ROOT], 33, &err), "root", &err);
}

static void
chain(void)
{
    dstack_error err;

    measure_need(dstack_keychain_verify_v0(trust, bytes[KEY], 33,
                     (const unsigned char *)"signing", 7, bytes[APP_LINK], 65,
                     bytes[KMS_LINK], 65, NULL, &err),
        "chain", &err);
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
            measure_die("a recovery failed");
    }
}

enum {
    RAW,
    CHAIN,
    FIGURES
};

static measure_figure figure[FIGURES] = {
    [RAW] = {.name = "two raw recoveries", .run = two_recoveries},
    [CHAIN] = {.name = "key chain", .run = chain},
};

int
main(int argc, char **argv)
{
    int check = argc > 1 && strcmp(argv[1], "--check") == 0;
    int missed;

    set_up();
    measure(figure, FIGURES);
    measure_print(&figure[RAW], &figure[RAW], 0);
    missed = measure_print(&figure[CHAIN], &figure[RAW], BAR);
    dstack_kms_trust_free(trust);
    return check && missed;
}
