/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials: sums, and their way to bytes and back (FIPS 203, 4.2.1).
 *
 * Eight coefficients of d bits make d bytes. pack and unpack are inlined with a constant d each, so
 * that the compiler turns their index arithmetic into fixed shifts.
 */
#include "crypto/mlkem/poly.h"

#include <assert.h>

#include "base/ct.h"

#define INLINE static inline __attribute__((always_inline))

void mlkem_poly_add(struct mlkem_poly *p, const struct mlkem_poly *other)
{
    for (unsigned i = 0; i < MLKEM_N; i++)
        p->coeff[i] = (int16_t)(p->coeff[i] + other->coeff[i]);
}

void mlkem_poly_sub(struct mlkem_poly *p, const struct mlkem_poly *other)
{
    for (unsigned i = 0; i < MLKEM_N; i++)
        p->coeff[i] = (int16_t)(p->coeff[i] - other->coeff[i]);
}

void mlkem_poly_reduce(struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_N; i++)
        p->coeff[i] = mlkem_barrett(p->coeff[i]);
}

void mlkem_poly_canonical(struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_N; i++)
        p->coeff[i] = (int16_t)mlkem_canonical(p->coeff[i]);
}

/* Eight d-bit numbers to d bytes, d <= 12. */
INLINE void pack(uint8_t *out, const uint16_t v[8], unsigned d)
{
    uint64_t word[2] = {0, 0};

    for (unsigned i = 0; i < 8; i++) {
        const unsigned bit = i * d;
        const unsigned shift = bit % 64;

        word[bit / 64] |= (uint64_t)v[i] << shift;
        if (shift + d > 64)
            word[1] |= (uint64_t)v[i] >> (64 - shift);
    }
    for (unsigned i = 0; i < d; i++)
        out[i] = (uint8_t)(word[i / 8] >> (8 * (i % 8)));
}

/* d bytes to eight d-bit numbers. */
INLINE void unpack(uint16_t v[8], const uint8_t *in, unsigned d)
{
    const uint64_t mask = (1u << d) - 1;
    uint64_t word[2] = {0, 0};

    for (unsigned i = 0; i < d; i++)
        word[i / 8] |= (uint64_t)in[i] << (8 * (i % 8));
    for (unsigned i = 0; i < 8; i++) {
        const unsigned bit = i * d;
        const unsigned shift = bit % 64;
        uint64_t x = word[bit / 64] >> shift;

        if (shift + d > 64)
            x |= word[1] << (64 - shift);
        v[i] = (uint16_t)(x & mask);
    }
}

void mlkem_poly_encode(uint8_t out[MLKEM_POLY_LEN], const struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_N / 8; i++) {
        uint16_t v[8];

        for (unsigned n = 0; n < 8; n++)
            v[n] = (uint16_t)p->coeff[8 * i + n];
        pack(&out[12 * i], v, 12);
    }
}

uint32_t mlkem_poly_decode(struct mlkem_poly *p, const uint8_t in[MLKEM_POLY_LEN])
{
    uint32_t too_large = 0;

    for (unsigned i = 0; i < MLKEM_N / 8; i++) {
        uint16_t v[8];

        unpack(v, &in[12 * i], 12);
        for (unsigned n = 0; n < 8; n++) {
            too_large |= (uint32_t)(MLKEM_Q - 1 - v[n]) >> 31;
            p->coeff[8 * i + n] = (int16_t)v[n];
        }
    }
    return ct_mask_nonzero_u32(too_large);
}

INLINE void compress(uint8_t *out, const struct mlkem_poly *p, unsigned d)
{
    for (unsigned i = 0; i < MLKEM_N / 8; i++) {
        uint16_t v[8];

        for (unsigned n = 0; n < 8; n++)
            v[n] = mlkem_compress(mlkem_canonical(p->coeff[8 * i + n]), d);
        pack(&out[d * i], v, d);
    }
}

INLINE void decompress(struct mlkem_poly *p, const uint8_t *in, unsigned d)
{
    for (unsigned i = 0; i < MLKEM_N / 8; i++) {
        uint16_t v[8];

        unpack(v, &in[d * i], d);
        for (unsigned n = 0; n < 8; n++)
            p->coeff[8 * i + n] = mlkem_decompress(v[n], d);
    }
}

void mlkem_poly_compress(uint8_t *out, const struct mlkem_poly *p, unsigned d)
{
    switch (d) {
    case 4:
        compress(out, p, 4);
        break;
    case 5:
        compress(out, p, 5);
        break;
    case 10:
        compress(out, p, 10);
        break;
    default:
        assert(d == 11);
        compress(out, p, 11);
    }
}

void mlkem_poly_decompress(struct mlkem_poly *p, const uint8_t *in, unsigned d)
{
    switch (d) {
    case 4:
        decompress(p, in, 4);
        break;
    case 5:
        decompress(p, in, 5);
        break;
    case 10:
        decompress(p, in, 10);
        break;
    default:
        assert(d == 11);
        decompress(p, in, 11);
    }
}

/* Written with masks behind a barrier: a compiler that sees that a coefficient can only be one of
 * two values may choose it by a branch on the message bit. */
void mlkem_poly_from_message(struct mlkem_poly *p, const uint8_t m[MLKEM_M_LEN])
{
    const uint32_t one = (MLKEM_Q + 1) / 2; /* Decompress_1(1) */

    for (unsigned i = 0; i < MLKEM_N; i++) {
        const uint32_t mask = ct_barrier_u32(0u - ((uint32_t)m[i / 8] >> (i % 8) & 1));

        p->coeff[i] = (int16_t)(mask & one);
    }
}

void mlkem_poly_to_message(uint8_t m[MLKEM_M_LEN], const struct mlkem_poly *p)
{
    compress(m, p, 1);
}
