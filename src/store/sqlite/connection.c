/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "store/limits.h"
#include "store/sqlite/objects.h"

#define NS_PER_MS     1000000L
#define BUSY_SLEEP_MS 10 /* longest sleep between two attempts: about the time of one fsync */

static const struct {
    int code; /* an extended one, or one that stands for all of its kind */
    enum pqhw_status status;
} statuses[] = {
    {SQLITE_BUSY, PQHW_BUSY},
    {SQLITE_LOCKED, PQHW_BUSY},
    {SQLITE_FULL, PQHW_DISK_FULL},
    {SQLITE_IOERR_SHMSIZE, PQHW_DISK_FULL}, /* growing a file is all that failed */
    {SQLITE_READONLY, PQHW_ACCESS_DENIED},
    {SQLITE_CANTOPEN, PQHW_ACCESS_DENIED},
    {SQLITE_PERM, PQHW_ACCESS_DENIED},
    {SQLITE_AUTH, PQHW_ACCESS_DENIED},
    {SQLITE_CORRUPT, PQHW_RECORD_DAMAGED},
    {SQLITE_NOTADB, PQHW_RECORD_DAMAGED},
    {SQLITE_TOOBIG, PQHW_RECORD_DAMAGED},
    /* All SQL is fixed, so it can only be wrong where the tables are not as this store made them.
     */
    {SQLITE_ERROR, PQHW_RECORD_DAMAGED},
    {SQLITE_NOMEM, PQHW_NO_MEMORY},
    {SQLITE_IOERR_NOMEM, PQHW_NO_MEMORY},
};

/* For other SQLITE_IOERR and SQLITE_CANTOPEN, and where no SQLite is involved, what the system
 * said. */
static const struct {
    int error;
    enum pqhw_status status;
} io_statuses[] = {
    {ENOSPC, PQHW_DISK_FULL},    {EDQUOT, PQHW_DISK_FULL},     {EFBIG, PQHW_DISK_FULL},
    {ENOMEM, PQHW_NO_MEMORY},    {EACCES, PQHW_ACCESS_DENIED}, {EPERM, PQHW_ACCESS_DENIED},
    {EROFS, PQHW_ACCESS_DENIED}, {ELOOP, PQHW_ACCESS_DENIED},  {ENOTDIR, PQHW_ACCESS_DENIED},
};

static enum pqhw_status code_status(int code)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].code == code)
            return statuses[i].status;
    }
    return PQHW_DEVICE_ERROR;
}

enum pqhw_status connection_errno_status(int error)
{
    for (size_t i = 0; i < sizeof(io_statuses) / sizeof(io_statuses[0]); i++) {
        if (io_statuses[i].error == error)
            return io_statuses[i].status;
    }
    return PQHW_DEVICE_ERROR;
}

/* The errno of the last failure on one of the connection's files, 0 if there is none. */
static int file_errno(const struct connection *connection, int which_file)
{
    sqlite3_file *file = NULL;
    int error = 0;

    sqlite3_file_control(connection->db, "main", which_file, &file);
    if (file != NULL && file->pMethods != NULL)
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

/* sqlite3_system_errno alone will not do: later calls that succeed clear it. */
static int last_errno(const struct connection *connection)
{
    int error = sqlite3_system_errno(connection->db);

    if (error == 0)
        error = file_errno(connection, SQLITE_FCNTL_JOURNAL_POINTER); /* the WAL */
    return error != 0 ? error : file_errno(connection, SQLITE_FCNTL_FILE_POINTER);
}

enum pqhw_status connection_status(const struct connection *connection, int code)
{
    int kind = code & 0xff;

    if (kind == SQLITE_OK || kind == SQLITE_ROW || kind == SQLITE_DONE)
        return PQHW_OK;
    enum pqhw_status status = code_status(code);
    if (status == PQHW_DEVICE_ERROR)
        status = code_status(kind);
    if (kind == SQLITE_IOERR && status == PQHW_DEVICE_ERROR)
        status = connection_errno_status(last_errno(connection));
    if (kind == SQLITE_CANTOPEN &&
        connection_errno_status(last_errno(connection)) != PQHW_DEVICE_ERROR)
        status = connection_errno_status(last_errno(connection));
    return status;
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * NS_PER_MS}, NULL);
}

static uint64_t wait_deadline_ns(void)
{
    return clock_monotonic_ns() + STORE_WAIT_SECONDS * UINT64_C(1000000000);
}

/* SQLite asks whether to try again for a lock, for the count'th time. */
static int on_busy(void *arg, int count)
{
    struct connection *connection = arg;

    if (count == 0)
        connection->busy_until_ns = wait_deadline_ns();
    else if (clock_monotonic_ns() > connection->busy_until_ns)
        return 0;
    sleep_ms(count < BUSY_SLEEP_MS ? count + 1 : BUSY_SLEEP_MS);
    return 1;
}

/* Set what keeps a database that somebody else prepared from acting on us. */
static int harden(sqlite3 *db)
{
    static const struct {
        int option;
        int value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 0},
    };
    int code = sqlite3_extended_result_codes(db, 1);

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && code == SQLITE_OK; i++)
        code = sqlite3_db_config(db, options[i].option, options[i].value, NULL);
    /* A row is a blob and three short texts: anything longer is refused before it is read. */
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, STORE_BLOB_MAX + 4 * STORE_INDEX_TEXT_MAX);
    return code;
}

