/* SPDX-License-Identifier: Apache-2.0
 *
 * FORS (FIPS 205, 8), the few-time signature of the digest. Inside SLH-DSA.
 */
#ifndef CRYPTO_SLHDSA_FORS_H
#define CRYPTO_SLHDSA_FORS_H

#include "crypto/slhdsa/tree.h"

/* A tree is grown in parts of at most this height, and then from their roots. */
#define SLHDSA_FORS_PART 9

struct slhdsa_fors_room {
    uint8_t part[((2 << SLHDSA_FORS_PART) - 1) * SLHDSA_MAX_N];
    uint8_t top[((2 << (SLHDSA_MAX_FORS_HEIGHT - SLHDSA_FORS_PART)) - 1) * SLHDSA_MAX_N];
};

/*
 * Algorithm 16, and the public key, n bytes, that Algorithm 17 would recover from its result. adrs
 * has tree and key pair; md is the first part of the digest.
 */
void slhdsa_fors_sign(const struct slhdsa_context *ctx, struct slhdsa_fors_room *room,
                      const struct slhdsa_adrs *adrs, uint8_t *pk, uint8_t *sig, const uint8_t *md);

/* Algorithm 17. */
void slhdsa_fors_recover(const struct slhdsa_context *ctx, const struct slhdsa_adrs *adrs,
                         uint8_t *pk, const uint8_t *sig, const uint8_t *md);

#endif
