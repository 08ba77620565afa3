/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that are made later, and cancelled in every state. The call makes a secret key; the backend
 * and the store have a gate each at which it can be held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

/* ---- gates ---- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool shut;
    bool reached;
};

#define GATE_INIT                                                                                  \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                     \
    }

static struct gate computing = GATE_INIT, committing = GATE_INIT, undoing = GATE_INIT;

static void gate_set(struct gate *gate, bool shut)
{
    pthread_mutex_lock(&gate->lock);
    gate->shut = shut;
    gate->reached = false;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_pass(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->reached = true;
    pthread_cond_broadcast(&gate->changed);
    while (gate->shut)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_wait_reached(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->reached)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static struct backend_ops gated_backend;
static struct store_ops gated_store;

static enum pqhw_status open_gated(struct backend **out, const struct classic *classic)
{
    enum pqhw_status status = backend_soft.open(out, classic);

    if (status == PQHW_OK)
        (*out)->ops = &gated_backend;
    return status;
}

static enum pqhw_status generate_key(struct backend *backend, const struct mechanism *mechanism,
                                     struct span attrs, struct backend_material *out)
{
    gate_pass(&computing);
    return backend_soft.generate_key(backend, mechanism, attrs, out);
}

static enum pqhw_status generated; /* what the backend answered last */

static enum pqhw_status generate_pair(struct backend *backend, CK_MECHANISM_TYPE mechanism,
                                      struct span attrs, struct backend_material *pub,
                                      struct backend_material *priv)
{
    gate_pass(&computing);
    generated = backend_soft.generate_pair(backend, mechanism, attrs, pub, priv);
    return generated;
}

static enum pqhw_status commit(struct store_tx *tx)
{
    gate_pass(&committing);
    return store_sqlite.commit(tx);
}

/* ---- a call ---- */

static struct {
    unsigned undone;
    unsigned freed;
} counts;

struct maker {
    struct hsm_later later;
    struct hsm_app *app;
    CK_SESSION_HANDLE session;
    bool token;
    CK_OBJECT_HANDLE made;
    pthread_t thread;
};

static enum pqhw_status make(struct hsm_later *later, struct hsm_app *app)
{
    struct maker *maker = (struct maker *)later;
    const struct mechanism mechanism = {.type = CKM_GENERIC_SECRET_KEY_GEN};
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put_number(&attrs, CKA_VALUE_LEN, 16);
    attrs_put_bool(&attrs, CKA_TOKEN, maker->token);
    attrs_put(&attrs, CKA_LABEL, SPAN_STR("made"));
    enum pqhw_status status =
        hsm_generate_key(app, maker->session, &mechanism, buf_span(&attrs), &maker->made);
    buf_free(&attrs);
    return status;
}

static void undo(struct hsm_later *later, struct hsm_app *app, CK_SESSION_HANDLE session)
{
    counts.undone++;
    gate_pass(&undoing);
    assert_ok(hsm_object_destroy(app, session, ((struct maker *)later)->made));
}

static void free_maker(struct hsm_later *later)
{
    counts.freed++;
    free(later);
}

static struct maker *maker_new(struct fixture *f, bool token)
{
    struct maker *maker = calloc(1, sizeof(*maker));

    assert_non_null(maker);
    *maker = (struct maker){.later = {.name = "make",
                                      .flag = CKF_GENERATE,
                                      .run = make,
                                      .undo = undo,
                                      .free = free_maker},
                            .app = f->app,
                            .session = f->rw,
                            .token = token};
    return maker;
}

static void *run(void *arg)
{
    struct maker *maker = arg;

    hsm_later_run(maker->app, &maker->later);
    hsm_later_unref(&maker->later);
    return NULL;
}

static void begin(struct maker *maker)
{
    assert_ok(hsm_later_add(maker->app, maker->session, &maker->later));
    assert_int_equal(pthread_create(&maker->thread, NULL, run, maker), 0);
}

