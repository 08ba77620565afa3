/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_MLDSA_CHALLENGE_H
#define CRYPTO_MLDSA_CHALLENGE_H

#include "crypto/keccak/keccak.h"
#include "crypto/mldsa/encode.h"

/* The commitment hash H(mu || w1Encode(w1)) (Algorithm 7, step 15), one polynomial at a time. */
static inline void mldsa_challenge_init(struct keccak *hash, const uint8_t mu[MLDSA_MU_LEN])
{
    shake256_init(hash);
    keccak_absorb(hash, mu, MLDSA_MU_LEN);
}

static inline void mldsa_challenge_absorb(const struct mldsa_params *params, struct keccak *hash,
                                          uint8_t packed[MLDSA_MAX_W1_LEN],
                                          const struct mldsa_poly *w1)
{
    mldsa_pack(packed, w1, params->w1_bits);
    keccak_absorb(hash, packed, mldsa_packed_len(params->w1_bits));
}

#endif
