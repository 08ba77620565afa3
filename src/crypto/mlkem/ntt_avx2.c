/* SPDX-License-Identifier: Apache-2.0
 *
 * The number-theoretic transform (FIPS 203, 4.3) in AVX2, coefficients in the standard's order.
 *
 * Three layers go over eight vectors that stay in registers; the other four over pairs of vectors
 * next to each other, the last three of them within vectors: what has to meet is brought side by
 * side by shuffles, and back.
 */
#include <assert.h>

#include "crypto/mlkem/avx2.h"
#include "crypto/mlkem/twiddles_avx2.h"
#include "crypto/mlkem/vec_avx2.h"

#define INLINE static inline __attribute__((always_inline))

/* How many pairs of vectors go through the later layers side by side: with one, each instruction
 * would wait for the one before. */
#define NUM_PAIRS 4

/* The butterfly of Algorithm 9. */
INLINE void butterfly(__m256i *x, __m256i *y, __m256i zeta, __m256i zeta_q_inverse)
{
    const __m256i t = vec_mul(*y, zeta, zeta_q_inverse);

    *y = _mm256_sub_epi16(*x, t);
    *x = _mm256_add_epi16(*x, t);
}

/* The butterfly of Algorithm 10. */
INLINE void inverse_butterfly(__m256i *x, __m256i *y, __m256i zeta, __m256i zeta_q_inverse)
{
    const __m256i difference = _mm256_sub_epi16(*y, *x);

    *x = _mm256_add_epi16(*x, *y);
    *y = vec_mul(difference, zeta, zeta_q_inverse);
}

INLINE void outer_butterfly(__m256i *x, __m256i *y, unsigned i)
{
    butterfly(x, y, _mm256_set1_epi16(outer_zetas[i]), _mm256_set1_epi16(outer_zetas_q_inverse[i]));
}

INLINE void outer_inverse_butterfly(__m256i *x, __m256i *y, unsigned i)
{
    inverse_butterfly(x, y, _mm256_set1_epi16(outer_zetas[i]),
                      _mm256_set1_epi16(outer_zetas_q_inverse[i]));
}

INLINE void inner_butterfly(__m256i *x, __m256i *y, const struct twiddles *t)
{
    butterfly(x, y, vec_load(t->zeta), vec_load(t->zeta_q_inverse));
}

INLINE void inner_inverse_butterfly(__m256i *x, __m256i *y, const struct twiddles *t)
{
    inverse_butterfly(x, y, vec_load(t->zeta), vec_load(t->zeta_q_inverse));
}

/* Do what follows for each of the pairs of vectors that are worked on side by side. */
#define EACH for (unsigned n = 0; n < NUM_PAIRS; n++)

/* ------------------------------------------------------------------ shuffles */

/* Halves of both: low ones to x, high ones to y. Its own inverse. */
INLINE void swap_halves(__m256i *x, __m256i *y)
{
    const __m256i low = _mm256_permute2x128_si256(*x, *y, 0x20);

    *y = _mm256_permute2x128_si256(*x, *y, 0x31);
    *x = low;
}

/* The same with the 64-bit halves of each 128 bits. */
INLINE void swap_quarters(__m256i *x, __m256i *y)
{
    const __m256i low = _mm256_unpacklo_epi64(*x, *y);

    *y = _mm256_unpackhi_epi64(*x, *y);
    *x = low;
}

/* The even 32-bit elements of both to x, the odd ones to y. */
INLINE void split_pairs(__m256i *x, __m256i *y)
{
    const __m256 a = _mm256_castsi256_ps(*x);
    const __m256 b = _mm256_castsi256_ps(*y);

    *x = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88));
    *y = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xdd));
}

/* The inverse of split_pairs. */
INLINE void join_pairs(__m256i *x, __m256i *y)
{
    const __m256i low = _mm256_unpacklo_epi32(*x, *y);

    *y = _mm256_unpackhi_epi32(*x, *y);
    *x = low;
}

INLINE void barrett(__m256i *x, __m256i *y)
{
    *x = vec_barrett(*x);
    *y = vec_barrett(*y);
}

INLINE void load_pairs(__m256i x[NUM_PAIRS], __m256i y[NUM_PAIRS], const int16_t *f)
{
    EACH x[n] = vec_load(f + 32 * n);
    EACH y[n] = vec_load(f + 32 * n + 16);
}

INLINE void store_pairs(int16_t *f, const __m256i x[NUM_PAIRS], const __m256i y[NUM_PAIRS])
{
    EACH vec_store(f + 32 * n, x[n]);
    EACH vec_store(f + 32 * n + 16, y[n]);
}

