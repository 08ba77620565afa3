/* SPDX-License-Identifier: Apache-2.0
 *
 * Key derivation: HKDF (RFC 5869) with any hash.
 */
#ifndef CRYPTO_CLASSIC_KDF_H
#define CRYPTO_CLASSIC_KDF_H

#include "base/secret.h"
#include "crypto/classic/digest.h"

/* RFC 5869, 2.3: blocks of the hash that the second step gives at most. */
#define KDF_HKDF_MAX_BLOCKS 255

struct kdf_hkdf {
    enum digest_alg alg; /* none of the two SHAKEs */
    bool extract;        /* step 1: else the key is a pseudorandom key already */
    bool expand;         /* step 2: else the pseudorandom key is the result */
    struct span salt;    /* step 1; empty: none */
    struct span info;    /* step 2 */
};

/*
 * Fill out, which says by its length how much is wanted. key, salt and info may be secret.
 * PQHW_KEY_SIZE_RANGE if that is more than there is. PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY,
 * PQHW_INTERNAL; what out has then is to be thrown away.
 */
NODISCARD enum pqhw_status kdf_hkdf(const struct classic *classic, struct secret *out,
                                    struct span key, const struct kdf_hkdf *how);

#endif
