/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keccak.h"

#include <string.h>

/* Keccak-f[1600] as FIPS 202, section 3, describes it, on lanes of 64 bits;
 * lane (x, y) is at x + 5 * y. */
#define LANES 25
#define ROUNDS 24

static uint64_t
rotate(uint64_t v, unsigned n)
{
    return n == 0 ? v : v << n | v >> (64 - n);
}

/* 3.2.1 */
static void
theta(uint64_t a[LANES])
{
    uint64_t c[5], d;

    for (size_t x = 0; x < 5; x++)
        c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (size_t x = 0; x < 5; x++) {
        d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
        for (size_t y = 0; y < LANES; y += 5)
            a[x + y] ^= d;
    }
}

/* 3.2.2 and 3.2.3: lane (x, y) is rotated by its offset, which grows by t + 1
 * on the way of the lane, and goes to (y, 2x + 3y). */
static void
rho_pi(uint64_t a[LANES])
{
    uint64_t b[LANES];
    size_t x = 1, y = 0;

    b[0] = a[0];
    for (unsigned t = 0, offset = 0; t < 24; t++) {
        size_t to = y + 5 * ((2 * x + 3 * y) % 5);

        offset = (offset + t + 1) % 64;
        b[to] = rotate(a[x + 5 * y], offset);
        x = to % 5;
        y = to / 5;
    }
    memcpy(a, b, sizeof b);
}

/* 3.2.4 */
static void
chi(uint64_t a[LANES])
{
    for (size_t y = 0; y < LANES; y += 5) {
        uint64_t row[5];

        memcpy(row, a + y, sizeof row);
        for (size_t x = 0; x < 5; x++)
            a[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

/* 3.2.5: bits 2^j - 1 of the round constant come from a shift register over
 * x^8 + x^6 + x^5 + x^4 + 1. */
static uint64_t
iota(uint8_t *lfsr)
{
    uint64_t constant = 0;

    for (unsigned j = 0; j <= 6; j++) {
        if ((*lfsr & 1) != 0)
            constant |= UINT64_C(1) << ((1u << j) - 1);
        *lfsr = (uint8_t)(*lfsr << 1 ^ ((*lfsr >> 7) != 0 ? 0x71 : 0));
    }
    return constant;
}

static void
permute(uint64_t a[LANES])
{
    uint8_t lfsr = 1;

    for (size_t round = 0; round < ROUNDS; round++) {
        theta(a);
        rho_pi(a);
        chi(a);
        a[0] ^= iota(&lfsr);
    }
}

typedef struct {
    uint64_t a[LANES];
    size_t rate;
    size_t at;
} sponge;

static void
add_byte(sponge *s, size_t at, uint8_t byte)
{
    s->a[at / 8] ^= (uint64_t)byte << (8 * (at % 8));
}

static void
absorb(sponge *s, ds_view in)
{
    for (size_t i = 0; i < in.n; i++) {
        add_byte(s, s->at++, in.p[i]);
        if (s->at == s->rate) {
            permute(s->a);
            s->at = 0;
        }
    }
}

void
ds_keccak(ds_view a, ds_view b, uint8_t end, uint8_t *out, size_t size)
{
    sponge s = {{0}, 200 - 2 * size, 0};

    absorb(&s, a);
    absorb(&s, b);
    add_byte(&s, s.at, end);
    add_byte(&s, s.rate - 1, 0x80);
    permute(s.a);
    /* The output is shorter than a block. */
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(s.a[i / 8] >> (8 * (i % 8)));
}
