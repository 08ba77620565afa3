/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 and SHA-512 (FIPS 180-4, 6.2.2 and 6.4.2) on any kind of word: those of one message, or
 * vectors with a word of one message in each element. A file per CPU includes this once, after it
 * has said, for words of 32 bits:
 *
 *   LANES32, W32             how many lanes, and the type
 *   LOAD32(p), STORE32(p, x) from and to an aligned array
 *   SET32(c)                 the number c in every lane
 *   ADD32, XOR32(a, b), XOR3_32, CH32, MAJ32(a, b, c)
 *   ROTR32, SHR32, SHL32(x, n) by a literal n
 *   M32                      the type of a mask
 *   GT32, EQ32(a, b)         compare lane by lane, as signed numbers
 *   BLEND32(mask, a, b)      a where mask is set, else b
 *
 * and the same, without SHL and masks, for words of 64 bits. It gets the functions
 * sha256_lanes_compress, sha256_lanes_chains and sha512_lanes_compress for its tables of functions.
 */
#ifndef CRYPTO_SLHDSA_SHA2_LANES_H
#define CRYPTO_SLHDSA_SHA2_LANES_H

#include "base/wipe.h"
#include "crypto/slhdsa/engine.h"

#define SHA2_INLINE static inline __attribute__((always_inline))

/*
 * One round. The eight words of the state do not move: what FIPS 180-4 calls a in the first round
 * stands at s[0], and in each later round one place lower. t is the round mod 8.
 */
#define SHA2_WORD_AT(s, n, t) (s)[((n) + 8u - (t)) % 8]

SHA2_INLINE void sha256_round(W32 s[8], W32 w, uint32_t k, unsigned t)
{
    const W32 a = SHA2_WORD_AT(s, 0, t);
    const W32 e = SHA2_WORD_AT(s, 4, t);
    const W32 sum_a = XOR3_32(ROTR32(a, 2), ROTR32(a, 13), ROTR32(a, 22));
    const W32 sum_e = XOR3_32(ROTR32(e, 6), ROTR32(e, 11), ROTR32(e, 25));
    const W32 choice = CH32(e, SHA2_WORD_AT(s, 5, t), SHA2_WORD_AT(s, 6, t));
    const W32 majority = MAJ32(a, SHA2_WORD_AT(s, 1, t), SHA2_WORD_AT(s, 2, t));
    const W32 t1 = ADD32(ADD32(ADD32(w, SET32(k)), SHA2_WORD_AT(s, 7, t)), ADD32(sum_e, choice));

    SHA2_WORD_AT(s, 3, t) = ADD32(SHA2_WORD_AT(s, 3, t), t1);
    SHA2_WORD_AT(s, 7, t) = ADD32(t1, ADD32(sum_a, majority));
}

/* The first five rounds, which in F see the address alone; and the eleven after them. */
SHA2_INLINE void sha256_rounds_0_4(W32 s[8], const W32 w[5], const uint32_t *k)
{
    sha256_round(s, w[0], k[0], 0);
    sha256_round(s, w[1], k[1], 1);
    sha256_round(s, w[2], k[2], 2);
    sha256_round(s, w[3], k[3], 3);
    sha256_round(s, w[4], k[4], 4);
}

SHA2_INLINE void sha256_rounds_5_15(W32 s[8], const W32 w[SHA256_WORDS], const uint32_t *k)
{
    sha256_round(s, w[5], k[5], 5);
    sha256_round(s, w[6], k[6], 6);
    sha256_round(s, w[7], k[7], 7);
    sha256_round(s, w[8], k[8], 0);
    sha256_round(s, w[9], k[9], 1);
    sha256_round(s, w[10], k[10], 2);
    sha256_round(s, w[11], k[11], 3);
    sha256_round(s, w[12], k[12], 4);
    sha256_round(s, w[13], k[13], 5);
    sha256_round(s, w[14], k[14], 6);
    sha256_round(s, w[15], k[15], 7);
}

