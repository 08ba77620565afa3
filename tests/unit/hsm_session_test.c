/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions, and who is logged in (PKCS#11 v3.2, 5.6 and "session states").
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

static enum pqhw_status info_status(struct hsm_app *app, CK_SESSION_HANDLE session)
{
    struct hsm_session_info info;

    return hsm_session_info(app, session, &info);
}

static void the_state_follows_session_and_login(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    CK_SESSION_HANDLE ro = session_new(f.app, false);
    assert_int_equal(state_of(f.app, ro), CKS_RO_PUBLIC_SESSION);
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_PUBLIC_SESSION);
    /* The user may log in through either kind, and is logged in for both. */
    assert_ok(hsm_login(f.app, ro, CKU_USER, USER_PIN));
    assert_int_equal(state_of(f.app, ro), CKS_RO_USER_FUNCTIONS);
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_USER_FUNCTIONS);
    assert_int_equal(state_of(f.app, session_new(f.app, false)), CKS_RO_USER_FUNCTIONS);
    assert_ok(hsm_logout(f.app, f.rw));
    assert_int_equal(state_of(f.app, ro), CKS_RO_PUBLIC_SESSION);
    assert_status(hsm_logout(f.app, ro), PQHW_USER_NOT_LOGGED_IN);
    fixture_free(&f);
}

static void the_officer_and_read_only_sessions_exclude_each_other(void **state)
{
    (void)state;
    struct fixture f;
    CK_SESSION_HANDLE other = 0;

    fixture_new(&f, &store_memory);
    CK_SESSION_HANDLE ro = session_new(f.app, false);
    assert_status(hsm_login(f.app, f.rw, CKU_SO, SO_PIN), PQHW_SESSION_READ_ONLY_EXISTS);
    assert_ok(hsm_session_close(f.app, ro));
    assert_ok(hsm_login(f.app, f.rw, CKU_SO, SO_PIN));
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_SO_FUNCTIONS);
    assert_status(hsm_session_open(f.app, 0, false, &other), PQHW_SESSION_READ_WRITE_SO_EXISTS);
    assert_int_equal(other, 0);
    assert_int_equal(state_of(f.app, session_new(f.app, true)), CKS_RW_SO_FUNCTIONS);
    fixture_free(&f);
}

static void one_logs_in_once(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    CK_SESSION_HANDLE other = session_new(f.app, true);
    login_user(&f);
    assert_status(hsm_login(f.app, other, CKU_USER, USER_PIN), PQHW_USER_ALREADY_LOGGED_IN);
    assert_status(hsm_login(f.app, other, CKU_SO, SO_PIN), PQHW_USER_ANOTHER_ALREADY_LOGGED_IN);
    assert_ok(hsm_logout(f.app, other));
    assert_ok(hsm_login(f.app, other, CKU_SO, SO_PIN));
    assert_status(hsm_login(f.app, f.rw, CKU_SO, SO_PIN), PQHW_USER_ALREADY_LOGGED_IN);
    assert_status(hsm_login(f.app, f.rw, CKU_USER, USER_PIN), PQHW_USER_ANOTHER_ALREADY_LOGGED_IN);
    fixture_free(&f);
}

static void apps_are_strangers_to_each_other(void **state)
{
    (void)state;
    struct fixture f;
    struct hsm_app *other = NULL;

    fixture_new(&f, &store_memory);
    assert_ok(hsm_app_new(&other, f.device, "other"));
    CK_SESSION_HANDLE theirs = session_new(other, true);
    login_user(&f);
    CK_OBJECT_HANDLE private_object = create_data(&f, "private", true, true);
    CK_OBJECT_HANDLE session_object = create_data(&f, "mine", false, false);
    assert_int_equal(state_of(other, theirs), CKS_RW_PUBLIC_SESSION);
    assert_false(has_label(other, theirs, private_object, "private"));
    assert_false(has_label(other, theirs, session_object, "mine"));
    assert_int_equal(count_labelled(other, theirs, NULL), 0);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 2);
    /* One's logout leaves the other's login alone. */
    assert_ok(hsm_login(other, theirs, CKU_USER, USER_PIN));
    assert_ok(hsm_logout(f.app, f.rw));
    assert_true(has_label(other, theirs, private_object, "private"));
    hsm_app_free(other);
    fixture_free(&f);
}

