/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM, ML-DSA and SLH-DSA by libcrypto, for devices that are to use it (or its FIPS provider)
 * and not our own engine. Keys are kept in the same forms, so that a device can change from one to
 * the other.
 *
 * Nothing here falls back to our engine: what libcrypto cannot do is not offered (pq_offers).
 */
#include <stdlib.h>
#include <string.h>

#include "backends/soft/message.h"
#include "backends/soft/pq.h"
#include "base/wipe.h"
#include "crypto/classic/pqkey.h"
#include "crypto/random/random.h"

_Static_assert(PQKEY_SECRET_LEN == PQ_SECRET_LEN, "one length for all");

/* libcrypto wants a message whole. */
#define MAX_MESSAGE ((size_t)16 * 1024 * 1024)

#define CHECK_LEN 32 /* of the message that tries a new pair */

/* ---- mechanisms ---- */

static bool is_prehash(const struct mechanism_info *info)
{
    return (info->key_type == CKK_ML_DSA || info->key_type == CKK_SLH_DSA) &&
           (info->digest != CK_UNAVAILABLE_INFORMATION || info->param == PARAM_HASH_SIGN_CONTEXT);
}

/* libcrypto has no HashML-DSA and no HashSLH-DSA, but signs what they sign (M') when it is put
 * together outside. That is not the FIPS provider's service any more. */
bool pq_offers(const struct classic *classic, const struct mechanism_info *info)
{
    return classic_pq(classic) != CLASSIC_PQ_FIPS || !is_prehash(info);
}

/* ---- keys ---- */

static const struct keyformat_alg *alg_of(const struct pq_key *key)
{
    return keyformat_find(key->family->format, key->set.number);
}

static bool find_set_as(const struct pq_family *own, CK_ULONG parameter_set, struct pq_set *out)
{
    if (!own->find_set(parameter_set, out))
        return false;
    out->public_size = 0;
    out->private_size = 0;
    return true;
}

static bool find_mlkem_set(CK_ULONG parameter_set, struct pq_set *out)
{
    return find_set_as(&pq_mlkem, parameter_set, out);
}

static bool find_mldsa_set(CK_ULONG parameter_set, struct pq_set *out)
{
    return find_set_as(&pq_mldsa, parameter_set, out);
}

static bool find_slhdsa_set(CK_ULONG parameter_set, struct pq_set *out)
{
    return find_set_as(&pq_slhdsa, parameter_set, out);
}

static enum pqhw_status expand_public(struct pq_key *key, struct span pk)
{
    return pqkey_public_new(&key->libcrypto, key->base.classic, alg_of(key), pk);
}

static enum pqhw_status expand_private(struct pq_key *key, struct span sk)
{
    return pqkey_private_new(&key->libcrypto, key->base.classic, alg_of(key), sk);
}

static enum pqhw_status expand_seed(struct pq_key *key, const uint8_t *seed)
{
    return pqkey_seed_new(&key->libcrypto, key->base.classic, alg_of(key),
                          span(seed, key->set.seed_len));
}

static enum pqhw_status generate(struct pq_key *key, struct secret *sk_seed)
{
    enum pqhw_status status = PQHW_OK;

    TRY(pqkey_generate(&key->libcrypto, key->base.classic, alg_of(key)));
    if (key->family->kept == CKA_SEED) {
        TRY(secret_new(sk_seed, key->set.seed_len));
        TRY(pqkey_seed(key->libcrypto, sk_seed->ptr));
    }
out:
    return status;
}

static void encode_public(const struct pq_key *key, uint8_t *pk)
{
    struct span value = pqkey_public(key->libcrypto);

    memcpy(pk, value.ptr, value.len);
}

static enum pqhw_status encode_private(const struct pq_key *key, uint8_t *sk)
{
    return pqkey_expanded(key->libcrypto, sk);
}

/* ---- ML-KEM ---- */

static enum pqhw_status encaps(const struct pq_key *key, uint8_t *ct, uint8_t *ss)
{
    return pqkey_encapsulate(key->libcrypto, ct, key->set.output_len, ss);
}

static enum pqhw_status decaps(const struct pq_key *key, uint8_t *ss, struct span ct)
{
    return pqkey_decapsulate(key->libcrypto, ss, ct);
}

/* ---- signatures ---- */

struct libcrypto_op {
    struct backend_op base;
    bool deterministic;
    struct message message; /* or its hash, made here or by the caller */
    size_t hash_len;        /* 0 if there is no hash */
    struct span oid;        /* of the hash */
    size_t context_len;
    uint8_t context[PQKEY_MAX_CONTEXT];
};

static struct libcrypto_op *op_of(struct backend_op *op)
{
    return (struct libcrypto_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    struct libcrypto_op *op = op_of(base);

    message_free(&op->message);
    wipe(op, sizeof(*op));
    free(op);
}

static enum pqhw_status op_start(struct libcrypto_op *op, const struct mechanism *mechanism)
{
    enum pqhw_status status = PQHW_OK;
    const struct pq_key *key = pq_key_of(op->base.key);
    const struct mechanism_info *info = mechanism_find(mechanism->type);
    struct span context = mechanism->context;
    enum digest_alg alg;

