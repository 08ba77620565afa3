/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials as bytes (FIPS 204, 7.1) in AVX2.
 *
 * Eight coefficients of n bits fill n bytes: a group. The lower half of a vector has the first four
 * of them, the upper half the others. All loads are of 16 bytes; so the last groups go through a
 * buffer in which there is room for what is read or written too much.
 */
#include <stdbool.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/mldsa/avx2.h"

#define INLINE     __attribute__((always_inline)) static inline
#define NUM_GROUPS MLDSA_NUM_VECTORS

/* What the last groups need at most: 16 bytes, and as much again as one touches too much. */
#define BUFFER_LEN 64

/* For _mm256_shuffle_epi8: an index that gives 0. */
#define NOTHING 0x80

/* The bytes of a vector, or the 32-bit or 64-bit lanes, each by a function of its number. */
#define BYTES_4(f, bits, i) f(bits, i), f(bits, i + 1), f(bits, i + 2), f(bits, i + 3)
#define BYTES_16(f, bits, i)                                                                       \
    BYTES_4(f, bits, i), BYTES_4(f, bits, i + 4), BYTES_4(f, bits, i + 8), BYTES_4(f, bits, i + 12)
#define BYTES(f, bits)   _mm256_setr_epi8(BYTES_16(f, bits, 0), BYTES_16(f, bits, 16))
#define LANES_8(f, bits) _mm256_setr_epi32(BYTES_4(f, bits, 0), BYTES_4(f, bits, 4))
#define LANES_4(f, bits) _mm256_setr_epi64x(BYTES_4(f, bits, 0))

/* ------------------------------------------------------------------ unpack */

/* Where the upper half is loaded from, and the bit in it at which coefficient i begins. */
INLINE unsigned upper_half_at(unsigned bits)
{
    return bits / 2;
}

INLINE unsigned first_bit(unsigned bits, unsigned i)
{
    return bits * i - (i < 4 ? 0 : 8 * upper_half_at(bits));
}

/* Each coefficient is taken from four bytes of its half … */
INLINE char source_byte(unsigned bits, unsigned byte)
{
    return (char)(first_bit(bits, byte / 4) / 8 + byte % 4);
}

/* … and shifted down. */
INLINE int source_shift(unsigned bits, unsigned i)
{
    return (int)(first_bit(bits, i) % 8);
}

/* A group, as top + sign * its coefficients. */
INLINE __m256i unpack_group(const uint8_t *in, const unsigned bits, __m256i sign, __m256i top)
{
    const __m256i bytes = BYTES(source_byte, bits);
    const __m256i shifts = LANES_8(source_shift, bits);
    const __m256i mask = _mm256_set1_epi32((1 << bits) - 1);
    __m128i lower = _mm_loadu_si128((const __m128i *)(const void *)in);
    __m128i upper = _mm_loadu_si128((const __m128i *)(const void *)(in + upper_half_at(bits)));
    __m256i x = _mm256_inserti128_si256(_mm256_castsi128_si256(lower), upper, 1);

    x = _mm256_srlv_epi32(_mm256_shuffle_epi8(x, bytes), shifts);
    x = _mm256_and_si256(x, mask);
    return _mm256_add_epi32(top, _mm256_sign_epi32(x, sign));
}

/* How many groups can be read, or written, without touching what lies behind. */
INLINE unsigned num_direct(unsigned bits, unsigned touched)
{
    return (NUM_GROUPS * bits - touched) / bits + 1;
}

INLINE void unpack_bits(struct mldsa_poly *p, const uint8_t *in, const unsigned bits, int32_t sign,
                        int32_t top)
{
    const __m256i signs = _mm256_set1_epi32(sign), tops = _mm256_set1_epi32(top);
    const unsigned direct = num_direct(bits, upper_half_at(bits) + 16);
    uint8_t rest[BUFFER_LEN] = {0};

    for (unsigned n = 0; n < direct; n++)
        mldsa_store(p, n, unpack_group(in + n * bits, bits, signs, tops));
    memcpy(rest, in + direct * bits, (NUM_GROUPS - direct) * bits);
    for (unsigned n = direct; n < NUM_GROUPS; n++)
        mldsa_store(p, n, unpack_group(rest + (n - direct) * bits, bits, signs, tops));
    WIPE(rest);
}

