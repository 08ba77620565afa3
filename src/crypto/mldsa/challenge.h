/* SPDX-License-Identifier: Apache-2.0
 *
 * From a commitment to its challenge, for several commitments at once. The challenge is public.
 */
#ifndef CRYPTO_MLDSA_CHALLENGE_H
#define CRYPTO_MLDSA_CHALLENGE_H

#include "crypto/mldsa/masks.h"

/* w1Encode(w1) (Algorithm 28): the packed polynomials one after the other. */
#define MLDSA_MAX_W1_ENCODED (8 * 128)

struct mldsa_commitment {
    const struct mldsa_params *params;
    const uint8_t *mu; /* MLDSA_MU_LEN bytes */
    uint8_t w1_encoded[MLDSA_MAX_W1_ENCODED];
    uint8_t hash[MLDSA_MAX_CHALLENGE]; /* out */
};

/* What makes a challenge of a hash. */
struct mldsa_ball {
    const struct mldsa_params *params;
    const uint8_t *hash;
    struct mldsa_challenge *c; /* out */
};

/* Both functions permute the states of num <= KECCAK_MAX_WIDTH sponges together, and with them, if
 * it is not NULL, those of masks for later. */

/* The commitment hash H(mu || w1Encode(w1)) of num commitments (Algorithm 7, step 15). */
void mldsa_hash_commitments(struct mldsa_commitment *const to[], unsigned num,
                            struct mldsa_mask_pool *beside);

/* Algorithm 29 on num hashes: tau terms each. */
void mldsa_sample_balls(const struct mldsa_ball ball[], unsigned num,
                        struct mldsa_mask_pool *beside);

/* The challenge with all its coefficients. */
void mldsa_challenge_expand(struct mldsa_poly *p, const struct mldsa_challenge *c);

#endif
