/* SPDX-License-Identifier: Apache-2.0 */
/* Rows 1 to 30: how a quote is framed. */
#include "support/attack.h"

#include <stdlib.h>

#include "base/limits.h"

#define QUOTE DSTACK_STAGE_QUOTE
#define CHAIN DSTACK_STAGE_CHAIN
#define UP_TO_DATE DSTACK_TCB_UP_TO_DATE

static ds_view
built(const attack *a)
{
    return ds_view_of(a->f->out.quote.p, a->f->out.quote.n);
}

/* The first n bytes, through everything. */
static void
reject_prefix(attack *a, size_t n, int reason)
{
    attack_case(a, "kind %d, %zu bytes", a->kind, n);
    a->quote = ds_view_of(a->f->out.quote.p, n);
    attack_reject_built(a, QUOTE, reason);
    a->quote = ds_view_of(NULL, 0);
}

static void
tiny(attack *a)
{
    static const size_t sizes[] = {0, 1, 2, 8, 47};

    ATTACK_EACH(a, kind)
    {
        attack_build(a);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            reject_prefix(a, sizes[i], DSTACK_REASON_QUOTE_TRUNCATED);
    }
}

static void
truncated(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        attack_build(a);
        for (size_t n = 0; n < a->f->out.quote.n; n++)
            attack_reject_parse(a, ds_view_of(a->f->out.quote.p, n),
                DSTACK_REASON_QUOTE_TRUNCATED);
        for (size_t n = 40; n < a->f->out.quote.n; n += 409)
            reject_prefix(a, n, DSTACK_REASON_QUOTE_TRUNCATED);
        reject_prefix(a, a->f->out.quote.n - 1, DSTACK_REASON_QUOTE_TRUNCATED);
        attack_accept(a, UP_TO_DATE);
    }
}

static uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void
random_bytes(attack *a)
{
    static const char *const texts[] = {
        "-----BEGIN CERTIFICATE-----\nMIICjzCCAjSgAwIBAgIUImUM1lqdNInzg7\n",
        "040002008100000000000000939a7233f79c4ca9940a0db3957f0607",
        "BAACAIEAAAAAAAAAk5pyM/ecTKmUCg2zlX8GBzmHYi7mlopUl3xiJu9HEjUAAAAA",
        "{\"quote\":\"040002008100000000000000939a7233f79c4ca9940a0db3957f\"}"};
    static uint8_t bytes[4096];
    uint32_t seed = 1;

    attack_begin(a, FORGE_TDX_V4);
    for (size_t n = 0; n < sizeof bytes; n += 1 + n / 16) {
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)next_random(&seed);
        attack_case(a, "%zu random bytes", n);
        attack_reject_parse(a, ds_view_of(bytes, n),
            n < 48 ? DSTACK_REASON_QUOTE_TRUNCATED
                   : DSTACK_REASON_QUOTE_VERSION);
    }
    attack_build(a);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        attack_case(a, "text %zu", i);
        a->quote = ds_view_str(texts[i]);
        attack_reject_built(a, QUOTE, DSTACK_REASON_QUOTE_VERSION);
    }
}

static void
versions(attack *a)
{
    static const uint16_t bad[] = {0, 1, 2, 6, 255, 0x0103, 0x0400, 65535};

    ATTACK_EACH(a, kind)
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        attack_case(a, "kind %d, version %u", kind, bad[i]);
        a->f->quote.version = bad[i];
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_VERSION);
    }
}

static void
key_types(attack *a)
{
    static const uint16_t bad[] = {0, 1, 3, 255, 0x0102, 0x0200};

    ATTACK_EACH(a, kind)
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        attack_case(a, "kind %d, key type %u", kind, bad[i]);
        a->f->quote.key_type = bad[i];
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_KEY_TYPE);
    }
}

static void
tee_types(attack *a)
{
    static const uint32_t bad[] = {
        1, 0x80, 0x82, 0x8100, 0x81000000, 0x01000081};

    for (int kind = FORGE_SGX_V4; kind < FORGE_KINDS; kind++) {
        attack_begin(a, kind);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            attack_case(a, "kind %d, TEE type 0x%x", kind, bad[i]);
            a->f->quote.tee_type = bad[i];
            attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_TEE_TYPE);
        }
    }
}

