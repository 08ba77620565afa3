/* SPDX-License-Identifier: Apache-2.0
 *
 * ECDSA and ECDH. The public vectors are in tests/vectors/classic_test.py.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/classic/ec.h"
#include "crypto/keyformat/curve_pkcs8.h"
#include "crypto/keyformat/curve_spki.h"
#include "crypto/keyformat/ec_signature.h"
#include "crypto_allocations.h"

#define NUM_WEIERSTRASS CURVE_ED25519

static struct classic *classic;

static const struct curve *curve_at(size_t i)
{
    const struct curve *curve = curve_get((enum curve_id)i);
    assert_int_equal(curve->family, CURVE_WEIERSTRASS);
    return curve;
}

static struct ec_key *new_private(const struct curve *curve)
{
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];
    struct ec_key *key;

    assert_int_equal(ec_generate(classic, curve, sk), PQHW_OK);
    assert_int_equal(ec_private_new(&key, classic, curve, span(sk, curve->private_len)), PQHW_OK);
    return key;
}

/* RFC 6979, A.2.5: a P-256 key, and its signature of "sample" under SHA-256. */
static const uint8_t rfc_sk[] = {0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21,
                                 0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8,
                                 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21};
static const uint8_t rfc_point_x[] = {
    0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68,
    0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6};
static const uint8_t sample_hash[] = {
    0xaf, 0x2b, 0xdb, 0xe1, 0xaa, 0x9b, 0x6e, 0xc1, 0xe2, 0xad, 0xe1, 0xd6, 0x94, 0xf4, 0x1f, 0xc7,
    0x1a, 0x83, 0x1d, 0x02, 0x68, 0xe9, 0x89, 0x15, 0x62, 0x11, 0x3d, 0x8a, 0x62, 0xad, 0xd1, 0xbf};
static const uint8_t rfc_sig[] = {
    0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd, 0x9c, 0xd4, 0x5e, 0x81, 0xd6,
    0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa, 0xf9, 0x91, 0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16,
    0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41, 0xd4, 0x36, 0xc7, 0xa1, 0xb6, 0xe2, 0x9f, 0x65,
    0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf, 0xf4, 0x06, 0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8};

static void test_rfc6979_key(void **state)
{
    (void)state;
    struct ec_key *key;
    const struct curve *p256 = curve_get(CURVE_P256);

    assert_int_equal(ec_private_new(&key, classic, p256, SPAN(rfc_sk)), PQHW_OK);
    assert_int_equal(ec_point(key).len, 65);
    assert_int_equal(ec_point(key).ptr[0], 4);
    assert_memory_equal(ec_point(key).ptr + 1, rfc_point_x, 32);
    assert_int_equal(ec_verify(key, SPAN(sample_hash), SPAN(rfc_sig)), PQHW_OK);
    ec_free(key);
}

static void test_every_curve(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_WEIERSTRASS; i++) {
        const struct curve *curve = curve_at(i);
        uint8_t sig[CURVE_MAX_SIGNATURE_LEN], ours[CURVE_MAX_PRIVATE_LEN];
        uint8_t theirs[CURVE_MAX_PRIVATE_LEN];
        struct ec_key *a = new_private(curve), *b = new_private(curve), *pub;
        struct span sig_span = span(sig, curve->signature_len);

        assert_int_equal(ec_public_new(&pub, classic, curve, ec_point(a)), PQHW_OK);
        assert_true(ec_is_private(a));
        assert_false(ec_is_private(pub));
        assert_memory_equal(ec_point(pub).ptr, ec_point(a).ptr, curve->public_len);
        /* Hashes shorter and longer than the order. */
        for (size_t len = 1; len <= 64; len += 21) {
            uint8_t hash[64];
            memset(hash, 0xa5, sizeof(hash));
            assert_int_equal(ec_sign(a, sig, span(hash, len)), PQHW_OK);
            assert_int_equal(ec_verify(pub, span(hash, len), sig_span), PQHW_OK);
            hash[0] ^= 1;
            assert_int_equal(ec_verify(pub, span(hash, len), sig_span), PQHW_SIGNATURE_INVALID);
            assert_int_equal(ec_verify(b, span(hash, len), sig_span), PQHW_SIGNATURE_INVALID);
        }
        assert_int_equal(ec_agree(a, ours, ec_point(b)), PQHW_OK);
        assert_int_equal(ec_agree(b, theirs, ec_point(a)), PQHW_OK);
        assert_memory_equal(ours, theirs, curve->shared_len);
        ec_free(pub);
        ec_free(b);
        ec_free(a);
    }
}

