/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hqc/hqc.h"

#include "backends/soft/pq.h"
#include "base/wipe.h"
#include "crypto/random/random.h"

_Static_assert(HQC_SECRET_LEN == PQ_SECRET_LEN, "one length for all");

static enum hqc_set set_of(const struct pq_key *key)
{
    return (enum hqc_set)key->set.number;
}

static const struct hqc_private *priv_of(const struct pq_key *key)
{
    return (const struct hqc_private *)key->priv.ptr;
}

/* CKP_PQHW_HQC_2025_1, _3 and _5 are 1, 2 and 3. */
static bool find_set(CK_ULONG parameter_set, struct pq_set *out)
{
    if (parameter_set < CKP_PQHW_HQC_2025_1 || parameter_set > CKP_PQHW_HQC_2025_5)
        return false;
    enum hqc_set set = (enum hqc_set)(parameter_set - CKP_PQHW_HQC_2025_1);
    const struct hqc_sizes *s = hqc_sizes(set);
    *out = (struct pq_set){
        .number = (int)set,
        .seed_len = HQC_SEED_LEN,
        .pk_len = s->ek_len,
        .sk_len = s->dk_len,
        .output_len = s->ct_len,
        .public_size = hqc_public_size(set),
        .private_size = hqc_private_size(set),
    };
    return true;
}

static enum pqhw_status expand_public(struct pq_key *key, struct span pk)
{
    return hqc_public_init(key->pub, set_of(key), pk);
}

static enum pqhw_status expand_private(struct pq_key *key, struct span sk)
{
    return hqc_private_init((struct hqc_private *)key->priv.ptr, set_of(key), sk);
}

static enum pqhw_status expand_seed(struct pq_key *key, const uint8_t *seed)
{
    hqc_keygen((struct hqc_private *)key->priv.ptr, set_of(key), seed);
    return PQHW_OK;
}

static void encode_public(const struct pq_key *key, uint8_t *pk)
{
    hqc_public_encode(hqc_private_public(priv_of(key)), pk);
}

static enum pqhw_status encode_private(const struct pq_key *key, uint8_t *sk)
{
    hqc_private_encode(priv_of(key), sk);
    return PQHW_OK;
}

static enum pqhw_status encaps(const struct pq_key *key, uint8_t *ct, uint8_t *ss)
{
    uint8_t sk_coins[HQC_MAX_COINS_LEN];
    enum pqhw_status status =
        random_bytes(key->base.classic, sk_coins, hqc_sizes(set_of(key))->coins_len);

    if (status == PQHW_OK)
        hqc_encaps(key->pub, ct, ss, sk_coins);
    WIPE(sk_coins);
    return status;
}

static enum pqhw_status decaps(const struct pq_key *key, uint8_t *ss, struct span ct)
{
    hqc_decaps(priv_of(key), ss, ct.ptr);
    return PQHW_OK;
}

const struct pq_family pq_hqc = {
    .key_type = CKK_PQHW_HQC_2025,
    .kept = CKA_SEED,
    .format = KEYFORMAT_HQC,
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
