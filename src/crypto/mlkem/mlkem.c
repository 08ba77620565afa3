/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM and its component scheme K-PKE (FIPS 203, 5 to 8) over expanded keys.
 */
#include "crypto/mlkem/mlkem.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/keccak/keccak.h"
#include "crypto/mlkem/impl.h"
#include "crypto/mlkem/poly.h"

#define ETA2 2 /* the same in all parameter sets */

/* FIPS 203, Tables 2 and 3. */
struct params {
    struct mlkem_sizes sizes;
    unsigned k;
    unsigned eta1;
    unsigned du;
    unsigned dv;
};

static const struct params params[] = {
    [MLKEM_512] = {{"ML-KEM-512", 800, 1632, 768}, 2, 3, 10, 4},
    [MLKEM_768] = {{"ML-KEM-768", 1184, 2400, 1088}, 3, 2, 10, 4},
    [MLKEM_1024] = {{"ML-KEM-1024", 1568, 3168, 1568}, 4, 2, 11, 5},
};

const struct mlkem_sizes *mlkem_sizes(enum mlkem_set set)
{
    return &params[set].sizes;
}

enum pqhw_status mlkem_public_init(struct mlkem_public *pub, enum mlkem_set set, struct span ek)
{
    enum pqhw_status status = PQHW_OK;
    const struct params *par = &params[set];
    uint32_t not_reduced = 0;

    memset(pub, 0, sizeof(*pub));
    REQUIRE(ek.len == par->sizes.ek_len, PQHW_DATA_LEN_RANGE);
    for (unsigned i = 0; i < par->k; i++)
        not_reduced |= mlkem_poly_decode(&pub->t[i], ek.ptr + MLKEM_POLY_LEN * i);
    REQUIRE(not_reduced == 0, PQHW_DATA_INVALID);

    pub->set = set;
    memcpy(pub->ek, ek.ptr, ek.len);
    sha3_256(pub->hash, &ek, 1);
    mlkem_impl()->sample_matrix(pub->a, par->k, pub->ek + MLKEM_POLY_LEN * par->k); /* rho */
out:
    if (status != PQHW_OK)
        WIPE(*pub);
    return status;
}

/* dk = s || ek || H(ek) || z (Algorithm 16, step 3). */
enum pqhw_status mlkem_private_init(struct mlkem_private *priv, enum mlkem_set set, struct span dk)
{
    enum pqhw_status status = PQHW_OK;
    const struct params *par = &params[set];
    const uint8_t *ek;
    const uint8_t *hash;
    uint32_t not_reduced = 0;

    REQUIRE(dk.len == par->sizes.dk_len, PQHW_DATA_LEN_RANGE);
    ek = dk.ptr + MLKEM_POLY_LEN * par->k;
    hash = ek + par->sizes.ek_len;
    /* The encapsulation key and its hash are public wherever they stand. */
    CT_PUBLIC(ek, par->sizes.ek_len + 32);
    TRY(mlkem_public_init(&priv->pub, set, span(ek, par->sizes.ek_len)));
    REQUIRE(ct_equal(priv->pub.hash, hash, 32), PQHW_DATA_INVALID);

    for (unsigned i = 0; i < par->k; i++)
        not_reduced |= mlkem_poly_decode(&priv->s[i], dk.ptr + MLKEM_POLY_LEN * i);
    /* Whether a key is refused is told to the caller. */
    CT_PUBLIC(&not_reduced, sizeof(not_reduced));
    REQUIRE(not_reduced == 0, PQHW_DATA_INVALID);
    memcpy(priv->z, hash + 32, sizeof(priv->z));
out:
    if (status != PQHW_OK)
        WIPE(*priv);
    return status;
}

/* out = A s + e, everything in the NTT domain (Algorithm 13, step 18). */
static void mul_matrix(struct mlkem_poly *out, const struct params *par, const struct mlkem_poly *a,
                       const struct mlkem_poly *s, const struct mlkem_poly *e)
{
    const int32_t square = 1353; /* 2^32 mod q: takes back the 2^-16 of basemul_acc and its own */

    for (unsigned i = 0; i < par->k; i++) {
        mlkem_impl()->basemul_acc(&out[i], &a[i * par->k], 1, s, par->k);
        for (unsigned n = 0; n < MLKEM_N; n++)
            out[i].coeff[n] = mlkem_montgomery(out[i].coeff[n] * square);
        mlkem_poly_add(&out[i], &e[i]);
        mlkem_poly_reduce(&out[i]);
        mlkem_poly_canonical(&out[i]);
    }
}

