/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing (FIPS 204, Algorithm 7).
 *
 * What an attempt at a signature shows: whether it was rejected, and by which polynomial of r0 or z
 * or, later, by c t0 and the hints; never by which coefficient, nor on which side of the bound it
 * was. That says nothing about the key, for the same reason for which the number of attempts does
 * not: a coefficient of y or of the low bits of w is uniform, and of the values that it can have
 * the same number is accepted whatever is added to it, as long as that is at most beta. (c t0 is no
 * secret at all: t0 follows from a few signatures.)
 *
 * Several signatures are in the making at a time, an attempt at each, and their masks and
 * challenges are hashed side by side. For the last one alone two attempts are made at a time, where
 * two challenges are hashed in the time of one. The second counts only if the first was rejected,
 * so signatures are those of one attempt after the other.
 *
 * The challenge is treated as public even in a rejected attempt: it is a hash of mu and w1, and w1
 * has more entropy than can be guessed.
 */
#include <stdbool.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mldsa/group.h"
#include "crypto/mldsa/hint.h"
#include "crypto/mldsa/key.h"
#include "crypto/workspace.h"

/* FIPS 204, Appendix C: more attempts have a probability below 2^-256. */
#define MAX_ATTEMPTS 814

struct attempt {
    struct mldsa_poly *z;               /* l: y, then z = y + c s1 */
    struct mldsa_poly low[MLDSA_MAX_K]; /* low bits of w, then minus c s2, then plus c t0 */
    struct mldsa_commitment commitment;
    struct mldsa_challenge c;
    uint8_t hint[MLDSA_MAX_K][MLDSA_HINT_LEN];
};

/* A signature in the making, and everything secret that it takes; wiped as a whole. */
struct mldsa_sign_room {
    struct mldsa_sign_item *item;
    const struct mldsa_private *priv;
    const struct mldsa_params *params;
    const struct mldsa_impl *impl;
    unsigned num_attempts; /* so far */
    struct attempt attempt[MLDSA_MAX_AT_ONCE];
    struct mldsa_masks masks;
    struct mldsa_poly y_hat[MLDSA_MAX_L]; /* y in the NTT domain */
    struct mldsa_poly c_hat;
    struct mldsa_poly product;
};

/* A round of attempts: each at every signature in hand. */
struct round {
    struct mldsa_sign_room *const *of;
    unsigned num;
    unsigned each;
};

/* y for all attempts. */
static void sample_y(const struct round *round, struct mldsa_mask_pool *pool)
{
    pool->num = round->num;
    for (unsigned n = 0; n < round->num; n++) {
        struct mldsa_sign_room *s = round->of[n];

        s->masks.num_needed = round->each * s->params->l;
        pool->of[n] = &s->masks;
    }
    mldsa_masks_need(pool);
    for (unsigned n = 0; n < round->num; n++) {
        struct mldsa_sign_room *s = round->of[n];

        for (unsigned i = 0; i < round->each; i++)
            s->attempt[i].z = &s->masks.y[i * s->params->l];
    }
}

/* w = A y, its low bits, and its high bits encoded. */
static void commit(struct mldsa_sign_room *s, struct attempt *a)
{
    const struct mldsa_params *params = s->params;
    const size_t w1_len = mldsa_packed_len(params->w1_bits);
    struct mldsa_poly *w1 = &s->product;

    for (unsigned j = 0; j < params->l; j++) {
        s->y_hat[j] = a->z[j];
        s->impl->ntt(&s->y_hat[j]);
    }
    for (unsigned i = 0; i < params->k; i++) {
        struct mldsa_poly *w = &a->low[i];
        s->impl->pointwise_acc(w, mldsa_private_row(s->priv, i), s->y_hat, params->l);
        s->impl->intt(w);
        s->impl->decompose(params, w1, w, w);
        s->impl->pack(a->commitment.w1_encoded + i * w1_len, w1, params->w1_bits);
    }
}