/* Word t of the message schedule in place of word t - 16. */
SHA2_INLINE void sha256_extend(W32 w[SHA256_WORDS], unsigned t)
{
    const W32 early = w[(t + 1) % 16];
    const W32 late = w[(t + 14) % 16];
    const W32 sigma0 = XOR3_32(ROTR32(early, 7), ROTR32(early, 18), SHR32(early, 3));
    const W32 sigma1 = XOR3_32(ROTR32(late, 17), ROTR32(late, 19), SHR32(late, 10));

    w[t] = ADD32(ADD32(w[t], w[(t + 9) % 16]), ADD32(sigma0, sigma1));
}

SHA2_INLINE void sha256_extend_all(W32 w[SHA256_WORDS])
{
    sha256_extend(w, 0);
    sha256_extend(w, 1);
    sha256_extend(w, 2);
    sha256_extend(w, 3);
    sha256_extend(w, 4);
    sha256_extend(w, 5);
    sha256_extend(w, 6);
    sha256_extend(w, 7);
    sha256_extend(w, 8);
    sha256_extend(w, 9);
    sha256_extend(w, 10);
    sha256_extend(w, 11);
    sha256_extend(w, 12);
    sha256_extend(w, 13);
    sha256_extend(w, 14);
    sha256_extend(w, 15);
}

/* All rounds but the first five. */
SHA2_INLINE void sha256_rounds_5_63(W32 s[8], W32 w[SHA256_WORDS])
{
    sha256_rounds_5_15(s, w, slhdsa_sha256_k);
    for (unsigned t = 16; t < SHA256_ROUNDS; t += 16) {
        sha256_extend_all(w);
        sha256_rounds_0_4(s, w, slhdsa_sha256_k + t);
        sha256_rounds_5_15(s, w, slhdsa_sha256_k + t);
    }
}

static void sha256_lanes_compress(uint32_t *state, const uint32_t *words)
{
    W32 s[8];
    W32 w[SHA256_WORDS];

    for (unsigned i = 0; i < 8; i++)
        s[i] = LOAD32(state + i * LANES32);
    for (unsigned i = 0; i < SHA256_WORDS; i++)
        w[i] = LOAD32(words + i * LANES32);
    sha256_rounds_0_4(s, w, slhdsa_sha256_k);
    sha256_rounds_5_63(s, w);
    for (unsigned i = 0; i < 8; i++)
        STORE32(state + i * LANES32, ADD32(s[i], LOAD32(state + i * LANES32)));
}

/* What a chain of F keeps from step to step. */
struct sha256_chain {
    W32 value[8];
    W32 adrs[6];
    W32 head[8]; /* the state after the first five rounds */
};

/* F, or PRF, of value at a step: PK.seed || 0 … || ADRS || value || padding, from the second block
 * on. The address ends in the middle of word 5. num_words is a literal. */
SHA2_INLINE void sha256_f(W32 out[8], const struct sha256_chain *c, const uint32_t *midstate,
                          unsigned step, unsigned num_words)
{
    W32 s[8];
    W32 w[SHA256_WORDS];

    for (unsigned i = 0; i < 5; i++)
        w[i] = c->adrs[i];
    w[5] = XOR32(ADD32(c->adrs[5], SET32(step << 16)), SHR32(c->value[0], 16));
    for (unsigned i = 1; i < num_words; i++)
        w[5 + i] = XOR32(SHL32(c->value[i - 1], 16), SHR32(c->value[i], 16));
    w[5 + num_words] = XOR32(SHL32(c->value[num_words - 1], 16), SET32(0x8000));
    for (unsigned i = 6 + num_words; i < 15; i++)
        w[i] = SET32(0);
    w[15] = SET32((64 + 22 + 4 * num_words) * 8);

    for (unsigned i = 0; i < 8; i++)
        s[i] = c->head[i];
    sha256_rounds_5_63(s, w);
    for (unsigned i = 0; i < num_words; i++)
        out[i] = ADD32(s[i], SET32(midstate[i]));
}

