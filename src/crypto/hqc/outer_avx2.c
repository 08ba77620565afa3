/* SPDX-License-Identifier: Apache-2.0
 *
 * The outer code in AVX2: 32 elements to a register.
 */
#include <immintrin.h>

#include "crypto/hqc/x86.h"

/* All bits of the bytes whose highest bit is set. */
static inline __m256i top_bits(__m256i x)
{
    return _mm256_cmpgt_epi8(_mm256_setzero_si256(), x);
}

static inline __m256i w_mul(__m256i a, __m256i b)
{
    const __m256i reduction = _mm256_set1_epi8(0x1d); /* x^8 */
    __m256i product = _mm256_and_si256(a, top_bits(b));

    for (unsigned bit = 1; bit < 8; bit++) {
        b = _mm256_add_epi8(b, b);
        product = _mm256_xor_si256(_mm256_add_epi8(product, product),
                                   _mm256_and_si256(top_bits(product), reduction));
        product = _mm256_xor_si256(product, _mm256_and_si256(a, top_bits(b)));
    }
    return product;
}

static inline uint8_t w_sum(__m256i x)
{
    const __m128i half = _mm_xor_si128(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    uint64_t sum = (uint64_t)_mm_cvtsi128_si64(half) ^ (uint64_t)_mm_extract_epi64(half, 1);

    sum ^= sum >> 32;
    sum ^= sum >> 16;
    return (uint8_t)(sum ^ sum >> 8);
}

#define W             __m256i
#define W_LOAD(p)     _mm256_loadu_si256((const void *)(p))
#define W_STORE(p, x) _mm256_storeu_si256((void *)(p), x)
#define W_XOR(a, b)   _mm256_xor_si256(a, b)
#define W_AND(a, b)   _mm256_and_si256(a, b)
#define W_SET(byte)   _mm256_set1_epi8((char)(byte))
#define W_ZEROS(x)    _mm256_cmpeq_epi8(x, _mm256_setzero_si256())
#include "crypto/hqc/outer_lanes.h"

void hqc_avx2_encode_outer(uint8_t *symbols, const uint8_t *message,
                           const struct hqc_params *params)
{
    encode_symbols(symbols, message, params);
}

void hqc_avx2_decode_outer(uint8_t *message, const uint8_t *symbols,
                           const struct hqc_params *params)
{
    correct_symbols(message, symbols, params);
}
