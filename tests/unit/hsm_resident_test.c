/* SPDX-License-Identifier: Apache-2.0
 *
 * Resident keys: with a backend that only counts, where every step can be forced; then through a
 * token.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "hsm_fixture.h"

/* ---- a backend that counts ---- */

/* What a slot's key is like. */
struct kind {
    size_t size;
    atomic_int num_open;
};

/* On the heap, so that the sanitizers see who uses it too late. */
struct backend_key {
    struct kind *kind;
    size_t size;
};

#define NUM_KEYS 4

static struct residents residents;
static struct resident_slot slots[NUM_KEYS];
static struct kind keys[NUM_KEYS];
static atomic_uint num_opened;
static atomic_uint num_closed;
static unsigned num_failures; /* still to come from open_counted */
static enum pqhw_status failure;
static unsigned slow_us; /* how long opening takes */

static void close_counted(struct backend_key *key)
{
    atomic_fetch_sub(&key->kind->num_open, 1);
    atomic_fetch_add(&num_closed, 1);
    free(key);
}

static size_t size_counted(const struct backend_key *key)
{
    return key->size;
}

static const struct backend_ops counting = {.key_close = close_counted, .key_size = size_counted};

static enum pqhw_status open_counted(void *arg, struct backend_key **out)
{
    struct backend_key *key;

    usleep(slow_us);
    if (num_failures > 0) {
        num_failures--;
        return failure;
    }
    key = malloc(sizeof(*key));
    if (key == NULL)
        return PQHW_NO_MEMORY;
    *key = (struct backend_key){.kind = arg, .size = ((struct kind *)arg)->size};
    atomic_fetch_add(&num_opened, 1);
    atomic_fetch_add(&key->kind->num_open, 1);
    *out = key;
    return PQHW_OK;
}

static int set_up(void **state)
{
    (void)state;
    residents_init(&residents, &counting);
    for (size_t i = 0; i < NUM_KEYS; i++) {
        slots[i] = (struct resident_slot){0};
        keys[i].size = 100;
        atomic_store(&keys[i].num_open, 0);
    }
    atomic_store(&num_opened, 0);
    atomic_store(&num_closed, 0);
    num_failures = 0;
    slow_us = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_KEYS; i++)
        resident_drop(&residents, &slots[i]);
    assert_int_equal(atomic_load(&num_opened), atomic_load(&num_closed));
    assert_int_equal(atomic_load(&residents.bytes), 0);
    assert_int_equal(residents.keys, 0);
    assert_null(residents.oldest);
    assert_null(residents.newest);
    residents_destroy(&residents);
    return 0;
}

static enum pqhw_status get(size_t i, struct resident **out)
{
    return resident_get(&residents, &slots[i], open_counted, &keys[i], out);
}

static struct resident *got(size_t i)
{
    struct resident *resident = NULL;

    assert_ok(get(i, &resident));
    assert_ptr_equal(resident_key(resident)->kind, &keys[i]);
    return resident;
}

static void use(size_t i)
{
    resident_release(got(i));
}

static bool is_open(size_t i)
{
    return atomic_load(&keys[i].num_open) == 1;
}

static void assert_stats(uint64_t num, uint64_t bytes, uint64_t hits, uint64_t misses,
                         uint64_t evictions)
{
    struct hsm_resident_stats stats;

    residents_stats(&residents, &stats);
    assert_int_equal(stats.keys, num);
    assert_int_equal(stats.bytes, bytes);
    assert_int_equal(stats.hits, hits);
    assert_int_equal(stats.misses, misses);
    assert_int_equal(stats.evictions, evictions);
}

static void keys_stay_open(void **state)
{
    (void)state;
    residents_set_budget(&residents, 400);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < NUM_KEYS; i++)
            use(i);
    }
    assert_stats(4, 400, 8, 4, 0);
    assert_int_equal(atomic_load(&num_opened), 4);
}

