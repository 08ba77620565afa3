/* SPDX-License-Identifier: Apache-2.0
 *
 * The masks of signing: the polynomials y, one after the other (FIPS 204, Algorithm 34). They are
 * sampled in lanes of Keccak, those of several signatures side by side; also in lanes that other
 * hashing leaves empty, ahead of their use.
 *
 * All of it is secret; constant time.
 */
#ifndef CRYPTO_MLDSA_MASKS_H
#define CRYPTO_MLDSA_MASKS_H

#include <stdbool.h>

#include "crypto/keccak/lanes.h"
#include "crypto/mldsa/poly.h"

#define MLDSA_MASK_SEED_LEN 64 /* rho'' */

/* How many of one signature are sampled at the same time. */
#define MLDSA_MASK_LANES 4

/* Those of all attempts in hand, those sampled ahead, and those that are being sampled. */
#define MLDSA_MAX_MASKS (MLDSA_MAX_AT_ONCE * MLDSA_MAX_L + 2 * MLDSA_MASK_LANES)

/* A mask in the making. */
struct mldsa_mask_job {
    bool busy;
    bool waits;     /* for a permutation */
    unsigned index; /* of the polynomial, kappa + r in the standard */
    size_t len;     /* bytes so far */
    struct keccak xof;
    uint8_t packed[MLDSA_MAX_Z_LEN];
};

/* Those of one signature. */
struct mldsa_masks {
    const struct mldsa_params *params;
    struct keccak with_seed;
    unsigned first;      /* the index of y[0] */
    unsigned next;       /* the index of the first that has not been begun */
    unsigned num_needed; /* set by who asks for them */
    struct mldsa_mask_job job[MLDSA_MASK_LANES];
    struct mldsa_poly y[MLDSA_MAX_MASKS];
};

/* Those of several signatures. */
struct mldsa_mask_pool {
    struct mldsa_masks *of[KECCAK_MAX_WIDTH];
    unsigned num;
};

void mldsa_masks_init(struct mldsa_masks *masks, const struct mldsa_params *params,
                      const uint8_t seed[MLDSA_MASK_SEED_LEN]);

/* Afterwards y[0] … y[num_needed - 1] of everyone are sampled. */
void mldsa_masks_need(struct mldsa_mask_pool *pool);

/* Forget y[0] … y[num - 1]; the next one becomes y[0]. */
void mldsa_masks_drop(struct mldsa_masks *masks, unsigned num);

/* At most room states that want to be permuted, those of masks that are needed first. Returns how
 * many they are. When they have been, mldsa_masks_take. */
unsigned mldsa_masks_offer(struct mldsa_mask_pool *pool, struct keccak *state[], unsigned room);
void mldsa_masks_take(struct mldsa_mask_pool *pool);

#endif
