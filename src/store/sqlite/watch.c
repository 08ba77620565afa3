/* SPDX-License-Identifier: Apache-2.0
 *
 * In WAL mode every commit rewrites the WAL-index header, which stands at the start of the shared
 * memory that all connections of all processes map (SQLite's "WAL-mode File Format", 2.1):
 *
 *   offset  8  change counter, one more at every commit
 *          24  checksum of the last frame of the WAL, 8 bytes
 *          32  salt of the WAL, 8 bytes
 *   in all 48 bytes, and at 48 a second copy of them, which a writer writes first
 *
 * A commit is visible to readers from the moment the two copies agree, so comparing the header
 * answers what `PRAGMA data_version` would, in some nanoseconds and without a lock. The mapping is
 * the connection's own, asked of its VFS: opening the file ourselves would be wrong, because
 * closing it would drop all of the process's POSIX locks on it. It stays as it is while the
 * connection is open: nobody may remove or re-make the shared memory under an open connection.
 *
 * The counter restarts at 0 when a process was killed in the middle of writing the header and
 * the next one recovers it; checksum and salt, folded into the lower half, differ then.
 */
#include "store/sqlite/watch.h"

#include <string.h>

#define HEADER_LEN     48
#define HEADER_WORDS   (HEADER_LEN / 8)
#define CHANGE_OFFSET  8
#define SUMS_OFFSET    24
#define NUM_SUMS       4     /* words of checksum and salt */
#define SHM_REGION_LEN 32768 /* what the shared memory is mapped in */

/* NULL if this VFS has no shared memory of the known kind. */
static const volatile uint64_t *map_header(sqlite3 *db)
{
    sqlite3_file *file = NULL;
    volatile void *region = NULL;
    int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);

    if (code != SQLITE_OK || file == NULL || file->pMethods == NULL ||
        file->pMethods->iVersion < 2 || file->pMethods->xShmMap == NULL)
        return NULL;
    code = file->pMethods->xShmMap(file, 0, SHM_REGION_LEN, 0, &region);
    return code == SQLITE_OK ? region : NULL;
}

enum pqhw_status watch_init(struct watch *watch, struct connection *connection)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(pthread_mutex_init(&watch->lock, NULL) == 0, PQHW_NO_MEMORY);
    watch->connection = connection;
    watch->header = map_header(connection->db);
    atomic_init(&watch->num_torn, 0);
out:
    return status;
}

void watch_free(struct watch *watch)
{
    connection_close(watch->connection);
    pthread_mutex_destroy(&watch->lock);
}

static void read_header(uint64_t out[HEADER_WORDS], const volatile uint64_t *header)
{
    for (size_t i = 0; i < HEADER_WORDS; i++)
        out[i] = header[i];
}

static uint64_t header_generation(const uint64_t words[HEADER_WORDS])
{
    const uint8_t *header = (const uint8_t *)words;
    uint32_t change;
    uint32_t sums[NUM_SUMS];

    memcpy(&change, header + CHANGE_OFFSET, sizeof(change));
    memcpy(sums, header + SUMS_OFFSET, sizeof(sums));
    return (uint64_t)change << 32 | (sums[0] ^ sums[1] ^ sums[2] ^ sums[3]);
}

static enum pqhw_status ask_sqlite(struct watch *watch, uint64_t *out)
{
    sqlite3_stmt *statement = NULL;

    pthread_mutex_lock(&watch->lock);
    int code = connection_statement(watch->connection, STATEMENT_DATA_VERSION, &statement);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *out = (uint64_t)sqlite3_column_int64(statement, 0);
    enum pqhw_status status = connection_status(watch->connection, code);
    sqlite3_reset(statement);
    pthread_mutex_unlock(&watch->lock);
    return status;
}

enum pqhw_status watch_generation(struct watch *watch, uint64_t *out)
{
    uint64_t first[HEADER_WORDS];
    uint64_t second[HEADER_WORDS];

    if (watch->header == NULL)
        return ask_sqlite(watch, out);
    /* Readers take the copies in the opposite order of the writer, as SQLite's own do. */
    read_header(first, watch->header);
    atomic_thread_fence(memory_order_seq_cst);
    read_header(second, watch->header + HEADER_WORDS);
    /* public: a file's header */
    if (memcmp(first, second, HEADER_LEN) == 0) {
        *out = header_generation(first);
    } else {
        /* Somebody is committing this moment (or died doing it, which the next transaction mends):
         * a number that is not given again, so that the next question shows a change. */
        *out = (uint64_t)UINT32_MAX << 32 | (uint32_t)atomic_fetch_add(&watch->num_torn, 1);
    }
    return PQHW_OK;
}
