/* SPDX-License-Identifier: Apache-2.0
 *
 * The two forms of an ECDSA signature: r and s in fixed lengths (IEEE P1363, as PKCS#11 has them),
 * and a SEQUENCE of two INTEGERs (RFC 3279, 2.2.3, as libcrypto has them).
 */
#ifndef CRYPTO_KEYFORMAT_EC_SIGNATURE_H
#define CRYPTO_KEYFORMAT_EC_SIGNATURE_H

#include "crypto/classic/curve.h"

/* Two integers with a byte more for the sign, their headers, and the sequence's. */
#define EC_SIGNATURE_MAX_DER (2 * (CURVE_MAX_PRIVATE_LEN + 1 + 2) + 3)

/* Both are for signatures, which are public. The raw form has len bytes, an even number.
 * PQHW_SIGNATURE_INVALID if r or s is zero or does not fit, or it is not DER. */
NODISCARD enum pqhw_status ec_signature_to_der(uint8_t out[EC_SIGNATURE_MAX_DER], size_t *out_len,
                                               struct span raw);
NODISCARD enum pqhw_status ec_signature_from_der(uint8_t *raw, size_t len, struct span der);

#endif
