/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak-f[1600] on one, four and eight states in AVX-512: any function of three bits is one
 * instruction there, and so is a rotation. Compiled with -mavx512f and its like, run where
 * cpu_level says so.
 *
 * One state alone takes one element of the vectors for four, which beats the ordinary registers:
 * they are too few.
 */
#include <immintrin.h>
#include <stddef.h>

#include "crypto/keccak/impl.h"
#include "crypto/keccak/rounds_mixed.h"
#include "crypto/keccak/transpose.h"

/* Truth tables: bit 4a + 2b + c is the result. */
#define TABLE_XOR3 0x96 /* a ^ b ^ c */
#define TABLE_CHI  0xd2 /* a ^ (~b & c) */

#define X4_WORD                __m256i
#define X4_XOR(a, b)           _mm256_xor_si256(a, b)
#define X4_XOR3(a, b, c)       _mm256_ternarylogic_epi64(a, b, c, TABLE_XOR3)
#define X4_XOR5(a, b, c, d, e) X4_XOR3(X4_XOR3(a, b, c), d, e)
#define X4_CHI(a, b, c)        _mm256_ternarylogic_epi64(a, b, c, TABLE_CHI)
#define X4_ROTL(x, n)          _mm256_rol_epi64(x, n)
#define X4_CONSTANT(c)         _mm256_set1_epi64x((long long)(c))

#define X8_WORD                __m512i
#define X8_XOR(a, b)           _mm512_xor_si512(a, b)
#define X8_XOR3(a, b, c)       _mm512_ternarylogic_epi64(a, b, c, TABLE_XOR3)
#define X8_XOR5(a, b, c, d, e) X8_XOR3(X8_XOR3(a, b, c), d, e)
#define X8_CHI(a, b, c)        _mm512_ternarylogic_epi64(a, b, c, TABLE_CHI)
#define X8_ROTL(x, n)          _mm512_rol_epi64(x, n)
#define X8_CONSTANT(c)         _mm512_set1_epi64((long long)(c))

/* NOLINTNEXTLINE(readability-function-size): it is one macro that is large */
static void permute(uint64_t state[KECCAK_LANES])
{
    __m256i a[KECCAK_LANES];

    for (unsigned i = 0; i < KECCAK_LANES; i++)
        a[i] = _mm256_zextsi128_si256(_mm_loadl_epi64((const __m128i *)&state[i]));
    KECCAK_ROUNDS(X4, KECCAK_ROUND_MIXED, a);
    for (unsigned i = 0; i < KECCAK_LANES; i++)
        _mm_storel_epi64((__m128i *)&state[i], _mm256_castsi256_si128(a[i]));
}

/* NOLINTNEXTLINE(readability-function-size): it is one macro that is large */
static void permute_x4(uint64_t *const state[4])
{
    __m256i a[KECCAK_LANES];

    keccak_load_x4(a, state);
    KECCAK_ROUNDS(X4, KECCAK_ROUND_MIXED, a);
    keccak_store_x4(state, a);
}

/* The transpose of an 8 x 8 matrix with the rows v: of pairs, of 2 x 2 blocks, of 4 x 4 blocks. */
static inline __attribute__((always_inline)) void transpose_8x8(__m512i v[8])
{
    __m512i t[8];

    for (unsigned i = 0; i < 8; i += 2) {
        t[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
    }
    for (unsigned i = 0; i < 8; i += 4) {
        for (unsigned n = 0; n < 2; n++) { /* 128-bit parts 0, 2 and 1, 3 of each */
            v[i + n] = _mm512_shuffle_i64x2(t[i + n], t[i + n + 2], 0x88);
            v[i + n + 2] = _mm512_shuffle_i64x2(t[i + n], t[i + n + 2], 0xdd);
        }
    }
    for (unsigned n = 0; n < 4; n++) {
        t[n] = _mm512_shuffle_i64x2(v[n], v[n + 4], 0x88);
        t[n + 4] = _mm512_shuffle_i64x2(v[n], v[n + 4], 0xdd);
    }
    for (unsigned i = 0; i < 8; i++)
        v[i] = t[i];
}

/* NOLINTNEXTLINE(readability-function-size): it is one macro that is large */
static void permute_x8(uint64_t *const state[8])
{
    __m512i a[KECCAK_LANES];
    uint64_t last[8] __attribute__((aligned(64)));

    for (unsigned i = 0; i < KECCAK_LANES - 1; i += 8) {
        for (unsigned n = 0; n < 8; n++)
            a[i + n] = _mm512_loadu_si512(&state[n][i]);
        transpose_8x8(&a[i]);
    }
    for (unsigned n = 0; n < 8; n++)
        last[n] = state[n][KECCAK_LANES - 1];
    a[KECCAK_LANES - 1] = _mm512_load_si512(last);

    KECCAK_ROUNDS(X8, KECCAK_ROUND_MIXED, a);

    _mm512_store_si512(last, a[KECCAK_LANES - 1]);
    for (unsigned i = 0; i < KECCAK_LANES - 1; i += 8) {
        transpose_8x8(&a[i]);
        for (unsigned n = 0; n < 8; n++)
            _mm512_storeu_si512(&state[n][i], a[i + n]);
    }
    for (unsigned n = 0; n < 8; n++)
        state[n][KECCAK_LANES - 1] = last[n];
}

const struct keccak_impl keccak_avx512 = {
    .name = "avx512",
    .min_x4 = 2,
    .min_x8 = 5,
    .permute = permute,
    .permute_x4 = permute_x4,
    .permute_x8 = permute_x8,
};
