/* SPDX-License-Identifier: Apache-2.0
 *
 * What a struct rsa_key holds. For the rsa files alone.
 */
#ifndef CRYPTO_CLASSIC_RSA_KEY_H
#define CRYPTO_CLASSIC_RSA_KEY_H

#include "crypto/classic/pkey.h"
#include "crypto/classic/rsa.h"

struct rsa_blinded;

struct rsa_key {
    const struct classic *classic;
    EVP_PKEY *pkey;              /* for its numbers, and what is public */
    EVP_PKEY_CTX *verify;        /* with padding PKCS1; copied for each use */
    struct rsa_blinded *blinded; /* a private key's, for what is private */
    struct secret sk_reject;     /* SHA-256 of the private exponent: keys implicit rejection */
    size_t len;
    size_t e_len;
    uint8_t n[RSA_MAX_LEN];
    uint8_t e[RSA_MAX_EXPONENT_LEN];
};

#define RSA_REJECT_LEN CLASSIC_HASH_LEN

/* Is a number of key->len bytes below the modulus? It may be secret. */
bool rsa_below_modulus(const struct rsa_key *key, const uint8_t *number);

/* libcrypto's private key of all its numbers, which have no zeros in front or are padded. */
NODISCARD enum pqhw_status rsa_private_pkey(const struct classic *classic, EVP_PKEY **out,
                                            const struct span parts[RSA_NUM_PARTS]);

/* Find the primes of a modulus and its exponents, the other parts, which have no zeros in front:
 * they become parts in sk_room of two numbers of len bytes, and those that follow from them are
 * dropped. PQHW_DATA_INVALID if the exponents are not the modulus', or the primes not so long;
 * PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status rsa_factor(const struct classic *classic,
                                      struct span parts[RSA_NUM_PARTS], uint8_t *sk_room,
                                      size_t len);

/* What private operations run on; the key's pkey at first. */
NODISCARD enum pqhw_status rsa_blinded_new(struct rsa_blinded **out, const struct rsa_key *key);
void rsa_blinded_free(struct rsa_blinded *blinded); /* NULL is allowed */

/* A context of one's own for one private operation that init starts; if that is NULL, for a
 * signature with padding PKCS1. PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY, PQHW_INTERNAL. */
NODISCARD enum pqhw_status rsa_private_context(const struct rsa_key *key, EVP_PKEY_CTX **out,
                                               int (*init)(EVP_PKEY_CTX *ctx));

/* Give a scheme to a context of libcrypto's. */
NODISCARD enum pqhw_status rsa_set_scheme(const struct rsa_key *key, EVP_PKEY_CTX *ctx,
                                          const struct rsa_scheme *scheme);

#endif
