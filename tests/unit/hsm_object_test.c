/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects: their life, who sees them, and what happens when others change them at the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

/* ---- one life ---- */

static void lives_and_dies(const struct store_ops *store, bool token)
{
    struct fixture f;
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    CK_OBJECT_HANDLE copy = 0;
    size_t size = 0;

    fixture_new(&f, store);
    login_user(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "one", token, true);
    assert_true(has_label(f.app, f.rw, object, "one"));
    assert_int_equal(count_labelled(f.app, f.rw, "one"), 1);
    assert_ok(try_set_label(f.app, f.rw, object, "two"));
    assert_true(has_label(f.app, f.rw, object, "two"));
    assert_int_equal(count_labelled(f.app, f.rw, "one"), 0);
    assert_int_equal(count_labelled(f.app, f.rw, "two"), 1);
    assert_ok(hsm_object_size(f.app, f.rw, object, &size));
    assert_true(size > 10);
    attrs_put(&template, CKA_LABEL, SPAN_STR("copy"));
    assert_ok(hsm_object_copy(f.app, f.rw, object, buf_span(&template), &copy));
    assert_int_not_equal(copy, object);
    assert_true(has_label(f.app, f.rw, copy, "copy"));
    assert_ok(hsm_object_destroy(f.app, f.rw, object));
    assert_false(has_label(f.app, f.rw, object, "two"));
    assert_status(hsm_object_destroy(f.app, f.rw, object), PQHW_OBJECT_HANDLE_INVALID);
    assert_status(try_set_label(f.app, f.rw, object, "x"), PQHW_OBJECT_HANDLE_INVALID);
    assert_true(has_label(f.app, f.rw, copy, "copy"));
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 1);
    assert_log_whole(f.device, 0);
    buf_free(&template);
    fixture_free(&f);
}

static void token_objects_live_and_die_in_memory(void **state)
{
    (void)state;
    lives_and_dies(&store_memory, true);
}

static void token_objects_live_and_die_in_sqlite(void **state)
{
    (void)state;
    lives_and_dies(&store_sqlite, true);
}

static void session_objects_live_and_die(void **state)
{
    (void)state;
    lives_and_dies(&store_memory, false);
}

static void assert_value(struct fixture *f, CK_OBJECT_HANDLE object, struct span wanted)
{
    struct hsm_view *view = NULL;
    struct span value = SPAN_EMPTY;

    assert_ok(hsm_view_open(f->app, f->rw, object, &view));
    assert_ok(hsm_view_attr(view, CKA_VALUE, &value));
    assert_true(span_equal(value, wanted));
    hsm_view_close(view);
}

static void objects_outlive_the_process(void **state)
{
    (void)state;
    struct fixture f;
    struct hsm_slot_info info;

    fixture_new(&f, &store_sqlite);
    login_user(&f);
    CK_OBJECT_HANDLE private_one = create_data(&f, "private", true, true);
    CK_OBJECT_HANDLE changed = create_data(&f, "before", true, true);
    CK_OBJECT_HANDLE destroyed = create_data(&f, "destroyed", true, false);
    create_data(&f, "session", false, false);
    assert_ok(try_set_label(f.app, f.rw, changed, "after"));
    assert_ok(hsm_object_destroy(f.app, f.rw, destroyed));
    fixture_close(&f);
    fixture_open(&f);
    f.rw = session_new(f.app, true);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 0);
    login_user(&f);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 2);
    assert_true(has_label(f.app, f.rw, changed, "after"));
    assert_value(&f, private_one, SPAN_STR("the value"));
    assert_value(&f, changed, SPAN_STR("the value"));
    assert_ok(hsm_slot_info(f.app, 0, &info));
    assert_int_equal(info.num_objects, 2);
    /* A number is not used again. */
    assert_true(create_data(&f, "next", true, false) > destroyed);
    fixture_free(&f);
}

/* ---- who may what ---- */

