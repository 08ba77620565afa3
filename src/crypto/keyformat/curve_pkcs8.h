/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#8 of elliptic-curve private keys: RFC 5915 inside for CURVE_WEIERSTRASS, RFC 8410 for the
 * others. The public key is left out: whoever reads it computes it.
 */
#ifndef CRYPTO_KEYFORMAT_CURVE_PKCS8_H
#define CRYPTO_KEYFORMAT_CURVE_PKCS8_H

#include "base/secret.h"
#include "crypto/classic/curve.h"

/* out is new; sk has curve->private_len bytes. PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY. */
NODISCARD enum pqhw_status curve_private_write(struct secret *out, const struct curve *curve,
                                               struct span sk);

/* What was read; the spans point into it. That sk is a key, and of this point, is not checked. */
struct curve_private {
    const struct curve *curve;
    struct span sk;    /* of any length */
    struct span point; /* curve->public_len bytes; empty if it is not there, or compressed */
};

/* PQHW_DATA_INVALID, PQHW_CURVE_NOT_SUPPORTED. */
NODISCARD enum pqhw_status curve_private_read(struct curve_private *out, struct span der);
/* The same for an ECPrivateKey (RFC 5915) without PKCS#8 around it, as older programs write it:
 * with the curve in it. */
NODISCARD enum pqhw_status curve_private_read_bare(struct curve_private *out, struct span der);

#endif
