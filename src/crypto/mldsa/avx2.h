/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of mldsa_avx2 (poly.h), and what they share: vectors of eight coefficients.
 */
#ifndef CRYPTO_MLDSA_AVX2_H
#define CRYPTO_MLDSA_AVX2_H

#include "crypto/mldsa/poly.h"

#define MLDSA_NUM_VECTORS (MLDSA_N / 8)

void mldsa_avx2_ntt(struct mldsa_poly *p);
void mldsa_avx2_intt(struct mldsa_poly *p);
void mldsa_avx2_pointwise_acc(struct mldsa_poly *out, const struct mldsa_poly *a,
                              const struct mldsa_poly *b, size_t num);
uint32_t mldsa_avx2_add_product(struct mldsa_poly *p, const struct mldsa_challenge *c,
                                const struct mldsa_short *s, int32_t bound);

uint32_t mldsa_avx2_norm_exceeds(const struct mldsa_poly *p, int32_t bound);
void mldsa_avx2_power2round(struct mldsa_poly *t1, struct mldsa_poly *t0,
                            const struct mldsa_poly *t);
void mldsa_avx2_decompose(const struct mldsa_params *params, struct mldsa_poly *w1,
                          struct mldsa_poly *w0, const struct mldsa_poly *w);
uint32_t mldsa_avx2_make_hint(const struct mldsa_params *params, uint8_t hint[MLDSA_HINT_LEN],
                              const struct mldsa_poly *w1, const struct mldsa_poly *low);
void mldsa_avx2_use_hint(const struct mldsa_params *params, struct mldsa_poly *w,
                         const uint8_t hint[MLDSA_HINT_LEN]);

void mldsa_avx2_pack(uint8_t *out, const struct mldsa_poly *p, unsigned bits);
void mldsa_avx2_unpack(struct mldsa_poly *p, const uint8_t *in, unsigned bits);
void mldsa_avx2_pack_from(uint8_t *out, const struct mldsa_poly *p, unsigned bits, int32_t top);
void mldsa_avx2_unpack_from(struct mldsa_poly *p, const uint8_t *in, unsigned bits, int32_t top);

unsigned mldsa_avx2_accept_uniform(struct mldsa_poly *p, unsigned num,
                                   const uint64_t lane[KECCAK_LANES]);
unsigned mldsa_avx2_accept_eta(struct mldsa_poly *p, unsigned num, int32_t eta,
                               const uint64_t lane[KECCAK_LANES]);

#ifdef __AVX2__
#include <immintrin.h>

static inline __m256i mldsa_load(const struct mldsa_poly *p, unsigned n)
{
    return _mm256_load_si256((const __m256i *)(const void *)p->coeff + n);
}

static inline void mldsa_store(struct mldsa_poly *p, unsigned n, __m256i x)
{
    _mm256_store_si256((__m256i *)(void *)p->coeff + n, x);
}

/* x, bounded by q, in 0 … q - 1. */
static inline __m256i mldsa_canonical(__m256i x, __m256i q)
{
    return _mm256_add_epi32(x, _mm256_and_si256(_mm256_srai_epi32(x, 31), q));
}
#endif

#endif