/* The challenges of all attempts. */
static void make_challenges(const struct round *round, struct mldsa_mask_pool *pool)
{
    struct mldsa_commitment *commitment[KECCAK_MAX_WIDTH] = {NULL};
    struct mldsa_ball ball[KECCAK_MAX_WIDTH] = {0};
    unsigned num = 0;
    /* Without lanes, masks that may not be needed would cost as much as those that are. */
    struct mldsa_mask_pool *beside = keccak_lanes_width() > 1 ? pool : NULL;

    for (unsigned n = 0; n < round->num; n++) {
        struct mldsa_sign_room *s = round->of[n];

        for (unsigned i = 0; i < round->each; i++, num++) {
            struct attempt *a = &s->attempt[i];

            a->commitment.params = s->params;
            a->commitment.mu = s->item->mu;
            commitment[num] = &a->commitment;
            ball[num] = (struct mldsa_ball){s->params, a->commitment.hash, &a->c};
        }
    }
    mldsa_hash_commitments(commitment, num, beside);
    /* Public: see the head of the file. */
    for (unsigned n = 0; n < num; n++)
        CT_PUBLIC(ball[n].hash, ball[n].params->challenge_len);
    mldsa_sample_balls(ball, num, beside);
}

/* r0 = low bits of w - c s2. False if it is too large. */
static bool subtract_cs2(const struct mldsa_sign_room *s, struct attempt *a)
{
    const int32_t bound = s->params->gamma2 - s->params->beta;
    const struct mldsa_short *minus_s2 = mldsa_private_minus_s2(s->priv);

    for (unsigned i = 0; i < s->params->k; i++) {
        uint32_t rejected = s->impl->add_product(&a->low[i], &a->c, &minus_s2[i], bound);
        /* Which polynomial is rejected is independent of the key. */
        CT_PUBLIC(&rejected, sizeof(rejected));
        if (rejected != 0)
            return false;
    }
    return true;
}

/* z = y + c s1. False if it is too large. */
static bool add_cs1(const struct mldsa_sign_room *s, struct attempt *a)
{
    const int32_t bound = s->params->gamma1 - s->params->beta;
    const struct mldsa_short *s1 = mldsa_private_s1(s->priv);

    for (unsigned j = 0; j < s->params->l; j++) {
        uint32_t rejected = s->impl->add_product(&a->z[j], &a->c, &s1[j], bound);
        /* Which polynomial is rejected is independent of the key. */
        CT_PUBLIC(&rejected, sizeof(rejected));
        if (rejected != 0)
            return false;
    }
    return true;
}

/* False if c t0 is too large or there are more than omega hints. */
static bool make_hints(struct mldsa_sign_room *s, struct attempt *a)
{
    const struct mldsa_params *params = s->params;
    const struct mldsa_poly *t0 = mldsa_private_t0(s->priv);
    const size_t w1_len = mldsa_packed_len(params->w1_bits);
    struct mldsa_poly *w1 = &s->y_hat[0];
    uint32_t rejected = 0;
    uint32_t num_hints = 0;

    mldsa_challenge_expand(&s->c_hat, &a->c);
    s->impl->ntt(&s->c_hat);
    for (unsigned i = 0; i < params->k; i++) {
        s->impl->pointwise_acc(&s->product, &t0[i], &s->c_hat, 1);
        s->impl->intt(&s->product);
        /* c t0 is below q / 2, so this is its true value. */
        mldsa_poly_center(&s->product);
        rejected |= s->impl->norm_exceeds(&s->product, params->gamma2);
        mldsa_poly_add(&a->low[i], &s->product);
        s->impl->unpack(w1, a->commitment.w1_encoded + i * w1_len, params->w1_bits);
        num_hints += s->impl->make_hint(params, a->hint[i], w1, &a->low[i]);
    }
    rejected |= 0u - ((params->omega - num_hints) >> 31);
    /* The number of attempts is independent of the key. */
    CT_PUBLIC(&rejected, sizeof(rejected));
    return rejected == 0;
}

/* Algorithm 26. */
static void encode_signature(const struct mldsa_sign_room *s, const struct attempt *a, uint8_t *sig)
{
    const struct mldsa_params *params = s->params;
    size_t z_len = mldsa_packed_len(params->z_bits);

    /* The attempt was accepted: these are the signature. */
    CT_PUBLIC(a->z, params->l * sizeof(a->z[0]));
    CT_PUBLIC(a->hint, sizeof(a->hint));
    memcpy(sig, a->commitment.hash, params->challenge_len);
    sig += params->challenge_len;
    for (unsigned j = 0; j < params->l; j++, sig += z_len)
        s->impl->pack_from(sig, &a->z[j], params->z_bits, params->gamma1);
    mldsa_hint_pack(params, sig, a->hint);
}

