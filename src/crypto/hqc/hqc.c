/* SPDX-License-Identifier: Apache-2.0
 *
 * HQC.KEM and HQC.PKE (specification, 2.3) over expanded keys.
 */
#include "crypto/hqc/hqc.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/hqc/code.h"
#include "crypto/hqc/group.h"
#include "crypto/hqc/impl.h"
#include "crypto/hqc/key.h"
#include "crypto/hqc/vector.h"
#include "crypto/workspace.h"

/* An encapsulation, or the one that decapsulation does again. */
struct encapsulation {
    const struct hqc_public *pub;
    const uint8_t *m;
    const uint8_t *salt;
    uint8_t *ct;
    struct hqc_encaps_room *room;
    struct hqc_hash *beside; /* hashed meanwhile; NULL: nothing */
};

/* K || theta = G(H(ek) || m || salt), then what r2, e and r1 are sampled from. */
static void derive(const struct encapsulation e[], unsigned num)
{
    struct hqc_hash *hash[2 * KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_hashes = num;

    for (unsigned n = 0; n < num; n++) {
        struct hqc_encaps_room *room = e[n].room;

        hash[n] = &room->sk_hash;
        hqc_hash_512(hash[n], HQC_DOMAIN_G, span(e[n].salt, HQC_SALT_LEN), room->sk_pair);
        keccak_absorb(&hash[n]->k, e[n].pub->hash, sizeof(e[n].pub->hash));
        keccak_absorb(&hash[n]->k, e[n].m, e[n].pub->params->k);
    }
    hqc_hash_finish(hash, num);
    for (unsigned n = 0; n < num; n++) {
        hqc_hash_xof(hash[n], e[n].room->sk_pair + 32, e[n].room->sk_draw,
                     hqc_noise_draw_len(e[n].pub->params));
        if (e[n].beside != NULL)
            hash[num_hashes++] = e[n].beside;
    }
    hqc_hash_finish(hash, num_hashes);
}

/* HQC.PKE.Encrypt, from where the noise is drawn: u = r1 + h r2 and v = C(m) + s r2 + e. */
static void encrypt(const struct encapsulation *e)
{
    const struct hqc_params *params = e->pub->params;
    const struct hqc_impl *impl = hqc_impl();
    const size_t step = (size_t)4 * params->w_r;
    const size_t num_words = params->num_words;
    const uint8_t *const draw = e->room->sk_draw;
    uint8_t *ct = e->ct;
    WORKSPACE uint64_t sk_r2[HQC_MAX_WORDS];
    WORKSPACE uint64_t sk_noise[HQC_MAX_WORDS]; /* r1, then e */
    WORKSPACE uint64_t sk_sum[HQC_MAX_WORDS];   /* u, then v */

    hqc_sample_noise(sk_r2, params, draw);
    hqc_sample_noise(sk_noise, params, draw + 2 * step);
    impl->mul(sk_sum, hqc_public_h(e->pub), sk_r2, params);
    hqc_words_add(sk_sum, sk_noise, num_words);
    hqc_words_store(ct, hqc_vector_len(params), sk_sum);
    ct += hqc_vector_len(params);

    hqc_sample_noise(sk_noise, params, draw + step);
    impl->mul(sk_sum, hqc_public_s(e->pub), sk_r2, params);
    hqc_words_add(sk_sum, sk_noise, num_words);
    hqc_code_add(sk_sum, e->m, params);
    hqc_words_store(ct, (size_t)8 * hqc_code_words(params), sk_sum);
    memcpy(ct + (size_t)8 * hqc_code_words(params), e->salt, HQC_SALT_LEN);

    wipe(sk_r2, num_words * sizeof(sk_r2[0]));
    wipe(sk_noise, num_words * sizeof(sk_noise[0]));
    wipe(sk_sum, num_words * sizeof(sk_sum[0]));
    WIPE(e->room->sk_hash);
    WIPE(e->room->sk_draw);
}

/* The ciphertexts; K || theta stays in the rooms. */
static void encapsulate(const struct encapsulation e[], unsigned num)
{
    derive(e, num);
    for (unsigned n = 0; n < num; n++)
        encrypt(&e[n]);
}

void hqc_encaps_group(struct hqc_encaps_item item[], unsigned num, struct hqc_encaps_room room[])
{
    struct encapsulation e[KECCAK_MAX_WIDTH] = {0};

    for (unsigned n = 0; n < num; n++) {
        const struct hqc_public *pub = item[n].pub;
        const uint8_t *const salt = item[n].coins + pub->params->k;

        e[n] = (struct encapsulation){pub, item[n].coins, salt, item[n].ct, &room[n], NULL};
    }
    encapsulate(e, num);
    for (unsigned n = 0; n < num; n++) {
        /* The ciphertext is sent in the open. */
        CT_PUBLIC(item[n].ct, item[n].pub->params->sizes.ct_len);
        memcpy(item[n].ss, room[n].sk_pair, HQC_SECRET_LEN);
        WIPE(room[n].sk_pair);
        item[n].status = PQHW_OK;
    }
}

void hqc_encaps(const struct hqc_public *pub, uint8_t *ct, uint8_t ss[HQC_SECRET_LEN],
                const uint8_t *coins)
{
    struct hqc_encaps_item item = {.pub = pub, .ct = ct, .ss = ss, .coins = coins};
    WORKSPACE struct hqc_encaps_room room;

    hqc_encaps_group(&item, 1, &room);
    wipe_stack();
}

/* HQC.PKE.Decrypt: what is nearest to v - u y. Bits of u above n are dropped here, and found
 * wanting when ciphertexts are compared. */
static void decrypt(const struct hqc_private *priv, uint8_t *m, const uint8_t *ct)
{
    const struct hqc_params *params = priv->params;
    const size_t num_words = hqc_code_words(params);
    WORKSPACE uint64_t sk_word[HQC_MAX_WORDS];
    WORKSPACE uint64_t v[HQC_MAX_WORDS];

    hqc_vector_load(sk_word, params, ct);
    hqc_impl()->mul(sk_word, sk_word, priv->words, params);
    hqc_words_load(v, num_words, ct + hqc_vector_len(params), 8 * num_words);
    hqc_words_add(sk_word, v, num_words);
    hqc_code_decode(m, sk_word, params);
    wipe(sk_word, params->num_words * sizeof(sk_word[0]));
}

/* What is given out if the ciphertext is not the one that comes out again: J(H(ek) || sigma ||
 * ct), to be hashed. */
static void begin_rejected(const struct hqc_private *priv, struct span ct,
                           struct hqc_decaps_room *room)
{
    const struct hqc_public *pub = hqc_private_public(priv);

    hqc_hash_256(&room->sk_hash, HQC_DOMAIN_J, ct, room->ss_rejected);
    keccak_absorb(&room->sk_hash.k, pub->hash, sizeof(pub->hash));
    keccak_absorb(&room->sk_hash.k, priv->sigma, priv->params->k);
}

static void choose(const struct hqc_decaps_item *item, struct hqc_decaps_room *room)
{
    uint8_t sk_mask = ct_mask_different(item->ct.ptr, room->sk_ct, item->ct.len);

    ct_select(item->ss, sk_mask, room->ss_rejected, room->again.sk_pair, HQC_SECRET_LEN);
    WIPE(sk_mask);
    WIPE(room->again.sk_pair);
    WIPE(room->sk_hash);
    WIPE(room->ss_rejected);
    WIPE(room->sk_m);
    wipe(room->sk_ct, item->ct.len);
}

void hqc_decaps_group(struct hqc_decaps_item item[], unsigned num, struct hqc_decaps_room room[])
{
    struct encapsulation e[KECCAK_MAX_WIDTH] = {0};
    const struct hqc_decaps_item *good[KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_good = 0;

    for (unsigned n = 0; n < num; n++) {
        const struct hqc_private *priv = item[n].priv;
        struct hqc_decaps_room *r = &room[num_good];

        item[n].status = PQHW_ENCRYPTED_DATA_LEN_RANGE;
        if (item[n].ct.len != priv->params->sizes.ct_len)
            continue;
        item[n].status = PQHW_OK;
        begin_rejected(priv, item[n].ct, r);
        decrypt(priv, r->sk_m, item[n].ct.ptr);
        e[num_good] = (struct encapsulation){
            .pub = hqc_private_public(priv),
            .m = r->sk_m,
            .salt = item[n].ct.ptr + item[n].ct.len - HQC_SALT_LEN,
            .ct = r->sk_ct,
            .room = &r->again,
            .beside = &r->sk_hash,
        };
        good[num_good++] = &item[n];
    }
    encapsulate(e, num_good);
    for (unsigned n = 0; n < num_good; n++)
        choose(good[n], &room[n]);
}

void hqc_decaps(const struct hqc_private *priv, uint8_t ss[HQC_SECRET_LEN], const uint8_t *ct)
{
    struct hqc_decaps_item item = {
        .priv = priv,
        .ss = ss,
        .ct = span(ct, priv->params->sizes.ct_len),
    };
    WORKSPACE struct hqc_decaps_room room;

    hqc_decaps_group(&item, 1, &room);
    wipe_stack();
}
