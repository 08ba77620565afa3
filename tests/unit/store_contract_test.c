/* SPDX-License-Identifier: Apache-2.0
 *
 * What hsm/store.h promises, run against every store.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/memory/memory.h"
#include "store/sqlite/sqlite.h"

#define OK(expr) assert_int_equal(expr, PQHW_OK)

struct env {
    const struct store_ops *ops;
    struct store *store;
    char dir[32];
};

static int set_up(void **state)
{
    static struct env env;

    env = (struct env){.ops = *state, .dir = "/tmp/pqhw-store-XXXXXX"};
    if (mkdtemp(env.dir) == NULL || env.ops->open(&env.store, env.dir, true) != PQHW_OK)
        return -1;
    *state = &env;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct env *env = *state;
    char path[64];

    env->ops->close(env->store);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s%s", env->dir, STORE_SQLITE_FILE, suffixes[i]);
        unlink(path);
    }
    return rmdir(env->dir);
}

static struct store_tx *begin(const struct env *env, bool write)
{
    struct store_tx *tx = NULL;

    OK(env->ops->begin(env->store, &tx, write));
    assert_non_null(tx);
    return tx;
}

static void assert_blob(const struct buf *blob, struct span expected)
{
    assert_int_equal(blob->len, expected.len);
    if (expected.len > 0)
        assert_memory_equal(blob->ptr, expected.ptr, expected.len);
}

static void the_device_blob_is_put_and_replaced(void **state)
{
    const struct env *env = *state;
    const struct span blobs[] = {SPAN_STR("one"), SPAN_EMPTY, SPAN_STR("three\0more")};
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);

    struct store_tx *tx = begin(env, false);
    assert_int_equal(env->ops->device_get(tx, &blob), PQHW_NOT_FOUND);
    OK(env->ops->commit(tx));
    for (size_t i = 0; i < 3; i++) {
        tx = begin(env, true);
        OK(env->ops->device_put(tx, blobs[i]));
        OK(env->ops->device_get(tx, &blob));
        assert_blob(&blob, blobs[i]);
        buf_free(&blob);
        OK(env->ops->commit(tx));
        tx = begin(env, false);
        OK(env->ops->device_get(tx, &blob));
        assert_blob(&blob, blobs[i]);
        buf_free(&blob);
        env->ops->rollback(tx);
    }
}

static void a_blob_may_be_as_long_as_the_limit(void **state)
{
    const struct env *env = *state;
    uint8_t *bytes = test_malloc(STORE_BLOB_MAX + 1);
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);

    for (size_t i = 0; i <= STORE_BLOB_MAX; i++)
        bytes[i] = (uint8_t)(i * 31 >> 4);
    struct store_tx *tx = begin(env, true);
    OK(env->ops->partition_put(tx, 7, span(bytes, STORE_BLOB_MAX)));
    assert_int_equal(env->ops->partition_put(tx, 8, span(bytes, STORE_BLOB_MAX + 1)),
                     PQHW_LIMIT_EXCEEDED);
    OK(env->ops->commit(tx));
    tx = begin(env, false);
    OK(env->ops->partition_get(tx, 7, &blob));
    assert_blob(&blob, span(bytes, STORE_BLOB_MAX));
    assert_int_equal(env->ops->partition_get(tx, 8, &blob), PQHW_NOT_FOUND);
    OK(env->ops->commit(tx));
    buf_free(&blob);
    test_free(bytes);
}

static void a_blob_that_has_no_room_is_refused(void **state)
{
    const struct env *env = *state;
    struct buf blob = BUF_INIT(3);

    struct store_tx *tx = begin(env, true);
    OK(env->ops->device_put(tx, SPAN_STR("four")));
    assert_int_equal(env->ops->device_get(tx, &blob), PQHW_LIMIT_EXCEEDED);
    assert_int_equal(blob.len, 0);
    OK(env->ops->commit(tx));
    buf_free(&blob);
}

static struct store_record make_record(uint32_t partition, uint32_t number)
{
    return (struct store_record){
        .partition = partition,
        .number = number,
        .index = {.object_class = 3,
                  .key_type = 0x49,
                  .id = SPAN_STR("id"),
                  .label = SPAN_STR("label"),
                  .unique_id = SPAN_STR("unique")},
        .blob = SPAN_STR("blob"),
    };
}

static void assert_record(const struct env *env, struct store_tx *tx,
                          const struct store_record *expected)
{
    struct store_record found = {0};

    OK(env->ops->object_get(tx, expected->partition, expected->number, &found));
    assert_int_equal(found.partition, expected->partition);
    assert_int_equal(found.number, expected->number);
    assert_true(found.index.object_class == expected->index.object_class);
    assert_true(found.index.key_type == expected->index.key_type);
    assert_true(span_equal(found.index.id, expected->index.id));
    assert_true(span_equal(found.index.label, expected->index.label));
    assert_true(span_equal(found.index.unique_id, expected->index.unique_id));
    assert_true(span_equal(found.blob, expected->blob));
    buf_free(&found.owner);
}

static void assert_no_object(const struct env *env, struct store_tx *tx, uint32_t partition,
                             uint32_t number)
{
    struct store_record found = {0};

    assert_int_equal(env->ops->object_get(tx, partition, number, &found), PQHW_NOT_FOUND);
    assert_null(found.owner.ptr);
}

static void objects_are_put_replaced_and_deleted(void **state)
{
    const struct env *env = *state;
    struct store_record record = make_record(1, 5);
    struct store_record other = make_record(2, 5);

    struct store_tx *tx = begin(env, true);
    assert_no_object(env, tx, 1, 5);
    OK(env->ops->object_put(tx, &record));
    OK(env->ops->object_put(tx, &other));
    record.index = (struct store_index){
        .object_class = UINT64_MAX - 1, .key_type = STORE_NO_KEY_TYPE, .id = SPAN_STR("\0\0")};
    record.blob = SPAN_EMPTY;
    OK(env->ops->object_put(tx, &record));
    OK(env->ops->commit(tx));

    tx = begin(env, true);
    assert_record(env, tx, &record);
    assert_record(env, tx, &other);
    assert_no_object(env, tx, 1, 6);
    assert_no_object(env, tx, 0, 5);
    OK(env->ops->object_delete(tx, 1, 5));
    assert_int_equal(env->ops->object_delete(tx, 1, 5), PQHW_NOT_FOUND);
    assert_no_object(env, tx, 1, 5);
    assert_record(env, tx, &other);
    OK(env->ops->commit(tx));
}

static void numbers_out_of_range_are_refused(void **state)
{
    const struct env *env = *state;
    const uint32_t last = (1u << 28) - 1;
    struct store_record record = make_record(UINT32_MAX, last);
    struct store_record none = make_record(1, 0);
    struct store_record over = make_record(1, last + 1);

    struct store_tx *tx = begin(env, true);
    OK(env->ops->object_put(tx, &record));
    assert_int_equal(env->ops->object_put(tx, &none), PQHW_ARGUMENTS_BAD);
    assert_int_equal(env->ops->object_put(tx, &over), PQHW_ARGUMENTS_BAD);
    assert_no_object(env, tx, 1, 0);
    assert_no_object(env, tx, 1, last + 1);
    assert_int_equal(env->ops->object_delete(tx, 1, last + 1), PQHW_NOT_FOUND);
    assert_record(env, tx, &record);
    OK(env->ops->commit(tx));
}

static void long_texts_are_cut_in_the_index(void **state)
{
    const struct env *env = *state;
    char text[STORE_INDEX_TEXT_MAX + 10];
    uint32_t found[2];
    size_t num = 0;
    struct store_record record = make_record(1, 1);

    memset(text, 'x', sizeof(text));
    record.index.id = record.index.label = record.index.unique_id = SPAN(text);
    struct store_tx *tx = begin(env, true);
    OK(env->ops->object_put(tx, &record));
    for (size_t len = STORE_INDEX_TEXT_MAX - 1; len <= sizeof(text); len++) {
        struct store_query query = {.by = STORE_BY_ID | STORE_BY_LABEL | STORE_BY_UNIQUE_ID};
        query.index.id = query.index.label = query.index.unique_id = span(text, len);
        OK(env->ops->object_find(tx, 1, &query, found, 2, &num));
        assert_int_equal(num, len >= STORE_INDEX_TEXT_MAX ? 1 : 0);
    }
    record.index.id.len = record.index.label.len = record.index.unique_id.len =
        STORE_INDEX_TEXT_MAX;
    assert_record(env, tx, &record);
    OK(env->ops->commit(tx));
}

static void partitions_are_listed_in_order(void **state)
{
    const struct env *env = *state;
    static const uint32_t numbers[] = {500, 0, UINT32_MAX, 7};
    static const uint32_t sorted[] = {0, 7, 500, UINT32_MAX};
    uint32_t found[4] = {0};
    size_t num = 99;

    struct store_tx *tx = begin(env, true);
    OK(env->ops->partition_list(tx, NULL, 0, &num));
    assert_int_equal(num, 0);
    for (size_t i = 0; i < 4; i++)
        OK(env->ops->partition_put(tx, numbers[i], SPAN_STR("p")));
    OK(env->ops->partition_list(tx, found, 4, &num));
    assert_int_equal(num, 4);
    assert_memory_equal(found, sorted, sizeof(sorted));
    found[1] = found[2] = 1234;
    OK(env->ops->partition_list(tx, found, 2, &num));
    assert_int_equal(num, 4);
    assert_int_equal(found[1], 7);
    assert_int_equal(found[2], 1234);
    OK(env->ops->commit(tx));
}

static void put_partition(const struct env *env, struct store_tx *tx, uint32_t partition)
{
    static const uint32_t numbers[] = {1, 2, (1u << 28) - 1};

    OK(env->ops->partition_put(tx, partition, SPAN_STR("partition")));
    OK(env->ops->node_put(tx, partition, 0, 0, SPAN_STR("node")));
    OK(env->ops->node_put(tx, partition, UINT32_MAX, UINT32_MAX, SPAN_STR("node")));
    for (size_t i = 0; i < 3; i++) {
        struct store_record record = make_record(partition, numbers[i]);
        OK(env->ops->object_put(tx, &record));
    }
}

/* Whether the partition itself, its nodes and its objects are there. */
static void assert_partition(const struct env *env, struct store_tx *tx, uint32_t partition,
                             bool itself, bool content)
{
    struct buf blob = BUF_INIT(100);
    struct store_query all = {0};
    uint32_t found[4];
    size_t num = 0;

    assert_int_equal(env->ops->partition_get(tx, partition, &blob),
                     itself ? PQHW_OK : PQHW_NOT_FOUND);
    assert_int_equal(env->ops->node_get(tx, partition, 0, 0, &blob),
                     content ? PQHW_OK : PQHW_NOT_FOUND);
    assert_int_equal(env->ops->node_get(tx, partition, UINT32_MAX, UINT32_MAX, &blob),
                     content ? PQHW_OK : PQHW_NOT_FOUND);
    OK(env->ops->object_find(tx, partition, &all, found, 4, &num));
    assert_int_equal(num, content ? 3 : 0);
    all = (struct store_query){.by = STORE_BY_LABEL, .index = {.label = SPAN_STR("label")}};
    OK(env->ops->object_find(tx, partition, &all, found, 4, &num));
    assert_int_equal(num, content ? 3 : 0);
    buf_free(&blob);
}

