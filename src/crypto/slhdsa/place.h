/* SPDX-License-Identifier: Apache-2.0
 *
 * What the digest of a message selects (FIPS 205, Algorithm 19, steps 6 to 10). Public. Inside
 * SLH-DSA.
 */
#ifndef CRYPTO_SLHDSA_PLACE_H
#define CRYPTO_SLHDSA_PLACE_H

#include "crypto/slhdsa/params.h"

/* The key of the lowest layer; then, going up, that of each layer. */
struct slhdsa_place {
    uint64_t tree;
    uint32_t leaf;
};

/* The last `bits` <= 64 bits of a big-endian number of whole bytes. */
static inline uint64_t slhdsa_last_bits(const uint8_t *bytes, unsigned bits)
{
    uint64_t x = 0;

    for (unsigned i = 0; i < slhdsa_bits_to_bytes(bits); i++)
        x = x << 8 | bytes[i];
    return bits == 64 ? x : x & (((uint64_t)1 << bits) - 1);
}

static inline struct slhdsa_place slhdsa_place_of(const struct slhdsa_params *params,
                                                  const uint8_t *digest)
{
    const unsigned tree_bits = (params->d - 1) * params->tree_height;
    const uint8_t *tree = digest + slhdsa_bits_to_bytes(params->k * params->fors_height);
    const uint8_t *leaf = tree + slhdsa_bits_to_bytes(tree_bits);

    return (struct slhdsa_place){
        .tree = slhdsa_last_bits(tree, tree_bits),
        .leaf = (uint32_t)slhdsa_last_bits(leaf, params->tree_height),
    };
}

static inline void slhdsa_place_up(const struct slhdsa_params *params, struct slhdsa_place *place)
{
    place->leaf = (uint32_t)(place->tree & (((uint64_t)1 << params->tree_height) - 1));
    place->tree >>= params->tree_height;
}

#endif