void mlkem_keygen(struct mlkem_private *priv, enum mlkem_set set,
                  const uint8_t seed[MLKEM_SEED_LEN])
{
    const struct params *par = &params[set];
    const struct mlkem_impl *impl = mlkem_impl();
    const uint8_t k = (uint8_t)par->k;
    const struct span g_in[] = {span(seed, 32), span(&k, 1)};
    struct mlkem_public *pub = &priv->pub;
    struct span ek;
    struct mlkem_poly sk_e[MLKEM_MAX_K];
    uint8_t sk_g[64]; /* rho || sigma */

    memset(priv, 0, sizeof(*priv));
    pub->set = set;
    sha3_512(sk_g, g_in, 2);
    /* rho is part of the encapsulation key. */
    CT_PUBLIC(sk_g, 32);
    impl->sample_matrix(pub->a, par->k, sk_g);
    impl->sample_noise(priv->s, par->k, par->eta1, sk_g + 32, 0);
    impl->sample_noise(sk_e, par->k, par->eta1, sk_g + 32, k);
    for (unsigned i = 0; i < par->k; i++) {
        impl->ntt(&priv->s[i]);
        impl->ntt(&sk_e[i]);
        mlkem_poly_canonical(&priv->s[i]);
    }
    mul_matrix(pub->t, par, pub->a, priv->s, sk_e);
    /* t is published as the encapsulation key. */
    CT_PUBLIC(pub->t, sizeof(pub->t));

    for (unsigned i = 0; i < par->k; i++)
        mlkem_poly_encode(pub->ek + MLKEM_POLY_LEN * i, &pub->t[i]);
    memcpy(pub->ek + MLKEM_POLY_LEN * par->k, sk_g, 32);
    ek = span(pub->ek, par->sizes.ek_len);
    sha3_256(pub->hash, &ek, 1);
    memcpy(priv->z, seed + 32, sizeof(priv->z));
    WIPE(sk_g);
    WIPE(sk_e);
}

void mlkem_private_encode(const struct mlkem_private *priv, uint8_t *dk)
{
    const struct params *par = &params[priv->pub.set];

    for (unsigned i = 0; i < par->k; i++) {
        mlkem_poly_encode(dk, &priv->s[i]);
        dk += MLKEM_POLY_LEN;
    }
    memcpy(dk, priv->pub.ek, par->sizes.ek_len);
    dk += par->sizes.ek_len;
    memcpy(dk, priv->pub.hash, sizeof(priv->pub.hash));
    memcpy(dk + sizeof(priv->pub.hash), priv->z, sizeof(priv->z));
}

/* Algorithm 14, K-PKE.Encrypt. */
static void encrypt(const struct mlkem_public *pub, uint8_t *ct, const uint8_t m[MLKEM_M_LEN],
                    const uint8_t sk_r[32])
{
    const struct params *par = &params[pub->set];
    const struct mlkem_impl *impl = mlkem_impl();
    const unsigned k = par->k;
    struct mlkem_poly sk_y[MLKEM_MAX_K];
    struct mlkem_poly sk_e[MLKEM_MAX_K + 1]; /* e1, then e2 */
    struct mlkem_poly sk_u;                  /* one row of u, then v */
    struct mlkem_poly sk_mu;

    impl->sample_noise(sk_y, k, par->eta1, sk_r, 0);
    impl->sample_noise(sk_e, k + 1, ETA2, sk_r, (uint8_t)k);
    for (unsigned i = 0; i < k; i++)
        impl->ntt(&sk_y[i]);
    for (unsigned i = 0; i < k; i++) { /* row i of A^T is column i of A */
        impl->basemul_acc(&sk_u, &pub->a[i], k, sk_y, k);
        impl->intt(&sk_u);
        mlkem_poly_add(&sk_u, &sk_e[i]);
        mlkem_poly_reduce(&sk_u);
        mlkem_poly_compress(ct, &sk_u, par->du);
        ct += 32 * par->du;
    }
    impl->basemul_acc(&sk_u, pub->t, 1, sk_y, k);
    impl->intt(&sk_u);
    mlkem_poly_from_message(&sk_mu, m);
    mlkem_poly_add(&sk_u, &sk_e[k]);
    mlkem_poly_add(&sk_u, &sk_mu);
    mlkem_poly_reduce(&sk_u);
    mlkem_poly_compress(ct, &sk_u, par->dv);

    WIPE(sk_y);
    WIPE(sk_e);
    WIPE(sk_u);
    WIPE(sk_mu);
}

