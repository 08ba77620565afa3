/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/slhdsa/fors.h"

#include <string.h>

/* Algorithm 4 with b = a: which leaf of each tree the digest selects. */
static void select_leaves(const struct slhdsa_params *params, uint32_t leaves[SLHDSA_MAX_K],
                          const uint8_t *md)
{
    uint32_t total = 0;
    unsigned bits = 0;

    for (unsigned i = 0; i < params->k; i++) {
        while (bits < params->fors_height) {
            total = total << 8 | *md++;
            bits += 8;
        }
        bits -= params->fors_height;
        leaves[i] = total >> bits & ((1u << params->fors_height) - 1);
    }
}

static void compress_roots(const struct slhdsa_context *ctx, const struct slhdsa_adrs *adrs,
                           uint8_t *pk, const uint8_t *roots)
{
    const struct slhdsa_params *params = ctx->params;
    struct slhdsa_input input = {
        .adrs = {.tree = adrs->tree, .type = SLHDSA_FORS_ROOTS, .key_pair = adrs->key_pair},
        .in = roots,
        .out = pk,
    };

    slhdsa_tweak(ctx, &input, 1, (size_t)params->k * params->n);
}

/* The leaves first … first + num - 1, counted through all trees, and the secret value of one of
 * them if it is among them. */
static void make_leaves(const struct slhdsa_context *ctx, struct slhdsa_adrs adrs, uint8_t *nodes,
                        uint32_t first, size_t num, uint32_t selected, uint8_t *secret)
{
    const size_t n = ctx->params->n;
    struct slhdsa_chain chain[SLHDSA_BATCH];

    for (size_t done = 0; done < num;) {
        size_t take = 0;

        for (; take < SLHDSA_BATCH && done < num; take++, done++) {
            adrs.index = first + (uint32_t)done;
            chain[take] = (struct slhdsa_chain){
                .adrs = adrs,
                .value = nodes + done * n,
                .seen = adrs.index == selected ? secret : NULL,
            };
        }
        slhdsa_chains(ctx, chain, take, SLHDSA_FROM_SECRET, 1);
    }
}

/* One tree: its root, and the signature's part of it, secret value and path. */
static void sign_tree(const struct slhdsa_context *ctx, struct slhdsa_fors_room *room,
                      const struct slhdsa_adrs *adrs, uint8_t *root, uint8_t *sig, unsigned tree,
                      uint32_t leaf)
{
    const size_t n = ctx->params->n;
    const unsigned height = ctx->params->fors_height;
    const unsigned part = height < SLHDSA_FORS_PART ? height : SLHDSA_FORS_PART;
    const unsigned top = height - part;
    const uint32_t first = (uint32_t)tree << height;
    const size_t num = (size_t)1 << part;

    for (uint32_t i = 0; i < 1u << top; i++) {
        const uint32_t begin = first + (i << part);

        make_leaves(ctx, *adrs, room->part, begin, num, first + leaf, sig);
        slhdsa_tree_grow(ctx, adrs, room->part, part, 0, begin);
        memcpy(room->top + i * n, slhdsa_tree_root(room->part, part, n), n);
        if (leaf >> part == i)
            slhdsa_tree_path(sig + n, room->part, part, n, leaf & (uint32_t)(num - 1));
    }
    slhdsa_tree_grow(ctx, adrs, room->top, top, part, first >> part);
    slhdsa_tree_path(sig + (1 + part) * n, room->top, top, n, leaf >> part);
    memcpy(root, slhdsa_tree_root(room->top, top, n), n);
}

void slhdsa_fors_sign(const struct slhdsa_context *ctx, struct slhdsa_fors_room *room,
                      const struct slhdsa_adrs *adrs, uint8_t *pk, uint8_t *sig, const uint8_t *md)
{
    const struct slhdsa_params *params = ctx->params;
    struct slhdsa_adrs node = *adrs;
    uint8_t roots[SLHDSA_MAX_K * SLHDSA_MAX_N];
    uint32_t leaves[SLHDSA_MAX_K];

    node.type = SLHDSA_FORS_TREE;
    select_leaves(params, leaves, md);
    for (unsigned i = 0; i < params->k; i++) {
        sign_tree(ctx, room, &node, roots + (size_t)i * params->n, sig, i, leaves[i]);
        sig += (size_t)(params->fors_height + 1) * params->n;
    }
    compress_roots(ctx, adrs, pk, roots);
}

/* The roots of num <= SLHDSA_BATCH trees from their part of the signature, side by side. */
static void recover_roots(const struct slhdsa_context *ctx, struct slhdsa_adrs adrs, uint8_t *roots,
                          const uint8_t *sig, unsigned first, size_t num, const uint32_t *leaves)
{
    const size_t n = ctx->params->n;
    const unsigned height = ctx->params->fors_height;
    struct slhdsa_chain chain[SLHDSA_BATCH];
    struct slhdsa_climb climb[SLHDSA_BATCH];

    for (size_t i = 0; i < num; i++, sig += (height + 1) * n) {
        adrs.index = ((first + (uint32_t)i) << height) + leaves[i];
        memcpy(roots + i * n, sig, n);
        chain[i] = (struct slhdsa_chain){.adrs = adrs, .value = roots + i * n};
        climb[i] = (struct slhdsa_climb){adrs, roots + i * n, sig + n};
    }
    slhdsa_chains(ctx, chain, num, SLHDSA_FROM_VALUE, 1);
    for (unsigned z = 0; z < height; z++)
        slhdsa_tree_climb(ctx, climb, num);
}

void slhdsa_fors_recover(const struct slhdsa_context *ctx, const struct slhdsa_adrs *adrs,
                         uint8_t *pk, const uint8_t *sig, const uint8_t *md)
{
    const struct slhdsa_params *params = ctx->params;
    const size_t tree_len = (size_t)(params->fors_height + 1) * params->n;
    struct slhdsa_adrs node = *adrs;
    uint8_t roots[SLHDSA_MAX_K * SLHDSA_MAX_N];
    uint32_t leaves[SLHDSA_MAX_K];

    node.type = SLHDSA_FORS_TREE;
    select_leaves(params, leaves, md);
    for (unsigned done = 0; done < params->k; done += SLHDSA_BATCH) {
        const size_t left = params->k - done;

        recover_roots(ctx, node, roots + (size_t)done * params->n, sig + done * tree_len, done,
                      left < SLHDSA_BATCH ? left : SLHDSA_BATCH, leaves + done);
    }
    compress_roots(ctx, adrs, pk, roots);
}
