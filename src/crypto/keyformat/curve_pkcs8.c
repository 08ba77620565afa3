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

/* What may follow in either structure: attributes, parameters, the public key, in this order. */
static bool skip_optional(struct reader *r)
{
    for (uint8_t n = 0; n < 2; n++) {
        if (der_next_is(r, DER_CONTEXT_GROUP(n)))
            (void)der_read(r, DER_CONTEXT_GROUP(n));
        else if (der_next_is(r, DER_CONTEXT(n)))
            (void)der_read(r, DER_CONTEXT(n));
    }
    return read_finished(r);
}

static struct span read_ec_private_key(struct span der)
{
    struct reader r = reader(der);
    struct reader key = reader(der_read(&r, DER_SEQUENCE));
    bool version = span_equal(der_read(&key, DER_INTEGER), SPAN_STR("\1"));
    struct span sk = der_read(&key, DER_OCTET_STRING);

    return version && skip_optional(&key) && read_finished(&r) ? sk : SPAN_EMPTY;
}

static struct span read_curve_private_key(struct span der)
{
    struct reader r = reader(der);
    struct span sk = der_read(&r, DER_OCTET_STRING);

    return read_finished(&r) ? sk : SPAN_EMPTY;
}

enum pqhw_status curve_private_read(const struct curve **curve, struct span *sk, struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(der);
    struct reader info = reader(der_read(&r, DER_SEQUENCE));
    struct span version = der_read(&info, DER_INTEGER);
    struct span alg = der_read(&info, DER_SEQUENCE);
    struct span key = der_read(&info, DER_OCTET_STRING);

    /* Version 1 has the public key behind (RFC 5958, 2). */
    REQUIRE(version.len == 1 && version.ptr[0] <= 1 && skip_optional(&info) && read_finished(&r),
            PQHW_DATA_INVALID);
    TRY(curve_algorithm_read(curve, alg));
    *sk = (*curve)->family == CURVE_WEIERSTRASS ? read_ec_private_key(key)
                                                : read_curve_private_key(key);
    REQUIRE(sk->len > 0, PQHW_DATA_INVALID);
out:
    return status;
}

enum pqhw_status curve_private_read_bare(const struct curve **curve, struct span *sk,
                                         struct span der)
{
    enum pqhw_status status = PQHW_OK;
    struct reader r = reader(der);
    struct reader key = reader(der_read(&r, DER_SEQUENCE));
    bool version = span_equal(der_read(&key, DER_INTEGER), SPAN_STR("\1"));
    struct span params;

    *sk = der_read(&key, DER_OCTET_STRING);
    params = der_read(&key, DER_CONTEXT_GROUP(0));
    if (der_next_is(&key, DER_CONTEXT_GROUP(1)))
        (void)der_read(&key, DER_CONTEXT_GROUP(1)); /* the public key */
    REQUIRE(version && sk->len > 0 && read_finished(&key) && read_finished(&r), PQHW_DATA_INVALID);
    TRY(curve_from_params(curve, params));
    REQUIRE((*curve)->family == CURVE_WEIERSTRASS, PQHW_DATA_INVALID);
out:
    return status;
}
