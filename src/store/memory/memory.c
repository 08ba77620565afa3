/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes are made in place and noted; rollback takes the notes back in reverse order.
 */
#include "store/memory/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "store/limits.h"
#include "store/memory/rows.h"
#include "store/record.h"

struct memory_store {
    struct store base;
    pthread_rwlock_t lock; /* held by a transaction; guards rows */
    struct rows rows;
    atomic_uint_fast64_t num_commits;
};

/* One row was put in the place of another; either may be NULL. */
struct change {
    struct row *before;
    struct row *after;
};

struct memory_tx {
    struct store_tx base;
    bool write;
    enum pqhw_status failure; /* of the first change that failed: commit's only answer then */
    struct change *changes;
    size_t num_changes;
    size_t cap_changes;
};

static struct memory_store *store_of(const struct store_tx *tx)
{
    return (struct memory_store *)tx->store;
}

static enum pqhw_status memory_open(struct store **out, const char *path, bool create)
{
    (void)path;
    if (!create)
        return PQHW_DEVICE_ABSENT;
    struct memory_store *store = calloc(1, sizeof(*store));
    if (store == NULL)
        return PQHW_NO_MEMORY;
    if (pthread_rwlock_init(&store->lock, NULL) != 0) {
        free(store);
        return PQHW_NO_MEMORY;
    }
    store->base.ops = &store_memory;
    *out = &store->base;
    return PQHW_OK;
}

static void memory_close(struct store *base)
{
    struct memory_store *store = (struct memory_store *)base;

    if (store == NULL)
        return;
    rows_free(&store->rows);
    pthread_rwlock_destroy(&store->lock);
    free(store);
}

static enum pqhw_status memory_generation(struct store *base, uint64_t *out)
{
    *out = atomic_load(&((struct memory_store *)base)->num_commits);
    return PQHW_OK;
}

static bool lock(struct memory_store *store, bool write)
{
    struct timespec deadline;

    clock_gettime(CLOCK_REALTIME, &deadline); /* the clock of the timed locks */
    deadline.tv_sec += STORE_WAIT_SECONDS;
    int error = write ? pthread_rwlock_timedwrlock(&store->lock, &deadline)
                      : pthread_rwlock_timedrdlock(&store->lock, &deadline);
    return error == 0;
}

static enum pqhw_status memory_begin(struct store *store, struct store_tx **out, bool write)
{
    struct memory_tx *tx = calloc(1, sizeof(*tx));

    if (tx == NULL)
        return PQHW_NO_MEMORY;
    if (!lock((struct memory_store *)store, write)) {
        free(tx);
        return PQHW_BUSY;
    }
    tx->base.store = store;
    tx->write = write;
    *out = &tx->base;
    return PQHW_OK;
}

static void end(struct memory_tx *tx)
{
    pthread_rwlock_unlock(&store_of(&tx->base)->lock);
    free(tx->changes);
    free(tx);
}

static void undo(struct memory_tx *tx)
{
    struct rows *rows = &store_of(&tx->base)->rows;

    for (size_t i = tx->num_changes; i > 0; i--) {
        const struct change *change = &tx->changes[i - 1];
        if (change->after != NULL)
            rows_remove(rows, change->after);
        if (change->before != NULL)
            rows_add(rows, change->before);
        free(change->after);
    }
}

static void memory_rollback(struct store_tx *base)
{
    struct memory_tx *tx = (struct memory_tx *)base;

    undo(tx);
    end(tx);
}

static enum pqhw_status memory_commit(struct store_tx *base)
{
    struct memory_tx *tx = (struct memory_tx *)base;
    enum pqhw_status status = tx->failure;

    if (status != PQHW_OK) {
        undo(tx);
    } else {
        for (size_t i = 0; i < tx->num_changes; i++)
            free(tx->changes[i].before);
        if (tx->num_changes > 0)
            atomic_fetch_add(&store_of(base)->num_commits, 1);
    }
    end(tx);
    return status;
}

static enum pqhw_status reserve_change(struct memory_tx *tx)
{
    if (tx->num_changes < tx->cap_changes)
        return PQHW_OK;
    size_t cap = tx->cap_changes < 8 ? 8 : tx->cap_changes * 2;
    struct change *grown = reallocarray(tx->changes, cap, sizeof(struct change));
    if (grown == NULL)
        return PQHW_NO_MEMORY;
    tx->changes = grown;
    tx->cap_changes = cap;
    return PQHW_OK;
}

/* Put `after` (taken also on failure) in the place of `before`; either may be NULL. */
static enum pqhw_status change(struct memory_tx *tx, struct row *before, struct row *after)
{
    enum pqhw_status status = PQHW_OK;
    struct rows *rows = &store_of(&tx->base)->rows;

