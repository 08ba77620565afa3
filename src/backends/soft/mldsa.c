/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/mldsa.h"

#include <stdlib.h>

#include "backends/soft/pq.h"
#include "base/wipe.h"
#include "crypto/random/random.h"

/* ---- keys ---- */

static enum mldsa_set set_of(const struct pq_key *key)
{
    return (enum mldsa_set)key->set.number;
}

static const struct mldsa_private *priv_of(const struct pq_key *key)
{
    return (const struct mldsa_private *)(const void *)key->priv.ptr;
}

static struct mldsa_private *priv_room(struct pq_key *key)
{
    return (struct mldsa_private *)(void *)key->priv.ptr;
}

/* CKP_ML_DSA_44, _65 and _87 are 1, 2 and 3. */
static bool find_set(CK_ULONG parameter_set, struct pq_set *out)
{
    if (parameter_set < CKP_ML_DSA_44 || parameter_set > CKP_ML_DSA_87)
        return false;
    enum mldsa_set set = (enum mldsa_set)(parameter_set - CKP_ML_DSA_44);
    const struct mldsa_sizes *s = mldsa_sizes(set);
    *out = (struct pq_set){
        .number = (int)set,
        .seed_len = MLDSA_SEED_LEN,
        .pk_len = s->pk_len,
        .sk_len = s->sk_len,
        .output_len = s->sig_len,
        .public_size = mldsa_public_size(set),
        .private_size = mldsa_private_size(set),
    };
    return true;
}

static enum pqhw_status expand_public(struct pq_key *key, struct span pk)
{
    return mldsa_public_init(key->pub, set_of(key), pk);
}

static enum pqhw_status expand_private(struct pq_key *key, struct span sk)
{
    return mldsa_private_init(priv_room(key), set_of(key), sk);
}

static enum pqhw_status expand_seed(struct pq_key *key, const uint8_t *seed)
{
    mldsa_keygen(priv_room(key), set_of(key), seed);
    return PQHW_OK;
}

static void encode_public(const struct pq_key *key, uint8_t *pk)
{
    mldsa_private_public_encode(priv_of(key), pk);
}

static enum pqhw_status encode_private(const struct pq_key *key, uint8_t *sk)
{
    mldsa_private_encode(priv_of(key), sk);
    return PQHW_OK;
}

/* ---- operations ---- */

/* How the message reaches mu. */
enum message_form {
    MESSAGE_PURE,   /* as it is (FIPS 204, Algorithm 2) */
    MESSAGE_HASHED, /* hashed here (Algorithm 4) */
    MESSAGE_HASH,   /* already hashed by the caller (Algorithm 4) */
};

struct mldsa_op {
    struct backend_op base;
    bool deterministic;
    enum message_form form;
    struct mldsa_mu mu;
    struct digest *digest; /* MESSAGE_HASHED */
    size_t hash_len;       /* MESSAGE_HASHED, MESSAGE_HASH */
    size_t hash_seen;      /* MESSAGE_HASH: bytes so far, never more than hash_len */
};

static struct mldsa_op *op_of(struct backend_op *op)
{
    return (struct mldsa_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    struct mldsa_op *op = op_of(base);
    digest_free(op->digest);
    wipe(op, sizeof(*op));
    free(op);
}

/* Start mu, and the digest if there is one. */
static enum pqhw_status op_start(struct mldsa_op *op, const struct mechanism *mechanism,
                                 const uint8_t *tr)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info = mechanism_find(mechanism->type);
    struct span oid = SPAN_EMPTY;
    enum digest_alg alg;

    REQUIRE(info != NULL && info->key_type == CKK_ML_DSA, PQHW_MECHANISM_INVALID);
    bool by_caller = info->param == PARAM_HASH_SIGN_CONTEXT;
    if (mechanism_digest(by_caller ? mechanism->hash : info->digest, &alg)) {
        op->form = by_caller ? MESSAGE_HASH : MESSAGE_HASHED;
        op->hash_len = digest_len(alg);
        oid = digest_oid(alg);
        if (!by_caller)
            TRY(digest_new(op->base.key->classic, &op->digest, alg));
    }
    TRY(mldsa_mu_init(&op->mu, tr, mechanism->context, oid));
out:
    return status;
}

static enum pqhw_status op_update(struct backend_op *base, struct span data)
{
    struct mldsa_op *op = op_of(base);
    if (op->form == MESSAGE_HASHED)
        return digest_update(op->digest, data);
    if (op->form == MESSAGE_HASH) {
        if (data.len > op->hash_len - op->hash_seen)
            return PQHW_DATA_LEN_RANGE;
        op->hash_seen += data.len;
    }
    mldsa_mu_absorb(&op->mu, data.ptr, data.len);
    return PQHW_OK;
}

