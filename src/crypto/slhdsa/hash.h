/* SPDX-License-Identifier: Apache-2.0
 *
 * The tweakable hashes of SLH-DSA (FIPS 205, 4.1 and 11), many at once. Inside SLH-DSA, and for
 * tests that compare one implementation with another.
 *
 * Everything that SLH-DSA hashes, but for the message, comes in one of two shapes: a number of
 * independent inputs of one length (H, T_l), or a number of independent chains of F, which begin at
 * a value or at PRF(SK.seed).
 */
#ifndef CRYPTO_SLHDSA_HASH_H
#define CRYPTO_SLHDSA_HASH_H

#include "crypto/slhdsa/address.h"
#include "crypto/slhdsa/engine.h"
#include "crypto/slhdsa/params.h"

/* The most inputs or chains in one call; no implementation has more lanes. */
#define SLHDSA_BATCH SLHDSA_MAX_LANES

/* What hashing needs of a key, computed once. Secret if sk_seed is one. */
struct slhdsa_context {
    const struct slhdsa_params *params;
    const struct slhdsa_hash *hash;
    uint32_t sha256[8]; /* after the block PK.seed || 0 … */
    uint64_t sha512[8];
    uint64_t pk_words[SLHDSA_MAX_N / 8]; /* PK.seed, little-endian */
    uint8_t pk_seed[SLHDSA_MAX_N];
    uint8_t sk_seed[SLHDSA_MAX_N]; /* zero for a public key */
};

/* pk_seed and sk_seed are n bytes; sk_seed may be NULL. */
void slhdsa_context_init(struct slhdsa_context *ctx, const struct slhdsa_params *params,
                         const struct slhdsa_hash *hash, const uint8_t *pk_seed,
                         const uint8_t *sk_seed);

struct slhdsa_input {
    struct slhdsa_adrs adrs;
    const uint8_t *in;
    uint8_t *out; /* n bytes */
};

/*
 * T_l(PK.seed, adrs, in) for num <= SLHDSA_BATCH inputs of l * n bytes, len together. For l = 2, an
 * output may be in the place of its own input or of an earlier one. Nothing of it is secret.
 */
void slhdsa_tweak(const struct slhdsa_context *ctx, const struct slhdsa_input *input, size_t num,
                  size_t len);

/* A chain of F. Which values are seen is public. */
struct slhdsa_chain {
    struct slhdsa_adrs adrs; /* of the first step, whatever `from` is; its index goes up by one */
    uint8_t *value;          /* n bytes: in, the value before step `from`; out, after the last */
    uint8_t *seen;           /* NULL, or n bytes: out, the value before step `watch` */
    uint8_t from;
    uint8_t watch;
};

enum slhdsa_start {
    SLHDSA_FROM_VALUE,
    SLHDSA_FROM_SECRET, /* at PRF, with the address's type turned into that of PRF; from is 0 */
};

/*
 * Advance num <= SLHDSA_BATCH chains to step num_steps (Algorithm 5), that is by num_steps - from
 * steps each. adrs.type is that of F and the same in all: SLHDSA_WOTS_HASH, or SLHDSA_FORS_TREE
 * with one step.
 */
void slhdsa_chains(const struct slhdsa_context *ctx, const struct slhdsa_chain *chain, size_t num,
                   enum slhdsa_start start, unsigned num_steps);

/* SHA-2 and SHAKE, behind these two. */
void slhdsa_sha2_context(struct slhdsa_context *ctx);
void slhdsa_sha2_tweak(const struct slhdsa_context *ctx, const struct slhdsa_input *input,
                       size_t num, size_t len);
void slhdsa_sha256_chains(const struct slhdsa_context *ctx, const struct slhdsa_sha256 *engine,
                          const struct slhdsa_chain *chain, size_t num, enum slhdsa_start start,
                          unsigned num_steps);
void slhdsa_shake_context(struct slhdsa_context *ctx);
void slhdsa_shake_tweak(const struct slhdsa_context *ctx, const struct slhdsa_input *input,
                        size_t num, size_t len);
void slhdsa_shake_chains(const struct slhdsa_context *ctx, const struct slhdsa_shake *engine,
                         const struct slhdsa_chain *chain, size_t num, enum slhdsa_start start,
                         unsigned num_steps);

/* The type of the addresses of PRF that belong to those of F. */
static inline uint32_t slhdsa_prf_type(uint32_t type)
{
    return type == SLHDSA_WOTS_HASH ? SLHDSA_WOTS_PRF : SLHDSA_FORS_PRF;
}

#endif
