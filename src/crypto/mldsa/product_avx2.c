/* SPDX-License-Identifier: Apache-2.0
 *
 * A short polynomial times a challenge in AVX2 (see product.c).
 */
#include <assert.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mldsa/avx2.h"

#define NUM_ROWS 8 /* of 32 coefficients of a byte */

static inline __m256i load_bytes(const int8_t *in)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)in);
}

/* The sum of the terms first … end - 1. */
static inline void sum_windows(int8_t sum[MLDSA_N], const struct mldsa_challenge *c,
                               const struct mldsa_short *s, unsigned first, unsigned end)
{
    __m256i row[NUM_ROWS];

    for (unsigned i = 0; i < NUM_ROWS; i++)
        row[i] = _mm256_setzero_si256();
    for (unsigned n = first; n < end; n++) {
        const int8_t *window = s->coeff + c->window[n];
        for (unsigned i = 0; i < NUM_ROWS; i++)
            row[i] = _mm256_add_epi8(row[i], load_bytes(window + 32 * i));
    }
    for (unsigned i = 0; i < NUM_ROWS; i++)
        _mm256_storeu_si256((__m256i *)(void *)(sum + 32 * i), row[i]);
}

/* Eight sums, each of the two bytes that it comes in. */
static inline __m256i add_halves(const int8_t half[2][MLDSA_N], unsigned n)
{
    __m128i first = _mm_loadl_epi64((const __m128i *)(const void *)(half[0] + 8 * n));
    __m128i second = _mm_loadl_epi64((const __m128i *)(const void *)(half[1] + 8 * n));

    return _mm256_add_epi32(_mm256_cvtepi8_epi32(first), _mm256_cvtepi8_epi32(second));
}

static_assert(MLDSA_MAX_TAU <= 2 * MLDSA_MAX_SHORT_TERMS, "two bytes hold a sum of all terms");

uint32_t mldsa_avx2_add_product(struct mldsa_poly *p, const struct mldsa_challenge *c,
                                const struct mldsa_short *s, int32_t bound)
{
    const __m256i largest = _mm256_set1_epi32(bound - 1);
    const unsigned middle = c->num / 2;
    __m256i exceeds = _mm256_setzero_si256();
    int8_t half[2][MLDSA_N];

    sum_windows(half[0], c, s, 0, middle);
    sum_windows(half[1], c, s, middle, c->num);
    for (unsigned n = 0; n < MLDSA_NUM_VECTORS; n++) {
        __m256i x = _mm256_add_epi32(mldsa_load(p, n), add_halves(half, n));
        mldsa_store(p, n, x);
        exceeds = _mm256_or_si256(exceeds, _mm256_cmpgt_epi32(_mm256_abs_epi32(x), largest));
    }
    WIPE(half);
    return ct_mask_nonzero_u32((uint32_t)_mm256_movemask_epi8(exceeds));
}
