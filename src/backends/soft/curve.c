/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/curve.h"

#include <stdlib.h>
#include <string.h>

#include "backends/soft/material.h"
#include "base/wipe.h"
#include "crypto/keyformat/curve_pkcs8.h"
#include "crypto/keyformat/curve_spki.h"
#include "crypto/keyformat/der.h"
#include "crypto/random/random.h"

/* ---- opened keys ---- */

static enum pqhw_status open_private(struct curve_key *key, const struct classic *classic,
                                     struct span sk)
{
    key->is_private = true;
    switch (key->curve->family) {
    case CURVE_WEIERSTRASS:
        return ec_private_new(&key->of.ec, classic, key->curve, sk);
    case CURVE_EDWARDS:
        return edwards_private_new(&key->of.edwards, classic, key->curve, sk);
    default:
        return montgomery_private_new(&key->of.montgomery, classic, key->curve, sk);
    }
}

static enum pqhw_status open_public(struct curve_key *key, const struct classic *classic,
                                    struct span point)
{
    switch (key->curve->family) {
    case CURVE_WEIERSTRASS:
        return ec_public_new(&key->of.ec, classic, key->curve, point);
    case CURVE_EDWARDS:
        return edwards_public_new(&key->of.edwards, classic, key->curve, point);
    default:
        return montgomery_public_new(&key->of.montgomery, classic, key->curve, point);
    }
}

void curve_key_close(struct curve_key *key)
{
    if (key->curve == NULL)
        return;
    switch (key->curve->family) {
    case CURVE_WEIERSTRASS:
        ec_free(key->of.ec);
        break;
    case CURVE_EDWARDS:
        edwards_free(key->of.edwards);
        break;
    default:
        montgomery_free(key->of.montgomery);
        break;
    }
}

struct span curve_key_point(const struct curve_key *key)
{
    switch (key->curve->family) {
    case CURVE_WEIERSTRASS:
        return ec_point(key->of.ec);
    case CURVE_EDWARDS:
        return edwards_point(key->of.edwards);
    default:
        return montgomery_point(key->of.montgomery);
    }
}

static size_t size_of(const struct curve_key *key)
{
    switch (key->curve->family) {
    case CURVE_WEIERSTRASS:
        return ec_size(key->of.ec);
    case CURVE_EDWARDS:
        return edwards_size(key->of.edwards);
    default:
        return montgomery_size(key->of.montgomery);
    }
}

/* The curve that CKA_EC_PARAMS names, if keys of this type are on it. */
static enum pqhw_status find_curve(struct span attrs, CK_KEY_TYPE key_type,
                                   const struct curve **out)
{
    static const CK_KEY_TYPE types[] = {[CURVE_WEIERSTRASS] = CKK_EC,
                                        [CURVE_EDWARDS] = CKK_EC_EDWARDS,
                                        [CURVE_MONTGOMERY] = CKK_EC_MONTGOMERY};
    enum pqhw_status status = PQHW_OK;
    struct span params;

    REQUIRE(attrs_get(attrs, CKA_EC_PARAMS, &params), PQHW_TEMPLATE_INCOMPLETE);
    status = curve_from_params(out, params);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_ATTRIBUTE_VALUE_INVALID);
    TRY(status);
    REQUIRE(types[(*out)->family] == key_type, PQHW_CURVE_NOT_SUPPORTED);
out:
    return status;
}

/* ---- material ---- */

static void put_point(struct buf *attrs, struct span point)
{
    uint8_t der[CURVE_MAX_PUBLIC_LEN + 4];
    struct der_writer w = {.out = der, .room = sizeof(der)};

    der_write_header(&w, DER_OCTET_STRING, point.len);
    der_write_bytes(&w, point);
    attrs_put(attrs, CKA_EC_POINT, span(der, w.len));
}

/* What both halves say of themselves, and for the public one its point. */
static enum pqhw_status put_attrs(const struct curve_key *key, CK_OBJECT_CLASS object_class,
                                  struct buf *attrs)
{
    uint8_t info[CURVE_SPKI_MAX];

    attrs_put(attrs, CKA_EC_PARAMS, key->curve->params);
    attrs_put(attrs, CKA_PUBLIC_KEY_INFO,
              span(info, curve_spki(info, key->curve, curve_key_point(key))));
    if (object_class == CKO_PUBLIC_KEY)
        put_point(attrs, curve_key_point(key));
    return buf_status(attrs);
}