static void logout_ends_private_session_objects(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    CK_SESSION_HANDLE other = session_new(f.app, true);
    login_user(&f);
    CK_OBJECT_HANDLE private_one = 0;
    assert_ok(try_create(f.app, other, "private", false, true, &private_one));
    CK_OBJECT_HANDLE public_one = create_data(&f, "public", false, false);
    CK_OBJECT_HANDLE token_one = create_data(&f, "token", true, true);
    assert_ok(hsm_logout(f.app, f.rw));
    assert_true(has_label(f.app, f.rw, public_one, "public"));
    assert_false(has_label(f.app, f.rw, token_one, "token"));
    login_user(&f);
    assert_false(has_label(f.app, f.rw, private_one, "private"));
    assert_true(has_label(f.app, f.rw, public_one, "public"));
    assert_true(has_label(f.app, f.rw, token_one, "token"));
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 2);
    fixture_free(&f);
}

/* An operation that began while the user was logged in may end after the logout. */
static void a_private_object_does_not_come_after_the_logout(void **state)
{
    (void)state;
    struct fixture f;
    struct session *session = NULL;
    struct object *object = NULL;
    struct secret none = {0};

    fixture_new(&f, &store_memory);
    struct buf attrs = data_template("late", false, true);
    assert_ok(session_get(f.app, f.rw, &session));
    assert_ok(object_new(&object, session->slot->partition, &attrs, &none));
    object->owner = f.rw;
    assert_status(slot_add_object(session->slot, object), PQHW_USER_NOT_LOGGED_IN);
    login_user(&f);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 0);
    assert_ok(slot_add_object(session->slot, object));
    assert_int_equal(count_labelled(f.app, f.rw, "late"), 1);
    object_unref(object);
    session_unref(session);
    fixture_free(&f);
}

static void a_session_takes_its_objects_along(void **state)
{
    (void)state;
    struct fixture f;
    CK_OBJECT_HANDLE theirs = 0;

    fixture_new(&f, &store_memory);
    CK_SESSION_HANDLE other = session_new(f.app, false);
    CK_OBJECT_HANDLE mine = create_data(&f, "mine", false, false);
    for (size_t i = 0; i < 400; i++)
        assert_ok(try_create(f.app, other, "theirs", false, false, &theirs));
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 401);
    /* A change does not make it another session's. */
    assert_ok(try_set_label(f.app, f.rw, theirs, "changed"));
    assert_true(has_label(f.app, f.rw, theirs, "changed"));
    assert_ok(hsm_session_close(f.app, other));
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 1);
    assert_true(has_label(f.app, f.rw, mine, "mine"));
    assert_false(has_label(f.app, f.rw, theirs, "changed"));
    fixture_free(&f);
}

static void the_last_session_logs_out(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    CK_SESSION_HANDLE other = session_new(f.app, true);
    login_user(&f);
    size_t before = count_records(f.device, 0, "\"user.logout\"");
    assert_ok(hsm_session_close(f.app, other));
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_USER_FUNCTIONS);
    assert_int_equal(count_records(f.device, 0, "\"user.logout\""), before);
    assert_ok(hsm_session_close(f.app, f.rw));
    assert_int_equal(count_records(f.device, 0, "\"user.logout\""), before + 1);
    f.rw = session_new(f.app, true);
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_PUBLIC_SESSION);
    /* Nobody was logged in this time: nothing to record. */
    assert_ok(hsm_session_close(f.app, f.rw));
    assert_int_equal(count_records(f.device, 0, "\"user.logout\""), before + 1);
    fixture_free(&f);
}

static void handles_are_not_used_again(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    CK_SESSION_HANDLE first = session_new(f.app, true);
    assert_ok(hsm_session_close(f.app, first));
    assert_status(hsm_session_close(f.app, first), PQHW_SESSION_HANDLE_INVALID);
    assert_status(info_status(f.app, first), PQHW_SESSION_HANDLE_INVALID);
    assert_status(hsm_logout(f.app, first), PQHW_SESSION_HANDLE_INVALID);
    assert_true(session_new(f.app, true) > first);
    assert_status(info_status(f.app, 0), PQHW_SESSION_HANDLE_INVALID);
    assert_status(info_status(f.app, CK_UNAVAILABLE_INFORMATION), PQHW_SESSION_HANDLE_INVALID);
    fixture_free(&f);
}

static void close_all_closes_one_slot(void **state)
{
    (void)state;
    struct fixture f;
    CK_SESSION_HANDLE elsewhere = 0;

    fixture_new(&f, &store_memory);
    assert_ok(hsm_token_init(f.app, 1, SO_PIN, token_label));
    assert_ok(hsm_session_open(f.app, 1, true, &elsewhere));
    session_new(f.app, false);
    assert_ok(hsm_session_close_all(f.app, 0));
    assert_status(info_status(f.app, f.rw), PQHW_SESSION_HANDLE_INVALID);
    assert_ok(info_status(f.app, elsewhere));
    assert_ok(hsm_session_close_all(f.app, 0));
    assert_status(hsm_session_close_all(f.app, 9), PQHW_SLOT_ID_INVALID);
    fixture_free(&f);
}