static void begin_fixture(struct fixture *f)
{
    memset(&counts, 0, sizeof(counts));
    gate_set(&computing, false);
    gate_set(&committing, false);
    gate_set(&undoing, false);
    gated_backend = backend_soft;
    gated_backend.open = open_gated;
    gated_backend.generate_key = generate_key;
    gated_backend.generate_pair = generate_pair;
    gated_store = store_sqlite;
    gated_store.commit = commit;
    fixture_new(f, &gated_store);
    fixture_close(f);
    f->config.backend = &gated_backend;
    fixture_open(f);
    f->rw = session_new(f->app, true);
    login_user(f);
}

/* ---- tests ---- */

static enum pqhw_status digest_init(struct fixture *f)
{
    const struct mechanism sha256 = {.type = CKM_SHA256};

    return hsm_digest_init(f->app, f->rw, &sha256);
}

static void a_session_is_its_calls(void **state)
{
    (void)state;
    struct fixture f;
    struct hsm_later *found = NULL;
    enum pqhw_status answer = PQHW_INTERNAL;

    begin_fixture(&f);
    struct maker *maker = maker_new(&f, false);
    struct maker *second = maker_new(&f, false);
    gate_set(&computing, true);
    begin(maker);
    gate_wait_reached(&computing);
    assert_status(digest_init(&f), PQHW_OPERATION_ACTIVE);
    assert_status(hsm_logout(f.app, f.rw), PQHW_OPERATION_ACTIVE);
    assert_status(hsm_later_add(f.app, f.rw, &second->later), PQHW_OPERATION_ACTIVE);
    assert_status(hsm_session_cancel(f.app, f.rw, CKF_SIGN), PQHW_OPERATION_ACTIVE);
    assert_ok(hsm_session_cancel(f.app, f.rw, 0));
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_USER_FUNCTIONS);
    assert_status(hsm_later_find(f.app, f.rw, "mak", &found), PQHW_OPERATION_NOT_INITIALIZED);
    assert_ok(hsm_later_find(f.app, f.rw, "make", &found));
    assert_status(hsm_later_poll(f.app, found), PQHW_PENDING);
    assert_status(hsm_later_take(f.app, found, &answer), PQHW_PENDING);
    gate_set(&computing, false);
    assert_int_equal(pthread_join(maker->thread, NULL), 0);
    assert_ok(hsm_later_poll(f.app, found));
    assert_status(digest_init(&f), PQHW_OPERATION_ACTIVE);
    assert_ok(hsm_later_take(f.app, found, &answer));
    assert_ok(answer);
    assert_true(has_label(f.app, f.rw, maker->made, "made"));
    assert_status(hsm_later_take(f.app, found, &answer), PQHW_OPERATION_NOT_INITIALIZED);
    assert_ok(digest_init(&f));
    hsm_later_unref(found);
    hsm_later_unref(&second->later);
    assert_int_equal(counts.freed, 2);
    assert_int_equal(counts.undone, 0);
    fixture_free(&f);
}

static void what_was_cancelled_before_it_began_is_not_made(void **state)
{
    (void)state;
    struct fixture f;

    begin_fixture(&f);
    struct maker *maker = maker_new(&f, false);
    assert_ok(hsm_later_add(f.app, f.rw, &maker->later));
    assert_ok(hsm_session_cancel(f.app, f.rw, CKF_GENERATE));
    assert_ok(digest_init(&f));
    run(maker);
    assert_int_equal(count_labelled(f.app, f.rw, "made"), 0);
    assert_int_equal(count_records(f.device, 0, "key.generate"), 0);
    assert_int_equal(counts.freed, 1);
    fixture_free(&f);
}

/* Cancelling and closing come back while the gate is shut. */
static void what_was_cancelled_while_computing_is_not_committed(void **state)
{
    (void)state;
    struct fixture f;

    for (int way = 0; way < 4; way++) {
        begin_fixture(&f);
        CK_SESSION_HANDLE other = session_new(f.app, true);
        struct maker *maker = maker_new(&f, way % 2 != 0);
        assert_ok(digest_init(&f));
        gate_set(&computing, true);
        begin(maker);
        gate_wait_reached(&computing);
        pthread_t thread = maker->thread;
        if (way < 2)
            assert_ok(hsm_session_cancel(f.app, f.rw, CKF_GENERATE | CKF_DIGEST));
        else
            assert_ok(hsm_session_close(f.app, f.rw));
        assert_int_equal(counts.freed, 0);
        gate_set(&computing, false);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(counts.freed, 1);
        assert_int_equal(count_labelled(f.app, other, "made"), 0);
        assert_int_equal(count_records(f.device, 0, "\"result\":\"CANCELED\""), 1);
        if (way < 2)
            assert_ok(digest_init(&f)); /* the other one was ended too */
        assert_log_whole(f.device, 0);
        fixture_free(&f);
    }
}