SHA2_INLINE void sha256_chain_head(struct sha256_chain *c, const uint32_t *midstate)
{
    for (unsigned i = 0; i < 8; i++)
        c->head[i] = SET32(midstate[i]);
    sha256_rounds_0_4(c->head, c->adrs, slhdsa_sha256_k);
}

SHA2_INLINE void sha256_chain_begin(struct sha256_chain *c, const struct slhdsa_sha256_job *job,
                                    unsigned num_words)
{
    W32 out[8];

    for (unsigned i = 0; i < 6; i++)
        c->adrs[i] = LOAD32(job->adrs + i * LANES32);
    if (!job->from_secret) {
        for (unsigned i = 0; i < num_words; i++)
            c->value[i] = LOAD32(job->value + i * LANES32);
        sha256_chain_head(c, job->midstate);
        return;
    }
    for (unsigned i = 0; i < num_words; i++)
        c->value[i] = SET32(job->secret[i]);
    c->adrs[2] = XOR32(c->adrs[2], SET32(job->prf_flip));
    sha256_chain_head(c, job->midstate);
    sha256_f(out, c, job->midstate, 0, num_words);
    for (unsigned i = 0; i < num_words; i++)
        c->value[i] = out[i];
    c->adrs[2] = XOR32(c->adrs[2], SET32(job->prf_flip));
    sha256_chain_head(c, job->midstate);
}

SHA2_INLINE void sha256_chain_see(struct slhdsa_sha256_job *job, const struct sha256_chain *c,
                                  unsigned step, unsigned num_words)
{
    const M32 now = EQ32(LOAD32(job->watch), SET32(step));

    for (unsigned i = 0; i < num_words; i++) {
        uint32_t *seen = job->seen + i * LANES32;
        STORE32(seen, BLEND32(now, c->value[i], LOAD32(seen)));
    }
}

SHA2_INLINE void sha256_chains_of(struct slhdsa_sha256_job *job, unsigned num_words)
{
    struct sha256_chain c;
    W32 out[8];

    sha256_chain_begin(&c, job, num_words);
    for (unsigned step = job->first; step < job->num_steps; step++) {
        const M32 waits = GT32(LOAD32(job->from), SET32(step));

        sha256_chain_see(job, &c, step, num_words);
        sha256_f(out, &c, job->midstate, step, num_words);
        for (unsigned i = 0; i < num_words; i++)
            c.value[i] = BLEND32(waits, c.value[i], out[i]);
    }
    sha256_chain_see(job, &c, job->num_steps, num_words);
    for (unsigned i = 0; i < num_words; i++)
        STORE32(job->value + i * LANES32, c.value[i]);
    WIPE(c);
}

static void sha256_lanes_chains(struct slhdsa_sha256_job *job)
{
    if (job->num_words == 4)
        sha256_chains_of(job, 4);
    else if (job->num_words == 6)
        sha256_chains_of(job, 6);
    else
        sha256_chains_of(job, 8);
}

/* SHA-512: as above, with other numbers. */
SHA2_INLINE void sha512_round(W64 s[8], W64 w, uint64_t k, unsigned t)
{
    const W64 a = SHA2_WORD_AT(s, 0, t);
    const W64 e = SHA2_WORD_AT(s, 4, t);
    const W64 sum_a = XOR3_64(ROTR64(a, 28), ROTR64(a, 34), ROTR64(a, 39));
    const W64 sum_e = XOR3_64(ROTR64(e, 14), ROTR64(e, 18), ROTR64(e, 41));
    const W64 choice = CH64(e, SHA2_WORD_AT(s, 5, t), SHA2_WORD_AT(s, 6, t));
    const W64 majority = MAJ64(a, SHA2_WORD_AT(s, 1, t), SHA2_WORD_AT(s, 2, t));
    const W64 t1 = ADD64(ADD64(ADD64(w, SET64(k)), SHA2_WORD_AT(s, 7, t)), ADD64(sum_e, choice));

    SHA2_WORD_AT(s, 3, t) = ADD64(SHA2_WORD_AT(s, 3, t), t1);
    SHA2_WORD_AT(s, 7, t) = ADD64(t1, ADD64(sum_a, majority));
}

