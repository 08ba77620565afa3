/* SPDX-License-Identifier: Apache-2.0
 *
 * A private key made ready for signing: the basis in the FFT domain, and the tree of its LDL*
 * decomposition (specification, 3.8.3).
 */
#ifndef CRYPTO_FALCON_TREE_H
#define CRYPTO_FALCON_TREE_H

#include "crypto/falcon/fft.h"

/*
 * A tree of degree n is l10, n numbers, then the left and the right tree of degree n / 2. A tree of
 * degree 1 is its leaf: 1 / sigma'.
 */
static inline size_t falcon_tree_len(unsigned log_n)
{
    return (size_t)(log_n + 1) << log_n;
}

static inline const fpr *falcon_tree_left(const fpr *tree, unsigned log_n)
{
    return tree + ((size_t)1 << log_n);
}

static inline const fpr *falcon_tree_right(const fpr *tree, unsigned log_n)
{
    return falcon_tree_left(tree, log_n) + falcon_tree_len(log_n - 1);
}

/* What the tree is computed in. */
struct falcon_tree_room {
    fpr sk_gram[4][FALCON_MAX_N];
    fpr sk_temp[2 * FALCON_MAX_N];
};

/* The tree of the basis b = ((g, -f), (G, -F)), four polynomials in the FFT domain, one after the
 * other. False if the basis is longer than any that key generation makes, for then the sampler
 * cannot do it. */
bool falcon_tree_build(fpr *tree, const fpr *b, const struct falcon_params *params,
                       struct falcon_tree_room *room);

#endif
