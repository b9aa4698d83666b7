/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mbedtls.h"

#include <pthread.h>

#include <mbedtls/asn1.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <mbedtls/x509.h>

#if MBEDTLS_VERSION_NUMBER >= 0x04000000 || defined(MBEDTLS_USE_PSA_CRYPTO)

#include <psa/crypto.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* psa_crypto_init is idempotent but not thread-safe before 3.6; a mutex
 * rather than pthread_once, so that a start that failed for want of memory
 * can be tried again. */
bool
ds_mbedtls_ready(void)
{
    psa_status_t status;

    pthread_mutex_lock(&lock);
    status = psa_crypto_init();
    pthread_mutex_unlock(&lock);
    return status == PSA_SUCCESS;
}

#else

/* Without PSA below X.509 and pk there is nothing to start, and no random
 * generator is seeded for a verifier that needs none. */
bool
ds_mbedtls_ready(void)
{
    return true;
}

#endif

/* Values of headers that 4.0 made private (bignum.h, ecp.h). */
enum { MPI_ALLOC_FAILED = 0x0010, ECP_ALLOC_FAILED = 0x4d80 };
/* 2.28 and 3.6 add a low code to a high one, which is a multiple of this. */
enum { LOW_CODES = 0x80 };

bool
ds_mbedtls_nomem(int code)
{
    int low = -code % LOW_CODES;

    if (code == MBEDTLS_ERR_X509_ALLOC_FAILED ||
        code == MBEDTLS_ERR_PK_ALLOC_FAILED ||
        code == MBEDTLS_ERR_ASN1_ALLOC_FAILED || code == -ECP_ALLOC_FAILED)
        return true;
    if (MBEDTLS_ERR_ASN1_ALLOC_FAILED > -LOW_CODES &&
        low == -MBEDTLS_ERR_ASN1_ALLOC_FAILED)
        return true;
    return low == MPI_ALLOC_FAILED;
}
