/* SPDX-License-Identifier: Apache-2.0
 *
 * PINs: what is one, how tries are counted, and how the security officer helps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hsm/user.h"
#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

static uint32_t tries_left(struct fixture *f, bool so)
{
    struct hsm_slot_info info;

    assert_ok(hsm_slot_info(f->app, 0, &info));
    return so ? info.so_tries_left : info.user_tries_left;
}

static enum pqhw_status login(struct fixture *f, CK_USER_TYPE user, struct span pin)
{
    return hsm_login(f->app, f->rw, user, pin);
}

/* ---- what is a PIN ---- */

static void pins_have_limits_and_are_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *pin;
        enum pqhw_status status;
    } cases[] = {
        {"abc", PQHW_PIN_LEN_RANGE},
        {"", PQHW_PIN_LEN_RANGE},
        {"abcd", PQHW_OK},
        {"p\xc3\xa4ss", PQHW_OK},
        {"\xe2\x82\xac\xe2\x82\xac", PQHW_OK},
        {"\xf0\x9f\x94\x91", PQHW_OK},
        {"\xf4\x8f\xbf\xbf", PQHW_OK},
        {"\xed\x9f\xbf!", PQHW_OK},
        {"abc\xff", PQHW_PIN_INVALID},
        {"abc\xc3", PQHW_PIN_INVALID},          /* cut off */
        {"ab\xe2\x82", PQHW_PIN_INVALID},       /* cut off */
        {"\x80xyz", PQHW_PIN_INVALID},          /* begins with a continuation */
        {"ab\xc0\xaf", PQHW_PIN_INVALID},       /* overlong */
        {"a\xe0\x9f\xbf", PQHW_PIN_INVALID},    /* overlong */
        {"\xf0\x8f\xbf\xbf", PQHW_PIN_INVALID}, /* overlong */
        {"a\xed\xa0\x80", PQHW_PIN_INVALID},    /* a surrogate */
        {"\xf4\x90\x80\x80", PQHW_PIN_INVALID}, /* past U+10FFFF */
        {"\xf5\x80\x80\x80", PQHW_PIN_INVALID},
        {"abc\xc3z", PQHW_PIN_INVALID},
    };
    char longest[HSM_PIN_MAX + 1];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_status(user_pin_acceptable(span(cases[i].pin, strlen(cases[i].pin))),
                      cases[i].status);
    memset(longest, 'x', sizeof(longest));
    assert_ok(user_pin_acceptable(span(longest, HSM_PIN_MAX)));
    assert_status(user_pin_acceptable(span(longest, HSM_PIN_MAX + 1)), PQHW_PIN_LEN_RANGE);
    assert_status(user_pin_acceptable(span("a\0bc", 4)), PQHW_PIN_INVALID);
}

static void a_bad_new_pin_changes_nothing(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    assert_status(hsm_pin_set(f.app, f.rw, USER_PIN, SPAN_STR("abc")), PQHW_PIN_LEN_RANGE);
    assert_status(hsm_pin_set(f.app, f.rw, USER_PIN, SPAN_STR("abc\xff")), PQHW_PIN_INVALID);
    assert_int_equal(tries_left(&f, false), MAX_TRIES);
    assert_ok(login(&f, CKU_SO, SO_PIN));
    assert_status(hsm_pin_init(f.app, f.rw, SPAN_STR("abc")), PQHW_PIN_LEN_RANGE);
    assert_ok(hsm_logout(f.app, f.rw));
    assert_status(hsm_token_init(f.app, 1, SPAN_STR("abc"), token_label), PQHW_PIN_LEN_RANGE);
    assert_ok(login(&f, CKU_USER, USER_PIN));
    fixture_free(&f);
}

/* ---- counting ---- */

static void wrong_pins_are_counted_and_a_right_one_gives_all_back(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    assert_int_equal(tries_left(&f, false), MAX_TRIES);
    assert_status(login(&f, CKU_USER, WRONG_PIN), PQHW_PIN_INCORRECT);
    assert_status(login(&f, CKU_USER, SPAN_EMPTY), PQHW_PIN_INCORRECT);
    assert_int_equal(tries_left(&f, false), MAX_TRIES - 2);
    assert_int_equal(tries_left(&f, true), MAX_TRIES);
    assert_ok(login(&f, CKU_USER, USER_PIN));
    assert_int_equal(tries_left(&f, false), MAX_TRIES);
    /* Trying to log in again tells nothing about the PIN, and costs nothing. */
    assert_status(login(&f, CKU_USER, WRONG_PIN), PQHW_USER_ALREADY_LOGGED_IN);
    assert_status(login(&f, CKU_SO, SO_PIN), PQHW_USER_ANOTHER_ALREADY_LOGGED_IN);
    assert_int_equal(tries_left(&f, false), MAX_TRIES);
    /* The old PIN of a change is counted like any other. */
    assert_status(hsm_pin_set(f.app, f.rw, WRONG_PIN, SPAN_STR("new-pin")), PQHW_PIN_INCORRECT);
    assert_int_equal(tries_left(&f, false), MAX_TRIES - 1);
    fixture_free(&f);
}