static void test_signature_lengths(void **state)
{
    (void)state;
    struct ec_key *key = new_private(curve_get(CURVE_P521));
    uint8_t sig[CURVE_MAX_SIGNATURE_LEN + 1] = {0};

    assert_int_equal(ec_sign(key, sig, SPAN_EMPTY), PQHW_DATA_LEN_RANGE);
    assert_int_equal(ec_verify(key, SPAN_EMPTY, span(sig, 132)), PQHW_DATA_LEN_RANGE);
    for (size_t len = 0; len <= sizeof(sig); len++) {
        enum pqhw_status status = ec_verify(key, SPAN(sample_hash), span(sig, len));
        assert_int_equal(status, len == 132 ? PQHW_SIGNATURE_INVALID : PQHW_SIGNATURE_LEN_RANGE);
    }
    ec_free(key);
}

/* Signatures with the fewest and the most bytes in r and s, there and back. */
static void test_signature_forms(void **state)
{
    (void)state;
    static const uint8_t firsts[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    uint8_t raw[CURVE_MAX_SIGNATURE_LEN], back[CURVE_MAX_SIGNATURE_LEN];
    uint8_t der[EC_SIGNATURE_MAX_DER];
    size_t len;

    for (size_t i = 0; i < sizeof(firsts); i++) {
        for (size_t k = 0; k < sizeof(firsts); k++) {
            memset(raw, 0x11, sizeof(raw));
            raw[0] = firsts[i];
            raw[66] = firsts[k];
            assert_int_equal(ec_signature_to_der(der, &len, SPAN(raw)), PQHW_OK);
            assert_int_equal(ec_signature_from_der(back, sizeof(back), span(der, len)), PQHW_OK);
            assert_memory_equal(raw, back, sizeof(raw));
            assert_int_equal(ec_signature_from_der(back, sizeof(back), span(der, len - 1)),
                             PQHW_SIGNATURE_INVALID);
        }
    }
    memset(raw, 0, 66);
    assert_int_equal(ec_signature_to_der(der, &len, SPAN(raw)), PQHW_SIGNATURE_INVALID);
    memset(raw, 1, 66);
    memset(raw + 66, 0, 66);
    assert_int_equal(ec_signature_to_der(der, &len, SPAN(raw)), PQHW_SIGNATURE_INVALID);
}

/* One signature has one form: no zeros that are not needed, nothing negative, nothing behind. */
static void test_signature_der_only(void **state)
{
    (void)state;
    static const uint8_t good[] = {0x30, 6, 2, 1, 5, 2, 1, 6};
    static const uint8_t bad[][9] = {
        {0x30, 7, 2, 2, 0, 5, 2, 1, 6},    /* a zero too many */
        {0x30, 7, 2, 1, 5, 2, 2, 0, 6},    /* the same in s */
        {0x30, 7, 2, 2, 0x85, 0, 2, 1, 6}, /* negative */
        {0x30, 7, 2, 1, 5, 2, 2, 0x85, 0}, /* the same in s */
        {0x30, 6, 2, 1, 5, 2, 1, 6, 0},    /* a byte behind it */
        {0x30, 7, 2, 1, 5, 2, 1, 6, 0},    /* a byte behind s */
        {0x30, 7, 2, 1, 0, 2, 2, 1, 6},    /* r is zero */
        {0x30, 0x81, 6, 2, 1, 5, 2, 1, 6}, /* a length in a longer form */
    };
    uint8_t raw[64];

    assert_int_equal(ec_signature_from_der(raw, sizeof(raw), SPAN(good)), PQHW_OK);
    assert_int_equal(raw[31], 5);
    assert_int_equal(raw[63], 6);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ec_signature_from_der(raw, sizeof(raw), SPAN(bad[i])),
                         PQHW_SIGNATURE_INVALID);
}

/* ---- ECPrivateKey without PKCS#8 ---- */

