/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/slhdsa/slhdsa.h"

#include <stdlib.h>
#include <string.h>

#include "backends/soft/pq.h"
#include "base/wipe.h"
#include "crypto/random/random.h"

/* A message that is not hashed first is held until the end: signing goes over it twice, and how it
 * is hashed for verifying stands in the signature. */
#define MAX_MESSAGE (16u * 1024 * 1024)

#define CHECK_LEN 32 /* of the message that tries a new pair */

/* ---- keys ---- */

static enum slhdsa_set set_of(const struct pq_key *key)
{
    return (enum slhdsa_set)key->set.number;
}

static const struct slhdsa_private *priv_of(const struct pq_key *key)
{
    return (const struct slhdsa_private *)(const void *)key->priv.ptr;
}

static struct slhdsa_private *priv_room(struct pq_key *key)
{
    return (struct slhdsa_private *)(void *)key->priv.ptr;
}

/* The engine counts the sets as PKCS#11 does, but from 0. */
static bool find_set(CK_ULONG parameter_set, struct pq_set *out)
{
    if (parameter_set < CKP_SLH_DSA_SHA2_128S || parameter_set > CKP_SLH_DSA_SHAKE_256F)
        return false;
    enum slhdsa_set set = (enum slhdsa_set)(parameter_set - CKP_SLH_DSA_SHA2_128S);
    const struct slhdsa_sizes *s = slhdsa_sizes(set);
    *out = (struct pq_set){
        .number = (int)set,
        .seed_len = s->seed_len,
        .pk_len = s->pk_len,
        .sk_len = s->sk_len,
        .output_len = s->sig_len,
        .public_size = slhdsa_public_size(set),
        .private_size = slhdsa_private_size(set),
    };
    return true;
}

static enum pqhw_status expand_public(struct pq_key *key, struct span pk)
{
    return slhdsa_public_init(key->pub, set_of(key), pk);
}

static enum pqhw_status expand_private(struct pq_key *key, struct span sk)
{
    return slhdsa_private_init(priv_room(key), set_of(key), sk);
}

static enum pqhw_status expand_seed(struct pq_key *key, const uint8_t *seed)
{
    slhdsa_keygen(priv_room(key), set_of(key), seed);
    return PQHW_OK;
}

static void encode_public(const struct pq_key *key, uint8_t *pk)
{
    slhdsa_public_encode(slhdsa_private_public(priv_of(key)), pk);
}

static enum pqhw_status encode_private(const struct pq_key *key, uint8_t *sk)
{
    slhdsa_private_encode(priv_of(key), sk);
    return PQHW_OK;
}

/* ---- operations ---- */

struct slhdsa_op {
    struct backend_op base;
    bool deterministic;
    struct digest
        *digest;     /* where the message is hashed here (FIPS 205, Algorithm 23), else NULL */
    size_t hash_len; /* of the hash, made here or by the caller; 0 if there is none */
    struct span oid; /* of the hash */
    size_t context_len;
    uint8_t context[SLHDSA_MAX_CONTEXT];
    struct buf message; /* or the hash that the caller made */
    bool streams;       /* the signature is known, so that the message need not be held */
    struct slhdsa_stream stream;
};

static struct slhdsa_op *op_of(struct backend_op *op)
{
    return (struct slhdsa_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    struct slhdsa_op *op = op_of(base);
    digest_free(op->digest);
    buf_free(&op->message);
    wipe(op, sizeof(*op));
    free(op);
}

static enum pqhw_status op_start(struct slhdsa_op *op, const struct mechanism *mechanism)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info = mechanism_find(mechanism->type);
    struct span context = mechanism->context;
    enum digest_alg alg;

    REQUIRE(info != NULL && info->key_type == CKK_SLH_DSA, PQHW_MECHANISM_INVALID);
    REQUIRE(context.len <= sizeof(op->context), PQHW_MECHANISM_PARAM_INVALID);
    if (context.len > 0)
        memcpy(op->context, context.ptr, context.len);
    op->context_len = context.len;
    op->message = BUF_INIT(MAX_MESSAGE);
    bool by_caller = info->param == PARAM_HASH_SIGN_CONTEXT;
    if (mechanism_digest(by_caller ? mechanism->hash : info->digest, &alg)) {
        op->hash_len = digest_len(alg);
        op->oid = digest_oid(alg);
        op->message = BUF_INIT(op->hash_len);
        if (!by_caller)
            TRY(digest_new(op->base.key->classic, &op->digest, alg));
    }
out:
    return status;
}

static struct slhdsa_domain domain_of(const struct slhdsa_op *op)
{
    return (struct slhdsa_domain){
        .context = {op->context, op->context_len},
        .prehash_oid = op->oid,
    };
}

static enum pqhw_status op_expect(struct backend_op *base, struct span sig)
{
    struct slhdsa_op *op = op_of(base);
    struct slhdsa_domain domain = domain_of(op);
    if (op->hash_len > 0)
        return PQHW_OK; /* there is but a hash to hold */
    op->streams = true;
    return slhdsa_digest_init(&op->stream, pq_key_of(base->key)->pub, sig.ptr, &domain);
}

