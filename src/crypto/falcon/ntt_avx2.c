/* SPDX-License-Identifier: Apache-2.0
 *
 * ntt.c with AVX2, sixteen coefficients at a time.
 *
 * The last four layers are done on 256 coefficients that were transposed, so that blocks of sixteen
 * lie side by side; they stay so in the NTT domain.
 */
#include "crypto/falcon/avx2.h"
#include "crypto/falcon/zq.h"

static inline __m256i load(const int16_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void store(int16_t *p, __m256i x)
{
    _mm256_storeu_si256((__m256i *)p, x);
}

/* zq_mul and zq_reduce */

static inline __m256i multiply(__m256i a, __m256i b)
{
    const __m256i q = _mm256_set1_epi16(FALCON_Q), inverse = _mm256_set1_epi16(ZQ_INVERSE);
    const __m256i quotient = _mm256_mullo_epi16(_mm256_mullo_epi16(a, b), inverse);

    return _mm256_sub_epi16(_mm256_mulhi_epi16(a, b), _mm256_mulhi_epi16(quotient, q));
}

static inline __m256i reduce(__m256i a)
{
    const __m256i quotient = _mm256_mulhrs_epi16(a, _mm256_set1_epi16(3));

    return _mm256_sub_epi16(a, _mm256_mullo_epi16(quotient, _mm256_set1_epi16(FALCON_Q)));
}

static inline __m256i center(__m256i a)
{
    const __m256i q = _mm256_set1_epi16(FALCON_Q), half = _mm256_set1_epi16(FALCON_Q / 2);
    __m256i x = reduce(a);

    x = _mm256_sub_epi16(x, _mm256_and_si256(q, _mm256_cmpgt_epi16(x, half)));
    return _mm256_add_epi16(
        x,
        _mm256_and_si256(q, _mm256_cmpgt_epi16(_mm256_sub_epi16(_mm256_setzero_si256(), half), x)));
}

/* ------------------------------------------------------------------ 16 by 16 transposition */

#define INTERLEAVE(bits)                                                                           \
    static inline void interleave_##bits(__m256i v[16], unsigned distance)                         \
    {                                                                                              \
        for (unsigned i = 0; i < 16; i++) {                                                        \
            if ((i & distance) != 0)                                                               \
                continue;                                                                          \
            __m256i low = _mm256_unpacklo_epi##bits(v[i], v[i + distance]);                        \
            v[i + distance] = _mm256_unpackhi_epi##bits(v[i], v[i + distance]);                    \
            v[i] = low;                                                                            \
        }                                                                                          \
    }
INTERLEAVE(16)
INTERLEAVE(32)
INTERLEAVE(64)

/* Its own inverse. */
static inline void transpose(__m256i v[16])
{
    __m256i w[16];

    interleave_16(v, 1);
    interleave_32(v, 2);
    interleave_64(v, 4);
    for (unsigned i = 0; i < 8; i++) {
        w[i] = _mm256_permute2x128_si256(v[i], v[i + 8], 0x20);
        w[i + 8] = _mm256_permute2x128_si256(v[i], v[i + 8], 0x31);
    }
    /* Within halves the numbers of the vectors came out with their three bits in reverse. */
    static const unsigned char reverse[8] = {0, 4, 2, 6, 1, 5, 3, 7};
    for (unsigned i = 0; i < 8; i++) {
        v[i] = w[reverse[i]];
        v[i + 8] = w[8 + reverse[i]];
    }
}

/* ------------------------------------------------------------------ layers */

static inline void butterfly(__m256i *x, __m256i *y, __m256i root, bool with_reduction)
{
    const __m256i a = with_reduction ? reduce(*x) : *x;
    const __m256i b = multiply(*y, root);

    *x = _mm256_add_epi16(a, b);
    *y = _mm256_sub_epi16(a, b);
}

static inline void inverse_butterfly(__m256i *x, __m256i *y, __m256i root)
{
    const __m256i sum = _mm256_add_epi16(*x, *y);
    const __m256i difference = _mm256_sub_epi16(*x, *y);

    *x = reduce(sum);
    *y = multiply(difference, root);
}

/* The layers of a block of 16 coefficients, for 16 blocks. first: number of the first of them. */
static inline void last_layers(int16_t *p, const int16_t roots[FALCON_AVX2_ROOTS][16],
                               unsigned first)
{
    __m256i v[16];

    for (unsigned i = 0; i < 16; i++)
        v[i] = load(p + 16 * i);
    transpose(v);
    for (unsigned k = 0; k < 4; k++) {
        const unsigned half = 8 >> k;

        for (unsigned h = 0; h < 1u << k; h++) {
            const __m256i root = load(roots[(1u << k) - 1 + h]);

            for (unsigned i = 2 * half * h; i < 2 * half * h + half; i++)
                butterfly(&v[i], &v[i + half], root, (first + k) % 2 == 0);
        }
    }
    for (unsigned i = 0; i < 16; i++)
        store(p + 16 * i, v[i]);
}

static inline void first_inverse_layers(int16_t *p, const int16_t roots[FALCON_AVX2_ROOTS][16])
{
    __m256i v[16];

    for (unsigned i = 0; i < 16; i++)
        v[i] = load(p + 16 * i);
    for (unsigned k = 4; k-- > 0;) {
        const unsigned half = 8 >> k;

        for (unsigned h = 0; h < 1u << k; h++) {
            const __m256i root = load(roots[(1u << k) - 1 + h]);

            for (unsigned i = 2 * half * h; i < 2 * half * h + half; i++)
                inverse_butterfly(&v[i], &v[i + half], root);
        }
    }
    transpose(v);
    for (unsigned i = 0; i < 16; i++)
        store(p + 16 * i, v[i]);
}

/* Where the tables of a degree begin. */
static inline unsigned first_table(unsigned log_n)
{
    return log_n == 10 ? 2 : 0;
}

void falcon_avx2_ntt(int16_t *p, unsigned log_n)
{
    const unsigned n = 1u << log_n;

    for (unsigned l = 0; l + 4 < log_n; l++) {
        const unsigned half = n >> (l + 1);

        for (unsigned i = 0; i < 1u << l; i++) {
            const __m256i root = _mm256_set1_epi16(falcon_zetas[(1u << l) + i]);

            for (unsigned j = 2 * half * i; j < 2 * half * i + half; j += 16) {
                __m256i x = load(p + j), y = load(p + j + half);

                butterfly(&x, &y, root, l % 2 == 0 && l > 0);
                store(p + j, x);
                store(p + j + half, y);
            }
        }
    }
    for (unsigned i = 0; i < n / 256; i++)
        last_layers(p + (size_t)256 * i, falcon_avx2_zetas[first_table(log_n) + i], log_n - 4);
}

void falcon_avx2_intt(int16_t *p, unsigned log_n)
{
    const unsigned n = 1u << log_n;
    /* R / n mod q, as in ntt.c */
    const __m256i factor = _mm256_set1_epi16(zq_center(zq_mul(log_n == 10 ? -12 : -24, ZQ_R2)));

    for (unsigned i = 0; i < n / 256; i++)
        first_inverse_layers(p + (size_t)256 * i,
                             falcon_avx2_inverse_zetas[first_table(log_n) + i]);
    for (unsigned l = log_n - 4; l-- > 0;) {
        const unsigned half = n >> (l + 1);

        for (unsigned i = 0; i < 1u << l; i++) {
            const __m256i root = _mm256_set1_epi16((int16_t)-falcon_zetas[(2u << l) - 1 - i]);

            for (unsigned j = 2 * half * i; j < 2 * half * i + half; j += 16) {
                __m256i x = load(p + j), y = load(p + j + half);

                inverse_butterfly(&x, &y, root);
                store(p + j, x);
                store(p + j + half, y);
            }
        }
    }
    for (unsigned j = 0; j < n; j += 16)
        store(p + j, multiply(load(p + j), factor));
}

void falcon_avx2_mul(int16_t *a, const int16_t *b, unsigned n)
{
    for (unsigned j = 0; j < n; j += 16)
        store(a + j, multiply(load(a + j), load(b + j)));
}

uint64_t falcon_avx2_norm(const uint16_t *c, const int16_t *t, const int16_t *s, unsigned n)
{
    const __m256i low = _mm256_set1_epi64x(0xffffffff);
    __m256i sum = _mm256_setzero_si256();

    for (unsigned j = 0; j < n; j += 16) {
        const __m256i s1 = center(_mm256_sub_epi16(load((const int16_t *)c + j), load(t + j)));
        const __m256i s2 = load(s + j);
        /* Four squares are below 2^27. */
        const __m256i squares =
            _mm256_add_epi32(_mm256_madd_epi16(s1, s1), _mm256_madd_epi16(s2, s2));

        sum = _mm256_add_epi64(sum, _mm256_and_si256(squares, low));
        sum = _mm256_add_epi64(sum, _mm256_srli_epi64(squares, 32));
    }
    return (uint64_t)_mm256_extract_epi64(sum, 0) + (uint64_t)_mm256_extract_epi64(sum, 1) +
           (uint64_t)_mm256_extract_epi64(sum, 2) + (uint64_t)_mm256_extract_epi64(sum, 3);
}
