/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose signatures are verified before they are given out, by the device's setting, and what
 * happens when one is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hsm_fixture.h"

/* The soft backend, but for a signature that is wrong when it is looked at. */
static struct backend_ops faulty;
static bool was_checked;

static enum pqhw_status faulty_sign(struct backend_op *op, uint8_t *sig, bool check)
{
    was_checked = check;
    if (!check)
        return backend_soft.op_sign(op, sig, check);
    memset(sig, 0x5a, 16);
    return PQHW_SELF_TEST_FAILED;
}

static void new_device(struct fixture *f, enum hsm_check_signatures check)
{
    struct hsm_settings settings = cheap_settings;

    settings.check_signatures = check;
    *f = (struct fixture){.config = {.store = &store_memory, .backend = &faulty}};
    make_home(f->home);
    f->config.home = f->home;
    fixture_open(f);
    assert_ok(hsm_device_create(f->device, &settings));
    assert_ok(hsm_token_init(f->app, 0, SO_PIN, token_label));
    f->rw = session_new(f->app, true);
    assert_ok(hsm_login(f->app, f->rw, CKU_SO, SO_PIN));
    assert_ok(hsm_pin_init(f->app, f->rw, USER_PIN));
    assert_ok(hsm_logout(f->app, f->rw));
    login_user(f);
}

static CK_OBJECT_HANDLE new_key(struct fixture *f, CK_MECHANISM_TYPE keygen, CK_ULONG set)
{
    const struct mechanism mechanism = {.type = keygen};
    struct buf pub = BUF_INIT(ATTRS_MAX_LEN);
    CK_OBJECT_HANDLE pub_handle = 0, priv_handle = 0;

    attrs_put_number(&pub, CKA_PARAMETER_SET, set);
    assert_ok(hsm_generate_pair(f->app, f->rw, &mechanism, buf_span(&pub), SPAN_EMPTY, &pub_handle,
                                &priv_handle));
    buf_free(&pub);
    return priv_handle;
}

static bool is_checked(struct fixture *f, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key)
{
    static uint8_t sig[20000];
    const struct mechanism mechanism = {.type = type};
    size_t len = sizeof(sig);

    memset(sig, 0xee, sizeof(sig));
    assert_ok(hsm_sign_init(f->app, f->rw, &mechanism, key));
    enum pqhw_status status = hsm_sign(f->app, f->rw, SPAN_STR("text"), sig, &len);
    assert_status(status, was_checked ? PQHW_SELF_TEST_FAILED : PQHW_OK);
    if (was_checked)
        assert_int_equal(sig[0] | sig[15], 0);
    /* The operation is over either way. */
    assert_status(hsm_sign(f->app, f->rw, SPAN_STR("text"), sig, &len),
                  PQHW_OPERATION_NOT_INITIALIZED);
    return was_checked;
}

static void count_failures(void *arg, struct span line)
{
    unsigned *num = arg;

    *num += memmem(line.ptr, line.len, "SELF_TEST_FAILED", 16) != NULL;
}

static void the_setting_decides(void **state)
{
    (void)state;
    static const struct {
        enum hsm_check_signatures check;
        bool mldsa, others; /* SLH-DSA's and Falcon's */
    } cases[] = {
        {HSM_CHECK_DEFAULT, false, true},
        {HSM_CHECK_NONE, false, false},
        {HSM_CHECK_SLH_DSA, false, true},
        {HSM_CHECK_ALL, true, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        unsigned num_failures = 0;

        new_device(&f, cases[i].check);
        CK_OBJECT_HANDLE mldsa = new_key(&f, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44);
        CK_OBJECT_HANDLE slhdsa = new_key(&f, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHA2_128F);
        assert_int_equal(is_checked(&f, CKM_ML_DSA, mldsa), cases[i].mldsa);
        CK_OBJECT_HANDLE falcon =
            new_key(&f, CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN, CKP_PQHW_FALCON_ROUND3_512);
        assert_int_equal(is_checked(&f, CKM_SLH_DSA, slhdsa), cases[i].others);
        assert_int_equal(is_checked(&f, CKM_PQHW_FALCON_ROUND3, falcon), cases[i].others);
        assert_ok(hsm_audit_read(f.device, 0, count_failures, &num_failures));
        assert_int_equal(num_failures, cases[i].mldsa + 2 * cases[i].others);
        fixture_free(&f);
    }
}

static void others_are_refused(void **state)
{
    (void)state;
    struct hsm_settings settings = cheap_settings;
    struct fixture f = {.config = {.store = &store_memory, .backend = &faulty}};

    settings.check_signatures = HSM_CHECK_NUM;
    make_home(f.home);
    f.config.home = f.home;
    fixture_open(&f);
    assert_status(hsm_device_create(f.device, &settings), PQHW_ARGUMENTS_BAD);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_setting_decides),
        cmocka_unit_test(others_are_refused),
    };

    faulty = backend_soft;
    faulty.op_sign = faulty_sign;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
