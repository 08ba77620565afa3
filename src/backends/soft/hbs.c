/* SPDX-License-Identifier: Apache-2.0
 *
 * Public keys of HSS, XMSS and XMSS^MT, and the verification of their signatures. There are no
 * private keys: a token whose files can be put back cannot keep from signing twice with one
 * one-time key.
 */
#include <stdlib.h>

#include "backends/soft/family.h"
#include "backends/soft/material.h"
#include "crypto/hbs/lms.h"
#include "crypto/hbs/xmss.h"
#include "crypto/keyformat/hbs_spki.h"

/* Without the signature at hand the message is held until it comes. */
#define MAX_MESSAGE ((size_t)16 * 1024 * 1024)

struct hbs_key {
    struct backend_key base;
    enum hbs_kind kind;
    union { /* by kind */
        struct hss_public hss;
        struct xmss_public xmss;
    } pub;
};

static const struct hbs_key *key_of(const struct backend_key *key)
{
    return (const struct hbs_key *)key;
}

/* ---- keys ---- */

static enum hbs_kind kind_of(CK_KEY_TYPE key_type)
{
    switch (key_type) {
    case CKK_HSS:
        return HBS_HSS;
    case CKK_XMSS:
        return HBS_XMSS;
    default:
        return HBS_XMSSMT;
    }
}

static enum pqhw_status read_key(struct hbs_key *key, CK_KEY_TYPE key_type, struct span value)
{
    key->kind = kind_of(key_type);
    if (key->kind == HBS_HSS)
        return hss_public_init(&key->pub.hss, value);
    return xmss_public_init(&key->pub.xmss, key->kind == HBS_XMSS ? XMSS_SINGLE : XMSS_MULTI,
                            value);
}

/* What a key says of itself; CKA_PARAMETER_SET is the number that XMSS keys begin with. */
static enum pqhw_status put_attrs(struct buf *attrs, const struct hbs_key *key, struct span value)
{
    uint8_t info[HBS_SPKI_MAX];

    attrs_put(attrs, CKA_VALUE, value);
    attrs_put(attrs, CKA_PUBLIC_KEY_INFO, span(info, hbs_spki_write(info, key->kind, value)));
    if (key->kind == HBS_HSS) {
        attrs_put_number(attrs, CKA_HSS_LEVELS, key->pub.hss.levels);
        attrs_put_number(attrs, CKA_HSS_LMS_TYPE, key->pub.hss.top.params.type);
        attrs_put_number(attrs, CKA_HSS_LMOTS_TYPE, key->pub.hss.top.params.ots_type);
    } else {
        attrs_put_number(attrs, CKA_PARAMETER_SET, key->pub.xmss.params.oid);
    }
    return buf_status(attrs);
}

static enum pqhw_status hbs_import(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                   CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                   struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct hbs_key key = {.base = {NULL, classic}};
    struct span value;

    (void)secrets;
    REQUIRE(object_class == CKO_PUBLIC_KEY, PQHW_ATTRIBUTE_VALUE_INVALID);
    REQUIRE(attrs_get(attrs, CKA_VALUE, &value), PQHW_TEMPLATE_INCOMPLETE);
    TRY(material_status(read_key(&key, key_type, value)));
    if (key.kind != HBS_HSS)
        REQUIRE(attrs_number(attrs, CKA_PARAMETER_SET, 0) == key.pub.xmss.params.oid,
                PQHW_TEMPLATE_INCONSISTENT);
    TRY(put_attrs(&out->attrs, &key, value));
    TRY(material_check_info(attrs, buf_span(&out->attrs)));
out:
    return status;
}

static void hbs_close(struct backend_key *base)
{
    free(base);
}

static enum pqhw_status hbs_open(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                 CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                 struct backend_key **out)
{
    enum pqhw_status status = PQHW_OK;
    struct hbs_key *key = calloc(1, sizeof(*key));
    struct span value;

