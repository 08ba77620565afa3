/* SPDX-License-Identifier: Apache-2.0
 *
 * EdDSA, X25519 and X448. The public vectors are in tests/vectors/classic_test.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/classic/edwards.h"
#include "crypto/classic/montgomery.h"
#include "crypto/random/random.h"
#include "crypto_allocations.h"

static struct classic *classic;
static const struct edwards_variant pure;
static const struct span message = {(const uint8_t *)"message", 7};

static void random_key(const struct curve *curve, uint8_t *sk)
{
    assert_int_equal(random_bytes(classic, sk, curve->private_len), PQHW_OK);
}

static struct edwards_key *new_edwards(enum curve_id id)
{
    const struct curve *curve = curve_get(id);
    uint8_t sk[CURVE_MAX_PRIVATE_LEN];
    struct edwards_key *key;

    random_key(curve, sk);
    assert_int_equal(edwards_private_new(&key, classic, curve, span(sk, curve->private_len)),
                     PQHW_OK);
    return key;
}

static void test_sign_and_verify(void **state)
{
    (void)state;
    for (int id = CURVE_ED25519; id <= CURVE_ED448; id++) {
        const struct curve *curve = curve_get((enum curve_id)id);
        struct edwards_key *key = new_edwards((enum curve_id)id), *pub;
        uint8_t sig[CURVE_MAX_SIGNATURE_LEN + 1] = {0}, again[CURVE_MAX_SIGNATURE_LEN];
        size_t len = curve->signature_len;

        assert_int_equal(edwards_public_new(&pub, classic, curve, edwards_point(key)), PQHW_OK);
        assert_memory_equal(edwards_point(pub).ptr, edwards_point(key).ptr, curve->public_len);
        assert_int_equal(edwards_sign(key, sig, &pure, message), PQHW_OK);
        assert_int_equal(edwards_sign(key, again, &pure, message), PQHW_OK);
        assert_memory_equal(sig, again, len); /* no randomness */
        assert_int_equal(edwards_verify(pub, &pure, message, span(sig, len)), PQHW_OK);
        assert_int_equal(edwards_verify(pub, &pure, SPAN_EMPTY, span(sig, len)),
                         PQHW_SIGNATURE_INVALID);
        for (size_t other = 0; other <= len + 1; other++) {
            if (other != len)
                assert_int_equal(edwards_verify(pub, &pure, message, span(sig, other)),
                                 PQHW_SIGNATURE_LEN_RANGE);
        }
        for (size_t i = 0; i < len; i++) {
            sig[i] ^= 1;
            assert_int_equal(edwards_verify(pub, &pure, message, span(sig, len)),
                             PQHW_SIGNATURE_INVALID);
            sig[i] ^= 1;
        }
        edwards_free(pub);
        edwards_free(key);
    }
}

static void test_lengths_of_keys(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};

    for (int id = CURVE_ED25519; id <= CURVE_X448; id++) {
        const struct curve *curve = curve_get((enum curve_id)id);
        for (size_t len = 0; len < sizeof(bytes); len++) {
            struct span given = span(bytes, len);
            enum pqhw_status pub_status, priv_status;
            if (curve->family == CURVE_EDWARDS) {
                struct edwards_key *pub, *priv;
                pub_status = edwards_public_new(&pub, classic, curve, given);
                priv_status = edwards_private_new(&priv, classic, curve, given);
                edwards_free(pub);
                edwards_free(priv);
            } else {
                struct montgomery_key *pub, *priv;
                pub_status = montgomery_public_new(&pub, classic, curve, given);
                priv_status = montgomery_private_new(&priv, classic, curve, given);
                montgomery_free(pub);
                montgomery_free(priv);
            }
            bool right = len == curve->public_len;
            assert_int_equal(pub_status, right ? PQHW_OK : PQHW_DATA_INVALID);
            assert_int_equal(priv_status, right ? PQHW_OK : PQHW_DATA_LEN_RANGE);
        }
    }
}