static void test_private_bare(void **state)
{
    (void)state;
    static const uint8_t good[] = {
        0x30, 0x10, 2, 1, 1, 4, 2, 0x12, 0x34, 0xa0, 7, 6, 5, 0x2b, 0x81, 0x04, 0x00, 0x22,
    };
    static const uint8_t no_point[] = {
        0x30, 0x16, 2,    1,    1,    4,    2,    0x12, 0x34, 0xa0, 7, 6,
        5,    0x2b, 0x81, 0x04, 0x00, 0x22, 0xa1, 4,    3,    2,    0, 4,
    };
    uint8_t der[sizeof(good) + 1];
    struct curve_private key;

    assert_int_equal(curve_private_read_bare(&key, SPAN(good)), PQHW_OK);
    assert_ptr_equal(key.curve, curve_get(CURVE_P384));
    assert_true(span_equal(key.sk, span(good + 7, 2)));
    assert_int_equal(curve_private_read_bare(&key, SPAN(no_point)), PQHW_DATA_INVALID);
    for (size_t cut = 0; cut < sizeof(good); cut++)
        assert_int_equal(curve_private_read_bare(&key, span(good, cut)), PQHW_DATA_INVALID);
    memcpy(der, good, sizeof(good));
    der[sizeof(good)] = 0;
    assert_int_equal(curve_private_read_bare(&key, SPAN(der)), PQHW_DATA_INVALID);
    der[4] = 0; /* the version */
    assert_int_equal(curve_private_read_bare(&key, span(der, sizeof(good))), PQHW_DATA_INVALID);
    der[4] = 1;
    der[17] = 0x21; /* secp224r1 */
    assert_int_equal(curve_private_read_bare(&key, span(der, sizeof(good))),
                     PQHW_CURVE_NOT_SUPPORTED);
    der[1] = 7; /* no curve at all */
    assert_int_equal(curve_private_read_bare(&key, span(der, 9)), PQHW_DATA_INVALID);
}

/* ---- SubjectPublicKeyInfo ---- */

static void test_spki(void **state)
{
    (void)state;
    uint8_t point[CURVE_MAX_PUBLIC_LEN], der[CURVE_SPKI_MAX + 1];

    memset(point, 0x42, sizeof(point));
    for (int id = 0; id < CURVE_NUM; id++) {
        const struct curve *curve = curve_get((enum curve_id)id), *found;
        struct span read;
        size_t len = curve_spki(der, curve, span(point, curve->public_len));

        assert_int_equal(curve_spki_read(&found, &read, span(der, len)), PQHW_OK);
        assert_ptr_equal(found, curve);
        assert_true(span_equal(read, span(point, curve->public_len)));
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(curve_spki_read(&found, &read, span(der, cut)), PQHW_DATA_INVALID);
        der[len] = 0;
        assert_int_equal(curve_spki_read(&found, &read, span(der, len + 1)), PQHW_DATA_INVALID);
        der[len - curve->public_len - 1] = 1; /* a bit that is not used */
        assert_int_equal(curve_spki_read(&found, &read, span(der, len)), PQHW_DATA_INVALID);
    }
    size_t len = curve_spki(der, curve_get(CURVE_P256), span(point, 65));
    const struct curve *found;
    struct span read;
    der[22] = 6; /* 1.2.840.10045.3.1.6: prime239v3, which is none of ours */
    assert_int_equal(curve_spki_read(&found, &read, span(der, len)), PQHW_CURVE_NOT_SUPPORTED);
}

/* ---- keys that are none ---- */

/* FIPS 186-5 / SEC 2: the order of P-256. */
static const uint8_t p256_order[] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

static void test_private_range(void **state)
{
    (void)state;
    const struct curve *p256 = curve_get(CURVE_P256);
    uint8_t sk[33] = {0};
    struct ec_key *key;

    assert_int_equal(ec_private_new(&key, classic, p256, span(sk, 32)), PQHW_DATA_INVALID);
    assert_null(key);
    assert_int_equal(ec_private_new(&key, classic, p256, SPAN(p256_order)), PQHW_DATA_INVALID);
    assert_int_equal(ec_private_new(&key, classic, p256, span(sk, 31)), PQHW_DATA_LEN_RANGE);
    assert_int_equal(ec_private_new(&key, classic, p256, span(sk, 33)), PQHW_DATA_LEN_RANGE);
    memcpy(sk, p256_order, 32);
    sk[31]--; /* the largest key: its point is the base point's negative */
    assert_int_equal(ec_private_new(&key, classic, p256, span(sk, 32)), PQHW_OK);
    ec_free(key);
    memset(sk, 0xff, sizeof(sk));
    assert_int_equal(ec_private_new(&key, classic, p256, span(sk, 32)), PQHW_DATA_INVALID);
}

static void test_private_pad(void **state)
{
    (void)state;
    const struct curve *p256 = curve_get(CURVE_P256);
    uint8_t given[40] = {0}, out[32];

    memcpy(given + 8, rfc_sk, 32);
    assert_int_equal(ec_private_pad(p256, out, SPAN(given)), PQHW_OK);
    assert_memory_equal(out, rfc_sk, 32);
    given[7] = 1;
    assert_int_equal(ec_private_pad(p256, out, SPAN(given)), PQHW_DATA_INVALID);
    assert_int_equal(ec_private_pad(p256, out, SPAN_EMPTY), PQHW_DATA_INVALID);
    assert_int_equal(ec_private_pad(p256, out, span(rfc_sk, 2)), PQHW_OK);
    assert_int_equal(out[29], 0);
    assert_memory_equal(out + 30, rfc_sk, 2);
}