static void
tee_type_v3(attack *a)
{
    static const uint32_t bad[] = {0x81, 1, 0x81000000};

    attack_begin(a, FORGE_SGX_V3);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        attack_case(a, "TEE type 0x%x", bad[i]);
        a->f->quote.tee_type = bad[i];
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_TEE_TYPE);
    }
    /* Another version's TDX quote that calls itself version 3. */
    attack_begin(a, FORGE_TDX_V4);
    a->f->quote.version = 3;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_TEE_TYPE);
}

static void
vendor(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        uint8_t *id = a->f->quote.vendor;

        for (unsigned bit = 0; bit < 128; bit++) {
            attack_case(a, "kind %d, bit %u", kind, bit);
            attack_build(a);
            a->f->out.quote.p[12 + bit / 8] ^= (uint8_t)(1u << bit % 8);
            attack_reject_parse(a, built(a), DSTACK_REASON_QUOTE_VENDOR);
        }
        id[3] ^= 1;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_VENDOR);
        memset(id, 0, 16);
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_VENDOR);
    }
}

static const int v5_kinds[] = {
    FORGE_SGX_V5, FORGE_TDX_V5_10, FORGE_TDX_V5_15, FORGE_TDX_V5_EX};
#define V5_KINDS (sizeof v5_kinds / sizeof *v5_kinds)

static void
body_type_unknown(attack *a)
{
    static const uint16_t bad[] = {0, 5, 6, 0x0100, 65535};

    for (size_t k = 0; k < V5_KINDS; k++) {
        attack_begin(a, v5_kinds[k]);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            attack_case(a, "kind %d, type %u", a->kind, bad[i]);
            a->f->quote.body_type = bad[i];
            attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_TYPE);
        }
    }
}

/* The type and size of the other TEE's body, with such a body or without. */
static void
body_type_of_other_tee(attack *a)
{
    attack_begin(a, FORGE_SGX_V5);
    for (uint16_t type = 2; type <= 4; type++) {
        attack_case(a, "SGX, type %u", type);
        a->f->quote.body_type = type;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_TYPE);
    }
    ATTACK_EACH_TDX(a, kind)
    {
        if (kind == FORGE_TDX_V4)
            continue;
        a->f->quote.body_type = 1;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_TYPE);
        attack_begin(a, kind);
        a->f->quote.tee_type = 0;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_TYPE);
    }
    attack_begin(a, FORGE_SGX_V5);
    a->f->quote.tee_type = 0x81;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_TYPE);
}

static void
body_sizes(attack *a)
{
    static const uint32_t bad[] = {0, 383, 385, 583, 585, 647, 649, 884, 886,
        0x0288ffff, 0x02880000, 0xffffffff};
    static const uint32_t right[] = {384, 584, 648, 885};

    for (size_t k = 0; k < V5_KINDS; k++) {
        attack_begin(a, v5_kinds[k]);
        a->f->quote.body_size.set = true;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            attack_case(a, "kind %d, size %u", a->kind, bad[i]);
            a->f->quote.body_size.value = bad[i];
            attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_SIZE);
        }
        for (size_t i = 0; i < V5_KINDS; i++) {
            if (i == k)
                continue;
            attack_case(a, "kind %d, size %u", a->kind, right[i]);
            a->f->quote.body_size.value = right[i];
            attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_SIZE);
        }
    }
}

static void
body_longer_than_type(attack *a)
{
    attack_begin(a, FORGE_TDX_V5_15);
    a->f->quote.body_type = 2;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_SIZE);
    /* When the size lies too, tee_tcb_svn2 is read as the length of the
     * signature data: 06 01 03 00 is far more than is left. */
    a->f->quote.body_size.set = true;
    a->f->quote.body_size.value = 584;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_SIG_LEN);
    /* And zero is too little. */
    memset(a->f->quote.td.tee_tcb_svn2, 0, 4);
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_SIG_LEN);
    attack_begin(a, FORGE_TDX_V5_10);
    a->f->quote.body_type = 3;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_BODY_SIZE);
    /* 64 bytes of the signature data are taken for the body's end. */
    a->f->quote.body_size.set = true;
    a->f->quote.body_size.value = 648;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_SIG_LEN);
}

/* Version 4 has no body type; the TEE type alone moves the signature data by
 * 200 bytes, to a length field in the middle of something else. */
