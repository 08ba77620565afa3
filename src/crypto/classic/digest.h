/* SPDX-License-Identifier: Apache-2.0
 *
 * Message digests: SHA-1 and SHA-2 (FIPS 180-4), SHA-3 (FIPS 202), in pieces.
 */
#ifndef CRYPTO_CLASSIC_DIGEST_H
#define CRYPTO_CLASSIC_DIGEST_H

#include "crypto/classic/classic.h"

enum digest_alg {
    DIGEST_SHA1,
    DIGEST_SHA224,
    DIGEST_SHA256,
    DIGEST_SHA384,
    DIGEST_SHA512,
    DIGEST_SHA512_224,
    DIGEST_SHA512_256,
    DIGEST_SHA3_224,
    DIGEST_SHA3_256,
    DIGEST_SHA3_384,
    DIGEST_SHA3_512,
    DIGEST_SHAKE128, /* 32 bytes of output, as HashML-DSA takes it */
    DIGEST_SHAKE256, /* 64 bytes of output */
    DIGEST_NUM,
};

#define DIGEST_MAX_LEN 64

struct digest;

size_t digest_len(enum digest_alg alg);

/* The object identifier as DER, tag and length included (FIPS 204, 5.4.1). Never empty. */
struct span digest_oid(enum digest_alg alg);

NODISCARD enum pqhw_status digest_new(const struct classic *classic, struct digest **out,
                                      enum digest_alg alg);
NODISCARD enum pqhw_status digest_update(struct digest *digest, struct span data);
/* Writes digest_len bytes. The digest can only be freed afterwards. */
NODISCARD enum pqhw_status digest_final(struct digest *digest, uint8_t *out);
void digest_free(struct digest *digest);

#endif
