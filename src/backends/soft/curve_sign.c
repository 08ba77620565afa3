/* SPDX-License-Identifier: Apache-2.0
 *
 * ECDSA and EdDSA.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/soft/curve.h"
#include "backends/soft/message.h"
#include "base/wipe.h"

/* ECDSA takes a hash, of which the order's bits count; more than any hash has is a mistake. */
#define MAX_HASH 128
/* EdDSA passes over the message twice, so it is held. */
#define MAX_MESSAGE ((size_t)16 * 1024 * 1024)

struct curve_op {
    struct backend_op base;
    struct message message;
    struct edwards_variant variant;
    uint8_t context[EDWARDS_MAX_CONTEXT]; /* of the variant */
};

static struct curve_op *op_of(struct backend_op *op)
{
    return (struct curve_op *)(void *)op;
}

static size_t op_output_len(const struct backend_op *base)
{
    return curve_key_of(base->key)->curve->signature_len;
}

static void op_free(struct backend_op *base)
{
    struct curve_op *op = op_of(base);

    message_free(&op->message);
    free(op);
}

static enum pqhw_status op_update(struct backend_op *base, struct span data)
{
    return message_update(&op_of(base)->message, data);
}

static enum pqhw_status verify(const struct curve_op *op, struct span data, struct span sig)
{
    const struct curve_key *key = curve_key_of(op->base.key);

    return key->curve->family == CURVE_EDWARDS
               ? edwards_verify(key->of.edwards, &op->variant, data, sig)
               : ec_verify(key->of.ec, data, sig);
}

static enum pqhw_status op_sign(struct backend_op *base, uint8_t *sig, bool check)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_op *op = op_of(base);
    const struct curve_key *key = curve_key_of(base->key);
    uint8_t hash[DIGEST_MAX_LEN];
    struct span data;

    TRY(message_finish(&op->message, hash, &data));
    if (key->curve->family == CURVE_EDWARDS)
        TRY(edwards_sign(key->of.edwards, sig, &op->variant, data));
    else
        TRY(ec_sign(key->of.ec, sig, data));
    if (check) {
        status = verify(op, data, span(sig, key->curve->signature_len));
        REQUIRE(status == PQHW_OK, PQHW_SELF_TEST_FAILED);
    }
out:
    if (status != PQHW_OK)
        wipe(sig, key->curve->signature_len);
    return status;
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_op *op = op_of(base);
    uint8_t hash[DIGEST_MAX_LEN];
    struct span data;

    REQUIRE(sig.len == op_output_len(base), PQHW_SIGNATURE_LEN_RANGE);
    TRY(message_finish(&op->message, hash, &data));
    TRY(verify(op, data, sig));
out:
    return status;
}

static const struct soft_op_kind op_kind = {
    .output_len = op_output_len,
    .update = op_update,
    .sign = op_sign,
    .verify = op_verify,
    .free = op_free,
};

/* RFC 8032's names: without a parameter Ed25519 and Ed448; with one their ctx and ph forms, of
 * which Ed25519ctx is nothing without a context. */
static enum pqhw_status start_eddsa(struct curve_op *op, const struct mechanism *mechanism)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(mechanism->context.len <= sizeof(op->context), PQHW_MECHANISM_PARAM_INVALID);
    if (mechanism->context.len > 0)
        memcpy(op->context, mechanism->context.ptr, mechanism->context.len);
    REQUIRE(!mechanism->has_param || mechanism->prehash || mechanism->context.len > 0 ||
                curve_key_of(op->base.key)->curve->id != CURVE_ED25519,
            PQHW_MECHANISM_PARAM_INVALID);
    op->variant = (struct edwards_variant){
        .prehash = mechanism->prehash,
        .has_context = mechanism->context.len > 0,
        .context = span(op->context, mechanism->context.len),
    };
    REQUIRE(edwards_can(curve_key_of(op->base.key)->of.edwards, &op->variant),
            PQHW_MECHANISM_PARAM_INVALID);
out:
    return status;
}

enum pqhw_status curve_sign_new(const struct backend_key *base, const struct mechanism *mechanism,
                                CK_FLAGS flag, struct backend_op **out)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve_key *key = curve_key_of(base);
    const struct mechanism_info *info = mechanism_find(mechanism->type);
    struct curve_op *op = NULL;

    REQUIRE(info != NULL && (info->flags & flag) != 0, PQHW_MECHANISM_INVALID);
    REQUIRE(key->curve->signature_len > 0 && (flag != CKF_SIGN || key->is_private),
            PQHW_KEY_TYPE_INCONSISTENT);
    /* What is read of it is set below; glibc's calloc takes three times as long. */
    op = malloc(sizeof(*op));
    REQUIRE(op != NULL, PQHW_NO_MEMORY);
    op->base = (struct backend_op){&op_kind, base};
    op->variant = (struct edwards_variant){0};
    bool edwards = key->curve->family == CURVE_EDWARDS;
    TRY(message_start(&op->message, base->classic, info, edwards ? MAX_MESSAGE : MAX_HASH));
    if (edwards)
        TRY(start_eddsa(op, mechanism));
    *out = &op->base;
    op = NULL;
out:
    if (op != NULL)
        op_free(&op->base);
    return status;
}
