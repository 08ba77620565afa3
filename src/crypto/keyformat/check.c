/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/falcon/falcon.h"
#include "crypto/hqc/hqc.h"
#include "crypto/keyformat/keyformat.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/slhdsa/slhdsa.h"

static size_t aligned(size_t len)
{
    return (len + 63) & ~(size_t)63;
}

/* room: the expanded key in memory, then its encodings */

static size_t mlkem_room(int set)
{
    (void)set;
    return aligned(sizeof(struct mlkem_private)) + MLKEM_MAX_DK_LEN;
}

/*
 * The pair-wise consistency test of FIPS 203, 7.1: of s itself the standard has no other check. Any
 * m will do; this one needs no generator. work is as long as a decapsulation key.
 */
static bool mlkem_pair_agrees(const struct mlkem_private *priv, uint8_t *work)
{
    uint8_t *ss_encaps = work, *ss_decaps = work + MLKEM_SECRET_LEN;
    uint8_t *ct = work + 2 * MLKEM_SECRET_LEN;

    mlkem_encaps(&priv->pub, ct, ss_encaps, priv->pub.hash);
    mlkem_decaps(priv, ss_decaps, ct);
    return ct_equal(ss_encaps, ss_decaps, MLKEM_SECRET_LEN);
}

static enum pqhw_status mlkem_check(const struct keyformat_private *key, uint8_t *room)
{
    enum pqhw_status status = PQHW_OK;
    enum mlkem_set set = (enum mlkem_set)key->alg->set;
    struct mlkem_private *priv = (struct mlkem_private *)(void *)room;
    uint8_t *sk_encoded = room + aligned(sizeof(*priv));

    if (key->seed.len > 0) {
        mlkem_keygen(priv, set, key->seed.ptr);
        mlkem_private_encode(priv, sk_encoded);
        REQUIRE(key->expanded.len == 0 ||
                    ct_equal(sk_encoded, key->expanded.ptr, key->expanded.len),
                PQHW_DATA_INVALID);
    } else {
        TRY(mlkem_private_init(priv, set, key->expanded));
        REQUIRE(mlkem_pair_agrees(priv, sk_encoded), PQHW_DATA_INVALID);
    }
    REQUIRE(key->key_public.len == 0 ||
                span_equal(key->key_public, span(priv->pub.ek, key->alg->public_len)),
            PQHW_DATA_INVALID);
out:
    return status;
}

static size_t hqc_room(int set)
{
    return aligned(hqc_private_size((enum hqc_set)set)) + HQC_MAX_DK_LEN;
}

/* An expanded key has its seed at the end, and is read by making it again. */
static enum pqhw_status hqc_check(const struct keyformat_private *key, uint8_t *room)
{
    enum pqhw_status status = PQHW_OK;
    enum hqc_set set = (enum hqc_set)key->alg->set;
    struct hqc_private *priv = (struct hqc_private *)(void *)room;
    uint8_t *encoded = room + aligned(hqc_private_size(set));

    if (key->expanded.len > 0)
        TRY(hqc_private_init(priv, set, key->expanded));
    else
        hqc_keygen(priv, set, key->seed.ptr);
    hqc_private_encode(priv, encoded); /* begins with the public key, ends with the seed */
    REQUIRE(key->seed.len == 0 || ct_equal(encoded + key->alg->expanded_len - HQC_SEED_LEN,
                                           key->seed.ptr, HQC_SEED_LEN),
            PQHW_DATA_INVALID);
    REQUIRE(key->key_public.len == 0 ||
                span_equal(key->key_public, span(encoded, key->alg->public_len)),
            PQHW_DATA_INVALID);
out:
    return status;
}

static size_t mldsa_room(int set)
{
    return aligned(mldsa_private_size((enum mldsa_set)set)) + MLDSA_MAX_SK_LEN;
}

static enum pqhw_status mldsa_check(const struct keyformat_private *key, uint8_t *room)
{
    enum pqhw_status status = PQHW_OK;
    enum mldsa_set set = (enum mldsa_set)key->alg->set;
    struct mldsa_private *priv = (struct mldsa_private *)(void *)room;
    uint8_t *sk_encoded = room + aligned(mldsa_private_size(set));

    if (key->seed.len > 0) {
        mldsa_keygen(priv, set, key->seed.ptr);
        mldsa_private_encode(priv, sk_encoded);
        REQUIRE(key->expanded.len == 0 ||
                    ct_equal(sk_encoded, key->expanded.ptr, key->expanded.len),
                PQHW_DATA_INVALID);
    } else {
        TRY(mldsa_private_init(priv, set, key->expanded));
    }
    mldsa_private_public_encode(priv, sk_encoded);
    REQUIRE(key->key_public.len == 0 ||
                span_equal(key->key_public, span(sk_encoded, key->alg->public_len)),
            PQHW_DATA_INVALID);
out:
    return status;
}

static size_t slhdsa_room(int set)
{
    return aligned(slhdsa_private_size((enum slhdsa_set)set)) + SLHDSA_MAX_PK_LEN;
}

static enum pqhw_status slhdsa_check(const struct keyformat_private *key, uint8_t *room)
{
    enum pqhw_status status = PQHW_OK;
    enum slhdsa_set set = (enum slhdsa_set)key->alg->set;
    struct slhdsa_private *priv = (struct slhdsa_private *)(void *)room;
    uint8_t *pk = room + aligned(slhdsa_private_size(set));

    TRY(slhdsa_private_init(priv, set, key->expanded));
    slhdsa_public_encode(slhdsa_private_public(priv), pk);
    REQUIRE(key->key_public.len == 0 || span_equal(key->key_public, span(pk, key->alg->public_len)),
            PQHW_DATA_INVALID);
out:
    return status;
}

static size_t falcon_room(int set)
{
    return aligned(falcon_private_size((enum falcon_set)set)) + FALCON_MAX_PK_LEN;
}

static enum pqhw_status falcon_check(const struct keyformat_private *key, uint8_t *room)
{
    enum pqhw_status status = PQHW_OK;
    enum falcon_set set = (enum falcon_set)key->alg->set;
    struct falcon_private *priv = (struct falcon_private *)(void *)room;
    uint8_t *pk = room + aligned(falcon_private_size(set));

    TRY(falcon_private_init(priv, set, key->expanded));
    falcon_private_public_encode(priv, pk);
    REQUIRE(key->key_public.len == 0 || span_equal(key->key_public, span(pk, key->alg->public_len)),
            PQHW_DATA_INVALID);
out:
    return status;
}

static const struct {
    size_t (*room)(int set);
    enum pqhw_status (*check)(const struct keyformat_private *key, uint8_t *room);
} families[] = {
    [KEYFORMAT_MLDSA] = {mldsa_room, mldsa_check},
    [KEYFORMAT_MLKEM] = {mlkem_room, mlkem_check},
    [KEYFORMAT_SLHDSA] = {slhdsa_room, slhdsa_check},
    [KEYFORMAT_FALCON] = {falcon_room, falcon_check},
    [KEYFORMAT_HQC] = {hqc_room, hqc_check},
};

size_t keyformat_check_room(const struct keyformat_alg *alg)
{
    return families[alg->family].room(alg->set);
}

enum pqhw_status keyformat_check(const struct keyformat_private *key, void *room)
{
    enum pqhw_status status = families[key->alg->family].check(key, room);

    wipe(room, keyformat_check_room(key->alg));
    return status;
}
