/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mlkem/mlkem.h"

#include <string.h>

#include "backends/soft/pq.h"
#include "base/wipe.h"
#include "crypto/random/random.h"

_Static_assert(MLKEM_SECRET_LEN == PQ_SECRET_LEN, "one length for all");

static enum mlkem_set set_of(const struct pq_key *key)
{
    return (enum mlkem_set)key->set.number;
}

static const struct mlkem_private *priv_of(const struct pq_key *key)
{
    return (const struct mlkem_private *)key->priv.ptr;
}

/* CKP_ML_KEM_512, _768 and _1024 are 1, 2 and 3. */
static bool find_set(CK_ULONG parameter_set, struct pq_set *out)
{
    if (parameter_set < CKP_ML_KEM_512 || parameter_set > CKP_ML_KEM_1024)
        return false;
    enum mlkem_set set = (enum mlkem_set)(parameter_set - CKP_ML_KEM_512);
    const struct mlkem_sizes *s = mlkem_sizes(set);
    *out = (struct pq_set){
        .number = (int)set,
        .seed_len = MLKEM_SEED_LEN,
        .pk_len = s->ek_len,
        .sk_len = s->dk_len,
        .output_len = s->ct_len,
        .public_size = sizeof(struct mlkem_public),
        .private_size = sizeof(struct mlkem_private),
    };
    return true;
}

static enum pqhw_status expand_public(struct pq_key *key, struct span pk)
{
    return mlkem_public_init(key->pub, set_of(key), pk);
}

static enum pqhw_status expand_private(struct pq_key *key, struct span sk)
{
    return mlkem_private_init((struct mlkem_private *)key->priv.ptr, set_of(key), sk);
}

static enum pqhw_status expand_seed(struct pq_key *key, const uint8_t *seed)
{
    mlkem_keygen((struct mlkem_private *)key->priv.ptr, set_of(key), seed);
    return PQHW_OK;
}

static void encode_public(const struct pq_key *key, uint8_t *pk)
{
    memcpy(pk, priv_of(key)->pub.ek, key->set.pk_len);
}

static enum pqhw_status encode_private(const struct pq_key *key, uint8_t *sk)
{
    mlkem_private_encode(priv_of(key), sk);
    return PQHW_OK;
}

static enum pqhw_status encaps(const struct pq_key *key, uint8_t *ct, uint8_t *ss)
{
    uint8_t sk_coins[MLKEM_M_LEN];
    enum pqhw_status status = random_bytes(key->base.classic, sk_coins, sizeof(sk_coins));

    if (status == PQHW_OK)
        mlkem_encaps(key->pub, ct, ss, sk_coins);
    WIPE(sk_coins);
    return status;
}

static enum pqhw_status decaps(const struct pq_key *key, uint8_t *ss, struct span ct)
{
    mlkem_decaps(priv_of(key), ss, ct.ptr);
    return PQHW_OK;
}

const struct pq_family pq_mlkem = {
    .key_type = CKK_ML_KEM,
    .kept = CKA_SEED,
    .format = KEYFORMAT_MLKEM,
    .find_set = find_set,
    .expand_public = expand_public,
    .expand_private = expand_private,
    .expand_seed = expand_seed,
    .encode_public = encode_public,
    .encode_private = encode_private,
    .check_pair = pq_kem_check_pair,
    .encaps = encaps,
    .decaps = decaps,
};
