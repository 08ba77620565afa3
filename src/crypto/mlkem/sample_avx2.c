/* SPDX-License-Identifier: Apache-2.0
 *
 * From uniform bytes to coefficients (FIPS 203, 4.2.2) in AVX2.
 */
#include <assert.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/mlkem/avx2.h"
#include "crypto/mlkem/vec_avx2.h"

#define INLINE static inline __attribute__((always_inline))

/* ------------------------------------------------------------------ rejection */

/* For each choice of eight 16-bit elements: the places, in bytes, of those chosen, lowest first.
 * Only ever looked up with what is public: the matrix A is. */
static const uint64_t chosen[256] = {
    0x0000000000000000, 0x0000000000000000, 0x0000000000000002, 0x0000000000000200,
    0x0000000000000004, 0x0000000000000400, 0x0000000000000402, 0x0000000000040200,
    0x0000000000000006, 0x0000000000000600, 0x0000000000000602, 0x0000000000060200,
    0x0000000000000604, 0x0000000000060400, 0x0000000000060402, 0x0000000006040200,
    0x0000000000000008, 0x0000000000000800, 0x0000000000000802, 0x0000000000080200,
    0x0000000000000804, 0x0000000000080400, 0x0000000000080402, 0x0000000008040200,
    0x0000000000000806, 0x0000000000080600, 0x0000000000080602, 0x0000000008060200,
    0x0000000000080604, 0x0000000008060400, 0x0000000008060402, 0x0000000806040200,
    0x000000000000000a, 0x0000000000000a00, 0x0000000000000a02, 0x00000000000a0200,
    0x0000000000000a04, 0x00000000000a0400, 0x00000000000a0402, 0x000000000a040200,
    0x0000000000000a06, 0x00000000000a0600, 0x00000000000a0602, 0x000000000a060200,
    0x00000000000a0604, 0x000000000a060400, 0x000000000a060402, 0x0000000a06040200,
    0x0000000000000a08, 0x00000000000a0800, 0x00000000000a0802, 0x000000000a080200,
    0x00000000000a0804, 0x000000000a080400, 0x000000000a080402, 0x0000000a08040200,
    0x00000000000a0806, 0x000000000a080600, 0x000000000a080602, 0x0000000a08060200,
    0x000000000a080604, 0x0000000a08060400, 0x0000000a08060402, 0x00000a0806040200,
    0x000000000000000c, 0x0000000000000c00, 0x0000000000000c02, 0x00000000000c0200,
    0x0000000000000c04, 0x00000000000c0400, 0x00000000000c0402, 0x000000000c040200,
    0x0000000000000c06, 0x00000000000c0600, 0x00000000000c0602, 0x000000000c060200,
    0x00000000000c0604, 0x000000000c060400, 0x000000000c060402, 0x0000000c06040200,
    0x0000000000000c08, 0x00000000000c0800, 0x00000000000c0802, 0x000000000c080200,
    0x00000000000c0804, 0x000000000c080400, 0x000000000c080402, 0x0000000c08040200,
    0x00000000000c0806, 0x000000000c080600, 0x000000000c080602, 0x0000000c08060200,
    0x000000000c080604, 0x0000000c08060400, 0x0000000c08060402, 0x00000c0806040200,
    0x0000000000000c0a, 0x00000000000c0a00, 0x00000000000c0a02, 0x000000000c0a0200,
    0x00000000000c0a04, 0x000000000c0a0400, 0x000000000c0a0402, 0x0000000c0a040200,
    0x00000000000c0a06, 0x000000000c0a0600, 0x000000000c0a0602, 0x0000000c0a060200,
    0x000000000c0a0604, 0x0000000c0a060400, 0x0000000c0a060402, 0x00000c0a06040200,
    0x00000000000c0a08, 0x000000000c0a0800, 0x000000000c0a0802, 0x0000000c0a080200,
    0x000000000c0a0804, 0x0000000c0a080400, 0x0000000c0a080402, 0x00000c0a08040200,
    0x000000000c0a0806, 0x0000000c0a080600, 0x0000000c0a080602, 0x00000c0a08060200,
    0x0000000c0a080604, 0x00000c0a08060400, 0x00000c0a08060402, 0x000c0a0806040200,
    0x000000000000000e, 0x0000000000000e00, 0x0000000000000e02, 0x00000000000e0200,
    0x0000000000000e04, 0x00000000000e0400, 0x00000000000e0402, 0x000000000e040200,
    0x0000000000000e06, 0x00000000000e0600, 0x00000000000e0602, 0x000000000e060200,
    0x00000000000e0604, 0x000000000e060400, 0x000000000e060402, 0x0000000e06040200,
    0x0000000000000e08, 0x00000000000e0800, 0x00000000000e0802, 0x000000000e080200,
    0x00000000000e0804, 0x000000000e080400, 0x000000000e080402, 0x0000000e08040200,
    0x00000000000e0806, 0x000000000e080600, 0x000000000e080602, 0x0000000e08060200,
    0x000000000e080604, 0x0000000e08060400, 0x0000000e08060402, 0x00000e0806040200,
    0x0000000000000e0a, 0x00000000000e0a00, 0x00000000000e0a02, 0x000000000e0a0200,
    0x00000000000e0a04, 0x000000000e0a0400, 0x000000000e0a0402, 0x0000000e0a040200,
    0x00000000000e0a06, 0x000000000e0a0600, 0x000000000e0a0602, 0x0000000e0a060200,
    0x000000000e0a0604, 0x0000000e0a060400, 0x0000000e0a060402, 0x00000e0a06040200,
    0x00000000000e0a08, 0x000000000e0a0800, 0x000000000e0a0802, 0x0000000e0a080200,
    0x000000000e0a0804, 0x0000000e0a080400, 0x0000000e0a080402, 0x00000e0a08040200,
    0x000000000e0a0806, 0x0000000e0a080600, 0x0000000e0a080602, 0x00000e0a08060200,
    0x0000000e0a080604, 0x00000e0a08060400, 0x00000e0a08060402, 0x000e0a0806040200,
    0x0000000000000e0c, 0x00000000000e0c00, 0x00000000000e0c02, 0x000000000e0c0200,
    0x00000000000e0c04, 0x000000000e0c0400, 0x000000000e0c0402, 0x0000000e0c040200,
    0x00000000000e0c06, 0x000000000e0c0600, 0x000000000e0c0602, 0x0000000e0c060200,
    0x000000000e0c0604, 0x0000000e0c060400, 0x0000000e0c060402, 0x00000e0c06040200,
    0x00000000000e0c08, 0x000000000e0c0800, 0x000000000e0c0802, 0x0000000e0c080200,
    0x000000000e0c0804, 0x0000000e0c080400, 0x0000000e0c080402, 0x00000e0c08040200,
    0x000000000e0c0806, 0x0000000e0c080600, 0x0000000e0c080602, 0x00000e0c08060200,
    0x0000000e0c080604, 0x00000e0c08060400, 0x00000e0c08060402, 0x000e0c0806040200,
    0x00000000000e0c0a, 0x000000000e0c0a00, 0x000000000e0c0a02, 0x0000000e0c0a0200,
    0x000000000e0c0a04, 0x0000000e0c0a0400, 0x0000000e0c0a0402, 0x00000e0c0a040200,
    0x000000000e0c0a06, 0x0000000e0c0a0600, 0x0000000e0c0a0602, 0x00000e0c0a060200,
    0x0000000e0c0a0604, 0x00000e0c0a060400, 0x00000e0c0a060402, 0x000e0c0a06040200,
    0x000000000e0c0a08, 0x0000000e0c0a0800, 0x0000000e0c0a0802, 0x00000e0c0a080200,
    0x0000000e0c0a0804, 0x00000e0c0a080400, 0x00000e0c0a080402, 0x000e0c0a08040200,
    0x0000000e0c0a0806, 0x00000e0c0a080600, 0x00000e0c0a080602, 0x000e0c0a08060200,
    0x00000e0c0a080604, 0x000e0c0a08060400, 0x000e0c0a08060402, 0x0e0c0a0806040200};