static void
body_of_other_tee_v4(attack *a)
{
    attack_begin(a, FORGE_TDX_V4);
    a->f->quote.tee_type = 0;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_SIG_LEN);
    attack_begin(a, FORGE_SGX_V4);
    a->f->quote.tee_type = 0x81;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_SIG_LEN);
    /* The body's bytes at 384 chosen so that the length there is possible:
     * then the type that follows is not 6. */
    attack_begin(a, FORGE_TDX_V4);
    a->f->quote.tee_type = 0;
    memcpy(a->f->quote.td.rtmr[1] + 8, "\x4e\x02\0\0", 4);
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_TYPE);
}

static void
reject_sig_len(attack *a, uint32_t value)
{
    attack_case(a, "kind %d, sig_len %u", a->kind, value);
    a->f->quote.sig_len.set = true;
    a->f->quote.sig_len.value = value;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_SIG_LEN);
}

static void
sig_lens(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        attack_build(a);
        const forge_part *sig = &a->f->out.part[FORGE_PART_SIG];
        uint32_t at = (uint32_t)sig->off;
        uint32_t left = (uint32_t)(a->f->out.quote.n - sig->off);

        reject_sig_len(a, 0);
        reject_sig_len(a, 1);
        reject_sig_len(a, 583);
        if (kind != FORGE_SGX_V3)
            reject_sig_len(a, 589);
        reject_sig_len(a, left + 1);
        reject_sig_len(a, left + 65536);
        reject_sig_len(a, DS_MAX_QUOTE);
        reject_sig_len(a, DS_MAX_QUOTE + 1);
        reject_sig_len(a, 0x7fffffff);
        reject_sig_len(a, 0xffffffff);
        /* offset + length is 0, 1 and the true end, modulo 2^32. */
        reject_sig_len(a, 0u - at);
        reject_sig_len(a, 1u - at);
        reject_sig_len(a, 0x80000000u + left);
    }
}

static void
outer_types(attack *a)
{
    static const uint16_t bad[] = {0, 1, 5, 7, 8, 0x0600, 65535};

    ATTACK_EACH(a, kind)
    {
        if (kind == FORGE_SGX_V3)
            continue;
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            attack_case(a, "kind %d, outer type %u", kind, bad[i]);
            a->f->quote.outer_type = bad[i];
            attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_TYPE);
        }
    }
}

static void
inner_types(attack *a)
{
    static const uint32_t bad[] = {0, 6, 7, 8, 0x0500, 65535};

    ATTACK_EACH(a, kind)
    {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            attack_case(a, "kind %d, inner type %u", kind, bad[i]);
            a->f->quote.inner_type.set = true;
            a->f->quote.inner_type.value = bad[i];
            attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_TYPE);
        }
        /* A platform manifest that says so. */
        attack_begin(a, kind);
        a->f->quote.cert_type = 7;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_TYPE);
    }
}

static void
outer_sizes(attack *a)
{
    static const int64_t deltas[] = {-1, 1, -456, 100, -38};

    ATTACK_EACH(a, kind)
    {
        if (kind == FORGE_SGX_V3)
            continue;
        for (size_t i = 0; i < sizeof deltas / sizeof *deltas; i++) {
            attack_case(a, "kind %d, outer size by %d", kind, (int)deltas[i]);
            a->f->quote.outer_size.delta = deltas[i];
            attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_SIZE);
        }
        /* The signature data one byte shorter, the last one left over. */
        attack_begin(a, kind);
        a->f->quote.sig_len.delta = -1;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_SIZE);
    }
}

static void
reject_inner_size(attack *a, int64_t delta)
{
    attack_case(a, "kind %d, inner size by %d", a->kind, (int)delta);
    a->f->quote.inner_size.delta = delta;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_SIZE);
    a->f->quote.inner_size.delta = 0;
}

static void
inner_sizes(attack *a)
{
    static const uint8_t hidden[64] = {1};

    ATTACK_EACH(a, kind)
    {
        reject_inner_size(a, 1);
        reject_inner_size(a, -1);
        reject_inner_size(a, 1000);
        reject_inner_size(a, -1000);
        /* Larger, and the bytes are there, but behind the signature data. */
        a->f->quote.trailing = ds_view_of(hidden, sizeof hidden);
        reject_inner_size(a, sizeof hidden);
        attack_begin(a, kind);
        a->f->quote.inside = ds_view_of(hidden, 1);
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_SIZE);
        a->f->quote.inside = ds_view_of(hidden, sizeof hidden);
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_SIZE);
    }
}