static void the_user_is_locked_and_the_officer_helps(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_sqlite);
    for (size_t i = 0; i < MAX_TRIES; i++)
        assert_status(login(&f, CKU_USER, WRONG_PIN), PQHW_PIN_INCORRECT);
    assert_status(login(&f, CKU_USER, USER_PIN), PQHW_PIN_LOCKED);
    assert_status(login(&f, CKU_USER, WRONG_PIN), PQHW_PIN_LOCKED);
    assert_status(hsm_pin_set(f.app, f.rw, USER_PIN, SPAN_STR("new-pin")), PQHW_PIN_LOCKED);
    /* over a restart too */
    fixture_close(&f);
    fixture_open(&f);
    f.rw = session_new(f.app, true);
    assert_status(login(&f, CKU_USER, USER_PIN), PQHW_PIN_LOCKED);
    assert_ok(login(&f, CKU_SO, SO_PIN));
    assert_ok(hsm_pin_init(f.app, f.rw, SPAN_STR("new-pin")));
    assert_ok(hsm_logout(f.app, f.rw));
    assert_status(login(&f, CKU_USER, USER_PIN), PQHW_PIN_INCORRECT);
    assert_ok(login(&f, CKU_USER, SPAN_STR("new-pin")));
    assert_int_equal(tries_left(&f, false), MAX_TRIES);
    fixture_free(&f);
}

static void the_officer_is_locked_everywhere(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    assert_status(login(&f, CKU_SO, WRONG_PIN), PQHW_PIN_INCORRECT);
    assert_ok(hsm_session_close(f.app, f.rw));
    /* initialising and deleting are guesses as well */
    assert_status(hsm_token_init(f.app, 0, WRONG_PIN, token_label), PQHW_PIN_INCORRECT);
    assert_status(hsm_token_delete(f.app, 0, WRONG_PIN), PQHW_PIN_INCORRECT);
    assert_status(hsm_token_init(f.app, 0, WRONG_PIN, token_label), PQHW_PIN_INCORRECT);
    assert_status(hsm_token_init(f.app, 0, SO_PIN, token_label), PQHW_PIN_LOCKED);
    f.rw = session_new(f.app, true);
    assert_status(login(&f, CKU_SO, SO_PIN), PQHW_PIN_LOCKED);
    assert_ok(login(&f, CKU_USER, USER_PIN));
    assert_ok(hsm_session_close(f.app, f.rw));
    assert_ok(hsm_token_delete(f.app, 0, WRONG_PIN));
    assert_status(hsm_session_open(f.app, 0, true, &f.rw), PQHW_SLOT_ID_INVALID);
    fixture_free(&f);
}

/* ---- a crash, and failures that say nothing about the PIN ---- */

static size_t commits_until_failure;

/* Fails the n-th commit from now on, as if the machine had stopped: nothing was written. */
static enum pqhw_status failing_commit(struct store_tx *tx)
{
    if (commits_until_failure > 0 && --commits_until_failure == 0) {
        store_memory.rollback(tx);
        return PQHW_DISK_FULL;
    }
    return store_memory.commit(tx);
}

static void a_try_is_taken_before_the_pin_is_looked_at(void **state)
{
    (void)state;
    struct fixture f;
    struct store_ops failing = store_memory;

    failing.commit = failing_commit;
    fixture_new(&f, &failing);
    /* The commit that takes the try: without it there is no answer at all. */
    commits_until_failure = 1;
    assert_status(login(&f, CKU_USER, USER_PIN), PQHW_DISK_FULL);
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_PUBLIC_SESSION);
    /* The commit that gives it back: the process could have died here. The try stays taken. */
    commits_until_failure = 2;
    assert_status(login(&f, CKU_USER, USER_PIN), PQHW_DISK_FULL);
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_PUBLIC_SESSION);
    assert_int_equal(tries_left(&f, false), MAX_TRIES - 1);
    assert_ok(login(&f, CKU_USER, USER_PIN));
    assert_int_equal(tries_left(&f, false), MAX_TRIES);
    fixture_free(&f);
}