static void slots_are_counted_up(void **state)
{
    (void)state;
    struct fixture f;
    CK_SLOT_ID slots[4] = {9, 9, 9, 9};
    CK_SESSION_HANDLE session;
    struct hsm_slot_info info;
    size_t num = 4;

    fixture_new(&f, &store_memory);
    assert_ok(hsm_slot_list(f.app, slots, &num));
    assert_int_equal(num, 2);
    assert_int_equal(slots[0], 0);
    assert_int_equal(slots[1], 1);
    num = 1;
    assert_status(hsm_slot_list(f.app, slots, &num), PQHW_BUFFER_TOO_SMALL);
    assert_int_equal(num, 2);
    assert_status(hsm_session_open(f.app, 1, true, &session), PQHW_TOKEN_NOT_RECOGNIZED);
    assert_status(hsm_session_open(f.app, 2, true, &session), PQHW_SLOT_ID_INVALID);
    assert_status(hsm_session_open(f.app, UINT64_MAX, true, &session), PQHW_SLOT_ID_INVALID);
    assert_status(hsm_token_init(f.app, 2, SO_PIN, token_label), PQHW_SLOT_ID_INVALID);
    assert_ok(hsm_slot_info(f.app, 0, &info));
    assert_true(info.initialized && info.user_pin_set);
    assert_int_equal(info.num_sessions, 1);
    assert_int_equal(info.num_rw_sessions, 1);
    /* A number is not given again. */
    assert_ok(hsm_token_init(f.app, 1, SO_PIN, token_label));
    assert_ok(hsm_token_delete(f.app, 1, SO_PIN));
    num = 4;
    assert_ok(hsm_slot_list(f.app, slots, &num));
    assert_int_equal(num, 2);
    assert_int_equal(slots[1], 2);
    assert_status(hsm_session_open(f.app, 1, true, &session), PQHW_SLOT_ID_INVALID);
    fixture_free(&f);
}

static void a_token_in_use_is_not_initialised_again(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    assert_status(hsm_token_init(f.app, 0, SO_PIN, token_label), PQHW_SESSION_EXISTS);
    assert_status(hsm_token_delete(f.app, 0, SO_PIN), PQHW_SESSION_EXISTS);
    fixture_free(&f);
}

static void initialising_again_wipes_the_token(void **state)
{
    (void)state;
    struct fixture f;
    struct hsm_slot_info before;
    struct hsm_slot_info after;
    static const char label[HSM_LABEL_LEN + 1] = "another label                   ";

    fixture_new(&f, &store_sqlite);
    login_user(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "gone", true, false);
    assert_ok(hsm_session_close(f.app, f.rw));
    assert_ok(hsm_slot_info(f.app, 0, &before));
    assert_int_equal(before.num_objects, 1);
    assert_ok(hsm_token_init(f.app, 0, SO_PIN, label));
    assert_ok(hsm_slot_info(f.app, 0, &after));
    assert_int_equal(after.num_objects, 0);
    assert_false(after.user_pin_set);
    assert_memory_equal(after.label, label, HSM_LABEL_LEN);
    assert_memory_equal(after.serial, before.serial, sizeof(before.serial));
    f.rw = session_new(f.app, true);
    assert_false(has_label(f.app, f.rw, object, "gone"));
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 0);
    assert_log_whole(f.device, 0);
    assert_log_whole(f.device, CK_UNAVAILABLE_INFORMATION);
    fixture_free(&f);
}

