/* SPDX-License-Identifier: Apache-2.0 */
#include "dstack/wallet.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "crypto/k1.h"
#include "crypto/p256.h"

enum {
    ETH_BYTES = 20,
    ETH_DIGITS = 40,
    ETH_TEXT = 42,   /* with 0x */
    SOLANA_TEXT = 44 /* at most */
};

/* ---- Ethereum ------------------------------------------------------------------- */

/* EIP-55: a letter is a capital where the hash of the lower-case digits has a
 * digit of 8 or more in its place. */
static bool
put_checksum(char digits[ETH_DIGITS])
{
    uint8_t hash[32];

    if (!ds_hash(DS_KECCAK256, ds_view_of(digits, ETH_DIGITS),
            ds_view_of(NULL, 0), hash))
        return false;
    for (size_t i = 0; i < ETH_DIGITS; i++) {
        unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15u;

        if (digits[i] >= 'a' && nibble >= 8)
            digits[i] = (char)(digits[i] - 'a' + 'A');
    }
    return true;
}

int
dstack_wallet_eth_address(const uint8_t *public_key, size_t public_key_len,
    char *address, size_t address_size, dstack_error *err)
{
    uint8_t point[65], hash[32];

    ds_err_clear(err);
    if (address && address_size != 0)
        address[0] = 0;
    if (!public_key || !address || address_size <= ETH_TEXT)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_wallet_eth_address: NULL, or no room for %d bytes",
            ETH_TEXT + 1);
    if (ds_k1_parse(ds_view_of(public_key, public_key_len), NULL, point) !=
        DS_K1_OK)
        return ds_fail(err, DSTACK_ERR_ARG,
            "public key: %zu bytes that are no point of secp256k1; expected "
            "33 compressed or 65 uncompressed",
            public_key_len);
    if (!ds_hash(
            DS_KECCAK256, ds_view_of(point + 1, 64), ds_view_of(NULL, 0), hash))
        return ds_fail(err, DSTACK_ERR_INTERNAL, "Keccak-256 failed");
    address[0] = '0';
    address[1] = 'x';
    ds_hex_encode(ds_view_of(hash + 32 - ETH_BYTES, ETH_BYTES), address + 2);
    if (!put_checksum(address + 2)) {
        address[0] = 0;
        return ds_fail(err, DSTACK_ERR_INTERNAL, "Keccak-256 failed");
    }
    return DSTACK_OK;
}

static bool
has_both_cases(const char *digits)
{
    bool lower = false, upper = false;

    for (; *digits; digits++) {
        lower |= *digits >= 'a';
        upper |= *digits >= 'A' && *digits <= 'F';
    }
    return lower && upper;
}

int
dstack_wallet_eth_parse(
    const char *text, uint8_t *address, size_t address_len, dstack_error *err)
{
    char digits[ETH_DIGITS + 1];

    ds_err_clear(err);
    if (address)
        memset(address, 0, address_len);
    if (!text || !address || address_len != ETH_BYTES)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_wallet_eth_parse: NULL, or no room for exactly %d bytes",
            ETH_BYTES);
    if (strlen(text) != ETH_TEXT || text[0] != '0' || text[1] != 'x' ||
        !ds_hex_decode(ds_view_of(text + 2, ETH_DIGITS), address, ETH_BYTES)) {
        memset(address, 0, ETH_BYTES);
        return ds_fail(err, DSTACK_ERR_PARSE,
            "Ethereum address: expected 0x and %d hex digits", ETH_DIGITS);
    }
    if (!has_both_cases(text + 2))
        return DSTACK_OK;
    ds_hex_encode(ds_view_of(address, ETH_BYTES), digits);
    if (!put_checksum(digits)) {
        memset(address, 0, ETH_BYTES);
        return ds_fail(err, DSTACK_ERR_INTERNAL, "Keccak-256 failed");
    }
    if (strcmp(digits, text + 2) == 0)
        return DSTACK_OK;
    memset(address, 0, ETH_BYTES);
    return ds_fail(err, DSTACK_ERR_PARSE,
        "Ethereum address: its capitals are not the checksum of EIP-55; a "
        "digit is wrong");
}

/* ---- Solana --------------------------------------------------------------------- */

