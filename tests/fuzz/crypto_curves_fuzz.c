/* SPDX-License-Identifier: Apache-2.0
 *
 * Elliptic curves from outside: CKA_EC_PARAMS, public keys, private keys and signatures, valid but
 * for some bytes, on every curve.
 *
 * Input: the curve, what is changed, two bytes of the key's seed, the changes.
 */
#include <string.h>

#include "fuzz.h"

#include "crypto/classic/ec.h"
#include "crypto/classic/edwards.h"
#include "crypto/classic/montgomery.h"
#include "crypto/keyformat/ec_signature.h"

enum what {
    CHANGE_PARAMS,
    CHANGE_PUBLIC,
    CHANGE_PRIVATE,
    CHANGE_SIGNATURE,
    CHANGE_DER,
    NUM_WHATS
};

static struct classic *classic;
static const uint8_t hash[32] = {1, 2, 3};

static void try_params(const struct curve *curve, struct reader *r)
{
    size_t len = curve->params.len - (read_u8(r) >= 250);
    uint8_t *params = fuzz_copy(span(curve->params.ptr, len));
    const struct curve *found = NULL;

    fuzz_change(r, params, len);
    enum pqhw_status status = curve_from_params(&found, span(params, len));
    check(status == PQHW_OK || status == PQHW_DATA_INVALID || status == PQHW_CURVE_NOT_SUPPORTED);
    if (status == PQHW_OK && params[0] == 6)
        check(span_equal(found->params, span(params, len)));
    if (span_equal(span(params, len), curve->params))
        check(found == curve);
    free(params);
}

static void check_statuses(enum pqhw_status status)
{
    check(status == PQHW_OK || status == PQHW_DATA_INVALID || status == PQHW_DATA_LEN_RANGE);
}

/* A private key of the curve, from a seed. Tops are zero, so that it is below the order. */
static void fill_private(const struct curve *curve, uint16_t seed, uint8_t *sk)
{
    fuzz_fill(seed, sk, curve->private_len);
    if (curve->family == CURVE_WEIERSTRASS)
        sk[0] = sk[1] = 0;
}

/* ---- Weierstrass ---- */

static void ec_point_change(const struct curve *curve, const struct ec_key *key, struct reader *r)
{
    struct span point = ec_point(key), given;
    bool compressed = read_u8(r) % 2 != 0;
    size_t len = compressed ? 1 + (curve->bits + 7) / 8 : point.len;
    uint8_t *bytes = fuzz_copy(span(point.ptr, len));
    uint8_t one[CURVE_MAX_PRIVATE_LEN], two[CURVE_MAX_PRIVATE_LEN];
    struct ec_key *public = NULL, *again = NULL;

    if (compressed)
        bytes[0] = (uint8_t)(2 + (point.ptr[point.len - 1] & 1));
    fuzz_change(r, bytes, len);
    (void)!curve_point(curve, &given, span(bytes, len));
    enum pqhw_status status = ec_public_new(&public, classic, curve, span(bytes, len));
    check_statuses(status);
    check((public != NULL) == (status == PQHW_OK));
    if (status == PQHW_OK) { /* it has one form, and both forms agree */
        check(ec_public_new(&again, classic, curve, ec_point(public)) == PQHW_OK);
        check(span_equal(ec_point(public), ec_point(again)));
        check(ec_agree(key, one, span(bytes, len)) == PQHW_OK);
        check(ec_agree(key, two, ec_point(again)) == PQHW_OK);
        check(memcmp(one, two, curve->shared_len) == 0);
    } else {
        check(ec_agree(key, one, span(bytes, len)) == PQHW_DATA_INVALID);
    }
    ec_free(again);
    ec_free(public);
    free(bytes);
}

static void ec_signature_change(const struct curve *curve, const struct ec_key *key,
                                struct reader *r)
{
    uint8_t valid[CURVE_MAX_SIGNATURE_LEN], der[EC_SIGNATURE_MAX_DER], raw[CURVE_MAX_SIGNATURE_LEN];
    size_t len = curve->signature_len, der_len;

    check(ec_sign(key, valid, SPAN(hash)) == PQHW_OK);
    uint8_t *sig = fuzz_copy(span(valid, len));
    fuzz_change(r, sig, len);
    enum pqhw_status status = ec_verify(key, SPAN(hash), span(sig, len));
    check(status == PQHW_OK || status == PQHW_SIGNATURE_INVALID);
    check((status == PQHW_OK) == (memcmp(sig, valid, len) == 0));
    check(ec_verify(key, SPAN(hash), span(sig, len - 1)) == PQHW_SIGNATURE_LEN_RANGE);
    if (ec_signature_to_der(der, &der_len, span(sig, len)) == PQHW_OK) {
        check(ec_signature_from_der(raw, len, span(der, der_len)) == PQHW_OK);
        check(memcmp(raw, sig, len) == 0);
    }
    free(sig);
}

/* What is read from DER is that number, whatever it looks like. */
static void ec_der(const struct curve *curve, struct reader *r)
{
    uint8_t raw[CURVE_MAX_SIGNATURE_LEN], again[CURVE_MAX_SIGNATURE_LEN], der[EC_SIGNATURE_MAX_DER];
    size_t len = curve->signature_len, der_len;

    fuzz_fill(7, raw, len);
    check(ec_signature_to_der(der, &der_len, span(raw, len)) == PQHW_OK);
    uint8_t *changed = fuzz_copy(span(der, der_len));
    fuzz_change(r, changed, der_len);
    if (ec_signature_from_der(raw, len, span(changed, der_len)) == PQHW_OK &&
        ec_signature_to_der(der, &der_len, span(raw, len)) == PQHW_OK) {
        check(ec_signature_from_der(again, len, span(der, der_len)) == PQHW_OK);
        check(memcmp(raw, again, len) == 0);
    }
    free(changed);
}

