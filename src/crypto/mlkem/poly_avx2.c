/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials to bytes and back (FIPS 203, 4.2.1) in AVX2.
 *
 * d-bit numbers are joined two by two with multiplications, which shift and add in one, and their
 * bytes gathered by a shuffle; apart they go by the same steps backwards. Nothing is read or
 * written beyond the 32 d bytes.
 */
#include <assert.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/mlkem/avx2.h"
#include "crypto/mlkem/vec_avx2.h"

#define INLINE static inline __attribute__((always_inline))
#define NONE   -1 /* a byte that a shuffle makes zero */

INLINE __m128i load_16(const uint8_t *in)
{
    return _mm_loadu_si128((const __m128i *)in);
}

INLINE __m128i load_8(const uint8_t *in)
{
    return _mm_loadl_epi64((const __m128i *)in);
}

INLINE void store_16(uint8_t *out, __m128i x)
{
    _mm_storeu_si128((__m128i *)out, x);
}

INLINE void store_8(uint8_t *out, __m128i x)
{
    _mm_storel_epi64((__m128i *)out, x);
}

INLINE void store_4(uint8_t *out, __m128i x)
{
    const int word = _mm_cvtsi128_si32(x);

    memcpy(out, &word, sizeof(word));
}

INLINE void store_2(uint8_t *out, __m128i x)
{
    const short word = (short)_mm_extract_epi16(x, 0);

    memcpy(out, &word, sizeof(word));
}

/* Two 128-bit halves, the low one first. */
INLINE __m256i halves(__m128i low, __m128i high)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

INLINE __m128i low_half(__m256i x)
{
    return _mm256_castsi256_si128(x);
}

INLINE __m128i high_half(__m256i x)
{
    return _mm256_extracti128_si256(x, 1);
}

/* low + high * factor, for each pair of neighbours in 16 bits. */
INLINE __m256i join_words(__m256i x, short factor)
{
    return _mm256_madd_epi16(x, _mm256_set1_epi32(1 | factor << 16));
}

/* ------------------------------------------------------------------ 12 bits */

void mlkem_avx2_encode(uint8_t out[MLKEM_POLY_LEN], const struct mlkem_poly *p)
{
    const __m256i three_of_four = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, NONE, NONE, NONE, NONE));
    const __m256i gather = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const __m256i words = join_words(vec_load(&p->coeff[16 * i]), 1 << 12);
        const __m256i bytes =
            _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(words, three_of_four), gather);

        store_16(out + 24 * i, low_half(bytes));
        store_8(out + 24 * i + 16, high_half(bytes));
    }
}

/* Sixteen 12-bit numbers from 24 bytes. */
INLINE __m256i unpack_12(const uint8_t *in)
{
    const __m256i pick =
        _mm256_setr_epi8(0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11,       /* from byte 0 */
                         4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11, 12, 13, 14, 14, 15); /* from byte 8 */
    const __m256i x = _mm256_shuffle_epi8(halves(load_16(in), load_16(in + 8)), pick);

    return _mm256_and_si256(_mm256_blend_epi16(x, _mm256_srli_epi16(x, 4), 0xaa),
                            _mm256_set1_epi16(0xfff));
}

uint32_t mlkem_avx2_decode(struct mlkem_poly *p, const uint8_t in[MLKEM_POLY_LEN])
{
    const __m256i max = _mm256_set1_epi16(MLKEM_Q - 1);
    __m256i too_large = _mm256_setzero_si256();

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const __m256i x = unpack_12(in + 24 * i);

        too_large = _mm256_or_si256(too_large, _mm256_cmpgt_epi16(x, max));
        vec_store(&p->coeff[16 * i], x);
    }
    return ct_mask_nonzero_u32((uint32_t)_mm256_movemask_epi8(too_large));
}

/* ------------------------------------------------------------------ compression */

/*
 * Compress_d of any x: round(2^d x / q) mod 2^d. With x in [-q/2, q/2], the high half of
 * x * round(2^32 / q) mod 2^32 is x / q as a fraction, with enough of it that its rounding to d
 * bits is exact for d = 1, 4, 5, 10 and 11 (all x have been tried). 2^32 / q is 20 * 2^16 - 20553.
 */
