/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite/rows.h"

#include "store/sqlite/objects.h"
#include "store/sqlite/query.h"

/* Run a query for one blob, and end it. */
static enum pqhw_status get_blob(struct query *query, struct buf *blob)
{
    enum pqhw_status status = PQHW_OK;
    struct span found;

    TRY(query_step_one(query));
    TRY(query_span(query, 0, STORE_BLOB_MAX, &found));
    buf_put(blob, found.ptr, found.len);
    TRY(buf_status(blob));
out:
    query_end(query);
    return status;
}

/* Bind the blob last, make the change, and end the query. */
static enum pqhw_status put_blob(struct query *query, struct span blob)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(blob.len <= STORE_BLOB_MAX, PQHW_LIMIT_EXCEEDED);
    query_bind_span(query, blob);
    TRY(query_change(query, NULL));
out:
    query_end(query);
    return status;
}

static enum pqhw_status change(struct query *query)
{
    enum pqhw_status status = query_change(query, NULL);

    query_end(query);
    return status;
}

enum pqhw_status rows_device_get(struct store_tx *tx, struct buf *blob)
{
    struct query query = query_start(tx, STATEMENT_DEVICE_GET);

    return get_blob(&query, blob);
}

enum pqhw_status rows_device_put(struct store_tx *tx, struct span blob)
{
    struct query query = query_start(tx, STATEMENT_DEVICE_PUT);

    return put_blob(&query, blob);
}

enum pqhw_status rows_partition_list(struct store_tx *tx, uint32_t *out, size_t max, size_t *num)
{
    enum pqhw_status status = PQHW_OK;
    struct query query = query_start(tx, STATEMENT_PARTITION_LIST);
    size_t found = 0;
    bool row = false;

    for (;;) {
        uint64_t partition = 0;
        TRY(query_step(&query, &row));
        if (!row)
            break;
        TRY(query_number(&query, 0, &partition));
        if (found < max)
            out[found] = (uint32_t)partition;
        found++;
    }
    *num = found;
out:
    query_end(&query);
    return status;
}

enum pqhw_status rows_partition_get(struct store_tx *tx, uint32_t partition, struct buf *blob)
{
    struct query query = query_start(tx, STATEMENT_PARTITION_GET);

    query_bind_number(&query, partition);
    return get_blob(&query, blob);
}

enum pqhw_status rows_partition_put(struct store_tx *tx, uint32_t partition, struct span blob)
{
    struct query query = query_start(tx, STATEMENT_PARTITION_PUT);

    query_bind_number(&query, partition);
    return put_blob(&query, blob);
}

enum pqhw_status rows_partition_delete(struct store_tx *tx, uint32_t partition)
{
    enum pqhw_status status = rows_partition_clear(tx, partition);

    if (status != PQHW_OK)
        return status;
    struct query query = query_start(tx, STATEMENT_PARTITION_DELETE);
    query_bind_number(&query, partition);
    return change(&query);
}

enum pqhw_status rows_partition_clear(struct store_tx *tx, uint32_t partition)
{
    struct query query = query_start(tx, STATEMENT_CLEAR_OBJECTS);

    query_bind_number(&query, object_id(partition, 0));
    query_bind_number(&query, object_id_last(partition));
    enum pqhw_status status = change(&query);
    if (status != PQHW_OK)
        return status;
    query = query_start(tx, STATEMENT_CLEAR_NODES);
    query_bind_number(&query, partition);
    return change(&query);
}

static struct query start_node(struct store_tx *tx, enum statement which, uint32_t partition,
                               uint32_t level, uint32_t index)
{
    struct query query = query_start(tx, which);

    query_bind_number(&query, partition);
    query_bind_number(&query, level);
    query_bind_number(&query, index);
    return query;
}

enum pqhw_status rows_node_get(struct store_tx *tx, uint32_t partition, uint32_t level,
                               uint32_t index, struct buf *blob)
{
    struct query query = start_node(tx, STATEMENT_NODE_GET, partition, level, index);

    return get_blob(&query, blob);
}

enum pqhw_status rows_node_put(struct store_tx *tx, uint32_t partition, uint32_t level,
                               uint32_t index, struct span blob)
{
    struct query query = start_node(tx, STATEMENT_NODE_PUT, partition, level, index);

    return put_blob(&query, blob);
}
