/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: from a seed, from bytes, to bytes.
 */
#include "crypto/mldsa/key.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mldsa/group.h"
#include "crypto/workspace.h"

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

static void decode_rows(struct mldsa_public *pub, const uint8_t *pk)
{
    const struct mldsa_params *params = pub->params;

    for (unsigned i = 0; i < params->k; i++)
        decode_t1(&pub->row[i * (params->l + 1) + params->l],
                  pk + MLDSA_RHO_LEN + (size_t)i * MLDSA_T1_LEN);
}

void mldsa_public_init_group(struct mldsa_public_item item[], unsigned num)
{
    struct mldsa_samples samples[KECCAK_MAX_WIDTH] = {0};
    WORKSPACE struct keccak_feed tr[KECCAK_MAX_WIDTH];
    struct mldsa_public_item *good[KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_good = 0;

    for (unsigned n = 0; n < num; n++) {
        const struct mldsa_params *params = mldsa_params(item[n].set);

        item[n].status = item[n].pk.len == params->sizes.pk_len ? PQHW_OK : PQHW_DATA_LEN_RANGE;
        if (item[n].status != PQHW_OK)
            continue;
        item[n].pub->params = params;
        shake256_init(&tr[num_good].k);
        tr[num_good].rest = item[n].pk;
        samples[num_good] = (struct mldsa_samples){
            .params = params,
            .row = item[n].pub->row,
            .row_len = params->l + 1,
            .rho = item[n].pk.ptr,
            .beside = &tr[num_good],
        };
        good[num_good++] = &item[n];
    }
    mldsa_sample(samples, num_good);
    for (unsigned n = 0; n < num_good; n++) {
        keccak_squeeze(&tr[n].k, good[n]->pub->tr, MLDSA_TR_LEN);
        decode_rows(good[n]->pub, good[n]->pk.ptr);
    }
}

enum pqhw_status mldsa_public_init(struct mldsa_public *pub, enum mldsa_set set, struct span pk)
{
    struct mldsa_public_item item = {.set = set, .pub = pub, .pk = pk};

    mldsa_public_init_group(&item, 1);
    return item.status;
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
 * Build an expanded key from A, rho and K, in their places in priv, and from s1 and s2 (Algorithm
 * 6, steps 5 to 8). tr is to be hashed.
 */
static void derive(struct mldsa_private *priv, struct mldsa_private_room *room)
{
    const struct mldsa_impl *impl = mldsa_impl();
    const struct mldsa_params *params = priv->params;
    const struct mldsa_poly *sk_s2 = room->sk_s + params->l;
    struct mldsa_poly *t0 = priv->poly + (size_t)params->k * params->l;

    store_s(priv, room->sk_s);
    for (unsigned j = 0; j < params->l; j++)
        impl->ntt(&room->sk_s[j]);
    memcpy(priv->pk, priv->sk, MLDSA_RHO_LEN);
    for (unsigned i = 0; i < params->k; i++) {
        derive_t(priv, i, room->sk_s, &sk_s2[i], &t0[i]);
        impl->ntt(&t0[i]);
        mldsa_poly_reduce(&t0[i]);
    }
    shake256_init(&room->sk_hash.k);
    room->sk_hash.rest = span(priv->pk, params->sizes.pk_len);
    WIPE(room->sk_s);
}

/* Steps 3 to 10 on a group: sampling, t and tr. */
static void build(struct mldsa_private *const priv[], unsigned num,
                  const struct mldsa_samples samples[], struct mldsa_private_room room[])
{
    struct keccak_feed *tr[KECCAK_MAX_WIDTH] = {NULL};

    mldsa_sample(samples, num);
    for (unsigned n = 0; n < num; n++) {
        derive(priv[n], &room[n]);
        tr[n] = &room[n].sk_hash;
    }
    keccak_lanes_finish(tr, num);
    for (unsigned n = 0; n < num; n++) {
        keccak_squeeze(&tr[n]->k, priv[n]->sk + MLDSA_SK_TR, MLDSA_TR_LEN);
        WIPE(room[n].sk_hash);
    }
}

/* ------------------------------------------------------------------ from a seed */

/* rho, rho' and K (Algorithm 6, step 1), to be hashed. */
static void begin(const struct mldsa_keygen_item *item, struct mldsa_private_room *room)
{
    const struct mldsa_params *params = mldsa_params(item->set);
    const uint8_t dimensions[2] = {(uint8_t)params->k, (uint8_t)params->l};

    item->priv->params = params;
    shake256_init(&room->sk_hash.k);
    keccak_absorb(&room->sk_hash.k, item->seed, MLDSA_SEED_LEN);
    keccak_absorb(&room->sk_hash.k, dimensions, sizeof(dimensions));
    room->sk_hash.rest = SPAN_EMPTY;
}

/* A, s1 and s2, to be sampled; rho and K in their places. */
static struct mldsa_samples samples_of(struct mldsa_private *priv, struct mldsa_private_room *room)
{
    uint8_t *sk_expanded = room->sk_expanded;

    keccak_squeeze(&room->sk_hash.k, sk_expanded, sizeof(room->sk_expanded));
    /* rho goes into the public key. */
    CT_PUBLIC(sk_expanded, MLDSA_RHO_LEN);
    memcpy(priv->sk, sk_expanded, MLDSA_RHO_LEN);
    memcpy(priv->sk + MLDSA_SK_KEY, sk_expanded + MLDSA_RHO_LEN + MLDSA_SECRET_SEED_LEN,
           MLDSA_KEY_LEN);
    return (struct mldsa_samples){
        .params = priv->params,
        .row = priv->poly,
        .row_len = priv->params->l,
        .rho = priv->sk,
        .sk_s = room->sk_s,
        .sk_seed = sk_expanded + MLDSA_RHO_LEN,
    };
}

void mldsa_keygen_group(struct mldsa_keygen_item item[], unsigned num,
                        struct mldsa_private_room room[])
{
    struct keccak_feed *hash[KECCAK_MAX_WIDTH] = {NULL};
    struct mldsa_samples samples[KECCAK_MAX_WIDTH] = {0};
    struct mldsa_private *priv[KECCAK_MAX_WIDTH] = {NULL};

    for (unsigned n = 0; n < num; n++) {
        begin(&item[n], &room[n]);
        hash[n] = &room[n].sk_hash;
        priv[n] = item[n].priv;
    }
    keccak_lanes_finish(hash, num);
    for (unsigned n = 0; n < num; n++)
        samples[n] = samples_of(priv[n], &room[n]);
    build(priv, num, samples, room);
    for (unsigned n = 0; n < num; n++) {
        WIPE(room[n].sk_expanded);
        item[n].status = PQHW_OK;
    }
}

void mldsa_keygen(struct mldsa_private *priv, enum mldsa_set set,
                  const uint8_t seed[MLDSA_SEED_LEN])
{
    struct mldsa_keygen_item item = {.set = set, .priv = priv, .seed = seed};
    WORKSPACE struct mldsa_private_room room;

    mldsa_keygen_group(&item, 1, &room);
    wipe_stack();
}

/* ------------------------------------------------------------------ from bytes */

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

/* rho, K, s1 and s2. */
static enum pqhw_status decode(const struct mldsa_private_item *item,
                               struct mldsa_private_room *room)
{
    enum pqhw_status status = PQHW_OK;
    const struct mldsa_params *params = mldsa_params(item->set);
    struct mldsa_private *priv = item->priv;
    uint32_t out_of_range;

    REQUIRE(item->sk.len == params->sizes.sk_len, PQHW_DATA_LEN_RANGE);
    priv->params = params;
    memcpy(priv->sk, item->sk.ptr, MLDSA_SK_TR);
    /* rho is part of the public key. */
    CT_PUBLIC(priv->sk, MLDSA_RHO_LEN);
    out_of_range = decode_s(params, room->sk_s, item->sk.ptr);
    /* Whether a key is well formed is the caller's answer. */
    CT_PUBLIC(&out_of_range, sizeof(out_of_range));
    REQUIRE(out_of_range == 0, PQHW_DATA_INVALID);
out:
    if (status != PQHW_OK) {
        wipe(priv, mldsa_private_size(item->set));
        WIPE(room->sk_s);
    }
    return status;
}

/* The key, derived again from rho, K, s1 and s2, must have come out as it went in. */
static enum pqhw_status compare(const struct mldsa_private_item *item)
{
    bool same = ct_equal(item->priv->sk, item->sk.ptr, item->sk.len);

    /* As above. */
    CT_PUBLIC(&same, sizeof(same));
    if (same)
        return PQHW_OK;
    wipe(item->priv, mldsa_private_size(item->set));
    return PQHW_DATA_INVALID;
}

void mldsa_private_init_group(struct mldsa_private_item item[], unsigned num,
                              struct mldsa_private_room room[])
{
    struct mldsa_samples samples[KECCAK_MAX_WIDTH] = {0};
    struct mldsa_private_item *good[KECCAK_MAX_WIDTH] = {NULL};
    struct mldsa_private *priv[KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_good = 0;

    for (unsigned n = 0; n < num; n++) {
        item[n].status = decode(&item[n], &room[num_good]);
        if (item[n].status != PQHW_OK)
            continue;
        priv[num_good] = item[n].priv;
        samples[num_good] = (struct mldsa_samples){
            .params = item[n].priv->params,
            .row = item[n].priv->poly,
            .row_len = item[n].priv->params->l,
            .rho = item[n].priv->sk,
        };
        good[num_good++] = &item[n];
    }
    build(priv, num_good, samples, room);
    for (unsigned n = 0; n < num_good; n++)
        good[n]->status = compare(good[n]);
}

enum pqhw_status mldsa_private_init(struct mldsa_private *priv, enum mldsa_set set, struct span sk)
{
    struct mldsa_private_item item = {.set = set, .priv = priv, .sk = sk};
    WORKSPACE struct mldsa_private_room room;

    mldsa_private_init_group(&item, 1, &room);
    wipe_stack();
    return item.status;
}