/* The elements of x that mask chooses, moved to the front. */
INLINE __m128i compact(__m128i x, unsigned mask)
{
    const __m128i low = _mm_cvtsi64_si128((long long)chosen[mask]);
    const __m128i high = _mm_add_epi8(low, _mm_set1_epi8(1));

    return _mm_shuffle_epi8(x, _mm_unpacklo_epi8(low, high));
}

/* Append the elements of x that mask chooses, as far as there is room. */
INLINE unsigned append(int16_t out[MLKEM_N], unsigned count, __m128i x, unsigned mask)
{
    const unsigned num = (unsigned)_mm_popcnt_u32(mask);
    const unsigned room = MLKEM_N - count;
    const __m128i front = compact(x, mask);

    if (room >= 8) {
        _mm_storeu_si128((__m128i *)&out[count], front);
        return count + num;
    }
    int16_t last[8];

    _mm_storeu_si128((__m128i *)last, front);
    for (unsigned i = 0; i < (num < room ? num : room); i++)
        out[count + i] = last[i];
    return count + (num < room ? num : room);
}

/* Sixteen 12-bit numbers from three lanes. */
INLINE __m256i candidates(const uint64_t in[3])
{
    const __m256i pick =
        _mm256_setr_epi8(0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11,       /* from byte 0 */
                         4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11, 12, 13, 14, 14, 15); /* from byte 8 */
    const __m128i low = _mm_loadu_si128((const __m128i *)in);
    const __m128i high = _mm_loadu_si128((const __m128i *)(in + 1));
    const __m256i bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    const __m256i x = _mm256_shuffle_epi8(bytes, pick);

    return _mm256_and_si256(_mm256_blend_epi16(x, _mm256_srli_epi16(x, 4), 0xaa),
                            _mm256_set1_epi16(0xfff));
}

