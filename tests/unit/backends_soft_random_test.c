/* SPDX-License-Identifier: Apache-2.0
 *
 * The soft backend when the random generator fails at the n-th call, for every n. What is defined
 * here stands in for the library's random_bytes (the linker's --wrap).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include <cmocka.h>

#include "backends/soft/soft.h"
#include "backends_soft_fixture.h"
#include "crypto/random/random.h"
#include "hsm/attrs.h"

static int calls_left; /* until one fails */

/* The linker's name. NOLINTNEXTLINE */
enum pqhw_status __wrap_random_bytes(const struct classic *classic, uint8_t *out, size_t len);

enum pqhw_status __wrap_random_bytes(const struct classic *classic, uint8_t *out,
                                     size_t len) /* NOLINT */
{
    (void)classic;
    memset(out, 0, len);
    if (calls_left-- == 0)
        return PQHW_RANDOM_FAILED;
    return getrandom(out, len, 0) == (ssize_t)len ? PQHW_OK : PQHW_RANDOM_FAILED;
}

static const struct backend_ops *const soft = &backend_soft;
static struct classic *classic;
static struct backend *backend;

/* How many calls generate_pair makes before it succeeds; every failure before leaves nothing. */
static int calls_of_generation(CK_MECHANISM_TYPE mechanism)
{
    for (int n = 0; n < 10; n++) {
        struct backend_material pub, priv;
        calls_left = n;
        enum pqhw_status status =
            soft->generate_pair(backend, mechanism, number_attr(CKA_PARAMETER_SET, 1), &pub, &priv);
        if (status == PQHW_OK) {
            backend_material_free(&pub);
            backend_material_free(&priv);
            return n;
        }
        assert_int_equal(status, PQHW_RANDOM_FAILED);
        assert_null(pub.attrs.ptr);
        assert_null(priv.attrs.ptr);
        assert_null(priv.secrets.ptr);
    }
    return -1;
}

static void generation_gives_nothing_when_randomness_fails(void **state)
{
    (void)state;
    struct secret_stats before, after;
    secret_get_stats(&before);
    assert_int_equal(calls_of_generation(CKM_ML_KEM_KEY_PAIR_GEN), 2); /* seed, pairwise check */
    assert_int_equal(calls_of_generation(CKM_ML_DSA_KEY_PAIR_GEN), 3);
    secret_get_stats(&after);
    assert_int_equal(after.num_secrets, before.num_secrets);
}

static struct backend_key *open_new(CK_KEY_TYPE type, CK_MECHANISM_TYPE keygen,
                                    CK_OBJECT_CLASS object_class)
{
    struct backend_material pub, priv;
    struct backend_key *key = NULL;
    calls_left = 10;
    assert_int_equal(
        soft->generate_pair(backend, keygen, number_attr(CKA_PARAMETER_SET, 1), &pub, &priv),
        PQHW_OK);
    struct backend_material *half = object_class == CKO_PUBLIC_KEY ? &pub : &priv;
    attrs_put_number(&half->attrs, CKA_CLASS, object_class);
    attrs_put_number(&half->attrs, CKA_KEY_TYPE, type);
    assert_int_equal(
        soft->key_open(backend, buf_span(&half->attrs), secret_span(&half->secrets), &key),
        PQHW_OK);
    backend_material_free(&pub);
    backend_material_free(&priv);
    return key;
}

static void encapsulation_needs_randomness(void **state)
{
    (void)state;
    uint8_t ct[768];
    struct secret ss = {0};
    struct backend_key *key = open_new(CKK_ML_KEM, CKM_ML_KEM_KEY_PAIR_GEN, CKO_PUBLIC_KEY);
    const struct mechanism mlkem = {.type = CKM_ML_KEM};
    const struct backend_kem how = {.mechanism = &mlkem};
    calls_left = 0;
    assert_int_equal(soft->encapsulate(key, &how, ct, &ss), PQHW_RANDOM_FAILED);
    assert_null(ss.ptr);
    soft->key_close(key);
}

static enum pqhw_status sign_without_randomness(const struct backend_key *key, CK_HEDGE_TYPE hedge)
{
    uint8_t sig[2420];
    struct backend_op *op;
    const struct mechanism m = {.type = CKM_ML_DSA, .has_param = true, .hedge = hedge};
    assert_int_equal(soft->op_new(key, &m, CKF_SIGN, &op), PQHW_OK);
    calls_left = 0;
    enum pqhw_status status = soft->op_sign(op, sig, true);
    soft->op_free(op);
    return status;
}

static void only_deterministic_signatures_need_no_randomness(void **state)
{
    (void)state;
    struct backend_key *key = open_new(CKK_ML_DSA, CKM_ML_DSA_KEY_PAIR_GEN, CKO_PRIVATE_KEY);
    assert_int_equal(sign_without_randomness(key, CKH_HEDGE_PREFERRED), PQHW_RANDOM_FAILED);
    assert_int_equal(sign_without_randomness(key, CKH_HEDGE_REQUIRED), PQHW_RANDOM_FAILED);
    assert_int_equal(sign_without_randomness(key, CKH_DETERMINISTIC_REQUIRED), PQHW_OK);
    soft->key_close(key);
}

static int setup(void **state)
{
    (void)state;
    secret_allow_plain();
    return classic_new(&classic) == PQHW_OK && soft->open(&backend, classic) == PQHW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    soft->close(backend);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generation_gives_nothing_when_randomness_fails),
        cmocka_unit_test(encapsulation_needs_randomness),
        cmocka_unit_test(only_deterministic_signatures_need_no_randomness),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
