/* SPDX-License-Identifier: Apache-2.0
 *
 * Running one statement inside a transaction: start, bind in order, step, read columns, end.
 * Failures stay in the query until the step tells.
 */
#ifndef STORE_SQLITE_QUERY_H
#define STORE_SQLITE_QUERY_H

#include "hsm/store.h"
#include "store/sqlite/connection.h"

struct sqlite_tx {
    struct store_tx base;
    struct connection *connection;
    bool write;
    /* Once a change failed, or SQLite gave up the whole transaction, this is its only answer. */
    enum pqhw_status failure;
};

struct query {
    struct sqlite_tx *tx;
    sqlite3_stmt *statement;
    int code;
    int num_bound;
};

struct query query_start(struct store_tx *tx, enum statement which);
void query_bind_number(struct query *query, uint64_t number);
/* The bytes are borrowed until query_end. */
void query_bind_span(struct query *query, struct span bytes);

/* *row: there is a row to read columns from. Not for changes. */
NODISCARD enum pqhw_status query_step(struct query *query, bool *row);
/* PQHW_NOT_FOUND if there is no row. */
NODISCARD enum pqhw_status query_step_one(struct query *query);
/* For changes; *num_changed may be NULL. */
NODISCARD enum pqhw_status query_change(struct query *query, int *num_changed);

/* A column of the row, PQHW_RECORD_DAMAGED if it is of another type or longer. Spans are valid
 * until the next step or query_end. */
NODISCARD enum pqhw_status query_number(const struct query *query, int column, uint64_t *out);
NODISCARD enum pqhw_status query_span(const struct query *query, int column, size_t max,
                                      struct span *out);
void query_end(struct query *query);

#endif