/* Another process initialises the token under our sessions. */
static void old_sessions_do_not_reach_the_new_token(void **state)
{
    (void)state;
    struct fixture f;
    struct fixture other;
    CK_OBJECT_HANDLE out = 0;

    fixture_new(&f, &store_sqlite);
    login_user(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "old", true, false);
    CK_OBJECT_HANDLE in_session = create_data(&f, "old", false, false);
    other = f;
    fixture_open(&other);
    assert_ok(hsm_token_init(other.app, 0, SO_PIN, token_label));

    struct hsm_session_info info = {.slot = 77};
    assert_status(hsm_session_info(f.app, f.rw, &info), PQHW_DEVICE_ABSENT);
    assert_int_equal(info.slot, 77);
    assert_status(try_create(f.app, f.rw, "new", true, false, &out), PQHW_DEVICE_ABSENT);
    assert_status(hsm_object_destroy(f.app, f.rw, object), PQHW_DEVICE_ABSENT);
    assert_status(hsm_object_destroy(f.app, f.rw, in_session), PQHW_DEVICE_ABSENT);
    assert_status(hsm_login(f.app, f.rw, CKU_USER, USER_PIN), PQHW_DEVICE_ABSENT);
    assert_status(hsm_token_init(f.app, 0, SO_PIN, token_label), PQHW_SESSION_EXISTS);

    CK_SESSION_HANDLE fresh = session_new(f.app, true);
    assert_int_equal(state_of(f.app, fresh), CKS_RW_PUBLIC_SESSION);
    assert_int_equal(count_labelled(f.app, fresh, NULL), 0);
    assert_status(info_status(f.app, f.rw), PQHW_DEVICE_ABSENT);
    assert_ok(hsm_session_close(f.app, f.rw));
    assert_ok(try_create(f.app, fresh, "new", true, false, &out));
    assert_ok(hsm_session_close(f.app, fresh));
    assert_ok(hsm_token_init(f.app, 0, SO_PIN, token_label));
    fixture_close(&other);
    fixture_free(&f);
}

/* Another process deletes the token under our sessions. */
static void sessions_outlive_a_deleted_token(void **state)
{
    (void)state;
    struct fixture f;
    struct fixture other;
    CK_SESSION_HANDLE session;

    fixture_new(&f, &store_sqlite);
    other = f;
    fixture_open(&other);
    assert_ok(hsm_token_delete(other.app, 0, SO_PIN));
    assert_status(info_status(f.app, f.rw), PQHW_DEVICE_ABSENT);
    assert_status(hsm_session_open(f.app, 0, true, &session), PQHW_SLOT_ID_INVALID);
    assert_ok(hsm_session_close(f.app, f.rw));
    fixture_close(&other);
    fixture_free(&f);
}

/* The token changes hands while the officer's PIN is being checked: not what was checked is wiped.
 */
static struct fixture *meddler;

static enum pqhw_status meddling_begin(struct store *store, struct store_tx **out, bool write)
{
    static size_t num_writes;

    /* Writes of an initialisation: a try taken, given back, then the new token. */
    if (write && meddler != NULL && ++num_writes == 3) {
        struct fixture *other = meddler;
        meddler = NULL;
        assert_ok(hsm_token_init(other->app, 0, SO_PIN, token_label));
        assert_ok(hsm_session_open(other->app, 0, true, &other->rw));
        assert_ok(hsm_login(other->app, other->rw, CKU_SO, SO_PIN));
        assert_ok(hsm_pin_set(other->app, other->rw, SO_PIN, SPAN_STR("new-so-pin")));
    }
    return store_sqlite.begin(store, out, write);
}

static void a_token_is_wiped_only_by_its_officer(void **state)
{
    (void)state;
    struct fixture f;
    struct fixture other;
    struct store_ops meddling = store_sqlite;

    meddling.begin = meddling_begin;
    fixture_new(&f, &meddling);
    assert_ok(hsm_session_close(f.app, f.rw));
    other = f;
    other.config.store = &store_sqlite;
    fixture_open(&other);
    meddler = &other;
    assert_status(hsm_token_init(f.app, 0, SO_PIN, token_label), PQHW_DEVICE_ABSENT);
    assert_null(meddler);
    assert_ok(hsm_logout(other.app, other.rw));
    assert_ok(hsm_login(other.app, other.rw, CKU_SO, SPAN_STR("new-so-pin")));
    fixture_close(&other);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_follows_session_and_login),
        cmocka_unit_test(the_officer_and_read_only_sessions_exclude_each_other),
        cmocka_unit_test(one_logs_in_once),
        cmocka_unit_test(apps_are_strangers_to_each_other),
        cmocka_unit_test(logout_ends_private_session_objects),
        cmocka_unit_test(a_private_object_does_not_come_after_the_logout),
        cmocka_unit_test(a_session_takes_its_objects_along),
        cmocka_unit_test(the_last_session_logs_out),
        cmocka_unit_test(handles_are_not_used_again),
        cmocka_unit_test(close_all_closes_one_slot),
        cmocka_unit_test(slots_are_counted_up),
        cmocka_unit_test(a_token_in_use_is_not_initialised_again),
        cmocka_unit_test(initialising_again_wipes_the_token),
        cmocka_unit_test(old_sessions_do_not_reach_the_new_token),
        cmocka_unit_test(sessions_outlive_a_deleted_token),
        cmocka_unit_test(a_token_is_wiped_only_by_its_officer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
