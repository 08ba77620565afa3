/* SPDX-License-Identifier: Apache-2.0
 *
 * High and low bits, hints and norms (FIPS 204, 7.4) in AVX2, by the same steps as in portable C
 * (rounding.c).
 */
#include "base/ct.h"
#include "crypto/mldsa/avx2.h"

void mldsa_avx2_power2round(struct mldsa_poly *t1, struct mldsa_poly *t0,
                            const struct mldsa_poly *t)
{
    const __m256i q = _mm256_set1_epi32(MLDSA_Q);
    const __m256i below_half = _mm256_set1_epi32((1 << (MLDSA_D - 1)) - 1);

    for (unsigned n = 0; n < MLDSA_NUM_VECTORS; n++) {
        __m256i x = mldsa_canonical(mldsa_load(t, n), q);
        __m256i high = _mm256_srai_epi32(_mm256_add_epi32(x, below_half), MLDSA_D);
        mldsa_store(t1, n, high);
        mldsa_store(t0, n, _mm256_sub_epi32(x, _mm256_slli_epi32(high, MLDSA_D)));
    }
}

/* What Decompose takes from the parameter set. */
struct divisor {
    __m256i q;
    __m256i below_half; /* gamma2 - 1 */
    __m128i pre_shift;
    __m256i multiplier;
    __m128i post_shift;
    __m256i num_high;
    __m256i divisor; /* 2 gamma2 */
};

static inline struct divisor load_divisor(const struct mldsa_params *params)
{
    return (struct divisor){
        .q = _mm256_set1_epi32(MLDSA_Q),
        .below_half = _mm256_set1_epi32(params->gamma2 - 1),
        .pre_shift = _mm_cvtsi32_si128((int)params->high.pre_shift),
        .multiplier = _mm256_set1_epi32((int)params->high.multiplier),
        .post_shift = _mm_cvtsi32_si128((int)params->high.post_shift),
        .num_high = _mm256_set1_epi32(params->num_high),
        .divisor = _mm256_set1_epi32(2 * params->gamma2),
    };
}

static inline void decompose(const struct divisor *d, __m256i *high, __m256i *low, __m256i x)
{
    __m256i dividend, quotient, wraps;

    x = mldsa_canonical(x, d->q);
    dividend = _mm256_srl_epi32(_mm256_add_epi32(x, d->below_half), d->pre_shift);
    quotient = _mm256_srl_epi32(_mm256_mullo_epi32(dividend, d->multiplier), d->post_shift);
    wraps = _mm256_cmpeq_epi32(quotient, d->num_high);
    x = _mm256_sub_epi32(x, _mm256_mullo_epi32(quotient, d->divisor));
    *low = _mm256_add_epi32(x, wraps);
    *high = _mm256_andnot_si256(wraps, quotient);
}

void mldsa_avx2_decompose(const struct mldsa_params *params, struct mldsa_poly *w1,
                          struct mldsa_poly *w0, const struct mldsa_poly *w)
{
    const struct divisor d = load_divisor(params);

    for (unsigned n = 0; n < MLDSA_NUM_VECTORS; n++) {
        __m256i high, low;
        decompose(&d, &high, &low, mldsa_load(w, n));
        mldsa_store(w1, n, high);
        mldsa_store(w0, n, low);
    }
}

uint32_t mldsa_avx2_make_hint(const struct mldsa_params *params, uint8_t hint[MLDSA_HINT_LEN],
                              const struct mldsa_poly *w1, const struct mldsa_poly *low)
{
    const __m256i top = _mm256_set1_epi32(params->gamma2);
    const __m256i bottom = _mm256_set1_epi32(-params->gamma2);
    const __m256i zero = _mm256_setzero_si256();
    uint32_t num_set = 0;

    for (unsigned n = 0; n < MLDSA_NUM_VECTORS; n++) {
        __m256i x = mldsa_load(low, n);
        __m256i above = _mm256_cmpgt_epi32(x, top);
        __m256i below = _mm256_cmpgt_epi32(bottom, x);
        __m256i edge = _mm256_andnot_si256(_mm256_cmpeq_epi32(mldsa_load(w1, n), zero),
                                           _mm256_cmpeq_epi32(x, bottom));
        __m256i changes_high = _mm256_or_si256(_mm256_or_si256(above, below), edge);
        uint32_t bits = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(changes_high));
        hint[n] = (uint8_t)bits;
        num_set += (uint32_t)_mm_popcnt_u32(bits);
    }
    return num_set;
}

void mldsa_avx2_use_hint(const struct mldsa_params *params, struct mldsa_poly *w,
                         const uint8_t hint[MLDSA_HINT_LEN])
{
    const struct divisor d = load_divisor(params);
    const __m256i zero = _mm256_setzero_si256();
    const __m256i one = _mm256_set1_epi32(1);
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);

    for (unsigned n = 0; n < MLDSA_NUM_VECTORS; n++) {
        __m256i bits = _mm256_and_si256(_mm256_set1_epi32(hint[n]), bit);
        __m256i set = _mm256_cmpeq_epi32(bits, bit);
        __m256i high, low, step;
        decompose(&d, &high, &low, mldsa_load(w, n));
        /* +1 if low > 0, else -1 */
        step = _mm256_or_si256(_mm256_cmpgt_epi32(zero, _mm256_sub_epi32(low, one)), one);
        high = _mm256_add_epi32(high, _mm256_and_si256(step, set));
        high = _mm256_add_epi32(high, _mm256_and_si256(_mm256_srai_epi32(high, 31), d.num_high));
        high = _mm256_andnot_si256(_mm256_cmpeq_epi32(high, d.num_high), high);
        mldsa_store(w, n, high);
    }
}

uint32_t mldsa_avx2_norm_exceeds(const struct mldsa_poly *p, int32_t bound)
{
    const __m256i largest = _mm256_set1_epi32(bound - 1);
    __m256i exceeds = _mm256_setzero_si256();

    for (unsigned n = 0; n < MLDSA_NUM_VECTORS; n++) {
        __m256i magnitude = _mm256_abs_epi32(mldsa_load(p, n));
        exceeds = _mm256_or_si256(exceeds, _mm256_cmpgt_epi32(magnitude, largest));
    }
    return ct_mask_nonzero_u32((uint32_t)_mm256_movemask_epi8(exceeds));
}
