/* SPDX-License-Identifier: Apache-2.0 */
#include "store_faulty.h"

static const struct store_ops *inner;
static unsigned num_calls;
static unsigned fail_at;
static enum pqhw_status failure;
static int num_open;

void faulty_wrap(const struct store_ops *ops)
{
    inner = ops;
    faulty_fail_at(0, PQHW_OK);
    num_open = 0;
}

void faulty_fail_at(unsigned n, enum pqhw_status status)
{
    num_calls = 0;
    fail_at = n;
    failure = status;
}

unsigned faulty_num_calls(void)
{
    return num_calls;
}

int faulty_num_open(void)
{
    return num_open;
}

static bool fails(void)
{
    return ++num_calls == fail_at;
}

/* The stores and transactions are the inner one's own: only the functions are ours. */
#define PASS(call) (fails() ? failure : inner->call)

static enum pqhw_status faulty_handle_forks(void)
{
    return inner->handle_forks();
}

static enum pqhw_status faulty_open(struct store **out, const char *path, bool create)
{
    return PASS(open(out, path, create));
}

static void faulty_close(struct store *store)
{
    inner->close(store);
}

static enum pqhw_status faulty_generation(struct store *store, uint64_t *out)
{
    return PASS(generation(store, out));
}

static enum pqhw_status faulty_begin(struct store *store, struct store_tx **out, bool write)
{
    enum pqhw_status status = PASS(begin(store, out, write));

    if (status == PQHW_OK)
        num_open++;
    return status;
}

static enum pqhw_status faulty_commit(struct store_tx *tx)
{
    num_open--;
    if (!fails())
        return inner->commit(tx);
    inner->rollback(tx);
    return failure;
}

static void faulty_rollback(struct store_tx *tx)
{
    num_open--;
    inner->rollback(tx);
}

static enum pqhw_status faulty_device_get(struct store_tx *tx, struct buf *blob)
{
    return PASS(device_get(tx, blob));
}

static enum pqhw_status faulty_device_put(struct store_tx *tx, struct span blob)
{
    return PASS(device_put(tx, blob));
}

static enum pqhw_status faulty_partition_list(struct store_tx *tx, uint32_t *out, size_t max,
                                              size_t *num)
{
    return PASS(partition_list(tx, out, max, num));
}

static enum pqhw_status faulty_partition_get(struct store_tx *tx, uint32_t partition,
                                             struct buf *blob)
{
    return PASS(partition_get(tx, partition, blob));
}

static enum pqhw_status faulty_partition_put(struct store_tx *tx, uint32_t partition,
                                             struct span blob)
{
    return PASS(partition_put(tx, partition, blob));
}

static enum pqhw_status faulty_partition_delete(struct store_tx *tx, uint32_t partition)
{
    return PASS(partition_delete(tx, partition));
}

static enum pqhw_status faulty_partition_clear(struct store_tx *tx, uint32_t partition)
{
    return PASS(partition_clear(tx, partition));
}

static enum pqhw_status faulty_object_get(struct store_tx *tx, uint32_t partition, uint32_t number,
                                          struct store_record *out)
{
    return PASS(object_get(tx, partition, number, out));
}

static enum pqhw_status faulty_object_put(struct store_tx *tx, const struct store_record *record)
{
    return PASS(object_put(tx, record));
}

static enum pqhw_status faulty_object_delete(struct store_tx *tx, uint32_t partition,
                                             uint32_t number)
{
    return PASS(object_delete(tx, partition, number));
}

static enum pqhw_status faulty_object_find(struct store_tx *tx, uint32_t partition,
                                           const struct store_query *query, uint32_t *out,
                                           size_t max, size_t *num)
{
    return PASS(object_find(tx, partition, query, out, max, num));
}

static enum pqhw_status faulty_node_get(struct store_tx *tx, uint32_t partition, uint32_t level,
                                        uint32_t index, struct buf *blob)
{
    return PASS(node_get(tx, partition, level, index, blob));
}

static enum pqhw_status faulty_node_put(struct store_tx *tx, uint32_t partition, uint32_t level,
                                        uint32_t index, struct span blob)
{
    return PASS(node_put(tx, partition, level, index, blob));
}

const struct store_ops store_faulty = {
    .name = "faulty",
    .handle_forks = faulty_handle_forks,
    .open = faulty_open,
    .close = faulty_close,
    .generation = faulty_generation,
    .begin = faulty_begin,
    .commit = faulty_commit,
    .rollback = faulty_rollback,
    .device_get = faulty_device_get,
    .device_put = faulty_device_put,
    .partition_list = faulty_partition_list,
    .partition_get = faulty_partition_get,
    .partition_put = faulty_partition_put,
    .partition_delete = faulty_partition_delete,
    .partition_clear = faulty_partition_clear,
    .object_get = faulty_object_get,
    .object_put = faulty_object_put,
    .object_delete = faulty_object_delete,
    .object_find = faulty_object_find,
    .node_get = faulty_node_get,
    .node_put = faulty_node_put,
};
