/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/keychain.h"

/* What is refused is in test_attack_keys.c. */

static void
test_known(void **state)
{
    dstack_error err;

    (void)state;
    assert_int_equal(env_key_check(LEGACY_ID, LEGACY_SIGNER, LEGACY_KEY, LEGACY,
                         0, -1, &err),
        DSTACK_OK);
    assert_int_equal(env_key_check(ENV_ID, ENV_SIGNER, ENV_KEY, ENV_SIGNATURE,
                         ENV_TIME, ENV_TIME, &err),
        DSTACK_OK);
}

static void
test_arguments(void **state)
{
    key_bytes id = key_hex(ENV_ID), key = key_hex(ENV_KEY),
              signature = key_hex(ENV_SIGNATURE);
    dstack_kms_trust *trust = NULL;
    dstack_error err;

    (void)state;
    assert_int_equal(dstack_kms_trust_new(id.p, id.n, &trust, &err), DSTACK_OK);
    /* An app root key says nothing of who the KMS is. */
    assert_int_equal(dstack_kms_trust_accept_app_root(
                         trust, key_hex(ENV_SIGNER).p, 33, &err),
        DSTACK_OK);
    assert_int_equal(dstack_env_key_verify(trust, key.p, 32, signature.p, 65,
                         ENV_TIME, ENV_TIME, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(dstack_env_key_verify(NULL, key.p, 32, signature.p, 65,
                         ENV_TIME, ENV_TIME, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_env_key_accept_legacy(trust, NULL, 32, signature.p, 65, &err),
        DSTACK_ERR_ARG);
    assert_int_equal(
        dstack_env_key_accept_legacy(trust, key.p, 32, NULL, 65, NULL),
        DSTACK_ERR_ARG);
    dstack_kms_trust_free(trust);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
