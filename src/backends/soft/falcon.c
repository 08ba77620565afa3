/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/falcon.h"

#include <stdlib.h>
#include <string.h>

#include "backends/soft/pq.h"
#include "base/wipe.h"
#include "crypto/random/random.h"

/* A message to verify is held until the end where its signature, with the nonce, comes after it. */
#define MAX_MESSAGE (16u * 1024 * 1024)

#define CHECK_LEN 32 /* of the message that tries a new pair */

/* ---- keys ---- */

static enum falcon_set set_of(const struct pq_key *key)
{
    return (enum falcon_set)key->set.number;
}

static const struct falcon_private *priv_of(const struct pq_key *key)
{
    return (const struct falcon_private *)(const void *)key->priv.ptr;
}

static struct falcon_private *priv_room(struct pq_key *key)
{
    return (struct falcon_private *)(void *)key->priv.ptr;
}

/* The engine counts the sets as we do in PKCS#11, but from 0. */
static bool find_set(CK_ULONG parameter_set, struct pq_set *out)
{
    if (parameter_set < CKP_PQHW_FALCON_ROUND3_512 || parameter_set > CKP_PQHW_FALCON_ROUND3_1024)
        return false;
    enum falcon_set set = (enum falcon_set)(parameter_set - CKP_PQHW_FALCON_ROUND3_512);
    const struct falcon_sizes *s = falcon_sizes(set);
    *out = (struct pq_set){
        .number = (int)set,
        .seed_len = FALCON_SEED_LEN,
        .pk_len = s->pk_len,
        .sk_len = s->sk_len,
        .output_len = s->sig_len[FALCON_PADDED],
        .public_size = falcon_public_size(set),
        .private_size = falcon_private_size(set),
    };
    return true;
}

static enum pqhw_status expand_public(struct pq_key *key, struct span pk)
{
    return falcon_public_init(key->pub, set_of(key), pk);
}

static enum pqhw_status expand_private(struct pq_key *key, struct span sk)
{
    return falcon_private_init(priv_room(key), set_of(key), sk);
}

static enum pqhw_status expand_seed(struct pq_key *key, const uint8_t *seed)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_room = {0};

    TRY(secret_new(&sk_room, falcon_keygen_room_size()));
    TRY(falcon_keygen(priv_room(key), set_of(key), seed, (void *)sk_room.ptr));
out:
    secret_free(&sk_room);
    return status;
}

static void encode_public(const struct pq_key *key, uint8_t *pk)
{
    falcon_private_public_encode(priv_of(key), pk);
}

static enum pqhw_status encode_private(const struct pq_key *key, uint8_t *sk)
{
    falcon_private_encode(priv_of(key), sk);
    return PQHW_OK;
}

/* ---- operations ---- */

struct falcon_op {
    struct backend_op base;
    enum falcon_format format;
    size_t len; /* of the signature; before there is one, the highest */
    uint8_t nonce[FALCON_NONCE_LEN];
    bool streams; /* the nonce is known, so that the message need not be held */
    struct falcon_message stream;
    struct buf message;
};

static struct falcon_op *op_of(struct backend_op *op)
{
    return (struct falcon_op *)(void *)op;
}

static enum pqhw_status draw(void *context, uint8_t *out, size_t len)
{
    return random_bytes(context, out, len);
}

/* The generator takes no const. */
static struct falcon_random random_of(const struct pq_key *key)
{
    return (struct falcon_random){.draw = draw, .context = (void *)(uintptr_t)key->base.classic};
}

static void op_free(struct backend_op *base)
{
    struct falcon_op *op = op_of(base);
    buf_free(&op->message);
    wipe(op, sizeof(*op));
    free(op);
}

static size_t op_output_len(const struct backend_op *base)
{
    return ((const struct falcon_op *)(const void *)base)->len;
}

static bool find_format(CK_MECHANISM_TYPE type, enum falcon_format *out)
{
    switch (type) {
    case CKM_PQHW_FALCON_ROUND3:
        *out = FALCON_PADDED;
        return true;
    case CKM_PQHW_FALCON_ROUND3_COMPRESSED:
        *out = FALCON_COMPRESSED;
        return true;
    case CKM_PQHW_FALCON_ROUND3_CT:
        *out = FALCON_CT;
        return true;
    default:
        return false;
    }
}