static void private_objects_are_the_users(void **state)
{
    (void)state;
    struct fixture f;
    CK_OBJECT_HANDLE out = 0;

    fixture_new(&f, &store_memory);
    assert_status(try_create(f.app, f.rw, "x", true, true, &out), PQHW_USER_NOT_LOGGED_IN);
    assert_status(try_create(f.app, f.rw, "x", false, true, &out), PQHW_USER_NOT_LOGGED_IN);
    login_user(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "x", true, true);
    assert_ok(hsm_logout(f.app, f.rw));
    for (size_t i = 0; i < 2; i++) {
        assert_false(has_label(f.app, f.rw, object, "x"));
        assert_int_equal(count_labelled(f.app, f.rw, NULL), 0);
        assert_status(hsm_object_destroy(f.app, f.rw, object), PQHW_OBJECT_HANDLE_INVALID);
        assert_status(try_set_label(f.app, f.rw, object, "y"), PQHW_OBJECT_HANDLE_INVALID);
        assert_status(try_create(f.app, f.rw, "x", true, true, &out), PQHW_USER_NOT_LOGGED_IN);
        if (i == 0)
            assert_ok(hsm_login(f.app, f.rw, CKU_SO, SO_PIN));
    }
    assert_int_equal(out, 0);
    fixture_free(&f);
}

static void read_only_sessions_write_no_token_objects(void **state)
{
    (void)state;
    struct fixture f;
    CK_OBJECT_HANDLE out = 0;

    fixture_new(&f, &store_memory);
    login_user(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "x", true, false);
    CK_SESSION_HANDLE ro = session_new(f.app, false);
    assert_status(try_create(f.app, ro, "y", true, false, &out), PQHW_SESSION_READ_ONLY);
    assert_status(try_set_label(f.app, ro, object, "y"), PQHW_SESSION_READ_ONLY);
    assert_status(hsm_object_destroy(f.app, ro, object), PQHW_SESSION_READ_ONLY);
    assert_int_equal(out, 0);
    assert_true(has_label(f.app, ro, object, "x"));
    assert_ok(try_create(f.app, ro, "y", false, false, &out));
    assert_ok(hsm_object_destroy(f.app, ro, out));
    fixture_free(&f);
}

static void the_built_in_objects_are_there_and_stay(void **state)
{
    (void)state;
    struct fixture f;
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    CK_OBJECT_HANDLE found[8];
    size_t num = 0;

    fixture_new(&f, &store_memory);
    attrs_put_number(&template, CKA_CLASS, CKO_PROFILE);
    assert_ok(hsm_find_init(f.app, f.rw, buf_span(&template)));
    assert_ok(hsm_find(f.app, f.rw, found, 8, &num));
    assert_ok(hsm_find_final(f.app, f.rw));
    assert_true(num > 0 && num < 8);
    for (size_t i = 0; i < num; i++) {
        assert_status(hsm_object_destroy(f.app, f.rw, found[i]), PQHW_ACTION_PROHIBITED);
        assert_status(try_set_label(f.app, f.rw, found[i], "x"), PQHW_ACTION_PROHIBITED);
    }
    assert_status(hsm_object_destroy(f.app, f.rw, found[num - 1] + 1), PQHW_OBJECT_HANDLE_INVALID);
    assert_status(hsm_object_destroy(f.app, f.rw, 0), PQHW_OBJECT_HANDLE_INVALID);
    assert_status(hsm_object_destroy(f.app, f.rw, UINT64_MAX), PQHW_OBJECT_HANDLE_INVALID);
    assert_status(hsm_object_destroy(f.app, f.rw, UINT64_C(1) << 32), PQHW_OBJECT_HANDLE_INVALID);
    buf_free(&template);
    fixture_free(&f);
}

static void what_must_not_be_destroyed_is_not(void **state)
{
    (void)state;
    struct fixture f;
    struct buf template = data_template("x", true, false);
    CK_OBJECT_HANDLE object = 0;

    fixture_new(&f, &store_memory);
    attrs_put_bool(&template, CKA_DESTROYABLE, false);
    assert_ok(hsm_object_create(f.app, f.rw, buf_span(&template), &object));
    assert_status(hsm_object_destroy(f.app, f.rw, object), PQHW_ACTION_PROHIBITED);
    assert_true(has_label(f.app, f.rw, object, "x"));
    buf_free(&template);
    fixture_free(&f);
}

/* ---- searching ---- */

