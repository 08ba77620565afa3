/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: from a seed, from bytes, to bytes.
 */
#include "crypto/mldsa/key.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/keccak/keccak.h"
#include "crypto/mldsa/sample.h"
#include "crypto/workspace.h"

/* s1 and s2, not transformed. */
struct vectors {
    struct mldsa_poly s[MLDSA_MAX_L + MLDSA_MAX_K];
};

size_t mldsa_public_size(enum mldsa_set set)
{
    const struct mldsa_params *params = mldsa_params(set);
    size_t num_polys = (size_t)params->k * (params->l + 1);

    return sizeof(struct mldsa_public) + num_polys * sizeof(struct mldsa_poly);
}

size_t mldsa_private_size(enum mldsa_set set)
{
    const struct mldsa_params *params = mldsa_params(set);
    size_t num_polys = (size_t)params->k * (params->l + 1);
    size_t num_shorts = params->l + params->k;

    return sizeof(struct mldsa_private) + num_polys * sizeof(struct mldsa_poly) +
           num_shorts * sizeof(struct mldsa_short);
}

const uint8_t *mldsa_public_tr(const struct mldsa_public *pub)
{
    return pub->tr;
}

const uint8_t *mldsa_private_tr(const struct mldsa_private *priv)
{
    return priv->sk + MLDSA_SK_TR;
}

void mldsa_private_encode(const struct mldsa_private *priv, uint8_t *sk)
{
    memcpy(sk, priv->sk, priv->params->sizes.sk_len);
}

void mldsa_private_public_encode(const struct mldsa_private *priv, uint8_t *pk)
{
    memcpy(pk, priv->pk, priv->params->sizes.pk_len);
}

/* The last entry of a row of a public key: -t1 * 2^d. */
static void decode_t1(struct mldsa_poly *p, const uint8_t *packed)
{
    const struct mldsa_impl *impl = mldsa_impl();

    impl->unpack(p, packed, 10);
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] *= -(1 << MLDSA_D);
    impl->ntt(p);
    mldsa_poly_reduce(p);
}

enum pqhw_status mldsa_public_init(struct mldsa_public *pub, enum mldsa_set set, struct span pk)
{
    const struct mldsa_params *params = mldsa_params(set);
    struct keccak_feed tr = {.rest = pk};
    const struct mldsa_samples samples = {
        .params = params,
        .row = pub->row,
        .row_len = params->l + 1,
        .rho = pk.ptr,
        .beside = &tr,
    };

    if (pk.len != params->sizes.pk_len)
        return PQHW_DATA_LEN_RANGE;
    pub->params = params;
    shake256_init(&tr.k);
    mldsa_sample(&samples);
    keccak_feed_finish(&tr);
    keccak_squeeze(&tr.k, pub->tr, MLDSA_TR_LEN);
    for (unsigned i = 0; i < params->k; i++)
        decode_t1(&pub->row[i * samples.row_len + params->l],
                  pk.ptr + MLDSA_RHO_LEN + (size_t)i * MLDSA_T1_LEN);
    return PQHW_OK;
}

/* One coefficient of t = A s1 + s2, rounded into the two encoded keys. Leaves t0. */
static void derive_t(struct mldsa_private *priv, unsigned i, const struct mldsa_poly *s1_hat,
                     const struct mldsa_poly *s2, struct mldsa_poly *t0)
{
    const struct mldsa_impl *impl = mldsa_impl();
    const struct mldsa_params *params = priv->params;
    struct mldsa_poly t1;

    impl->pointwise_acc(t0, mldsa_private_row(priv, i), s1_hat, params->l);
    impl->intt(t0);
    mldsa_poly_add(t0, s2);
    impl->power2round(&t1, t0, t0);
    impl->pack(priv->pk + MLDSA_RHO_LEN + (size_t)i * MLDSA_T1_LEN, &t1, 10);
    impl->pack_from(priv->sk + mldsa_sk_t0(params) + (size_t)i * MLDSA_T0_LEN, t0, MLDSA_D,
                    1 << (MLDSA_D - 1));
    WIPE(t1);
}

/* s1 and s2 in the encoded key and in the form to be multiplied by challenges. */
static void store_s(struct mldsa_private *priv, const struct mldsa_poly *s)
{
    const struct mldsa_params *params = priv->params;
    const size_t eta_len = mldsa_packed_len(params->eta_bits);
    struct mldsa_short *to = (struct mldsa_short *)(priv->poly + params->k * (params->l + 1));

    for (unsigned i = 0; i < params->l + params->k; i++) {
        mldsa_short_from(&to[i], &s[i], i >= params->l);
        mldsa_impl()->pack_from(priv->sk + MLDSA_SK_S + i * eta_len, &s[i], params->eta_bits,
                                params->eta);
    }
}

