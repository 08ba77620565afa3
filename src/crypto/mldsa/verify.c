/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification (FIPS 204, Algorithm 8). All of it is public.
 */
#include <stdbool.h>

#include "crypto/mldsa/group.h"
#include "crypto/mldsa/hint.h"
#include "crypto/mldsa/key.h"
#include "crypto/workspace.h"

/* Algorithm 27, and the norm of z. False if the signature cannot be valid. */
static bool decode_signature(const struct mldsa_params *params, struct mldsa_verify_room *room,
                             const uint8_t *sig)
{
    const struct mldsa_impl *impl = mldsa_impl();
    const uint8_t *packed = sig + params->challenge_len;
    size_t z_len = mldsa_packed_len(params->z_bits);

    if (!mldsa_hint_unpack(params, room->hint, packed + params->l * z_len))
        return false;
    for (unsigned j = 0; j < params->l; j++) {
        impl->unpack_from(&room->z_and_c[j], packed + j * z_len, params->z_bits, params->gamma1);
        if (impl->norm_exceeds(&room->z_and_c[j], params->gamma1 - params->beta))
            return false;
    }
    return true;
}

static enum pqhw_status decode(const struct mldsa_verify_item *item, struct mldsa_verify_room *room)
{
    const struct mldsa_params *params = item->pub->params;

    if (item->sig.len != params->sizes.sig_len)
        return PQHW_SIGNATURE_LEN_RANGE;
    return decode_signature(params, room, item->sig.ptr) ? PQHW_OK : PQHW_SIGNATURE_INVALID;
}

/* w1, which the signature's z, c and hints lead to, to be hashed. */
static void recompute_w1(const struct mldsa_verify_item *item, struct mldsa_verify_room *room)
{
    const struct mldsa_params *params = item->pub->params;
    const struct mldsa_impl *impl = mldsa_impl();
    const size_t row_len = params->l + 1;
    const size_t w1_len = mldsa_packed_len(params->w1_bits);
    struct mldsa_poly w;

    mldsa_challenge_expand(&room->z_and_c[params->l], &room->c);
    for (unsigned j = 0; j < row_len; j++)
        impl->ntt(&room->z_and_c[j]);
    for (unsigned i = 0; i < params->k; i++) {
        impl->pointwise_acc(&w, item->pub->row + i * row_len, room->z_and_c, row_len);
        impl->intt(&w);
        impl->use_hint(params, &w, room->hint[i]);
        impl->pack(room->commitment.w1_encoded + i * w1_len, &w, params->w1_bits);
    }
    room->commitment.params = params;
    room->commitment.mu = item->mu;
}

void mldsa_verify_group(struct mldsa_verify_item item[], unsigned num,
                        struct mldsa_verify_room room[])
{
    struct mldsa_verify_item *good[KECCAK_MAX_WIDTH] = {NULL};
    struct mldsa_ball ball[KECCAK_MAX_WIDTH] = {0};
    struct mldsa_commitment *commitment[KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_good = 0;

    for (unsigned n = 0; n < num; n++) {
        struct mldsa_verify_room *r = &room[num_good];

        item[n].status = decode(&item[n], r);
        if (item[n].status != PQHW_OK)
            continue;
        ball[num_good] = (struct mldsa_ball){item[n].pub->params, item[n].sig.ptr, &r->c};
        commitment[num_good] = &r->commitment;
        good[num_good++] = &item[n];
    }
    mldsa_sample_balls(ball, num_good, NULL);
    for (unsigned n = 0; n < num_good; n++)
        recompute_w1(good[n], &room[n]);
    mldsa_hash_commitments(commitment, num_good, NULL);
    for (unsigned n = 0; n < num_good; n++) {
        const size_t len = good[n]->pub->params->challenge_len;

        if (!span_equal(span(commitment[n]->hash, len), span(good[n]->sig.ptr, len)))
            good[n]->status = PQHW_SIGNATURE_INVALID;
    }
}

enum pqhw_status mldsa_verify_mu(const struct mldsa_public *pub, struct span sig,
                                 const uint8_t mu[MLDSA_MU_LEN])
{
    struct mldsa_verify_item item = {.pub = pub, .sig = sig, .mu = mu};
    WORKSPACE struct mldsa_verify_room room;

    mldsa_verify_group(&item, 1, &room);
    return item.status;
}
