/* SPDX-License-Identifier: Apache-2.0
 *
 * CKM_ECDH_COF_AES_KEY_WRAP and CKM_ECDH_X_AES_KEY_WRAP (PKCS#11 v3.2, 6.3.22 and 6.3.23): what is
 * wrapped stands under AES key wrap with a temporary key, which is agreed with a key pair that is
 * made for this once, and that pair's public key stands in front of it.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/soft/curve.h"
#include "backends/soft/temporary_key.h"
#include "base/wipe.h"
#include "crypto/keyformat/der.h"

/* What is known to be shared has a few bytes or none. */
#define MAX_SHARED_DATA 65536

struct wrap_op {
    struct backend_op base;
    bool wrap;
    size_t aes_len;
    struct mechanism mechanism; /* what is agreed; its salt is in `shared` */
    struct buf shared;
};

static struct wrap_op *op_of(struct backend_op *op)
{
    return (struct wrap_op *)(void *)op;
}

static void op_free(struct backend_op *base)
{
    struct wrap_op *op = op_of(base);

    buf_free(&op->shared);
    free(op);
}

/* ---- the public key in front ---- */

/* An OCTET STRING of a point; of X25519 and X448 the bytes alone. */
static size_t front_len(const struct curve *curve)
{
    return curve->family == CURVE_WEIERSTRASS ? der_size(curve->public_len) : curve->public_len;
}

static void write_front(const struct curve *curve, uint8_t *out, struct span point)
{
    struct der_writer w = {.out = out, .room = front_len(curve)};

    if (curve->family == CURVE_WEIERSTRASS)
        der_write_header(&w, DER_OCTET_STRING, point.len);
    der_write_bytes(&w, point);
}

/* False if what stands there has another length. */
static bool read_front(const struct curve *curve, struct span in, struct span *point,
                       struct span *rest)
{
    struct reader r = reader(in);

    *point = curve->family == CURVE_WEIERSTRASS ? der_read(&r, DER_OCTET_STRING)
                                                : read_bytes(&r, curve->public_len);
    *rest = r.rest;
    return !r.failed && point->len == curve->public_len;
}

/* ---- both ways ---- */

static enum pqhw_status key_wrap(const struct wrap_op *op, struct span sk_aes, struct span in,
                                 uint8_t *out, size_t *len)
{
    return temporary_key_wrap(op->base.key->classic, sk_aes, op->wrap, in, out, len);
}

/* How long a wrapped key, or what it is made of, is at most. */
static enum pqhw_status ask_len(const struct wrap_op *op, struct span in, size_t *len)
{
    static const uint8_t any[TEMPORARY_KEY_MAX_LEN];

    return key_wrap(op, span(any, op->aes_len), in, NULL, len);
}

static enum pqhw_status wrap(const struct wrap_op *op, struct span in, uint8_t *out, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve_key *key = curve_key_of(op->base.key);
    size_t front = front_len(key->curve);
    size_t room = *len;
    size_t second = 0;
    struct curve_key once = {0};
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];
    struct secret sk_aes = {0};

    TRY(ask_len(op, in, &second));
    *len = front + second;
    if (out == NULL)
        return PQHW_OK;
    REQUIRE(room >= *len, PQHW_BUFFER_TOO_SMALL);
    TRY(secret_new(&sk_aes, op->aes_len));
    TRY(curve_key_generate(&once, op->base.key->classic, key->curve, sk));
    status = curve_agree(&once, &op->mechanism, curve_key_point(key), &sk_aes);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_ATTRIBUTE_VALUE_INVALID); /* the key's */
    TRY(status);
    TRY(key_wrap(op, secret_span(&sk_aes), in, out + front, &second));
    write_front(key->curve, out, curve_key_point(&once));
out:
    curve_key_close(&once);
    secret_free(&sk_aes);
    WIPE(sk);
    return status;
}

static enum pqhw_status unwrap(const struct wrap_op *op, struct span in, uint8_t *out, size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve_key *key = curve_key_of(op->base.key);
    struct span point, second;
    size_t most = 0;
    struct secret sk_aes = {0};

    REQUIRE(read_front(key->curve, in, &point, &second), PQHW_ENCRYPTED_DATA_LEN_RANGE);
    TRY(ask_len(op, second, &most));
    TRY(secret_new(&sk_aes, op->aes_len));
    status = curve_agree(key, &op->mechanism, point, &sk_aes);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_ENCRYPTED_DATA_INVALID);
    TRY(status);
    TRY(key_wrap(op, secret_span(&sk_aes), second, out, len));
out:
    secret_free(&sk_aes);
    return status;
}

static enum pqhw_status op_crypt(struct backend_op *base, struct span in, bool last, uint8_t *out,
                                 size_t *len)
{
    const struct wrap_op *op = op_of(base);

    if (!last)
        return PQHW_INTERNAL; /* they have no parts */
    return op->wrap ? wrap(op, in, out, len) : unwrap(op, in, out, len);
}

static const struct soft_op_kind op_kind = {
    .crypt = op_crypt,
    .free = op_free,
};

enum pqhw_status curve_wrap_new(const struct backend_key *base, const struct mechanism *mechanism,
                                CK_FLAGS flag, struct backend_op **out)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve_key *key = curve_key_of(base);
    const struct mechanism_info *info = mechanism_find(mechanism->type);
    struct wrap_op *op = NULL;

    REQUIRE(info != NULL && info->param == PARAM_ECDH_AES, PQHW_MECHANISM_INVALID);
    REQUIRE(key->curve->shared_len > 0 && (flag == CKF_ENCRYPT || key->is_private),
            PQHW_KEY_TYPE_INCONSISTENT);
    REQUIRE(mechanism->wrap_key_len <= TEMPORARY_KEY_MAX_LEN, PQHW_MECHANISM_PARAM_INVALID);
    op = calloc(1, sizeof(*op));
    REQUIRE(op != NULL, PQHW_NO_MEMORY);
    op->base = (struct backend_op){&op_kind, base};
    op->wrap = flag == CKF_ENCRYPT;
    op->aes_len = mechanism->wrap_key_len;
    op->shared = BUF_INIT(MAX_SHARED_DATA);
    buf_put(&op->shared, mechanism->salt.ptr, mechanism->salt.len);
    REQUIRE(buf_status(&op->shared) != PQHW_LIMIT_EXCEEDED, PQHW_MECHANISM_PARAM_INVALID);
    TRY(buf_status(&op->shared));
    op->mechanism = (struct mechanism){.hash = mechanism->hash, .salt = buf_span(&op->shared)};
    *out = &op->base;
    op = NULL;
out:
    if (op != NULL)
        op_free(&op->base);
    return status;
}