/* A new pair signs and verifies, or agrees with itself from both sides, once. */
static enum pqhw_status check_pair(const struct curve_key *priv, const struct curve_key *pub)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sig[CURVE_MAX_SIGNATURE_LEN];
    const struct edwards_variant pure = {0};
    struct span text = SPAN_STR("pairwise consistency test of keys");
    struct span signature = span(sig, priv->curve->signature_len);

    switch (priv->curve->family) {
    case CURVE_WEIERSTRASS:
        TRY(ec_sign(priv->of.ec, sig, text));
        status = ec_verify(pub->of.ec, text, signature);
        break;
    case CURVE_EDWARDS:
        TRY(edwards_sign(priv->of.edwards, sig, &pure, text));
        status = edwards_verify(pub->of.edwards, &pure, text, signature);
        break;
    default: /* the point is computed from the private value; there is no other half to try */
        break;
    }
    REQUIRE(status != PQHW_SIGNATURE_INVALID, PQHW_SELF_TEST_FAILED);
out:
    return status;
}

static enum pqhw_status new_value(const struct classic *classic, const struct curve *curve,
                                  uint8_t *sk)
{
    if (curve->family == CURVE_WEIERSTRASS)
        return ec_generate(classic, curve, sk);
    return random_bytes(classic, sk, curve->private_len); /* RFC 8032, 5.1.5; RFC 7748, 5 */
}

enum pqhw_status curve_key_generate(struct curve_key *key, const struct classic *classic,
                                    const struct curve *curve, uint8_t *sk)
{
    enum pqhw_status status = PQHW_OK;

    *key = (struct curve_key){.base = {&soft_curve, classic}, .curve = curve};
    TRY(new_value(classic, curve, sk));
    TRY(open_private(key, classic, span(sk, curve->private_len)));
out:
    return status;
}

static enum pqhw_status curve_generate_pair(const struct classic *classic, CK_KEY_TYPE key_type,
                                            struct span attrs, struct backend_material *pub,
                                            struct backend_material *priv)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_key priv_key = {0};
    struct curve_key pub_key = {0};
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];

    TRY(find_curve(attrs, key_type, &pub_key.curve));
    struct span value = span(sk, pub_key.curve->private_len);
    TRY(curve_key_generate(&priv_key, classic, pub_key.curve, sk));
    TRY(open_public(&pub_key, classic, curve_key_point(&priv_key)));
    TRY(check_pair(&priv_key, &pub_key));
    TRY(put_attrs(&priv_key, CKO_PUBLIC_KEY, &pub->attrs));
    TRY(put_attrs(&priv_key, CKO_PRIVATE_KEY, &priv->attrs));
    TRY(attrs_secret(&priv->secrets, &(struct attr){CKA_VALUE, value}, 1));
out:
    WIPE(sk);
    curve_key_close(&priv_key);
    curve_key_close(&pub_key);
    return status;
}

/* Only numbers come with or without zeros in front; the others are strings of one length. */
static enum pqhw_status pad_value(const struct curve *curve, uint8_t *sk, struct span given)
{
    if (curve->family == CURVE_WEIERSTRASS)
        return ec_private_pad(curve, sk, given);
    if (given.len != curve->private_len)
        return PQHW_DATA_LEN_RANGE;
    memcpy(sk, given.ptr, given.len);
    return PQHW_OK;
}

static enum pqhw_status import_private(struct curve_key *key, const struct classic *classic,
                                       struct span secrets, struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];
    struct span value = span(sk, key->curve->private_len);
    struct span given;

    REQUIRE(attrs_get(secrets, CKA_VALUE, &given), PQHW_TEMPLATE_INCOMPLETE);
    TRY(material_status(pad_value(key->curve, sk, given)));
    TRY(material_status(open_private(key, classic, value)));
    TRY(attrs_secret(&out->secrets, &(struct attr){CKA_VALUE, value}, 1));
out:
    WIPE(sk);
    return status;
}

static enum pqhw_status import_public(struct curve_key *key, const struct classic *classic,
                                      struct span attrs)
{
    enum pqhw_status status = PQHW_OK;
    struct span given;
    struct span point;

    REQUIRE(attrs_get(attrs, CKA_EC_POINT, &given), PQHW_TEMPLATE_INCOMPLETE);
    TRY(material_status(curve_point(key->curve, &point, given)));
    TRY(material_status(open_public(key, classic, point)));
out:
    return status;
}

