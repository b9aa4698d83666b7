/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dstack/dstack.h"
#include "fuzz/fuzz.h"

/* Any bytes as an identity. One that parses is written and read back the same;
 * the verdict on its key chains is that of the chains' own verifier on each
 * key, and yes of none but published keys; and without collateral no verdict on
 * its evidence is yes. */

/* The recorded simulator (guest-agent.md 7.4): its KMS and its app; the corpus
 * has these keys of it, two of v0 and two of v1, with their chains. */
#define ROOT \
    "0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6"
#define APP_ID "5bb4ff9a3837357f19dc176407a5709c62eb6c56"
static const char *const published[] = {
    "c44343eb0e365d78ce908790834a24621e489af0e91cf2f123daf28cf74aed20",
    "027458ba47c31272b5076edebdc1ecdaedef806b10d76dd0a209cbd1fa14a3f9cf",
    "51cf9f2ede324bebdb827807091a2649cd30230abd3550d6f1303edceda42776",
    "02bc3a78e1c1f5d94c2580dd06678ec48ae362aeed00906dbea5aa4d34713c240c"};

static dstack_kms_trust *
trusted(void)
{
    static dstack_kms_trust *trust;
    uint8_t id[20], root[33];

    if (!trust &&
        (!ds_hex_decode(ds_view_str(APP_ID), id, 20) ||
            !ds_hex_decode(ds_view_str(ROOT), root, 33) ||
            dstack_kms_trust_new(id, 20, &trust, NULL) != DSTACK_OK ||
            dstack_kms_trust_add_root(trust, root, 33, NULL) != DSTACK_OK))
        abort();
    return trust;
}

static void
write_and_read(const dstack_identity *id)
{
    dstack_identity *again = NULL;
    char *first = NULL, *second = NULL;
    size_t n;

    if (dstack_identity_to_json(id, &first, &n, NULL) != DSTACK_OK ||
        dstack_identity_parse((const uint8_t *)first, n, &again, NULL) !=
            DSTACK_OK ||
        dstack_identity_to_json(again, &second, NULL, NULL) != DSTACK_OK ||
        strcmp(first, second) != 0)
        abort();
    dstack_free(first);
    dstack_free(second);
    dstack_identity_free(again);
}

static bool
is_published(const uint8_t *key, size_t n)
{
    char hex[67];

    ds_hex_encode(ds_view_of(key, n), hex);
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (strcmp(hex, published[i]) == 0)
            return true;
    return false;
}

/* By the getters alone: the verdict on one key's chain. */
static int
judge_key(const dstack_identity *id, size_t i)
{
    size_t n, app_len, kms_len;
    const uint8_t *key = dstack_identity_key(id, i, &n);
    const uint8_t *app = dstack_identity_link(id, i, 0, &app_len);
    const uint8_t *kms = dstack_identity_link(id, i, 1, &kms_len);
    const char *path = dstack_identity_key_path(id, i);
    const char *purpose = dstack_identity_key_purpose(id, i);

    if (dstack_identity_key_scheme(id, i) == DSTACK_SCHEME_V1)
        return dstack_keychain_verify_v1(trusted(), key, n,
            (const uint8_t *)path, strlen(path), app, app_len, kms, kms_len,
            dstack_identity_key_algorithm(id, i), NULL, NULL);
    if (dstack_identity_key_scheme(id, i) == DSTACK_SCHEME_V0)
        return dstack_keychain_verify_v0(trusted(), key, n,
            (const uint8_t *)purpose, strlen(purpose), app, app_len, kms,
            kms_len, NULL, NULL);
    return DSTACK_ERR_PARSE;
}

/* What must be said of a key. One without a scheme is refused, and a v1 key
 * without a path may be where the empty domain would do. */
static void
check_key(const dstack_identity *id, const dstack_identity_chains *chains,
    size_t i, uint32_t need)
{
    int result = dstack_identity_chains_result(chains, i);
    int reason = dstack_identity_chains_reason(chains, i);
    uint32_t scheme = dstack_identity_key_scheme(id, i);
    size_t n;
    const uint8_t *key = dstack_identity_key(id, i, &n);

    if ((result == DSTACK_CHECK_FAILED) != (reason != 0))
        abort();
    if (dstack_identity_link_count(id, i) == 0) {
        if (result != (need == DSTACK_CHAINS_REQUIRED ? DSTACK_CHECK_FAILED
                                                      : DSTACK_CHECK_NOT_RUN))
            abort();
    } else if (reason == DSTACK_REASON_IDENTITY_CHAIN_ORIGIN) {
        if (scheme == DSTACK_SCHEME_V0 ||
            (scheme == DSTACK_SCHEME_V1 &&
                *dstack_identity_key_path(id, i) != 0))
            abort();
    } else if ((result == DSTACK_CHECK_PASSED) !=
                   (judge_key(id, i) == DSTACK_OK) ||
               dstack_keychain_report_is_accepted(dstack_identity_chains_report(
                   chains, i)) != (result == DSTACK_CHECK_PASSED)) {
        abort();
    }
    if (result == DSTACK_CHECK_PASSED && !is_published(key, n))
        abort();
}

static int
judge(const dstack_identity *id, uint32_t need)
{
    dstack_identity_chains *chains = NULL;
    dstack_error err;
    int rc = dstack_identity_verify_chains(id, trusted(), need, &chains, &err);
    int first = DSTACK_REASON_NONE;

    if (!chains || err.code != rc)
        abort();
    for (size_t i = 0; i < dstack_identity_key_count(id); i++) {
        check_key(id, chains, i, need);
        if (first == DSTACK_REASON_NONE)
            first = dstack_identity_chains_reason(chains, i);
    }
    if (err.reason != first || (rc == DSTACK_OK) != (first == 0))
        abort();
    dstack_identity_chains_free(chains);
    return rc;
}

static void
judge_all(const dstack_identity *id)
{
    static dstack_verifier *verifier;
    dstack_identity_chains *chains = NULL;
    dstack_peer *peer = NULL;
    dstack_error err;
    int rc;

    if (!verifier && dstack_verifier_new(&verifier, NULL) != DSTACK_OK)
        abort();
    rc = dstack_identity_verify_with_chains(id, verifier, NULL, NULL, trusted(),
        DSTACK_CHAINS_ACCEPT_NONE, 1790000000, &peer, NULL, &chains, &err);
    if (rc == DSTACK_OK || err.code != rc || peer || chains)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dstack_identity *id = NULL;
    dstack_error err;
    int rc = dstack_identity_parse(data, size, &id, &err);

    if (err.code != rc || (rc == DSTACK_OK) != (id != NULL))
        abort();
    if (!id)
        return 0;
    write_and_read(id);
    if (judge(id, DSTACK_CHAINS_REQUIRED) == DSTACK_OK &&
        judge(id, DSTACK_CHAINS_ACCEPT_NONE) != DSTACK_OK)
        abort();
    (void)judge(id, DSTACK_CHAINS_ACCEPT_NONE);
    judge_all(id);
    dstack_identity_free(id);
    return 0;
}
