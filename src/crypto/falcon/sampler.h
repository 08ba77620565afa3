/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_FALCON_SAMPLER_H
#define CRYPTO_FALCON_SAMPLER_H

#include "crypto/falcon/fpr.h"
#include "crypto/falcon/noise.h"
#include "crypto/falcon/params.h"

/*
 * Algorithm 15, SamplerZ: an integer from the discrete Gaussian distribution around mu with the
 * deviation 1 / inverse_sigma. What shows is how many attempts it takes, whose probability does not
 * depend on mu and hardly on sigma, and how many bytes are read. Round 3: 72 bits for the base
 * sampler.
 */
int falcon_portable_sample(struct falcon_noise *noise, fpr mu, fpr inverse_sigma, fpr sigma_min);

/* Its parts, for tests: Algorithm 12, BaseSampler, of 72 bits given as two halves; Algorithm 13,
 * ApproxExp. */
unsigned falcon_base_sample(uint64_t high, uint64_t low);
uint64_t falcon_approx_exp(fpr x, fpr ccs);

#endif