static enum pqhw_status curve_import(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                     CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                     struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_key key = {0};

    TRY(find_curve(attrs, key_type, &key.curve));
    if (object_class == CKO_PRIVATE_KEY)
        TRY(import_private(&key, classic, secrets, out));
    else
        TRY(import_public(&key, classic, attrs));
    TRY(put_attrs(&key, object_class, &out->attrs));
    TRY(material_check_info(attrs, buf_span(&out->attrs)));
out:
    curve_key_close(&key);
    return status;
}

static enum pqhw_status curve_public_of(struct span attrs, struct span info, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct span point;

    (void)attrs;
    TRY(curve_spki_read(&curve, &point, info));
    attrs_put(out, CKA_EC_PARAMS, curve->params);
    put_point(out, point);
out:
    return status;
}

/* ---- PKCS#8 ---- */

static enum pqhw_status curve_encode_private(struct span attrs, struct span secrets,
                                             struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve;
    struct span value;

    TRY(find_curve(attrs, attrs_number(attrs, CKA_KEY_TYPE, 0), &curve));
    REQUIRE(attrs_get(secrets, CKA_VALUE, &value), PQHW_RECORD_DAMAGED);
    TRY(curve_private_write(out, curve, value));
out:
    return status;
}

static enum pqhw_status curve_decode_private(CK_KEY_TYPE key_type, struct span der,
                                             struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_private key;
    uint8_t info[CURVE_SPKI_MAX];

    (void)key_type; /* import compares it with the curve, and the public key with the private one */
    TRY(curve_private_read(&key, der));
    attrs_put(&out->attrs, CKA_EC_PARAMS, key.curve->params);
    if (key.point.len > 0)
        attrs_put(&out->attrs, CKA_PUBLIC_KEY_INFO,
                  span(info, curve_spki(info, key.curve, key.point)));
    TRY(buf_status(&out->attrs));
    TRY(attrs_secret(&out->secrets, &(struct attr){CKA_VALUE, key.sk}, 1));
out:
    return status;
}

/* ---- keys for use ---- */

static void curve_close(struct backend_key *base)
{
    struct curve_key *key = (struct curve_key *)base;

    curve_key_close(key);
    free(key);
}

static enum pqhw_status open_stored(struct curve_key *key, CK_OBJECT_CLASS object_class,
                                    struct span attrs, struct span secrets)
{
    enum pqhw_status status = PQHW_OK;
    struct span value;
    struct span point;

    if (object_class == CKO_PRIVATE_KEY) {
        REQUIRE(attrs_get(secrets, CKA_VALUE, &value), PQHW_DATA_INVALID);
        TRY(open_private(key, key->base.classic, value));
    } else {
        REQUIRE(attrs_get(attrs, CKA_EC_POINT, &value), PQHW_DATA_INVALID);
        TRY(curve_point(key->curve, &point, value));
        TRY(open_public(key, key->base.classic, point));
    }
out:
    return status;
}

static enum pqhw_status curve_open(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                   CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                   struct backend_key **out)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_key *key = calloc(1, sizeof(*key));

    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    key->base = (struct backend_key){&soft_curve, classic};
    REQUIRE(find_curve(attrs, key_type, &key->curve) == PQHW_OK, PQHW_DATA_INVALID);
    TRY(open_stored(key, object_class, attrs, secrets));
    *out = &key->base;
    key = NULL;
out:
    if (key != NULL)
        curve_close(&key->base);
    return status;
}

static size_t curve_size(const struct backend_key *base)
{
    return sizeof(struct curve_key) + size_of(curve_key_of(base));
}

static enum pqhw_status curve_op_new(const struct backend_key *key,
                                     const struct mechanism *mechanism, CK_FLAGS flag,
                                     struct backend_op **out)
{
    return flag == CKF_ENCRYPT || flag == CKF_DECRYPT ? curve_wrap_new(key, mechanism, flag, out)
                                                      : curve_sign_new(key, mechanism, flag, out);
}

const struct soft_family soft_curve = {
    .generate_pair = curve_generate_pair,
    .import = curve_import,
    .open = curve_open,
    .close = curve_close,
    .size = curve_size,
    .kem_lens = curve_kem_lens,
    .encapsulate = curve_encapsulate,
    .decapsulate = curve_decapsulate,
    .derive = curve_derive,
    .public_of = curve_public_of,
    .encode_private = curve_encode_private,
    .decode_private = curve_decode_private,
    .op_new = curve_op_new,
};
