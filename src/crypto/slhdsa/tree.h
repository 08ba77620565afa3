/* SPDX-License-Identifier: Apache-2.0
 *
 * Merkle trees, those of XMSS and those of FORS (FIPS 205, Algorithms 9 and 15), a level at a time.
 * Inside SLH-DSA.
 */
#ifndef CRYPTO_SLHDSA_TREE_H
#define CRYPTO_SLHDSA_TREE_H

#include "crypto/slhdsa/hash.h"

/* Levels stand one after the other, the leaves first and the root last. */
static inline size_t slhdsa_tree_num_nodes(unsigned height)
{
    return ((size_t)2 << height) - 1;
}

static inline const uint8_t *slhdsa_tree_root(const uint8_t *nodes, unsigned height, size_t n)
{
    return nodes + (slhdsa_tree_num_nodes(height) - 1) * n;
}

/*
 * Fill in the levels above the leaves of a tree or of a part of one. adrs has layer, tree, type and
 * key pair; base is the height of the leaves in the whole tree, and first the index of the first of
 * them at that height.
 */
void slhdsa_tree_grow(const struct slhdsa_context *ctx, const struct slhdsa_adrs *adrs,
                      uint8_t *nodes, unsigned height, unsigned base, uint32_t first);

/* The siblings on the way from a leaf to the root: height nodes. */
void slhdsa_tree_path(uint8_t *path, const uint8_t *nodes, unsigned height, size_t n,
                      uint32_t leaf);

/* One step of the way up in verification, for num <= SLHDSA_BATCH nodes. */
struct slhdsa_climb {
    struct slhdsa_adrs adrs; /* height and index of the node */
    uint8_t *node;           /* n bytes, in and out */
    const uint8_t *path;     /* the sibling of the node; then of its parent */
};

void slhdsa_tree_climb(const struct slhdsa_context *ctx, struct slhdsa_climb *climb, size_t num);

#endif