    REQUIRE(tx->write, PQHW_INTERNAL);
    TRY(tx->failure);
    TRY(reserve_change(tx));
    TRY(rows_reserve(rows));
    if (before != NULL)
        rows_remove(rows, before);
    if (after != NULL)
        rows_add(rows, after);
    tx->changes[tx->num_changes++] = (struct change){before, after};
    after = NULL;
out:
    if (status != PQHW_OK)
        tx->failure = status;
    free(after);
    return status;
}

static enum pqhw_status get(struct store_tx *tx, struct row_key key, struct buf *blob)
{
    const struct row *row = rows_get(&store_of(tx)->rows, key);

    if (row == NULL)
        return PQHW_NOT_FOUND;
    buf_put(blob, row->blob.ptr, row->blob.len);
    return buf_status(blob);
}

static enum pqhw_status put(struct store_tx *tx, struct row_key key,
                            const struct store_index *index, struct span blob)
{
    if (blob.len > STORE_BLOB_MAX)
        return PQHW_LIMIT_EXCEEDED;
    struct row *row = row_new(key, index, blob);
    if (row == NULL)
        return PQHW_NO_MEMORY;
    return change((struct memory_tx *)tx, rows_get(&store_of(tx)->rows, key), row);
}

static const struct store_index no_index = {0};

static enum pqhw_status memory_device_get(struct store_tx *tx, struct buf *blob)
{
    return get(tx, (struct row_key){.kind = ROW_DEVICE}, blob);
}

static enum pqhw_status memory_device_put(struct store_tx *tx, struct span blob)
{
    return put(tx, (struct row_key){.kind = ROW_DEVICE}, &no_index, blob);
}

static enum pqhw_status memory_partition_list(struct store_tx *tx, uint32_t *out, size_t max,
                                              size_t *num)
{
    const struct rows *rows = &store_of(tx)->rows;
    const struct row_array *array = &rows->arrays[ROW_BY_KEY];
    const struct row first = {.key = {.kind = ROW_PARTITION}};
    size_t found = 0;

    for (size_t at = rows_lower_bound(rows, ROW_BY_KEY, &first);
         at < array->num && array->rows[at]->key.kind == ROW_PARTITION; at++) {
        if (found < max)
            out[found] = array->rows[at]->key.partition;
        found++;
    }
    *num = found;
    return PQHW_OK;
}

static struct row_key partition_key(uint32_t partition)
{
    return (struct row_key){.kind = ROW_PARTITION, .partition = partition};
}

static enum pqhw_status memory_partition_get(struct store_tx *tx, uint32_t partition,
                                             struct buf *blob)
{
    return get(tx, partition_key(partition), blob);
}

static enum pqhw_status memory_partition_put(struct store_tx *tx, uint32_t partition,
                                             struct span blob)
{
    return put(tx, partition_key(partition), &no_index, blob);
}

static enum pqhw_status clear_kind(struct store_tx *tx, enum row_kind kind, uint32_t partition)
{
    const struct rows *rows = &store_of(tx)->rows;
    const struct row_array *array = &rows->arrays[ROW_BY_KEY];
    const struct row first = {.key = {.kind = kind, .partition = partition}};
    size_t at = rows_lower_bound(rows, ROW_BY_KEY, &first);
    enum pqhw_status status = PQHW_OK;

    while (status == PQHW_OK && at < array->num && array->rows[at]->key.kind == kind &&
           array->rows[at]->key.partition == partition)
        status = change((struct memory_tx *)tx, array->rows[at], NULL);
    return status;
}

static enum pqhw_status memory_partition_clear(struct store_tx *tx, uint32_t partition)
{
    enum pqhw_status status = clear_kind(tx, ROW_OBJECT, partition);

    return status != PQHW_OK ? status : clear_kind(tx, ROW_NODE, partition);
}

static enum pqhw_status memory_partition_delete(struct store_tx *tx, uint32_t partition)
{
    enum pqhw_status status = memory_partition_clear(tx, partition);

    return status != PQHW_OK ? status : clear_kind(tx, ROW_PARTITION, partition);
}

static struct row_key object_key(uint32_t partition, uint32_t number)
{
    return (struct row_key){.kind = ROW_OBJECT, .partition = partition, .minor = number};
}

static enum pqhw_status memory_object_get(struct store_tx *tx, uint32_t partition, uint32_t number,
                                          struct store_record *out)
{
    const struct row *row = rows_get(&store_of(tx)->rows, object_key(partition, number));

    if (row == NULL)
        return PQHW_NOT_FOUND;
    struct store_record record = {
        .partition = partition, .number = number, .index = row->index, .blob = row->blob};
    enum pqhw_status status = store_record_own(&record);
    if (status == PQHW_OK)
        *out = record;
    return status;
}

