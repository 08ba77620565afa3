/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: from a seed, from bytes, to bytes (FIPS 203, 5.1, 7.1 to 7.3).
 */
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mlkem/group.h"
#include "crypto/mlkem/impl.h"
#include "crypto/mlkem/params.h"
#include "crypto/mlkem/sampler.h"
#include "crypto/workspace.h"

/* Clear what the parameter set leaves unused, and the padding. The rest is about to be written. */
static void clear_public(struct mlkem_public *pub, const struct mlkem_params *par)
{
    const unsigned num_entries = par->k * par->k;

    memset(pub, 0, offsetof(struct mlkem_public, a));
    memset(&pub->a[num_entries], 0, sizeof(pub->a) - num_entries * sizeof(pub->a[0]));
    memset(&pub->t[par->k], 0,
           sizeof(*pub) - offsetof(struct mlkem_public, t) - par->k * sizeof(pub->t[0]));
}

static void clear_private(struct mlkem_private *priv, const struct mlkem_params *par)
{
    clear_public(&priv->pub, par);
    memset(&priv->s[par->k], 0,
           sizeof(*priv) - offsetof(struct mlkem_private, s) - par->k * sizeof(priv->s[0]));
}

/* ------------------------------------------------------------------ from bytes */

/* The key without what is hashed. */
static enum pqhw_status decode_public(struct mlkem_public *pub, enum mlkem_set set, struct span ek)
{
    enum pqhw_status status = PQHW_OK;
    const struct mlkem_params *par = mlkem_params(set);
    uint32_t not_reduced = 0;

    clear_public(pub, par);
    REQUIRE(ek.len == par->sizes.ek_len, PQHW_DATA_LEN_RANGE);
    for (unsigned i = 0; i < par->k; i++)
        not_reduced |= mlkem_impl()->decode(&pub->t[i], ek.ptr + MLKEM_POLY_LEN * i);
    REQUIRE(not_reduced == 0, PQHW_DATA_INVALID);
    pub->set = set;
    memcpy(pub->ek, ek.ptr, ek.len);
out:
    if (status != PQHW_OK)
        WIPE(*pub);
    return status;
}

void mlkem_public_init_group(struct mlkem_public_item item[], unsigned num)
{
    struct mlkem_samples samples[KECCAK_MAX_WIDTH] = {0};
    struct mlkem_public *good[KECCAK_MAX_WIDTH] = {NULL};
    WORKSPACE struct keccak_feed hash[KECCAK_MAX_WIDTH]; /* H(ek), beside the sampling */
    unsigned num_good = 0;

    for (unsigned n = 0; n < num; n++) {
        const struct mlkem_params *par = mlkem_params(item[n].set);
        struct mlkem_public *pub = item[n].pub;

        item[n].status = decode_public(pub, item[n].set, item[n].ek);
        if (item[n].status != PQHW_OK)
            continue;
        sha3_256_init(&hash[num_good].k);
        hash[num_good].rest = span(pub->ek, par->sizes.ek_len);
        samples[num_good] = (struct mlkem_samples){
            .a = pub->a,
            .rho = pub->ek + MLKEM_POLY_LEN * par->k,
            .k = par->k,
            .beside = &hash[num_good],
        };
        good[num_good++] = pub;
    }
    mlkem_sample(samples, num_good);
    for (unsigned n = 0; n < num_good; n++)
        keccak_squeeze(&hash[n].k, good[n]->hash, sizeof(good[n]->hash));
}

enum pqhw_status mlkem_public_init(struct mlkem_public *pub, enum mlkem_set set, struct span ek)
{
    struct mlkem_public_item item = {.set = set, .pub = pub, .ek = ek};

    mlkem_public_init_group(&item, 1);
    return item.status;
}

/* dk = s || ek || H(ek) || z (Algorithm 16, step 3): ek and H(ek), or nothing if the length is
 * wrong. */
static struct span public_part(const struct mlkem_params *par, struct span dk)
{
    if (dk.len != par->sizes.dk_len)
        return SPAN_EMPTY;
    return span(dk.ptr + MLKEM_POLY_LEN * par->k, par->sizes.ek_len + 32);
}

/* The rest of a private key whose public part has been taken in. */
static enum pqhw_status decode_private(struct mlkem_private *priv, const struct mlkem_params *par,
                                       struct span dk)
{
    enum pqhw_status status = PQHW_OK;
    const uint8_t *hash = dk.ptr + MLKEM_POLY_LEN * par->k + par->sizes.ek_len;
    uint32_t not_reduced = 0;

    REQUIRE(ct_equal(priv->pub.hash, hash, 32), PQHW_DATA_INVALID);
    for (unsigned i = 0; i < par->k; i++)
        not_reduced |= mlkem_impl()->decode(&priv->s[i], dk.ptr + MLKEM_POLY_LEN * i);
    /* Whether a key is refused is told to the caller. */
    CT_PUBLIC(&not_reduced, sizeof(not_reduced));
    REQUIRE(not_reduced == 0, PQHW_DATA_INVALID);
    memcpy(priv->z, hash + 32, sizeof(priv->z));
out:
    return status;
}

