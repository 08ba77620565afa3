/* SPDX-License-Identifier: Apache-2.0
 *
 * The tweakable hashes with SHAKE256 (FIPS 205, 11.1): inputs into blocks, blocks into lanes.
 */
#include <string.h>

#include "base/wipe.h"
#include "crypto/slhdsa/hash.h"

#define RATE_WORDS (SHAKE256_RATE / 8)
#define SUFFIX     0x1f /* SHAKE's suffix and the first bit of the padding */

static uint64_t load_le64(const uint8_t in[8])
{
    return __builtin_bswap64(load_be64(in));
}

static void store_le64(uint8_t out[8], uint64_t x)
{
    store_be64(out, __builtin_bswap64(x));
}

void slhdsa_shake_context(struct slhdsa_context *ctx)
{
    for (unsigned i = 0; i < ctx->params->n / 8; i++)
        ctx->pk_words[i] = load_le64(ctx->pk_seed + 8 * i);
}

static void adrs_words(uint64_t *words, unsigned lanes, const struct slhdsa_adrs *adrs)
{
    words[0] = __builtin_bswap64((uint64_t)adrs->layer << 32);
    words[lanes] = __builtin_bswap64(adrs->tree);
    words[2 * lanes] = __builtin_bswap64((uint64_t)adrs->type << 32 | adrs->key_pair);
    words[3 * lanes] = __builtin_bswap64((uint64_t)adrs->height << 32 | adrs->index);
}

/* All lengths are multiples of eight. */
static void add_data(uint64_t *state, unsigned lanes, const uint8_t *data, size_t pos, size_t num)
{
    for (size_t i = 0; i < num; i++)
        state[(pos + i) * lanes] ^= load_le64(data + 8 * i);
}

static void add_padding(uint64_t *state, unsigned lanes, size_t pos)
{
    for (unsigned i = 0; i < lanes; i++) {
        state[pos * lanes + i] ^= SUFFIX;
        state[(RATE_WORDS - 1) * lanes + i] ^= 1ull << 63;
    }
}

static void tweak(const struct slhdsa_context *ctx, const struct slhdsa_shake *engine,
                  const struct slhdsa_input *input, size_t num, size_t len)
{
    const unsigned lanes = engine->lanes;
    const unsigned n = ctx->params->n / 8;
    uint64_t state[SHAKE_WORDS * SLHDSA_MAX_LANES_64] __attribute__((aligned(64))) = {0};
    size_t pos = n + SLHDSA_ADRS_LEN / 8;
    size_t taken = 0; /* words of the data */

    for (unsigned i = 0; i < n * lanes; i++)
        state[i] = ctx->pk_words[i / lanes];
    for (size_t i = 0; i < num; i++)
        adrs_words(state + n * lanes + i, lanes, &input[i].adrs);
    for (bool last = false; !last;) {
        const size_t left = len / 8 - taken;
        const size_t take = left < RATE_WORDS - pos ? left : RATE_WORDS - pos;

        for (size_t i = 0; i < num; i++)
            add_data(state + i, lanes, input[i].in + 8 * taken, pos, take);
        taken += take;
        pos += take;
        last = pos < RATE_WORDS;
        if (last)
            add_padding(state, lanes, pos);
        engine->permute(state);
        pos = 0;
    }
    for (size_t i = 0; i < num; i++)
        for (unsigned j = 0; j < n; j++)
            store_le64(input[i].out + 8 * j, state[j * lanes + i]);
}

void slhdsa_shake_tweak(const struct slhdsa_context *ctx, const struct slhdsa_input *input,
                        size_t num, size_t len)
{
    const struct slhdsa_hash *hash = ctx->hash;

    for (size_t done = 0, take; done < num; done += take) {
        const size_t left = num - done;
        const struct slhdsa_shake *engine =
            left >= hash->shake_min_wide ? hash->shake_wide : hash->shake_narrow;

        take = left < engine->lanes ? left : engine->lanes;
        tweak(ctx, engine, input + done, take, len);
    }
}

static void words_in(uint64_t *words, unsigned lanes, const uint8_t *bytes, unsigned num_words)
{
    for (unsigned i = 0; i < num_words; i++)
        words[i * lanes] = load_le64(bytes + 8 * i);
}

static void words_out(uint8_t *bytes, const uint64_t *words, unsigned lanes, unsigned num_words)
{
    for (unsigned i = 0; i < num_words; i++)
        store_le64(bytes + 8 * i, words[i * lanes]);
}

void slhdsa_shake_chains(const struct slhdsa_context *ctx, const struct slhdsa_shake *engine,
                         const struct slhdsa_chain *chain, size_t num, enum slhdsa_start start,
                         unsigned num_steps)
{
    const unsigned lanes = engine->lanes;
    const uint64_t flip = chain[0].adrs.type ^ slhdsa_prf_type(chain[0].adrs.type);
    struct slhdsa_shake_job job = {
        .pk_words = ctx->pk_words,
        .from_secret = start == SLHDSA_FROM_SECRET,
        /* the type is the fourth byte of word 2 */
        .prf_flip = flip << 24,
        .num_words = ctx->params->n / 8,
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
        adrs_words(job.adrs + n, lanes, &chain[n].adrs);
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