/* ------------------------------------------------------------------ transform */

/* Layers 1 to 3 on the eight vectors of f that are two apart. */
INLINE void first_layers(int16_t *f)
{
    __m256i v[8];

    for (unsigned i = 0; i < 8; i++)
        v[i] = vec_load(f + 32 * i);
    for (unsigned i = 0; i < 4; i++)
        outer_butterfly(&v[i], &v[i + 4], 1);
    for (unsigned i = 0; i < 8; i += 4)
        for (unsigned n = 0; n < 2; n++)
            outer_butterfly(&v[i + n], &v[i + n + 2], 2 + i / 4);
    for (unsigned i = 0; i < 8; i += 2)
        outer_butterfly(&v[i], &v[i + 1], 4 + i / 2);
    for (unsigned i = 0; i < 8; i++)
        vec_store(f + 32 * i, v[i]);
}

/* Layers 4 to 7 on coefficients 32m to 32m + 32 NUM_PAIRS - 1. */
INLINE void last_layers(int16_t *f, unsigned m)
{
    const struct twiddle_rows *rows = &forward_rows[m];
    __m256i x[NUM_PAIRS];
    __m256i y[NUM_PAIRS];

    load_pairs(x, y, f + 32 * m);
    EACH outer_butterfly(&x[n], &y[n], 8 + m + n);
    EACH swap_halves(&x[n], &y[n]);
    EACH inner_butterfly(&x[n], &y[n], &rows[n].len8);
    EACH swap_quarters(&x[n], &y[n]);
    EACH inner_butterfly(&x[n], &y[n], &rows[n].len4);
    EACH split_pairs(&x[n], &y[n]);
    EACH inner_butterfly(&x[n], &y[n], &rows[n].len2);
    EACH barrett(&x[n], &y[n]);
    EACH join_pairs(&x[n], &y[n]);
    EACH swap_quarters(&x[n], &y[n]);
    EACH swap_halves(&x[n], &y[n]);
    store_pairs(f + 32 * m, x, y);
}

/* Every layer adds less than q to the bound on a coefficient: after the last it is below 8q. */
void mlkem_avx2_ntt(struct mlkem_poly *p)
{
    first_layers(p->coeff);
    first_layers(p->coeff + 16);
    for (unsigned m = 0; m < 8; m += NUM_PAIRS)
        last_layers(p->coeff, m);
}

/* The first four layers of the inverse. From q, sums are below 8q after three, and q after four,
 * with a reduction to q/2 between. */
INLINE void first_inverse_layers(int16_t *f, unsigned m)
{
    const struct twiddle_rows *rows = &inverse_rows[m];
    __m256i x[NUM_PAIRS];
    __m256i y[NUM_PAIRS];

    load_pairs(x, y, f + 32 * m);
    EACH swap_halves(&x[n], &y[n]);
    EACH swap_quarters(&x[n], &y[n]);
    EACH split_pairs(&x[n], &y[n]);
    EACH inner_inverse_butterfly(&x[n], &y[n], &rows[n].len2);
    EACH join_pairs(&x[n], &y[n]);
    EACH inner_inverse_butterfly(&x[n], &y[n], &rows[n].len4);
    EACH swap_quarters(&x[n], &y[n]);
    EACH inner_inverse_butterfly(&x[n], &y[n], &rows[n].len8);
    EACH barrett(&x[n], &y[n]);
    EACH swap_halves(&x[n], &y[n]);
    EACH outer_inverse_butterfly(&x[n], &y[n], 15 - m - n);
    store_pairs(f + 32 * m, x, y);
}

/* The other three, in which sums grow to 8q. The scaling by 2^32 / 128 (mod q) is part of the last,
 * and its products are below 0.71 q. */
INLINE void last_inverse_layers(int16_t *f)
{
    const __m256i scale = _mm256_set1_epi16(1441); /* 2^32 / 128 */
    const __m256i scale_q_inverse = _mm256_set1_epi16(-10079);
    const __m256i zeta = _mm256_set1_epi16(1397); /* 17^64 * 2^32 / 128, the power of index 1 */
    const __m256i zeta_q_inverse = _mm256_set1_epi16(5237);
    __m256i v[8];

    for (unsigned i = 0; i < 8; i++)
        v[i] = vec_load(f + 32 * i);
    for (unsigned i = 0; i < 8; i += 2)
        outer_inverse_butterfly(&v[i], &v[i + 1], 7 - i / 2);
    for (unsigned i = 0; i < 8; i += 4)
        for (unsigned n = 0; n < 2; n++)
            outer_inverse_butterfly(&v[i + n], &v[i + n + 2], 3 - i / 4);
    for (unsigned i = 0; i < 4; i++) {
        inverse_butterfly(&v[i], &v[i + 4], zeta, zeta_q_inverse);
        v[i] = vec_mul(v[i], scale, scale_q_inverse);
    }
    for (unsigned i = 0; i < 8; i++)
        vec_store(f + 32 * i, v[i]);
}