static struct store_index cut_index(const struct store_index *index)
{
    struct store_index cut = *index;

    cut.id = store_index_text(index->id);
    cut.label = store_index_text(index->label);
    cut.unique_id = store_index_text(index->unique_id);
    return cut;
}

static enum pqhw_status memory_object_put(struct store_tx *tx, const struct store_record *record)
{
    const struct store_index index = cut_index(&record->index);

    if (!store_number_valid(record->number))
        return PQHW_ARGUMENTS_BAD;
    return put(tx, object_key(record->partition, record->number), &index, record->blob);
}

static enum pqhw_status memory_object_delete(struct store_tx *tx, uint32_t partition,
                                             uint32_t number)
{
    struct row *row = rows_get(&store_of(tx)->rows, object_key(partition, number));

    return row == NULL ? PQHW_NOT_FOUND : change((struct memory_tx *)tx, row, NULL);
}

/* The STORE_BY_ bit that belongs to an order. */
static const unsigned bit_of_order[NUM_ROW_ORDERS] = {
    [ROW_BY_UNIQUE_ID] = STORE_BY_UNIQUE_ID, [ROW_BY_ID] = STORE_BY_ID,
    [ROW_BY_LABEL] = STORE_BY_LABEL,         [ROW_BY_KEY_TYPE] = STORE_BY_KEY_TYPE,
    [ROW_BY_CLASS] = STORE_BY_CLASS,
};

/* The order to walk: by the most telling field of the query, or by number if it has none. */
static enum row_order order_of_query(unsigned by)
{
    for (size_t order = ROW_BY_UNIQUE_ID; order < NUM_ROW_ORDERS; order++) {
        if ((by & bit_of_order[order]) != 0)
            return (enum row_order)order;
    }
    return ROW_BY_KEY;
}

static bool matches(const struct row *row, struct row *wanted, unsigned by)
{
    wanted->key = row->key; /* so that the fields alone are compared */
    for (size_t order = ROW_BY_UNIQUE_ID; order < NUM_ROW_ORDERS; order++) {
        if ((by & bit_of_order[order]) != 0 && row_compare((enum row_order)order, row, wanted) != 0)
            return false;
    }
    return true;
}

static enum pqhw_status memory_object_find(struct store_tx *tx, uint32_t partition,
                                           const struct store_query *query, uint32_t *out,
                                           size_t max, size_t *num)
{
    if (query->after > STORE_NUMBER_MAX)
        return PQHW_ARGUMENTS_BAD;
    const struct rows *rows = &store_of(tx)->rows;
    enum row_order order = order_of_query(query->by);
    const struct row_array *array = &rows->arrays[order];
    struct row wanted = {.key = object_key(partition, query->after + 1),
                         .index = cut_index(&query->index)};
    size_t found = 0;

    for (size_t at = rows_lower_bound(rows, order, &wanted); at < array->num && found < max; at++) {
        const struct row *row = array->rows[at];
        if (row->key.kind != ROW_OBJECT || row->key.partition != partition ||
            !matches(row, &wanted, query->by & bit_of_order[order]))
            break;
        if (matches(row, &wanted, query->by))
            out[found++] = row->key.minor;
    }
    *num = found;
    return PQHW_OK;
}

static struct row_key node_key(uint32_t partition, uint32_t level, uint32_t index)
{
    return (struct row_key){ROW_NODE, partition, level, index};
}

static enum pqhw_status memory_node_get(struct store_tx *tx, uint32_t partition, uint32_t level,
                                        uint32_t index, struct buf *blob)
{
    return get(tx, node_key(partition, level, index), blob);
}

static enum pqhw_status memory_node_put(struct store_tx *tx, uint32_t partition, uint32_t level,
                                        uint32_t index, struct span blob)
{
    return put(tx, node_key(partition, level, index), &no_index, blob);
}

const struct store_ops store_memory = {
    .name = "memory",
    .open = memory_open,
    .close = memory_close,
    .generation = memory_generation,
    .begin = memory_begin,
    .commit = memory_commit,
    .rollback = memory_rollback,
    .device_get = memory_device_get,
    .device_put = memory_device_put,
    .partition_list = memory_partition_list,
    .partition_get = memory_partition_get,
    .partition_put = memory_partition_put,
    .partition_delete = memory_partition_delete,
    .partition_clear = memory_partition_clear,
    .object_get = memory_object_get,
    .object_put = memory_object_put,
    .object_delete = memory_object_delete,
    .object_find = memory_object_find,
    .node_get = memory_node_get,
    .node_put = memory_node_put,
};
