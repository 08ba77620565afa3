/* SPDX-License-Identifier: Apache-2.0
 *
 * SHAKE256 on eight messages in AVX-512. Compiled with -mavx512f and its like, run where cpu_level
 * says so.
 */
#include <immintrin.h>

#include "crypto/keccak/rounds_mixed.h"
#include "crypto/slhdsa/engine.h"

/* Truth tables: bit 4a + 2b + c is the result. */
#define V_XOR3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)

#define LANES                 8
#define V_ROUND               KECCAK_ROUND_MIXED
#define V_WORD                __m512i
#define V_XOR(a, b)           _mm512_xor_si512(a, b)
#define V_XOR5(a, b, c, d, e) V_XOR3(V_XOR3(a, b, c), d, e)
#define V_CHI(a, b, c)        _mm512_ternarylogic_epi64(a, b, c, 0xd2)
#define V_ROTL(x, n)          _mm512_rol_epi64(x, n)
#define V_CONSTANT(c)         _mm512_set1_epi64((long long)(c))
#define V_LOAD(p)             _mm512_load_si512(p)
#define V_STORE(p, x)         _mm512_store_si512(p, x)
#define V_MASK                __mmask8
#define V_GT(a, b)            _mm512_cmpgt_epi64_mask(a, b)
#define V_EQ(a, b)            _mm512_cmpeq_epi64_mask(a, b)
#define V_BLEND(m, a, b)      _mm512_mask_blend_epi64(m, b, a)

#include "crypto/slhdsa/shake_lanes.h"

const struct slhdsa_shake slhdsa_shake_avx512_x8 = {
    .name = "avx512-x8",
    .lanes = LANES,
    .permute = shake_lanes_permute,
    .chains = shake_lanes_chains,
};
