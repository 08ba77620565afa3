/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite/schema.h"

#include <stddef.h>
#include <string.h>

#define TEXT(macro)  TEXT_(macro)
#define TEXT_(macro) #macro

/*
 * An object's id is its partition and its number in one: partition << 28 | number. Every index of a
 * table with row ids ends in the row id, so that "label = x and id in a partition after a number"
 * is one range of objects_label, in order. The blob is the last column: comparing the others does
 * not read it.
 */
static const char *const tables[] = {
    "CREATE TABLE device(id INTEGER PRIMARY KEY, blob BLOB NOT NULL)",
    "CREATE TABLE partitions(partition INTEGER PRIMARY KEY, blob BLOB NOT NULL)",
    "CREATE TABLE objects(id INTEGER PRIMARY KEY, class INTEGER NOT NULL,"
    " key_type INTEGER NOT NULL, ckid BLOB NOT NULL, label BLOB NOT NULL,"
    " unique_id BLOB NOT NULL, blob BLOB NOT NULL)",
    "CREATE INDEX objects_class ON objects(class)",
    "CREATE INDEX objects_key_type ON objects(key_type)",
    "CREATE INDEX objects_ckid ON objects(ckid)",
    "CREATE INDEX objects_label ON objects(label)",
    "CREATE INDEX objects_unique_id ON objects(unique_id)",
    "CREATE TABLE nodes(partition INTEGER, level INTEGER, idx INTEGER, blob BLOB NOT NULL,"
    " PRIMARY KEY(partition, level, idx)) WITHOUT ROWID",
    "PRAGMA application_id=" TEXT(SCHEMA_APPLICATION_ID),
    "PRAGMA user_version=" TEXT(SCHEMA_VERSION),
};

/* In a transaction. PQHW_DEVICE_ABSENT for an empty database. */
static enum pqhw_status check(struct connection *connection)
{
    enum pqhw_status status = PQHW_OK;
    int64_t id = 0;
    int64_t version = 0;
    int64_t num_tables = 0;

    TRY(connection_exec(connection, "PRAGMA application_id", &id, NULL));
    TRY(connection_exec(connection, "PRAGMA user_version", &version, NULL));
    TRY(connection_exec(connection, "SELECT count(*) FROM sqlite_schema", &num_tables, NULL));
    REQUIRE(id != 0 || version != 0 || num_tables != 0, PQHW_DEVICE_ABSENT);
    REQUIRE(id == SCHEMA_APPLICATION_ID && version >= 1, PQHW_RECORD_DAMAGED);
    REQUIRE(version <= SCHEMA_VERSION, PQHW_VERSION_UNKNOWN);
out:
    return status;
}

static void roll_back(struct connection *connection)
{
    if (sqlite3_get_autocommit(connection->db) == 0) {
        enum pqhw_status ignored = connection_run(connection, STATEMENT_ROLLBACK);
        (void)ignored; /* what failed before is what the caller wants to know */
    }
}

/* In one transaction: another process may be making the tables between two looks. */
static enum pqhw_status check_alone(struct connection *connection)
{
    enum pqhw_status status = PQHW_OK;

    TRY(connection_run(connection, STATEMENT_BEGIN_READ));
    status = check(connection);
    roll_back(connection);
out:
    return status;
}

/* The mode is kept in the file; setting it again does nothing. */
static enum pqhw_status set_wal_mode(struct connection *connection)
{
    enum pqhw_status status = PQHW_OK;
    char mode[8] = "";

    TRY(connection_exec(connection, "PRAGMA journal_mode=WAL", NULL, mode));
    REQUIRE(strcmp(mode, "wal") == 0, PQHW_DEVICE_ERROR);
out:
    return status;
}

static enum pqhw_status create_tables(struct connection *connection)
{
    enum pqhw_status status = PQHW_OK;

    TRY(connection_run(connection, STATEMENT_BEGIN_WRITE));
    status = check(connection); /* again: another process may have been faster */
    if (status == PQHW_DEVICE_ABSENT) {
        for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
            TRY(connection_exec(connection, tables[i], NULL, NULL));
        TRY(connection_run(connection, STATEMENT_COMMIT));
    }
out:
    roll_back(connection);
    return status;
}

enum pqhw_status schema_open(struct connection *connection, bool create)
{
    enum pqhw_status status = check_alone(connection);
    bool empty = status == PQHW_DEVICE_ABSENT && create;

    if (!empty)
        TRY(status);
    TRY(set_wal_mode(connection));
    if (empty)
        TRY(create_tables(connection));
out:
    return status;
}
