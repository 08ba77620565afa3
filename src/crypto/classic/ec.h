/* SPDX-License-Identifier: Apache-2.0
 *
 * Elliptic curves in Weierstrass form: ECDSA (FIPS 186-5, 6) over a hash that is given, and ECDH
 * (SP 800-56A, 5.7.1.2).
 *
 * An opened key holds libcrypto's, which is on libcrypto's heap: not locked, wiped when freed. It
 * may be used by any number of threads. All cofactors are 1, so that agreement with the cofactor
 * is agreement without.
 */
#ifndef CRYPTO_CLASSIC_EC_H
#define CRYPTO_CLASSIC_EC_H

#include "crypto/classic/classic.h"
#include "crypto/classic/curve.h"

struct ec_key;

/* A new private key: uniform from 1 to the order less 1 (FIPS 186-5, A.2.2), in curve->private_len
 * bytes. PQHW_RANDOM_FAILED, PQHW_INTERNAL; sk is zero then. */
NODISCARD enum pqhw_status ec_generate(const struct classic *classic, const struct curve *curve,
                                       uint8_t *sk);

/*
 * A private key of any length, which may lack zeros in front or have too many, in the
 * curve->private_len bytes that ec_private_new takes. PQHW_DATA_INVALID if it does not fit; out is
 * zero then. Constant-time in the value, not in its length.
 */
NODISCARD enum pqhw_status ec_private_pad(const struct curve *curve, uint8_t *out,
                                          struct span given);

/* Open a public key: a point, compressed or not. PQHW_DATA_INVALID if it is none of the curve's;
 * PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY, PQHW_INTERNAL. */
NODISCARD enum pqhw_status ec_public_new(struct ec_key **out, const struct classic *classic,
                                         const struct curve *curve, struct span point);

/* Open a private key of curve->private_len bytes and compute its public one. PQHW_DATA_LEN_RANGE;
 * PQHW_DATA_INVALID unless it is from 1 to the order less 1; the same as above. */
NODISCARD enum pqhw_status ec_private_new(struct ec_key **out, const struct classic *classic,
                                          const struct curve *curve, struct span sk);

void ec_free(struct ec_key *key); /* NULL is allowed */

const struct curve *ec_curve(const struct ec_key *key);
bool ec_is_private(const struct ec_key *key);

/* The public key, uncompressed: curve->public_len bytes, which are the key's. */
struct span ec_point(const struct ec_key *key);

/* About the memory that an opened key takes up, in bytes. */
size_t ec_size(const struct ec_key *key);

/*
 * Sign a hash, of which only as many bits count as the order has. sig has curve->signature_len
 * bytes: r and s (IEEE P1363), not DER. The key is a private one. PQHW_DATA_LEN_RANGE for an empty
 * hash, PQHW_NO_MEMORY, PQHW_INTERNAL.
 */
NODISCARD enum pqhw_status ec_sign(const struct ec_key *key, uint8_t *sig, struct span hash);

/* PQHW_SIGNATURE_LEN_RANGE, PQHW_SIGNATURE_INVALID; the same as above. Either half of a pair. */
NODISCARD enum pqhw_status ec_verify(const struct ec_key *key, struct span hash, struct span sig);

/*
 * Agree with a public key: shared, which is secret, gets curve->shared_len bytes, the x coordinate.
 * The point is as in curve_point. PQHW_DATA_INVALID if it is none of the curve's; shared is zero
 * then.
 */
NODISCARD enum pqhw_status ec_agree(const struct ec_key *key, uint8_t *shared, struct span point);

#endif
