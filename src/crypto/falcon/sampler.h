/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_FALCON_SAMPLER_H
#define CRYPTO_FALCON_SAMPLER_H

#include "crypto/falcon/fpr.h"
#include "crypto/falcon/noise.h"
#include "crypto/falcon/params.h"

/* Table 3.1, RCDT, in halves of so many bits. */
#define FALCON_RCDT_BITS 36
#define FALCON_RCDT_LEN  18
extern const uint64_t falcon_rcdt[FALCON_RCDT_LEN][2];

/* 1 / (2 sigma_max^2), where sigma_max is 1.8205 */
#define FALCON_INVERSE_2_SIGMA_MAX_2 0x3fc34f8bc183bbc2

/* Half of the attempts succeed, so that so many never fail but for a fault; then a sample is wrong,
 * and the signature too long. */
#define FALCON_MAX_TRIES 1000

/*
 * Algorithm 15, SamplerZ: an integer from the discrete Gaussian distribution around mu with the
 * deviation 1 / inverse_sigma. What shows is how many attempts it takes, whose probability does not
 * depend on mu and hardly on sigma, and how many bytes are read. Round 3: 72 bits for the base
 * sampler.
 */
int falcon_portable_sample(struct falcon_noise *noise, fpr mu, fpr inverse_sigma, fpr sigma_min);

/* What a tree is sampled with. */
struct falcon_sampling {
    const struct falcon_impl *impl;
    struct falcon_noise *noise;
    fpr sigma_min;
};

/* Algorithm 11, ffSampling: z[0] and z[1], n numbers each, around t. temp has room for 2n. */
void falcon_portable_ff_sample(const struct falcon_sampling *s, fpr *const z[2], const fpr *tree,
                               const fpr *const t[2], unsigned log_n, fpr *temp);

/* Its parts, for tests: Algorithm 12, BaseSampler, of 72 bits given as two halves; Algorithm 13,
 * ApproxExp. */
unsigned falcon_base_sample(uint64_t high, uint64_t low);
uint64_t falcon_approx_exp(fpr x, fpr ccs);

#endif
