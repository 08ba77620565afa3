/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on a group of items, num <= keccak_lanes_width() of them, which share lanes. One
 * operation alone is a group of one. Inside ML-KEM, and for batch.c.
 *
 * A room per item is what it is computed in. It is wiped.
 */
#ifndef CRYPTO_MLKEM_GROUP_H
#define CRYPTO_MLKEM_GROUP_H

#include "crypto/batch.h"
#include "crypto/keccak/lanes.h"

struct mlkem_keygen_room {
    struct mlkem_poly sk_noise[2 * MLKEM_MAX_K]; /* s, then e */
    struct keccak_feed sk_hash;                  /* G, then H(ek) */
    uint8_t sk_g[64];                            /* rho || sigma */
};

struct mlkem_encaps_room {
    struct mlkem_poly sk_noise[2 * MLKEM_MAX_K + 1]; /* y, e1, e2 */
    struct keccak sk_g;
    uint8_t ss_and_r[64];
};

struct mlkem_decaps_room {
    struct mlkem_encaps_room again; /* the encapsulation of what was decrypted */
    struct keccak_feed sk_j;        /* z || c, taken in beside what else is hashed */
    uint8_t sk_m[MLKEM_M_LEN];
    uint8_t sk_ct[MLKEM_MAX_CT_LEN]; /* secret: it tells m */
};

void mlkem_keygen_group(struct mlkem_keygen_item item[], unsigned num,
                        struct mlkem_keygen_room room[]);
void mlkem_public_init_group(struct mlkem_public_item item[], unsigned num);
void mlkem_private_init_group(struct mlkem_private_item item[], unsigned num);
void mlkem_encaps_group(struct mlkem_encaps_item item[], unsigned num,
                        struct mlkem_encaps_room room[]);
void mlkem_decaps_group(struct mlkem_decaps_item item[], unsigned num,
                        struct mlkem_decaps_room room[]);

#endif