unsigned mlkem_avx2_accept(int16_t out[MLKEM_N], unsigned count,
                           const uint64_t block[MLKEM_BLOCK_LANES])
{
    const __m256i q = _mm256_set1_epi16(MLKEM_Q);

    for (unsigned i = 0; i < MLKEM_BLOCK_LANES && count < MLKEM_N; i += 3) {
        const __m256i x = candidates(block + i);
        const __m256i good = _mm256_cmpgt_epi16(q, x);
        const __m256i bytes = _mm256_packs_epi16(good, _mm256_setzero_si256());
        const unsigned mask = (unsigned)_mm256_movemask_epi8(bytes);

        count = append(out, count, _mm256_castsi256_si128(x), mask & 0xff);
        count = append(out, count, _mm256_extracti128_si256(x, 1), mask >> 16 & 0xff);
    }
    return count;
}

/* ------------------------------------------------------------------ noise */

/* Sixteen small numbers in bytes, each with 4 added. */
INLINE void store_centred(int16_t *out, __m128i bytes)
{
    vec_store(out, _mm256_cvtepi8_epi16(_mm_sub_epi8(bytes, _mm_set1_epi8(4))));
}

/* Algorithm 8 for eta = 2: the bits of each coefficient are a nibble. */
static void cbd2(struct mlkem_poly *p, const uint64_t lanes[16])
{
    const __m256i odd = _mm256_set1_epi8(0x55);
    const __m256i pairs = _mm256_set1_epi8(0x33);
    const __m256i nibble = _mm256_set1_epi8(0x0f);
    const __m256i four = _mm256_set1_epi8(0x44);

    for (unsigned i = 0; i < 4; i++) {
        const __m256i bits = _mm256_loadu_si256((const __m256i *)(lanes + 4 * i));
        const __m256i sums = _mm256_add_epi8(_mm256_and_si256(bits, odd),
                                             _mm256_and_si256(_mm256_srli_epi16(bits, 1), odd));
        const __m256i x = _mm256_and_si256(sums, pairs);
        const __m256i y = _mm256_and_si256(_mm256_srli_epi16(sums, 2), pairs);
        const __m256i d = _mm256_sub_epi8(_mm256_add_epi8(x, four), y);
        const __m256i even_ones = _mm256_and_si256(d, nibble);
        const __m256i odd_ones = _mm256_and_si256(_mm256_srli_epi16(d, 4), nibble);
        const __m256i a = _mm256_unpacklo_epi8(even_ones, odd_ones);
        const __m256i b = _mm256_unpackhi_epi8(even_ones, odd_ones);
        int16_t *out = &p->coeff[64 * i];

        store_centred(out, _mm256_castsi256_si128(a));
        store_centred(out + 16, _mm256_castsi256_si128(b));
        store_centred(out + 32, _mm256_extracti128_si256(a, 1));
        store_centred(out + 48, _mm256_extracti128_si256(b, 1));
    }
}