static void a_partition_goes_with_its_content_alone(void **state)
{
    const struct env *env = *state;
    struct store_tx *tx = begin(env, true);

    for (uint32_t partition = 3; partition <= 6; partition++)
        put_partition(env, tx, partition);
    OK(env->ops->partition_clear(tx, 4));
    OK(env->ops->partition_delete(tx, 5));
    OK(env->ops->partition_delete(tx, 99));
    OK(env->ops->commit(tx));
    tx = begin(env, false);
    assert_partition(env, tx, 3, true, true);
    assert_partition(env, tx, 4, true, false);
    assert_partition(env, tx, 5, false, false);
    assert_partition(env, tx, 6, true, true);
    OK(env->ops->commit(tx));
}

static void nodes_are_found_by_all_of_their_key(void **state)
{
    const struct env *env = *state;
    struct buf blob = BUF_INIT(100);
    struct store_tx *tx = begin(env, true);

    OK(env->ops->node_put(tx, 1, 2, 3, SPAN_STR("a")));
    OK(env->ops->node_put(tx, 1, 2, 3, SPAN_STR("b")));
    OK(env->ops->node_put(tx, 1, 3, 2, SPAN_STR("c")));
    OK(env->ops->node_get(tx, 1, 2, 3, &blob));
    OK(env->ops->node_get(tx, 1, 3, 2, &blob));
    assert_blob(&blob, SPAN_STR("bc"));
    assert_int_equal(env->ops->node_get(tx, 2, 2, 3, &blob), PQHW_NOT_FOUND);
    assert_int_equal(env->ops->node_get(tx, 1, 2, 2, &blob), PQHW_NOT_FOUND);
    assert_int_equal(env->ops->node_get(tx, 1, 1, 3, &blob), PQHW_NOT_FOUND);
    OK(env->ops->commit(tx));
    buf_free(&blob);
}

