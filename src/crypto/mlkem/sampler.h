/* SPDX-License-Identifier: Apache-2.0
 *
 * The matrix A and the noise (FIPS 203, 4.2.2), hashed side by side. Inside ML-KEM only.
 */
#ifndef CRYPTO_MLKEM_SAMPLER_H
#define CRYPTO_MLKEM_SAMPLER_H

#include "crypto/keccak/lanes.h"
#include "crypto/mlkem/mlkem.h"

/* What to sample for one key or one message. */
struct mlkem_samples {
    /* a[i * k + j] = SampleNTT(rho || j || i) (FIPS 203, Algorithm 13, steps 3 to 7), canonical.
     * NULL: no matrix. */
    struct mlkem_poly *a;
    const uint8_t *rho;
    unsigned k;

    /* noise[n] = SamplePolyCBD_eta(PRF_eta(sk_seed, n)), eta being 3 for the first num_eta3 of
     * them, else 2. */
    struct mlkem_poly *noise;
    const uint8_t *sk_seed;
    unsigned num_noise;
    unsigned num_eta3;

    /* A message that is taken in meanwhile, to its end. NULL: none. */
    struct keccak_feed *beside;
};

/* All of it for num of them at once. Constant time in sk_seed and the noise; the time may depend on
 * rho. */
void mlkem_sample(const struct mlkem_samples what[], unsigned num);

#endif
