/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of falcon_avx2 (poly.h).
 */
#ifndef CRYPTO_FALCON_AVX2_H
#define CRYPTO_FALCON_AVX2_H

#include "crypto/falcon/fft.h"
#include "crypto/falcon/poly.h"
#include "crypto/falcon/sampler.h"

void falcon_avx2_ntt(int16_t *p, unsigned log_n);
void falcon_avx2_intt(int16_t *p, unsigned log_n);
void falcon_avx2_mul(int16_t *a, const int16_t *b, unsigned n);
uint64_t falcon_avx2_norm(const uint16_t *c, const int16_t *t, const int16_t *s, unsigned n);

void falcon_avx2_fft(fpr *f, unsigned log_n);
void falcon_avx2_ifft(fpr *f, unsigned log_n);
void falcon_avx2_split(fpr *f0, fpr *f1, const fpr *f, unsigned log_n);
void falcon_avx2_merge(fpr *f, const fpr *f0, const fpr *f1, unsigned log_n);
void falcon_avx2_multiply(fpr *a, const fpr *b, unsigned log_n);
void falcon_avx2_shift(fpr *out, const fpr *t, const fpr *u, const fpr *z, const fpr *l,
                       unsigned log_n);

void falcon_avx2_fill(struct falcon_noise *noise);
int falcon_avx2_sample(struct falcon_noise *noise, fpr mu, fpr inverse_sigma, fpr sigma_min);
void falcon_avx2_ff_sample(const struct falcon_sampling *s, fpr *const z[2], const fpr *tree,
                           const fpr *const t[2], unsigned log_n, fpr *temp);

/* Roots for 256 coefficients in the last four layers: 1 + 2 + 4 + 8 vectors. */
#define FALCON_AVX2_ROOTS 15
extern const int16_t falcon_avx2_zetas[6][FALCON_AVX2_ROOTS][16];
extern const int16_t falcon_avx2_inverse_zetas[6][FALCON_AVX2_ROOTS][16];

#ifdef __AVX2__
#include <immintrin.h>
#endif

#endif
