/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: from a seed, from bytes, to bytes.
 */
#include "crypto/hqc/key.h"

#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/hqc/group.h"
#include "crypto/hqc/impl.h"
#include "crypto/hqc/vector.h"
#include "crypto/workspace.h"

size_t hqc_public_size(enum hqc_set set)
{
    return sizeof(struct hqc_public) + (size_t)2 * hqc_params(set)->num_words * sizeof(uint64_t);
}

size_t hqc_private_size(enum hqc_set set)
{
    return sizeof(struct hqc_private) + hqc_params(set)->num_words * sizeof(uint64_t) +
           hqc_public_size(set);
}

static struct hqc_public *public_of(struct hqc_private *priv)
{
    return (void *)(priv->words + priv->params->num_words);
}

const struct hqc_public *hqc_private_public(const struct hqc_private *priv)
{
    return (const void *)(priv->words + priv->params->num_words);
}

enum hqc_set hqc_public_set(const struct hqc_public *pub)
{
    return pub->params->set;
}

enum hqc_set hqc_private_set(const struct hqc_private *priv)
{
    return priv->params->set;
}

/* ------------------------------------------------------------------ from bytes */

/* The key without what is hashed. */
static enum pqhw_status decode_public(struct hqc_public *pub, enum hqc_set set, struct span ek)
{
    enum pqhw_status status = PQHW_OK;
    const struct hqc_params *params = hqc_params(set);

    memset(pub, 0, sizeof(*pub));
    REQUIRE(ek.len == params->sizes.ek_len, PQHW_DATA_LEN_RANGE);
    pub->params = params;
    memcpy(pub->seed, ek.ptr, sizeof(pub->seed));
    REQUIRE(hqc_vector_load(pub->words + params->num_words, params, ek.ptr + sizeof(pub->seed)) ==
                0,
            PQHW_DATA_INVALID);
out:
    if (status != PQHW_OK)
        wipe(pub, hqc_public_size(set));
    return status;
}

void hqc_public_init_group(struct hqc_public_item item[], unsigned num,
                           struct hqc_public_room room[])
{
    struct hqc_hash *hash[2 * KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_hashes = 0;

    for (unsigned n = 0; n < num; n++) {
        struct hqc_public *pub = item[n].pub;

        item[n].status = decode_public(pub, item[n].set, item[n].ek);
        if (item[n].status != PQHW_OK)
            continue;
        hqc_hash_xof(&room[n].seed, pub->seed, room[n].bytes, hqc_vector_len(pub->params));
        hqc_hash_256(&room[n].key, HQC_DOMAIN_H, item[n].ek, pub->hash);
        hash[num_hashes++] = &room[n].seed;
        hash[num_hashes++] = &room[n].key;
    }
    hqc_hash_finish(hash, num_hashes);
    for (unsigned n = 0; n < num; n++)
        if (item[n].status == PQHW_OK)
            hqc_vector_load(item[n].pub->words, item[n].pub->params, room[n].bytes);
}

enum pqhw_status hqc_public_init(struct hqc_public *pub, enum hqc_set set, struct span ek)
{
    struct hqc_public_item item = {.set = set, .pub = pub, .ek = ek};
    WORKSPACE struct hqc_public_room room;

    hqc_public_init_group(&item, 1, &room);
    return item.status;
}

/* ------------------------------------------------------------------ from a seed */

/* seed_PKE || sigma = XOF(seed_KEM), to be hashed. */
static void begin(struct hqc_private *priv, enum hqc_set set, const uint8_t *seed,
                  struct hqc_keygen_room *room)
{
    const struct hqc_params *params = hqc_params(set);

