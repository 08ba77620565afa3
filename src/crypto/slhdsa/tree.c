/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/slhdsa/tree.h"

#include <string.h>

/* The nodes of one level from those below. */
static void grow_level(const struct slhdsa_context *ctx, struct slhdsa_adrs adrs, uint8_t *out,
                       const uint8_t *below, size_t num)
{
    const size_t n = ctx->params->n;
    struct slhdsa_input input[SLHDSA_BATCH];

    for (size_t done = 0; done < num;) {
        size_t take = 0;

        for (; take < SLHDSA_BATCH && done < num; take++, done++, adrs.index++)
            input[take] = (struct slhdsa_input){adrs, below + 2 * done * n, out + done * n};
        slhdsa_tweak(ctx, input, take, 2 * n);
    }
}

void slhdsa_tree_grow(const struct slhdsa_context *ctx, const struct slhdsa_adrs *adrs,
                      uint8_t *nodes, unsigned height, unsigned base, uint32_t first)
{
    const size_t n = ctx->params->n;
    struct slhdsa_adrs node = *adrs;

    for (unsigned z = 1; z <= height; z++) {
        const size_t num = (size_t)1 << (height - z);

        node.height = base + z;
        node.index = first >> z;
        grow_level(ctx, node, nodes + 2 * num * n, nodes, num);
        nodes += 2 * num * n;
    }
}

void slhdsa_tree_path(uint8_t *path, const uint8_t *nodes, unsigned height, size_t n, uint32_t leaf)
{
    for (unsigned z = 0; z < height; z++) {
        memcpy(path + z * n, nodes + ((leaf >> z) ^ 1) * n, n);
        nodes += ((size_t)1 << (height - z)) * n;
    }
}

void slhdsa_tree_climb(const struct slhdsa_context *ctx, struct slhdsa_climb *climb, size_t num)
{
    const size_t n = ctx->params->n;
    struct slhdsa_input input[SLHDSA_BATCH];
    uint8_t pair[SLHDSA_BATCH][2 * SLHDSA_MAX_N];

    for (size_t i = 0; i < num; i++) {
        const size_t right = climb[i].adrs.index & 1;

        memcpy(pair[i] + right * n, climb[i].node, n);
        memcpy(pair[i] + (1 - right) * n, climb[i].path, n);
        climb[i].adrs.height++;
        climb[i].adrs.index >>= 1;
        climb[i].path += n;
        input[i] = (struct slhdsa_input){climb[i].adrs, pair[i], climb[i].node};
    }
    slhdsa_tweak(ctx, input, num, 2 * n);
}