/* The 24 bytes of three lanes as eight groups of three bytes, in 32 bits each. */
INLINE __m256i load_threes(const uint64_t in[3])
{
    const __m256i pick = _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, 4,
                                          5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1);
    const __m128i low = _mm_loadu_si128((const __m128i *)in);
    const __m128i high = _mm_loadu_si128((const __m128i *)(in + 1));

    return _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1), pick);
}

/* Algorithm 8 for eta = 3: six bits for each coefficient, four coefficients in three bytes. */
static void cbd3(struct mlkem_poly *p, const uint64_t lanes[24])
{
    const __m256i thirds = _mm256_set1_epi32(0x249249);
    const __m256i sixths = _mm256_set1_epi32(0x1c71c7); /* the low three of six bits */
    const __m256i four = _mm256_set1_epi32(0x104104);

    for (unsigned i = 0; i < 8; i++) {
        const __m256i bits = load_threes(lanes + 3 * i);
        const __m256i sums = _mm256_add_epi32(
            _mm256_and_si256(bits, thirds),
            _mm256_add_epi32(_mm256_and_si256(_mm256_srli_epi32(bits, 1), thirds),
                             _mm256_and_si256(_mm256_srli_epi32(bits, 2), thirds)));
        const __m256i x = _mm256_and_si256(sums, sixths);
        const __m256i y = _mm256_and_si256(_mm256_srli_epi32(sums, 3), sixths);
        const __m256i d = _mm256_sub_epi32(_mm256_add_epi32(x, four), y);
        /* The four differences, from 1 to 7, as words: 0 and 1 in one, 2 and 3 in the other. */
        const __m256i first =
            _mm256_or_si256(_mm256_and_si256(d, _mm256_set1_epi32(7)),
                            _mm256_and_si256(_mm256_slli_epi32(d, 10), _mm256_set1_epi32(7 << 16)));
        const __m256i second =
            _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi32(d, 12), _mm256_set1_epi32(7)),
                            _mm256_and_si256(_mm256_srli_epi32(d, 2), _mm256_set1_epi32(7 << 16)));
        const __m256i bias = _mm256_set1_epi16(4);
        const __m256i a = _mm256_sub_epi16(_mm256_unpacklo_epi32(first, second), bias);
        const __m256i b = _mm256_sub_epi16(_mm256_unpackhi_epi32(first, second), bias);

        vec_store(&p->coeff[32 * i], _mm256_permute2x128_si256(a, b, 0x20));
        vec_store(&p->coeff[32 * i + 16], _mm256_permute2x128_si256(a, b, 0x31));
    }
}

void mlkem_avx2_cbd(struct mlkem_poly *p, const uint64_t *lanes, unsigned eta)
{
    assert(eta == 2 || eta == 3);
    if (eta == 2)
        cbd2(p, lanes);
    else
        cbd3(p, lanes);
}
