/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keccak.h"

#include "base/mem.h"

/* FIPS 202. Lane (x, y) of the state is lane[x + 5 * y], and its bit z has the
 * value 2^z (3.1.2, B.1). */
typedef struct {
    uint64_t lane[25];
    size_t rate; /* bytes of a block */
    size_t off;  /* bytes of the block that were absorbed */
} sponge;

/* 3.2.2, table 2: by how much rho turns each lane. */
static const uint8_t rho[25] = {0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43,
    25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14};

/* 3.2.3: lane (x, y) goes to (y, 2x + 3y). */
static const uint8_t pi[25] = {0, 10, 20, 5, 15, 16, 1, 11, 21, 6, 7, 17, 2, 12,
    22, 23, 8, 18, 3, 13, 14, 24, 9, 19, 4};

/* 3.2.5: the constants of iota. */
static const uint64_t iota[24] = {0x0000000000000001, 0x0000000000008082,
    0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009,
    0x000000008000000a, 0x000000008000808b, 0x800000000000008b,
    0x8000000000008089, 0x8000000000008003, 0x8000000000008002,
    0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001,
    0x8000000080008008};

static uint64_t
turn(uint64_t v, unsigned by)
{
    return v << by | v >> (-by & 63);
}

/* 3.2.1 */
static void
theta(uint64_t a[25])
{
    uint64_t c[5];

    for (int x = 0; x < 5; x++)
        c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (int x = 0; x < 5; x++) {
        uint64_t d = c[(x + 4) % 5] ^ turn(c[(x + 1) % 5], 1);

        for (int y = 0; y < 25; y += 5)
            a[x + y] ^= d;
    }
}

static void
permute(uint64_t a[25])
{
    uint64_t b[25];

    for (int round = 0; round < 24; round++) {
        theta(a);
        for (int i = 0; i < 25; i++)
            b[pi[i]] = turn(a[i], rho[i]);
        /* 3.2.4, chi */
        for (int y = 0; y < 25; y += 5)
            for (int x = 0; x < 5; x++)
                a[x + y] =
                    b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y]);
        a[0] ^= iota[round];
    }
    ds_wipe(b, sizeof b);
}

static void
add_byte(sponge *s, size_t at, uint8_t v)
{
    s->lane[at / 8] ^= (uint64_t)v << 8 * (at % 8);
}

static void
absorb(sponge *s, ds_view in)
{
    for (size_t i = 0; i < in.n; i++) {
        add_byte(s, s->off++, in.p[i]);
        if (s->off == s->rate) {
            permute(s->lane);
            s->off = 0;
        }
    }
}

void
ds_keccak(int suffix, const ds_view *parts, size_t n, uint8_t *out, size_t size)
{
    sponge s = {{0}, 200 - 2 * size, 0};

    for (size_t i = 0; i < n; i++)
        absorb(&s, parts[i]);
    /* 5.1, pad10*1. A digest is shorter than a block. */
    add_byte(&s, s.off, (uint8_t)suffix);
    add_byte(&s, s.rate - 1, 0x80);
    permute(s.lane);
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(s.lane[i / 8] >> 8 * (i % 8));
    ds_wipe(&s, sizeof s);
}