/* ------------------------------------------------------------------ pack */

/* Groups of up to 16 bytes are written as a whole, larger ones by halves. */
INLINE bool by_halves(unsigned bits)
{
    return bits > 16;
}

/* Where in what is written the pair of coefficients 2i and 2i + 1 begins. */
INLINE unsigned pair_bit(unsigned bits, unsigned i)
{
    return 2 * bits * i - (by_halves(bits) && i >= 2 ? 4 * bits : 0);
}

INLINE long long pair_shift(unsigned bits, unsigned i)
{
    return pair_bit(bits, i) % 8;
}

INLINE char pair_byte(unsigned bits, unsigned byte, unsigned i)
{
    unsigned first = pair_bit(bits, i) / 8;
    bool inside = byte % 16 >= first && byte % 16 < first + 8;
    return (char)(inside ? byte % 16 - first + i % 2 * 8 : NOTHING);
}

/* The bytes of the first and second pair of each half. */
INLINE char first_pair_byte(unsigned bits, unsigned byte)
{
    return pair_byte(bits, byte, byte / 16 * 2);
}

INLINE char second_pair_byte(unsigned bits, unsigned byte)
{
    return pair_byte(bits, byte, byte / 16 * 2 + 1);
}

INLINE int pair_gap(unsigned bits, unsigned i)
{
    return i % 2 == 0 ? 32 - (int)bits : 0;
}

/* Two coefficients in a 64-bit lane are brought together, then shifted to where in a byte they
 * begin; then their bytes are put where they belong. */
INLINE void pack_group(uint8_t *out, __m256i x, const unsigned bits)
{
    const __m256i gaps = LANES_8(pair_gap, bits);
    const __m256i shifts = LANES_4(pair_shift, bits);
    __m128i lower, upper;

    x = _mm256_srli_epi64(_mm256_sllv_epi32(x, gaps), 32 - (int)bits);
    x = _mm256_sllv_epi64(x, shifts);
    x = _mm256_or_si256(_mm256_shuffle_epi8(x, BYTES(first_pair_byte, bits)),
                        _mm256_shuffle_epi8(x, BYTES(second_pair_byte, bits)));
    lower = _mm256_castsi256_si128(x);
    upper = _mm256_extracti128_si256(x, 1);
    if (by_halves(bits)) {
        _mm_storeu_si128((__m128i *)(void *)out, lower);
        _mm_storeu_si128((__m128i *)(void *)(out + bits / 2), upper);
    } else {
        _mm_storeu_si128((__m128i *)(void *)out, _mm_or_si128(lower, upper));
    }
}

/* Packs top + sign * the coefficients. */
INLINE void pack_bits(uint8_t *out, const struct mldsa_poly *p, const unsigned bits, int32_t sign,
                      int32_t top)
{
    const __m256i signs = _mm256_set1_epi32(sign), tops = _mm256_set1_epi32(top);
    const unsigned direct = num_direct(bits, 16 + (by_halves(bits) ? bits / 2 : 0));
    uint8_t rest[BUFFER_LEN] = {0};

    for (unsigned n = 0; n < NUM_GROUPS; n++) {
        __m256i x = _mm256_sign_epi32(mldsa_load(p, n), signs);
        uint8_t *to = n < direct ? out + n * bits : rest + (n - direct) * bits;
        pack_group(to, _mm256_add_epi32(tops, x), bits);
    }
    memcpy(out + direct * bits, rest, (NUM_GROUPS - direct) * bits);
    WIPE(rest);
}

/* ------------------------------------------------------------------ pack w1 */