    REQUIRE(info != NULL && info->key_type == key->family->key_type &&
                pq_offers(key->base.classic, info),
            PQHW_MECHANISM_INVALID);
    REQUIRE(context.len <= sizeof(op->context), PQHW_MECHANISM_PARAM_INVALID);
    if (context.len > 0)
        memcpy(op->context, context.ptr, context.len);
    op->context_len = context.len;
    bool by_caller = info->param == PARAM_HASH_SIGN_CONTEXT;
    if (mechanism_digest(by_caller ? mechanism->hash : info->digest, &alg)) {
        op->hash_len = digest_len(alg);
        op->oid = digest_oid(alg);
    }
    TRY(message_start(&op->message, key->base.classic, info,
                      op->hash_len > 0 ? op->hash_len : MAX_MESSAGE));
out:
    return status;
}

static enum pqhw_status op_update(struct backend_op *base, struct span data)
{
    return message_update(&op_of(base)->message, data);
}

/* M' of a message that was hashed (FIPS 204, Algorithm 4; FIPS 205, Algorithm 23): a one, the
 * context with its length, which hash it is, the hash. */
static enum pqhw_status encode_hash(const struct libcrypto_op *op, struct span hash,
                                    struct buf *out)
{
    buf_put_u8(out, 1);
    buf_put_u8(out, (uint8_t)op->context_len);
    buf_put(out, op->context, op->context_len);
    buf_put(out, op->oid.ptr, op->oid.len);
    buf_put(out, hash.ptr, hash.len);
    return buf_status(out);
}

/* What libcrypto is to sign or verify: within op, or in *room. */
static enum pqhw_status op_finish(struct libcrypto_op *op, struct buf *room,
                                  struct pqkey_message *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t hash[DIGEST_MAX_LEN];

    *out = (struct pqkey_message){.context = span(op->context, op->context_len)};
    TRY(message_finish(&op->message, hash, &out->data));
    if (op->hash_len > 0) {
        REQUIRE(out->data.len == op->hash_len, PQHW_DATA_LEN_RANGE);
        TRY(encode_hash(op, out->data, room));
        *out = (struct pqkey_message){.encoded = true, .data = buf_span(room)};
    }
out:
    WIPE(hash);
    return status;
}

/* With the public key made anew, as the own engine does. */
static enum pqhw_status check_signature(const struct pq_key *priv, struct span sig,
                                        const struct pqkey_message *message)
{
    enum pqhw_status status = PQHW_OK;
    struct pqkey *pub = NULL;

    TRY(pqkey_public_new(&pub, priv->base.classic, alg_of(priv), pqkey_public(priv->libcrypto)));
    status = pqkey_verify(pub, message, sig);
    REQUIRE(status == PQHW_OK, PQHW_SELF_TEST_FAILED);
out:
    pqkey_free(pub);
    return status;
}

/* The most that encode_hash puts together. */
#define MAX_ENCODED (2 + PQKEY_MAX_CONTEXT + 16 + DIGEST_MAX_LEN)

static enum pqhw_status op_sign(struct backend_op *base, uint8_t *sig, bool check)
{
    enum pqhw_status status = PQHW_OK;
    struct libcrypto_op *op = op_of(base);
    const struct pq_key *key = pq_key_of(base->key);
    size_t len = key->set.output_len;
    struct buf room = BUF_INIT(MAX_ENCODED);
    struct pqkey_message message;

    TRY(op_finish(op, &room, &message));
    TRY(pqkey_sign(key->libcrypto, sig, len, &message, op->deterministic));
    if (check)
        TRY(check_signature(key, span(sig, len), &message));
out:
    if (status != PQHW_OK)
        wipe(sig, len);
    buf_free(&room);
    return status;
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    const struct pq_key *key = pq_key_of(base->key);
    struct buf room = BUF_INIT(MAX_ENCODED);
    struct pqkey_message message;

    REQUIRE(sig.len == key->set.output_len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(op_finish(op_of(base), &room, &message));
    TRY(pqkey_verify(key->libcrypto, &message, sig));
out:
    buf_free(&room);
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
    struct libcrypto_op *op = calloc(1, sizeof(*op));

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

static enum pqhw_status check_signing_pair(const struct pq_key *priv, const struct pq_key *pub)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = priv->set.output_len;
    uint8_t data[CHECK_LEN];
    const struct pqkey_message message = {.data = SPAN(data)};
    uint8_t *sig = malloc(len);

    REQUIRE(sig != NULL, PQHW_NO_MEMORY);
    TRY(random_bytes(priv->base.classic, data, sizeof(data)));
    TRY(pqkey_sign(priv->libcrypto, sig, len, &message, false));
    status = pqkey_verify(pub->libcrypto, &message, span(sig, len));
    REQUIRE(status == PQHW_OK, PQHW_SELF_TEST_FAILED);
out:
    free(sig);
    return status;
}

/* ---- the families ---- */

#define KEY_FUNCTIONS                                                                              \
    .expand_public = expand_public, .expand_private = expand_private, .expand_seed = expand_seed,  \
    .generate = generate, .encode_public = encode_public, .encode_private = encode_private

const struct pq_family pq_libcrypto_mlkem = {
    .key_type = CKK_ML_KEM,
    .kept = CKA_SEED,
    .format = KEYFORMAT_MLKEM,
    .find_set = find_mlkem_set,
    KEY_FUNCTIONS,
    .check_pair = pq_kem_check_pair,
    .encaps = encaps,
    .decaps = decaps,
};

const struct pq_family pq_libcrypto_mldsa = {
    .key_type = CKK_ML_DSA,
    .kept = CKA_SEED,
    .format = KEYFORMAT_MLDSA,
    .find_set = find_mldsa_set,
    KEY_FUNCTIONS,
    .check_pair = check_signing_pair,
    .op_new = op_new,
};

const struct pq_family pq_libcrypto_slhdsa = {
    .key_type = CKK_SLH_DSA,
    .kept = CKA_VALUE,
    .format = KEYFORMAT_SLHDSA,
    .find_set = find_slhdsa_set,
    KEY_FUNCTIONS,
    .check_pair = check_signing_pair,
    .op_new = op_new,
};
