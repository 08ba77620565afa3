/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic in Z_q on sixteen coefficients, as poly.h has it on one. Inside ML-KEM's AVX2
 * implementation only.
 */
#ifndef CRYPTO_MLKEM_VEC_AVX2_H
#define CRYPTO_MLKEM_VEC_AVX2_H

#include <immintrin.h>

#include "crypto/mlkem/poly.h"

#define MLKEM_NUM_VECS 16 /* of a polynomial */

static inline __m256i vec_load(const int16_t *from)
{
    return _mm256_load_si256((const __m256i *)from);
}

static inline void vec_store(int16_t *to, __m256i x)
{
    _mm256_store_si256((__m256i *)to, x);
}

/* x * y * 2^-16 mod q, reduced, given y and y * q^-1 mod 2^16: the high half of x * y - t * q,
 * whose low half is zero. For |x * y| < q * 2^15; larger than |x| * |y| * 2^-16 + q / 2 it never
 * is. */
static inline __m256i vec_mul(__m256i x, __m256i y, __m256i y_q_inverse)
{
    const __m256i q = _mm256_set1_epi16(MLKEM_Q);
    const __m256i t = _mm256_mullo_epi16(x, y_q_inverse);

    return _mm256_sub_epi16(_mm256_mulhi_epi16(x, y), _mm256_mulhi_epi16(t, q));
}

/* mlkem_barrett: the same result for the same x. */
static inline __m256i vec_barrett(__m256i x)
{
    const __m256i factor = _mm256_set1_epi16(20159);
    const __m256i q = _mm256_set1_epi16(MLKEM_Q);
    const __m256i high = _mm256_mulhi_epi16(x, factor);
    const __m256i quotient = _mm256_mulhrs_epi16(high, _mm256_set1_epi16(1 << 5)); /* / 2^10 */

    return _mm256_sub_epi16(x, _mm256_mullo_epi16(quotient, q));
}

/* mlkem_canonical. */
static inline __m256i vec_canonical(__m256i x)
{
    const __m256i q = _mm256_set1_epi16(MLKEM_Q);

    return _mm256_add_epi16(x, _mm256_and_si256(_mm256_srai_epi16(x, 15), q));
}

#endif
