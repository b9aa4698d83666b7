/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mbedtls.h"

#include <pthread.h>
#include <stddef.h>

#include <mbedtls/asn1.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <mbedtls/x509.h>

#include <psa/crypto.h>

/* PSA guards its key store since 3.6, and where it is built for threads. */
#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_THREADING_C)
enum {
    PSA_LOCKS = 1
};
#else
enum {
    PSA_LOCKS = 0
};
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* psa_crypto_init may be called any number of times; that an attempt which
 * failed for want of memory is made again is why this is not pthread_once. */
bool
ds_psa_enter(void)
{
    bool ok;

    pthread_mutex_lock(&lock);
    ok = psa_crypto_init() == PSA_SUCCESS;
    if (PSA_LOCKS || !ok)
        pthread_mutex_unlock(&lock);
    return ok;
}

void
ds_psa_leave(void)
{
    if (!PSA_LOCKS)
        pthread_mutex_unlock(&lock);
}

#if MBEDTLS_VERSION_NUMBER >= 0x04000000 || defined(MBEDTLS_USE_PSA_CRYPTO)

bool
ds_mbedtls_enter(void)
{
    return ds_psa_enter();
}

void
ds_mbedtls_leave(void)
{
    ds_psa_leave();
}

#else

/* Without PSA below X.509 and pk there is nothing to start or to guard, and
 * no random generator is seeded for a verifier that needs none. */
bool
ds_mbedtls_enter(void)
{
    return true;
}

void
ds_mbedtls_leave(void)
{
}

#endif

bool
ds_mbedtls_nomem(int code)
{
    /* The last two are ECP's and MPI's, of headers that 4.0 made private. All
     * that are left there have one value. */
    static const int high[] = {MBEDTLS_ERR_X509_ALLOC_FAILED,
        MBEDTLS_ERR_PK_ALLOC_FAILED, MBEDTLS_ERR_ASN1_ALLOC_FAILED,
        MBEDTLS_ERR_MD_ALLOC_FAILED, -0x4d80};
    static const int low[] = {MBEDTLS_ERR_ASN1_ALLOC_FAILED, -0x0010};

    for (size_t i = 0; i < sizeof high / sizeof *high; i++)
        if (code == high[i])
            return true;
    /* 2.28 and 3.6 add a low code, above -0x80, to a high one. */
    for (size_t i = 0; i < sizeof low / sizeof *low; i++)
        if (low[i] > -0x80 && code % 0x80 == low[i])
            return true;
    return false;
}