static void the_least_recently_used_goes(void **state)
{
    (void)state;
    residents_set_budget(&residents, 200);
    use(0);
    use(1);
    use(0);
    use(2);
    assert_true(is_open(0));
    assert_false(is_open(1));
    assert_true(is_open(2));
    assert_stats(2, 200, 1, 3, 1);
    use(1);
    assert_false(is_open(0));
    assert_stats(2, 200, 1, 4, 2);
    assert_int_equal(residents.peak_bytes, 300); /* until the oldest went */
}

static void budget_is_exact(void **state)
{
    (void)state;
    residents_set_budget(&residents, 300);
    keys[2].size = 101;
    use(0);
    use(1);
    assert_stats(2, 200, 0, 2, 0);
    use(2);
    assert_stats(2, 201, 0, 3, 1);
    keys[3].size = 99;
    use(3);
    assert_stats(3, 300, 0, 4, 1);
}

static void what_is_in_use_stays(void **state)
{
    (void)state;
    residents_set_budget(&residents, 100);
    struct resident *first = got(0);
    struct resident *second = got(1);
    struct resident *again = got(0);
    assert_stats(2, 200, 1, 2, 0);
    resident_release(first);
    assert_true(is_open(0)); /* its other user */
    resident_release(second);
    assert_false(is_open(1));
    resident_release(again);
    assert_true(is_open(0)); /* within the budget by now */
    assert_stats(1, 100, 1, 2, 1);
}

static void larger_than_the_budget_works(void **state)
{
    (void)state;
    residents_set_budget(&residents, 99);
    for (size_t i = 0; i < NUM_KEYS; i++) {
        use(i);
        assert_false(is_open(i));
    }
    assert_stats(0, 0, 0, 4, 4);
}

static void dropped_while_in_use(void **state)
{
    (void)state;
    residents_set_budget(&residents, 400);
    struct resident *resident = got(0);
    resident_drop(&residents, &slots[0]);
    assert_true(is_open(0));
    assert_stats(1, 100, 0, 1, 0);
    use(1);
    resident_release(resident);
    assert_false(is_open(0));
    assert_stats(1, 100, 0, 2, 0); /* going with its object is no eviction */
}

static void shrinking_takes_an_eighth(void **state)
{
    (void)state;
    residents_set_budget(&residents, 4000);
    for (size_t i = 0; i < NUM_KEYS; i++)
        keys[i].size = 1000;
    assert_false(residents_shrink(&residents));
    struct resident *resident = got(0);
    assert_false(residents_shrink(&residents)); /* the only one is in use */
    for (size_t i = 1; i < NUM_KEYS; i++)
        use(i);
    assert_true(residents_shrink(&residents));
    assert_true(is_open(0));
    assert_false(is_open(1));
    assert_true(is_open(2));
    assert_true(residents_shrink(&residents));
    assert_true(residents_shrink(&residents));
    assert_false(residents_shrink(&residents));
    assert_stats(1, 1000, 0, 4, 3);
    resident_release(resident);
    keys[1].size = 1;
    use(1);
    keys[2].size = 8;
    use(2);
    assert_true(residents_shrink(&residents));
    assert_stats(2, 9, 0, 6, 4);
}

static void locked_memory_runs_out(void **state)
{
    (void)state;
    struct resident *resident = NULL;

    residents_set_budget(&residents, 4000);
    use(0);
    use(1);
    num_failures = 2;
    failure = PQHW_NO_LOCKED_MEMORY;
    use(2);
    assert_stats(1, 100, 0, 3, 2);
    num_failures = 2;
    assert_status(get(3, &resident), PQHW_NO_LOCKED_MEMORY);
    assert_null(resident);
    assert_int_equal(num_failures, 0);
    assert_false(is_open(2));
    use(3);
}

static void failures_leave_the_slot_usable(void **state)
{
    (void)state;
    struct resident *resident = NULL;

    residents_set_budget(&residents, 4000);
    use(0);
    num_failures = 1;
    failure = PQHW_RECORD_DAMAGED;
    assert_status(get(1, &resident), PQHW_RECORD_DAMAGED);
    assert_null(resident);
    assert_stats(1, 100, 0, 1, 0);
    use(1);
    assert_stats(2, 200, 0, 2, 0);
}

