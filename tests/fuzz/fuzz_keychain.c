/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "dstack/dstack.h"
#include "fuzz/fuzz.h"

/* Two links of 65 bytes, a key of 33 or 32, and a purpose, in this order; what
 * is cut off is empty. One chain is accepted, the one that the KMS made with its
 * key of the secret 2 for the purpose "fuzz"; discovery agrees with the report. */

enum {
    LINK = 65
};

static size_t
take(const uint8_t **data, size_t *size, size_t n, const uint8_t **ret)
{
    n = n < *size ? n : *size;
    *ret = *data;
    *data += n;
    *size -= n;
    return n;
}

static dstack_kms_trust *
trusted(void)
{
    /* 2 * G: whose secret everybody knows; the corpus has links by it. */
    static const uint8_t root[33] = {0x02, 0xc6, 0x04, 0x7f, 0x94, 0x41, 0xed,
        0x7d, 0x6d, 0x30, 0x45, 0x40, 0x6e, 0x95, 0xc0, 0x7c, 0xd8, 0x5c, 0x77,
        0x8e, 0x4b, 0x8c, 0xef, 0x3c, 0xa7, 0xab, 0xac, 0x09, 0xb9, 0x5c, 0x70,
        0x9e, 0xe5};
    static const uint8_t id[20] = {0xab};
    static dstack_kms_trust *trust;

    if (!trust && (dstack_kms_trust_new(id, 20, &trust, NULL) != 0 ||
                      dstack_kms_trust_add_root(trust, root, 33, NULL) != 0))
        abort();
    return trust;
}

static void
check_discovery(const dstack_keychain_report *r, const uint8_t *key, size_t n,
    const uint8_t *purpose, size_t purpose_len, const uint8_t *app,
    size_t app_len, const uint8_t *kms, size_t kms_len)
{
    static const uint8_t id[20] = {0xab};
    const uint8_t *root = dstack_keychain_report_kms_root(r, NULL);
    uint8_t a[33], m[33];
    int rc = dstack_keychain_discover_v0(id, 20, key, n, purpose, purpose_len,
        app, app_len, kms, kms_len, a, m, NULL);

    if (kms_len != 0 && (rc == 0) != (root != NULL))
        abort();
    if (rc == 0 && memcmp(a, dstack_keychain_report_app_root(r, NULL), 33) != 0)
        abort();
    if (rc == 0 && root && memcmp(m, root, 33) != 0)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *app, *kms, *key, *purpose;
    size_t app_len = take(&data, &size, LINK, &app);
    size_t kms_len = take(&data, &size, LINK, &kms);
    size_t n = take(&data, &size, size > 0 && data[0] < 4 ? 33 : 32, &key);
    size_t purpose_len = take(&data, &size, size, &purpose);
    dstack_keychain_report *r = NULL;
    dstack_error err;
    int rc = dstack_keychain_verify_v0(trusted(), key, n, purpose, purpose_len,
        app, app_len, kms, kms_len, &r, &err);

    if (err.code != rc || !r ||
        dstack_keychain_report_is_accepted(r) != (rc == 0) ||
        dstack_keychain_report_reason(r) != err.reason)
        abort();
    if (rc == 0 && (purpose_len != 4 || memcmp(purpose, "fuzz", 4) != 0))
        abort();
    check_discovery(
        r, key, n, purpose, purpose_len, app, app_len, kms, kms_len);
    dstack_keychain_report_free(r);
    return 0;
}
