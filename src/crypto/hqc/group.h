/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on a group of items, num <= keccak_lanes_width() of them, which share lanes. One
 * operation alone is a group of one. Inside HQC, and for batch.c.
 *
 * A room per item is what it is computed in. It is wiped.
 */
#ifndef CRYPTO_HQC_GROUP_H
#define CRYPTO_HQC_GROUP_H

#include "crypto/batch.h"
#include "crypto/hqc/hash.h"
#include "crypto/hqc/sample.h"

struct hqc_keygen_room {
    struct hqc_hash sk_hash;
    struct hqc_hash hash;                 /* of what is public */
    uint8_t sk_seeds[32 + HQC_MAX_M_LEN]; /* seed_PKE, sigma */
    uint8_t sk_pair[64];                  /* seed_dk, seed_ek */
    uint8_t sk_draw[HQC_MAX_SECRET_DRAW];
    uint8_t bytes[HQC_MAX_EK_LEN]; /* h, then the encapsulation key */
};

struct hqc_public_room {
    struct hqc_hash seed;
    struct hqc_hash key;
    uint8_t bytes[HQC_MAX_EK_LEN]; /* h */
};

struct hqc_encaps_room {
    struct hqc_hash sk_hash;
    uint8_t sk_pair[64]; /* K, theta */
    uint8_t sk_draw[HQC_MAX_NOISE_DRAW];
};

struct hqc_decaps_room {
    struct hqc_encaps_room again; /* the encapsulation of what was decrypted */
    struct hqc_hash sk_hash;
    uint8_t ss_rejected[HQC_SECRET_LEN];
    uint8_t sk_m[HQC_MAX_M_LEN];
    uint8_t sk_ct[HQC_MAX_CT_LEN]; /* secret: it tells m */
};

void hqc_keygen_group(struct hqc_keygen_item item[], unsigned num, struct hqc_keygen_room room[]);
void hqc_public_init_group(struct hqc_public_item item[], unsigned num,
                           struct hqc_public_room room[]);
void hqc_private_init_group(struct hqc_private_item item[], unsigned num,
                            struct hqc_keygen_room room[]);
void hqc_encaps_group(struct hqc_encaps_item item[], unsigned num, struct hqc_encaps_room room[]);
void hqc_decaps_group(struct hqc_decaps_item item[], unsigned num, struct hqc_decaps_room room[]);

#endif