/* With rho'', from which every y is sampled. */
static void start(struct mldsa_sign_room *s, struct mldsa_sign_item *item)
{
    uint8_t seed[MLDSA_MASK_SEED_LEN];
    struct span in[] = {
        span(item->priv->sk + MLDSA_SK_KEY, MLDSA_KEY_LEN),
        span(item->rnd, MLDSA_RND_LEN),
        span(item->mu, MLDSA_MU_LEN),
    };

    s->item = item;
    s->priv = item->priv;
    s->params = item->priv->params;
    s->impl = mldsa_impl();
    s->num_attempts = 0;
    shake256(seed, sizeof(seed), in, 3);
    mldsa_masks_init(&s->masks, s->params, seed);
    WIPE(seed);
}

/* The next attempts at all signatures. */
static void make_attempts(const struct round *round)
{
    struct mldsa_mask_pool pool;

    sample_y(round, &pool);
    for (unsigned n = 0; n < round->num; n++)
        for (unsigned i = 0; i < round->each; i++)
            commit(round->of[n], &round->of[n]->attempt[i]);
    make_challenges(round, &pool);
}

/* The first of the attempts that succeeded, or NULL. r0 rejects most and so comes first. */
static struct attempt *first_accepted(struct mldsa_sign_room *s, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        struct attempt *a = &s->attempt[i];

        if (subtract_cs2(s, a) && add_cs1(s, a) && make_hints(s, a))
            return a;
    }
    return NULL;
}

/* Give out the signature if it is made, and whether its item is done. */
static bool finish(struct mldsa_sign_room *s, unsigned num_made)
{
    struct mldsa_sign_item *item = s->item;
    struct attempt *accepted = first_accepted(s, num_made);

    s->num_attempts += num_made;
    if (accepted == NULL && s->num_attempts < MAX_ATTEMPTS) {
        mldsa_masks_drop(&s->masks, num_made * s->params->l);
        return false;
    }
    if (accepted != NULL)
        encode_signature(s, accepted, item->sig);
    else
        memset(item->sig, 0, s->params->sizes.sig_len);
    item->status = accepted != NULL ? PQHW_OK : PQHW_INTERNAL;
    WIPE(*s);
    return true;
}

const size_t mldsa_sign_room_size = sizeof(struct mldsa_sign_room);

void mldsa_sign_stream(struct mldsa_sign_item item[], size_t num, struct mldsa_sign_room *room,
                       unsigned num_rooms)
{
    struct mldsa_sign_room *of[KECCAK_MAX_WIDTH] = {NULL}; /* those in hand come first */
    unsigned num_in_hand = 0;
    size_t num_begun = 0;

    for (unsigned n = 0; n < num_rooms; n++)
        of[n] = &room[n];
    while (num_in_hand > 0 || num_begun < num) {
        struct round round = {.of = of};

        while (num_in_hand < num_rooms && num_begun < num)
            start(of[num_in_hand++], &item[num_begun++]);
        round.num = num_in_hand;
        round.each = num_in_hand == 1 ? mldsa_impl()->num_at_once : 1;
        make_attempts(&round);
        for (unsigned n = num_in_hand; n-- > 0;) {
            struct mldsa_sign_room *done = of[n];

            if (!finish(done, round.each))
                continue;
            of[n] = of[--num_in_hand];
            of[num_in_hand] = done;
        }
    }
}

enum pqhw_status mldsa_sign_mu(const struct mldsa_private *priv, uint8_t *sig,
                               const uint8_t mu[MLDSA_MU_LEN], const uint8_t rnd[MLDSA_RND_LEN])
{
    struct mldsa_sign_item item = {.priv = priv, .sig = sig, .mu = mu, .rnd = rnd};
    WORKSPACE struct mldsa_sign_room room;

    mldsa_sign_stream(&item, 1, &room, 1);
    wipe_stack();
    return item.status;
}