    memset(priv, 0, sizeof(*priv));
    priv->params = params;
    memset(public_of(priv), 0, sizeof(struct hqc_public));
    public_of(priv)->params = params;
    memcpy(priv->seed, seed, sizeof(priv->seed));
    hqc_hash_xof(&room->sk_hash, priv->seed, room->sk_seeds, 32 + params->k);
}

/* seed_dk || seed_ek = I(seed_PKE), to be hashed. */
static void begin_pke(struct hqc_private *priv, struct hqc_keygen_room *room)
{
    memcpy(priv->sigma, room->sk_seeds + 32, priv->params->k);
    hqc_hash_512(&room->sk_hash, HQC_DOMAIN_I, span(room->sk_seeds, 32), room->sk_pair);
}

/* y, x and h, to be hashed. */
static void begin_vectors(struct hqc_private *priv, struct hqc_keygen_room *room)
{
    struct hqc_public *pub = public_of(priv);

    /* seed_ek is part of the encapsulation key. */
    CT_PUBLIC(room->sk_pair + 32, 32);
    memcpy(priv->seed_dk, room->sk_pair, sizeof(priv->seed_dk));
    memcpy(pub->seed, room->sk_pair + 32, sizeof(pub->seed));
    hqc_hash_xof(&room->sk_hash, priv->seed_dk, room->sk_draw, hqc_secret_draw_len(priv->params));
    hqc_hash_xof(&room->hash, pub->seed, room->bytes, hqc_vector_len(priv->params));
}

/* y, h and s = x + h y; H(ek), to be hashed. */
static void derive(struct hqc_private *priv, struct hqc_keygen_room *room)
{
    const struct hqc_params *params = priv->params;
    const size_t len = params->num_words * sizeof(uint64_t);
    struct hqc_public *pub = public_of(priv);
    uint64_t *const h = pub->words;
    uint64_t *const s = pub->words + params->num_words;
    struct hqc_draw draw = {&room->sk_hash.k, room->sk_draw, hqc_secret_draw_len(params)};
    WORKSPACE uint64_t sk_x[HQC_MAX_WORDS];

    hqc_vector_load(h, params, room->bytes);
    hqc_sample_secret(priv->words, params, &draw);
    hqc_sample_secret(sk_x, params, &draw);
    hqc_impl()->mul(s, h, priv->words, params);
    hqc_words_add(s, sk_x, params->num_words);
    /* s is published as part of the encapsulation key. */
    CT_PUBLIC(s, len);
    hqc_public_encode(pub, room->bytes);
    hqc_hash_256(&room->hash, HQC_DOMAIN_H, span(room->bytes, params->sizes.ek_len), pub->hash);
    wipe(sk_x, len);
    WIPE(room->sk_hash);
    WIPE(room->sk_seeds);
    WIPE(room->sk_pair);
    WIPE(room->sk_draw);
}

/* What is left in a room is public, but is not left either. */
static void clear_room(struct hqc_keygen_room *room, const struct hqc_params *params)
{
    memset(&room->hash, 0, sizeof(room->hash));
    memset(room->bytes, 0, params->sizes.ek_len);
}

/* The expanded keys of priv[n] and their seeds. Their encapsulation keys stay in the rooms. */
static void expand(struct hqc_private *const priv[], unsigned num, struct hqc_keygen_room room[])
{
    struct hqc_hash *hash[2 * KECCAK_MAX_WIDTH] = {NULL};

    for (unsigned n = 0; n < num; n++) {
        hash[n] = &room[n].sk_hash;
        hash[num + n] = &room[n].hash;
    }
    hqc_hash_finish(hash, num);
    for (unsigned n = 0; n < num; n++)
        begin_pke(priv[n], &room[n]);
    hqc_hash_finish(hash, num);
    for (unsigned n = 0; n < num; n++)
        begin_vectors(priv[n], &room[n]);
    hqc_hash_finish(hash, 2 * num);
    for (unsigned n = 0; n < num; n++)
        derive(priv[n], &room[n]);
    hqc_hash_finish(hash + num, num);
}

void hqc_keygen_group(struct hqc_keygen_item item[], unsigned num, struct hqc_keygen_room room[])
{
    struct hqc_private *priv[KECCAK_MAX_WIDTH] = {NULL};

    for (unsigned n = 0; n < num; n++) {
        priv[n] = item[n].priv;
        begin(priv[n], item[n].set, item[n].seed, &room[n]);
        item[n].status = PQHW_OK;
    }
    expand(priv, num, room);
    for (unsigned n = 0; n < num; n++)
        clear_room(&room[n], priv[n]->params);
}

void hqc_keygen(struct hqc_private *priv, enum hqc_set set, const uint8_t seed[HQC_SEED_LEN])
{
    struct hqc_keygen_item item = {.set = set, .priv = priv, .seed = seed};
    WORKSPACE struct hqc_keygen_room room;

    hqc_keygen_group(&item, 1, &room);
    wipe_stack();
}

/* ------------------------------------------------------------------ from dk */

/* Whether a key that was made from the seed of dk is that of dk. */
static enum pqhw_status check_private(const struct hqc_private *priv, const uint8_t *ek,
                                      struct span dk)
{
    const struct hqc_params *params = priv->params;
    const uint8_t *const secrets = dk.ptr + params->sizes.ek_len; /* seed_dk, sigma */
    uint8_t different = 0;