/* Give the user a login that costs more memory than there is to check. */
static void set_cost(struct fixture *f, uint32_t memory_kib)
{
    struct store_tx *tx = NULL;
    struct partition_state s;

    assert_ok(f->device->store_ops->begin(f->device->store, &tx, true));
    assert_ok(partition_state_get(f->device, tx, 0, &s));
    s.login[PARTITION_USER].cost.memory_kib = memory_kib;
    assert_ok(partition_state_put(f->device, tx, &s));
    assert_ok(f->device->store_ops->commit(tx));
}

static void a_pin_that_could_not_be_checked_costs_nothing(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    assert_status(login(&f, CKU_USER, WRONG_PIN), PQHW_PIN_INCORRECT);
    set_cost(&f, 0); /* Argon2 refuses */
    assert_int_not_equal(login(&f, CKU_USER, USER_PIN), PQHW_OK);
    assert_int_equal(tries_left(&f, false), MAX_TRIES - 1);
    set_cost(&f, 8192);
    assert_ok(login(&f, CKU_USER, USER_PIN));
    fixture_free(&f);
}

/* ---- changing ---- */

static void pins_are_changed_by_who_has_them(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_sqlite);
    CK_SESSION_HANDLE ro = session_new(f.app, false);
    assert_status(hsm_pin_set(f.app, ro, USER_PIN, SPAN_STR("new-pin")), PQHW_SESSION_READ_ONLY);
    assert_ok(hsm_session_close(f.app, ro));
    assert_status(hsm_pin_init(f.app, f.rw, SPAN_STR("new-pin")), PQHW_USER_NOT_LOGGED_IN);
    assert_ok(hsm_pin_set(f.app, f.rw, USER_PIN, SPAN_STR("new-pin")));
    assert_status(login(&f, CKU_USER, USER_PIN), PQHW_PIN_INCORRECT);
    assert_ok(login(&f, CKU_USER, SPAN_STR("new-pin")));
    assert_status(hsm_pin_init(f.app, f.rw, USER_PIN), PQHW_USER_NOT_LOGGED_IN);
    CK_OBJECT_HANDLE object = create_data(&f, "kept", true, true);
    assert_ok(hsm_pin_set(f.app, f.rw, SPAN_STR("new-pin"), USER_PIN));
    assert_ok(hsm_logout(f.app, f.rw));
    assert_ok(login(&f, CKU_SO, SO_PIN));
    assert_ok(hsm_pin_set(f.app, f.rw, SO_PIN, SPAN_STR("new-so-pin")));
    assert_ok(hsm_logout(f.app, f.rw));
    assert_status(login(&f, CKU_SO, SO_PIN), PQHW_PIN_INCORRECT);
    assert_ok(login(&f, CKU_SO, SPAN_STR("new-so-pin")));
    assert_ok(hsm_logout(f.app, f.rw));
    /* The objects do not mind whose PIN is what. */
    fixture_close(&f);
    fixture_open(&f);
    f.rw = session_new(f.app, true);
    assert_ok(login(&f, CKU_USER, USER_PIN));
    assert_true(has_label(f.app, f.rw, object, "kept"));
    fixture_free(&f);
}

static void a_user_without_a_pin_cannot_log_in(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    assert_ok(hsm_session_close(f.app, f.rw));
    assert_ok(hsm_token_init(f.app, 0, SO_PIN, token_label));
    f.rw = session_new(f.app, true);
    assert_status(login(&f, CKU_USER, USER_PIN), PQHW_USER_PIN_NOT_INITIALIZED);
    assert_status(hsm_pin_set(f.app, f.rw, USER_PIN, USER_PIN), PQHW_USER_PIN_NOT_INITIALIZED);
    assert_status(login(&f, CKU_CONTEXT_SPECIFIC, USER_PIN), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(login(&f, 77, USER_PIN), PQHW_USER_TYPE_INVALID);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pins_have_limits_and_are_utf8),
        cmocka_unit_test(a_bad_new_pin_changes_nothing),
        cmocka_unit_test(wrong_pins_are_counted_and_a_right_one_gives_all_back),
        cmocka_unit_test(the_user_is_locked_and_the_officer_helps),
        cmocka_unit_test(the_officer_is_locked_everywhere),
        cmocka_unit_test(a_try_is_taken_before_the_pin_is_looked_at),
        cmocka_unit_test(a_pin_that_could_not_be_checked_costs_nothing),
        cmocka_unit_test(pins_are_changed_by_who_has_them),
        cmocka_unit_test(a_user_without_a_pin_cannot_log_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
