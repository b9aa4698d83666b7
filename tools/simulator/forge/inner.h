/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FORGE_INNER_H
#define FORGE_INNER_H

#include "base/text.h"
#include "forge/forge.h"

/* What the forge's own files share. */

#define FORGE_OUT_MAX ((size_t)256 << 20)
#define FORGE_COORD_MAX 48u
#define FORGE_RAW_MAX ((size_t)2 * FORGE_COORD_MAX)
#define FORGE_MEMO 256u

/* A signature once made. ECDSA is deterministic here, so the same key, hash
 * and digest always give it again. */
typedef struct forge_memo {
    int key; /* -1: unused */
    size_t digest_n;
    uint8_t digest[FORGE_COORD_MAX];
    uint8_t rs[FORGE_RAW_MAX];
} forge_memo;

typedef struct forge_arena forge_arena;
struct forge_arena {
    forge_arena *next;
    uint8_t *p;
};

struct forge_inner {
    char *seed;
    uint8_t pub[FORGE_KEYS][1 + FORGE_RAW_MAX]; /* 04 || X || Y */
    bool pub_known[FORGE_KEYS];
    forge_memo memo[FORGE_MEMO];
    size_t memo_at;
    forge_arena *arena;
    bool broken; /* by a mistake before the build */
};

/* Fill f->error, once; returns -1. */
int
forge_fail(forge *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* -1 with an error when the buffer is bad. */
int
forge_check_buf(forge *f, const ds_buf *b);
/* Empty, memory kept. */
void
forge_clear(ds_buf *b);
void
forge_add_view(ds_buf *b, ds_view v);
void
forge_printf(ds_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void
forge_add_hex(ds_buf *b, ds_view v, bool upper);
/* Replace in b; -1 with an error where a text is not found. */
int
forge_apply_edits(
    forge *f, ds_buf *b, const forge_edit *edits, const char *what);
static inline ds_view
forge_view(const ds_buf *b)
{
    return ds_view_of(b->p, b->n);
}

/* ---- der_write.c --------------------------------------------------------- */

/* A constructed value: open, write its contents, close with what open
 * returned. */
size_t
forge_der_open(ds_buf *b, int tag);
void
forge_der_close(ds_buf *b, size_t mark);
void
forge_der_length(ds_buf *b, size_t n);
void
forge_der_tlv(ds_buf *b, int tag, ds_view contents);
void
forge_der_null(ds_buf *b);
void
forge_der_bool(ds_buf *b, bool v);
void
forge_der_uint(ds_buf *b, uint64_t v);
/* Big-endian octets as a positive INTEGER: leading zeros dropped, one put
 * back for a top bit. */
void
forge_der_positive(ds_buf *b, ds_view be);
void
forge_der_oid(ds_buf *b, const char *dotted);
void
forge_der_bits(ds_buf *b, ds_view octets);
/* UTCTime before 2050, else GeneralizedTime (RFC 5280, 4.1.2.5). */
void
forge_der_time(ds_buf *b, int64_t t);
void
forge_der_octets(ds_buf *b, ds_view v);

/* ---- keys.c -------------------------------------------------------------- */

size_t
forge_key_half(int key);
/* The uncompressed point with its 04. */
int
forge_point(forge *f, int key, ds_view *ret);
/* First 20 bytes of SHA-256 of the point. */
int
forge_key_id(forge *f, int key, uint8_t out[20]);
int
forge_sha256(forge *f, ds_view a, ds_view b, uint8_t out[32]);
/* Bytes that depend on the seed and the label only. */
int
forge_seeded(forge *f, const char *label, uint8_t *out, size_t n);
/* r || s, spoilt as `sig` says (its `raw` is for the caller). */
int
forge_sign(forge *f, int key, int alg, ds_view data, const forge_sig *sig,
    uint8_t rs[FORGE_RAW_MAX]);
void
forge_der_ecdsa(ds_buf *b, ds_view rs);

/* ---- the makers ---------------------------------------------------------- */

void
forge_defaults(forge *f, int kind);
void
forge_der_alg(ds_buf *b, int alg);
void
forge_der_name(ds_buf *b, const forge_name *name);
void
forge_der_extension(ds_buf *b, const char *oid, bool critical, ds_view value);
/* tbs, algorithm, signature: in, signed, out. */
int
forge_der_signed(
    forge *f, ds_view tbs, int key, int alg, const forge_sig *sig, ds_buf *out);
int
forge_make_cert(forge *f, int which);
/* What the SGX extension's OCTET STRING holds. */
void
forge_sgx_value(const forge_sgx *x, ds_buf *out);
int
forge_make_crl(forge *f, int which);
int
forge_make_documents(forge *f);
int
forge_make_quote(forge *f);
int
forge_make_chain(forge *f, int which);
int
forge_make_bundle(forge *f);
int
forge_make_flat(forge *f);

#endif
