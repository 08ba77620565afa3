/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: from a seed, from bytes, to bytes.
 */
#include "crypto/mldsa/key.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/keccak/keccak.h"
#include "crypto/mldsa/encode.h"
#include "crypto/mldsa/rounding.h"
#include "crypto/mldsa/sample.h"

size_t mldsa_public_size(enum mldsa_set set)
{
    const struct mldsa_params *params = mldsa_params(set);
    size_t num_polys = (size_t)params->k * (params->l + 1);

    return sizeof(struct mldsa_public) + num_polys * sizeof(struct mldsa_poly);
}

size_t mldsa_private_size(enum mldsa_set set)
{
    const struct mldsa_params *params = mldsa_params(set);
    size_t num_polys = (size_t)params->k * params->l + params->l + 2 * (size_t)params->k;

    return sizeof(struct mldsa_private) + num_polys * sizeof(struct mldsa_poly);
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

static void hash_public_key(uint8_t tr[MLDSA_TR_LEN], const uint8_t *pk, size_t pk_len)
{
    struct span in = span(pk, pk_len);
    shake256(tr, MLDSA_TR_LEN, &in, 1);
}

/* The last entry of a row of a public key: -t1 * 2^d. */
static void decode_t1(struct mldsa_poly *p, const uint8_t *packed)
{
    mldsa_unpack(p, packed, 10);
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] *= -(1 << MLDSA_D);
    mldsa_impl()->ntt(p);
    mldsa_poly_reduce(p);
}

enum pqhw_status mldsa_public_init(struct mldsa_public *pub, enum mldsa_set set, struct span pk)
{
    const struct mldsa_params *params = mldsa_params(set);
    struct mldsa_poly *next = pub->row;

    if (pk.len != params->sizes.pk_len)
        return PQHW_DATA_LEN_RANGE;
    pub->params = params;
    hash_public_key(pub->tr, pk.ptr, pk.len);
    for (unsigned i = 0; i < params->k; i++) {
        for (unsigned j = 0; j < params->l; j++)
            mldsa_sample_uniform(next++, pk.ptr, i, j);
        decode_t1(next++, pk.ptr + MLDSA_RHO_LEN + (size_t)i * MLDSA_T1_LEN);
    }
    return PQHW_OK;
}

/* One coefficient of t = A s1 + s2, rounded into the two encoded keys. Leaves t0. */
static void derive_t(struct mldsa_private *priv, unsigned i, const struct mldsa_poly *s1,
                     const struct mldsa_poly *s2, struct mldsa_poly *t0)
{
    const struct mldsa_impl *impl = mldsa_impl();
    const struct mldsa_params *params = priv->params;
    struct mldsa_poly t1;

    impl->pointwise_acc(t0, mldsa_private_row(priv, i), s1, params->l);
    impl->intt(t0);
    mldsa_poly_add(t0, s2);
    mldsa_poly_canonical(t0);
    mldsa_power2round(&t1, t0, t0);
    mldsa_pack(priv->pk + MLDSA_RHO_LEN + (size_t)i * MLDSA_T1_LEN, &t1, 10);
    mldsa_pack_from(priv->sk + mldsa_sk_t0(params) + (size_t)i * MLDSA_T0_LEN, t0, MLDSA_D,
                    1 << (MLDSA_D - 1));
    WIPE(t1);
}

/*
 * Build the whole of an expanded key from rho and K, in place in priv->sk, and s1 and s2, in place
 * in priv->poly and not yet transformed (Algorithm 6, steps 3 and 5 to 10).
 */