void mlkem_avx2_intt(struct mlkem_poly *p)
{
    for (unsigned m = 0; m < 8; m += NUM_PAIRS)
        first_inverse_layers(p->coeff, m);
    last_inverse_layers(p->coeff);
    last_inverse_layers(p->coeff + 16);
}

/* ------------------------------------------------------------------ products */

void mlkem_avx2_factor(struct mlkem_factor *f, const struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const __m256i x = vec_load(&p->coeff[16 * i]);
        const __m256i product =
            vec_mul(x, vec_load(gammas[i].zeta), vec_load(gammas[i].zeta_q_inverse));
        const __m256i crossed = _mm256_or_si256(_mm256_slli_epi32(x, 16), _mm256_srli_epi32(x, 16));

        vec_store(&f->straight.coeff[16 * i], _mm256_blend_epi16(x, product, 0xaa));
        vec_store(&f->crossed.coeff[16 * i], crossed);
    }
}

/* Sixteen 32-bit sums, those of the even coefficients in c0 and of the odd ones in c1, times 2^-16
 * mod q, as vec_mul does it. */
INLINE __m256i reduce_sums(__m256i c0, __m256i c1)
{
    const __m256i q = _mm256_set1_epi16(MLKEM_Q);
    const __m256i q_inverse = _mm256_set1_epi16(-3327); /* mod 2^16 */
    const __m256i low = _mm256_blend_epi16(c0, _mm256_slli_epi32(c1, 16), 0xaa);
    const __m256i high = _mm256_blend_epi16(_mm256_srli_epi32(c0, 16), c1, 0xaa);
    const __m256i t = _mm256_mullo_epi16(low, q_inverse);

    return _mm256_sub_epi16(high, _mm256_mulhi_epi16(t, q));
}

/* num is a constant wherever this is inlined. */
INLINE void basemul_acc(struct mlkem_poly *out, const struct mlkem_poly *a, unsigned stride,
                        const struct mlkem_factor *b, unsigned num)
{
    for (unsigned i = 0; i < MLKEM_N; i += 16) {
        __m256i c0 = _mm256_setzero_si256();
        __m256i c1 = _mm256_setzero_si256();

        for (unsigned n = 0; n < num; n++) {
            const __m256i x = vec_load(&a[n * stride].coeff[i]);
            const __m256i straight = vec_load(&b[n].straight.coeff[i]);
            const __m256i crossed = vec_load(&b[n].crossed.coeff[i]);

            c0 = _mm256_add_epi32(c0, _mm256_madd_epi16(x, straight));
            c1 = _mm256_add_epi32(c1, _mm256_madd_epi16(x, crossed));
        }
        vec_store(&out->coeff[i], reduce_sums(c0, c1));
    }
}

void mlkem_avx2_basemul_acc(struct mlkem_poly *out, const struct mlkem_poly *a, unsigned stride,
                            const struct mlkem_factor *b, unsigned num)
{
    switch (num) {
    case 2:
        basemul_acc(out, a, stride, b, 2);
        break;
    case 3:
        basemul_acc(out, a, stride, b, 3);
        break;
    case 4:
        basemul_acc(out, a, stride, b, 4);
        break;
    default:
        assert(num == 1);
        basemul_acc(out, a, stride, b, 1);
    }
}

void mlkem_avx2_scale_add(struct mlkem_poly *p, const struct mlkem_poly *e)
{
    const __m256i square = _mm256_set1_epi16(1353); /* 2^32 mod q */
    const __m256i square_q_inverse = _mm256_set1_epi16(20553);

    for (unsigned i = 0; i < MLKEM_N; i += 16) {
        const __m256i x = vec_mul(vec_load(&p->coeff[i]), square, square_q_inverse);
        const __m256i sum = _mm256_add_epi16(x, vec_load(&e->coeff[i]));

        vec_store(&p->coeff[i], vec_canonical(vec_barrett(sum)));
    }
}

void mlkem_avx2_canonical(struct mlkem_poly *p)
{
    for (unsigned i = 0; i < MLKEM_N; i += 16)
        vec_store(&p->coeff[i], vec_canonical(vec_load(&p->coeff[i])));
}
