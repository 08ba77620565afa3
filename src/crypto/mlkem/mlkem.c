/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM and its component scheme K-PKE (FIPS 203, 5 to 8) over expanded keys.
 */
#include "crypto/mlkem/mlkem.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/keccak/keccak.h"
#include "crypto/keccak/lanes.h"
#include "crypto/mlkem/impl.h"
#include "crypto/mlkem/sampler.h"
#include "crypto/workspace.h"

/* FIPS 203, Tables 2 and 3. */
struct params {
    struct mlkem_sizes sizes;
    unsigned k;
    unsigned eta1; /* eta2 is 2 in all of them */
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

/* Clear what the parameter set leaves unused, and the padding. The rest is about to be written. */
static void clear_public(struct mlkem_public *pub, const struct params *par)
{
    const unsigned num_entries = par->k * par->k;

    memset(pub, 0, offsetof(struct mlkem_public, a));
    memset(&pub->a[num_entries], 0, sizeof(pub->a) - num_entries * sizeof(pub->a[0]));
    memset(&pub->t[par->k], 0,
           sizeof(*pub) - offsetof(struct mlkem_public, t) - par->k * sizeof(pub->t[0]));
}

static void clear_private(struct mlkem_private *priv, const struct params *par)
{
    clear_public(&priv->pub, par);
    memset(&priv->s[par->k], 0,
           sizeof(*priv) - offsetof(struct mlkem_private, s) - par->k * sizeof(priv->s[0]));
}

enum pqhw_status mlkem_public_init(struct mlkem_public *pub, enum mlkem_set set, struct span ek)
{
    enum pqhw_status status = PQHW_OK;
    const struct params *par = &params[set];
    uint32_t not_reduced = 0;
    struct keccak_feed hash; /* H(ek), taken in beside the sampling */

    clear_public(pub, par);
    REQUIRE(ek.len == par->sizes.ek_len, PQHW_DATA_LEN_RANGE);
    for (unsigned i = 0; i < par->k; i++)
        not_reduced |= mlkem_impl()->decode(&pub->t[i], ek.ptr + MLKEM_POLY_LEN * i);
    REQUIRE(not_reduced == 0, PQHW_DATA_INVALID);

