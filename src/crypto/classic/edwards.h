/* SPDX-License-Identifier: Apache-2.0
 *
 * EdDSA on Ed25519 and Ed448 (RFC 8032; FIPS 186-5, 7).
 *
 * A private key is RFC 8032's: as many random bytes as the public key has. An opened key holds
 * libcrypto's, which is on libcrypto's heap: not locked, wiped when freed. It may be used by any
 * number of threads.
 */
#ifndef CRYPTO_CLASSIC_EDWARDS_H
#define CRYPTO_CLASSIC_EDWARDS_H

#include "crypto/classic/classic.h"
#include "crypto/classic/curve.h"

struct edwards_key;

#define EDWARDS_MAX_CONTEXT 255

/* Which of RFC 8032's variants. Ed448 always has a context, which may be empty. */
struct edwards_variant {
    bool prehash;     /* Ed25519ph, Ed448ph: the message is hashed first, by libcrypto */
    bool has_context; /* Ed25519ctx, unless prehash; wants one that is not empty (8.3) */
    struct span context;
};

/* Can the libcrypto that runs do this? Before 3.2 it has no prehash and no context. */
bool edwards_can(const struct edwards_key *key, const struct edwards_variant *variant);

/* Open a public key (PQHW_DATA_INVALID for a wrong length; whether it is a point shows when it
 * verifies) or a private one (PQHW_DATA_LEN_RANGE). PQHW_NO_MEMORY, PQHW_INTERNAL. */
NODISCARD enum pqhw_status edwards_public_new(struct edwards_key **out,
                                              const struct classic *classic,
                                              const struct curve *curve, struct span point);
NODISCARD enum pqhw_status edwards_private_new(struct edwards_key **out,
                                               const struct classic *classic,
                                               const struct curve *curve, struct span sk);
void edwards_free(struct edwards_key *key); /* NULL is allowed */

const struct curve *edwards_curve(const struct edwards_key *key);
bool edwards_is_private(const struct edwards_key *key);
struct span edwards_point(const struct edwards_key *key);

/* About the memory that an opened key takes up, in bytes. */
size_t edwards_size(const struct edwards_key *key);

/* Sign the whole message, deterministically; sig has curve->signature_len bytes.
 * PQHW_MECHANISM_PARAM_INVALID for a variant that edwards_can does not, PQHW_NO_MEMORY,
 * PQHW_INTERNAL; sig is zero then. */
NODISCARD enum pqhw_status edwards_sign(const struct edwards_key *key, uint8_t *sig,
                                        const struct edwards_variant *variant, struct span message);

/* PQHW_SIGNATURE_LEN_RANGE, PQHW_SIGNATURE_INVALID; the same as above. Either half of a pair. */
NODISCARD enum pqhw_status edwards_verify(const struct edwards_key *key,
                                          const struct edwards_variant *variant,
                                          struct span message, struct span sig);

#endif