/* 32 coefficients below 2^8 as bytes. */
INLINE __m256i narrow(const struct mldsa_poly *p, unsigned n)
{
    /* Packing works on halves of vectors, and leaves four coefficients of each in turn. */
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i first = _mm256_packus_epi32(mldsa_load(p, n), mldsa_load(p, n + 1));
    __m256i second = _mm256_packus_epi32(mldsa_load(p, n + 2), mldsa_load(p, n + 3));

    return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(first, second), order);
}

/* Byte i of each half: the lower bits / 2 bytes of each 32-bit lane. */
INLINE char four_byte(unsigned bits, unsigned i)
{
    unsigned lane = i % 16 / (bits / 2), byte = i % 16 % (bits / 2);
    return (char)(lane < 4 ? 4 * lane + byte : NOTHING);
}

/* Four groups, for bits 4 and 6: coefficients are multiplied to their places in pairs, then these
 * in fours. */
INLINE void pack_four_groups(uint8_t *out, const struct mldsa_poly *p, unsigned n,
                             const unsigned bits)
{
    const __m256i pair_factors = _mm256_set1_epi16((short)(1 | 1 << (8 + bits)));
    const __m256i four_factors = _mm256_set1_epi32(1 | 1 << (16 + 2 * bits));
    __m256i pairs = _mm256_maddubs_epi16(narrow(p, n), pair_factors);
    __m256i x = _mm256_shuffle_epi8(_mm256_madd_epi16(pairs, four_factors), BYTES(four_byte, bits));

    _mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(x));
    _mm_storeu_si128((__m128i *)(void *)(out + 2 * bits), _mm256_extracti128_si256(x, 1));
}

INLINE void pack_w1(uint8_t *out, const struct mldsa_poly *p, const unsigned bits)
{
    uint8_t rest[BUFFER_LEN] = {0};
    unsigned n = 0;

    for (; n < NUM_GROUPS - 4; n += 4)
        pack_four_groups(out + n * bits, p, n, bits);
    pack_four_groups(rest, p, n, bits);
    memcpy(out + n * bits, rest, 4 * bits);
    WIPE(rest);
}

/* ------------------------------------------------------------------ for all widths */

static void pack(uint8_t *out, const struct mldsa_poly *p, unsigned bits, int32_t sign, int32_t top)
{
    switch (bits) {
#define WIDTH(n)                                                                                   \
    case n:                                                                                        \
        pack_bits(out, p, n, sign, top);                                                           \
        break;
        MLDSA_FOR_EACH_WIDTH(WIDTH)
#undef WIDTH
    default:
        __builtin_unreachable();
    }
}

static void unpack(struct mldsa_poly *p, const uint8_t *in, unsigned bits, int32_t sign,
                   int32_t top)
{
    switch (bits) {
#define WIDTH(n)                                                                                   \
    case n:                                                                                        \
        unpack_bits(p, in, n, sign, top);                                                          \
        break;
        MLDSA_FOR_EACH_WIDTH(WIDTH)
#undef WIDTH
    default:
        __builtin_unreachable();
    }
}

void mldsa_avx2_pack(uint8_t *out, const struct mldsa_poly *p, unsigned bits)
{
    if (bits == 4)
        pack_w1(out, p, 4);
    else if (bits == 6)
        pack_w1(out, p, 6);
    else
        pack(out, p, bits, 1, 0);
}

void mldsa_avx2_unpack(struct mldsa_poly *p, const uint8_t *in, unsigned bits)
{
    unpack(p, in, bits, 1, 0);
}

void mldsa_avx2_pack_from(uint8_t *out, const struct mldsa_poly *p, unsigned bits, int32_t top)
{
    pack(out, p, bits, -1, top);
}

void mldsa_avx2_unpack_from(struct mldsa_poly *p, const uint8_t *in, unsigned bits, int32_t top)
{
    unpack(p, in, bits, -1, top);
}
