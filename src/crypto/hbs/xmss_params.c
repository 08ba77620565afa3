/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameter sets. The registry counts them hash by hash, and for each hash shape by shape.
 */
#include "crypto/hbs/xmss.h"

/* RFC 8391, 5.1; SP 800-208, 5.1 to 5.4. */
static const struct {
    enum hbs_alg alg;
    unsigned n;
    unsigned pad_len;
} hashes[] = {
    {HBS_SHA256, 32, 32},   /* XMSS-SHA2_…_256 */
    {HBS_SHA512, 64, 64},   /* XMSS-SHA2_…_512 */
    {HBS_SHAKE128, 32, 32}, /* XMSS-SHAKE_…_256 */
    {HBS_SHAKE256, 64, 64}, /* XMSS-SHAKE_…_512 */
    {HBS_SHA256, 24, 4},    /* XMSS-SHA2_…_192 */
    {HBS_SHAKE256, 32, 32}, /* XMSS-SHAKE256_…_256 */
    {HBS_SHAKE256, 24, 4},  /* XMSS-SHAKE256_…_192 */
};

struct shape {
    unsigned height;
    unsigned layers;
    unsigned tree_height;
    unsigned index_len;
};

/* RFC 8391, 5.3 and 5.4. */
static const struct shape single[] = {
    {10, 1, 10, 4},
    {16, 1, 16, 4},
    {20, 1, 20, 4},
};
static const struct shape multi[] = {
    {20, 2, 10, 3}, {20, 4, 5, 3},  {40, 2, 20, 5}, {40, 4, 10, 5},
    {40, 8, 5, 5},  {60, 3, 20, 8}, {60, 6, 10, 8}, {60, 12, 5, 8},
};

#define NUM_HASHES (sizeof(hashes) / sizeof(hashes[0]))
#define NUM_SINGLE (sizeof(single) / sizeof(single[0]))
#define NUM_MULTI  (sizeof(multi) / sizeof(multi[0]))

#define OID_LEN         4
#define CHECKSUM_DIGITS 3 /* len_2 for each n */

bool xmss_params_find(struct xmss_params *out, enum xmss_kind kind, uint32_t oid)
{
    size_t num_shapes = kind == XMSS_SINGLE ? NUM_SINGLE : NUM_MULTI;

    if (oid < 1 || oid > NUM_HASHES * num_shapes)
        return false;
    size_t hash = kind == XMSS_SINGLE ? (oid - 1) / NUM_SINGLE : (oid - 1) / NUM_MULTI;
    size_t which = oid - 1 - hash * num_shapes;
    const struct shape *shape = kind == XMSS_SINGLE ? &single[which] : &multi[which];
    unsigned n = hashes[hash].n;
    unsigned num_chains = 2 * n + CHECKSUM_DIGITS;
    *out = (struct xmss_params){
        .oid = oid,
        .alg = hashes[hash].alg,
        .n = n,
        .height = shape->height,
        .layers = shape->layers,
        .tree_height = shape->tree_height,
        .pad_len = hashes[hash].pad_len,
        .index_len = shape->index_len,
        .num_chains = num_chains,
        .pk_len = OID_LEN + 2 * n,
        .sig_len = shape->index_len + (size_t)n * (1 + shape->layers * num_chains + shape->height),
    };
    return true;
}
