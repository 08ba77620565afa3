/* SPDX-License-Identifier: Apache-2.0
 *
 * Several threads do everything at once. What each call may answer is listed; beyond that, that the
 * program neither stands still nor trips over itself (run it under the sanitizers), and that the
 * token is whole afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

#define NUM_THREADS 4
#define NUM_ROUNDS  25
#define SIG_LEN     2420

static struct fixture f;
static struct pair keys;
static CK_OBJECT_HANDLE contested;

struct worker {
    pthread_t thread;
    uint32_t random;
    size_t num_created;   /* token objects that are to be there at the end */
    const char *surprise; /* the first answer that is not among those expected */
};

static uint32_t next_random(struct worker *worker)
{
    worker->random = worker->random * 1664525u + 1013904223u;
    return worker->random >> 16;
}

/* What may happen to any call while others log in and out. */
static bool expected(struct worker *worker, enum pqhw_status status)
{
    switch (status) {
    case PQHW_OK:
    case PQHW_USER_NOT_LOGGED_IN:
    case PQHW_USER_ALREADY_LOGGED_IN:
    case PQHW_KEY_HANDLE_INVALID:
    case PQHW_OBJECT_HANDLE_INVALID:
        break;
    default:
        if (worker->surprise == NULL)
            worker->surprise = pqhw_status_name(status);
    }
    return status == PQHW_OK;
}

static void work_on_token_object(struct worker *worker, CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE object = 0;

    if (!expected(worker, try_create(f.app, session, "token", true, false, &object)))
        return;
    worker->num_created++;
    expected(worker, try_set_label(f.app, session, object, "changed"));
    if (next_random(worker) % 2 == 0 &&
        expected(worker, hsm_object_destroy(f.app, session, object)))
        worker->num_created--;
}

static void work_on_session_objects(struct worker *worker, CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE object = 0;

    expected(worker, try_create(f.app, session, "private", false, true, &object));
    if (expected(worker, try_create(f.app, session, "public", false, false, &object))) {
        expected(worker, try_set_label(f.app, session, object, "public too"));
        expected(worker, hsm_object_destroy(f.app, session, object));
    }
}

static void work_on_contested_object(struct worker *worker, CK_SESSION_HANDLE session)
{
    expected(worker, try_set_label(f.app, session, contested,
                                   next_random(worker) % 2 == 0 ? "even" : "odd"));
}

static void work_on_search(struct worker *worker, CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE found[16];
    size_t num = 0;

    if (!expected(worker, hsm_find_init(f.app, session, SPAN_EMPTY)))
        return;
    if (expected(worker, hsm_find(f.app, session, found, 16, &num)) && num > 0)
        has_label(f.app, session, found[next_random(worker) % num], "token");
    expected(worker, hsm_find_final(f.app, session));
}

static void work_on_signature(struct worker *worker, CK_SESSION_HANDLE session)
{
    static const struct mechanism mechanism = {.type = CKM_ML_DSA, .hedge = CKH_HEDGE_PREFERRED};
    uint8_t sig[SIG_LEN];
    size_t len = sizeof(sig);

    if (expected(worker, hsm_sign_init(f.app, session, &mechanism, keys.priv)) &&
        expected(worker, hsm_sign(f.app, session, SPAN_STR("data"), sig, &len)) &&
        expected(worker, hsm_verify_init(f.app, session, &mechanism, keys.pub)))
        expected(worker, hsm_verify(f.app, session, SPAN_STR("data"), SPAN(sig)));
}

static void work_on_login(struct worker *worker, CK_SESSION_HANDLE session)
{
    if (next_random(worker) % 2 == 0)
        expected(worker, hsm_logout(f.app, session));
    expected(worker, hsm_login(f.app, session, CKU_USER, USER_PIN));
}

static void work_on_state(struct worker *worker, CK_SESSION_HANDLE session)
{
    struct hsm_session_info session_info;
    struct hsm_slot_info slot_info;

    expected(worker, hsm_session_info(f.app, session, &session_info));
    expected(worker, hsm_slot_info(f.app, 0, &slot_info));
}