static enum pqhw_status op_update(struct backend_op *base, struct span data)
{
    struct slhdsa_op *op = op_of(base);
    if (op->digest != NULL)
        return digest_update(op->digest, data);
    if (op->streams) {
        slhdsa_absorb(&op->stream, data.ptr, data.len);
        return PQHW_OK;
    }
    if (data.len > op->message.max - op->message.len)
        return PQHW_DATA_LEN_RANGE;
    buf_put(&op->message, data.ptr, data.len);
    return buf_status(&op->message);
}

/* The message as the engine wants it: the whole of it, or its hash. */
static enum pqhw_status op_finish(struct slhdsa_op *op, struct slhdsa_domain *domain)
{
    enum pqhw_status status = PQHW_OK;

    if (op->digest != NULL) {
        uint8_t *hash = buf_extend(&op->message, op->hash_len);
        REQUIRE(hash != NULL, PQHW_NO_MEMORY);
        TRY(digest_final(op->digest, hash));
    }
    REQUIRE(op->hash_len == 0 || op->message.len == op->hash_len, PQHW_DATA_LEN_RANGE);
    *domain = domain_of(op);
out:
    return status;
}

static enum pqhw_status op_sign(struct backend_op *base, uint8_t *sig, bool check)
{
    enum pqhw_status status = PQHW_OK;
    struct slhdsa_op *op = op_of(base);
    struct slhdsa_domain domain;
    uint8_t sk_rnd[SLHDSA_MAX_N];
    size_t n = slhdsa_sizes(set_of(pq_key_of(base->key)))->n;

    TRY(op_finish(op, &domain));
    if (!op->deterministic)
        TRY(random_bytes(base->key->classic, sk_rnd, n));
    TRY(slhdsa_sign(priv_of(pq_key_of(base->key)), sig, &domain, buf_span(&op->message),
                    op->deterministic ? NULL : sk_rnd, check));
out:
    WIPE(sk_rnd);
    return status;
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct slhdsa_op *op = op_of(base);
    struct slhdsa_domain domain;
    uint8_t digest[SLHDSA_MAX_DIGEST];

    REQUIRE(sig.len == pq_key_of(base->key)->set.output_len, PQHW_SIGNATURE_LEN_RANGE);
    if (op->streams) {
        slhdsa_digest_final(&op->stream, digest);
        TRY(slhdsa_verify_digest(pq_key_of(base->key)->pub, sig, digest));
    } else {
        TRY(op_finish(op, &domain));
        TRY(slhdsa_verify(pq_key_of(base->key)->pub, sig, &domain, buf_span(&op->message)));
    }
out:
    return status;
}

static const struct soft_op_kind op_kind = {
    .output_len = pq_output_len,
    .expect = op_expect,
    .update = op_update,
    .sign = op_sign,
    .verify = op_verify,
    .free = op_free,
};

static enum pqhw_status op_new(const struct pq_key *key, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out)
{
    struct slhdsa_op *op = calloc(1, sizeof(*op));
    (void)flag; /* the key is of the right half already */
    if (op == NULL)
        return PQHW_NO_MEMORY;
    op->base = (struct backend_op){&op_kind, &key->base};
    op->deterministic = mechanism->hedge == CKH_DETERMINISTIC_REQUIRED;
    enum pqhw_status status = op_start(op, mechanism);
    if (status == PQHW_OK)
        *out = &op->base;
    else
        op_free(&op->base);
    return status;
}

/* The engine's own check of the signature would use the private key's half of the pair. */
static enum pqhw_status check_pair(const struct pq_key *priv, const struct pq_key *pub)
{
    static const struct slhdsa_domain plain;
    enum pqhw_status status = PQHW_OK;
    size_t len = priv->set.output_len;
    uint8_t message[CHECK_LEN];
    uint8_t sk_rnd[SLHDSA_MAX_N];
    uint8_t *sig = malloc(len); /* too long for the stack */

    REQUIRE(sig != NULL, PQHW_NO_MEMORY);
    TRY(random_bytes(priv->base.classic, message, sizeof(message)));
    TRY(random_bytes(priv->base.classic, sk_rnd, sizeof(sk_rnd)));
    TRY(slhdsa_sign(priv_of(priv), sig, &plain, SPAN(message), sk_rnd, false));
    status = slhdsa_verify(pub->pub, span(sig, len), &plain, SPAN(message));
    REQUIRE(status == PQHW_OK, PQHW_SELF_TEST_FAILED);
out:
    WIPE(sk_rnd);
    free(sig);
    return status;
}

const struct pq_family pq_slhdsa = {
    .key_type = CKK_SLH_DSA,
    .kept = CKA_VALUE,
    .format = KEYFORMAT_SLHDSA,
    .find_set = find_set,
    .expand_public = expand_public,
    .expand_private = expand_private,
    .expand_seed = expand_seed,
    .encode_public = encode_public,
    .encode_private = encode_private,
    .check_pair = check_pair,
    .op_new = op_new,
};
