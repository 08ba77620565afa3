/* SPDX-License-Identifier: Apache-2.0
 *
 * SHAKE256 on four messages with the instructions of AVX-512. Compiled with -mavx512vl and its
 * like, run where cpu_level says so.
 */
#include <immintrin.h>

#include "crypto/keccak/rounds_mixed.h"
#include "crypto/slhdsa/engine.h"

/* Truth tables: bit 4a + 2b + c is the result. */
#define V_XOR3(a, b, c) _mm256_ternarylogic_epi64(a, b, c, 0x96)

#define LANES                 4
#define V_ROUND               KECCAK_ROUND_MIXED
#define V_WORD                __m256i
#define V_XOR(a, b)           _mm256_xor_si256(a, b)
#define V_XOR5(a, b, c, d, e) V_XOR3(V_XOR3(a, b, c), d, e)
#define V_CHI(a, b, c)        _mm256_ternarylogic_epi64(a, b, c, 0xd2)
#define V_ROTL(x, n)          _mm256_rol_epi64(x, n)
#define V_CONSTANT(c)         _mm256_set1_epi64x((long long)(c))
#define V_LOAD(p)             _mm256_load_si256((const __m256i *)(const void *)(p))
#define V_STORE(p, x)         _mm256_store_si256((__m256i *)(void *)(p), x)
#define V_MASK                __mmask8
#define V_GT(a, b)            _mm256_cmpgt_epi64_mask(a, b)
#define V_EQ(a, b)            _mm256_cmpeq_epi64_mask(a, b)
#define V_BLEND(m, a, b)      _mm256_mask_blend_epi64(m, b, a)

#include "crypto/slhdsa/shake_lanes.h"

const struct slhdsa_shake slhdsa_shake_avx512_x4 = {
    .name = "avx512-x4",
    .lanes = LANES,
    .permute = shake_lanes_permute,
    .chains = shake_lanes_chains,
};
