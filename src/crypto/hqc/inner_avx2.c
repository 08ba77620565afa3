/* SPDX-License-Identifier: Apache-2.0
 *
 * The inner code in AVX2. The 128 values of a codeword stand in eight registers; those of a
 * transform end up in another order (places).
 */
#include <immintrin.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/hqc/inner.h"
#include "crypto/hqc/x86.h"

#define NUM_REGISTERS 8

/* Which value of the transform stands where. */
static const uint16_t places[NUM_REGISTERS][16] __attribute__((aligned(32))) = {
    {0, 2, 8, 10, 4, 6, 12, 14, 16, 18, 24, 26, 20, 22, 28, 30},
    {1, 3, 9, 11, 5, 7, 13, 15, 17, 19, 25, 27, 21, 23, 29, 31},
    {32, 34, 40, 42, 36, 38, 44, 46, 48, 50, 56, 58, 52, 54, 60, 62},
    {33, 35, 41, 43, 37, 39, 45, 47, 49, 51, 57, 59, 53, 55, 61, 63},
    {64, 66, 72, 74, 68, 70, 76, 78, 80, 82, 88, 90, 84, 86, 92, 94},
    {65, 67, 73, 75, 69, 71, 77, 79, 81, 83, 89, 91, 85, 87, 93, 95},
    {96, 98, 104, 106, 100, 102, 108, 110, 112, 114, 120, 122, 116, 118, 124, 126},
    {97, 99, 105, 107, 101, 103, 109, 111, 113, 115, 121, 123, 117, 119, 125, 127},
};

/* Three or five bits of a column, added up: bit i of the sum is in sum[i]. */
static void count_columns(uint64_t sum[3], const uint64_t *word, unsigned copies)
{
    const uint64_t parity = word[0] ^ word[2] ^ word[4];
    const uint64_t carry = (word[0] & word[2]) | (word[4] & (word[0] ^ word[2]));
    uint64_t second = 0;

    sum[0] = parity;
    if (copies == 5) {
        sum[0] = parity ^ word[6] ^ word[8];
        second = (parity & word[6]) | (word[8] & (parity ^ word[6]));
    }
    sum[1] = carry ^ second;
    sum[2] = carry & second;
}

/* -2^(i + 1) where the bits of 16 columns are set in bit i of their sum. */
static inline __m256i select_columns(uint64_t sum, unsigned first, short value)
{
    const __m256i bits = _mm256_setr_epi16(0x1, 0x2, 0x4, 0x8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200,
                                           0x400, 0x800, 0x1000, 0x2000, 0x4000, (short)0x8000);
    const __m256i chosen = _mm256_and_si256(_mm256_set1_epi16((short)(sum >> first)), bits);

    return _mm256_and_si256(_mm256_cmpeq_epi16(chosen, bits), _mm256_set1_epi16(value));
}

/* Ones less zeros, of the copies of each bit. */
static void load_columns(__m256i x[NUM_REGISTERS], const uint64_t *word, unsigned copies)
{
    for (unsigned half = 0; half < 2; half++) {
        uint64_t sum[3];

        count_columns(sum, word + half, copies);
        for (unsigned i = 0; i < NUM_REGISTERS / 2; i++) {
            const __m256i low = _mm256_add_epi16(_mm256_set1_epi16((short)-(int)copies),
                                                 select_columns(sum[0], 16 * i, 2));
            const __m256i high = _mm256_add_epi16(select_columns(sum[1], 16 * i, 4),
                                                  select_columns(sum[2], 16 * i, 8));

            x[NUM_REGISTERS / 2 * half + i] = _mm256_add_epi16(low, high);
        }
    }
}

static inline void sum_and_difference(__m256i *a, __m256i *b, __m256i low, __m256i high)
{
    *a = _mm256_add_epi16(low, high);
    *b = _mm256_sub_epi16(low, high);
}

/* The four steps among the values of two registers: first those that are 8 apart, then 4, 2, 1. */
static inline void transform_pair(__m256i *a, __m256i *b)
{
    sum_and_difference(a, b, _mm256_permute2x128_si256(*a, *b, 0x20),
                       _mm256_permute2x128_si256(*a, *b, 0x31));
    sum_and_difference(a, b, _mm256_unpacklo_epi64(*a, *b), _mm256_unpackhi_epi64(*a, *b));
    {
        const __m256 x = _mm256_castsi256_ps(*a);
        const __m256 y = _mm256_castsi256_ps(*b);

        sum_and_difference(a, b, _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0x88)),
                           _mm256_castps_si256(_mm256_shuffle_ps(x, y, 0xdd)));
    }
    sum_and_difference(a, b, _mm256_blend_epi16(*a, _mm256_slli_epi32(*b, 16), 0xaa),
                       _mm256_blend_epi16(_mm256_srli_epi32(*a, 16), *b, 0xaa));
}

static inline void hadamard(__m256i x[NUM_REGISTERS])
{
    for (unsigned half = 1; half < NUM_REGISTERS; half *= 2)
        for (unsigned i = 0; i < NUM_REGISTERS; i++)
            if ((i & half) == 0)
                sum_and_difference(&x[i], &x[i + half], x[i], x[i + half]);
    for (unsigned i = 0; i < NUM_REGISTERS; i += 2)
        transform_pair(&x[i], &x[i + 1]);
}

/*
 * The symbol of the peak. Values are even and at most 640 in magnitude, so that half of the
 * magnitude and a place fit into 16 bits: turned round, the smallest is the first of the highest.
 */
static inline uint8_t find_peak(const __m256i x[NUM_REGISTERS])
{
    __m256i key[NUM_REGISTERS];
    __m256i least = _mm256_set1_epi16(-1);
    __m256i positive = _mm256_setzero_si256();
    uint32_t found;

    for (unsigned i = 0; i < NUM_REGISTERS; i++) {
        const __m256i place = _mm256_or_si256(_mm256_load_si256((const __m256i *)places[i]),
                                              _mm256_set1_epi16((short)0xff80));

        key[i] = _mm256_sub_epi16(place, _mm256_slli_epi16(_mm256_abs_epi16(x[i]), 6));
        least = _mm256_min_epu16(least, key[i]);
    }
    found = (uint32_t)_mm_cvtsi128_si32(_mm_minpos_epu16(
                _mm_min_epu16(_mm256_castsi256_si128(least), _mm256_extracti128_si256(least, 1)))) &
            0xffff;
    for (unsigned i = 0; i < NUM_REGISTERS; i++) {
        const __m256i here = _mm256_cmpeq_epi16(key[i], _mm256_set1_epi16((short)found));

        positive = _mm256_or_si256(
            positive, _mm256_and_si256(here, _mm256_cmpgt_epi16(x[i], _mm256_setzero_si256())));
    }
    return (uint8_t)((found & 0x7f) |
                     (ct_mask_nonzero_u32((uint32_t)_mm256_movemask_epi8(positive)) & 0x80));
}

void hqc_avx2_decode_inner(uint8_t *symbols, const uint64_t *word, const struct hqc_params *params)
{
    __m256i sk_values[NUM_REGISTERS];

    for (unsigned i = 0; i < params->n1; i++) {
        load_columns(sk_values, word + (size_t)i * 2 * params->copies, params->copies);
        hadamard(sk_values);
        symbols[i] = find_peak(sk_values);
    }
    WIPE(sk_values);
}
