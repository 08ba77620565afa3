/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak-f[1600] on four states in AVX2. Compiled with -mavx2, run where cpu_level says so.
 */
#include <immintrin.h>

#include "crypto/keccak/impl.h"
#include "crypto/keccak/rounds.h"
#include "crypto/keccak/transpose.h"

#define X4_WORD                __m256i
#define X4_XOR(a, b)           _mm256_xor_si256(a, b)
#define X4_XOR5(a, b, c, d, e) X4_XOR(X4_XOR(X4_XOR(a, b), X4_XOR(c, d)), e)
#define X4_CHI(a, b, c)        X4_XOR(a, _mm256_andnot_si256(b, c))
#define X4_ROTL(x, n)          _mm256_or_si256(_mm256_slli_epi64(x, n), _mm256_srli_epi64(x, 64 - (n)))
#define X4_CONSTANT(c)         _mm256_set1_epi64x((long long)(c))

/* NOLINTNEXTLINE(readability-function-size): it is one macro that is large */
static void permute_x4(uint64_t *const state[4])
{
    __m256i a[KECCAK_LANES];

    keccak_load_x4(a, state);
    KECCAK_ROUNDS(X4, KECCAK_ROUND, a);
    keccak_store_x4(state, a);
}

static void permute_x8(uint64_t *const state[8])
{
    permute_x4(state);
    permute_x4(state + 4);
}

const struct keccak_impl keccak_avx2 = {
    .name = "avx2",
    .min_x4 = 2,
    .min_x8 = 8,
    .permute = keccak_bmi2_permute,
    .permute_x4 = permute_x4,
    .permute_x8 = permute_x8,
};
