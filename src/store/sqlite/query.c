/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite/query.h"

struct query query_start(struct store_tx *tx, enum statement which)
{
    struct query query = {.tx = (struct sqlite_tx *)tx};

    query.code = connection_statement(query.tx->connection, which, &query.statement);
    return query;
}

static void bound(struct query *query, int code)
{
    if (query->code == SQLITE_OK)
        query->code = code;
}

void query_bind_number(struct query *query, uint64_t number)
{
    bound(query, sqlite3_bind_int64(query->statement, ++query->num_bound, (sqlite3_int64)number));
}

void query_bind_span(struct query *query, struct span bytes)
{
    /* A NULL pointer would be bound as NULL, not as no bytes. */
    const void *ptr = bytes.len > 0 ? (const void *)bytes.ptr : "";

    bound(query,
          sqlite3_bind_blob64(query->statement, ++query->num_bound, ptr, bytes.len, SQLITE_STATIC));
}

static enum pqhw_status step(struct query *query, bool change)
{
    struct sqlite_tx *tx = query->tx;

    if (tx->failure != PQHW_OK)
        return tx->failure;
    if (query->code == SQLITE_OK)
        query->code = sqlite3_step(query->statement);
    enum pqhw_status status = connection_status(tx->connection, query->code);
    /* After some failures SQLite ends the transaction; what followed would be committed at once. */
    if (status != PQHW_OK && (change || sqlite3_get_autocommit(tx->connection->db) != 0))
        tx->failure = status;
    return status;
}

enum pqhw_status query_step(struct query *query, bool *row)
{
    if (query->code == SQLITE_ROW)
        query->code = SQLITE_OK;
    enum pqhw_status status = step(query, false);
    *row = query->code == SQLITE_ROW;
    return status;
}

enum pqhw_status query_step_one(struct query *query)
{
    bool row = false;
    enum pqhw_status status = query_step(query, &row);

    return status == PQHW_OK && !row ? PQHW_NOT_FOUND : status;
}

enum pqhw_status query_change(struct query *query, int *num_changed)
{
    if (!query->tx->write)
        return PQHW_INTERNAL;
    enum pqhw_status status = step(query, true);
    if (num_changed != NULL)
        *num_changed = status == PQHW_OK ? sqlite3_changes(query->tx->connection->db) : 0;
    return status;
}

enum pqhw_status query_number(const struct query *query, int column, uint64_t *out)
{
    if (sqlite3_column_type(query->statement, column) != SQLITE_INTEGER)
        return PQHW_RECORD_DAMAGED;
    *out = (uint64_t)sqlite3_column_int64(query->statement, column);
    return PQHW_OK;
}

enum pqhw_status query_span(const struct query *query, int column, size_t max, struct span *out)
{
    if (sqlite3_column_type(query->statement, column) != SQLITE_BLOB)
        return PQHW_RECORD_DAMAGED;
    const void *ptr = sqlite3_column_blob(query->statement, column);
    size_t len = (size_t)sqlite3_column_bytes(query->statement, column);
    if (len > max)
        return PQHW_RECORD_DAMAGED;
    if (ptr == NULL && len > 0)
        return PQHW_NO_MEMORY;
    *out = span(ptr, len);
    return PQHW_OK;
}

void query_end(struct query *query)
{
    /* An unfinished statement would keep its transaction open. NULL is allowed in both. */
    sqlite3_reset(query->statement);
    if (query->statement != NULL)
        sqlite3_clear_bindings(query->statement);
}
