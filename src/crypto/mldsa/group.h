/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on a group of items, num <= keccak_lanes_width() of them, which share lanes. One
 * operation alone is a group of one. Inside ML-DSA, and for batch.c.
 *
 * A room per item is what it is computed in. Secrets in it are wiped.
 */
#ifndef CRYPTO_MLDSA_GROUP_H
#define CRYPTO_MLDSA_GROUP_H

#include "crypto/batch.h"
#include "crypto/mldsa/challenge.h"
#include "crypto/mldsa/sample.h"

struct mldsa_private_room {
    struct mldsa_poly sk_s[MLDSA_MAX_L + MLDSA_MAX_K]; /* s1 and s2; s1 is transformed then */
    struct keccak_feed sk_hash;                        /* H(seed), then tr */
    uint8_t sk_expanded[MLDSA_RHO_LEN + MLDSA_SECRET_SEED_LEN + MLDSA_KEY_LEN];
};

struct mldsa_verify_room {
    struct mldsa_poly z_and_c[MLDSA_MAX_L + 1];
    uint8_t hint[MLDSA_MAX_K][MLDSA_HINT_LEN];
    struct mldsa_challenge c;
    struct mldsa_commitment commitment;
};

void mldsa_keygen_group(struct mldsa_keygen_item item[], unsigned num,
                        struct mldsa_private_room room[]);
void mldsa_public_init_group(struct mldsa_public_item item[], unsigned num);
void mldsa_private_init_group(struct mldsa_private_item item[], unsigned num,
                              struct mldsa_private_room room[]);
void mldsa_mu_group(struct mldsa_mu_item item[], unsigned num);
void mldsa_verify_group(struct mldsa_verify_item item[], unsigned num,
                        struct mldsa_verify_room room[]);

/*
 * Any number of items, of which so many as there are rooms (at most KECCAK_MAX_WIDTH) are in hand
 * at a time. As items take a varying number of attempts, one that is done makes place for the next.
 */
struct mldsa_sign_room;
extern const size_t mldsa_sign_room_size;
void mldsa_sign_stream(struct mldsa_sign_item item[], size_t num, struct mldsa_sign_room *room,
                       unsigned num_rooms);

#endif