static void a_search_has_its_order(void **state)
{
    (void)state;
    struct fixture f;
    CK_OBJECT_HANDLE found[3];
    size_t num = 0;

    fixture_new(&f, &store_memory);
    for (size_t i = 0; i < 5; i++)
        create_data(&f, "x", true, false);
    assert_status(hsm_find(f.app, f.rw, found, 3, &num), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_find_final(f.app, f.rw), PQHW_OPERATION_NOT_INITIALIZED);
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put(&template, CKA_LABEL, SPAN_STR("x"));
    assert_ok(hsm_find_init(f.app, f.rw, buf_span(&template)));
    assert_status(hsm_find_init(f.app, f.rw, buf_span(&template)), PQHW_OPERATION_ACTIVE);
    create_data(&f, "x", true, false); /* too late for this search */
    assert_ok(hsm_find(f.app, f.rw, found, 3, &num));
    assert_int_equal(num, 3);
    assert_ok(hsm_find(f.app, f.rw, found, 3, &num));
    assert_int_equal(num, 2);
    assert_ok(hsm_find(f.app, f.rw, found, 3, &num));
    assert_int_equal(num, 0);
    assert_ok(hsm_find_final(f.app, f.rw));
    assert_ok(hsm_find_init(f.app, f.rw, buf_span(&template)));
    assert_ok(hsm_session_cancel(f.app, f.rw, CKF_FIND_OBJECTS));
    assert_status(hsm_find_final(f.app, f.rw), PQHW_OPERATION_NOT_INITIALIZED);
    /* What was found while logged in is not told afterwards. */
    login_user(&f);
    assert_ok(hsm_find_init(f.app, f.rw, buf_span(&template)));
    assert_ok(hsm_logout(f.app, f.rw));
    assert_status(hsm_find(f.app, f.rw, found, 3, &num), PQHW_OPERATION_NOT_INITIALIZED);
    buf_free(&template);
    fixture_free(&f);
}

static void searches_go_past_one_batch(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_memory);
    for (size_t i = 0; i < 300; i++)
        create_data(&f, i % 3 == 0 ? "third" : "other", true, false);
    assert_int_equal(count_labelled(f.app, f.rw, "third"), 100);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 300);
    fixture_free(&f);
}

/* ---- records from outside ---- */

enum harm {
    HARM_BIT,    /* a bit flipped */
    HARM_FUTURE, /* a version byte of the future */
    HARM_COPY,   /* put in again under a number that was never used */
    HARM_REVIVE, /* a destroyed object's row put back */
    HARM_NUM,
};

static void harm(struct fixture *f, CK_OBJECT_HANDLE object, enum harm how)
{
    const struct store_ops *ops = f->device->store_ops;
    struct store_record row = {.owner = BUF_INIT(STORE_BLOB_MAX)};
    struct store_tx *tx = NULL;

    assert_ok(ops->begin(f->device->store, &tx, false));
    assert_ok(ops->object_get(tx, 0, (uint32_t)object, &row));
    ops->rollback(tx);
    uint8_t *blob = (uint8_t *)(uintptr_t)row.blob.ptr;
    if (how == HARM_REVIVE)
        assert_ok(hsm_object_destroy(f->app, f->rw, object));
    if (how == HARM_BIT)
        blob[row.blob.len / 2] ^= 1;
    if (how == HARM_FUTURE)
        blob[0] = 2;
    if (how == HARM_COPY)
        row.number += 1000;
    assert_ok(ops->begin(f->device->store, &tx, true));
    assert_ok(ops->object_put(tx, &row));
    assert_ok(ops->commit(tx));
    buf_free(&row.owner);
}

