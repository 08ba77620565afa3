/* SPDX-License-Identifier: Apache-2.0
 *
 * RSA keys in DER (RFC 8017, A.1; RFC 5958; RFC 5280): SubjectPublicKeyInfo, and PKCS#8 around an
 * RSAPrivateKey of two primes.
 */
#ifndef CRYPTO_KEYFORMAT_RSA_DER_H
#define CRYPTO_KEYFORMAT_RSA_DER_H

#include "crypto/classic/rsa.h"

#define RSA_SPKI_MAX (RSA_MAX_LEN + RSA_MAX_EXPONENT_LEN + 64)

/* Writes it for a modulus and an exponent, big-endian, and returns its length. */
size_t rsa_spki(uint8_t out[RSA_SPKI_MAX], struct span n, struct span e);

/* The reverse; they point into der. Only the form is checked. PQHW_DATA_INVALID. */
NODISCARD enum pqhw_status rsa_spki_read(struct span *n, struct span *e, struct span der);

/*
 * A private key of its numbers, which may have zeros in front: that is no secret, how long a number
 * is without them might be. out is new. PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY.
 */
NODISCARD enum pqhw_status rsa_private_write(struct secret *out,
                                             const struct span parts[RSA_NUM_PARTS]);

/* The numbers of a private key; they point into der. Only the form is checked. PQHW_DATA_INVALID.
 */
NODISCARD enum pqhw_status rsa_private_read(struct span parts[RSA_NUM_PARTS], struct span der);
/* The same for an RSAPrivateKey without PKCS#8 around it, as older programs write it. */
NODISCARD enum pqhw_status rsa_private_read_bare(struct span parts[RSA_NUM_PARTS], struct span der);

#endif
