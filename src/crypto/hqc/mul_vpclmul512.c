/* SPDX-License-Identifier: Apache-2.0
 *
 * Carry-less multiplication with VPCLMULQDQ and AVX-512, four units at a time.
 */
#include <immintrin.h>

#include "crypto/hqc/x86.h"

#define LANES           4
#define V               __m512i
#define V_LOAD(p)       _mm512_load_si512(p)
#define V_STORE(p, x)   _mm512_store_si512(p, x)
#define V_XOR(a, b)     _mm512_xor_si512(a, b)
#define V_XOR3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define V_LOW(a, b)     _mm512_clmulepi64_epi128(a, b, 0x00)
#define V_HIGH(a, b)    _mm512_clmulepi64_epi128(a, b, 0x11)
#define V_FOLD(a)       _mm512_xor_si512(a, _mm512_shuffle_epi32(a, _MM_PERM_BADC))
#define V_UP(a)         _mm512_bslli_epi128(a, 8)
#define V_DOWN(a)       _mm512_bsrli_epi128(a, 8)
#include "crypto/hqc/mul_lanes.h"

void hqc_vpclmul512_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                        const struct hqc_params *params)
{
    mul_vectors(out, a, b, params);
}
