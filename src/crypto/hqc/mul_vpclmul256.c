/* SPDX-License-Identifier: Apache-2.0
 *
 * Carry-less multiplication with VPCLMULQDQ and AVX2, two units at a time.
 */
#include <immintrin.h>

#include "crypto/hqc/x86.h"

#define LANES           2
#define V               __m256i
#define V_LOAD(p)       _mm256_load_si256((const __m256i *)(p))
#define V_STORE(p, x)   _mm256_store_si256((__m256i *)(p), x)
#define V_XOR(a, b)     _mm256_xor_si256(a, b)
#define V_XOR3(a, b, c) _mm256_xor_si256(_mm256_xor_si256(a, b), c)
#define V_LOW(a, b)     _mm256_clmulepi64_epi128(a, b, 0x00)
#define V_HIGH(a, b)    _mm256_clmulepi64_epi128(a, b, 0x11)
#define V_FOLD(a)       _mm256_xor_si256(a, _mm256_shuffle_epi32(a, 0x4e))
#define V_UP(a)         _mm256_bslli_epi128(a, 8)
#define V_DOWN(a)       _mm256_bsrli_epi128(a, 8)
#include "crypto/hqc/mul_lanes.h"

void hqc_vpclmul256_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                        const struct hqc_params *params)
{
    mul_vectors(out, a, b, params);
}
