/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that commit at the same time share a transaction, and nothing else: what becomes of one
 * of them is not the others' affair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "hsm/detail.h"
#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

#define NUM_THREADS 8

/* ---- a store whose first commit waits until all others stand in the queue ---- */

static const struct store_ops *const inner = &store_sqlite;

static struct {
    bool armed;
    unsigned num_commits; /* since it was armed */
    struct partition *partition;
    enum pqhw_status second; /* what becomes of the second commit */
} gate;

static unsigned num_waiting(struct commit_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    unsigned num = queue->num_waiting;
    pthread_mutex_unlock(&queue->lock);
    return num;
}

static enum pqhw_status gated_commit(struct store_tx *tx)
{
    if (!gate.armed)
        return inner->commit(tx);
    gate.num_commits++;
    for (unsigned tries = 0; gate.num_commits == 1 && tries < 10000; tries++) {
        if (num_waiting(&gate.partition->commits) == NUM_THREADS - 1)
            break;
        usleep(1000);
    }
    if (gate.num_commits == 2 && gate.second != PQHW_OK) {
        detail_set("the second commit");
        inner->rollback(tx);
        return gate.second;
    }
    return inner->commit(tx);
}

static struct store_ops gated;

static void gated_fixture(struct fixture *f)
{
    gate.armed = false;
    gated = *inner;
    gated.commit = gated_commit;
    fixture_new(f, &gated);
    login_user(f);
}

static void arm(struct fixture *f, enum pqhw_status second)
{
    gate.armed = true;
    gate.num_commits = 0;
    gate.second = second;
    gate.partition = f->device->partitions;
}

/* ---- threads ---- */

struct worker {
    struct fixture *f;
    pthread_t thread;
    CK_SESSION_HANDLE session;
    enum pqhw_status (*run)(struct worker *worker);
    CK_OBJECT_HANDLE object;
    enum pqhw_status status;
    char label[16];
    char detail[64];
};

static void *work(void *arg)
{
    struct worker *worker = arg;

    worker->status = worker->run(worker);
    snprintf(worker->detail, sizeof(worker->detail), "%s", hsm_error_detail());
    return NULL;
}

static void run_all(struct fixture *f, struct worker workers[NUM_THREADS],
                    enum pqhw_status (*run)(struct worker *worker), CK_OBJECT_HANDLE object)
{
    for (size_t i = 0; i < NUM_THREADS; i++) {
        workers[i] = (struct worker){
            .f = f, .session = session_new(f->app, true), .run = run, .object = object};
        snprintf(workers[i].label, sizeof(workers[i].label), "label %zu", i);
    }
    for (size_t i = 0; i < NUM_THREADS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (size_t i = 0; i < NUM_THREADS; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    gate.armed = false;
}

static enum pqhw_status run_create(struct worker *worker)
{
    return try_create(worker->f->app, worker->session, worker->label, true, true, &worker->object);
}

static enum pqhw_status run_set(struct worker *worker)
{
    return try_set_label(worker->f->app, worker->session, worker->object, worker->label);
}

/* The threads have one object in common, and destroy it, but for the last, which creates one. */
static enum pqhw_status run_destroy(struct worker *worker)
{
    if (worker->label[6] - '0' == NUM_THREADS - 1)
        return run_create(worker);
    return hsm_object_destroy(worker->f->app, worker->session, worker->object);
}

static size_t count_status(const struct worker workers[NUM_THREADS], enum pqhw_status status)
{
    size_t num = 0;

    for (size_t i = 0; i < NUM_THREADS; i++)
        num += workers[i].status == status;
    return num;
}

/* ---- tests ---- */

static void those_who_wait_share_a_commit(void **state)
{
    (void)state;
    struct fixture f;
    struct worker workers[NUM_THREADS];

    gated_fixture(&f);
    arm(&f, PQHW_OK);
    run_all(&f, workers, run_create, 0);
    assert_int_equal(gate.num_commits, 2); /* the first, and all others together */
    for (size_t i = 0; i < NUM_THREADS; i++) {
        assert_ok(workers[i].status);
        assert_true(has_label(f.app, f.rw, workers[i].object, workers[i].label));
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(workers[i].object, workers[k].object);
    }
    assert_int_equal(count_labelled(f.app, f.rw, NULL), NUM_THREADS);
    assert_int_equal(count_records(f.device, 0, "\"op\":\"object.create\""), NUM_THREADS);
    assert_log_whole(f.device, 0);
    /* they are at rest as they are in memory */
    fixture_close(&f);
    fixture_open(&f);
    f.rw = session_new(f.app, true);
    login_user(&f);
    for (size_t i = 0; i < NUM_THREADS; i++)
        assert_true(has_label(f.app, f.rw, workers[i].object, workers[i].label));
    fixture_free(&f);
}

static void changes_of_one_object_are_all_made(void **state)
{
    (void)state;
    struct fixture f;
    struct worker workers[NUM_THREADS];
    size_t num = 0;

    gated_fixture(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "before", true, true);
    arm(&f, PQHW_OK);
    run_all(&f, workers, run_set, object);
    assert_int_equal(count_status(workers, PQHW_OK), NUM_THREADS);
    for (size_t i = 0; i < NUM_THREADS; i++)
        num += has_label(f.app, f.rw, object, workers[i].label);
    assert_int_equal(num, 1);
    assert_int_equal(count_records(f.device, 0, "\"op\":\"object.modify\""), NUM_THREADS);
    assert_log_whole(f.device, 0);
    fixture_free(&f);
}

static void what_one_cannot_do_is_its_own_affair(void **state)
{
    (void)state;
    struct fixture f;
    struct worker workers[NUM_THREADS];

    gated_fixture(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "before", true, true);
    arm(&f, PQHW_OK);
    run_all(&f, workers, run_destroy, object);
    assert_ok(workers[NUM_THREADS - 1].status);
    assert_int_equal(count_status(workers, PQHW_OK), 2); /* one destroyed it */
    assert_int_equal(count_status(workers, PQHW_OBJECT_HANDLE_INVALID), NUM_THREADS - 2);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 1);
    assert_log_whole(f.device, 0);
    fixture_free(&f);
}

static void a_commit_that_fails_is_told_to_all_it_was_for(void **state)
{
    (void)state;
    struct fixture f;
    struct worker workers[NUM_THREADS];

    gated_fixture(&f);
    arm(&f, PQHW_DISK_FULL);
    run_all(&f, workers, run_create, 0);
    assert_int_equal(gate.num_commits, 2);
    assert_int_equal(count_status(workers, PQHW_OK), 1);
    assert_int_equal(count_status(workers, PQHW_DISK_FULL), NUM_THREADS - 1);
    for (size_t i = 0; i < NUM_THREADS; i++) {
        if (workers[i].status != PQHW_OK)
            assert_string_equal(workers[i].detail, "the second commit");
    }
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 1);
    assert_int_equal(count_records(f.device, 0, "\"result\":\"DISK_FULL\""), NUM_THREADS - 1);
    assert_log_whole(f.device, 0);
    /* and it goes on */
    create_data(&f, "after", true, true);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 2);
    assert_log_whole(f.device, 0);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_wait_share_a_commit),
        cmocka_unit_test(changes_of_one_object_are_all_made),
        cmocka_unit_test(what_one_cannot_do_is_its_own_affair),
        cmocka_unit_test(a_commit_that_fails_is_told_to_all_it_was_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