static void a_rolled_back_transaction_never_happened(void **state)
{
    const struct env *env = *state;
    struct store_record record = make_record(1, 1);
    struct store_record extra = make_record(1, 9);
    struct store_record changed = record;
    struct buf blob = BUF_INIT(100);

    struct store_tx *tx = begin(env, true);
    put_partition(env, tx, 1);
    put_partition(env, tx, 2);
    OK(env->ops->device_put(tx, SPAN_STR("before")));
    OK(env->ops->commit(tx));

    tx = begin(env, true);
    changed.index.label = SPAN_STR("changed");
    OK(env->ops->object_put(tx, &extra));
    OK(env->ops->object_put(tx, &changed));
    OK(env->ops->object_delete(tx, 1, 2));
    OK(env->ops->object_delete(tx, 1, 9));
    OK(env->ops->object_put(tx, &extra));
    OK(env->ops->partition_clear(tx, 1));
    OK(env->ops->object_put(tx, &changed));
    OK(env->ops->partition_delete(tx, 2));
    OK(env->ops->partition_put(tx, 3, SPAN_STR("new")));
    OK(env->ops->device_put(tx, SPAN_STR("after")));
    env->ops->rollback(tx);

    tx = begin(env, false);
    assert_partition(env, tx, 1, true, true);
    assert_partition(env, tx, 2, true, true);
    assert_partition(env, tx, 3, false, false);
    assert_record(env, tx, &record);
    OK(env->ops->device_get(tx, &blob));
    assert_blob(&blob, SPAN_STR("before"));
    OK(env->ops->commit(tx));
    buf_free(&blob);
}

