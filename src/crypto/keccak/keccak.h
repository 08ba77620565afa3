/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-3 and SHAKE (FIPS 202).
 *
 * One sponge, absorbed and squeezed in pieces of any length. Nothing here allocates or fails. A
 * state that took in a secret is wiped by its owner (WIPE).
 */
#ifndef CRYPTO_KECCAK_KECCAK_H
#define CRYPTO_KECCAK_KECCAK_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define KECCAK_LANES 25

#define SHAKE128_RATE 168
#define SHAKE256_RATE 136
#define SHA3_224_RATE 144
#define SHA3_256_RATE 136
#define SHA3_384_RATE 104
#define SHA3_512_RATE 72

struct keccak {
    uint64_t lane[KECCAK_LANES];
    unsigned rate;  /* bytes */
    unsigned pos;   /* bytes of the current block already absorbed, or already squeezed */
    uint8_t domain; /* domain separation and first padding bits; 0 once squeezing */
};

void shake128_init(struct keccak *k);
void shake256_init(struct keccak *k);
void sha3_224_init(struct keccak *k);
void sha3_256_init(struct keccak *k);
void sha3_384_init(struct keccak *k);
void sha3_512_init(struct keccak *k);

/* Not after the first squeeze. data may be NULL if len is 0. */
void keccak_absorb(struct keccak *k, const void *data, size_t len);

/* May be called again for more output. For SHA3-n, squeeze n/8 bytes once. */
void keccak_squeeze(struct keccak *k, uint8_t *out, size_t len);

/* The whole in one call: the concatenation of num spans. Their states are wiped. */
void shake128(uint8_t *out, size_t len, const struct span *in, size_t num);
void shake256(uint8_t *out, size_t len, const struct span *in, size_t num);
void sha3_256(uint8_t out[32], const struct span *in, size_t num);
void sha3_512(uint8_t out[64], const struct span *in, size_t num);

#endif