static void test_points(void **state)
{
    (void)state;
    const struct curve *p256 = curve_get(CURVE_P256);
    struct ec_key *key, *pub;
    uint8_t point[67], shared[32];

    assert_int_equal(ec_private_new(&key, classic, p256, SPAN(rfc_sk)), PQHW_OK);
    memcpy(point + 2, ec_point(key).ptr, 65);
    point[0] = 0x04; /* OCTET STRING */
    point[1] = 65;
    assert_int_equal(ec_public_new(&pub, classic, p256, SPAN(point)), PQHW_OK);
    assert_memory_equal(ec_point(pub).ptr, point + 2, 65);
    ec_free(pub);
    uint8_t y_last = point[66];
    point[2] = (uint8_t)(2 + (y_last & 1)); /* compressed */
    assert_int_equal(ec_public_new(&pub, classic, p256, span(point + 2, 33)), PQHW_OK);
    assert_memory_equal(ec_point(pub).ptr, ec_point(key).ptr, 65);
    ec_free(pub);
    for (unsigned form = 0; form <= 255; form++) { /* of a whole point, 04 alone; no hybrids */
        point[2] = (uint8_t)form;
        assert_int_equal(ec_public_new(&pub, classic, p256, span(point + 2, 65)),
                         form == 4 ? PQHW_OK : PQHW_DATA_INVALID);
        ec_free(pub);
    }
    point[2] = 4;
    for (size_t len = 0; len < 65; len++)
        assert_int_equal(ec_public_new(&pub, classic, p256, span(point + 2, len)),
                         PQHW_DATA_INVALID);
    point[66] ^= 1; /* off the curve */
    assert_int_equal(ec_public_new(&pub, classic, p256, span(point + 2, 65)), PQHW_DATA_INVALID);
    assert_null(pub);
    memset(shared, 1, sizeof(shared));
    assert_int_equal(ec_agree(key, shared, span(point + 2, 65)), PQHW_DATA_INVALID);
    for (size_t i = 0; i < sizeof(shared); i++)
        assert_int_equal(shared[i], 0);
    ec_free(key);
}

/* ---- names ---- */

static void test_params(void **state)
{
    (void)state;
    const struct curve *curve;
    uint8_t params[64];

    for (size_t i = 0; i < CURVE_NUM; i++) {
        const struct curve *expected = curve_get((enum curve_id)i);
        const char *names[] = {expected->name, expected->printable};
        assert_int_equal(expected->id, i);
        assert_int_equal(curve_from_params(&curve, expected->params), PQHW_OK);
        assert_ptr_equal(curve, expected);
        for (size_t k = 0; k < 2; k++) {
            size_t len = strlen(names[k]);
            params[0] = 0x13;
            params[1] = (uint8_t)len;
            memcpy(params + 2, names[k], len);
            assert_int_equal(curve_from_params(&curve, span(params, 2 + len)), PQHW_OK);
            assert_ptr_equal(curve, expected);
            params[0] = 0x0c; /* UTF8String */
            assert_int_equal(curve_from_params(&curve, span(params, 2 + len)),
                             PQHW_CURVE_NOT_SUPPORTED);
        }
    }
}