    pub->set = set;
    memcpy(pub->ek, ek.ptr, ek.len);
    sha3_256_init(&hash.k);
    hash.rest = ek;
    mlkem_sample(&(struct mlkem_samples){
        .a = pub->a,
        .rho = pub->ek + MLKEM_POLY_LEN * par->k,
        .k = par->k,
        .beside = &hash,
    });
    keccak_feed_finish(&hash);
    keccak_squeeze(&hash.k, pub->hash, sizeof(pub->hash));
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
        not_reduced |= mlkem_impl()->decode(&priv->s[i], dk.ptr + MLKEM_POLY_LEN * i);
    /* Whether a key is refused is told to the caller. */
    CT_PUBLIC(&not_reduced, sizeof(not_reduced));
    REQUIRE(not_reduced == 0, PQHW_DATA_INVALID);
    memcpy(priv->z, hash + 32, sizeof(priv->z));
out:
    if (status != PQHW_OK)
        WIPE(*priv);
    return status;
}

/* t = A s + e, everything in the NTT domain (Algorithm 13, step 18). */
static void mul_matrix(struct mlkem_poly *t, const struct params *par, const struct mlkem_poly *a,
                       const struct mlkem_poly *s, const struct mlkem_poly *e)
{
    const struct mlkem_impl *impl = mlkem_impl();
    WORKSPACE struct mlkem_factor sk_s[MLKEM_MAX_K];

    for (unsigned i = 0; i < par->k; i++)
        impl->factor(&sk_s[i], &s[i]);
    for (unsigned i = 0; i < par->k; i++) {
        impl->basemul_acc(&t[i], &a[i * par->k], 1, sk_s, par->k);
        impl->scale_add(&t[i], &e[i]);
    }
    wipe(sk_s, par->k * sizeof(sk_s[0]));
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
    WORKSPACE struct mlkem_poly sk_noise[2 * MLKEM_MAX_K]; /* s, then e */
    uint8_t sk_g[64];                                      /* rho || sigma */

    clear_private(priv, par);
    pub->set = set;
    sha3_512(sk_g, g_in, 2);
    /* rho is part of the encapsulation key. */
    CT_PUBLIC(sk_g, 32);
    mlkem_sample(&(struct mlkem_samples){
        .a = pub->a,
        .rho = sk_g,
        .k = k,
        .noise = sk_noise,
        .sk_seed = sk_g + 32,
        .num_noise = 2 * par->k,
        .num_eta3 = par->eta1 == 3 ? 2 * par->k : 0,
    });
    for (unsigned i = 0; i < 2 * par->k; i++)
        impl->ntt(&sk_noise[i]);
    for (unsigned i = 0; i < par->k; i++) {
        impl->canonical(&sk_noise[i]);
        priv->s[i] = sk_noise[i];
    }
    mul_matrix(pub->t, par, pub->a, priv->s, sk_noise + par->k);
    /* t is published as the encapsulation key. */
    CT_PUBLIC(pub->t, sizeof(pub->t));

    for (unsigned i = 0; i < par->k; i++)
        impl->encode(pub->ek + MLKEM_POLY_LEN * i, &pub->t[i]);
    memcpy(pub->ek + MLKEM_POLY_LEN * par->k, sk_g, 32);
    ek = span(pub->ek, par->sizes.ek_len);
    sha3_256(pub->hash, &ek, 1);
    memcpy(priv->z, seed + 32, sizeof(priv->z));
    WIPE(sk_g);
    wipe(sk_noise, 2 * par->k * sizeof(sk_noise[0]));
}

void mlkem_private_encode(const struct mlkem_private *priv, uint8_t *dk)
{
    const struct params *par = &params[priv->pub.set];

    for (unsigned i = 0; i < par->k; i++) {
        mlkem_impl()->encode(dk, &priv->s[i]);
        dk += MLKEM_POLY_LEN;
    }
    memcpy(dk, priv->pub.ek, par->sizes.ek_len);
    dk += par->sizes.ek_len;
    memcpy(dk, priv->pub.hash, sizeof(priv->pub.hash));
    memcpy(dk + sizeof(priv->pub.hash), priv->z, sizeof(priv->z));
}

/*
 * Algorithm 14, K-PKE.Encrypt. beside is taken in while the noise is hashed, as far as that goes;
 * it may be NULL.
 */
static void encrypt(const struct mlkem_public *pub, uint8_t *ct, const uint8_t m[MLKEM_M_LEN],
                    const uint8_t sk_r[32], struct keccak_feed *beside)
{
    const struct params *par = &params[pub->set];
    const struct mlkem_impl *impl = mlkem_impl();
    const unsigned k = par->k;
    WORKSPACE struct mlkem_poly sk_noise[2 * MLKEM_MAX_K + 1]; /* y, e1, e2 */
    struct mlkem_poly *const sk_e = sk_noise + k;
    WORKSPACE struct mlkem_factor sk_y[MLKEM_MAX_K];
    WORKSPACE struct mlkem_poly sk_u; /* one row of u, then v; without its noise */

    mlkem_sample(&(struct mlkem_samples){
        .noise = sk_noise,
        .sk_seed = sk_r,
        .num_noise = 2 * k + 1,
        .num_eta3 = par->eta1 == 3 ? k : 0,
        .beside = beside,
    });
    for (unsigned i = 0; i < k; i++) {
        impl->ntt(&sk_noise[i]);
        impl->factor(&sk_y[i], &sk_noise[i]);
    }
    for (unsigned i = 0; i < k; i++) { /* row i of A^T is column i of A */
        impl->basemul_acc(&sk_u, &pub->a[i], k, sk_y, k);
        impl->intt(&sk_u);
        impl->compress(ct, &sk_u, &sk_e[i], par->du);
        ct += 32 * par->du;
    }
    impl->basemul_acc(&sk_u, pub->t, 1, sk_y, k);
    impl->intt(&sk_u);
    impl->add_message(&sk_u, m);
    impl->compress(ct, &sk_u, &sk_e[k], par->dv);

    wipe(sk_noise, (2 * k + 1) * sizeof(sk_noise[0]));
    wipe(sk_y, k * sizeof(sk_y[0]));
    WIPE(sk_u);
}

/* Algorithm 15, K-PKE.Decrypt. */
static void decrypt(const struct mlkem_private *priv, uint8_t m[MLKEM_M_LEN], const uint8_t *ct)
{
    const struct params *par = &params[priv->pub.set];
    const struct mlkem_impl *impl = mlkem_impl();
    WORKSPACE struct mlkem_factor u[MLKEM_MAX_K];
    WORKSPACE struct mlkem_poly v; /* of the ciphertext: a row of u, then v */
    WORKSPACE struct mlkem_poly sk_w;

    for (unsigned i = 0; i < par->k; i++) {
        impl->decompress(&v, ct, par->du);
        impl->ntt(&v);
        impl->factor(&u[i], &v);
        ct += 32 * par->du;
    }
    impl->decompress(&v, ct, par->dv);
    impl->basemul_acc(&sk_w, priv->s, 1, u, par->k);
    impl->intt(&sk_w);
    impl->to_message(m, &v, &sk_w);

    WIPE(sk_w);
}

/* (K, r) = G(m || H(ek)), with the first block of beside, which may be NULL. */
static void derive(const struct mlkem_public *pub, uint8_t ss_and_r[64],
                   const uint8_t m[MLKEM_M_LEN], struct keccak_feed *beside)
{
    struct keccak sk_g;
    struct keccak *const both[] = {&sk_g, beside == NULL ? NULL : &beside->k};

    sha3_512_init(&sk_g);
    keccak_absorb(&sk_g, m, MLKEM_M_LEN);
    keccak_absorb(&sk_g, pub->hash, sizeof(pub->hash));
    keccak_pad(&sk_g);
    if (beside != NULL)
        keccak_feed_next(beside);
    keccak_lanes_permute(both, beside == NULL ? 1 : 2);
    keccak_squeeze(&sk_g, ss_and_r, 64);
    WIPE(sk_g);
}

void mlkem_encaps(const struct mlkem_public *pub, uint8_t *ct, uint8_t ss[MLKEM_SECRET_LEN],
                  const uint8_t m[MLKEM_M_LEN])
{
    uint8_t ss_and_r[64];

    derive(pub, ss_and_r, m, NULL);
    encrypt(pub, ct, m, ss_and_r + 32, NULL);
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
    struct keccak_feed sk_j; /* z || c, taken in beside what else is hashed */
    uint8_t sk_m[MLKEM_M_LEN];
    uint8_t ss_and_r[64];
    uint8_t ss_rejected[MLKEM_SECRET_LEN];
    WORKSPACE uint8_t sk_ct[MLKEM_MAX_CT_LEN]; /* secret: it tells m */
    uint8_t sk_mask;

    shake256_init(&sk_j.k);
    keccak_absorb(&sk_j.k, priv->z, sizeof(priv->z));
    sk_j.rest = span(ct, ct_len);
    decrypt(priv, sk_m, ct);
    derive(&priv->pub, ss_and_r, sk_m, &sk_j);
    encrypt(&priv->pub, sk_ct, sk_m, ss_and_r + 32, &sk_j);
    keccak_feed_finish(&sk_j);
    keccak_squeeze(&sk_j.k, ss_rejected, sizeof(ss_rejected));
    sk_mask = mask_different(ct, sk_ct, ct_len);
    ct_select(ss, sk_mask, ss_rejected, ss_and_r, MLKEM_SECRET_LEN);

    WIPE(sk_m);
    WIPE(ss_and_r);
    WIPE(ss_rejected);
    WIPE(sk_ct);
    WIPE(sk_mask);
    WIPE(sk_j);
}
