/* SPDX-License-Identifier: Apache-2.0
 *
 * What a struct rsa_key holds. For the rsa files alone.
 */
#ifndef CRYPTO_CLASSIC_RSA_KEY_H
#define CRYPTO_CLASSIC_RSA_KEY_H

#include "crypto/classic/pkey.h"
#include "crypto/classic/rsa.h"

struct rsa_key {
    const struct classic *classic;
    EVP_PKEY *pkey;
    /* With padding PKCS1; copied for each use. A public key has no sign. */
    EVP_PKEY_CTX *sign;
    EVP_PKEY_CTX *verify;
    struct secret sk_reject; /* SHA-256 of the private exponent: keys implicit rejection */
    size_t len;
    size_t e_len;
    uint8_t n[RSA_MAX_LEN];
    uint8_t e[RSA_MAX_EXPONENT_LEN];
};

#define RSA_REJECT_LEN CLASSIC_HASH_LEN

/* Is a number of key->len bytes below the modulus? It may be secret. */
bool rsa_below_modulus(const struct rsa_key *key, const uint8_t *number);

/* Give a scheme to a context of libcrypto's. */
NODISCARD enum pqhw_status rsa_set_scheme(const struct rsa_key *key, EVP_PKEY_CTX *ctx,
                                          const struct rsa_scheme *scheme);

#endif