static void a_read_transaction_changes_nothing(void **state)
{
    const struct env *env = *state;
    struct store_record record = make_record(1, 1);

    struct store_tx *tx = begin(env, false);
    assert_int_equal(env->ops->object_put(tx, &record), PQHW_INTERNAL);
    env->ops->rollback(tx);
    tx = begin(env, false);
    assert_no_object(env, tx, 1, 1);
    OK(env->ops->commit(tx));
}

static uint64_t generation(const struct env *env)
{
    uint64_t number = 0;

    OK(env->ops->generation(env->store, &number));
    return number;
}

static void the_generation_changes_with_each_commit(void **state)
{
    const struct env *env = *state;

    for (uint8_t i = 0; i < 20; i++) {
        uint64_t before = generation(env);
        struct store_tx *tx = begin(env, true);
        OK(env->ops->device_put(tx, span(&i, 1)));
        env->ops->rollback(tx);
        tx = begin(env, false);
        env->ops->rollback(tx);
        assert_true(generation(env) == before);
        tx = begin(env, true);
        OK(env->ops->device_put(tx, span(&i, 1)));
        OK(env->ops->commit(tx));
        assert_true(generation(env) != before);
    }
}

/* ---- searches, against a plain loop over all objects ---- */

#define NUM_OBJECTS 120

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

/* A value from a few, so that many objects share it. */
static struct store_index random_index(uint32_t *seed)
{
    static const struct span texts[] = {SPAN_EMPTY, SPAN_STR("a"), SPAN_STR("a\0"), SPAN_STR("b")};
    static const uint64_t numbers[] = {0, 3, 0x80000001, UINT64_MAX};

    return (struct store_index){
        .object_class = numbers[next_random(seed) % 4],
        .key_type = numbers[next_random(seed) % 4],
        .id = texts[next_random(seed) % 4],
        .label = texts[next_random(seed) % 4],
        .unique_id = texts[next_random(seed) % 4],
    };
}

static bool matches(const struct store_index *a, const struct store_index *b, unsigned by)
{
    return ((by & STORE_BY_CLASS) == 0 || a->object_class == b->object_class) &&
           ((by & STORE_BY_KEY_TYPE) == 0 || a->key_type == b->key_type) &&
           ((by & STORE_BY_ID) == 0 || span_equal(a->id, b->id)) &&
           ((by & STORE_BY_LABEL) == 0 || span_equal(a->label, b->label)) &&
           ((by & STORE_BY_UNIQUE_ID) == 0 || span_equal(a->unique_id, b->unique_id));
}

