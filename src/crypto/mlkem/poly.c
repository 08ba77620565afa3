/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials to bytes and back (FIPS 203, 4.2.1) in portable C.
 *
 * Eight coefficients of d bits make d bytes. pack and unpack are inlined with a constant d each, so
 * that the compiler turns their index arithmetic into fixed shifts.
 */
#include "crypto/mlkem/poly.h"

#include <assert.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mlkem/impl.h"

#define INLINE static inline __attribute__((always_inline))

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

void mlkem_portable_encode(uint8_t out[MLKEM_POLY_LEN], const struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_N / 8; i++) {
        uint16_t v[8];

        for (unsigned n = 0; n < 8; n++)
            v[n] = (uint16_t)p->coeff[8 * i + n];
        pack(&out[12 * i], v, 12);
    }
}

uint32_t mlkem_portable_decode(struct mlkem_poly *p, const uint8_t in[MLKEM_POLY_LEN])
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

INLINE void compress(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e,
                     unsigned d)
{
    for (unsigned i = 0; i < MLKEM_N / 8; i++) {
        uint16_t v[8];

        for (unsigned n = 0; n < 8; n++) {
            const int16_t sum = (int16_t)(p->coeff[8 * i + n] + e->coeff[8 * i + n]);

            v[n] = mlkem_compress(mlkem_canonical(mlkem_barrett(sum)), d);
        }
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

void mlkem_portable_compress(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e,
                             unsigned d)
{
    switch (d) {
    case 4:
        compress(out, p, e, 4);
        break;
    case 5:
        compress(out, p, e, 5);
        break;
    case 10:
        compress(out, p, e, 10);
        break;
    default:
        assert(d == 11);
        compress(out, p, e, 11);
    }
}

void mlkem_portable_decompress(struct mlkem_poly *p, const uint8_t *in, unsigned d)
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

/* Written with masks behind a barrier: a compiler that sees that what is added can only be one of
 * two values may choose it by a branch on the message bit. */
void mlkem_portable_add_message(struct mlkem_poly *p, const uint8_t m[MLKEM_M_LEN])
{
    const uint32_t one = (MLKEM_Q + 1) / 2; /* Decompress_1(1) */

    for (unsigned i = 0; i < MLKEM_N; i++) {
        const uint32_t mask = ct_barrier_u32(0u - ((uint32_t)m[i / 8] >> (i % 8) & 1));

        p->coeff[i] = (int16_t)(p->coeff[i] + (int16_t)(mask & one));
    }
}

void mlkem_portable_to_message(uint8_t m[MLKEM_M_LEN], const struct mlkem_poly *v,
                               const struct mlkem_poly *w)
{
    struct mlkem_poly sk_minus_w;

    for (unsigned i = 0; i < MLKEM_N; i++)
        sk_minus_w.coeff[i] = (int16_t)-w->coeff[i];
    compress(m, v, &sk_minus_w, 1);
    WIPE(sk_minus_w);
}
