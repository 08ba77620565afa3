/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection to the database, with its prepared statements. Used by one thread at a time.
 */
#ifndef STORE_SQLITE_CONNECTION_H
#define STORE_SQLITE_CONNECTION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Each is prepared once per connection, when it is first needed. */
enum statement {
    STATEMENT_BEGIN_READ,
    STATEMENT_BEGIN_WRITE,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_DATA_VERSION,
    STATEMENT_DEVICE_GET,
    STATEMENT_DEVICE_PUT,
    STATEMENT_PARTITION_LIST,
    STATEMENT_PARTITION_GET,
    STATEMENT_PARTITION_PUT,
    STATEMENT_PARTITION_DELETE,
    STATEMENT_CLEAR_OBJECTS,
    STATEMENT_CLEAR_NODES,
    STATEMENT_OBJECT_GET,
    STATEMENT_OBJECT_PUT,
    STATEMENT_OBJECT_DELETE,
    STATEMENT_NODE_GET,
    STATEMENT_NODE_PUT,
    STATEMENT_FIND, /* the first of 32: one for each combination of STORE_BY_ bits */
    NUM_STATEMENTS = STATEMENT_FIND + 32,
};

struct connection {
    struct connection *next; /* in the pool's list of idle ones */
    sqlite3 *db;
    uint64_t busy_until_ns;
    sqlite3_stmt *statements[NUM_STATEMENTS];
};

/* Open the database file, which is there. Nothing is read from it yet. */
NODISCARD enum pqhw_status connection_open(struct connection **out, const char *file);
void connection_close(struct connection *connection);

/* The status for one of SQLite's result codes, which the connection has just given. */
enum pqhw_status connection_status(const struct connection *connection, int code);

/* The status for what a system call about the database's files said; PQHW_DEVICE_ERROR for what is
 * not known. */
enum pqhw_status connection_errno_status(int error);

/* Borrow a prepared statement; sqlite3_reset it after use. Gives SQLite's result code. */
int connection_statement(struct connection *connection, enum statement which, sqlite3_stmt **out);

/* Run a statement that gives no rows, waiting for other connections for at most 30 seconds. */
NODISCARD enum pqhw_status connection_run(struct connection *connection, enum statement which);

/* The same for SQL that is used once. *number (if not NULL) gets the first column of the first
 * row, 0 if there is none; *text (if not NULL, of 8 bytes) likewise, cut. */
NODISCARD enum pqhw_status connection_exec(struct connection *connection, const char *sql,
                                           int64_t *number, char text[8]);

#endif
