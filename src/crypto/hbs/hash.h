/* SPDX-License-Identifier: Apache-2.0
 *
 * The hash functions of the stateful hash-based signatures, in pieces. Everything that a verifier
 * hashes is public.
 */
#ifndef CRYPTO_HBS_HASH_H
#define CRYPTO_HBS_HASH_H

#include "crypto/classic/sha2.h"
#include "crypto/keccak/keccak.h"

enum hbs_alg {
    HBS_SHA256,
    HBS_SHA512,
    HBS_SHAKE128,
    HBS_SHAKE256,
};

#define HBS_MAX_N 64 /* bytes of a hash that are used */

/* A hash in progress; it is copied by assignment. */
struct hbs_hash {
    enum hbs_alg alg;
    union {
        struct sha2 sha2;
        struct keccak shake;
    } of;
};

void hbs_hash_init(struct hbs_hash *hash, enum hbs_alg alg);
void hbs_hash_add(struct hbs_hash *hash, const void *data, size_t len);
/* The first n bytes. */
void hbs_hash_final(struct hbs_hash *hash, uint8_t *out, size_t n);

/* All at once. out may be inside data. */
void hbs_hash_whole(enum hbs_alg alg, uint8_t *out, size_t n, struct span data);

#endif