/* Types 1 to 3 have one size; type 1 also comes without its PCEID. */
static void
fixed_sizes(attack *a)
{
    static const uint8_t data[512] = {1};
    static const struct {
        int type;
        size_t n;
    } bad[] = {{1, 0}, {1, 33}, {1, 35}, {1, 37}, {2, 275}, {2, 277}, {2, 404},
        {3, 403}, {3, 405}, {3, 276}};

    ATTACK_EACH(a, kind)
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        attack_case(
            a, "kind %d, type %d of %zu bytes", kind, bad[i].type, bad[i].n);
        a->f->quote.cert_type = bad[i].type;
        a->f->quote.cert_data = ds_view_of(data, bad[i].n);
        a->f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_CERT_SIZE);
    }
}

static void
inner_sizes_all(attack *a)
{
    inner_sizes(a);
    fixed_sizes(a);
}

static void
auth_sizes(attack *a)
{
    static const uint8_t auth[1025] = {1};

    ATTACK_EACH(a, kind)
    {
        forge_len *len = &a->f->quote.auth_len;

        len->set = true;
        len->value = 65535;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_AUTH_SIZE);
        len->value = 1025;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_AUTH_SIZE);
        /* One more than is allowed, and they are there. */
        len->set = false;
        a->f->quote.auth = ds_view_of(auth, 1025);
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_AUTH_SIZE);
        /* All that is left; all but a part of the header that follows. */
        attack_begin(a, kind);
        a->f->quote.cert_type = 1;
        a->f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
        for (int64_t over = 42; over > 36; over--) {
            attack_case(a, "kind %d, auth_len + %d", kind, (int)over);
            len->delta = over;
            attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_AUTH_SIZE);
        }
        /* Over the header alone: the next is read from the PEM text, where
         * the size is "---B". */
        attack_begin(a, kind);
        len->delta = 6;
        attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_TOO_LARGE);
    }
}

static void
auth_accepted(attack *a)
{
    static const uint8_t auth[1024] = {0};
    static const size_t sizes[] = {0, 1, 32, 1024};

    ATTACK_EACH(a, kind)
    {
        attack_accept(a, UP_TO_DATE); /* 00 01 ... 1f */
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const dstack_quote *q;
            size_t n = 0;

            attack_case(a, "kind %d, %zu zero bytes", kind, sizes[i]);
            a->f->quote.auth = ds_view_of(auth, sizes[i]);
            attack_accept(a, UP_TO_DATE);
            q = dstack_report_quote(a->report);
            (void)dstack_quote_auth_data(q, &n);
            assert_int_equal(n, sizes[i]);
        }
    }
}

static void
reject_without_allocation(attack *a, int reason)
{
    dstack_quote *q = NULL;
    dstack_error err;
    size_t before;

    attack_reject(a, QUOTE, reason);
    before = attack_allocations();
    assert_int_equal(
        dstack_quote_parse(a->f->out.quote.p, a->f->out.quote.n, &q, &err),
        DSTACK_ERR_PARSE);
    assert_true(attack_allocations() == before);
}

static void
huge_fields(attack *a)
{
    static const uint32_t sizes[] = {
        DS_MAX_QUOTE + 1, 0x00ffffff, 0x7fffffff, 0xffffffff};

    ATTACK_EACH(a, kind)
    {
        forge_quote *q = &a->f->quote;

        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            attack_case(a, "kind %d, %u", kind, sizes[i]);
            q->inner_size.set = true;
            q->inner_size.value = sizes[i];
            reject_without_allocation(a, DSTACK_REASON_QUOTE_TOO_LARGE);
            q->inner_size.set = false;
            if (kind != FORGE_SGX_V3) {
                q->outer_size.set = true;
                q->outer_size.value = sizes[i];
                reject_without_allocation(a, DSTACK_REASON_QUOTE_TOO_LARGE);
                q->outer_size.set = false;
            }
            q->sig_len.set = true;
            q->sig_len.value = sizes[i];
            reject_without_allocation(a, DSTACK_REASON_QUOTE_SIG_LEN);
            q->sig_len.set = false;
        }
    }
    attack_note(a, "nothing is allocated");
}

