/* SPDX-License-Identifier: Apache-2.0
 *
 * X25519 and X448 (RFC 7748).
 *
 * A private key is as many random bytes as the public key has. An opened key holds libcrypto's,
 * which is on libcrypto's heap: not locked, wiped when freed. It may be used by any number of
 * threads.
 */
#ifndef CRYPTO_CLASSIC_MONTGOMERY_H
#define CRYPTO_CLASSIC_MONTGOMERY_H

#include "crypto/classic/classic.h"
#include "crypto/classic/curve.h"

struct montgomery_key;

/* Open a public key (PQHW_DATA_INVALID for a wrong length: every other is one) or a private one
 * (PQHW_DATA_LEN_RANGE). PQHW_NO_MEMORY, PQHW_INTERNAL. */
NODISCARD enum pqhw_status montgomery_public_new(struct montgomery_key **out,
                                                 const struct classic *classic,
                                                 const struct curve *curve, struct span point);
NODISCARD enum pqhw_status montgomery_private_new(struct montgomery_key **out,
                                                  const struct classic *classic,
                                                  const struct curve *curve, struct span sk);
void montgomery_free(struct montgomery_key *key); /* NULL is allowed */

const struct curve *montgomery_curve(const struct montgomery_key *key);
bool montgomery_is_private(const struct montgomery_key *key);
struct span montgomery_point(const struct montgomery_key *key);

/* About the memory that an opened key takes up, in bytes. */
size_t montgomery_size(const struct montgomery_key *key);

/*
 * Agree with a public key (as in curve_point): shared, which is secret, gets curve->shared_len
 * bytes. The key is a private one. PQHW_DATA_INVALID if the point is of a wrong length or of so
 * small an order that the result is zero, whatever the key (RFC 7748, 6); PQHW_NO_MEMORY,
 * PQHW_INTERNAL. shared is zero then.
 */
NODISCARD enum pqhw_status montgomery_agree(const struct montgomery_key *key, uint8_t *shared,
                                            struct span point);

#endif
