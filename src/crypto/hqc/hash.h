/* SPDX-License-Identifier: Apache-2.0
 *
 * The hashes of HQC, several at once. Each message ends with a byte that tells them apart. Inside
 * HQC only.
 */
#ifndef CRYPTO_HQC_HASH_H
#define CRYPTO_HQC_HASH_H

#include "crypto/keccak/lanes.h"

enum hqc_domain {
    HQC_DOMAIN_G = 0,   /* SHA3-512: K and theta */
    HQC_DOMAIN_H = 1,   /* SHA3-256 of the encapsulation key */
    HQC_DOMAIN_XOF = 1, /* SHAKE256 of a seed */
    HQC_DOMAIN_I = 2,   /* SHA3-512: seed_dk and seed_ek */
    HQC_DOMAIN_J = 3,   /* SHA3-256: what stands for K when a ciphertext is rejected */
};

/* One of them on its way. Secret if its message is. */
struct hqc_hash {
    struct keccak k;
    struct span rest; /* of the message, without the domain */
    uint8_t domain;
    uint8_t *out;
    size_t out_len; /* that is still wanted */
};

/* SHAKE256(seed of 32 bytes || domain). More may be squeezed from hash->k afterwards. */
void hqc_hash_xof(struct hqc_hash *hash, const uint8_t *seed, uint8_t *out, size_t out_len);
/* The others, after which up to a block may be absorbed into hash->k before rest. */
void hqc_hash_256(struct hqc_hash *hash, enum hqc_domain domain, struct span rest, uint8_t *out);
void hqc_hash_512(struct hqc_hash *hash, enum hqc_domain domain, struct span rest, uint8_t *out);

/* All of them, to their ends, side by side. At most 2 KECCAK_MAX_WIDTH. */
void hqc_hash_finish(struct hqc_hash *const hash[], unsigned num);

#endif
