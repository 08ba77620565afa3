/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM and its component scheme K-PKE (FIPS 203, 5 to 7) over expanded keys.
 */
#include "crypto/mlkem/mlkem.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/mlkem/group.h"
#include "crypto/mlkem/impl.h"
#include "crypto/mlkem/params.h"
#include "crypto/mlkem/sampler.h"
#include "crypto/workspace.h"

/* An encapsulation, or the one that decapsulation does again. */
struct encapsulation {
    const struct mlkem_public *pub;
    const uint8_t *m;
    uint8_t *ct;
    struct mlkem_encaps_room *room;
    struct keccak_feed *beside; /* taken in meanwhile; NULL: nothing */
};

/* (K, r) = G(m || H(ek)), with the first block of what is to be taken in beside. */
static void derive(const struct encapsulation e[], unsigned num)
{
    struct keccak *state[2 * KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_states = 0;

    for (unsigned n = 0; n < num; n++) {
        struct keccak *sk_g = &e[n].room->sk_g;

        sha3_512_init(sk_g);
        keccak_absorb(sk_g, e[n].m, MLKEM_M_LEN);
        keccak_absorb(sk_g, e[n].pub->hash, sizeof(e[n].pub->hash));
        keccak_pad(sk_g);
        state[num_states++] = sk_g;
        if (e[n].beside != NULL) {
            keccak_feed_next(e[n].beside);
            state[num_states++] = &e[n].beside->k;
        }
    }
    keccak_lanes_permute(state, num_states);
    for (unsigned n = 0; n < num; n++) {
        keccak_squeeze(&e[n].room->sk_g, e[n].room->ss_and_r, sizeof(e[n].room->ss_and_r));
        WIPE(e[n].room->sk_g);
    }
}

/* y, e1 and e2 from r, and all of what is beside. */
static void sample(const struct encapsulation e[], unsigned num)
{
    struct mlkem_samples samples[KECCAK_MAX_WIDTH] = {0};

    for (unsigned n = 0; n < num; n++) {
        const struct mlkem_params *par = mlkem_params(e[n].pub->set);

        samples[n] = (struct mlkem_samples){
            .noise = e[n].room->sk_noise,
            .sk_seed = e[n].room->ss_and_r + 32,
            .num_noise = 2 * par->k + 1,
            .num_eta3 = par->eta1 == 3 ? par->k : 0,
            .beside = e[n].beside,
        };
    }
    mlkem_sample(samples, num);
}

/* Algorithm 14, K-PKE.Encrypt, from where the noise is sampled. Wipes it. */
static void encrypt(const struct encapsulation *e)
{
    const struct mlkem_params *par = mlkem_params(e->pub->set);
    const struct mlkem_impl *impl = mlkem_impl();
    const unsigned k = par->k;
    struct mlkem_poly *const sk_noise = e->room->sk_noise; /* y, e1, e2 */
    struct mlkem_poly *const sk_e = sk_noise + k;
    uint8_t *ct = e->ct;
    WORKSPACE struct mlkem_factor sk_y[MLKEM_MAX_K];
    WORKSPACE struct mlkem_poly sk_u; /* one row of u, then v; without its noise */

    for (unsigned i = 0; i < k; i++) {
        impl->ntt(&sk_noise[i]);
        impl->factor(&sk_y[i], &sk_noise[i]);
    }
    for (unsigned i = 0; i < k; i++) { /* row i of A^T is column i of A */
        impl->basemul_acc(&sk_u, &e->pub->a[i], k, sk_y, k);
        impl->intt(&sk_u);
        impl->compress(ct, &sk_u, &sk_e[i], par->du);
        ct += 32 * par->du;
    }
    impl->basemul_acc(&sk_u, e->pub->t, 1, sk_y, k);
    impl->intt(&sk_u);
    impl->add_message(&sk_u, e->m);
    impl->compress(ct, &sk_u, &sk_e[k], par->dv);

    wipe(sk_noise, (2 * k + 1) * sizeof(sk_noise[0]));
    wipe(sk_y, k * sizeof(sk_y[0]));
    WIPE(sk_u);
}

/* The ciphertexts; K || r stays in the rooms. */
static void encapsulate(const struct encapsulation e[], unsigned num)
{
    derive(e, num);
    sample(e, num);
    for (unsigned n = 0; n < num; n++)
        encrypt(&e[n]);
}

void mlkem_encaps_group(struct mlkem_encaps_item item[], unsigned num,
                        struct mlkem_encaps_room room[])
{
    struct encapsulation e[KECCAK_MAX_WIDTH] = {0};

    for (unsigned n = 0; n < num; n++)
        e[n] = (struct encapsulation){item[n].pub, item[n].m, item[n].ct, &room[n], NULL};
    encapsulate(e, num);
    for (unsigned n = 0; n < num; n++) {
        /* The ciphertext is sent in the open. */
        CT_PUBLIC(item[n].ct, mlkem_sizes(item[n].pub->set)->ct_len);
        memcpy(item[n].ss, room[n].ss_and_r, MLKEM_SECRET_LEN);
        WIPE(room[n].ss_and_r);
        item[n].status = PQHW_OK;
    }
}

void mlkem_encaps(const struct mlkem_public *pub, uint8_t *ct, uint8_t ss[MLKEM_SECRET_LEN],
                  const uint8_t m[MLKEM_M_LEN])
{
    struct mlkem_encaps_item item = {.pub = pub, .ct = ct, .ss = ss, .m = m};
    WORKSPACE struct mlkem_encaps_room room;

    mlkem_encaps_group(&item, 1, &room);
    wipe_stack();
}

/* Algorithm 15, K-PKE.Decrypt. */
static void decrypt(const struct mlkem_private *priv, uint8_t m[MLKEM_M_LEN], const uint8_t *ct)
{
    const struct mlkem_params *par = mlkem_params(priv->pub.set);
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

/* K, or the secret that stands for a ciphertext which was not made for this key. */
static void choose(const struct mlkem_decaps_item *item, struct mlkem_decaps_room *room)
{
    uint8_t ss_rejected[MLKEM_SECRET_LEN];
    uint8_t sk_mask = ct_mask_different(item->ct.ptr, room->sk_ct, item->ct.len);

    keccak_squeeze(&room->sk_j.k, ss_rejected, sizeof(ss_rejected));
    ct_select(item->ss, sk_mask, ss_rejected, room->again.ss_and_r, MLKEM_SECRET_LEN);
    WIPE(ss_rejected);
    WIPE(sk_mask);
    WIPE(room->again.ss_and_r);
    WIPE(room->sk_m);
    WIPE(room->sk_ct);
    WIPE(room->sk_j);
}

void mlkem_decaps_group(struct mlkem_decaps_item item[], unsigned num,
                        struct mlkem_decaps_room room[])
{
    struct encapsulation e[KECCAK_MAX_WIDTH] = {0};
    const struct mlkem_decaps_item *good[KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_good = 0;

    for (unsigned n = 0; n < num; n++) {
        const struct mlkem_private *priv = item[n].priv;
        struct mlkem_decaps_room *r = &room[num_good];

        item[n].status = PQHW_ENCRYPTED_DATA_LEN_RANGE;
        if (item[n].ct.len != mlkem_sizes(priv->pub.set)->ct_len)
            continue;
        item[n].status = PQHW_OK;
        shake256_init(&r->sk_j.k);
        keccak_absorb(&r->sk_j.k, priv->z, sizeof(priv->z));
        r->sk_j.rest = item[n].ct;
        decrypt(priv, r->sk_m, item[n].ct.ptr);
        e[num_good] = (struct encapsulation){&priv->pub, r->sk_m, r->sk_ct, &r->again, &r->sk_j};
        good[num_good++] = &item[n];
    }
    encapsulate(e, num_good);
    for (unsigned n = 0; n < num_good; n++)
        choose(good[n], &room[n]);
}

void mlkem_decaps(const struct mlkem_private *priv, uint8_t ss[MLKEM_SECRET_LEN], const uint8_t *ct)
{
    struct mlkem_decaps_item item = {
        .priv = priv,
        .ss = ss,
        .ct = span(ct, mlkem_sizes(priv->pub.set)->ct_len),
    };
    WORKSPACE struct mlkem_decaps_room room;

    mlkem_decaps_group(&item, 1, &room);
    wipe_stack();
}