    (void)secrets;
    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    key->base = (struct backend_key){&soft_hbs, classic};
    REQUIRE(object_class == CKO_PUBLIC_KEY && attrs_get(attrs, CKA_VALUE, &value),
            PQHW_DATA_INVALID);
    TRY(read_key(key, key_type, value));
    *out = &key->base;
    key = NULL;
out:
    free(key);
    return status;
}

static size_t hbs_size(const struct backend_key *base)
{
    (void)base;
    return sizeof(struct hbs_key);
}

/* ---- verification ---- */

struct hbs_op {
    struct backend_op base;
    struct buf message;
    bool streams; /* the signature is known, so that the message need not be held */
    struct hbs_hash hash;
};

static struct hbs_op *op_of(struct backend_op *op)
{
    return (struct hbs_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    struct hbs_op *op = op_of(base);

    buf_free(&op->message);
    free(op);
}

/* An HSS signature says itself how long it is. */
static size_t op_output_len(const struct backend_op *base)
{
    const struct hbs_key *key = key_of(base->key);

    return key->kind == HBS_HSS ? 0 : key->pub.xmss.params.sig_len;
}

static enum pqhw_status begin(struct hbs_op *op, struct span sig)
{
    const struct hbs_key *key = key_of(op->base.key);

    return key->kind == HBS_HSS ? hss_digest_init(&op->hash, &key->pub.hss, sig)
                                : xmss_digest_init(&op->hash, &key->pub.xmss, sig);
}

static enum pqhw_status op_expect(struct backend_op *base, struct span sig)
{
    struct hbs_op *op = op_of(base);
    enum pqhw_status status = begin(op, sig);

    op->streams = status == PQHW_OK;
    return status;
}

static enum pqhw_status op_update(struct backend_op *base, struct span data)
{
    struct hbs_op *op = op_of(base);

    if (op->streams) {
        hbs_hash_add(&op->hash, data.ptr, data.len);
        return PQHW_OK;
    }
    buf_put(&op->message, data.ptr, data.len);
    enum pqhw_status status = buf_status(&op->message);
    return status == PQHW_LIMIT_EXCEEDED ? PQHW_DATA_LEN_RANGE : status;
}

static enum pqhw_status op_verify(struct backend_op *base, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    struct hbs_op *op = op_of(base);
    const struct hbs_key *key = key_of(base->key);
    uint8_t digest[HBS_MAX_N];

    if (!op->streams) {
        TRY(begin(op, sig));
        hbs_hash_add(&op->hash, op->message.ptr, op->message.len);
    }
    if (key->kind == HBS_HSS) {
        hbs_hash_final(&op->hash, digest, key->pub.hss.top.params.n);
        TRY(hss_verify_digest(&key->pub.hss, sig, digest));
    } else {
        hbs_hash_final(&op->hash, digest, key->pub.xmss.params.n);
        TRY(xmss_verify_digest(&key->pub.xmss, sig, digest));
    }
out:
    return status;
}

static const struct soft_op_kind op_kind = {
    .output_len = op_output_len,
    .expect = op_expect,
    .update = op_update,
    .verify = op_verify,
    .free = op_free,
};

static enum pqhw_status hbs_op_new(const struct backend_key *base,
                                   const struct mechanism *mechanism, CK_FLAGS flag,
                                   struct backend_op **out)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info = mechanism_find(mechanism->type);

    REQUIRE(info != NULL && (info->flags & flag) != 0, PQHW_MECHANISM_INVALID);
    struct hbs_op *op = calloc(1, sizeof(*op));
    REQUIRE(op != NULL, PQHW_NO_MEMORY);
    op->base = (struct backend_op){&op_kind, base};
    op->message = BUF_INIT(MAX_MESSAGE);
    *out = &op->base;
out:
    return status;
}

const struct soft_family soft_hbs = {
    .import = hbs_import,
    .open = hbs_open,
    .close = hbs_close,
    .size = hbs_size,
    .op_new = hbs_op_new,
};