/* All results of a query, taken `step` at a time; returns how many. */
static size_t find_all(const struct env *env, struct store_tx *tx, struct store_query query,
                       size_t step, uint32_t out[NUM_OBJECTS + 1])
{
    size_t total = 0;
    size_t num = step;

    while (num == step) {
        OK(env->ops->object_find(tx, 1, &query, out + total, step, &num));
        assert_true(num <= step);
        total += num;
        assert_true(total <= NUM_OBJECTS);
        if (num > 0)
            query.after = out[total - 1];
    }
    return total;
}

static void searches_find_what_a_scan_finds(void **state)
{
    const struct env *env = *state;
    struct store_index indexes[NUM_OBJECTS];
    uint32_t found[NUM_OBJECTS * 2];
    uint32_t seed = 1;
    size_t num_found = 0;

    struct store_tx *tx = begin(env, true);
    for (uint32_t i = 0; i < NUM_OBJECTS; i++) {
        indexes[i] = random_index(&seed);
        for (uint32_t partition = 0; partition <= 2; partition++) {
            struct store_record record = make_record(partition, NUM_OBJECTS - i);
            record.index = indexes[i];
            OK(env->ops->object_put(tx, &record));
        }
    }
    OK(env->ops->commit(tx));
    tx = begin(env, false);
    for (unsigned by = 0; by < 32 * 8; by++) {
        struct store_query query = {.by = by % 32, .index = random_index(&seed)};
        size_t num = find_all(env, tx, query, by / 32 * 9 + 1, found);
        size_t at = 0;
        for (uint32_t number = 1; number <= NUM_OBJECTS; number++) {
            if (matches(&indexes[NUM_OBJECTS - number], &query.index, query.by)) {
                assert_true(at < num);
                assert_int_equal(found[at++], number);
            }
        }
        assert_int_equal(at, num);
        num_found += num;
    }
    OK(env->ops->commit(tx));
    assert_true(num_found > 32);
}

static void a_search_for_nothing_gives_nothing(void **state)
{
    const struct env *env = *state;
    struct store_record record = make_record(1, 1);
    struct store_query query = {0};
    size_t num = 9;

    struct store_tx *tx = begin(env, true);
    OK(env->ops->object_put(tx, &record));
    OK(env->ops->object_find(tx, 1, &query, NULL, 0, &num));
    assert_int_equal(num, 0);
    query.after = 1u << 28;
    assert_int_equal(env->ops->object_find(tx, 1, &query, NULL, 0, &num), PQHW_ARGUMENTS_BAD);
    OK(env->ops->commit(tx));
}

/* ---- threads ---- */

#define NUM_THREADS 4
#define NUM_ROUNDS  60

struct worker {
    const struct env *env;
    uint32_t number;
    unsigned num_failures; /* cmocka's assertions are for the main thread alone */
};

/* Add one to the numbers in two nodes. */
static bool count_up(const struct env *env, bool keep)
{
    struct buf blob = BUF_INIT(8);
    struct store_tx *tx = NULL;
    uint8_t bytes[8];

    if (env->ops->begin(env->store, &tx, true) != PQHW_OK)
        return false;
    bool good = env->ops->node_get(tx, 1, 0, 0, &blob) == PQHW_OK && blob.len == 8;
    store_be64(bytes, good ? load_be64(blob.ptr) + 1 : 0);
    good = good && env->ops->node_put(tx, 1, 0, 0, SPAN(bytes)) == PQHW_OK &&
           env->ops->node_put(tx, 1, 0, 1, SPAN(bytes)) == PQHW_OK;
    buf_free(&blob);
    if (!keep)
        env->ops->rollback(tx);
    else
        good = env->ops->commit(tx) == PQHW_OK && good;
    return good;
}

/* The two nodes must hold the same number. */
static bool read_pair(const struct env *env)
{
    struct buf blob = BUF_INIT(16);
    struct store_tx *tx = NULL;

    if (env->ops->begin(env->store, &tx, false) != PQHW_OK)
        return false;
    bool good = env->ops->node_get(tx, 1, 0, 0, &blob) == PQHW_OK &&
                env->ops->node_get(tx, 1, 0, 1, &blob) == PQHW_OK && blob.len == 16 &&
                memcmp(blob.ptr, blob.ptr + 8, 8) == 0;
    env->ops->rollback(tx);
    buf_free(&blob);
    return good;
}