static enum pqhw_status op_start(struct falcon_op *op, const struct mechanism *mechanism,
                                 CK_FLAGS flag)
{
    enum pqhw_status status = PQHW_OK;
    const struct pq_key *key = pq_key_of(op->base.key);
    const struct falcon_random random = random_of(key);

    REQUIRE(find_format(mechanism->type, &op->format), PQHW_MECHANISM_INVALID);
    op->len = falcon_sizes(set_of(key))->sig_len[op->format];
    op->message = BUF_INIT(MAX_MESSAGE);
    op->streams = flag == CKF_SIGN;
    if (op->streams)
        TRY(falcon_sign_init(&op->stream, op->nonce, &random));
out:
    return status;
}

static enum pqhw_status op_expect(struct backend_op *base, struct span sig)
{
    struct falcon_op *op = op_of(base);

    op->streams = true;
    return falcon_verify_init(&op->stream, pq_key_of(base->key)->pub, op->format, sig);
}

static enum pqhw_status op_update(struct backend_op *base, struct span data)
{
    struct falcon_op *op = op_of(base);

    if (op->streams) {
        falcon_message_absorb(&op->stream, data.ptr, data.len);
        return PQHW_OK;
    }
    if (data.len > op->message.max - op->message.len)
        return PQHW_DATA_LEN_RANGE;
    buf_put(&op->message, data.ptr, data.len);
    return buf_status(&op->message);
}

static enum pqhw_status op_sign(struct backend_op *base, uint8_t *sig, bool check)
{
    struct falcon_op *op = op_of(base);
    const struct falcon_random random = random_of(pq_key_of(base->key));
    const struct falcon_signer signer = {
        .priv = priv_of(pq_key_of(base->key)),
        .format = op->format,
        .random = &random,
        .check = check,
    };

    return falcon_sign_final(&op->stream, &signer, op->nonce, sig, &op->len);
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    struct falcon_op *op = op_of(base);
    const struct falcon_public *pub = pq_key_of(base->key)->pub;

    if (op->streams)
        return falcon_verify_final(&op->stream, pub, op->format, sig);
    return falcon_verify(pub, op->format, sig, buf_span(&op->message));
}

static const struct soft_op_kind op_kind = {
    .output_len = op_output_len,
    .expect = op_expect,
    .update = op_update,
    .sign = op_sign,
    .verify = op_verify,
    .free = op_free,
    .len_varies = true,
};

static enum pqhw_status op_new(const struct pq_key *key, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out)
{
    struct falcon_op *op = calloc(1, sizeof(*op));

    if (op == NULL)
        return PQHW_NO_MEMORY;
    op->base = (struct backend_op){&op_kind, &key->base};
    enum pqhw_status status = op_start(op, mechanism, flag);
    if (status == PQHW_OK)
        *out = &op->base;
    else
        op_free(&op->base);
    return status;
}

/* The engine's own check of the signature would use the private key's half of the pair. */
static enum pqhw_status check_pair(const struct pq_key *priv, const struct pq_key *pub)
{
    enum pqhw_status status = PQHW_OK;
    const struct falcon_random random = random_of(priv);
    const struct falcon_signer signer = {
        .priv = priv_of(priv), .format = FALCON_CT, .random = &random};
    uint8_t message[CHECK_LEN], sig[FALCON_MAX_SIG_LEN];
    size_t len;

    TRY(random_bytes(priv->base.classic, message, sizeof(message)));
    TRY(falcon_sign(&signer, sig, &len, SPAN(message)));
    status = falcon_verify(pub->pub, FALCON_CT, span(sig, len), SPAN(message));
    REQUIRE(status == PQHW_OK, PQHW_SELF_TEST_FAILED);
out:
    return status;
}

const struct pq_family pq_falcon = {
    .key_type = CKK_PQHW_FALCON_ROUND3,
    .kept = CKA_VALUE,
    .format = KEYFORMAT_FALCON,
    .find_set = find_set,
    .expand_public = expand_public,
    .expand_private = expand_private,
    .expand_seed = expand_seed,
    .encode_public = encode_public,
    .encode_private = encode_private,
    .check_pair = check_pair,
    .op_new = op_new,
};