SHA2_INLINE void sha512_extend(W64 w[SHA512_WORDS], unsigned t)
{
    const W64 early = w[(t + 1) % 16];
    const W64 late = w[(t + 14) % 16];
    const W64 sigma0 = XOR3_64(ROTR64(early, 1), ROTR64(early, 8), SHR64(early, 7));
    const W64 sigma1 = XOR3_64(ROTR64(late, 19), ROTR64(late, 61), SHR64(late, 6));

    w[t] = ADD64(ADD64(w[t], w[(t + 9) % 16]), ADD64(sigma0, sigma1));
}

/* A round, and the word that the round 16 later takes. */
SHA2_INLINE void sha512_round_extend(W64 s[8], W64 w[SHA512_WORDS], const uint64_t *k, unsigned t)
{
    sha512_round(s, w[t], k[t], t % 8);
    sha512_extend(w, t);
}

SHA2_INLINE void sha512_rounds_extend(W64 s[8], W64 w[SHA512_WORDS], const uint64_t *k)
{
    sha512_round_extend(s, w, k, 0);
    sha512_round_extend(s, w, k, 1);
    sha512_round_extend(s, w, k, 2);
    sha512_round_extend(s, w, k, 3);
    sha512_round_extend(s, w, k, 4);
    sha512_round_extend(s, w, k, 5);
    sha512_round_extend(s, w, k, 6);
    sha512_round_extend(s, w, k, 7);
    sha512_round_extend(s, w, k, 8);
    sha512_round_extend(s, w, k, 9);
    sha512_round_extend(s, w, k, 10);
    sha512_round_extend(s, w, k, 11);
    sha512_round_extend(s, w, k, 12);
    sha512_round_extend(s, w, k, 13);
    sha512_round_extend(s, w, k, 14);
    sha512_round_extend(s, w, k, 15);
}

SHA2_INLINE void sha512_rounds(W64 s[8], const W64 w[SHA512_WORDS], const uint64_t *k)
{
    sha512_round(s, w[0], k[0], 0);
    sha512_round(s, w[1], k[1], 1);
    sha512_round(s, w[2], k[2], 2);
    sha512_round(s, w[3], k[3], 3);
    sha512_round(s, w[4], k[4], 4);
    sha512_round(s, w[5], k[5], 5);
    sha512_round(s, w[6], k[6], 6);
    sha512_round(s, w[7], k[7], 7);
    sha512_round(s, w[8], k[8], 0);
    sha512_round(s, w[9], k[9], 1);
    sha512_round(s, w[10], k[10], 2);
    sha512_round(s, w[11], k[11], 3);
    sha512_round(s, w[12], k[12], 4);
    sha512_round(s, w[13], k[13], 5);
    sha512_round(s, w[14], k[14], 6);
    sha512_round(s, w[15], k[15], 7);
}

static void sha512_lanes_compress(uint64_t *state, const uint64_t *words)
{
    W64 s[8];
    W64 w[SHA512_WORDS];

    for (unsigned i = 0; i < 8; i++)
        s[i] = LOAD64(state + i * LANES64);
    for (unsigned i = 0; i < SHA512_WORDS; i++)
        w[i] = LOAD64(words + i * LANES64);
    for (unsigned t = 0; t < SHA512_ROUNDS - 16; t += 16)
        sha512_rounds_extend(s, w, slhdsa_sha512_k + t);
    sha512_rounds(s, w, slhdsa_sha512_k + SHA512_ROUNDS - 16);
    for (unsigned i = 0; i < 8; i++)
        STORE64(state + i * LANES64, ADD64(s[i], LOAD64(state + i * LANES64)));
}

#endif
