/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/slhdsa/hash.h"

#include <string.h>

void slhdsa_context_init(struct slhdsa_context *ctx, const struct slhdsa_params *params,
                         const struct slhdsa_hash *hash, const uint8_t *pk_seed,
                         const uint8_t *sk_seed)
{
    memset(ctx, 0, sizeof(*ctx));
    ctx->params = params;
    ctx->hash = hash;
    memcpy(ctx->pk_seed, pk_seed, params->n);
    if (sk_seed != NULL)
        memcpy(ctx->sk_seed, sk_seed, params->n);
    if (params->shake)
        slhdsa_shake_context(ctx);
    else
        slhdsa_sha2_context(ctx);
}

void slhdsa_tweak(const struct slhdsa_context *ctx, const struct slhdsa_input *input, size_t num,
                  size_t len)
{
    if (ctx->params->shake)
        slhdsa_shake_tweak(ctx, input, num, len);
    else
        slhdsa_sha2_tweak(ctx, input, num, len);
}

/* Whether the chains keep at least min lanes busy until the longest of them is done. */
static bool fill_lanes(const struct slhdsa_chain *chain, size_t num, unsigned num_steps,
                       unsigned min)
{
    unsigned total = 0;
    unsigned longest = 1;

    for (size_t i = 0; i < num; i++) {
        const unsigned steps = num_steps - chain[i].from;
        total += steps;
        longest = steps > longest ? steps : longest;
    }
    return total >= longest * min;
}

void slhdsa_chains(const struct slhdsa_context *ctx, const struct slhdsa_chain *chain, size_t num,
                   enum slhdsa_start start, unsigned num_steps)
{
    const struct slhdsa_hash *hash = ctx->hash;

    for (size_t done = 0, take; done < num; done += take) {
        const struct slhdsa_chain *next = chain + done;
        const size_t left = num - done;

        if (ctx->params->shake) {
            const struct slhdsa_shake *engine = hash->shake_wide;
            take = left < engine->lanes ? left : engine->lanes;
            if (!fill_lanes(next, take, num_steps, hash->shake_min_wide))
                engine = hash->shake_narrow;
            take = left < engine->lanes ? left : engine->lanes;
            slhdsa_shake_chains(ctx, engine, next, take, start, num_steps);
        } else {
            const struct slhdsa_sha256 *engine = hash->sha256_wide;
            take = left < engine->lanes ? left : engine->lanes;
            if (!fill_lanes(next, take, num_steps, hash->sha256_min_wide))
                engine = hash->sha256_narrow;
            take = left < engine->lanes ? left : engine->lanes;
            slhdsa_sha256_chains(ctx, engine, next, take, start, num_steps);
        }
    }
}