/* A pair that takes half a minute. */
static enum pqhw_status make_rsa(struct hsm_later *later, struct hsm_app *app)
{
    struct maker *maker = (struct maker *)later;
    const struct mechanism mechanism = {.type = CKM_RSA_PKCS_KEY_PAIR_GEN};
    struct buf pub = BUF_INIT(ATTRS_MAX_LEN);
    CK_OBJECT_HANDLE unused;

    attrs_put_number(&pub, CKA_MODULUS_BITS, 8192);
    enum pqhw_status status = hsm_generate_pair(app, maker->session, &mechanism, buf_span(&pub),
                                                SPAN_EMPTY, &unused, &maker->made);
    buf_free(&pub);
    return status;
}

static void a_long_generation_is_stopped(void **state)
{
    (void)state;
    struct fixture f;

    for (int way = 0; way < 3; way++) {
        begin_fixture(&f);
        struct maker *maker = maker_new(&f, false);
        maker->later.run = make_rsa;
        gate_set(&computing, true);
        begin(maker);
        gate_wait_reached(&computing);
        pthread_t thread = maker->thread;
        if (way == 0)
            assert_ok(hsm_session_cancel(f.app, f.rw, CKF_GENERATE));
        else if (way == 1)
            assert_ok(hsm_session_close(f.app, f.rw));
        else
            hsm_later_stop(f.app);
        gate_set(&computing, false);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_status(generated, PQHW_CANCELED);
        assert_int_equal(count_records(f.device, 0, "\"result\":\"CANCELED\""), 1);
        fixture_free(&f);
    }
}

static void *cancel(void *arg)
{
    struct fixture *f = arg;

    assert_ok(hsm_session_cancel(f->app, f->rw, CKF_GENERATE));
    return NULL;
}

static void *close_session(void *arg)
{
    struct fixture *f = arg;

    assert_ok(hsm_session_close(f->app, f->rw));
    return NULL;
}

static void what_was_being_committed_is_undone(void **state)
{
    (void)state;
    struct fixture f;

    for (int way = 0; way < 2; way++) {
        begin_fixture(&f);
        CK_SESSION_HANDLE other = session_new(f.app, true);
        struct maker *maker = maker_new(&f, true);
        pthread_t canceler;
        gate_set(&committing, true);
        begin(maker);
        gate_wait_reached(&committing);
        pthread_t thread = maker->thread;
        assert_int_equal(pthread_create(&canceler, NULL, way == 0 ? cancel : close_session, &f), 0);
        gate_set(&committing, false);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(pthread_join(canceler, NULL), 0);
        assert_int_equal(counts.undone, 1);
        assert_int_equal(counts.freed, 1);
        assert_int_equal(count_labelled(f.app, other, "made"), 0);
        assert_int_equal(count_records(f.device, 0, "object.destroy"), 1);
        fixture_free(&f);
    }
}

static void what_was_made_is_undone(void **state)
{
    (void)state;
    struct fixture f;

    for (int way = 0; way < 3; way++) {
        begin_fixture(&f);
        struct maker *maker = maker_new(&f, way % 2 != 0);
        begin(maker);
        assert_int_equal(pthread_join(maker->thread, NULL), 0);
        assert_int_equal(count_labelled(f.app, session_new(f.app, true), "made"), 1);
        if (way == 0)
            cancel(&f);
        else if (way == 1)
            close_session(&f);
        fixture_free(&f); /* ends the sessions */
        assert_int_equal(counts.undone, 1);
        assert_int_equal(counts.freed, 1);
    }
}