static void
accept_trailing(attack *a, ds_view bytes)
{
    size_t n = 0;
    const uint8_t *p;

    attack_case(a, "kind %d, %zu trailing bytes", a->kind, bytes.n);
    a->f->quote.trailing = bytes;
    attack_accept(a, UP_TO_DATE);
    p = dstack_quote_trailing(dstack_report_quote(a->report), &n);
    assert_true(ds_view_eq(ds_view_of(p, n), bytes));
    a->strict = true;
    attack_reject(a, QUOTE, DSTACK_REASON_QUOTE_TRAILING);
    a->strict = false;
}

static void
trailing(attack *a)
{
    static const uint8_t zeros[3065];

    ATTACK_EACH(a, kind)
    {
        accept_trailing(a, ds_view_of(zeros, 1));
        accept_trailing(a, ds_view_of(zeros, 70));
        accept_trailing(a, ds_view_of(zeros, 3065));
        accept_trailing(
            a, ds_view_str("thirty-nine bytes that are no zero byte"));
    }
    attack_begin(a, FORGE_TDX_V4);
    a->strict = true;
    attack_accept(a, UP_TO_DATE);
}

static void
too_large(attack *a)
{
    uint8_t *big = calloc(1, DS_MAX_QUOTE + 1);

    assert_non_null(big);
    ATTACK_EACH(a, kind)
    {
        attack_build(a);
        memset(big, 0, DS_MAX_QUOTE + 1);
        memcpy(big, a->f->out.quote.p, a->f->out.quote.n);
        a->quote = ds_view_of(big, DS_MAX_QUOTE);
        attack_accept_built(a, UP_TO_DATE);
        a->quote = ds_view_of(big, DS_MAX_QUOTE + 1);
        attack_reject_built(a, QUOTE, DSTACK_REASON_QUOTE_TOO_LARGE);
    }
    free(big);
}

/* ---- the chain in the certification data ----------------------------------- */

#define TAIL(text) ds_view_of(text, sizeof(text) - 1)

static void
chain_tail(attack *a)
{
    const ds_view bad[] = {TAIL("\0\0"), TAIL("x"), TAIL("\0x"), TAIL("\0\n"),
        TAIL("\n\0\n\0"), TAIL("\n\xff"), TAIL("MIIC"), TAIL("\0\0\0\0")};
    const ds_view good[] = {
        TAIL(""), TAIL("\0"), TAIL("\n"), TAIL("\n\0"), TAIL(" \r\n\t\0")};

    ATTACK_EACH(a, kind)
    {
        forge_chain *c = &a->f->chain[FORGE_CHAIN_QUOTE];

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            attack_case(a, "kind %d, tail %zu", kind, i);
            c->tail = bad[i];
            attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_TRAILING);
        }
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
            attack_case(a, "kind %d, good tail %zu", kind, i);
            c->tail = good[i];
            attack_accept(a, UP_TO_DATE);
        }
        /* Real quotes also end without the last line's end. */
        c->tail = TAIL("");
        attack_build(a);
        c->text = forge_keep(a->f, a->f->out.chain[FORGE_CHAIN_QUOTE].p,
            a->f->out.chain[FORGE_CHAIN_QUOTE].n - 1);
        assert_int_equal(c->text.p[c->text.n - 1], '-');
        attack_accept(a, UP_TO_DATE);
        c->text.n--;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_PEM);
    }
}

typedef struct {
    int chain, member;
    int length, pem;
} chain_row;

static const chain_row chains[] = {
    {FORGE_CHAIN_QUOTE, -1, DSTACK_REASON_PCK_CHAIN_LENGTH,
        DSTACK_REASON_PCK_CHAIN_PEM},
    {FORGE_CHAIN_EXTERNAL, FORGE_M_PCK_CHAIN, DSTACK_REASON_PCK_CHAIN_LENGTH,
        DSTACK_REASON_PCK_CHAIN_PEM},
    {FORGE_CHAIN_CRL, FORGE_M_PCK_CRL_CHAIN, DSTACK_REASON_CRL_CHAIN_LENGTH,
        DSTACK_REASON_CRL_CHAIN_PEM},
    {FORGE_CHAIN_TCB, FORGE_M_TCB_CHAIN, DSTACK_REASON_TCB_CHAIN_LENGTH,
        DSTACK_REASON_TCB_CHAIN_PEM},
    {FORGE_CHAIN_QE, FORGE_M_QE_CHAIN, DSTACK_REASON_QEID_CHAIN_LENGTH,
        DSTACK_REASON_QEID_CHAIN_PEM},
};
#define CHAINS (sizeof chains / sizeof *chains)

