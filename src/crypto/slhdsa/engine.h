/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256, SHA-512 and SHAKE256 in lanes: an implementation per CPU, as far as it depends on the
 * CPU. Inside SLH-DSA, and for tests that compare one with another.
 *
 * Words stand by lanes: word i of lane n is at [i * lanes + n]. All arrays are aligned to 64.
 */
#ifndef CRYPTO_SLHDSA_ENGINE_H
#define CRYPTO_SLHDSA_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/cpu.h"

#define SLHDSA_MAX_LANES    16
#define SLHDSA_MAX_LANES_64 8 /* of 64-bit words */
#define SLHDSA_NEVER        0xff

#define SHA256_WORDS  16 /* of a block */
#define SHA512_WORDS  16
#define SHAKE_WORDS   25 /* of a state */
#define SHA256_ROUNDS 64
#define SHA512_ROUNDS 80

/* FIPS 180-4, 4.2.2 and 4.2.3 */
extern const uint32_t slhdsa_sha256_k[SHA256_ROUNDS];
extern const uint64_t slhdsa_sha512_k[SHA512_ROUNDS];

/* Chains of F with SHA-256, a chain per lane. */
struct slhdsa_sha256_job {
    uint32_t adrs[6 * SLHDSA_MAX_LANES]; /* the short address of the first step; then 0, 0 */
    uint32_t value[8 * SLHDSA_MAX_LANES];
    uint32_t seen[8 * SLHDSA_MAX_LANES];
    uint32_t from[SLHDSA_MAX_LANES];
    uint32_t watch[SLHDSA_MAX_LANES]; /* SLHDSA_NEVER where nothing is to be seen */
    uint32_t secret[8];               /* SK.seed, if from_secret */
    const uint32_t *midstate;         /* after the block of PK.seed */
    bool from_secret;
    uint32_t prf_flip;  /* what turns the type of F into that of PRF, in place in adrs[2] */
    unsigned num_words; /* n / 4 */
    unsigned first;     /* no lane starts earlier */
    unsigned num_steps;
} __attribute__((aligned(64)));

struct slhdsa_sha256 {
    const char *name;
    unsigned lanes;
    /* The compression function: state[8 * lanes], words[16 * lanes]. */
    void (*compress)(uint32_t *state, const uint32_t *words);
    void (*chains)(struct slhdsa_sha256_job *job);
};

struct slhdsa_sha512 {
    const char *name;
    unsigned lanes;
    void (*compress)(uint64_t *state, const uint64_t *words);
};

/* Chains of F with SHAKE256, a chain per lane. Words are little-endian. */
struct slhdsa_shake_job {
    uint64_t adrs[4 * SLHDSA_MAX_LANES_64];
    uint64_t value[4 * SLHDSA_MAX_LANES_64];
    uint64_t seen[4 * SLHDSA_MAX_LANES_64];
    uint64_t from[SLHDSA_MAX_LANES_64];
    uint64_t watch[SLHDSA_MAX_LANES_64];
    uint64_t secret[4];
    const uint64_t *pk_words; /* PK.seed */
    bool from_secret;
    uint64_t prf_flip;  /* in place in adrs[2] */
    unsigned num_words; /* n / 8 */
    unsigned first;
    unsigned num_steps;
} __attribute__((aligned(64)));

struct slhdsa_shake {
    const char *name;
    unsigned lanes;
    void (*permute)(uint64_t *state); /* state[25 * lanes] */
    void (*chains)(struct slhdsa_shake_job *job);
};

/*
 * What a CPU hashes with: for each hash a wide implementation, taken where at least so many of its
 * lanes have work, and a narrow one.
 */
struct slhdsa_hash {
    const char *name;
    const struct slhdsa_sha256 *sha256_wide, *sha256_narrow;
    const struct slhdsa_sha512 *sha512_wide, *sha512_narrow;
    const struct slhdsa_shake *shake_wide, *shake_narrow;
    unsigned sha256_min_wide;
    unsigned sha512_min_wide;
    unsigned shake_min_wide;
};

/* The one for this CPU; and all that this CPU can run, portable C first, then NULL. */
const struct slhdsa_hash *slhdsa_hash(void);
const struct slhdsa_hash *slhdsa_hash_at(unsigned index);

extern const struct slhdsa_hash slhdsa_hash_portable;

extern const struct slhdsa_sha256 slhdsa_sha256_x1;
extern const struct slhdsa_sha256 slhdsa_sha256_sha_ni; /* two lanes, in the SHA extensions */
extern const struct slhdsa_sha256 slhdsa_sha256_avx2;
extern const struct slhdsa_sha256 slhdsa_sha256_avx512;
extern const struct slhdsa_sha512 slhdsa_sha512_x1;
extern const struct slhdsa_sha512 slhdsa_sha512_avx2;
extern const struct slhdsa_sha512 slhdsa_sha512_avx512;
extern const struct slhdsa_shake slhdsa_shake_x1;
extern const struct slhdsa_shake slhdsa_shake_avx2;
extern const struct slhdsa_shake slhdsa_shake_avx512_x4;
extern const struct slhdsa_shake slhdsa_shake_avx512_x8;

#endif