void mlkem_private_init_group(struct mlkem_private_item item[], unsigned num)
{
    struct mlkem_public_item pub[KECCAK_MAX_WIDTH];

    for (unsigned n = 0; n < num; n++) {
        const struct mlkem_params *par = mlkem_params(item[n].set);
        const struct span part = public_part(par, item[n].dk);

        /* The encapsulation key and its hash are public wherever they stand. */
        CT_PUBLIC(part.ptr, part.len);
        pub[n] = (struct mlkem_public_item){
            .set = item[n].set,
            .pub = &item[n].priv->pub,
            .ek = part.len == 0 ? SPAN_EMPTY : span(part.ptr, par->sizes.ek_len),
        };
    }
    mlkem_public_init_group(pub, num);
    for (unsigned n = 0; n < num; n++) {
        item[n].status = pub[n].status;
        if (item[n].status == PQHW_OK)
            item[n].status = decode_private(item[n].priv, mlkem_params(item[n].set), item[n].dk);
        if (item[n].status != PQHW_OK)
            WIPE(*item[n].priv);
    }
}

enum pqhw_status mlkem_private_init(struct mlkem_private *priv, enum mlkem_set set, struct span dk)
{
    struct mlkem_private_item item = {.set = set, .priv = priv, .dk = dk};

    mlkem_private_init_group(&item, 1);
    wipe_stack();
    return item.status;
}

/* ------------------------------------------------------------------ from a seed */

/* rho || sigma = G(d || k) (Algorithm 13, step 1), to be hashed. */
static void begin(struct mlkem_keygen_item *item, struct mlkem_keygen_room *room)
{
    const struct mlkem_params *par = mlkem_params(item->set);
    const uint8_t k = (uint8_t)par->k;

    clear_private(item->priv, par);
    item->priv->pub.set = item->set;
    memcpy(item->priv->z, item->seed + 32, sizeof(item->priv->z));
    sha3_512_init(&room->sk_hash.k);
    keccak_absorb(&room->sk_hash.k, item->seed, 32);
    keccak_absorb(&room->sk_hash.k, &k, 1);
    room->sk_hash.rest = SPAN_EMPTY;
}

/* A, s and e, to be sampled. */
static struct mlkem_samples samples_of(const struct mlkem_keygen_item *item,
                                       struct mlkem_keygen_room *room)
{
    const struct mlkem_params *par = mlkem_params(item->set);

    keccak_squeeze(&room->sk_hash.k, room->sk_g, sizeof(room->sk_g));
    /* rho is part of the encapsulation key. */
    CT_PUBLIC(room->sk_g, 32);
    return (struct mlkem_samples){
        .a = item->priv->pub.a,
        .rho = room->sk_g,
        .k = par->k,
        .noise = room->sk_noise,
        .sk_seed = room->sk_g + 32,
        .num_noise = 2 * par->k,
        .num_eta3 = par->eta1 == 3 ? 2 * par->k : 0,
    };
}

/* t = A s + e, everything in the NTT domain (Algorithm 13, step 18). */
static void mul_matrix(struct mlkem_poly *t, const struct mlkem_params *par,
                       const struct mlkem_poly *a, const struct mlkem_poly *s,
                       const struct mlkem_poly *e)
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

/* s, t and the encoded public key; H(ek) to be hashed. */
static void derive(struct mlkem_private *priv, struct mlkem_keygen_room *room)
{
    const struct mlkem_params *par = mlkem_params(priv->pub.set);
    const struct mlkem_impl *impl = mlkem_impl();
    struct mlkem_public *pub = &priv->pub;
    struct mlkem_poly *sk_noise = room->sk_noise;

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
    memcpy(pub->ek + MLKEM_POLY_LEN * par->k, room->sk_g, 32);
    sha3_256_init(&room->sk_hash.k);
    room->sk_hash.rest = span(pub->ek, par->sizes.ek_len);
    WIPE(room->sk_g);
    wipe(sk_noise, 2 * par->k * sizeof(sk_noise[0]));
}

void mlkem_keygen_group(struct mlkem_keygen_item item[], unsigned num,
                        struct mlkem_keygen_room room[])
{
    struct keccak_feed *hash[KECCAK_MAX_WIDTH] = {NULL};
    struct mlkem_samples samples[KECCAK_MAX_WIDTH] = {0};

    for (unsigned n = 0; n < num; n++) {
        begin(&item[n], &room[n]);
        hash[n] = &room[n].sk_hash;
    }
    keccak_lanes_finish(hash, num);
    for (unsigned n = 0; n < num; n++)
        samples[n] = samples_of(&item[n], &room[n]);
    mlkem_sample(samples, num);
    for (unsigned n = 0; n < num; n++)
        derive(item[n].priv, &room[n]);
    keccak_lanes_finish(hash, num);
    for (unsigned n = 0; n < num; n++) {
        keccak_squeeze(&hash[n]->k, item[n].priv->pub.hash, sizeof(item[n].priv->pub.hash));
        WIPE(room[n].sk_hash);
        item[n].status = PQHW_OK;
    }
}

void mlkem_keygen(struct mlkem_private *priv, enum mlkem_set set,
                  const uint8_t seed[MLKEM_SEED_LEN])
{
    struct mlkem_keygen_item item = {.set = set, .priv = priv, .seed = seed};
    WORKSPACE struct mlkem_keygen_room room;

    mlkem_keygen_group(&item, 1, &room);
    wipe_stack();
}

/* ------------------------------------------------------------------ to bytes */

void mlkem_private_encode(const struct mlkem_private *priv, uint8_t *dk)
{
    const struct mlkem_params *par = mlkem_params(priv->pub.set);

    for (unsigned i = 0; i < par->k; i++) {
        mlkem_impl()->encode(dk, &priv->s[i]);
        dk += MLKEM_POLY_LEN;
    }
    memcpy(dk, priv->pub.ek, par->sizes.ek_len);
    dk += par->sizes.ek_len;
    memcpy(dk, priv->pub.hash, sizeof(priv->pub.hash));
    memcpy(dk + sizeof(priv->pub.hash), priv->z, sizeof(priv->z));
}