static forge_chain *
begin_chain(attack *a, int kind, size_t i)
{
    attack_begin(a, kind);
    if (chains[i].chain == FORGE_CHAIN_EXTERNAL)
        a->f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
    return &a->f->chain[chains[i].chain];
}

static void
chain_count(attack *a)
{
    static const size_t counts[] = {1, 2, 3, 4, 8};

    for (int kind = 0; kind < FORGE_KINDS; kind++) {
        for (size_t i = 0; i < CHAINS; i++) {
            forge_chain *c = begin_chain(a, kind, i);
            size_t right = c->n;

            for (size_t k = right; k < 8; k++)
                c->certs[k] = FORGE_CERT_ROOT;
            for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
                attack_case(a, "kind %d, chain %zu of %zu", kind, i, counts[k]);
                c->n = counts[k];
                if (c->n != right)
                    attack_reject(a, CHAIN, chains[i].length);
            }
        }
        /* None at all: no bytes, one NUL, white space. */
        attack_begin(a, kind);
        a->f->chain[FORGE_CHAIN_QUOTE].n = 0;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_LENGTH);
        a->f->chain[FORGE_CHAIN_QUOTE].tail = TAIL("");
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_LENGTH);
        a->f->chain[FORGE_CHAIN_QUOTE].tail = TAIL("\n\0");
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_LENGTH);
    }
}

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

/* Broken PEM in each of the chains. No blanks: a chain among the collateral
 * that has one was damaged in transport, which is another reason. */
static const forge_edit pem_edits[] = {
    {END, "", false},                  /* first END missing */
    {BEGIN, "", false},                /* first BEGIN missing */
    {END BEGIN, END, false},           /* second BEGIN missing */
    {END, "", true},                   /* every END missing */
    {BEGIN, BEGIN BEGIN, false},       /* nested */
    {BEGIN "MII", BEGIN "M!I", false}, /* not base64 */
    {BEGIN "MII", BEGIN "M=I", false},
    {BEGIN "MII", BEGIN "II", false},    /* one digit less */
    {BEGIN "MII", BEGIN "\nMII", false}, /* an empty line */
    {END, END "text\n", false},          /* between two */
    {BEGIN, "text\n" BEGIN, false},      /* before the first */
    {BEGIN, "-----BEGIN-CERTIFICATE-----\n", false},
    {BEGIN, "-----BEGIN CERTIFICATE----\n", false},
    {END, "-----END CERTIFICATE----\n", false},
    {END, "-----END-CERTIFICATE-----\n", false},
    {END, "-----END CERTIFICATE------\n", false},
    {"-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CRL-----", false},
    {"CERTIFICATE", "TRUSTED CERTIFICATE", true},
};

static void
reject_pem(attack *a, size_t i, const forge_edit *edit, int reason)
{
    forge_chain *c = begin_chain(a, a->kind, i);

    c->edits[0] = *edit;
    attack_reject(a, CHAIN, reason);
}

static void
chain_pem(attack *a)
{
    static const int kinds[] = {FORGE_SGX_V3, FORGE_TDX_V5_15};

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < CHAINS; i++) {
            forge_chain *c;

            for (size_t e = 0; e < sizeof pem_edits / sizeof *pem_edits; e++) {
                attack_begin(a, kinds[k]);
                attack_case(a, "kind %d, chain %zu, edit %zu", a->kind, i, e);
                reject_pem(a, i, &pem_edits[e], chains[i].pem);
            }
            c = begin_chain(a, kinds[k], i);
            c->crlf = true;
            attack_accept(a, UP_TO_DATE);
        }
    attack_note(a, "CRLF accepted");
}

static void
chain_missing(attack *a)
{
    ATTACK_EACH(a, kind)
    for (int type = 1; type <= 4; type++) {
        attack_case(a, "kind %d, type %d", kind, type);
        a->f->quote.cert_type = type;
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_MISSING);
        a->f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
        a->f->bundle.members[FORGE_M_PCK_CHAIN].json = ds_view_str("null");
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_MISSING);
        a->f->bundle.members[FORGE_M_PCK_CHAIN].json = ds_view_str("\"\"");
        attack_reject(a, CHAIN, DSTACK_REASON_PCK_CHAIN_MISSING);
        attack_begin(a, kind);
    }
}