static void derive(struct mldsa_private *priv)
{
    const struct mldsa_impl *impl = mldsa_impl();
    const struct mldsa_params *params = priv->params;
    size_t eta_len = mldsa_packed_len(params->eta_bits);
    struct mldsa_poly *s1 = priv->poly + (size_t)params->k * params->l;
    struct mldsa_poly *s2 = s1 + params->l;
    struct mldsa_poly *t0 = s2 + params->k;

    for (unsigned i = 0; i < params->k * params->l; i++)
        mldsa_sample_uniform(&priv->poly[i], priv->sk, i / params->l, i % params->l);
    for (unsigned i = 0; i < params->l + params->k; i++)
        mldsa_pack_from(priv->sk + MLDSA_SK_S + i * eta_len, &s1[i], params->eta_bits, params->eta);
    for (unsigned i = 0; i < params->l; i++)
        impl->ntt(&s1[i]);

    memcpy(priv->pk, priv->sk, MLDSA_RHO_LEN);
    for (unsigned i = 0; i < params->k; i++)
        derive_t(priv, i, s1, &s2[i], &t0[i]);
    hash_public_key(priv->sk + MLDSA_SK_TR, priv->pk, params->sizes.pk_len);

    for (unsigned i = 0; i < 2 * params->k; i++)
        impl->ntt(&s2[i]);
    for (unsigned i = 0; i < params->l + 2 * params->k; i++)
        mldsa_poly_reduce(&s1[i]);
}

void mldsa_keygen(struct mldsa_private *priv, enum mldsa_set set,
                  const uint8_t seed[MLDSA_SEED_LEN])
{
    const struct mldsa_params *params = mldsa_params(set);
    struct mldsa_poly *s1 = priv->poly + (size_t)params->k * params->l;
    uint8_t dimensions[2] = {(uint8_t)params->k, (uint8_t)params->l};
    struct span in[] = {span(seed, MLDSA_SEED_LEN), SPAN(dimensions)};
    uint8_t sk_expanded[MLDSA_RHO_LEN + MLDSA_SECRET_SEED_LEN + MLDSA_KEY_LEN];

    shake256(sk_expanded, sizeof(sk_expanded), in, 2);
    /* rho goes into the public key. */
    CT_PUBLIC(sk_expanded, MLDSA_RHO_LEN);
    priv->params = params;
    memcpy(priv->sk, sk_expanded, MLDSA_RHO_LEN);
    memcpy(priv->sk + MLDSA_SK_KEY, sk_expanded + MLDSA_RHO_LEN + MLDSA_SECRET_SEED_LEN,
           MLDSA_KEY_LEN);
    for (unsigned i = 0; i < params->l + params->k; i++)
        mldsa_sample_eta(params, &s1[i], sk_expanded + MLDSA_RHO_LEN, i);
    derive(priv);
    WIPE(sk_expanded);
}

/* s1 and s2 from an encoded key: all ones if a coefficient is not in -eta … eta, else 0. */
static uint32_t decode_s(const struct mldsa_params *params, struct mldsa_poly *s, const uint8_t *sk)
{
    size_t eta_len = mldsa_packed_len(params->eta_bits);
    uint32_t out_of_range = 0;

    for (unsigned i = 0; i < params->l + params->k; i++) {
        mldsa_unpack_from(&s[i], sk + MLDSA_SK_S + i * eta_len, params->eta_bits, params->eta);
        out_of_range |= mldsa_norm_exceeds(&s[i], params->eta + 1);
    }
    return out_of_range;
}

/* The key is derived again from rho, K, s1 and s2, and must come out as it went in. */
enum pqhw_status mldsa_private_init(struct mldsa_private *priv, enum mldsa_set set, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    const struct mldsa_params *params = mldsa_params(set);
    uint32_t out_of_range;
    bool same;

    REQUIRE(sk.len == params->sizes.sk_len, PQHW_DATA_LEN_RANGE);
    priv->params = params;
    memcpy(priv->sk, sk.ptr, MLDSA_SK_TR);
    /* rho is part of the public key. */
    CT_PUBLIC(priv->sk, MLDSA_RHO_LEN);
    out_of_range = decode_s(params, priv->poly + (size_t)params->k * params->l, sk.ptr);
    /* Whether a key is well formed is the caller's answer. */
    CT_PUBLIC(&out_of_range, sizeof(out_of_range));
    REQUIRE(out_of_range == 0, PQHW_DATA_INVALID);
    derive(priv);
    same = ct_equal(priv->sk, sk.ptr, sk.len);
    CT_PUBLIC(&same, sizeof(same));
    REQUIRE(same, PQHW_DATA_INVALID);
out:
    if (status != PQHW_OK)
        wipe(priv, mldsa_private_size(set));
    return status;
}