/*
 * Build the whole of an expanded key from A, rho and K, in their places in priv, and from s1 and s2
 * (Algorithm 6, steps 5 to 10). Transforms s1.
 */
static void derive(struct mldsa_private *priv, struct vectors *v)
{
    const struct mldsa_impl *impl = mldsa_impl();
    const struct mldsa_params *params = priv->params;
    struct mldsa_poly *s2 = v->s + params->l;
    struct mldsa_poly *t0 = priv->poly + (size_t)params->k * params->l;
    const struct span pk = span(priv->pk, params->sizes.pk_len);

    store_s(priv, v->s);
    for (unsigned j = 0; j < params->l; j++)
        impl->ntt(&v->s[j]);
    memcpy(priv->pk, priv->sk, MLDSA_RHO_LEN);
    for (unsigned i = 0; i < params->k; i++) {
        derive_t(priv, i, v->s, &s2[i], &t0[i]);
        impl->ntt(&t0[i]);
        mldsa_poly_reduce(&t0[i]);
    }
    shake256(priv->sk + MLDSA_SK_TR, MLDSA_TR_LEN, &pk, 1);
}

void mldsa_keygen(struct mldsa_private *priv, enum mldsa_set set,
                  const uint8_t seed[MLDSA_SEED_LEN])
{
    const struct mldsa_params *params = mldsa_params(set);
    uint8_t dimensions[2] = {(uint8_t)params->k, (uint8_t)params->l};
    struct span in[] = {span(seed, MLDSA_SEED_LEN), SPAN(dimensions)};
    uint8_t sk_expanded[MLDSA_RHO_LEN + MLDSA_SECRET_SEED_LEN + MLDSA_KEY_LEN];
    WORKSPACE struct vectors v;

    shake256(sk_expanded, sizeof(sk_expanded), in, 2);
    /* rho goes into the public key. */
    CT_PUBLIC(sk_expanded, MLDSA_RHO_LEN);
    priv->params = params;
    memcpy(priv->sk, sk_expanded, MLDSA_RHO_LEN);
    memcpy(priv->sk + MLDSA_SK_KEY, sk_expanded + MLDSA_RHO_LEN + MLDSA_SECRET_SEED_LEN,
           MLDSA_KEY_LEN);
    mldsa_sample(&(const struct mldsa_samples){
        .params = params,
        .row = priv->poly,
        .row_len = params->l,
        .rho = priv->sk,
        .sk_s = v.s,
        .sk_seed = sk_expanded + MLDSA_RHO_LEN,
    });
    derive(priv, &v);
    WIPE(v);
    WIPE(sk_expanded);
}

/* s1 and s2 from an encoded key: all ones if a coefficient is not in -eta … eta, else 0. */
static uint32_t decode_s(const struct mldsa_params *params, struct mldsa_poly *s, const uint8_t *sk)
{
    const struct mldsa_impl *impl = mldsa_impl();
    size_t eta_len = mldsa_packed_len(params->eta_bits);
    uint32_t out_of_range = 0;

    for (unsigned i = 0; i < params->l + params->k; i++) {
        impl->unpack_from(&s[i], sk + MLDSA_SK_S + i * eta_len, params->eta_bits, params->eta);
        out_of_range |= impl->norm_exceeds(&s[i], params->eta + 1);
    }
    return out_of_range;
}

/* The key is derived again from rho, K, s1 and s2, and must come out as it went in. */
enum pqhw_status mldsa_private_init(struct mldsa_private *priv, enum mldsa_set set, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    const struct mldsa_params *params = mldsa_params(set);
    WORKSPACE struct vectors v;
    uint32_t out_of_range;
    bool same;

    REQUIRE(sk.len == params->sizes.sk_len, PQHW_DATA_LEN_RANGE);
    priv->params = params;
    memcpy(priv->sk, sk.ptr, MLDSA_SK_TR);
    /* rho is part of the public key. */
    CT_PUBLIC(priv->sk, MLDSA_RHO_LEN);
    out_of_range = decode_s(params, v.s, sk.ptr);
    /* Whether a key is well formed is the caller's answer. */
    CT_PUBLIC(&out_of_range, sizeof(out_of_range));
    REQUIRE(out_of_range == 0, PQHW_DATA_INVALID);
    mldsa_sample(&(const struct mldsa_samples){
        .params = params,
        .row = priv->poly,
        .row_len = params->l,
        .rho = priv->sk,
    });
    derive(priv, &v);
    same = ct_equal(priv->sk, sk.ptr, sk.len);
    CT_PUBLIC(&same, sizeof(same));
    REQUIRE(same, PQHW_DATA_INVALID);
out:
    WIPE(v);
    if (status != PQHW_OK)
        wipe(priv, mldsa_private_size(set));
    return status;
}
