/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption with secret keys, in pieces: AES in its modes (SP 800-38A, C, D, E, F), ChaCha20 and
 * ChaCha20-Poly1305 (RFC 8439).
 */
#ifndef CRYPTO_CLASSIC_CIPHER_H
#define CRYPTO_CLASSIC_CIPHER_H

#include "crypto/classic/symkey.h"

enum cipher_mode {
    CIPHER_AES_ECB,
    CIPHER_AES_CBC,
    CIPHER_AES_CBC_PAD, /* PKCS #7 padding */
    CIPHER_AES_CTR,
    CIPHER_AES_XTS,
    CIPHER_AES_GCM,
    CIPHER_AES_CCM,
    CIPHER_AES_KW,
    CIPHER_AES_KWP,
    CIPHER_CHACHA20,
    CIPHER_CHACHA20_POLY1305,
    CIPHER_NUM,
};

#define CIPHER_BLOCK_LEN  16
#define CIPHER_MAX_IV_LEN 128

/* Data that have to be there as a whole before anything comes out (decryption with a tag, CCM, XTS)
 * are held up to this when they come in pieces. */
#define CIPHER_MAX_HELD (64u * 1024 * 1024)

struct cipher_setup {
    enum cipher_mode mode;
    bool encrypt;
    struct span iv;        /* of the length that the mode wants; KW and KWP: may be empty */
    struct span counter;   /* ChaCha20: before iv, 16 bytes with it */
    unsigned counter_bits; /* CTR: 1 … 128 */
    struct span aad;       /* GCM, CCM, ChaCha20-Poly1305 */
    size_t tag_len;        /* GCM, CCM; ChaCha20-Poly1305 has 16 */
    size_t data_len;       /* CCM: of the plaintext */
};

struct cipher;

/*
 * Begin. The spans need not outlive the call, the key must outlive the cipher.
 * PQHW_KEY_SIZE_RANGE if the algorithm has no keys of this length, PQHW_MECHANISM_PARAM_INVALID,
 * PQHW_NO_MEMORY, PQHW_INTERNAL.
 */
NODISCARD enum pqhw_status cipher_new(struct cipher **out, const struct symkey *key,
                                      const struct cipher_setup *setup);

/*
 * The next piece of data, or the last: as op_crypt in hsm/backend.h. The tag stands after the
 * ciphertext. KW and KWP take all their data in one piece.
 */
NODISCARD enum pqhw_status cipher_crypt(struct cipher *cipher, struct span in, bool last,
                                        uint8_t *out, size_t *len);
void cipher_free(struct cipher *cipher); /* NULL is allowed */

#endif
