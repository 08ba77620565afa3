/* SPDX-License-Identifier: Apache-2.0
 *
 * SubjectPublicKeyInfo of elliptic-curve keys (RFC 5480; RFC 8410 for Edwards and Montgomery).
 */
#ifndef CRYPTO_KEYFORMAT_CURVE_SPKI_H
#define CRYPTO_KEYFORMAT_CURVE_SPKI_H

#include "crypto/classic/curve.h"

/* id-ecPublicKey (RFC 5480, 2.1.1) with tag and length, which the keys of CURVE_WEIERSTRASS have
 * before their curve. */
extern const struct span curve_spki_ec;

#define CURVE_SPKI_MAX (CURVE_MAX_PUBLIC_LEN + 64)

/* Writes it for a point of curve->public_len bytes and returns its length. */
size_t curve_spki(uint8_t out[CURVE_SPKI_MAX], const struct curve *curve, struct span point);

/* The reverse: point, which may be compressed, is somewhere in der and not checked.
 * PQHW_DATA_INVALID, PQHW_CURVE_NOT_SUPPORTED. */
NODISCARD enum pqhw_status curve_spki_read(const struct curve **curve, struct span *point,
                                           struct span der);

/* The curve of an AlgorithmIdentifier's contents. As above. */
NODISCARD enum pqhw_status curve_algorithm_read(const struct curve **curve, struct span alg);

#endif