static void try_weierstrass(const struct curve *curve, enum what what, struct reader *r)
{
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];
    struct ec_key *key = NULL;

    fill_private(curve, read_u16(r) % 16, sk);
    if (what == CHANGE_PRIVATE)
        fuzz_change(r, sk, curve->private_len);
    enum pqhw_status status =
        ec_private_new(&key, classic, curve, span(sk, curve->private_len - (what == CHANGE_DER)));
    check_statuses(status);
    check((key != NULL) == (status == PQHW_OK));
    if (what == CHANGE_DER)
        ec_der(curve, r);
    if (status == PQHW_OK) {
        if (what == CHANGE_SIGNATURE || what == CHANGE_PRIVATE)
            ec_signature_change(curve, key, r);
        else
            ec_point_change(curve, key, r);
    }
    ec_free(key);
}

/* ---- Edwards and Montgomery ---- */

static void try_edwards(const struct curve *curve, enum what what, struct reader *r)
{
    uint8_t sk[CURVE_MAX_PUBLIC_LEN], pk[CURVE_MAX_PUBLIC_LEN], sig[CURVE_MAX_SIGNATURE_LEN];
    uint8_t valid[CURVE_MAX_SIGNATURE_LEN];
    const struct edwards_variant pure = {0};
    struct edwards_key *key = NULL, *public = NULL;

    fill_private(curve, read_u16(r), sk);
    check(edwards_private_new(&key, classic, curve, span(sk, curve->private_len)) == PQHW_OK);
    check(edwards_sign(key, valid, &pure, SPAN(hash)) == PQHW_OK);
    memcpy(sig, valid, curve->signature_len);
    memcpy(pk, edwards_point(key).ptr, curve->public_len);
    if (what == CHANGE_PUBLIC)
        fuzz_change(r, pk, curve->public_len);
    else
        fuzz_change(r, sig, curve->signature_len);
    check(edwards_public_new(&public, classic, curve, span(pk, curve->public_len)) == PQHW_OK);
    bool same = span_equal(span(pk, curve->public_len), edwards_point(key)) &&
                memcmp(sig, valid, curve->signature_len) == 0;
    enum pqhw_status status =
        edwards_verify(public, &pure, SPAN(hash), span(sig, curve->signature_len));
    check(status == (same ? PQHW_OK : PQHW_SIGNATURE_INVALID));
    edwards_free(public);
    edwards_free(key);
}

static void try_montgomery(const struct curve *curve, struct reader *r)
{
    uint8_t sk[2][CURVE_MAX_PUBLIC_LEN], pk[CURVE_MAX_PUBLIC_LEN];
    uint8_t one[CURVE_MAX_PRIVATE_LEN] = {0}, two[CURVE_MAX_PRIVATE_LEN] = {0}, any = 0;
    struct montgomery_key *key[2] = {NULL, NULL};

    for (uint16_t i = 0; i < 2; i++) {
        fill_private(curve, (uint16_t)(read_u8(r) + 256 * i), sk[i]);
        check(montgomery_private_new(&key[i], classic, curve, span(sk[i], curve->private_len)) ==
              PQHW_OK);
    }
    check(montgomery_agree(key[0], one, montgomery_point(key[1])) == PQHW_OK);
    check(montgomery_agree(key[1], two, montgomery_point(key[0])) == PQHW_OK);
    check(memcmp(one, two, curve->shared_len) == 0);
    memcpy(pk, montgomery_point(key[1]).ptr, curve->public_len);
    if (read_u8(r) % 4 == 0)
        memset(pk, 0, sizeof(pk)); /* near the points of small order */
    fuzz_change(r, pk, curve->public_len);
    enum pqhw_status status = montgomery_agree(key[0], two, span(pk, curve->public_len));
    check(status == PQHW_OK || status == PQHW_DATA_INVALID);
    for (size_t i = 0; i < curve->shared_len; i++)
        any |= two[i];
    check((status == PQHW_OK) == (any != 0));
    montgomery_free(key[0]);
    montgomery_free(key[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader(span(data, size));
    const struct curve *curve = curve_get((enum curve_id)(read_u8(&r) % CURVE_NUM));
    enum what what = (enum what)(read_u8(&r) % NUM_WHATS);

    if (classic == NULL)
        check(classic_new(&classic) == PQHW_OK);
    if (what == CHANGE_PARAMS)
        try_params(curve, &r);
    else if (curve->family == CURVE_WEIERSTRASS)
        try_weierstrass(curve, what, &r);
    else if (curve->family == CURVE_EDWARDS)
        try_edwards(curve, what, &r);
    else
        try_montgomery(curve, &r);
    return 0;
}

bool fuzz_seed(size_t i, struct buf *out)
{
    buf_put_u8(out, (uint8_t)(i / NUM_WHATS));
    buf_put_u8(out, (uint8_t)(i % NUM_WHATS));
    buf_put(out, (const uint8_t[]){0, 1, 0}, 3);
    return i < (size_t)CURVE_NUM * NUM_WHATS;
}
