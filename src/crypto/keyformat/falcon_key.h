/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands in privateKey of a Falcon key, for which there is no RFC. OQS-provider has an OCTET
 * STRING of the private key and, behind it, the public one. Bouncy Castle has
 *
 *     SEQUENCE { version INTEGER (0), f, g, F OCTET STRING, SEQUENCE { h OCTET STRING } OPTIONAL }
 *
 * whose strings are those of the specification without their first bytes.
 */
#ifndef CRYPTO_KEYFORMAT_FALCON_KEY_H
#define CRYPTO_KEYFORMAT_FALCON_KEY_H

#include "crypto/keyformat/der.h"
#include "crypto/keyformat/keyformat.h"

/* Either form. PQHW_DATA_INVALID. */
NODISCARD enum pqhw_status falcon_key_read(struct keyformat_private *key, struct span contents);

/* The form whose parts are there. */
size_t falcon_key_len(const struct keyformat_private *key);
void falcon_key_write(struct der_writer *w, const struct keyformat_private *key);

#endif
