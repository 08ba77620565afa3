/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/sqlite/fork.h"
#include "store/sqlite/objects.h"
#include "store/sqlite/pool.h"
#include "store/sqlite/query.h"
#include "store/sqlite/rows.h"
#include "store/sqlite/schema.h"

static enum pqhw_status status_of_errno(int error)
{
    return error == ENOENT ? PQHW_DEVICE_ABSENT : connection_errno_status(error);
}

/* The database's path. The directory's is resolved first, as SQLite is then told to follow no
 * symbolic link anywhere. */
static enum pqhw_status make_path(char **out, const char *directory)
{
    char *resolved = realpath(directory, NULL);

    if (resolved == NULL)
        return status_of_errno(errno);
    int len = asprintf(out, "%s/%s", resolved, STORE_SQLITE_FILE);
    free(resolved);
    return len < 0 ? PQHW_NO_MEMORY : PQHW_OK;
}

/*
 * See to it that the file is there, empty if it is new, with mode 0600. mknod makes it without
 * opening it: closing a descriptor of the database would drop the locks that other
 * connections of this process hold on it.
 */
static enum pqhw_status make_file(const char *file, bool create)
{
    struct stat info;

    if (create && mknod(file, S_IFREG | S_IRUSR | S_IWUSR, 0) != 0 && errno != EEXIST)
        return status_of_errno(errno);
    if (lstat(file, &info) != 0)
        return status_of_errno(errno);
    return S_ISREG(info.st_mode) ? PQHW_OK : PQHW_ACCESS_DENIED;
}

static enum pqhw_status open_guarded(struct sqlite_store *store, const char *path, bool create)
{
    enum pqhw_status status = PQHW_OK;
    char *file = NULL;
    struct connection *connection = NULL;

    TRY(make_path(&file, path));
    TRY(make_file(file, create));
    TRY(connection_open(&connection, file));
    TRY(schema_open(connection, create));
    TRY(watch_init(&store->watch, connection));
    connection = NULL;
    status = pool_init(store, file);
    if (status != PQHW_OK) {
        watch_free(&store->watch);
        goto out;
    }
    file = NULL;
    fork_guard_add(store);
out:
    connection_close(connection);
    free(file);
    return status;
}

static enum pqhw_status sqlite_store_open(struct store **out, const char *path, bool create)
{
    struct sqlite_store *store = calloc(1, sizeof(*store));

    if (store == NULL)
        return PQHW_NO_MEMORY;
    store->base.ops = &store_sqlite;
    enum pqhw_status status = fork_guard_enter();
    if (status == PQHW_OK)
        status = open_guarded(store, path, create);
    fork_guard_leave();
    if (status == PQHW_OK)
        *out = &store->base;
    else
        free(store);
    return status;
}

static void sqlite_store_close(struct store *base)
{
    struct sqlite_store *store = (struct sqlite_store *)base;

    if (store == NULL)
        return;
    enum pqhw_status status = fork_guard_enter();
    (void)status; /* what was inherited does not keep a store from closing */
    if (fork_guard_remove(store)) {
        pool_free(store);
        watch_free(&store->watch);
        free(store);
    }
    fork_guard_leave();
}

static enum pqhw_status sqlite_store_generation(struct store *base, uint64_t *out)
{
    return watch_generation(&((struct sqlite_store *)base)->watch, out);
}

static enum pqhw_status sqlite_store_begin(struct store *base, struct store_tx **out, bool write)
{
    enum pqhw_status status = PQHW_OK;
    struct sqlite_store *store = (struct sqlite_store *)base;
    struct connection *connection = NULL;
    struct sqlite_tx *tx = calloc(1, sizeof(*tx));

    REQUIRE(tx != NULL, PQHW_NO_MEMORY);
    TRY(pool_take(store, write, &connection));
    TRY(connection_run(connection, write ? STATEMENT_BEGIN_WRITE : STATEMENT_BEGIN_READ));
    *tx = (struct sqlite_tx){.base = {base}, .connection = connection, .write = write};
    connection = NULL;
    *out = &tx->base;
    tx = NULL;
out:
    if (connection != NULL)
        pool_give(store, write, connection);
    free(tx);
    return status;
}

static void end(struct sqlite_tx *tx)
{
    pool_give((struct sqlite_store *)tx->base.store, tx->write, tx->connection);
    free(tx);
}

static void undo(struct sqlite_tx *tx)
{
    if (sqlite3_get_autocommit(tx->connection->db) != 0)
        return;
    enum pqhw_status status = connection_run(tx->connection, STATEMENT_ROLLBACK);
    (void)status; /* pool_give closes a connection that is still in a transaction */
}

static enum pqhw_status sqlite_store_commit(struct store_tx *base)
{
    struct sqlite_tx *tx = (struct sqlite_tx *)base;
    enum pqhw_status status = tx->failure;

    if (status == PQHW_OK)
        status = connection_run(tx->connection, STATEMENT_COMMIT);
    if (status != PQHW_OK)
        undo(tx);
    end(tx);
    return status;
}

static void sqlite_store_rollback(struct store_tx *base)
{
    struct sqlite_tx *tx = (struct sqlite_tx *)base;

    undo(tx);
    end(tx);
}

const struct store_ops store_sqlite = {
    .name = "sqlite",
    .handle_forks = fork_guard_register,
    .open = sqlite_store_open,
    .close = sqlite_store_close,
    .generation = sqlite_store_generation,
    .begin = sqlite_store_begin,
    .commit = sqlite_store_commit,
    .rollback = sqlite_store_rollback,
    .device_get = rows_device_get,
    .device_put = rows_device_put,
    .partition_list = rows_partition_list,
    .partition_get = rows_partition_get,
    .partition_put = rows_partition_put,
    .partition_delete = rows_partition_delete,
    .partition_clear = rows_partition_clear,
    .object_get = objects_get,
    .object_put = objects_put,
    .object_delete = objects_delete,
    .object_find = objects_find,
    .node_get = rows_node_get,
    .node_put = rows_node_put,
};
