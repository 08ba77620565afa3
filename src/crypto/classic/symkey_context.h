/* SPDX-License-Identifier: Apache-2.0
 *
 * What a struct symkey holds. For the files of classic/ alone.
 */
#ifndef CRYPTO_CLASSIC_SYMKEY_CONTEXT_H
#define CRYPTO_CLASSIC_SYMKEY_CONTEXT_H

#include "crypto/classic/cipher.h"
#include "crypto/classic/context.h"

/* HMAC's hash after the key's inner or outer block. */
struct hmac_pads {
    EVP_MD_CTX *inner;
    EVP_MD_CTX *outer;
};

/* Contexts with the key in them, made when first needed and copied from then on: NULL before. */
struct symkey {
    const struct classic *classic;
    struct secret value;
    EVP_CIPHER_CTX *_Atomic ciphers[CIPHER_NUM][2]; /* [decrypt, encrypt] */
    struct cipher *_Atomic spares[CIPHER_NUM][2];   /* of an operation that is over, or NULL */
    struct hmac_pads *_Atomic hmacs[DIGEST_NUM];
    EVP_MAC_CTX *_Atomic cmac;
};

/* A context of one's own for a mode and this key, still without its initialization vector.
 * PQHW_KEY_SIZE_RANGE, PQHW_NO_MEMORY, PQHW_INTERNAL. */
NODISCARD enum pqhw_status symkey_cipher(const struct symkey *key, enum cipher_mode mode,
                                         bool encrypt, EVP_CIPHER_CTX **out);

/* To its users a key does not change when it learns to do something faster. */
static inline struct symkey *symkey_learning(const struct symkey *key)
{
    return (struct symkey *)(uintptr_t)key;
}

/* The cipher that a key of this length makes of a mode. PQHW_KEY_SIZE_RANGE, PQHW_INTERNAL. */
NODISCARD enum pqhw_status symkey_fetch(const struct symkey *key, enum cipher_mode mode,
                                        EVP_CIPHER **out);

void cipher_dispose(struct cipher *cipher);  /* NULL is allowed */
void hmac_pads_free(struct hmac_pads *pads); /* NULL is allowed */

#endif