    different |= ct_mask_different(ek, dk.ptr, params->sizes.ek_len);
    different |= ct_mask_different(priv->seed_dk, secrets, sizeof(priv->seed_dk));
    different |= ct_mask_different(priv->sigma, secrets + sizeof(priv->seed_dk), params->k);
    /* Whether a key is refused is told to the caller. */
    CT_PUBLIC(&different, sizeof(different));
    return different == 0 ? PQHW_OK : PQHW_DATA_INVALID;
}

void hqc_private_init_group(struct hqc_private_item item[], unsigned num,
                            struct hqc_keygen_room room[])
{
    struct hqc_private *priv[KECCAK_MAX_WIDTH] = {NULL};
    struct hqc_private_item *good[KECCAK_MAX_WIDTH] = {NULL};
    unsigned num_good = 0;

    for (unsigned n = 0; n < num; n++) {
        item[n].status =
            item[n].dk.len == hqc_sizes(item[n].set)->dk_len ? PQHW_OK : PQHW_DATA_LEN_RANGE;
        if (item[n].status != PQHW_OK) {
            wipe(item[n].priv, hqc_private_size(item[n].set));
            continue;
        }
        priv[num_good] = item[n].priv;
        begin(item[n].priv, item[n].set, item[n].dk.ptr + item[n].dk.len - HQC_SEED_LEN,
              &room[num_good]);
        good[num_good++] = &item[n];
    }
    expand(priv, num_good, room);
    for (unsigned n = 0; n < num_good; n++) {
        good[n]->status = check_private(priv[n], room[n].bytes, good[n]->dk);
        clear_room(&room[n], priv[n]->params);
        if (good[n]->status != PQHW_OK)
            wipe(priv[n], hqc_private_size(good[n]->set));
    }
}

enum pqhw_status hqc_private_init(struct hqc_private *priv, enum hqc_set set, struct span dk)
{
    struct hqc_private_item item = {.set = set, .priv = priv, .dk = dk};
    WORKSPACE struct hqc_keygen_room room;

    hqc_private_init_group(&item, 1, &room);
    wipe_stack();
    return item.status;
}

/* ------------------------------------------------------------------ to bytes */

void hqc_public_encode(const struct hqc_public *pub, uint8_t *ek)
{
    memcpy(ek, pub->seed, sizeof(pub->seed));
    hqc_words_store(ek + sizeof(pub->seed), hqc_vector_len(pub->params), hqc_public_s(pub));
}

void hqc_private_encode(const struct hqc_private *priv, uint8_t *dk)
{
    const struct hqc_params *params = priv->params;

    hqc_public_encode(hqc_private_public(priv), dk);
    dk += params->sizes.ek_len;
    memcpy(dk, priv->seed_dk, sizeof(priv->seed_dk));
    dk += sizeof(priv->seed_dk);
    memcpy(dk, priv->sigma, params->k);
    memcpy(dk + params->k, priv->seed, sizeof(priv->seed));
}
