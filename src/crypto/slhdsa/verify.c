/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification (FIPS 205, Algorithms 11, 13 and 20). Nothing here is secret.
 */
#include <string.h>

#include "crypto/slhdsa/fors.h"
#include "crypto/slhdsa/key.h"
#include "crypto/slhdsa/place.h"
#include "crypto/slhdsa/wots.h"

/* Algorithm 11: from what a layer signs, in node, to the root of its tree, there too. */
static void recover_layer(const struct slhdsa_context *ctx, unsigned layer,
                          struct slhdsa_place place, uint8_t *node, const uint8_t *sig)
{
    const struct slhdsa_params *params = ctx->params;
    struct slhdsa_adrs adrs = {.layer = layer, .tree = place.tree, .key_pair = place.leaf};
    struct slhdsa_climb climb = {
        .adrs = {.layer = layer, .tree = place.tree, .type = SLHDSA_TREE, .index = place.leaf},
        .node = node,
        .path = sig + (size_t)params->len * params->n,
    };
    uint8_t digits[SLHDSA_MAX_LEN];

    slhdsa_wots_digits(params, digits, node);
    slhdsa_wots_recover(ctx, &adrs, node, sig, digits);
    for (unsigned z = 0; z < params->tree_height; z++)
        slhdsa_tree_climb(ctx, &climb, 1);
}

enum pqhw_status slhdsa_verify_digest(const struct slhdsa_public *pub, struct span sig,
                                      const uint8_t *digest)
{
    const struct slhdsa_context *ctx = &pub->ctx;
    const struct slhdsa_params *params = ctx->params;
    struct slhdsa_place place = slhdsa_place_of(params, digest);
    struct slhdsa_adrs adrs = {.tree = place.tree, .key_pair = place.leaf};
    uint8_t node[SLHDSA_MAX_N];
    const uint8_t *part;

    if (sig.len != params->sizes.sig_len)
        return PQHW_SIGNATURE_LEN_RANGE;
    part = sig.ptr + params->n;
    slhdsa_fors_recover(ctx, &adrs, node, part, digest);
    part += slhdsa_fors_len(params);
    for (unsigned layer = 0; layer < params->d; layer++) {
        recover_layer(ctx, layer, place, node, part);
        part += slhdsa_layer_len(params);
        slhdsa_place_up(params, &place);
    }
    return span_equal(span(node, params->n), span(pub->root, params->n)) ? PQHW_OK
                                                                         : PQHW_SIGNATURE_INVALID;
}

enum pqhw_status slhdsa_verify(const struct slhdsa_public *pub, struct span sig,
                               const struct slhdsa_domain *domain, struct span message)
{
    enum pqhw_status status = PQHW_OK;
    struct slhdsa_stream stream;
    uint8_t digest[SLHDSA_MAX_DIGEST];

    REQUIRE(sig.len == pub->ctx.params->sizes.sig_len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(slhdsa_digest_init(&stream, pub, sig.ptr, domain));
    slhdsa_absorb(&stream, message.ptr, message.len);
    slhdsa_digest_final(&stream, digest);
    TRY(slhdsa_verify_digest(pub, sig, digest));
out:
    return status;
}