static void *work(void *arg)
{
    struct worker *worker = arg;

    for (unsigned i = 0; i < NUM_ROUNDS; i++) {
        uint64_t before = 0;
        uint64_t after = 0;
        bool good =
            worker->env->ops->generation(worker->env->store, &before) == PQHW_OK &&
            count_up(worker->env, true) && count_up(worker->env, false) && read_pair(worker->env) &&
            worker->env->ops->generation(worker->env->store, &after) == PQHW_OK && before != after;
        worker->num_failures += good ? 0 : 1;
    }
    return NULL;
}

static void no_update_is_lost_between_threads(void **state)
{
    const struct env *env = *state;
    static const uint8_t zero[8];
    struct worker workers[NUM_THREADS];
    pthread_t threads[NUM_THREADS];
    struct buf blob = BUF_INIT(8);

    struct store_tx *tx = begin(env, true);
    OK(env->ops->node_put(tx, 1, 0, 0, SPAN(zero)));
    OK(env->ops->node_put(tx, 1, 0, 1, SPAN(zero)));
    OK(env->ops->commit(tx));
    for (uint32_t i = 0; i < NUM_THREADS; i++) {
        workers[i] = (struct worker){.env = env, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < NUM_THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < NUM_THREADS; i++)
        assert_int_equal(workers[i].num_failures, 0);
    tx = begin(env, false);
    OK(env->ops->node_get(tx, 1, 0, 0, &blob));
    assert_true(load_be64(blob.ptr) == NUM_THREADS * NUM_ROUNDS);
    OK(env->ops->commit(tx));
    buf_free(&blob);
}

/* More readers at once than the store may keep connections for. */
static void *read_often(void *arg)
{
    struct worker *worker = arg;

    for (unsigned i = 0; i < NUM_ROUNDS; i++)
        worker->num_failures += read_pair(worker->env) ? 0 : 1;
    return NULL;
}

static void many_readers_take_turns(void **state)
{
    const struct env *env = *state;
    struct worker workers[40];
    pthread_t threads[40];

    struct store_tx *tx = begin(env, true);
    OK(env->ops->node_put(tx, 1, 0, 0, SPAN_STR("12345678")));
    OK(env->ops->node_put(tx, 1, 0, 1, SPAN_STR("12345678")));
    OK(env->ops->commit(tx));
    for (size_t i = 0; i < 40; i++) {
        workers[i] = (struct worker){.env = env};
        assert_int_equal(pthread_create(&threads[i], NULL, read_often, &workers[i]), 0);
    }
    for (size_t i = 0; i < 40; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(workers[i].num_failures, 0);
}

#define TEST(store, function)                                                                      \
    {                                                                                              \
#function, function, set_up, tear_down, (void *)(uintptr_t) & (store)                      \
    }

#define TESTS(store)                                                                               \
    {                                                                                              \
        TEST(store, the_device_blob_is_put_and_replaced),                                          \
            TEST(store, a_blob_may_be_as_long_as_the_limit),                                       \
            TEST(store, a_blob_that_has_no_room_is_refused),                                       \
            TEST(store, objects_are_put_replaced_and_deleted),                                     \
            TEST(store, numbers_out_of_range_are_refused),                                         \
            TEST(store, long_texts_are_cut_in_the_index),                                          \
            TEST(store, partitions_are_listed_in_order),                                           \
            TEST(store, a_partition_goes_with_its_content_alone),                                  \
            TEST(store, nodes_are_found_by_all_of_their_key),                                      \
            TEST(store, a_rolled_back_transaction_never_happened),                                 \
            TEST(store, a_read_transaction_changes_nothing),                                       \
            TEST(store, the_generation_changes_with_each_commit),                                  \
            TEST(store, searches_find_what_a_scan_finds),                                          \
            TEST(store, a_search_for_nothing_gives_nothing),                                       \
            TEST(store, no_update_is_lost_between_threads), TEST(store, many_readers_take_turns),  \
    }

int main(void)
{
    const struct CMUnitTest sqlite_tests[] = TESTS(store_sqlite);
    const struct CMUnitTest memory_tests[] = TESTS(store_memory);

    return cmocka_run_group_tests_name("sqlite", sqlite_tests, NULL, NULL) +
           cmocka_run_group_tests_name("memory", memory_tests, NULL, NULL);
}
