/* SPDX-License-Identifier: Apache-2.0
 *
 * Key derivation: PBKDF2 (RFC 8018), HKDF (RFC 5869) and the pseudorandom function of TLS 1.2 (RFC
 * 5246) with any hash, and the functions of SP 800-108 with any MAC.
 */
#ifndef CRYPTO_CLASSIC_KDF_H
#define CRYPTO_CLASSIC_KDF_H

#include "base/secret.h"
#include "crypto/classic/digest.h"
#include "crypto/classic/symkey.h"

/* RFC 5869, 2.3: blocks of the hash that the second step gives at most. */
#define KDF_HKDF_MAX_BLOCKS 255

struct kdf_hkdf {
    enum digest_alg alg; /* none of the two SHAKEs */
    bool extract;        /* step 1: else the key is a pseudorandom key already */
    bool expand;         /* step 2: else the pseudorandom key is the result */
    struct span salt;    /* step 1; empty: none */
    struct span info;    /* step 2 */
};

/*
 * Fill out, which says by its length how much is wanted. key, salt and info may be secret.
 * PQHW_KEY_SIZE_RANGE if that is more than there is. PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY,
 * PQHW_INTERNAL; what out has then is to be thrown away.
 */
NODISCARD enum pqhw_status kdf_hkdf(const struct classic *classic, struct secret *out,
                                    struct span key, const struct kdf_hkdf *how);

/* ---- SP 800-108 ---- */

/* The pseudorandom function: HMAC with `alg`, or with an AES key CMAC. */
struct kdf_prf {
    bool cmac;
    enum digest_alg alg; /* none of the two SHAKEs */
};

size_t kdf_prf_len(struct kdf_prf prf);

enum kdf_mode {
    KDF_COUNTER,         /* SP 800-108, 4.1 */
    KDF_FEEDBACK,        /* 4.2 */
    KDF_DOUBLE_PIPELINE, /* 4.3 */
};

/* What the function's input is made of, in order. */
enum kdf_piece_kind {
    KDF_BYTES,
    KDF_NUMBER,  /* of the block, from 1 */
    KDF_CHAINED, /* what the block before gave, or the other pipeline's */
};

struct kdf_piece {
    enum kdf_piece_kind kind;
    struct span bytes;
    size_t width; /* of a number, in bytes: 1 to 4 */
    bool little_endian;
};

struct kdf_108 {
    enum kdf_mode mode;
    struct kdf_prf prf;
    const struct kdf_piece *pieces;
    size_t num_pieces;
    struct span iv; /* KDF_FEEDBACK: what the first block is chained to; may be empty */
};

/*
 * Fill out, which says by its length how much is wanted. Pieces may be secret.
 * PQHW_KEY_SIZE_RANGE if numbers are not wide enough for so many blocks, or the key is no AES key;
 * else as above.
 */
NODISCARD enum pqhw_status kdf_108(const struct symkey *key, struct secret *out,
                                   const struct kdf_108 *how);

/* ---- TLS 1.2 ---- */

struct kdf_tls {
    enum digest_alg alg;      /* none of the two SHAKEs */
    const struct span *seeds; /* the label, and what comes behind it */
    size_t num_seeds;
};

/* Fill out, which says by its length how much is wanted. */
NODISCARD enum pqhw_status kdf_tls(const struct symkey *key, struct secret *out,
                                   const struct kdf_tls *how);

/* ---- PBKDF2 ---- */

struct kdf_pbkdf2 {
    enum digest_alg alg; /* none of the two SHAKEs */
    struct span password;
    struct span salt;
    uint64_t iterations; /* 1 or more */
};

/* Fill out, which says by its length how much is wanted. */
NODISCARD enum pqhw_status kdf_pbkdf2(const struct classic *classic, struct secret *out,
                                      const struct kdf_pbkdf2 *how);

#endif
