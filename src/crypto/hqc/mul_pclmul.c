/* SPDX-License-Identifier: Apache-2.0
 *
 * Carry-less multiplication with PCLMULQDQ.
 */
#include <immintrin.h>

#include "crypto/hqc/x86.h"

#define LANES           1
#define V               __m128i
#define V_LOAD(p)       _mm_load_si128((const __m128i *)(p))
#define V_STORE(p, x)   _mm_store_si128((__m128i *)(p), x)
#define V_XOR(a, b)     _mm_xor_si128(a, b)
#define V_XOR3(a, b, c) _mm_xor_si128(_mm_xor_si128(a, b), c)
#define V_LOW(a, b)     _mm_clmulepi64_si128(a, b, 0x00)
#define V_HIGH(a, b)    _mm_clmulepi64_si128(a, b, 0x11)
#define V_FOLD(a)       _mm_xor_si128(a, _mm_shuffle_epi32(a, 0x4e))
#define V_UP(a)         _mm_slli_si128(a, 8)
#define V_DOWN(a)       _mm_srli_si128(a, 8)
#include "crypto/hqc/mul_lanes.h"

void hqc_pclmul_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                    const struct hqc_params *params)
{
    mul_vectors(out, a, b, params);
}
