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
 * Two attempts are made at a time where two challenges are hashed in the time of one. The second
 * counts only if the first was rejected, so signatures are those of one attempt after the other.
 *
 * The challenge is treated as public even in a rejected attempt: it is a hash of mu and w1, and w1
 * has more entropy than can be guessed.
 */
#include <stdbool.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mldsa/challenge.h"
#include "crypto/mldsa/hint.h"
#include "crypto/mldsa/key.h"
#include "crypto/mldsa/masks.h"
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

/* Everything secret that signing holds; wiped as a whole. */
struct signer {
    const struct mldsa_private *priv;
    const struct mldsa_params *params;
    const struct mldsa_impl *impl;
    struct attempt attempt[MLDSA_MAX_AT_ONCE];
    struct mldsa_masks masks;
    struct mldsa_poly y_hat[MLDSA_MAX_L]; /* y in the NTT domain */
    struct mldsa_poly c_hat;
    struct mldsa_poly product;
};

/* y for all attempts. */
static void sample_y(struct signer *s)
{
    const unsigned l = s->params->l;

    mldsa_masks_need(&s->masks, s->impl->num_at_once * l);
    for (unsigned n = 0; n < s->impl->num_at_once; n++)
        s->attempt[n].z = &s->masks.y[n * l];
}

/* w = A y, its low bits, and its high bits encoded. */
static void commit(struct signer *s, struct attempt *a)
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
static void make_challenges(struct signer *s, const uint8_t mu[MLDSA_MU_LEN])
{
    struct mldsa_commitment *commitment[MLDSA_MAX_AT_ONCE] = {NULL};
    struct mldsa_challenge *c[MLDSA_MAX_AT_ONCE] = {NULL};
    const uint8_t *hash[MLDSA_MAX_AT_ONCE] = {NULL};
    /* Without lanes, masks that may not be needed would cost as much as those that are. */
    struct mldsa_masks *beside = s->impl->num_at_once > 1 ? &s->masks : NULL;

    for (unsigned n = 0; n < s->impl->num_at_once; n++) {
        commitment[n] = &s->attempt[n].commitment;
        hash[n] = commitment[n]->hash;
        c[n] = &s->attempt[n].c;
    }
    mldsa_hash_commitments(s->params, commitment, s->impl->num_at_once, mu, beside);
    /* Public: see the head of the file. */
    for (unsigned n = 0; n < s->impl->num_at_once; n++)
        CT_PUBLIC(hash[n], s->params->challenge_len);
    mldsa_sample_balls(s->params, c, s->impl->num_at_once, hash, beside);
}

/* r0 = low bits of w - c s2. False if it is too large. */
static bool subtract_cs2(const struct signer *s, struct attempt *a)
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
static bool add_cs1(const struct signer *s, struct attempt *a)
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
static bool make_hints(struct signer *s, struct attempt *a)
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

/* The next attempts: the first that succeeded, or NULL. r0 rejects most and so comes first. */
static struct attempt *next_attempts(struct signer *s, const uint8_t mu[MLDSA_MU_LEN])
{
    sample_y(s);
    for (unsigned n = 0; n < s->impl->num_at_once; n++)
        commit(s, &s->attempt[n]);
    make_challenges(s, mu);
    for (unsigned n = 0; n < s->impl->num_at_once; n++) {
        struct attempt *a = &s->attempt[n];
        if (subtract_cs2(s, a) && add_cs1(s, a) && make_hints(s, a))
            return a;
    }
    mldsa_masks_drop(&s->masks, s->impl->num_at_once * s->params->l);
    return NULL;
}

/* Algorithm 26. */
static void encode_signature(const struct signer *s, const struct attempt *a, uint8_t *sig)
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
static void start(struct signer *s, const struct mldsa_private *priv,
                  const uint8_t mu[MLDSA_MU_LEN], const uint8_t rnd[MLDSA_RND_LEN])
{
    uint8_t seed[MLDSA_MASK_SEED_LEN];
    struct span in[] = {
        span(priv->sk + MLDSA_SK_KEY, MLDSA_KEY_LEN),
        span(rnd, MLDSA_RND_LEN),
        span(mu, MLDSA_MU_LEN),
    };

    s->priv = priv;
    s->params = priv->params;
    s->impl = mldsa_impl();
    shake256(seed, sizeof(seed), in, 3);
    mldsa_masks_init(&s->masks, s->params, seed);
    WIPE(seed);
}

enum pqhw_status mldsa_sign_mu(const struct mldsa_private *priv, uint8_t *sig,
                               const uint8_t mu[MLDSA_MU_LEN], const uint8_t rnd[MLDSA_RND_LEN])
{
    enum pqhw_status status = PQHW_INTERNAL;
    WORKSPACE struct signer s;

    start(&s, priv, mu, rnd);
    for (unsigned n = 0; n < MAX_ATTEMPTS; n += s.impl->num_at_once) {
        struct attempt *accepted = next_attempts(&s, mu);
        if (accepted != NULL) {
            encode_signature(&s, accepted, sig);
            status = PQHW_OK;
            break;
        }
    }
    if (status != PQHW_OK)
        memset(sig, 0, priv->params->sizes.sig_len);
    WIPE(s);
    return status;
}
