/* SPDX-License-Identifier: Apache-2.0
 *
 * What positions become, in AVX-512: a row of 512 bits to a register.
 */
#include <immintrin.h>

#include "base/wipe.h"
#include "crypto/hqc/x86.h"

#define ROW_WORDS    8
#define ROWS_AT_ONCE 4

/* A position as the number of a row, in every word, and a row with the bit in it. */
struct bit {
    __m512i row;
    __m512i words;
};

static inline __m512i byte_numbers(void)
{
    const __m512i in_word = _mm512_set1_epi64(0x0706050403020100);
    const __m512i words = _mm512_setr_epi64(0, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38);

    return _mm512_add_epi8(in_word,
                           _mm512_mullo_epi64(words, _mm512_set1_epi64(0x0101010101010101)));
}

static inline struct bit split_position(uint32_t position)
{
    /* 2^(position mod 8), without a shift by a secret. */
    const uint32_t byte =
        (1 + (position & 1)) * (1 + 3 * (position >> 1 & 1)) * (1 + 15 * (position >> 2 & 1));
    const __m512i place = _mm512_set1_epi8((char)(position >> 3 & 63));

    return (struct bit){
        .row = _mm512_set1_epi64((long long)(position >> 9)),
        .words = _mm512_maskz_set1_epi8(_mm512_cmpeq_epi8_mask(place, byte_numbers()), (char)byte),
    };
}

static inline __m512i add_if(__m512i sum, const struct bit *bit, __m512i row)
{
    return _mm512_mask_or_epi64(sum, _mm512_cmpeq_epi64_mask(bit->row, row), sum, bit->words);
}

void hqc_avx512_set_bits(uint64_t *out, const struct hqc_params *params, const uint32_t *positions,
                         unsigned weight)
{
    const unsigned num_rows = params->num_words / ROW_WORDS;
    struct bit sk_bits[HQC_MAX_WEIGHT];

    for (unsigned j = 0; j < weight; j++)
        sk_bits[j] = split_position(positions[j]);
    for (unsigned first = 0; first < num_rows; first += ROWS_AT_ONCE) {
        __m512i row[ROWS_AT_ONCE];
        __m512i sum[ROWS_AT_ONCE];

        for (unsigned i = 0; i < ROWS_AT_ONCE; i++) {
            const long long number = first + i;

            row[i] = _mm512_set1_epi64(number);
            sum[i] = _mm512_setzero_si512();
        }
        for (unsigned j = 0; j < weight; j++)
            for (unsigned i = 0; i < ROWS_AT_ONCE; i++)
                sum[i] = add_if(sum[i], &sk_bits[j], row[i]);
        for (unsigned i = 0; i < ROWS_AT_ONCE && first + i < num_rows; i++)
            _mm512_storeu_si512(out + (size_t)ROW_WORDS * (first + i), sum[i]);
    }
    wipe(sk_bits, weight * sizeof(sk_bits[0]));
}