int
dstack_wallet_solana_address(const uint8_t *public_key, size_t public_key_len,
    char *address, size_t address_size, dstack_error *err)
{
    ds_buf text;
    int rc = DSTACK_OK;

    ds_err_clear(err);
    if (address && address_size != 0)
        address[0] = 0;
    if (!public_key || public_key_len != 32 || !address ||
        address_size <= SOLANA_TEXT)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_wallet_solana_address: NULL, a key that is not 32 bytes, "
            "or no room for %d bytes",
            SOLANA_TEXT + 1);
    ds_buf_init(&text, SOLANA_TEXT);
    ds_base58_encode(ds_view_of(public_key, 32), &text);
    if (text.nomem)
        rc = ds_fail_nomem(err);
    else
        memcpy(address, text.p, text.n + 1);
    ds_buf_free(&text);
    return rc;
}

int
dstack_wallet_solana_key_pair(const uint8_t *seed, size_t seed_len,
    dstack_secret **ret, dstack_error *err)
{
    uint8_t pair[64];
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!seed || seed_len != 32 || !ret)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_wallet_solana_key_pair: NULL, or a seed that is not 32 "
            "bytes");
    memcpy(pair, seed, 32);
    if (ds_ed25519_public(seed, pair + 32))
        rc = ds_secret_new(ds_view_of(pair, sizeof pair), ret, err);
    else
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "Ed25519 is not available here");
    ds_wipe(pair, sizeof pair);
    return rc;
}

/* ---- wallets of TLS keys ---------------------------------------------------------- */

static bool
derive(ds_view der, const uint8_t scalar[32], uint32_t derivation,
    uint8_t secret[32])
{
    ds_view none = ds_view_of(NULL, 0);

    switch (derivation) {
    case DSTACK_WALLET_DER_SHA256:
        return ds_hash(DS_SHA256, der, none, secret);
    case DSTACK_WALLET_SCALAR_SHA256:
        return ds_hash(DS_SHA256, ds_view_of(scalar, 32), none, secret);
    default:
        memcpy(secret, scalar, 32);
        return true;
    }
}

int
dstack_wallet_of_tls_key(const uint8_t *tls_key, size_t tls_key_len,
    uint32_t derivation, dstack_secret **ret, dstack_error *err)
{
    ds_view der = ds_view_of(tls_key, tls_key_len);
    uint8_t scalar[32], secret[32], point[65];
    int rc;

    ds_err_clear(err);
    if (ret)
        *ret = NULL;
    if (!tls_key || !ret || derivation < DSTACK_WALLET_DER_SHA256 ||
        derivation > DSTACK_WALLET_SCALAR)
        return ds_fail(err, DSTACK_ERR_ARG,
            "dstack_wallet_of_tls_key: NULL, or no such derivation");
    rc = ds_p256_parse_pkcs8(der, scalar, point);
    if (rc == DSTACK_ERR_NOMEM)
        rc = ds_fail_nomem(err);
    else if (rc != DSTACK_OK)
        rc = ds_fail(err, rc,
            "TLS key: %zu bytes that are no P-256 key in PKCS #8", tls_key_len);
    else if (!derive(der, scalar, derivation, secret))
        rc = ds_fail(err, DSTACK_ERR_INTERNAL, "SHA-256 failed");
    else if (!ds_k1_secret_valid(
                 secret)) /* one in 2^128, but for P-256's own */
        rc = ds_fail(err, DSTACK_ERR_PARSE,
            "TLS key: what is derived from it is no secret of secp256k1");
    if (rc == DSTACK_OK)
        rc = ds_secret_new(ds_view_of(secret, sizeof secret), ret, err);
    ds_wipe(scalar, sizeof scalar);
    ds_wipe(secret, sizeof secret);
    return rc;
}

/* ---- the wallet that everybody has -------------------------------------------------- */

static const uint8_t shared[32] = {0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30,
    0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b,
    0x02};

int
dstack_wallet_is_shared_secret(const uint8_t *secret, size_t secret_len)
{
    return secret && secret_len == sizeof shared &&
           ds_secret_eq(secret, shared, sizeof shared);
}

int
dstack_wallet_is_shared_address(const char *address)
{
    return address &&
           (strcasecmp(address, "0xf3d21a3a689ad889541d993a51e3109ac3e36c12") ==
                   0 ||
               strcmp(address, "YJqsEvwSTxHhdyKfaMRUT7t7SK7mebwRwhT9civrya5") ==
                   0);
}
