/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 on eight messages and SHA-512 on four, in AVX2. Compiled with -mavx2, run where
 * cpu_level says so.
 */
#include <immintrin.h>

#include "crypto/slhdsa/engine.h"

#define OR(a, b)      _mm256_or_si256(a, b)
#define AND(a, b)     _mm256_and_si256(a, b)
#define XOR(a, b)     _mm256_xor_si256(a, b)
#define XOR3(a, b, c) XOR(XOR(a, b), c)
#define CH(a, b, c)   XOR(c, AND(a, XOR(b, c)))
#define MAJ(a, b, c)  OR(AND(a, b), AND(c, OR(a, b)))
#define LOAD(p)       _mm256_load_si256((const __m256i *)(const void *)(p))
#define STORE(p, x)   _mm256_store_si256((__m256i *)(void *)(p), x)

#define LANES32          8
#define W32              __m256i
#define LOAD32(p)        LOAD(p)
#define STORE32(p, x)    STORE(p, x)
#define SET32(c)         _mm256_set1_epi32((int)(c))
#define ADD32(a, b)      _mm256_add_epi32(a, b)
#define XOR32(a, b)      XOR(a, b)
#define XOR3_32(a, b, c) XOR3(a, b, c)
#define CH32(a, b, c)    CH(a, b, c)
#define MAJ32(a, b, c)   MAJ(a, b, c)
#define ROTR32(x, n)     OR(_mm256_srli_epi32(x, n), _mm256_slli_epi32(x, 32 - (n)))
#define SHR32(x, n)      _mm256_srli_epi32(x, n)
#define SHL32(x, n)      _mm256_slli_epi32(x, n)
#define M32              __m256i
#define GT32(a, b)       _mm256_cmpgt_epi32(a, b)
#define EQ32(a, b)       _mm256_cmpeq_epi32(a, b)
#define BLEND32(m, a, b) _mm256_blendv_epi8(b, a, m)

#define LANES64          4
#define W64              __m256i
#define LOAD64(p)        LOAD(p)
#define STORE64(p, x)    STORE(p, x)
#define SET64(c)         _mm256_set1_epi64x((long long)(c))
#define ADD64(a, b)      _mm256_add_epi64(a, b)
#define XOR3_64(a, b, c) XOR3(a, b, c)
#define CH64(a, b, c)    CH(a, b, c)
#define MAJ64(a, b, c)   MAJ(a, b, c)
#define ROTR64(x, n)     OR(_mm256_srli_epi64(x, n), _mm256_slli_epi64(x, 64 - (n)))
#define SHR64(x, n)      _mm256_srli_epi64(x, n)

#include "crypto/slhdsa/sha2_lanes.h"

const struct slhdsa_sha256 slhdsa_sha256_avx2 = {
    .name = "avx2",
    .lanes = LANES32,
    .compress = sha256_lanes_compress,
    .chains = sha256_lanes_chains,
};

const struct slhdsa_sha512 slhdsa_sha512_avx2 = {
    .name = "avx2",
    .lanes = LANES64,
    .compress = sha512_lanes_compress,
};