/* A variant that libcrypto does not have is refused, never signed as another. */
static void test_variants(void **state)
{
    (void)state;
    uint8_t context[256] = {1};
    const struct edwards_variant variants[] = {
        {.prehash = true},
        {.prehash = true, .has_context = true, .context = span(context, 3)},
        {.has_context = true, .context = span(context, 3)},
        {.has_context = true, .context = span(context, 255)},
        {.has_context = true, .context = span(context, 256)},
        {.has_context = true},
    };

    for (int id = CURVE_ED25519; id <= CURVE_ED448; id++) {
        struct edwards_key *key = new_edwards((enum curve_id)id);
        size_t len = edwards_curve(key)->signature_len;
        for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
            uint8_t sig[CURVE_MAX_SIGNATURE_LEN];
            enum pqhw_status status = edwards_sign(key, sig, &variants[i], message);
            bool can = edwards_can(key, &variants[i]);
            assert_int_equal(status, can ? PQHW_OK : PQHW_MECHANISM_PARAM_INVALID);
            assert_int_equal(edwards_verify(key, &variants[i], message, span(sig, len)), status);
            bool is_pure =
                id == CURVE_ED448 && !variants[i].prehash && variants[i].context.len == 0;
            if (can && !is_pure)
                assert_int_equal(edwards_verify(key, &pure, message, span(sig, len)),
                                 PQHW_SIGNATURE_INVALID);
        }
        assert_false(edwards_can(key, &variants[4]));                        /* too long */
        assert_int_equal(edwards_can(key, &variants[5]), id == CURVE_ED448); /* empty */
        edwards_free(key);
    }
}

static void test_agree(void **state)
{
    (void)state;
    for (int id = CURVE_X25519; id <= CURVE_X448; id++) {
        const struct curve *curve = curve_get((enum curve_id)id);
        struct montgomery_key *keys[2];
        uint8_t sk[CURVE_MAX_PRIVATE_LEN], shared[2][56], zeros[56] = {0}, given[58];

        for (size_t i = 0; i < 2; i++) {
            random_key(curve, sk);
            assert_int_equal(
                montgomery_private_new(&keys[i], classic, curve, span(sk, curve->private_len)),
                PQHW_OK);
            assert_true(montgomery_is_private(keys[i]));
        }
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(montgomery_agree(keys[i], shared[i], montgomery_point(keys[1 - i])),
                             PQHW_OK);
        assert_memory_equal(shared[0], shared[1], curve->shared_len);
        given[0] = 0x04; /* with an OCTET STRING around it, as old clients have it */
        given[1] = (uint8_t)curve->public_len;
        memcpy(given + 2, montgomery_point(keys[1]).ptr, curve->public_len);
        assert_int_equal(montgomery_agree(keys[0], shared[1], span(given, 2 + curve->public_len)),
                         PQHW_OK);
        assert_memory_equal(shared[0], shared[1], curve->shared_len);
        /* The point zero leads to zero. */
        assert_int_equal(montgomery_agree(keys[0], shared[0], span(zeros, curve->public_len)),
                         PQHW_DATA_INVALID);
        assert_memory_equal(shared[0], zeros, curve->shared_len);
        assert_int_equal(montgomery_agree(keys[0], shared[0], span(zeros, 31)), PQHW_DATA_INVALID);
        montgomery_free(keys[0]);
        montgomery_free(keys[1]);
    }
}

static enum pqhw_status whole_life(void)
{
    static const uint8_t sk[32] = {7};
    enum pqhw_status status = PQHW_OK;
    struct edwards_key *key = NULL, *pub = NULL;
    struct montgomery_key *x = NULL;
    uint8_t sig[64], shared[32];

    TRY(edwards_private_new(&key, classic, curve_get(CURVE_ED25519), SPAN(sk)));
    TRY(edwards_public_new(&pub, classic, curve_get(CURVE_ED25519), edwards_point(key)));
    TRY(edwards_sign(key, sig, &pure, message));
    TRY(edwards_verify(pub, &pure, message, SPAN(sig)));
    TRY(montgomery_private_new(&x, classic, curve_get(CURVE_X25519), SPAN(sk)));
    TRY(montgomery_agree(x, shared, montgomery_point(x)));
out:
    montgomery_free(x);
    edwards_free(pub);
    edwards_free(key);
    return status;
}

static void test_allocations(void **state)
{
    (void)state;
    long n = 0;

    assert_int_equal(whole_life(), PQHW_OK);
    for (;; n++) {
        allocations_fail(n);
        enum pqhw_status status = whole_life();
        if (!allocations_end()) {
            assert_int_equal(status, PQHW_OK);
            break;
        }
    }
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_and_verify), cmocka_unit_test(test_lengths_of_keys),
        cmocka_unit_test(test_variants),        cmocka_unit_test(test_agree),
        cmocka_unit_test(test_allocations),
    };

    if (!allocations_count() || classic_new(&classic) != PQHW_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    classic_free(classic);
    return failed;
}
