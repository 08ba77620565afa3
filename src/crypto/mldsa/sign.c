/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing (FIPS 204, Algorithm 7).
 *
 * What an attempt at a signature shows: that it was rejected, either by the norms of z and r0
 * together or, later, by c t0 and the hints; never which norm or coefficient it was. The challenge
 * is treated as public even in a rejected attempt: it is a hash of mu and w1, and w1 has more
 * entropy than can be guessed.
 */
#include <stdbool.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mldsa/challenge.h"
#include "crypto/mldsa/key.h"
#include "crypto/mldsa/rounding.h"
#include "crypto/mldsa/sample.h"

/* FIPS 204, Appendix C: more attempts have a probability below 2^-256. */
#define MAX_ATTEMPTS 814

/* Everything secret that signing holds; wiped as a whole. */
struct attempt {
    const struct mldsa_private *priv;
    const struct mldsa_params *params;
    const struct mldsa_impl *impl;
    struct mldsa_poly z[MLDSA_MAX_L];     /* y, then z = y + c s1 */
    struct mldsa_poly y_hat[MLDSA_MAX_L]; /* y in the NTT domain */
    struct mldsa_poly low[MLDSA_MAX_K];   /* low bits of w, then minus c s2, then plus c t0 */
    struct mldsa_poly high[MLDSA_MAX_K];  /* w1, then the hints */
    struct mldsa_poly c;                  /* NTT domain */
    struct mldsa_poly product;
    struct keccak hash;
    uint8_t packed[MLDSA_MAX_W1_LEN];
    uint8_t mask_seed[MLDSA_SECRET_SEED_LEN]; /* rho'' */
    uint8_t challenge[MLDSA_MAX_CHALLENGE];
};

/* y from its seed, w = A y and its high and low bits. */
static void commit(struct attempt *a, unsigned kappa)
{
    const struct mldsa_params *params = a->params;

    for (unsigned j = 0; j < params->l; j++) {
        mldsa_sample_mask(params, &a->z[j], a->mask_seed, kappa + j);
        a->y_hat[j] = a->z[j];
        a->impl->ntt(&a->y_hat[j]);
    }
    for (unsigned i = 0; i < params->k; i++) {
        struct mldsa_poly *w = &a->low[i];
        a->impl->pointwise_acc(w, mldsa_private_row(a->priv, i), a->y_hat, params->l);
        a->impl->intt(w);
        mldsa_poly_canonical(w);
        mldsa_decompose(params, &a->high[i], &a->low[i], w);
    }
}

static void make_challenge(struct attempt *a, const uint8_t mu[MLDSA_MU_LEN])
{
    mldsa_challenge_init(&a->hash, mu);
    for (unsigned i = 0; i < a->params->k; i++)
        mldsa_challenge_absorb(a->params, &a->hash, a->packed, &a->high[i]);
    keccak_squeeze(&a->hash, a->challenge, a->params->challenge_len);
    /* Public: see the head of the file. */
    CT_PUBLIC(a->challenge, sizeof(a->challenge));
    mldsa_sample_ball(a->params, &a->c, a->challenge);
    a->impl->ntt(&a->c);
}

/* product = c * s, for a short s: the true value, not only a congruent one. */
static void multiply_challenge(struct attempt *a, const struct mldsa_poly *s)
{
    a->impl->pointwise_acc(&a->product, s, &a->c, 1);
    a->impl->intt(&a->product);
}

/* z = y + c s1 and r0 = low bits of w - c s2. False if either norm is too large. */
static bool respond(struct attempt *a)
{
    const struct mldsa_params *params = a->params;
    uint32_t rejected = 0;

    for (unsigned j = 0; j < params->l; j++) {
        multiply_challenge(a, mldsa_private_s1(a->priv) + j);
        mldsa_poly_add(&a->z[j], &a->product);
        rejected |= mldsa_norm_exceeds(&a->z[j], params->gamma1 - params->beta);
    }
    for (unsigned i = 0; i < params->k; i++) {
        multiply_challenge(a, mldsa_private_s2(a->priv) + i);
        mldsa_poly_sub(&a->low[i], &a->product);
        rejected |= mldsa_norm_exceeds(&a->low[i], params->gamma2 - params->beta);
    }
    /* The number of attempts is independent of the key. */
    CT_PUBLIC(&rejected, sizeof(rejected));
    return rejected == 0;
}

/* False if c t0 is too large or there are more than omega hints. */
static bool make_hints(struct attempt *a)
{
    const struct mldsa_params *params = a->params;
    uint32_t rejected = 0;
    uint32_t num_hints = 0;

    for (unsigned i = 0; i < params->k; i++) {
        multiply_challenge(a, mldsa_private_t0(a->priv) + i);
        rejected |= mldsa_norm_exceeds(&a->product, params->gamma2);
        mldsa_poly_add(&a->low[i], &a->product);
        num_hints += mldsa_make_hint(params, &a->high[i], &a->low[i]);
    }
    rejected |= 0u - ((params->omega - num_hints) >> 31);
    /* The number of attempts is independent of the key. */
    CT_PUBLIC(&rejected, sizeof(rejected));
    return rejected == 0;
}

/* Algorithm 26. */
static void encode_signature(struct attempt *a, uint8_t *sig)
{
    const struct mldsa_params *params = a->params;
    size_t z_len = mldsa_packed_len(params->z_bits);

    /* The attempt was accepted: these are the signature. */
    CT_PUBLIC(a->z, sizeof(a->z));
    CT_PUBLIC(a->high, sizeof(a->high));
    memcpy(sig, a->challenge, params->challenge_len);
    sig += params->challenge_len;
    for (unsigned j = 0; j < params->l; j++, sig += z_len)
        mldsa_pack_from(sig, &a->z[j], params->z_bits, params->gamma1);
    mldsa_hint_pack(params, sig, a->high);
}

enum pqhw_status mldsa_sign_mu(const struct mldsa_private *priv, uint8_t *sig,
                               const uint8_t mu[MLDSA_MU_LEN], const uint8_t rnd[MLDSA_RND_LEN])
{
    const struct mldsa_params *params = priv->params;
    struct attempt a = {.priv = priv, .params = params, .impl = mldsa_impl()};
    enum pqhw_status status = PQHW_INTERNAL;
    struct span in[] = {
        span(priv->sk + MLDSA_SK_KEY, MLDSA_KEY_LEN),
        span(rnd, MLDSA_RND_LEN),
        span(mu, MLDSA_MU_LEN),
    };

    shake256(a.mask_seed, sizeof(a.mask_seed), in, 3);
    for (unsigned n = 0; n < MAX_ATTEMPTS; n++) {
        commit(&a, n * params->l);
        make_challenge(&a, mu);
        if (respond(&a) && make_hints(&a)) {
            encode_signature(&a, sig);
            status = PQHW_OK;
            break;
        }
    }
    if (status != PQHW_OK)
        memset(sig, 0, params->sizes.sig_len);
    WIPE(a);
    return status;
}