static enum pqhw_status add_another(struct fixture *f)
{
    struct maker *maker = maker_new(f, true);
    enum pqhw_status status = hsm_later_add(f->app, f->rw, &maker->later);

    hsm_later_unref(&maker->later);
    return status;
}

/* The session stays the call's while that is undone, whoever wants it. */
static void what_is_being_undone_has_its_session(void **state)
{
    (void)state;
    struct fixture f;

    for (int way = 0; way < 2; way++) {
        begin_fixture(&f);
        CK_SESSION_HANDLE other = session_new(f.app, true);
        struct maker *maker = maker_new(&f, true);
        struct hsm_later *found = NULL;
        enum pqhw_status answer;
        pthread_t canceler, closer;
        begin(maker);
        assert_int_equal(pthread_join(maker->thread, NULL), 0);
        assert_ok(hsm_later_find(f.app, f.rw, "make", &found));
        gate_set(&undoing, true);
        assert_int_equal(pthread_create(&canceler, NULL, way == 0 ? cancel : close_session, &f), 0);
        gate_wait_reached(&undoing);
        assert_status(hsm_later_take(f.app, found, &answer), PQHW_OPERATION_NOT_INITIALIZED);
        assert_status(digest_init(&f), PQHW_OPERATION_ACTIVE);
        enum pqhw_status added = add_another(&f);
        assert_status(added, way == 0 ? PQHW_OPERATION_ACTIVE : PQHW_SESSION_CLOSED);
        if (way == 0)
            assert_int_equal(pthread_create(&closer, NULL, close_session, &f), 0);
        while (added == PQHW_OPERATION_ACTIVE) /* until the other one closes it */
            added = add_another(&f);
        assert_status(added, PQHW_SESSION_CLOSED);
        gate_set(&undoing, false);
        assert_int_equal(pthread_join(canceler, NULL), 0);
        if (way == 0)
            assert_int_equal(pthread_join(closer, NULL), 0);
        hsm_later_unref(found);
        assert_int_equal(counts.undone, 1);
        assert_int_equal(count_labelled(f.app, other, "made"), 0);
        fixture_free(&f);
    }
}

static void what_is_dropped_says_so(void **state)
{
    (void)state;
    struct fixture f;
    struct hsm_later *found = NULL;
    enum pqhw_status answer = PQHW_OK;

    begin_fixture(&f);
    struct maker *maker = maker_new(&f, false);
    assert_ok(hsm_later_add(f.app, f.rw, &maker->later));
    hsm_later_drop(&maker->later);
    hsm_later_unref(&maker->later);
    assert_ok(hsm_later_find(f.app, f.rw, "make", &found));
    assert_ok(hsm_later_take(f.app, found, &answer));
    assert_status(answer, PQHW_CANCELED);
    hsm_later_unref(found);
    assert_int_equal(counts.freed, 1);
    fixture_free(&f);
}

static void there_is_none_without_a_session(void **state)
{
    (void)state;
    struct fixture f;
    struct hsm_later *found = NULL;

    begin_fixture(&f);
    struct maker *maker = maker_new(&f, false);
    assert_status(hsm_later_add(f.app, 12345, &maker->later), PQHW_SESSION_HANDLE_INVALID);
    hsm_later_unref(&maker->later);
    assert_int_equal(counts.freed, 1);
    assert_status(hsm_later_find(f.app, 12345, "make", &found), PQHW_SESSION_HANDLE_INVALID);
    assert_null(found);
    assert_status(hsm_later_find(f.app, f.rw, "make", &found), PQHW_OPERATION_NOT_INITIALIZED);
    hsm_later_unref(NULL);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_its_calls),
        cmocka_unit_test(what_was_cancelled_before_it_began_is_not_made),
        cmocka_unit_test(what_was_cancelled_while_computing_is_not_committed),
        cmocka_unit_test(a_long_generation_is_stopped),
        cmocka_unit_test(what_was_being_committed_is_undone),
        cmocka_unit_test(what_was_made_is_undone),
        cmocka_unit_test(what_is_being_undone_has_its_session),
        cmocka_unit_test(what_is_dropped_says_so),
        cmocka_unit_test(there_is_none_without_a_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
