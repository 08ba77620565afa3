/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/slhdsa/wots.h"

#include <string.h>

#define NUM_STEPS (SLHDSA_W - 1) /* of a whole chain */

void slhdsa_wots_digits(const struct slhdsa_params *params, uint8_t digits[SLHDSA_MAX_LEN],
                        const uint8_t *message)
{
    const unsigned len1 = 2 * params->n;
    unsigned sum = 0;

    for (unsigned i = 0; i < params->n; i++) {
        digits[2 * i] = message[i] >> 4;
        digits[2 * i + 1] = message[i] & 15;
    }
    for (unsigned i = 0; i < len1; i++)
        sum += NUM_STEPS - digits[i];
    digits[len1] = (uint8_t)(sum >> 8 & 15);
    digits[len1 + 1] = (uint8_t)(sum >> 4 & 15);
    digits[len1 + 2] = (uint8_t)(sum & 15);
}

/* All chains of num keys, from the secret values on. */
static void run_chains(const struct slhdsa_context *ctx, struct slhdsa_wots_room *room,
                       struct slhdsa_adrs adrs, size_t num,
                       const struct slhdsa_wots_signature *signature)
{
    const struct slhdsa_params *params = ctx->params;
    const size_t total = num * params->len;
    struct slhdsa_chain chain[SLHDSA_BATCH];
    size_t taken = 0;

    adrs.height = 0;
    for (size_t at = 0; at < total; at++) {
        struct slhdsa_chain *c = &chain[taken++];

        *c = (struct slhdsa_chain){.adrs = adrs, .value = room->ends + at * params->n};
        if (signature != NULL && signature->leaf == adrs.key_pair) {
            c->seen = signature->sig + (size_t)adrs.height * params->n;
            c->watch = signature->digits[adrs.height];
        }
        if (++adrs.height == params->len) {
            adrs.height = 0;
            adrs.key_pair++;
        }
        if (taken == SLHDSA_BATCH || at + 1 == total) {
            slhdsa_chains(ctx, chain, taken, SLHDSA_FROM_SECRET, NUM_STEPS);
            taken = 0;
        }
    }
}

/* The public keys of num <= SLHDSA_WOTS_BATCH keys from the ends of their chains. */
static void compress_keys(const struct slhdsa_context *ctx, struct slhdsa_adrs adrs,
                          uint8_t *leaves, const uint8_t *ends, size_t num)
{
    const size_t n = ctx->params->n;
    const size_t len = ctx->params->len * n;
    struct slhdsa_input input[SLHDSA_WOTS_BATCH];

    adrs.type = SLHDSA_WOTS_PK;
    for (size_t i = 0; i < num; i++, adrs.key_pair++)
        input[i] = (struct slhdsa_input){adrs, ends + i * len, leaves + i * n};
    slhdsa_tweak(ctx, input, num, len);
}

void slhdsa_wots_leaves(const struct slhdsa_context *ctx, struct slhdsa_wots_room *room,
                        const struct slhdsa_adrs *adrs, uint32_t first, size_t num, uint8_t *leaves,
                        const struct slhdsa_wots_signature *signature)
{
    struct slhdsa_adrs key = *adrs;

    key.type = SLHDSA_WOTS_HASH;
    for (size_t done = 0, take; done < num; done += take) {
        take = num - done < SLHDSA_WOTS_BATCH ? num - done : SLHDSA_WOTS_BATCH;
        key.key_pair = first + (uint32_t)done;
        run_chains(ctx, room, key, take, signature);
        compress_keys(ctx, key, leaves + done * ctx->params->n, room->ends, take);
    }
}

void slhdsa_wots_sign(const struct slhdsa_context *ctx, struct slhdsa_wots_room *room,
                      const struct slhdsa_adrs *adrs, const struct slhdsa_wots_signature *signature)
{
    struct slhdsa_adrs key = *adrs;

    key.type = SLHDSA_WOTS_HASH;
    key.key_pair = signature->leaf;
    run_chains(ctx, room, key, 1, signature);
}

/* The chains in the order of their digits, so that those that run together are of one length. */
static void sort_by_digit(uint8_t order[SLHDSA_MAX_LEN], const uint8_t *digits, unsigned len)
{
    uint8_t next[SLHDSA_W + 1] = {0};

    for (unsigned i = 0; i < len; i++)
        next[digits[i] + 1]++;
    for (unsigned digit = 1; digit <= SLHDSA_W; digit++)
        next[digit] = (uint8_t)(next[digit] + next[digit - 1]);
    for (unsigned i = 0; i < len; i++)
        order[next[digits[i]]++] = (uint8_t)i;
}

void slhdsa_wots_recover(const struct slhdsa_context *ctx, const struct slhdsa_adrs *adrs,
                         uint8_t *leaf, const uint8_t *sig, const uint8_t digits[SLHDSA_MAX_LEN])
{
    const struct slhdsa_params *params = ctx->params;
    struct slhdsa_chain chain[SLHDSA_BATCH];
    struct slhdsa_adrs key = *adrs;
    uint8_t order[SLHDSA_MAX_LEN];
    uint8_t ends[SLHDSA_MAX_LEN * SLHDSA_MAX_N];
    size_t taken = 0;

    key.type = SLHDSA_WOTS_HASH;
    memcpy(ends, sig, params->len * params->n);
    sort_by_digit(order, digits, params->len);
    for (unsigned i = 0; i < params->len; i++) {
        struct slhdsa_chain *c = &chain[taken++];

        *c = (struct slhdsa_chain){
            .adrs = key,
            .value = ends + (size_t)order[i] * params->n,
            .from = digits[order[i]],
        };
        c->adrs.height = order[i];
        if (taken == SLHDSA_BATCH || i + 1 == params->len) {
            slhdsa_chains(ctx, chain, taken, SLHDSA_FROM_VALUE, NUM_STEPS);
            taken = 0;
        }
    }
    compress_keys(ctx, key, leaf, ends, 1);
}
