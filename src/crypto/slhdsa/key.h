/* SPDX-License-Identifier: Apache-2.0
 *
 * The expanded keys, as key.c builds them and the others read them. Inside SLH-DSA, and for tests.
 */
#ifndef CRYPTO_SLHDSA_KEY_H
#define CRYPTO_SLHDSA_KEY_H

#include "crypto/slhdsa/hash.h"

struct slhdsa_public {
    struct slhdsa_context ctx;
    uint8_t root[SLHDSA_MAX_N];
};

struct slhdsa_private {
    struct slhdsa_public pub; /* with SK.seed in its context */
    uint8_t sk_prf[SLHDSA_MAX_N];
    uint8_t top[]; /* the nodes of the tree of the topmost layer (tree.h) */
};

/* slhdsa_keygen and slhdsa_public_init with another implementation. */
void slhdsa_keygen_with(struct slhdsa_private *priv, enum slhdsa_set set, const uint8_t *seed,
                        const struct slhdsa_hash *hash);
NODISCARD enum pqhw_status slhdsa_public_init_with(struct slhdsa_public *pub, enum slhdsa_set set,
                                                   struct span pk, const struct slhdsa_hash *hash);

#endif