enum pqhw_status connection_open(struct connection **out, const char *file)
{
    static const char *const pragmas[] = {
        "PRAGMA synchronous=FULL",  "PRAGMA cell_size_check=ON", "PRAGMA secure_delete=ON",
        "PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-32768", /* KiB: the indexes of a hundred
                                                                   thousand objects */
    };
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                      SQLITE_OPEN_PRIVATECACHE;
    enum pqhw_status status = PQHW_OK;
    struct connection *connection = calloc(1, sizeof(*connection));

    REQUIRE(connection != NULL, PQHW_NO_MEMORY);
    REQUIRE(sqlite3_threadsafe() != 0, PQHW_DEVICE_ERROR);
    int code = sqlite3_open_v2(file, &connection->db, flags, NULL);
    REQUIRE(connection->db != NULL, PQHW_NO_MEMORY);
    TRY(connection_status(connection, code));
    TRY(connection_status(connection, harden(connection->db)));
    sqlite3_busy_handler(connection->db, on_busy, connection);
    /* SQLite falls back to reading only where writing is forbidden; a device is no use then. */
    REQUIRE(sqlite3_db_readonly(connection->db, "main") == 0, PQHW_ACCESS_DENIED);
    for (size_t i = 0; i < sizeof(pragmas) / sizeof(pragmas[0]); i++)
        TRY(connection_exec(connection, pragmas[i], NULL, NULL));
    *out = connection;
    connection = NULL;
out:
    connection_close(connection);
    return status;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    for (size_t i = 0; i < NUM_STATEMENTS; i++)
        sqlite3_finalize(connection->statements[i]);
    sqlite3_close_v2(connection->db);
    free(connection);
}

static const char *const statement_texts[STATEMENT_FIND] = {
    [STATEMENT_BEGIN_READ] = "BEGIN",
    [STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_DATA_VERSION] = "PRAGMA data_version",
    [STATEMENT_DEVICE_GET] = "SELECT blob FROM device WHERE id=0",
    [STATEMENT_DEVICE_PUT] = "INSERT OR REPLACE INTO device(id,blob) VALUES(0,?)",
    [STATEMENT_PARTITION_LIST] = "SELECT partition FROM partitions "
                                 "WHERE partition BETWEEN 0 AND 4294967295 ORDER BY partition",
    [STATEMENT_PARTITION_GET] = "SELECT blob FROM partitions WHERE partition=?",
    [STATEMENT_PARTITION_PUT] = "INSERT OR REPLACE INTO partitions(partition,blob) VALUES(?,?)",
    [STATEMENT_PARTITION_DELETE] = "DELETE FROM partitions WHERE partition=?",
    [STATEMENT_CLEAR_OBJECTS] = "DELETE FROM objects WHERE id>? AND id<=?",
    [STATEMENT_CLEAR_NODES] = "DELETE FROM nodes WHERE partition=?",
    [STATEMENT_OBJECT_GET] = "SELECT class,key_type,ckid,label,unique_id,blob "
                             "FROM objects WHERE id=?",
    [STATEMENT_OBJECT_PUT] = "INSERT OR REPLACE INTO "
                             "objects(id,class,key_type,ckid,label,unique_id,blob) "
                             "VALUES(?,?,?,?,?,?,?)",
    [STATEMENT_OBJECT_DELETE] = "DELETE FROM objects WHERE id=?",
    [STATEMENT_NODE_GET] = "SELECT blob FROM nodes WHERE partition=? AND level=? AND idx=?",
    [STATEMENT_NODE_PUT] = "INSERT OR REPLACE INTO nodes(partition,level,idx,blob) "
                           "VALUES(?,?,?,?)",
};

int connection_statement(struct connection *connection, enum statement which, sqlite3_stmt **out)
{
    sqlite3_stmt **slot = &connection->statements[which];
    char find[FIND_SQL_MAX];
    int code = SQLITE_OK;

    if (*slot == NULL) {
        const char *text = find;
        if (which < STATEMENT_FIND)
            text = statement_texts[which];
        else
            find_sql(find, which - STATEMENT_FIND);
        code = sqlite3_prepare_v3(connection->db, text, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
    }
    *out = *slot;
    return code;
}

/* SQLite gives SQLITE_BUSY without asking on_busy where waiting might be a deadlock; it is none
 * here, as nothing is held yet. */
static int step_waiting(sqlite3_stmt *statement)
{
    uint64_t deadline = wait_deadline_ns();

    for (;;) {
        int code = sqlite3_step(statement);
        if ((code & 0xff) != SQLITE_BUSY || clock_monotonic_ns() > deadline)
            return code;
        sqlite3_reset(statement);
        sleep_ms(1);
    }
}

enum pqhw_status connection_run(struct connection *connection, enum statement which)
{
    sqlite3_stmt *statement = NULL;
    int code = connection_statement(connection, which, &statement);

    if (code == SQLITE_OK)
        code = step_waiting(statement);
    enum pqhw_status status = connection_status(connection, code);
    sqlite3_reset(statement);
    return status;
}

enum pqhw_status connection_exec(struct connection *connection, const char *sql, int64_t *number,
                                 char text[8])
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL);

    if (number != NULL)
        *number = 0;
    if (code == SQLITE_OK)
        code = step_waiting(statement);
    if (code == SQLITE_ROW && number != NULL)
        *number = sqlite3_column_int64(statement, 0);
    if (code == SQLITE_ROW && text != NULL) {
        const unsigned char *column = sqlite3_column_text(statement, 0);
        snprintf(text, 8, "%s", column == NULL ? "" : (const char *)column);
    }
    enum pqhw_status status = connection_status(connection, code);
    sqlite3_finalize(statement);
    return status;
}
