/* SPDX-License-Identifier: Apache-2.0
 *
 * WOTS+ (FIPS 205, 5), the one-time signatures that tie the layers together. Inside SLH-DSA.
 */
#ifndef CRYPTO_SLHDSA_WOTS_H
#define CRYPTO_SLHDSA_WOTS_H

#include "crypto/slhdsa/hash.h"

/* How many public keys are made at a time; enough to fill lanes in their last step as well. */
#define SLHDSA_WOTS_BATCH 16

/* The ends of their chains. */
struct slhdsa_wots_room {
    uint8_t ends[SLHDSA_WOTS_BATCH * SLHDSA_MAX_LEN * SLHDSA_MAX_N];
};

/* A signature to be made on the way. */
struct slhdsa_wots_signature {
    uint32_t leaf;                  /* by which key */
    uint8_t digits[SLHDSA_MAX_LEN]; /* of what is signed */
    uint8_t *sig;                   /* out, len * n bytes */
};

/* The digits of an n-byte message and their checksum (Algorithm 7, steps 1 to 7). Public. */
void slhdsa_wots_digits(const struct slhdsa_params *params, uint8_t digits[SLHDSA_MAX_LEN],
                        const uint8_t *message);

/*
 * The public keys of the leaves first … first + num - 1 of a tree (Algorithm 6), n bytes each. adrs
 * has layer and tree. If signature is not NULL and its leaf is among them, it is made too
 * (Algorithm 7): the chains pass by it.
 */
void slhdsa_wots_leaves(const struct slhdsa_context *ctx, struct slhdsa_wots_room *room,
                        const struct slhdsa_adrs *adrs, uint32_t first, size_t num, uint8_t *leaves,
                        const struct slhdsa_wots_signature *signature);

/* The signature alone. */
void slhdsa_wots_sign(const struct slhdsa_context *ctx, struct slhdsa_wots_room *room,
                      const struct slhdsa_adrs *adrs,
                      const struct slhdsa_wots_signature *signature);

/* Algorithm 8: the public key that a signature leads to, n bytes. adrs has layer, tree and key
 * pair. */
void slhdsa_wots_recover(const struct slhdsa_context *ctx, const struct slhdsa_adrs *adrs,
                         uint8_t *leaf, const uint8_t *sig, const uint8_t digits[SLHDSA_MAX_LEN]);

#endif
