/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 and SHA-512 (FIPS 180-4) in memory of the caller, for those who hash short inputs by the
 * thousand: nothing is allocated, nothing fails, and a state is copied by assignment. Public data
 * only: states are not wiped.
 */
#ifndef CRYPTO_CLASSIC_SHA2_H
#define CRYPTO_CLASSIC_SHA2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA2_STATE_WORDS 27

struct sha2 {
    bool is_512;
    uint64_t state[SHA2_STATE_WORDS]; /* libcrypto's */
};

void sha2_256_init(struct sha2 *sha2);
void sha2_512_init(struct sha2 *sha2);

/* data may be NULL if len is 0. */
void sha2_add(struct sha2 *sha2, const void *data, size_t len);

/* The first len bytes of the hash. */
void sha2_final(struct sha2 *sha2, uint8_t *out, size_t len);

#endif