static void one_bad_record_harms_no_other(void **state)
{
    (void)state;
    static const enum pqhw_status direct[HARM_NUM] = {PQHW_RECORD_DAMAGED, PQHW_VERSION_UNKNOWN,
                                                      PQHW_OK, PQHW_OBJECT_HANDLE_INVALID};

    for (enum harm how = 0; how < HARM_NUM; how++) {
        struct fixture f;
        struct hsm_view *view = NULL;
        CK_OBJECT_HANDLE found[8];
        size_t num = 0;
        size_t damaged = 0;

        fixture_new(&f, &store_sqlite);
        CK_OBJECT_HANDLE good = create_data(&f, "good", true, false);
        CK_OBJECT_HANDLE bad = create_data(&f, "bad", true, false);
        CK_OBJECT_HANDLE good_too = create_data(&f, "good", true, false);
        harm(&f, bad, how);
        /* The one in memory is still good: a new process has only the record. */
        fixture_close(&f);
        fixture_open(&f);
        f.rw = session_new(f.app, true);
        struct buf template = BUF_INIT(ATTRS_MAX_LEN);
        attrs_put_number(&template, CKA_CLASS, CKO_DATA);
        assert_ok(hsm_find_init(f.app, f.rw, buf_span(&template)));
        assert_ok(hsm_find_damaged(f.app, f.rw, &damaged));
        assert_ok(hsm_find(f.app, f.rw, found, 8, &num));
        assert_int_equal(damaged, 1);
        assert_int_equal(num, how == HARM_COPY ? 3 : 2);
        assert_status(hsm_view_open(f.app, f.rw, bad, &view), direct[how]);
        hsm_view_close(view);
        assert_true(has_label(f.app, f.rw, good, "good"));
        assert_ok(try_set_label(f.app, f.rw, good_too, "better"));
        create_data(&f, "new", true, false);
        buf_free(&template);
        fixture_free(&f);
    }
}

/* ---- others at the same time ---- */

/* Two devices on one directory are to each other as two processes are. */
static struct fixture mine;
static struct fixture theirs;
static struct store_ops hooked;
static void (*hook)(void); /* run once, at the next call of the hooked function */

static void run_hook(void)
{
    void (*once)(void) = hook;

    hook = NULL;
    if (once != NULL)
        once();
}

static enum pqhw_status hooked_begin(struct store *store, struct store_tx **out, bool write)
{
    if (write)
        run_hook();
    return store_sqlite.begin(store, out, write);
}

static enum pqhw_status hooked_find(struct store_tx *tx, uint32_t partition,
                                    const struct store_query *query, uint32_t *out, size_t max,
                                    size_t *num)
{
    enum pqhw_status status = store_sqlite.object_find(tx, partition, query, out, max, num);

    run_hook();
    return status;
}

static int setup_two(void **state)
{
    (void)state;
    hooked = store_sqlite;
    hooked.begin = hooked_begin;
    hooked.object_find = hooked_find;
    fixture_new(&mine, &hooked);
    theirs = mine;
    theirs.config.store = &store_sqlite;
    fixture_open(&theirs);
    theirs.rw = session_new(theirs.app, true);
    return 0;
}

static int teardown_two(void **state)
{
    (void)state;
    fixture_close(&theirs);
    fixture_free(&mine);
    return 0;
}

static CK_OBJECT_HANDLE shared;

static void they_change_it(void)
{
    assert_ok(try_set_label(theirs.app, theirs.rw, shared, "theirs"));
}

static void they_destroy_it(void)
{
    assert_ok(hsm_object_destroy(theirs.app, theirs.rw, shared));
}

static void each_sees_the_others_changes(void **state)
{
    (void)state;
    shared = create_data(&mine, "mine", true, false);
    assert_true(has_label(theirs.app, theirs.rw, shared, "mine"));
    they_change_it();
    assert_true(has_label(mine.app, mine.rw, shared, "theirs"));
    assert_ok(try_set_label(mine.app, mine.rw, shared, "mine again"));
    assert_true(has_label(theirs.app, theirs.rw, shared, "mine again"));
    they_destroy_it();
    assert_false(has_label(mine.app, mine.rw, shared, "mine again"));
    assert_int_equal(count_labelled(mine.app, mine.rw, "mine again"), 0);
    CK_OBJECT_HANDLE next = 0;
    assert_ok(try_create(theirs.app, theirs.rw, "next", true, false, &next));
    assert_int_equal(count_labelled(mine.app, mine.rw, "next"), 1);
}

