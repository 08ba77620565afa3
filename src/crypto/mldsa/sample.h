/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials from seeds (FIPS 204, 7.3).
 */
#ifndef CRYPTO_MLDSA_SAMPLE_H
#define CRYPTO_MLDSA_SAMPLE_H

#include "crypto/mldsa/poly.h"

#define MLDSA_SECRET_SEED_LEN 64 /* rho' of key generation, rho'' of signing */

/* Algorithm 30, entry (row, column) of A: coefficients 0 … q - 1, in the NTT domain. Public. */
void mldsa_sample_uniform(struct mldsa_poly *p, const uint8_t rho[MLDSA_RHO_LEN], unsigned row,
                          unsigned column);

/* Algorithm 31: coefficients -eta … eta. Only which half-bytes were rejected shows. */
void mldsa_sample_eta(const struct mldsa_params *params, struct mldsa_poly *p,
                      const uint8_t seed[MLDSA_SECRET_SEED_LEN], unsigned index);

/* One polynomial of Algorithm 34: coefficients -gamma1 + 1 … gamma1. Constant time. */
void mldsa_sample_mask(const struct mldsa_params *params, struct mldsa_poly *p,
                       const uint8_t seed[MLDSA_SECRET_SEED_LEN], unsigned index);

/* Algorithm 29: tau coefficients 1 or -1, the others 0. The challenge is public. */
void mldsa_sample_ball(const struct mldsa_params *params, struct mldsa_poly *c,
                       const uint8_t *challenge);

#endif
