/* SPDX-License-Identifier: Apache-2.0
 *
 * The tweakable hashes with SHA-2 (FIPS 205, 11.2): inputs into blocks, blocks into lanes. F and
 * PRF take SHA-256; H and T_l take SHA-256 for n = 16, else SHA-512.
 */
#include "crypto/slhdsa/sha2.h"

#include <string.h>

#include "base/wipe.h"

/* The first bits of the fractional parts of the cube roots of the first primes. */
const uint32_t slhdsa_sha256_k[SHA256_ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

const uint64_t slhdsa_sha512_k[SHA512_ROUNDS] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/* The same of the square roots (FIPS 180-4, 5.3.3 and 5.3.5). */
static const uint32_t sha256_start[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint64_t sha512_start[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

void slhdsa_sha256_init(uint32_t state[8])
{
    memcpy(state, sha256_start, sizeof(sha256_start));
}

void slhdsa_sha512_init(uint64_t state[8])
{
    memcpy(state, sha512_start, sizeof(sha512_start));
}

void slhdsa_sha256_block(const struct slhdsa_sha256 *engine, uint32_t state[8],
                         const uint8_t block[SHA256_BLOCK])
{
    struct {
        uint32_t state[8 * SLHDSA_MAX_LANES];
        uint32_t words[SHA256_WORDS * SLHDSA_MAX_LANES];
    } __attribute__((aligned(64))) lanes = {0};

    for (unsigned i = 0; i < 8; i++)
        lanes.state[i * engine->lanes] = state[i];
    for (unsigned i = 0; i < SHA256_WORDS; i++)
        lanes.words[i * engine->lanes] = load_be32(block + 4 * i);
    engine->compress(lanes.state, lanes.words);
    for (unsigned i = 0; i < 8; i++)
        state[i] = lanes.state[i * engine->lanes];
    WIPE(lanes);
}

void slhdsa_sha512_block(const struct slhdsa_sha512 *engine, uint64_t state[8],
                         const uint8_t block[SHA512_BLOCK])
{
    struct {
        uint64_t state[8 * SLHDSA_MAX_LANES_64];
        uint64_t words[SHA512_WORDS * SLHDSA_MAX_LANES_64];
    } __attribute__((aligned(64))) lanes = {0};

    for (unsigned i = 0; i < 8; i++)
        lanes.state[i * engine->lanes] = state[i];
    for (unsigned i = 0; i < SHA512_WORDS; i++)
        lanes.words[i * engine->lanes] = load_be64(block + 8 * i);
    engine->compress(lanes.state, lanes.words);
    for (unsigned i = 0; i < 8; i++)
        state[i] = lanes.state[i * engine->lanes];
    WIPE(lanes);
}

void slhdsa_sha2_context(struct slhdsa_context *ctx)
{
    uint8_t block[SHA512_BLOCK] = {0};

    memcpy(block, ctx->pk_seed, ctx->params->n);
    slhdsa_sha256_init(ctx->sha256);
    slhdsa_sha256_block(ctx->hash->sha256_narrow, ctx->sha256, block);
    slhdsa_sha512_init(ctx->sha512);
    slhdsa_sha512_block(ctx->hash->sha512_narrow, ctx->sha512, block);
}

/*
 * What follows the block of PK.seed: the short address, the data, the padding. The address is 22
 * bytes, so that each word of the data straddles two words of the message; their lengths are all
 * multiples of eight, so that the mark of the end always stands in the same place of a word.
 */
#define END_MARK 0x8000

/* The words that the address fills, and the first part of the next. */
static void adrs_words32(uint32_t *words, unsigned lanes, const struct slhdsa_adrs *adrs)
{
    words[0] = adrs->layer << 24 | (uint32_t)(adrs->tree >> 40);
    words[lanes] = (uint32_t)(adrs->tree >> 8);
    words[2 * lanes] = (uint32_t)adrs->tree << 24 | adrs->type << 16 | adrs->key_pair >> 16;
    words[3 * lanes] = adrs->key_pair << 16 | adrs->height >> 16;
    words[4 * lanes] = adrs->height << 16 | adrs->index >> 16;
    words[5 * lanes] = adrs->index << 16;
}

static void adrs_words64(uint64_t *words, unsigned lanes, const struct slhdsa_adrs *adrs)
{
    words[0] = (uint64_t)adrs->layer << 56 | adrs->tree >> 8;
    words[lanes] = adrs->tree << 56 | (uint64_t)adrs->type << 48 | (uint64_t)adrs->key_pair << 16 |
                   adrs->height >> 16;
    words[2 * lanes] = (uint64_t)adrs->height << 48 | (uint64_t)adrs->index << 16;
}

static size_t at_least(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The words first … first + 15 of the message of one input, without the zeros and the length. */
static void input_words32(uint32_t *words, unsigned lanes, const struct slhdsa_input *input,
                          size_t len, size_t first)
{
    const size_t last = (SLHDSA_SHORT_ADRS_LEN + len) / 4;
    const size_t end = at_most(first + SHA256_WORDS, last);

    if (first == 0) {
        adrs_words32(words, lanes, &input->adrs);
        words[5 * lanes] |= load_be32(input->in) >> 16;
    }
    for (size_t i = at_least(first, 6); i < end; i++)
        words[(i - first) * lanes] = load_be32(input->in + 4 * i - SLHDSA_SHORT_ADRS_LEN);
    if (last >= first && last < first + SHA256_WORDS)
        words[(last - first) * lanes] = load_be32(input->in + len - 4) << 16 | END_MARK;
}

static void input_words64(uint64_t *words, unsigned lanes, const struct slhdsa_input *input,
                          size_t len, size_t first)
{
    const size_t last = (SLHDSA_SHORT_ADRS_LEN + len) / 8;
    const size_t end = at_most(first + SHA512_WORDS, last);

    if (first == 0) {
        adrs_words64(words, lanes, &input->adrs);
        words[2 * lanes] |= load_be64(input->in) >> 48;
    }
    for (size_t i = at_least(first, 3); i < end; i++)
        words[(i - first) * lanes] = load_be64(input->in + 8 * i - SLHDSA_SHORT_ADRS_LEN);
    if (last >= first && last < first + SHA512_WORDS)
        words[(last - first) * lanes] = load_be64(input->in + len - 8) << 16 | END_MARK;
}

/* Length of the message in blocks: the padding is the mark and the number of bits, which has an
 * eighth of a block. */
static size_t num_blocks(size_t len, size_t block_len)
{
    return (SLHDSA_SHORT_ADRS_LEN + len + 1 + block_len / 8 + block_len - 1) / block_len;
}

static void tweak256(const struct slhdsa_context *ctx, const struct slhdsa_sha256 *engine,
                     const struct slhdsa_input *input, size_t num, size_t len)
{
    const unsigned lanes = engine->lanes;
    const size_t blocks = num_blocks(len, SHA256_BLOCK);
    const size_t past_last = (SLHDSA_SHORT_ADRS_LEN + len) / 4 + 1;
    struct {
        uint32_t state[8 * SLHDSA_MAX_LANES];
        uint32_t words[SHA256_WORDS * SLHDSA_MAX_LANES];
    } __attribute__((aligned(64))) work = {0};

    for (unsigned i = 0; i < 8 * lanes; i++)
        work.state[i] = ctx->sha256[i / lanes];
    for (size_t block = 0; block < blocks; block++) {
        const size_t first = block * SHA256_WORDS;
        const size_t zero_from = at_most(at_least(past_last, first) - first, SHA256_WORDS) * lanes;

        for (size_t n = 0; n < num; n++)
            input_words32(work.words + n, lanes, &input[n], len, first);
        for (size_t i = zero_from; i < SHA256_WORDS * lanes; i++)
            work.words[i] = 0;
        for (unsigned n = 0; block + 1 == blocks && n < lanes; n++)
            work.words[(SHA256_WORDS - 1) * lanes + n] =
                (uint32_t)(SHA256_BLOCK + SLHDSA_SHORT_ADRS_LEN + len) * 8;
        engine->compress(work.state, work.words);
    }
    for (size_t n = 0; n < num; n++)
        for (unsigned i = 0; i < ctx->params->n / 4; i++)
            store_be32(input[n].out + 4 * i, work.state[i * lanes + n]);
}

static void tweak512(const struct slhdsa_context *ctx, const struct slhdsa_sha512 *engine,
                     const struct slhdsa_input *input, size_t num, size_t len)
{
    const unsigned lanes = engine->lanes;
    const size_t blocks = num_blocks(len, SHA512_BLOCK);
    const size_t past_last = (SLHDSA_SHORT_ADRS_LEN + len) / 8 + 1;
    struct {
        uint64_t state[8 * SLHDSA_MAX_LANES_64];
        uint64_t words[SHA512_WORDS * SLHDSA_MAX_LANES_64];
    } __attribute__((aligned(64))) work = {0};

    for (unsigned i = 0; i < 8 * lanes; i++)
        work.state[i] = ctx->sha512[i / lanes];
    for (size_t block = 0; block < blocks; block++) {
        const size_t first = block * SHA512_WORDS;
        const size_t zero_from = at_most(at_least(past_last, first) - first, SHA512_WORDS) * lanes;

        for (size_t n = 0; n < num; n++)
            input_words64(work.words + n, lanes, &input[n], len, first);
        for (size_t i = zero_from; i < SHA512_WORDS * lanes; i++)
            work.words[i] = 0;
        for (unsigned n = 0; block + 1 == blocks && n < lanes; n++)
            work.words[(SHA512_WORDS - 1) * lanes + n] =
                (SHA512_BLOCK + SLHDSA_SHORT_ADRS_LEN + len) * 8;
        engine->compress(work.state, work.words);
    }
    for (size_t n = 0; n < num; n++)
        for (unsigned i = 0; i < ctx->params->n / 8; i++)
            store_be64(input[n].out + 8 * i, work.state[i * lanes + n]);
}

void slhdsa_sha2_tweak(const struct slhdsa_context *ctx, const struct slhdsa_input *input,
                       size_t num, size_t len)
{
    const struct slhdsa_hash *hash = ctx->hash;
    const bool short_hash = ctx->params->n == 16 || len == ctx->params->n;

    for (size_t done = 0, take; done < num; done += take) {
        const size_t left = num - done;
        unsigned lanes;

        if (short_hash) {
            const struct slhdsa_sha256 *engine =
                left >= hash->sha256_min_wide ? hash->sha256_wide : hash->sha256_narrow;
            lanes = engine->lanes;
            take = left < lanes ? left : lanes;
            tweak256(ctx, engine, input + done, take, len);
        } else {
            const struct slhdsa_sha512 *engine =
                left >= hash->sha512_min_wide ? hash->sha512_wide : hash->sha512_narrow;
            lanes = engine->lanes;
            take = left < lanes ? left : lanes;
            tweak512(ctx, engine, input + done, take, len);
        }
    }
}

static void words_in(uint32_t *words, unsigned lanes, const uint8_t *bytes, unsigned num_words)
{
    for (unsigned i = 0; i < num_words; i++)
        words[i * lanes] = load_be32(bytes + 4 * i);
}

static void words_out(uint8_t *bytes, const uint32_t *words, unsigned lanes, unsigned num_words)
{
    for (unsigned i = 0; i < num_words; i++)
        store_be32(bytes + 4 * i, words[i * lanes]);
}

void slhdsa_sha256_chains(const struct slhdsa_context *ctx, const struct slhdsa_sha256 *engine,
                          const struct slhdsa_chain *chain, size_t num, enum slhdsa_start start,
                          unsigned num_steps)
{
    const unsigned lanes = engine->lanes;
    struct slhdsa_sha256_job job = {
        .midstate = ctx->sha256,
        .from_secret = start == SLHDSA_FROM_SECRET,
        /* the type is the second byte of word 2 */
        .prf_flip = (chain[0].adrs.type ^ slhdsa_prf_type(chain[0].adrs.type)) << 16,
        .num_words = ctx->params->n / 4,
        .first = num_steps,
        .num_steps = num_steps,
    };

    if (start == SLHDSA_FROM_SECRET)
        words_in(job.secret, 1, ctx->sk_seed, job.num_words);
    for (unsigned n = 0; n < lanes; n++) {
        job.from[n] = num_steps;
        job.watch[n] = SLHDSA_NEVER;
    }
    for (size_t n = 0; n < num; n++) {
        adrs_words32(job.adrs + n, lanes, &chain[n].adrs);
        if (start == SLHDSA_FROM_VALUE)
            words_in(job.value + n, lanes, chain[n].value, job.num_words);
        job.from[n] = chain[n].from;
        job.first = chain[n].from < job.first ? chain[n].from : job.first;
        if (chain[n].seen != NULL)
            job.watch[n] = chain[n].watch;
    }
    engine->chains(&job);
    for (size_t n = 0; n < num; n++) {
        words_out(chain[n].value, job.value + n, lanes, job.num_words);
        if (chain[n].seen != NULL)
            words_out(chain[n].seen, job.seen + n, lanes, job.num_words);
    }
    WIPE(job);
}
