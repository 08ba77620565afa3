/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/tree.h"

#include <string.h>

/* out = a a* + b b*, whose imaginary parts are zero. */
static void add_norms(fpr *out, const fpr *a, const fpr *b, unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);

    for (unsigned j = 0; j < half_n; j++) {
        out[j] = fpr_add(fpc_norm(fpc_load(a, j, half_n)), fpc_norm(fpc_load(b, j, half_n)));
        out[j + half_n] = FPR_ZERO;
    }
}

/* out = a c* + b d* */
static void add_products(fpr *out, const fpr *const a[4], unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);

    for (unsigned j = 0; j < half_n; j++) {
        struct fpc x = fpc_mul(fpc_load(a[0], j, half_n), fpc_conjugate(fpc_load(a[2], j, half_n)));
        struct fpc y = fpc_mul(fpc_load(a[1], j, half_n), fpc_conjugate(fpc_load(a[3], j, half_n)));

        fpc_store(out, j, half_n, fpc_add(x, y));
    }
}

/*
 * Algorithm 8, LDL*, of the matrix ((g00, g01), (g01*, g11)): l10 and d11. d00 is g00.
 */
static void decompose(fpr *d11, fpr *l10, const fpr *const g[3], unsigned log_n)
{
    const unsigned half_n = 1u << (log_n - 1);
    fpr *scale = l10;

    for (unsigned j = 0; j < half_n; j++)
        scale[j] = fpc_norm(fpc_load(g[0], j, half_n));
    fpr_invert_each(scale, half_n);
    for (unsigned j = 0; j < half_n; j++) {
        struct fpc g00 = fpc_load(g[0], j, half_n);
        struct fpc g01 = fpc_load(g[1], j, half_n);
        struct fpc inverse = {fpr_mul(g00.re, scale[j]), fpr_mul(fpr_neg(g00.im), scale[j])};
        struct fpc mu = fpc_mul(g01, inverse);
        struct fpc d = fpc_sub(fpc_load(g[2], j, half_n), fpc_mul(mu, fpc_conjugate(g01)));

        fpc_store(d11, j, half_n, d);
        fpc_store(l10, j, half_n, fpc_conjugate(mu));
    }
}

/*
 * Algorithm 9, ffLDL*, of the matrix ((g0, g1), (g1*, g0)), which are overwritten. temp has room
 * for n numbers.
 */
static void build(fpr *tree, fpr *g0, fpr *g1, unsigned log_n, fpr *temp)
{
    const unsigned n = 1u << log_n;

    if (log_n == 0) {
        tree[0] = g0[0];
        return;
    }
    decompose(temp, tree, (const fpr *const[3]){g0, g1, g0}, log_n);
    falcon_portable_split(g1, g1 + n / 2, g0, log_n);
    falcon_portable_split(g0, g0 + n / 2, temp, log_n);
    build(tree + n, g1, g1 + n / 2, log_n - 1, temp);
    build(tree + n + falcon_tree_len(log_n - 1), g0, g0 + n / 2, log_n - 1, temp);
}

/*
 * The leaves become 1 / sigma' = sqrt(leaf) / sigma (Algorithm 4, step 7). Returns 1 if all sigma'
 * are between sigma_min and sigma_max, else 0.
 */
static uint32_t normalize(fpr *tree, unsigned log_n, const struct falcon_params *params)
{
    if (log_n == 0) {
        /* 1 / sigma_max, where sigma_max is 1.8205 */
        const fpr lowest = fpr_from_bits(0x3fe193dcd8464f73);
        fpr leaf = fpr_mul(fpr_sqrt(tree[0]), fpr_from_bits(params->inverse_sigma_bits));

        tree[0] = leaf;
        return (uint32_t)fpr_less(lowest, leaf) &
               (uint32_t)fpr_less(fpr_mul(leaf, fpr_from_bits(params->sigma_min_bits)), FPR_ONE);
    }
    fpr *left = tree + ((size_t)1 << log_n);

    return normalize(left, log_n - 1, params) &
           normalize(left + falcon_tree_len(log_n - 1), log_n - 1, params);
}

bool falcon_tree_build(fpr *tree, const fpr *b, const struct falcon_params *params,
                       struct falcon_tree_room *room)
{
    const unsigned log_n = params->log_n;
    const unsigned n = params->n;
    const fpr *b00 = b, *b01 = b + n, *b10 = b + 2 * n, *b11 = b + 3 * n;
    fpr *g00 = room->sk_gram[0], *g01 = room->sk_gram[1];
    fpr *g11 = room->sk_gram[2], *d11 = room->sk_gram[3];

    add_norms(g00, b00, b01, log_n);
    add_products(g01, (const fpr *const[4]){b00, b01, b10, b11}, log_n);
    add_norms(g11, b10, b11, log_n);

    decompose(d11, tree, (const fpr *const[3]){g00, g01, g11}, log_n);
    falcon_portable_split(g01, g01 + n / 2, g00, log_n);
    falcon_portable_split(g11, g11 + n / 2, d11, log_n);
    build(tree + n, g01, g01 + n / 2, log_n - 1, room->sk_temp);
    build(tree + n + falcon_tree_len(log_n - 1), g11, g11 + n / 2, log_n - 1, room->sk_temp);
    return normalize(tree, log_n, params) != 0;
}
