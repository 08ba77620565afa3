/* SPDX-License-Identifier: Apache-2.0
 *
 * What a policy means for keys, and how a token's record holds it. That it is asked everywhere,
 * tests/integration/policy_test.py shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "hsm/policy.h"
#include "hsm_fixture.h"

static const struct hsm_policy lax = {0};
static const struct hsm_policy dated = {.enforce_dates = true};

static const CK_FLAGS protecting[] = {CKF_SIGN, CKF_ENCRYPT, CKF_ENCAPSULATE, CKF_WRAP, CKF_DERIVE};
static const CK_FLAGS reading[] = {CKF_VERIFY, CKF_DECRYPT, CKF_DECAPSULATE, CKF_UNWRAP};

static bool allowed(const struct hsm_policy *policy, const char *start, const char *end,
                    CK_FLAGS flag)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put(&attrs, CKA_START_DATE, span(start, strlen(start)));
    attrs_put(&attrs, CKA_END_DATE, span(end, strlen(end)));
    bool answer = policy_allows_today(policy, buf_span(&attrs), flag);
    buf_free(&attrs);
    return answer;
}

static void dates_bound_what_a_key_does(void **state)
{
    (void)state;
    static const struct {
        const char *start, *end;
        bool protects, reads;
    } cases[] = {
        {"", "", true, true},
        {"20200101", "", true, true},
        {"", "29991231", true, true},
        {"20200101", "29991231", true, true},
        {"29991231", "", false, false},
        {"", "20200101", false, true},
        {"29991231", "20200101", false, false},
        {"", "99999999", true, true},
        {"00000000", "00000000", false, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t use = 0; use < sizeof(protecting) / sizeof(protecting[0]); use++) {
            assert_int_equal(allowed(&dated, cases[i].start, cases[i].end, protecting[use]),
                             cases[i].protects);
            assert_true(allowed(&lax, cases[i].start, cases[i].end, protecting[use]));
        }
        for (size_t use = 0; use < sizeof(reading) / sizeof(reading[0]); use++)
            assert_int_equal(allowed(&dated, cases[i].start, cases[i].end, reading[use]),
                             cases[i].reads);
    }
    assert_true(policy_allows_today(&dated, SPAN_EMPTY, CKF_SIGN)); /* a key without dates */
}

static void the_first_and_the_last_day_count(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_LEN];
    char before[9];
    char after[9];

    do { /* midnight may pass meanwhile */
        clock_format(text, clock_wall_us());
        snprintf(before, sizeof(before), "%.4s%.2s%.2s", text, text + 5, text + 8);
        assert_true(allowed(&dated, before, before, CKF_SIGN));
        clock_format(text, clock_wall_us());
        snprintf(after, sizeof(after), "%.4s%.2s%.2s", text, text + 5, text + 8);
    } while (strcmp(before, after) != 0);
}

static void dates_move_towards_each_other_only(void **state)
{
    (void)state;
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        const char *now, *wanted;
        bool allowed;
    } cases[] = {
        {CKA_START_DATE, "", "20270101", true},
        {CKA_START_DATE, "20270101", "20270102", true},
        {CKA_START_DATE, "20270101", "20270101", true},
        {CKA_START_DATE, "20270101", "20261231", false},
        {CKA_START_DATE, "20270101", "", false},
        {CKA_END_DATE, "", "20270101", true},
        {CKA_END_DATE, "20270101", "20261231", true},
        {CKA_END_DATE, "20270101", "20270101", true},
        {CKA_END_DATE, "20270101", "20270102", false},
        {CKA_END_DATE, "20270101", "", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct span now = span(cases[i].now, strlen(cases[i].now));
        struct span wanted = span(cases[i].wanted, strlen(cases[i].wanted));

        assert_int_equal(policy_allows_date(&dated, cases[i].type, now, wanted), cases[i].allowed);
        assert_true(policy_allows_date(&lax, cases[i].type, now, wanted));
    }
}

static void every_policy_is_kept_as_it_is(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 16; bits++) {
        struct hsm_policy policy = policy_of_bits(bits);
        assert_int_equal(policy_bits(&policy), bits);
    }
}

