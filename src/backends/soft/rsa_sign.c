/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures of RSA: PKCS#1 v1.5 and PSS.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/soft/message.h"
#include "backends/soft/rsa.h"
#include "base/wipe.h"

struct sign_op {
    struct backend_op base;
    struct rsa_scheme scheme;
    struct message message;
};

static struct sign_op *op_of(struct backend_op *op)
{
    return (struct sign_op *)(void *)op;
}

static size_t op_output_len(const struct backend_op *base)
{
    return rsa_len(rsa_of(base->key));
}

static void op_free(struct backend_op *base)
{
    struct sign_op *op = op_of(base);

    message_free(&op->message);
    free(op);
}

static enum pqhw_status op_update(struct backend_op *base, struct span data)
{
    return message_update(&op_of(base)->message, data);
}

/* What is signed: the hash, for PKCS#1 v1.5 in its DigestInfo, or what came. */
static enum pqhw_status op_finish(struct sign_op *op, uint8_t room[RSA_MAX_DIGEST_INFO],
                                  struct span *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t hash[DIGEST_MAX_LEN];

    TRY(message_finish(&op->message, room, out));
    if (op->message.digest != NULL && op->scheme.padding == RSA_PAD_PKCS1) {
        memcpy(hash, out->ptr, out->len);
        *out = span(room, rsa_digest_info(room, op->message.alg, hash));
    }
out:
    return status;
}

static enum pqhw_status op_sign(struct backend_op *base, uint8_t *sig, bool check)
{
    enum pqhw_status status = PQHW_OK;
    struct sign_op *op = op_of(base);
    const struct rsa_key *key = rsa_of(base->key);
    uint8_t room[RSA_MAX_DIGEST_INFO];
    struct span data;

    TRY(op_finish(op, room, &data));
    TRY(rsa_sign(key, sig, &op->scheme, data));
    if (check) {
        status = rsa_verify(key, &op->scheme, data, span(sig, rsa_len(key)));
        REQUIRE(status == PQHW_OK, PQHW_SELF_TEST_FAILED);
    }
out:
    if (status != PQHW_OK)
        wipe(sig, rsa_len(key));
    return status;
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct sign_op *op = op_of(base);
    uint8_t room[RSA_MAX_DIGEST_INFO];
    struct span data;

    REQUIRE(sig.len == op_output_len(base), PQHW_SIGNATURE_LEN_RANGE);
    TRY(op_finish(op, room, &data));
    TRY(rsa_verify(rsa_of(base->key), &op->scheme, data, sig));
out:
    return status;
}

static enum pqhw_status op_recover(struct backend_op *base, struct span sig, uint8_t *out,
                                   size_t *len)
{
    return rsa_recover(rsa_of(base->key), out, len, &op_of(base)->scheme, sig);
}

static const struct soft_op_kind op_kind = {
    .output_len = op_output_len,
    .update = op_update,
    .sign = op_sign,
    .verify = op_verify,
    .recover = op_recover,
    .free = op_free,
};

enum pqhw_status rsa_sign_new(const struct backend_key *base, const struct mechanism *mechanism,
                              CK_FLAGS flag, struct backend_op **out)
{
    enum pqhw_status status = PQHW_OK;
    const struct rsa_key *key = rsa_of(base);
    const struct mechanism_info *info = mechanism_find(mechanism->type);
    struct sign_op *op = NULL;

    REQUIRE(info != NULL && (info->flags & flag) != 0, PQHW_MECHANISM_INVALID);
    bool signs = flag == CKF_SIGN || flag == CKF_SIGN_RECOVER;
    REQUIRE(!signs || rsa_is_private(key), PQHW_KEY_TYPE_INCONSISTENT);
    op = calloc(1, sizeof(*op));
    REQUIRE(op != NULL, PQHW_NO_MEMORY);
    op->base = (struct backend_op){&op_kind, base};
    TRY(rsa_scheme_of(key, mechanism, &op->scheme));
    TRY(message_start(&op->message, base->classic, info, rsa_max_data(key, &op->scheme)));
    *out = &op->base;
    op = NULL;
out:
    if (op != NULL)
        op_free(&op->base);
    return status;
}