INLINE __m256i fraction(__m256i x)
{
    const __m256i reduced = vec_barrett(x);

    return _mm256_add_epi16(_mm256_mullo_epi16(reduced, _mm256_set1_epi16(20)),
                            _mm256_mulhi_epi16(reduced, _mm256_set1_epi16(-20553)));
}

/* Sixteen coefficients of p + e, compressed. */
INLINE __m256i compress_16(const struct mlkem_poly *p, const struct mlkem_poly *e, unsigned i,
                           int d)
{
    const __m256i sum = _mm256_add_epi16(vec_load(&p->coeff[16 * i]), vec_load(&e->coeff[16 * i]));
    const __m256i half = _mm256_set1_epi16((short)(1 << (15 - d)));

    return _mm256_srli_epi16(_mm256_add_epi16(fraction(sum), half), 16 - d);
}

/* Pairs of 20-bit numbers in 32 bits each, as 40 bits in 64. */
INLINE __m256i join_20(__m256i x)
{
    const __m256i up = _mm256_setr_epi32(12, 0, 12, 0, 12, 0, 12, 0);

    return _mm256_srli_epi64(_mm256_sllv_epi32(x, up), 12);
}

/* The 40-bit numbers of x as 20 bytes: the second half is turned so that its bytes come to lie
 * where they follow on the ten of the first. */
INLINE void store_40(uint8_t *out, __m256i x)
{
    const __m256i pick = _mm256_setr_epi8(
        0, 1, 2, 3, 4, 8, 9, 10, 11, 12, NONE, NONE, NONE, NONE, NONE, NONE, /* low half */
        9, 10, 11, 12, NONE, NONE, NONE, NONE, NONE, NONE, 0, 1, 2, 3, 4, 8);
    const __m256i bytes = _mm256_shuffle_epi8(x, pick);

    store_16(out, _mm_blend_epi16(low_half(bytes), high_half(bytes), 0xe0));
    store_4(out + 16, high_half(bytes));
}

/* 8 bits each, two in the low byte of the 16: the words of a and b, then those of c and d. */
INLINE void compress_4(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e)
{
    const __m256i join = _mm256_set1_epi16(0x1001); /* by bytes: 1, 16 */
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i += 4) {
        const __m256i a = _mm256_packus_epi16(compress_16(p, e, i, 4), compress_16(p, e, i + 1, 4));
        const __m256i b =
            _mm256_packus_epi16(compress_16(p, e, i + 2, 4), compress_16(p, e, i + 3, 4));
        const __m256i bytes =
            _mm256_packus_epi16(_mm256_maddubs_epi16(a, join), _mm256_maddubs_epi16(b, join));

        _mm256_storeu_si256((__m256i *)(out + 8 * i), _mm256_permutevar8x32_epi32(bytes, order));
    }
}

INLINE void compress_5(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e)
{
    const __m256i join = _mm256_set1_epi16(0x2001); /* by bytes: 1, 32 */

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i += 2) {
        const __m256i bytes =
            _mm256_packus_epi16(compress_16(p, e, i, 5), compress_16(p, e, i + 1, 5));
        const __m256i joined = join_20(join_words(_mm256_maddubs_epi16(bytes, join), 1 << 10));

        store_40(out + 10 * i, _mm256_permute4x64_epi64(joined, 0xd8)); /* 0, 2, 1, 3 */
    }
}

INLINE void compress_10(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e)
{
    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++)
        store_40(out + 20 * i, join_20(join_words(compress_16(p, e, i, 10), 1 << 10)));
}

/* 44 bits in 64, then 88 bits in 128, then the eleven bytes of the second half behind those of the
 * first. */