/* They are faster: our change is made again on theirs, and both stand in the log once. */
static void a_change_that_came_too_late_is_made_again(void **state)
{
    (void)state;
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    struct hsm_view *view = NULL;
    struct span value = SPAN_EMPTY;

    attrs_put_number(&template, CKA_CLASS, CKO_CERTIFICATE);
    attrs_put_number(&template, CKA_CERTIFICATE_TYPE, CKC_X_509);
    attrs_put_bool(&template, CKA_TOKEN, true);
    attrs_put(&template, CKA_SUBJECT, SPAN_STR("s"));
    attrs_put(&template, CKA_VALUE, SPAN_STR("v"));
    assert_ok(hsm_object_create(mine.app, mine.rw, buf_span(&template), &shared));
    buf_free(&template);
    attrs_put(&template, CKA_ID, SPAN_STR("our id"));
    size_t before = count_records(mine.device, 0, "\"object.modify\"");
    hook = they_change_it;
    assert_ok(hsm_object_set(mine.app, mine.rw, shared, buf_span(&template)));
    assert_null(hook);
    assert_true(has_label(mine.app, mine.rw, shared, "theirs"));
    assert_ok(hsm_view_open(theirs.app, theirs.rw, shared, &view));
    assert_ok(hsm_view_attr(view, CKA_ID, &value));
    assert_true(span_equal(value, SPAN_STR("our id")));
    hsm_view_close(view);
    assert_int_equal(count_records(mine.device, 0, "\"object.modify\""), before + 2);
    assert_int_equal(count_records(mine.device, 0, "CONFLICT"), 0);
    buf_free(&template);
    assert_log_whole(mine.device, 0);
}

static void an_object_destroyed_meanwhile_is_gone(void **state)
{
    (void)state;
    shared = create_data(&mine, "x", true, false);
    hook = they_destroy_it;
    assert_status(try_set_label(mine.app, mine.rw, shared, "y"), PQHW_OBJECT_HANDLE_INVALID);
    assert_null(hook);
    shared = create_data(&mine, "x", true, false);
    hook = they_destroy_it;
    assert_status(hsm_object_destroy(mine.app, mine.rw, shared), PQHW_OBJECT_HANDLE_INVALID);
    assert_null(hook);
    /* What was only changed is destroyed all the same. */
    shared = create_data(&mine, "x", true, false);
    hook = they_change_it;
    assert_ok(hsm_object_destroy(mine.app, mine.rw, shared));
    assert_null(hook);
    assert_false(has_label(theirs.app, theirs.rw, shared, "theirs"));
    assert_log_whole(mine.device, 0);
}

/* While our search reads, they change an object, and another of our threads notices that something
 * changed. What the search read is then old, and must not be taken for the present. */
static void they_change_it_and_we_notice(void)
{
    they_change_it();
    assert_int_equal(state_of(mine.app, mine.rw), CKS_RW_PUBLIC_SESSION);
}

static void a_search_leaves_no_old_object_behind(void **state)
{
    (void)state;
    /* Out of our cache: a new process's view. */
    shared = create_data(&theirs, "before", true, false);
    CK_SESSION_HANDLE searching = session_new(mine.app, false);
    hook = they_change_it_and_we_notice;
    assert_int_equal(count_labelled(mine.app, searching, "before"), 1);
    assert_null(hook);
    assert_true(has_label(mine.app, mine.rw, shared, "theirs"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_objects_live_and_die_in_memory),
        cmocka_unit_test(token_objects_live_and_die_in_sqlite),
        cmocka_unit_test(session_objects_live_and_die),
        cmocka_unit_test(objects_outlive_the_process),
        cmocka_unit_test(private_objects_are_the_users),
        cmocka_unit_test(read_only_sessions_write_no_token_objects),
        cmocka_unit_test(the_built_in_objects_are_there_and_stay),
        cmocka_unit_test(what_must_not_be_destroyed_is_not),
        cmocka_unit_test(a_search_has_its_order),
        cmocka_unit_test(searches_go_past_one_batch),
        cmocka_unit_test(one_bad_record_harms_no_other),
        cmocka_unit_test_setup_teardown(each_sees_the_others_changes, setup_two, teardown_two),
        cmocka_unit_test_setup_teardown(a_change_that_came_too_late_is_made_again, setup_two,
                                        teardown_two),
        cmocka_unit_test_setup_teardown(an_object_destroyed_meanwhile_is_gone, setup_two,
                                        teardown_two),
        cmocka_unit_test_setup_teardown(a_search_leaves_no_old_object_behind, setup_two,
                                        teardown_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
