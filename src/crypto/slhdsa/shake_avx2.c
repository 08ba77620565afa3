/* SPDX-License-Identifier: Apache-2.0
 *
 * SHAKE256 on four messages in AVX2. Compiled with -mavx2, run where cpu_level says so.
 */
#include <immintrin.h>

#include "crypto/keccak/rounds.h"
#include "crypto/slhdsa/engine.h"

#define LANES                 4
#define V_ROUND               KECCAK_ROUND
#define V_WORD                __m256i
#define V_XOR(a, b)           _mm256_xor_si256(a, b)
#define V_XOR5(a, b, c, d, e) V_XOR(V_XOR(V_XOR(a, b), V_XOR(c, d)), e)
#define V_CHI(a, b, c)        V_XOR(a, _mm256_andnot_si256(b, c))
#define V_ROTL(x, n)          _mm256_or_si256(_mm256_slli_epi64(x, n), _mm256_srli_epi64(x, 64 - (n)))
#define V_CONSTANT(c)         _mm256_set1_epi64x((long long)(c))
#define V_LOAD(p)             _mm256_load_si256((const __m256i *)(const void *)(p))
#define V_STORE(p, x)         _mm256_store_si256((__m256i *)(void *)(p), x)
#define V_MASK                __m256i
#define V_GT(a, b)            _mm256_cmpgt_epi64(a, b)
#define V_EQ(a, b)            _mm256_cmpeq_epi64(a, b)
#define V_BLEND(m, a, b)      _mm256_blendv_epi8(b, a, m)

#include "crypto/slhdsa/shake_lanes.h"

const struct slhdsa_shake slhdsa_shake_avx2 = {
    .name = "avx2",
    .lanes = LANES,
    .permute = shake_lanes_permute,
    .chains = shake_lanes_chains,
};
