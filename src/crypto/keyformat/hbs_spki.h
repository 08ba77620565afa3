/* SPDX-License-Identifier: Apache-2.0
 *
 * SubjectPublicKeyInfo of the stateful hash-based signatures (RFC 9708, RFC 9802). The algorithm
 * says HSS, XMSS or XMSS^MT; the key itself says which parameter sets.
 */
#ifndef CRYPTO_KEYFORMAT_HBS_SPKI_H
#define CRYPTO_KEYFORMAT_HBS_SPKI_H

#include "base/bytes.h"
#include "base/status.h"

enum hbs_kind {
    HBS_HSS,
    HBS_XMSS,
    HBS_XMSSMT,
};

#define HBS_SPKI_MAX 192 /* a key of 132 bytes, and the DER around it */

/* Writes it for a key's bytes and returns its length; 0 if there is no room. */
size_t hbs_spki_write(uint8_t out[HBS_SPKI_MAX], enum hbs_kind kind, struct span key);

/*
 * The reverse: *key is inside der. PQHW_PARAMETER_SET_NOT_SUPPORTED if it is of another algorithm;
 * PQHW_DATA_INVALID if it is not one whole SubjectPublicKeyInfo in DER. What the key's bytes are
 * is not checked here.
 */
NODISCARD enum pqhw_status hbs_spki_read(enum hbs_kind *kind, struct span *key, struct span der);

#endif
