/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials from seeds (FIPS 204, 7.3), hashed side by side.
 */
#ifndef CRYPTO_MLDSA_SAMPLE_H
#define CRYPTO_MLDSA_SAMPLE_H

#include "crypto/keccak/lanes.h"
#include "crypto/mldsa/poly.h"

#define MLDSA_SECRET_SEED_LEN 64 /* rho' */

/* What to sample for one key. */
struct mldsa_samples {
    const struct mldsa_params *params;

    /* Algorithm 32: the k rows of A, row_len >= l polynomials apart: coefficients 0 … q - 1, in the
     * NTT domain. */
    struct mldsa_poly *row;
    size_t row_len;
    const uint8_t *rho;

    /* Algorithm 33: s1 (l) and s2 (k), coefficients -eta … eta. NULL: none. */
    struct mldsa_poly *sk_s;
    const uint8_t *sk_seed; /* MLDSA_SECRET_SEED_LEN bytes */

    /* A message that is taken in meanwhile, to its end. NULL: none. */
    struct keccak_feed *beside;
};

/* All of it for num of them at once. The time depends on rho, and on which half-bytes are rejected
 * in sampling sk_s. */
void mldsa_sample(const struct mldsa_samples what[], unsigned num);

#endif