static void *work(void *arg)
{
    static void (*const kinds[])(struct worker * worker, CK_SESSION_HANDLE session) = {
        work_on_token_object, work_on_session_objects, work_on_contested_object,
        work_on_search,       work_on_signature,       work_on_login,
        work_on_state,
    };
    struct worker *worker = arg;

    for (size_t round = 0; round < NUM_ROUNDS; round++) {
        CK_SESSION_HANDLE session = 0;
        if (!expected(worker, hsm_session_open(f.app, 0, true, &session)))
            continue;
        for (size_t i = 0; i < 4; i++)
            kinds[next_random(worker) % (sizeof(kinds) / sizeof(kinds[0]))](worker, session);
        expected(worker, hsm_session_close(f.app, session));
    }
    return NULL;
}

static void run_workers(struct worker workers[NUM_THREADS])
{
    for (size_t i = 0; i < NUM_THREADS; i++) {
        workers[i] = (struct worker){.random = (uint32_t)i + 1};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < NUM_THREADS; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
}

static void everything_at_once(const struct store_ops *store)
{
    struct worker workers[NUM_THREADS];
    struct hsm_slot_info info;
    size_t wanted = 3; /* the pair and the contested object */

    fixture_new(&f, store);
    login_user(&f);
    keys = generate_mldsa(&f, true);
    contested = create_data(&f, "none", true, false);
    run_workers(workers);
    for (size_t i = 0; i < NUM_THREADS; i++) {
        if (workers[i].surprise != NULL)
            print_error("thread %zu: %s\n", i, workers[i].surprise);
        assert_null(workers[i].surprise);
        wanted += workers[i].num_created;
    }
    assert_ok(hsm_slot_info(f.app, 0, &info));
    assert_int_equal(info.num_objects, wanted);
    assert_int_equal(info.num_sessions, 1);
    enum pqhw_status status = hsm_login(f.app, f.rw, CKU_USER, USER_PIN);
    assert_true(status == PQHW_OK || status == PQHW_USER_ALREADY_LOGGED_IN);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), wanted);
    assert_log_whole(f.device, 0);
    fixture_free(&f);
}

static void everything_at_once_in_memory(void **state)
{
    (void)state;
    everything_at_once(&store_memory);
}

static void everything_at_once_in_sqlite(void **state)
{
    (void)state;
    everything_at_once(&store_sqlite);
}

/* ---- sessions closed under the threads that use them ---- */

static _Atomic CK_SESSION_HANDLE shared;
static atomic_bool finished;

static void *use_shared_session(void *arg)
{
    struct worker *worker = arg;

    while (!atomic_load(&finished)) {
        CK_OBJECT_HANDLE object = 0;
        enum pqhw_status status =
            try_create(f.app, atomic_load(&shared), "private", false, true, &object);
        if (status != PQHW_SESSION_HANDLE_INVALID && status != PQHW_SESSION_CLOSED)
            expected(worker, status);
    }
    return NULL;
}

/* The last session goes, and the login with it, while others are in the middle of something:
 * nothing of theirs is left, and who comes next is not logged in. */
static void closing_waits_and_leaves_nothing(void **state)
{
    (void)state;
    struct worker workers[2] = {{.random = 1}, {.random = 2}};

    fixture_new(&f, &store_memory);
    assert_ok(hsm_session_close(f.app, f.rw));
    atomic_store(&finished, false);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, use_shared_session, &workers[i]),
                         0);
    for (size_t round = 0; round < 20; round++) {
        CK_SESSION_HANDLE session = session_new(f.app, true);
        assert_int_equal(state_of(f.app, session), CKS_RW_PUBLIC_SESSION);
        assert_int_equal(count_labelled(f.app, session, NULL), 0);
        assert_ok(hsm_login(f.app, session, CKU_USER, USER_PIN));
        assert_int_equal(count_labelled(f.app, session, NULL), 0);
        atomic_store(&shared, session);
        usleep(2000);
        assert_ok(round % 2 == 0 ? hsm_session_close(f.app, session)
                                 : hsm_session_close_all(f.app, 0));
    }
    atomic_store(&finished, true);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_null(workers[i].surprise);
    }
    assert_log_whole(f.device, 0);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_at_once_in_memory),
        cmocka_unit_test(everything_at_once_in_sqlite),
        cmocka_unit_test(closing_waits_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
