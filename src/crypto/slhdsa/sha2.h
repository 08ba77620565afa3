/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 and SHA-512 (FIPS 180-4) block by block, for the hashes of the message. Inside SLH-DSA.
 */
#ifndef CRYPTO_SLHDSA_SHA2_H
#define CRYPTO_SLHDSA_SHA2_H

#include "crypto/slhdsa/hash.h"

#define SHA256_BLOCK 64
#define SHA512_BLOCK 128

void slhdsa_sha256_init(uint32_t state[8]);
void slhdsa_sha512_init(uint64_t state[8]);

void slhdsa_sha256_block(const struct slhdsa_sha256 *engine, uint32_t state[8],
                         const uint8_t block[SHA256_BLOCK]);
void slhdsa_sha512_block(const struct slhdsa_sha512 *engine, uint64_t state[8],
                         const uint8_t block[SHA512_BLOCK]);

#endif