static void test_params_refused(void **state)
{
    (void)state;
    static const uint8_t null[] = {0x05, 0x00}; /* implicitlyCA */
    static const uint8_t explicit_params[] = {0x30, 0x03, 0x02, 0x01, 0x01};
    static const uint8_t p224[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x21};
    static const uint8_t long_form[] = {0x06, 0x81, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
    static const uint8_t trailing[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x00};
    const struct curve *curve;

    assert_int_equal(curve_from_params(&curve, SPAN(null)), PQHW_CURVE_NOT_SUPPORTED);
    assert_null(curve);
    assert_int_equal(curve_from_params(&curve, SPAN(explicit_params)), PQHW_CURVE_NOT_SUPPORTED);
    assert_int_equal(curve_from_params(&curve, SPAN(p224)), PQHW_CURVE_NOT_SUPPORTED);
    assert_int_equal(curve_from_params(&curve, SPAN(long_form)), PQHW_DATA_INVALID);
    assert_int_equal(curve_from_params(&curve, SPAN(trailing)), PQHW_DATA_INVALID);
    assert_int_equal(curve_from_params(&curve, span(trailing, 6)), PQHW_DATA_INVALID);
    assert_int_equal(curve_from_params(&curve, SPAN_EMPTY), PQHW_DATA_INVALID);
}

/* ---- failures and threads ---- */

static enum pqhw_status whole_life(const struct curve *curve)
{
    enum pqhw_status status = PQHW_OK;
    struct ec_key *key = NULL, *pub = NULL;
    uint8_t sig[CURVE_MAX_SIGNATURE_LEN], shared[CURVE_MAX_PRIVATE_LEN];

    TRY(ec_private_new(&key, classic, curve, SPAN(rfc_sk)));
    TRY(ec_public_new(&pub, classic, curve, ec_point(key)));
    TRY(ec_sign(key, sig, SPAN(sample_hash)));
    TRY(ec_verify(pub, SPAN(sample_hash), span(sig, curve->signature_len)));
    TRY(ec_agree(key, shared, ec_point(pub)));
out:
    ec_free(pub);
    ec_free(key);
    return status;
}

/* Whatever allocation fails: a failure, or a right result, and no word of a wrong key or signature;
 * never a crash, nor a leak. */
static void test_allocations(void **state)
{
    (void)state;
    const struct curve *curve = curve_get(CURVE_SECP256K1);
    long n = 0;
    long failures = 0;

    assert_int_equal(whole_life(curve), PQHW_OK); /* what is made once has been made */
    for (;; n++) {
        allocations_fail(n);
        enum pqhw_status status = whole_life(curve);
        assert_int_not_equal(status, PQHW_SIGNATURE_INVALID);
        assert_int_not_equal(status, PQHW_DATA_INVALID);
        if (!allocations_end()) {
            assert_int_equal(status, PQHW_OK);
            break;
        }
        failures += status != PQHW_OK;
    }
    assert_true(n > 100);
    assert_true(failures > 10);
}

static void *sign_often(void *arg)
{
    const struct ec_key *key = arg;
    uint8_t sig[CURVE_MAX_SIGNATURE_LEN];

    for (int i = 0; i < 50; i++) {
        if (ec_sign(key, sig, SPAN(sample_hash)) != PQHW_OK ||
            ec_verify(key, SPAN(sample_hash), span(sig, 64)) != PQHW_OK)
            return NULL;
    }
    return arg;
}

static void test_threads(void **state)
{
    (void)state;
    struct ec_key *key = new_private(curve_get(CURVE_P256));
    pthread_t threads[4];
    void *result;

    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, key), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, key);
    }
    ec_free(key);
}

/* A thread that signed ends after the context is gone: libcrypto then frees what it kept for it. */
struct late {
    struct classic *own;
    pthread_barrier_t signed_once, freed;
};

static void *end_late(void *arg)
{
    struct late *late = arg;
    struct ec_key *key = NULL;
    uint8_t sig[CURVE_MAX_SIGNATURE_LEN];
    enum pqhw_status status = ec_private_new(&key, late->own, curve_get(CURVE_P256), SPAN(rfc_sk));

    if (status == PQHW_OK)
        status = ec_sign(key, sig, SPAN(sample_hash));
    ec_free(key);
    pthread_barrier_wait(&late->signed_once);
    pthread_barrier_wait(&late->freed);
    return status == PQHW_OK ? arg : NULL;
}

static void test_thread_ends_after_free(void **state)
{
    (void)state;
    struct late late;
    pthread_t thread;
    void *result;

    assert_int_equal(classic_new(&late.own), PQHW_OK);
    pthread_barrier_init(&late.signed_once, NULL, 2);
    pthread_barrier_init(&late.freed, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, end_late, &late), 0);
    pthread_barrier_wait(&late.signed_once);
    classic_free(late.own);
    pthread_barrier_wait(&late.freed);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &late);
    pthread_barrier_destroy(&late.signed_once);
    pthread_barrier_destroy(&late.freed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc6979_key),
        cmocka_unit_test(test_every_curve),
        cmocka_unit_test(test_signature_lengths),
        cmocka_unit_test(test_signature_forms),
        cmocka_unit_test(test_signature_der_only),
        cmocka_unit_test(test_private_bare),
        cmocka_unit_test(test_spki),
        cmocka_unit_test(test_private_range),
        cmocka_unit_test(test_private_pad),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_params_refused),
        cmocka_unit_test(test_allocations),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_thread_ends_after_free),
    };

    if (!allocations_count() || classic_new(&classic) != PQHW_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    classic_free(classic);
    return failed;
}
