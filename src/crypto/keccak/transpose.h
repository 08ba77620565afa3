/* SPDX-License-Identifier: Apache-2.0
 *
 * Four states into and out of vectors: element n of lane[i] is lane i of state n. Inside Keccak's
 * x86 implementations only.
 */
#ifndef CRYPTO_KECCAK_TRANSPOSE_H
#define CRYPTO_KECCAK_TRANSPOSE_H

#include <immintrin.h>

#include "crypto/keccak/keccak.h"

/* The transpose of a 4 x 4 matrix with the rows v. */
static inline void keccak_transpose_4x4(__m256i v[4])
{
    const __m256i t0 = _mm256_unpacklo_epi64(v[0], v[1]);
    const __m256i t1 = _mm256_unpackhi_epi64(v[0], v[1]);
    const __m256i t2 = _mm256_unpacklo_epi64(v[2], v[3]);
    const __m256i t3 = _mm256_unpackhi_epi64(v[2], v[3]);

    v[0] = _mm256_permute2x128_si256(t0, t2, 0x20);
    v[1] = _mm256_permute2x128_si256(t1, t3, 0x20);
    v[2] = _mm256_permute2x128_si256(t0, t2, 0x31);
    v[3] = _mm256_permute2x128_si256(t1, t3, 0x31);
}

static inline void keccak_load_x4(__m256i lane[KECCAK_LANES], uint64_t *const state[4])
{
    for (unsigned i = 0; i < KECCAK_LANES - 1; i += 4) {
        for (unsigned n = 0; n < 4; n++)
            lane[i + n] = _mm256_loadu_si256((const __m256i *)&state[n][i]);
        keccak_transpose_4x4(&lane[i]);
    }
    lane[KECCAK_LANES - 1] = _mm256_set_epi64x(
        (long long)state[3][KECCAK_LANES - 1], (long long)state[2][KECCAK_LANES - 1],
        (long long)state[1][KECCAK_LANES - 1], (long long)state[0][KECCAK_LANES - 1]);
}

static inline void keccak_store_x4(uint64_t *const state[4], __m256i lane[KECCAK_LANES])
{
    const __m256i last = lane[KECCAK_LANES - 1];

    for (unsigned i = 0; i < KECCAK_LANES - 1; i += 4) {
        keccak_transpose_4x4(&lane[i]);
        for (unsigned n = 0; n < 4; n++)
            _mm256_storeu_si256((__m256i *)&state[n][i], lane[i + n]);
    }
    state[0][KECCAK_LANES - 1] = (uint64_t)_mm256_extract_epi64(last, 0);
    state[1][KECCAK_LANES - 1] = (uint64_t)_mm256_extract_epi64(last, 1);
    state[2][KECCAK_LANES - 1] = (uint64_t)_mm256_extract_epi64(last, 2);
    state[3][KECCAK_LANES - 1] = (uint64_t)_mm256_extract_epi64(last, 3);
}

#endif