static void
chain_external(attack *a)
{
    static const uint8_t short_ppid[34] = {1};

    ATTACK_EACH(a, kind)
    {
        a->f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
        for (int type = 1; type <= 5; type++) {
            attack_case(a, "kind %d, type %d", kind, type);
            a->f->quote.cert_type = type;
            attack_accept(a, UP_TO_DATE);
            assert_int_equal(
                dstack_quote_certification_type(dstack_report_quote(a->report)),
                type);
        }
        /* Type 1 without the PCEID occurs too. */
        a->f->quote.cert_type = 1;
        a->f->quote.cert_data = ds_view_of(short_ppid, sizeof short_ppid);
        attack_accept(a, UP_TO_DATE);
    }
}

static void
chain_of_another_platform(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        a->f->bundle.members[FORGE_M_PCK_CHAIN].omit = false;
        a->f->chain[FORGE_CHAIN_EXTERNAL].certs[0] = FORGE_CERT_EXTRA;
        for (int type = 1; type <= 5; type++) {
            attack_case(a, "kind %d, type %d", kind, type);
            a->f->quote.cert_type = type;
            attack_reject(a, DSTACK_STAGE_QE, DSTACK_REASON_QE_REPORT_SIG);
        }
        /* In the quote itself. */
        attack_begin(a, kind);
        a->f->chain[FORGE_CHAIN_QUOTE].certs[0] = FORGE_CERT_EXTRA;
        attack_reject(a, DSTACK_STAGE_QE, DSTACK_REASON_QE_REPORT_SIG);
    }
}

static void
header_svns(attack *a)
{
    ATTACK_EACH(a, kind)
    {
        a->f->quote.qe_svn = 0x1234;
        a->f->quote.pce_svn = 0xffff;
        attack_accept(a, UP_TO_DATE);
        a->f->quote.qe_svn = a->f->quote.pce_svn = 0;
        attack_accept(a, UP_TO_DATE);
        /* Signed all the same. */
        a->f->quote.flips[0] = (forge_flip){true, FORGE_PART_HEADER, 8 * 8};
        attack_reject(a, DSTACK_STAGE_SIGNATURE, DSTACK_REASON_QUOTE_SIGNATURE);
    }
}

static const attack_row rows[] = {
    ATTACK("1", "fewer bytes than a header", tiny),
    ATTACK("2", "every prefix of a quote", truncated),
    ATTACK("3", "random bytes and text", random_bytes),
    ATTACK("4", "unknown versions", versions),
    ATTACK("5", "unknown key types", key_types),
    ATTACK("6", "unknown TEE types", tee_types),
    ATTACK("7", "version 3 that is not SGX", tee_type_v3),
    ATTACK("8", "another QE vendor", vendor),
    ATTACK("9", "unknown body types", body_type_unknown),
    ATTACK("10", "body type of the other TEE", body_type_of_other_tee),
    ATTACK("11", "body size that is not the type's", body_sizes),
    ATTACK("12", "a longer body than the type's", body_longer_than_type),
    ATTACK("13", "version 4 with the other TEE's body", body_of_other_tee_v4),
    ATTACK("14", "impossible signature data lengths", sig_lens),
    ATTACK("15", "outer certification type not 6", outer_types),
    ATTACK("16", "illegal inner certification types", inner_types),
    ATTACK("17", "outer size unlike what is left", outer_sizes),
    ATTACK("18", "inner size unlike what is left", inner_sizes_all),
    ATTACK("19", "authentication data too long", auth_sizes),
    ATTACK("20", "authentication data of 0 to 1024 bytes", auth_accepted),
    ATTACK("21", "fields of more than 1 MiB", huge_fields),
    ATTACK("22", "bytes after the signature data", trailing),
    ATTACK("23", "a quote of more than 1 MiB", too_large),
    ATTACK("24", "bytes after the last certificate", chain_tail),
    ATTACK("25", "wrong number of certificates", chain_count),
    ATTACK("26", "broken PEM in each chain", chain_pem),
    ATTACK("27", "no PCK chain anywhere", chain_missing),
    ATTACK("28", "PCK chain beside the quote", chain_external),
    ATTACK("29", "PCK chain of another platform", chain_of_another_platform),
    ATTACK("30", "SVNs in the header", header_svns),
};

ATTACK_MAIN(rows)
