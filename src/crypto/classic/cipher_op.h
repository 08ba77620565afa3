/* SPDX-License-Identifier: Apache-2.0
 *
 * An encryption or decryption in progress. For the files of cipher alone.
 */
#ifndef CRYPTO_CLASSIC_CIPHER_OP_H
#define CRYPTO_CLASSIC_CIPHER_OP_H

#include "crypto/classic/symkey_context.h"

#define NO_LIMIT UINT64_MAX

struct cipher {
    const struct symkey *key;
    enum cipher_mode mode;
    bool encrypt;
    EVP_CIPHER_CTX *ctx;
    bool reusable; /* an initialization vector is all that the context wants to begin anew */
    bool finished;
    size_t block;   /* 1, or CIPHER_BLOCK_LEN where only whole blocks go through */
    size_t tag_len; /* 0 if there is none */
    size_t data_len;
    uint64_t left; /* how many bytes the counter is good for, or NO_LIMIT */

    /* What comes out at once (cipher_stream.c): less than a block is held, or the last block of
     * what is padded. */
    size_t held_len;
    uint8_t held[CIPHER_BLOCK_LEN];

    /* What comes out at the end (cipher_whole.c): the pieces so far. */
    bool whole;
    struct buf pieces;
};

/* Through libcrypto, which counts in int; in.len is a multiple of the block. */
NODISCARD enum pqhw_status cipher_run(EVP_CIPHER_CTX *ctx, struct span in, uint8_t *out);

/* A length that a caller gave is wrong. */
enum pqhw_status cipher_len_range(const struct cipher *cipher);

NODISCARD enum pqhw_status cipher_stream(struct cipher *cipher, struct span in, bool last,
                                         uint8_t *out, size_t *len);
NODISCARD enum pqhw_status cipher_whole(struct cipher *cipher, struct span in, bool last,
                                        uint8_t *out, size_t *len);

#endif