static enum pqhw_status op_finish(struct mldsa_op *op, uint8_t mu[MLDSA_MU_LEN])
{
    enum pqhw_status status = PQHW_OK;
    uint8_t hash[DIGEST_MAX_LEN];

    if (op->form == MESSAGE_HASHED) {
        TRY(digest_final(op->digest, hash));
        mldsa_mu_absorb(&op->mu, hash, op->hash_len);
    } else if (op->form == MESSAGE_HASH) {
        REQUIRE(op->hash_seen == op->hash_len, PQHW_DATA_LEN_RANGE);
    }
    mldsa_mu_final(&op->mu, mu);
out:
    WIPE(hash);
    return status;
}

/* With the public key as it is encoded, expanded anew: what is wrong with the resident key does not
 * go unnoticed because it is wrong here, too. */
static enum pqhw_status check_signature(const struct pq_key *priv, struct span sig,
                                        const uint8_t mu[MLDSA_MU_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct pq_key pub = {0};
    uint8_t pk[MLDSA_MAX_PK_LEN];

    mldsa_private_public_encode(priv_of(priv), pk);
    TRY(pq_key_init(&pub, CKK_ML_DSA, priv->base.classic, priv->parameter_set));
    TRY(pq_key_set_public(&pub, span(pk, priv->set.pk_len)));
    status = mldsa_verify_mu(pub.pub, sig, mu);
    REQUIRE(status == PQHW_OK, PQHW_SELF_TEST_FAILED);
out:
    pq_key_wipe(&pub);
    return status;
}

static enum pqhw_status op_sign(struct backend_op *base, uint8_t *sig, bool check)
{
    enum pqhw_status status = PQHW_OK;
    struct mldsa_op *op = op_of(base);
    const struct pq_key *key = pq_key_of(base->key);
    uint8_t mu[MLDSA_MU_LEN];
    uint8_t sk_rnd[MLDSA_RND_LEN] = {0};

    TRY(op_finish(op, mu));
    if (!op->deterministic)
        TRY(random_bytes(base->key->classic, sk_rnd, sizeof(sk_rnd)));
    TRY(mldsa_sign_mu(priv_of(key), sig, mu, sk_rnd));
    if (check)
        TRY(check_signature(key, span(sig, key->set.output_len), mu));
out:
    if (status != PQHW_OK)
        wipe(sig, key->set.output_len);
    WIPE(mu);
    WIPE(sk_rnd);
    return status;
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t mu[MLDSA_MU_LEN];

    REQUIRE(sig.len == pq_key_of(base->key)->set.output_len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(op_finish(op_of(base), mu));
    TRY(mldsa_verify_mu(pq_key_of(base->key)->pub, sig, mu));
out:
    WIPE(mu);
    return status;
}

static const struct soft_op_kind op_kind = {
    .output_len = pq_output_len,
    .update = op_update,
    .sign = op_sign,
    .verify = op_verify,
    .free = op_free,
};

static enum pqhw_status op_new(const struct pq_key *key, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out)
{
    struct mldsa_op *op = calloc(1, sizeof(*op));
    if (op == NULL)
        return PQHW_NO_MEMORY;
    op->base = (struct backend_op){&op_kind, &key->base};
    op->form = MESSAGE_PURE;
    op->deterministic = mechanism->hedge == CKH_DETERMINISTIC_REQUIRED;
    enum pqhw_status status =
        op_start(op, mechanism,
                 flag == CKF_SIGN ? mldsa_private_tr(priv_of(key)) : mldsa_public_tr(key->pub));
    if (status == PQHW_OK)
        *out = &op->base;
    else
        op_free(&op->base);
    return status;
}

static enum pqhw_status check_pair(const struct pq_key *priv, const struct pq_key *pub)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t mu[MLDSA_MU_LEN];
    uint8_t sk_rnd[MLDSA_RND_LEN];
    uint8_t sig[MLDSA_MAX_SIG_LEN];

    TRY(random_bytes(priv->base.classic, mu, sizeof(mu)));
    TRY(random_bytes(priv->base.classic, sk_rnd, sizeof(sk_rnd)));
    TRY(mldsa_sign_mu(priv_of(priv), sig, mu, sk_rnd));
    status = mldsa_verify_mu(pub->pub, span(sig, priv->set.output_len), mu);
    REQUIRE(status == PQHW_OK, PQHW_SELF_TEST_FAILED);
out:
    WIPE(sk_rnd);
    return status;
}

const struct pq_family pq_mldsa = {
    .key_type = CKK_ML_DSA,
    .kept = CKA_SEED,
    .format = KEYFORMAT_MLDSA,
    .find_set = find_set,
    .expand_public = expand_public,
    .expand_private = expand_private,
    .expand_seed = expand_seed,
    .encode_public = encode_public,
    .encode_private = encode_private,
    .check_pair = check_pair,
    .op_new = op_new,
};