INLINE void compress_11(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e)
{
    const __m256i up = _mm256_setr_epi32(10, 0, 10, 0, 10, 0, 10, 0);
    const __m256i down = _mm256_setr_epi64x(0, 20, 0, 20);
    const __m256i left = _mm256_setr_epi64x(44, 64, 44, 64); /* 64: nothing is left */
    const __m256i pick =
        _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, NONE, NONE, NONE, NONE, NONE, 5, 6, 7, 8,
                         9, 10, NONE, NONE, NONE, NONE, NONE, 0, 1, 2, 3, 4);
    const __m128i from_high = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1);

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const __m256i pairs = join_words(compress_16(p, e, i, 11), 1 << 11);
        const __m256i fours = _mm256_srli_epi64(_mm256_sllv_epi32(pairs, up), 10);
        const __m256i seconds = _mm256_unpackhi_epi64(fours, fours);
        const __m256i eights =
            _mm256_or_si256(_mm256_srlv_epi64(fours, down), _mm256_sllv_epi64(seconds, left));
        const __m256i bytes = _mm256_shuffle_epi8(eights, pick);

        store_16(out + 22 * i, _mm_blendv_epi8(low_half(bytes), high_half(bytes), from_high));
        store_4(out + 22 * i + 16, high_half(bytes));
        store_2(out + 22 * i + 20, _mm_srli_si128(high_half(bytes), 4));
    }
}

void mlkem_avx2_compress(uint8_t *out, const struct mlkem_poly *p, const struct mlkem_poly *e,
                         unsigned d)
{
    switch (d) {
    case 4:
        compress_4(out, p, e);
        break;
    case 5:
        compress_5(out, p, e);
        break;
    case 10:
        compress_10(out, p, e);
        break;
    default:
        assert(d == 11);
        compress_11(out, p, e);
    }
}

/* ------------------------------------------------------------------ decompression */

/* Decompress_d of y, which is given as 2^(15 - d) y: round(q y / 2^d), rounded by the instruction.
 */
INLINE __m256i decompress_16(__m256i y)
{
    return _mm256_mulhrs_epi16(y, _mm256_set1_epi16(MLKEM_Q));
}

INLINE void decompress_4(struct mlkem_poly *p, const uint8_t *in)
{
    const __m128i nibble = _mm_set1_epi8(15);

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const __m128i bytes = load_8(in + 8 * i);
        const __m128i low = _mm_and_si128(bytes, nibble);
        const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble);
        const __m256i y = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(low, high));

        vec_store(&p->coeff[16 * i], decompress_16(_mm256_slli_epi16(y, 11)));
    }
}

/* Each number is moved to the top of the two bytes that it lies in, then to its place. */
INLINE void decompress_5(struct mlkem_poly *p, const uint8_t *in)
{
    const __m256i pick =
        _mm256_setr_epi8(0, 1, 0, 1, 1, 2, 1, 2, 2, 3, 3, 4, 3, 4, 4, 5,  /* from byte 0 */
                         3, 4, 3, 4, 4, 5, 4, 5, 5, 6, 6, 7, 6, 7, 7, 7); /* from byte 2 */
    const __m256i up = _mm256_broadcastsi128_si256(
        _mm_setr_epi16(1 << 11, 1 << 6, 1 << 9, 1 << 4, 1 << 7, 1 << 10, 1 << 5, 1 << 8));

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const __m256i bytes = halves(load_8(in + 10 * i), load_8(in + 10 * i + 2));
        const __m256i top = _mm256_mullo_epi16(_mm256_shuffle_epi8(bytes, pick), up);
        const __m256i y = _mm256_and_si256(_mm256_srli_epi16(top, 1), _mm256_set1_epi16(0x7c00));

        vec_store(&p->coeff[16 * i], decompress_16(y));
    }
}

INLINE void decompress_10(struct mlkem_poly *p, const uint8_t *in)
{
    const __m256i pick =
        _mm256_setr_epi8(0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9,           /* from byte 0 */
                         6, 7, 7, 8, 8, 9, 9, 10, 11, 12, 12, 13, 13, 14, 14, 15); /* 4 */
    const __m256i up = _mm256_set1_epi64x(0x0001000400100040); /* 64, 16, 4, 1 */

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const __m256i bytes = halves(load_16(in + 20 * i), load_16(in + 20 * i + 4));
        const __m256i top = _mm256_mullo_epi16(_mm256_shuffle_epi8(bytes, pick), up);
        const __m256i y = _mm256_and_si256(_mm256_srli_epi16(top, 1), _mm256_set1_epi16(0x7fe0));

        vec_store(&p->coeff[16 * i], decompress_16(y));
    }
}

