/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 on sixteen messages and SHA-512 on eight, in AVX-512, where a rotation is one instruction
 * and so is any function of three bits. Compiled with -mavx512f, run where cpu_level says so.
 */
#include <immintrin.h>

#include "crypto/slhdsa/engine.h"

/* Truth tables: bit 4a + 2b + c is the result. */
#define XOR3(a, b, c) _mm512_ternarylogic_epi32(a, b, c, 0x96)
#define CH(a, b, c)   _mm512_ternarylogic_epi32(a, b, c, 0xca)
#define MAJ(a, b, c)  _mm512_ternarylogic_epi32(a, b, c, 0xe8)

#define LANES32          16
#define W32              __m512i
#define LOAD32(p)        _mm512_load_si512(p)
#define STORE32(p, x)    _mm512_store_si512(p, x)
#define SET32(c)         _mm512_set1_epi32((int)(c))
#define ADD32(a, b)      _mm512_add_epi32(a, b)
#define XOR32(a, b)      _mm512_xor_si512(a, b)
#define XOR3_32(a, b, c) XOR3(a, b, c)
#define CH32(a, b, c)    CH(a, b, c)
#define MAJ32(a, b, c)   MAJ(a, b, c)
#define ROTR32(x, n)     _mm512_ror_epi32(x, n)
#define SHR32(x, n)      _mm512_srli_epi32(x, n)
#define SHL32(x, n)      _mm512_slli_epi32(x, n)
#define M32              __mmask16
#define GT32(a, b)       _mm512_cmpgt_epi32_mask(a, b)
#define EQ32(a, b)       _mm512_cmpeq_epi32_mask(a, b)
#define BLEND32(m, a, b) _mm512_mask_blend_epi32(m, b, a)

#define LANES64          8
#define W64              __m512i
#define LOAD64(p)        _mm512_load_si512(p)
#define STORE64(p, x)    _mm512_store_si512(p, x)
#define SET64(c)         _mm512_set1_epi64((long long)(c))
#define ADD64(a, b)      _mm512_add_epi64(a, b)
#define XOR3_64(a, b, c) XOR3(a, b, c)
#define CH64(a, b, c)    CH(a, b, c)
#define MAJ64(a, b, c)   MAJ(a, b, c)
#define ROTR64(x, n)     _mm512_ror_epi64(x, n)
#define SHR64(x, n)      _mm512_srli_epi64(x, n)

#include "crypto/slhdsa/sha2_lanes.h"

const struct slhdsa_sha256 slhdsa_sha256_avx512 = {
    .name = "avx512",
    .lanes = LANES32,
    .compress = sha256_lanes_compress,
    .chains = sha256_lanes_chains,
};

const struct slhdsa_sha512 slhdsa_sha512_avx512 = {
    .name = "avx512",
    .lanes = LANES64,
    .compress = sha512_lanes_compress,
};
