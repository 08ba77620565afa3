/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: from a seed, from bytes, to bytes.
 */
#include "crypto/slhdsa/key.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/slhdsa/tree.h"
#include "crypto/slhdsa/wots.h"

size_t slhdsa_public_size(enum slhdsa_set set)
{
    (void)set;
    return sizeof(struct slhdsa_public);
}

size_t slhdsa_private_size(enum slhdsa_set set)
{
    const struct slhdsa_params *params = slhdsa_params(set);

    return sizeof(struct slhdsa_private) + slhdsa_tree_num_nodes(params->tree_height) * params->n;
}

enum pqhw_status slhdsa_public_init_with(struct slhdsa_public *pub, enum slhdsa_set set,
                                         struct span pk, const struct slhdsa_hash *hash)
{
    const struct slhdsa_params *params = slhdsa_params(set);

    if (pk.len != params->sizes.pk_len)
        return PQHW_DATA_LEN_RANGE;
    slhdsa_context_init(&pub->ctx, params, hash, pk.ptr, NULL);
    memset(pub->root, 0, sizeof(pub->root));
    memcpy(pub->root, pk.ptr + params->n, params->n);
    return PQHW_OK;
}

enum pqhw_status slhdsa_public_init(struct slhdsa_public *pub, enum slhdsa_set set, struct span pk)
{
    return slhdsa_public_init_with(pub, set, pk, slhdsa_hash());
}

void slhdsa_keygen_with(struct slhdsa_private *priv, enum slhdsa_set set, const uint8_t *seed,
                        const struct slhdsa_hash *hash)
{
    const struct slhdsa_params *params = slhdsa_params(set);
    const unsigned n = params->n;
    struct slhdsa_context *ctx = &priv->pub.ctx;
    struct slhdsa_adrs adrs = {.layer = params->d - 1};
    struct slhdsa_wots_room room;

    memset(priv, 0, sizeof(*priv));
    /* PK.seed goes into the public key. */
    CT_PUBLIC(seed + 2 * n, n);
    slhdsa_context_init(ctx, params, hash, seed + 2 * n, seed);
    memcpy(priv->sk_prf, seed + n, n);
    slhdsa_wots_leaves(ctx, &room, &adrs, 0, (size_t)1 << params->tree_height, priv->top, NULL);
    adrs.type = SLHDSA_TREE;
    slhdsa_tree_grow(ctx, &adrs, priv->top, params->tree_height, 0, 0);
    memcpy(priv->pub.root, slhdsa_tree_root(priv->top, params->tree_height, n), n);
    /* So does PK.root. */
    CT_PUBLIC(priv->pub.root, n);
    WIPE(room);
    wipe_stack();
}

void slhdsa_keygen(struct slhdsa_private *priv, enum slhdsa_set set, const uint8_t *seed)
{
    slhdsa_keygen_with(priv, set, seed, slhdsa_hash());
}

enum pqhw_status slhdsa_private_init(struct slhdsa_private *priv, enum slhdsa_set set,
                                     struct span sk)
{
    const struct slhdsa_params *params = slhdsa_params(set);
    enum pqhw_status status = PQHW_OK;
    bool same;

    REQUIRE(sk.len == params->sizes.sk_len, PQHW_DATA_LEN_RANGE);
    slhdsa_keygen(priv, set, sk.ptr);
    same = ct_equal(priv->pub.root, sk.ptr + 3 * params->n, params->n);
    /* Whether a key is well formed is the caller's answer. */
    CT_PUBLIC(&same, sizeof(same));
    REQUIRE(same, PQHW_DATA_INVALID);
out:
    if (status != PQHW_OK)
        wipe(priv, slhdsa_private_size(set));
    return status;
}

void slhdsa_private_encode(const struct slhdsa_private *priv, uint8_t *sk)
{
    const unsigned n = priv->pub.ctx.params->n;

    memcpy(sk, priv->pub.ctx.sk_seed, n);
    memcpy(sk + n, priv->sk_prf, n);
    slhdsa_public_encode(&priv->pub, sk + 2 * n);
}

void slhdsa_public_encode(const struct slhdsa_public *pub, uint8_t *pk)
{
    const unsigned n = pub->ctx.params->n;

    memcpy(pk, pub->ctx.pk_seed, n);
    memcpy(pk + n, pub->root, n);
}

const struct slhdsa_public *slhdsa_private_public(const struct slhdsa_private *priv)
{
    return &priv->pub;
}
