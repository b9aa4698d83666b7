/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DS_RECEIPT_IDENTITY_H
#define DS_RECEIPT_IDENTITY_H

#include "base/bytes.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dstack/identity.h"
#include "dstack/reply.h"

#define DS_TAG_RECEIPT_KEY "vin-receipt-key"
#define DS_TAG_NODE_KEYS "vin-node-keys"
#define DS_MAX_LINKS 2
#define DS_LINK_SIZE 65

typedef struct {
    uint32_t algorithm; /* DSTACK_KEY_* */
    size_t len;
    uint8_t bytes[33];
} ds_public_key;

/* One key of an identity, and what is said of it. */
typedef struct {
    ds_public_key key;
    uint32_t scheme; /* DSTACK_SCHEME_*, 0 where not told */
    char *path;      /* NUL-terminated; NULL where not told */
    char *purpose;   /* the same */
    size_t link_count;
    uint8_t link[DS_MAX_LINKS][DS_LINK_SIZE];
    uint8_t link_len[DS_MAX_LINKS]; /* 0 or DS_LINK_SIZE */
} ds_identity_key;

struct dstack_identity {
    char *tag;
    size_t key_count;
    ds_identity_key key[DS_MAX_IDENTITY_KEYS];
    uint8_t *evidence; /* NULL where not set */
    size_t evidence_len;
};

/* What verified evidence proves and a receipt may claim. */
#define DS_MEASUREMENTS 3

struct dstack_peer {
    int64_t valid_until;
    size_t key_count;
    ds_public_key key[DS_MAX_IDENTITY_KEYS];
    uint8_t chain[DS_MAX_IDENTITY_KEYS]; /* DSTACK_CHECK_* */
    uint8_t evidence_hash[32];           /* SHA-256 of its bytes as published */
    uint8_t measurement[DS_MEASUREMENTS][64];
    size_t measurement_len[DS_MEASUREMENTS]; /* 0 where not proven */
};

#endif
