/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/curve_pkcs8.h"

#include "crypto/keyformat/curve_spki.h"
#include "crypto/keyformat/der.h"

static const uint8_t version_0[] = {DER_INTEGER, 1, 0}; /* PrivateKeyInfo */
static const uint8_t version_1[] = {DER_INTEGER, 1, 1}; /* ECPrivateKey */

enum pqhw_status curve_private_write(struct secret *out, const struct curve *curve, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    bool numbers = curve->family == CURVE_WEIERSTRASS;
    struct span alg = numbers ? curve_spki_ec : SPAN_EMPTY;
    size_t alg_len = alg.len + curve->params.len;
    size_t inner_len = sizeof(version_1) + der_size(sk.len);
    size_t key_len = numbers ? der_size(inner_len) : der_size(sk.len);
    size_t len = sizeof(version_0) + der_size(alg_len) + der_size(key_len);

    TRY(secret_new(out, der_size(len)));
    struct der_writer w = {.out = out->ptr, .room = out->len};
    der_write_header(&w, DER_SEQUENCE, len);
    der_write_bytes(&w, SPAN(version_0));
    der_write_header(&w, DER_SEQUENCE, alg_len);
    der_write_bytes(&w, alg);
    der_write_bytes(&w, curve->params);
    der_write_header(&w, DER_OCTET_STRING, key_len);
    if (numbers) {
        der_write_header(&w, DER_SEQUENCE, inner_len);
        der_write_bytes(&w, SPAN(version_1));
    }
    der_write_header(&w, DER_OCTET_STRING, sk.len);
    der_write_bytes(&w, sk);
    REQUIRE(!w.failed && w.len == out->len, PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        secret_free(out);
    return status;
}

/* ECPrivateKey (RFC 5915, 3), which may name the curve again. */
static enum pqhw_status read_ec_private_key(struct curve_private *out, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(der);
    struct reader key = reader(der_read(&r, DER_SEQUENCE));
    struct span version = der_read(&key, DER_INTEGER);
    struct span params = out->curve->params;

    out->sk = der_read(&key, DER_OCTET_STRING);
    if (der_next_is(&key, DER_CONTEXT_GROUP(0)))
        params = der_read(&key, DER_CONTEXT_GROUP(0));
    if (der_next_is(&key, DER_CONTEXT_GROUP(1))) {
        struct reader bits = reader(der_read(&key, DER_CONTEXT_GROUP(1)));
        out->point = der_read_bits(&bits, DER_BIT_STRING);
        REQUIRE(read_finished(&bits), PQHW_DATA_INVALID);
    }
    REQUIRE(span_equal(version, SPAN_STR("\1")) && span_equal(params, out->curve->params) &&
                read_finished(&key) && read_finished(&r),
            PQHW_DATA_INVALID);
out:
    return status;
}

/* CurvePrivateKey (RFC 8410, 7). */
static enum pqhw_status read_curve_private_key(struct curve_private *out, struct span der)
{
    struct reader r = reader(der);

    out->sk = der_read(&r, DER_OCTET_STRING);
    return read_finished(&r) ? PQHW_OK : PQHW_DATA_INVALID;
}

/* One that is compressed is not compared: whoever reads the key computes it whole. */
static enum pqhw_status check_point(struct curve_private *key)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(key->point.len == 0 || curve_point(key->curve, &key->point, key->point) == PQHW_OK,
            PQHW_DATA_INVALID);
    if (key->point.len != key->curve->public_len)
        key->point = SPAN_EMPTY;
out:
    return status;
}

enum pqhw_status curve_private_read(struct curve_private *out, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_private key = {0};
    struct reader r = reader(der);
    struct reader info = reader(der_read(&r, DER_SEQUENCE));
    struct span version = der_read(&info, DER_INTEGER);
    struct span alg = der_read(&info, DER_SEQUENCE);
    struct span content = der_read(&info, DER_OCTET_STRING);

    if (der_next_is(&info, DER_CONTEXT_GROUP(0))) /* attributes */
        (void)der_read(&info, DER_CONTEXT_GROUP(0));
    if (der_next_is(&info, DER_CONTEXT(1))) /* RFC 5958, 2 */
        key.point = der_read_bits(&info, DER_CONTEXT(1));
    REQUIRE(version.len == 1 && version.ptr[0] <= 1 && read_finished(&info) && read_finished(&r),
            PQHW_DATA_INVALID);
    TRY(curve_algorithm_read(&key.curve, alg));
    TRY(key.curve->family == CURVE_WEIERSTRASS ? read_ec_private_key(&key, content)
                                               : read_curve_private_key(&key, content));
    REQUIRE(key.sk.len > 0, PQHW_DATA_INVALID);
    TRY(check_point(&key));
    *out = key;
out:
    return status;
}

enum pqhw_status curve_private_read_bare(struct curve_private *out, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct curve_private key = {0};
    struct reader r = reader(der);
    struct reader content = reader(der_read(&r, DER_SEQUENCE));

    (void)der_read(&content, DER_INTEGER);
    (void)der_read(&content, DER_OCTET_STRING);
    TRY(curve_from_params(&key.curve, der_read(&content, DER_CONTEXT_GROUP(0))));
    REQUIRE(key.curve->family == CURVE_WEIERSTRASS, PQHW_DATA_INVALID);
    TRY(read_ec_private_key(&key, der));
    REQUIRE(key.sk.len > 0, PQHW_DATA_INVALID);
    TRY(check_point(&key));
    *out = key;
out:
    return status;
}