/* ---- threads ---- */

#define NUM_THREADS 6

static void *get_and_hold(void *arg)
{
    struct resident **out = arg;

    return get(0, out) == PQHW_OK ? NULL : arg;
}

static void run(void *(*work)(void *), void *args, size_t size)
{
    pthread_t threads[NUM_THREADS];

    for (size_t i = 0; i < NUM_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (char *)args + i * size), 0);
    for (size_t i = 0; i < NUM_THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
}

static void many_threads_open_once(void **state)
{
    (void)state;
    struct resident *held[NUM_THREADS] = {NULL};

    residents_set_budget(&residents, 1);
    slow_us = 50000;
    run(get_and_hold, held, sizeof(held[0]));
    assert_int_equal(atomic_load(&num_opened), 1);
    assert_stats(1, 100, NUM_THREADS - 1, 1, 0);
    for (size_t i = 0; i < NUM_THREADS; i++) {
        assert_ptr_equal(held[i], held[0]);
        assert_true(is_open(0));
        resident_release(held[i]);
    }
    assert_false(is_open(0));
}

/* If the thread that opens fails, the next one tries. */
static void waiting_threads_try_themselves(void **state)
{
    (void)state;
    struct resident *held[NUM_THREADS] = {NULL};
    pthread_t thread;
    void *failed = NULL;

    residents_set_budget(&residents, 1000);
    slow_us = 20000;
    num_failures = 1;
    failure = PQHW_NO_MEMORY;
    assert_int_equal(pthread_create(&thread, NULL, get_and_hold, &held[0]), 0);
    usleep(5000);
    enum pqhw_status own = get(0, &held[1]);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_true((failed == NULL) != (own == PQHW_OK)); /* one of the two met the failure */
    assert_int_equal(atomic_load(&num_opened), 1);
    resident_release(failed == NULL ? held[0] : held[1]);
}

struct roamer {
    uint32_t random;
};

static void *roam(void *arg)
{
    struct roamer *roamer = arg;
    struct resident *resident = NULL;

    for (size_t round = 0; round < 3000; round++) {
        roamer->random = roamer->random * 1664525u + 1013904223u;
        size_t i = (roamer->random >> 16) % NUM_KEYS;
        if (get(i, &resident) != PQHW_OK)
            return arg;
        if (roamer->random >> 30 == 0)
            resident_drop(&residents, &slots[(i + 1) % NUM_KEYS]);
        if (roamer->random >> 28 == 15)
            residents_shrink(&residents);
        if (resident_key(resident)->kind != &keys[i] || atomic_load(&keys[i].num_open) < 1)
            return arg;
        resident_release(resident);
    }
    return NULL;
}

/* Never more than the budget once nobody uses a key, whoever lets go last. */
static void budget_holds_among_threads(void **state)
{
    (void)state;
    struct roamer roamers[NUM_THREADS];

    for (uint64_t budget = 1; budget <= 301; budget += 100) {
        residents_set_budget(&residents, budget);
        for (size_t i = 0; i < NUM_THREADS; i++)
            roamers[i].random = (uint32_t)(budget + i);
        run(roam, roamers, sizeof(roamers[0]));
        assert_true(atomic_load(&residents.bytes) <= budget);
        assert_int_equal(atomic_load(&residents.bytes), residents.keys * 100);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keys_stay_open),
        TEST(the_least_recently_used_goes),
        TEST(budget_is_exact),
        TEST(what_is_in_use_stays),
        TEST(larger_than_the_budget_works),
        TEST(dropped_while_in_use),
        TEST(shrinking_takes_an_eighth),
        TEST(locked_memory_runs_out),
        TEST(failures_leave_the_slot_usable),
        TEST(many_threads_open_once),
        TEST(waiting_threads_try_themselves),
        TEST(budget_holds_among_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
