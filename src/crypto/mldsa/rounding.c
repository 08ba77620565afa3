/* SPDX-License-Identifier: Apache-2.0
 *
 * High and low bits, hints and norms (FIPS 204, 7.4), over whole polynomials. None of it divides or
 * branches on a coefficient.
 */
#include "base/ct.h"
#include "crypto/mldsa/portable.h"

/* x, bounded by q, in 0 … q - 1. */
static inline int32_t canonical(int32_t x)
{
    return x + ((x >> 31) & MLDSA_Q);
}

void mldsa_portable_power2round(struct mldsa_poly *t1, struct mldsa_poly *t0,
                                const struct mldsa_poly *t)
{
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int32_t x = canonical(t->coeff[j]);
        int32_t high = (x + (1 << (MLDSA_D - 1)) - 1) >> MLDSA_D;
        t1->coeff[j] = high;
        t0->coeff[j] = x - (high << MLDSA_D);
    }
}

/* All ones if a == b, for differences below 2^31. */
static inline int32_t mask_equal(int32_t a, int32_t b)
{
    int32_t difference = a ^ b;
    return ~((difference | -difference) >> 31);
}

/*
 * Low bits lie in -gamma2 + 1 … gamma2, so the high bits are (x + gamma2 - 1) / (2 gamma2), rounded
 * down. At the top, where that gives num_high, the value wraps to 0 and the low bits lose 1.
 */
static inline void decompose(const struct mldsa_params *params, int32_t *high, int32_t *low,
                             int32_t x)
{
    uint32_t dividend = (uint32_t)(x + params->gamma2 - 1) >> params->high.pre_shift;
    int32_t quotient = (int32_t)((dividend * params->high.multiplier) >> params->high.post_shift);
    int32_t wraps = mask_equal(quotient, params->num_high);

    *low = x - quotient * 2 * params->gamma2 + wraps;
    *high = quotient & ~wraps;
}

void mldsa_portable_decompose(const struct mldsa_params *params, struct mldsa_poly *w1,
                              struct mldsa_poly *w0, const struct mldsa_poly *w)
{
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int32_t high, low;
        decompose(params, &high, &low, canonical(w->coeff[j]));
        w1->coeff[j] = high;
        w0->coeff[j] = low;
    }
}

/* The high bits change if low has left -gamma2 + 1 … gamma2; but the multiple 0 of 2 gamma2 also
 * owns -gamma2, because the wrap took 1 away. */
static inline uint32_t changes_high(int32_t high, int32_t low, int32_t gamma2)
{
    int32_t above = (gamma2 - low) >> 31;
    int32_t below = (low + gamma2) >> 31;
    int32_t edge = mask_equal(low, -gamma2) & ~mask_equal(high, 0);

    return (uint32_t)(above | below | edge) & 1;
}

uint32_t mldsa_portable_make_hint(const struct mldsa_params *params, uint8_t hint[MLDSA_HINT_LEN],
                                  const struct mldsa_poly *w1, const struct mldsa_poly *low)
{
    uint32_t num_set = 0;

    for (unsigned n = 0; n < MLDSA_HINT_LEN; n++) {
        uint32_t bits = 0;
        for (unsigned i = 0; i < 8; i++) {
            unsigned j = 8 * n + i;
            uint32_t set = changes_high(w1->coeff[j], low->coeff[j], params->gamma2);
            bits |= set << i;
            num_set += set;
        }
        hint[n] = (uint8_t)bits;
    }
    return num_set;
}

void mldsa_portable_use_hint(const struct mldsa_params *params, struct mldsa_poly *w,
                             const uint8_t hint[MLDSA_HINT_LEN])
{
    int32_t set[MLDSA_N];

    for (unsigned j = 0; j < MLDSA_N; j++)
        set[j] = hint[j / 8] >> j % 8 & 1;
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int32_t high, low;
        decompose(params, &high, &low, canonical(w->coeff[j]));
        /* +1 if low > 0, else -1 */
        int32_t step = ((-low >> 31) & 2) - 1;
        high += step & -set[j];
        high += (high >> 31) & params->num_high;
        w->coeff[j] = high & ~mask_equal(high, params->num_high);
    }
}

uint32_t mldsa_portable_norm_exceeds(const struct mldsa_poly *p, int32_t bound)
{
    uint32_t exceeds = 0;

    for (unsigned j = 0; j < MLDSA_N; j++) {
        int32_t sign = p->coeff[j] >> 31;
        int32_t magnitude = (p->coeff[j] ^ sign) - sign;
        exceeds |= (uint32_t)((bound - 1 - magnitude) >> 31);
    }
    return ct_mask_nonzero_u32(exceeds);
}
