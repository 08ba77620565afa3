/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing (FIPS 205, Algorithms 10, 12 and 19).
 */
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/slhdsa/fors.h"
#include "crypto/slhdsa/key.h"
#include "crypto/slhdsa/place.h"
#include "crypto/slhdsa/wots.h"

/* What a signature is made in. */
struct room {
    union {
        struct slhdsa_fors_room fors;
        uint8_t nodes[((2 << SLHDSA_MAX_TREE_HEIGHT) - 1) * SLHDSA_MAX_N];
    } trees;
    struct slhdsa_wots_room wots;
    struct slhdsa_wots_signature signature;
    uint8_t root[SLHDSA_MAX_N]; /* of the layer below, which is signed */
};

/* Algorithm 10 for one layer; leaves the root of its tree in room. The tree of the topmost layer is
 * at hand. */
static void sign_layer(const struct slhdsa_private *priv, struct room *room, unsigned layer,
                       struct slhdsa_place place, uint8_t *sig)
{
    const struct slhdsa_context *ctx = &priv->pub.ctx;
    const struct slhdsa_params *params = ctx->params;
    struct slhdsa_adrs adrs = {.layer = layer, .tree = place.tree};
    uint8_t *path = sig + (size_t)params->len * params->n;

    room->signature.leaf = place.leaf;
    room->signature.sig = sig;
    slhdsa_wots_digits(params, room->signature.digits, room->root);
    if (layer == params->d - 1) {
        slhdsa_wots_sign(ctx, &room->wots, &adrs, &room->signature);
        slhdsa_tree_path(path, priv->top, params->tree_height, params->n, place.leaf);
        return;
    }
    slhdsa_wots_leaves(ctx, &room->wots, &adrs, 0, (size_t)1 << params->tree_height,
                       room->trees.nodes, &room->signature);
    adrs.type = SLHDSA_TREE;
    slhdsa_tree_grow(ctx, &adrs, room->trees.nodes, params->tree_height, 0, 0);
    slhdsa_tree_path(path, room->trees.nodes, params->tree_height, params->n, place.leaf);
    memcpy(room->root, slhdsa_tree_root(room->trees.nodes, params->tree_height, params->n),
           params->n);
    /* Who has the signature computes it too. */
    CT_PUBLIC(room->root, params->n);
}

enum pqhw_status slhdsa_sign_digest(const struct slhdsa_private *priv, uint8_t *sig,
                                    const uint8_t *r, const uint8_t *digest, bool check)
{
    const struct slhdsa_context *ctx = &priv->pub.ctx;
    const struct slhdsa_params *params = ctx->params;
    struct slhdsa_place place = slhdsa_place_of(params, digest);
    struct slhdsa_adrs adrs = {.tree = place.tree, .key_pair = place.leaf};
    uint8_t *part = sig + params->n;
    enum pqhw_status status = PQHW_OK;
    struct room room;

    memcpy(sig, r, params->n);
    slhdsa_fors_sign(ctx, &room.trees.fors, &adrs, room.root, part, digest);
    /* Who has the signature computes it too. */
    CT_PUBLIC(room.root, params->n);
    part += slhdsa_fors_len(params);
    for (unsigned layer = 0; layer < params->d; layer++) {
        sign_layer(priv, &room, layer, place, part);
        part += slhdsa_layer_len(params);
        slhdsa_place_up(params, &place);
    }
    WIPE(room);
    wipe_stack();
    /* It is given out. */
    CT_PUBLIC(sig, params->sizes.sig_len);
    if (check &&
        slhdsa_verify_digest(&priv->pub, span(sig, params->sizes.sig_len), digest) != PQHW_OK) {
        memset(sig, 0, params->sizes.sig_len);
        status = PQHW_SELF_TEST_FAILED;
    }
    return status;
}

enum pqhw_status slhdsa_sign(const struct slhdsa_private *priv, uint8_t *sig,
                             const struct slhdsa_domain *domain, struct span message,
                             const uint8_t *opt_rand, bool check)
{
    enum pqhw_status status = PQHW_OK;
    struct slhdsa_stream stream;
    uint8_t r[SLHDSA_MAX_N];
    uint8_t digest[SLHDSA_MAX_DIGEST];

    TRY(slhdsa_randomizer_init(&stream, priv, opt_rand, domain));
    slhdsa_absorb(&stream, message.ptr, message.len);
    slhdsa_randomizer_final(&stream, r);
    TRY(slhdsa_digest_init(&stream, &priv->pub, r, domain));
    slhdsa_absorb(&stream, message.ptr, message.len);
    slhdsa_digest_final(&stream, digest);
    TRY(slhdsa_sign_digest(priv, sig, r, digest, check));
out:
    return status;
}