/* Algorithm 15, K-PKE.Decrypt. */
static void decrypt(const struct mlkem_private *priv, uint8_t m[MLKEM_M_LEN], const uint8_t *ct)
{
    const struct params *par = &params[priv->pub.set];
    const struct mlkem_impl *impl = mlkem_impl();
    struct mlkem_poly u[MLKEM_MAX_K];
    struct mlkem_poly sk_v; /* v, then v - w */
    struct mlkem_poly sk_w;

    for (unsigned i = 0; i < par->k; i++) {
        mlkem_poly_decompress(&u[i], ct, par->du);
        impl->ntt(&u[i]);
        ct += 32 * par->du;
    }
    mlkem_poly_decompress(&sk_v, ct, par->dv);
    impl->basemul_acc(&sk_w, priv->s, 1, u, par->k);
    impl->intt(&sk_w);
    mlkem_poly_sub(&sk_v, &sk_w);
    mlkem_poly_reduce(&sk_v);
    mlkem_poly_to_message(m, &sk_v);

    WIPE(sk_v);
    WIPE(sk_w);
}

/* (K, r) = G(m || H(ek)) */
static void derive(const struct mlkem_public *pub, uint8_t ss_and_r[64],
                   const uint8_t m[MLKEM_M_LEN])
{
    const struct span in[] = {span(m, MLKEM_M_LEN), SPAN(pub->hash)};

    sha3_512(ss_and_r, in, 2);
}

void mlkem_encaps(const struct mlkem_public *pub, uint8_t *ct, uint8_t ss[MLKEM_SECRET_LEN],
                  const uint8_t m[MLKEM_M_LEN])
{
    uint8_t ss_and_r[64];

    derive(pub, ss_and_r, m);
    encrypt(pub, ct, m, ss_and_r + 32);
    /* The ciphertext is sent in the open. */
    CT_PUBLIC(ct, params[pub->set].sizes.ct_len);
    memcpy(ss, ss_and_r, MLKEM_SECRET_LEN);
    WIPE(ss_and_r);
}

/* 0xff if the two differ, else 0. */
static uint8_t mask_different(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint32_t difference = 0;

    for (size_t i = 0; i < len; i++)
        difference |= (uint32_t)(a[i] ^ b[i]);
    return (uint8_t)ct_mask_nonzero_u32(difference);
}

void mlkem_decaps(const struct mlkem_private *priv, uint8_t ss[MLKEM_SECRET_LEN], const uint8_t *ct)
{
    const size_t ct_len = params[priv->pub.set].sizes.ct_len;
    const struct span j_in[] = {SPAN(priv->z), span(ct, ct_len)};
    uint8_t sk_m[MLKEM_M_LEN];
    uint8_t ss_and_r[64];
    uint8_t ss_rejected[MLKEM_SECRET_LEN];
    uint8_t sk_ct[MLKEM_MAX_CT_LEN]; /* secret: it tells m */
    uint8_t sk_mask;

    decrypt(priv, sk_m, ct);
    derive(&priv->pub, ss_and_r, sk_m);
    shake256(ss_rejected, sizeof(ss_rejected), j_in, 2);
    encrypt(&priv->pub, sk_ct, sk_m, ss_and_r + 32);
    sk_mask = mask_different(ct, sk_ct, ct_len);
    ct_select(ss, sk_mask, ss_rejected, ss_and_r, MLKEM_SECRET_LEN);

    WIPE(sk_m);
    WIPE(ss_and_r);
    WIPE(ss_rejected);
    WIPE(sk_ct);
    WIPE(sk_mask);
}