/* ---- in a token's record ---- */

static struct hsm_policy policy_now(struct fixture *f)
{
    struct hsm_slot_info info;

    assert_ok(hsm_slot_info(f->app, 0, &info));
    return info.policy;
}

static void only_the_officer_settles_it(void **state)
{
    (void)state;
    struct fixture f;
    const struct hsm_policy wanted = {.open_wrapping = true, .enforce_dates = true};

    fixture_new(&f, &store_memory);
    assert_status(hsm_policy_set(f.app, f.rw, &wanted), PQHW_USER_NOT_LOGGED_IN);
    login_user(&f);
    assert_status(hsm_policy_set(f.app, f.rw, &wanted), PQHW_USER_NOT_LOGGED_IN);
    assert_ok(hsm_logout(f.app, f.rw));
    assert_false(policy_now(&f).open_wrapping);
    assert_ok(hsm_login(f.app, f.rw, CKU_SO, SO_PIN));
    assert_ok(hsm_policy_set(f.app, f.rw, &wanted));
    assert_true(policy_now(&f).open_wrapping && policy_now(&f).enforce_dates);
    fixture_free(&f);
}

/* As it was before the audit log's last lines rested in it (2), and before there were policies, of
 * 4 bytes (1). */
static void write_version(struct fixture *f, uint8_t version)
{
    const struct store_ops *store = f->device->store_ops;
    struct store_tx *tx = NULL;
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);
    struct buf context = BUF_INIT(64);
    struct partition_state state;
    struct span body;

    assert_ok(store->begin(f->device->store, &tx, true));
    assert_ok(partition_state_get(f->device, tx, 0, &state));
    assert_true(state.outbox.len > 0);
    assert_ok(store->partition_get(tx, 0, &blob));
    buf_put_str(&context, "partition");
    buf_put_u32(&context, 0);
    assert_ok(
        device_check_mac(f->device, DEVICE_KEY_STORE, buf_span(&context), buf_span(&blob), &body));
    blob.len = body.len - 4 - state.outbox.len - (version == 1 ? 4 : 0);
    blob.ptr[0] = version;
    assert_ok(device_add_mac(f->device, DEVICE_KEY_STORE, buf_span(&context), &blob));
    assert_ok(store->partition_put(tx, 0, buf_span(&blob)));
    assert_ok(store->commit(tx));
    buf_free(&blob);
    buf_free(&context);
}

static void a_token_from_before_there_were_policies_has_the_default(void **state)
{
    (void)state;
    struct fixture f;
    const struct hsm_policy wanted = {.open_wrapping = true};

    fixture_new(&f, &store_memory);
    assert_ok(hsm_login(f.app, f.rw, CKU_SO, SO_PIN));
    assert_ok(hsm_policy_set(f.app, f.rw, &wanted));
    write_version(&f, 1);
    assert_false(policy_now(&f).open_wrapping);
    assert_ok(hsm_policy_set(f.app, f.rw, &wanted));
    assert_true(policy_now(&f).open_wrapping);
    fixture_free(&f);
}

static void a_token_from_before_there_were_outboxes_goes_on(void **state)
{
    (void)state;
    struct fixture f;
    const struct hsm_policy wanted = {.open_wrapping = true};

    fixture_new(&f, &store_memory);
    assert_ok(hsm_login(f.app, f.rw, CKU_SO, SO_PIN));
    assert_ok(hsm_policy_set(f.app, f.rw, &wanted));
    write_version(&f, 2);
    assert_true(policy_now(&f).open_wrapping);
    assert_ok(hsm_policy_set(f.app, f.rw, &lax));
    assert_false(policy_now(&f).open_wrapping);
    assert_log_whole(f.device, 0);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_bound_what_a_key_does),
        cmocka_unit_test(the_first_and_the_last_day_count),
        cmocka_unit_test(dates_move_towards_each_other_only),
        cmocka_unit_test(every_policy_is_kept_as_it_is),
        cmocka_unit_test(only_the_officer_settles_it),
        cmocka_unit_test(a_token_from_before_there_were_policies_has_the_default),
        cmocka_unit_test(a_token_from_before_there_were_outboxes_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