/* Eight 11-bit numbers, from eleven bytes that stand twice in x, in 32 bits each. */
INLINE __m256i unpack_11(__m256i x, __m256i pick)
{
    const __m256i down = _mm256_setr_epi32(0, 3, 6, 1, 4, 7, 2, 5);

    return _mm256_and_si256(_mm256_srlv_epi32(_mm256_shuffle_epi8(x, pick), down),
                            _mm256_set1_epi32(0x7ff));
}

INLINE void decompress_11(struct mlkem_poly *p, const uint8_t *in)
{
    const __m256i first = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 4, 5, 6, 7, 5, 6, 7,
                                           8, 6, 7, 8, 9, 8, 9, 10, 11, 9, 10, 11, 12);
    /* The same of bytes 5 to 15. */
    const __m256i second =
        _mm256_setr_epi8(5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10, 9, 10, 11, 12, 10, 11, 12, 13, 11, 12,
                         13, 14, 13, 14, 15, NONE, 14, 15, NONE, NONE);

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const __m256i a = _mm256_broadcastsi128_si256(load_16(in + 22 * i));
        const __m256i b = _mm256_broadcastsi128_si256(load_16(in + 22 * i + 6));
        const __m256i y =
            _mm256_packus_epi32(unpack_11(a, first), unpack_11(b, second)); /* by halves */
        const __m256i ordered = _mm256_permute4x64_epi64(y, 0xd8);          /* 0, 2, 1, 3 */

        vec_store(&p->coeff[16 * i], decompress_16(_mm256_slli_epi16(ordered, 4)));
    }
}

void mlkem_avx2_decompress(struct mlkem_poly *p, const uint8_t *in, unsigned d)
{
    switch (d) {
    case 4:
        decompress_4(p, in);
        break;
    case 5:
        decompress_5(p, in);
        break;
    case 10:
        decompress_10(p, in);
        break;
    default:
        assert(d == 11);
        decompress_11(p, in);
    }
}

/* ------------------------------------------------------------------ messages */

void mlkem_avx2_add_message(struct mlkem_poly *p, const uint8_t m[MLKEM_M_LEN])
{
    const __m256i one = _mm256_set1_epi16((MLKEM_Q + 1) / 2); /* Decompress_1(1) */
    const __m256i bits =
        _mm256_setr_epi16(1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8,
                          1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, (short)(1 << 15));

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i++) {
        const uint16_t two_bytes = (uint16_t)(m[2 * i] | m[2 * i + 1] << 8);
        const __m256i x = _mm256_and_si256(_mm256_set1_epi16((short)two_bytes), bits);
        const __m256i set = _mm256_cmpeq_epi16(x, bits);
        int16_t *coeff = &p->coeff[16 * i];

        vec_store(coeff, _mm256_add_epi16(vec_load(coeff), _mm256_and_si256(set, one)));
    }
}

/* Compress_1 is the top bit of the fraction, rounded. */
void mlkem_avx2_to_message(uint8_t m[MLKEM_M_LEN], const struct mlkem_poly *v,
                           const struct mlkem_poly *w)
{
    const __m256i half = _mm256_set1_epi16(1 << 14);

    for (unsigned i = 0; i < MLKEM_NUM_VECS; i += 2) {
        __m256i bits[2];
        __m256i bytes;
        int mask;

        for (unsigned n = 0; n < 2; n++) {
            const __m256i a = vec_load(&v->coeff[16 * (i + n)]);
            const __m256i b = vec_load(&w->coeff[16 * (i + n)]);

            bits[n] = _mm256_add_epi16(fraction(_mm256_sub_epi16(a, b)), half);
        }
        bytes = _mm256_packs_epi16(bits[0], bits[1]); /* keeps the sign; by halves */
        mask = _mm256_movemask_epi8(_mm256_permute4x64_epi64(bytes, 0xd8));
        memcpy(m + 2 * i, &mask, sizeof(mask));
    }
}
