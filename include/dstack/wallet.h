/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DSTACK_WALLET_H
#define DSTACK_WALLET_H

#include <stddef.h>
#include <stdint.h>

#include "dstack/error.h"
#include "dstack/export.h"
#include "dstack/secret.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Wallets of a chain, made from an app's keys. The secret key of a wallet made
 * with GetKey is that key's 32 bytes as they are: a secp256k1 scalar for
 * Ethereum, an Ed25519 seed for Solana. In v0 both algorithms give one secret
 * for one path: ask for each wallet with a path of its own. */

/* The address of a secp256k1 public key, 33 bytes compressed or 65
 * uncompressed: "0x" and 40 digits with the checksum of EIP-55. `address`
 * receives a NUL-terminated text of 42 characters; address_size is at least 43.
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_wallet_eth_address(const uint8_t *public_key, size_t public_key_len,
    char *address, size_t address_size, dstack_error *err);
/* The 20 bytes of such a text. One with digits of both cases must have the
 * checksum of EIP-55; one of a single case has none. address_len is 20.
 * Returns DSTACK_OK; DSTACK_ERR_ARG; DSTACK_ERR_PARSE: not such a text, or a
 * checksum that does not fit; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_wallet_eth_parse(
    const char *text, uint8_t *address, size_t address_len, dstack_error *err);

/* The address of an Ed25519 public key of 32 bytes: the key in base58, at most
 * 44 characters; address_size is at least 45.
 * Returns DSTACK_OK, DSTACK_ERR_ARG or DSTACK_ERR_NOMEM. */
DSTACK_MUST int
dstack_wallet_solana_address(const uint8_t *public_key, size_t public_key_len,
    char *address, size_t address_size, dstack_error *err);
/* The 64 bytes that Solana's tools call a key pair: the seed of 32 bytes and
 * its public key. Free with dstack_secret_free().
 * Returns DSTACK_OK, DSTACK_ERR_ARG, DSTACK_ERR_NOMEM, DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_wallet_solana_key_pair(const uint8_t *seed, size_t seed_len,
    dstack_secret **ret, dstack_error *err);

/* For wallets that were once made from a TLS key (GetTlsKey, DeriveKey) and
 * hold something still: their secret key, to move it away. For a new wallet use
 * GetKey. Warning: a TLS key is given to servers and files; who sees it has the
 * wallet, and of GetTlsKey each answer is another key. With
 * DSTACK_WALLET_SCALAR the wallet's secret IS the TLS key's. */
enum {
    DSTACK_WALLET_DER_SHA256 = 1,    /* SHA-256 of the PKCS #8 DER, all of it */
    DSTACK_WALLET_SCALAR_SHA256 = 2, /* SHA-256 of the P-256 scalar */
    DSTACK_WALLET_SCALAR = 3         /* the P-256 scalar itself; see above */
};
/* tls_key is PKCS #8 in DER, 138 bytes, as dstack_tls_key_der() gives it. The
 * result has 32 bytes; free with dstack_secret_free().
 * Returns DSTACK_OK; DSTACK_ERR_ARG: NULL, no such derivation;
 * DSTACK_ERR_PARSE: no P-256 key; DSTACK_ERR_NOMEM; DSTACK_ERR_INTERNAL. */
DSTACK_MUST int
dstack_wallet_of_tls_key(const uint8_t *tls_key, size_t tls_key_len,
    uint32_t derivation, dstack_secret **ret, dstack_error *err);

/* The first 32 bytes of a PKCS #8 file are the same in every P-256 key, and so
 * is the wallet that has them for its secret: everybody can empty it. 1 when
 * this is that secret, or the Ethereum or Solana address of its wallet; else
 * 0. */
DSTACK_API int
dstack_wallet_is_shared_secret(const uint8_t *secret, size_t secret_len);
DSTACK_API int
dstack_wallet_is_shared_address(const char *address);

#ifdef __cplusplus
}
#endif
#endif
