/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite/pool.h"

#include <stdlib.h>
#include <time.h>

#include "store/limits.h"

/* A condition whose timed waits do not depend on the wall clock. */
static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attr;

    if (pthread_condattr_init(&attr) != 0)
        return false;
    bool made = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(condition, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return made;
}

enum pqhw_status pool_init(struct sqlite_store *store, char *file)
{
    if (pthread_mutex_init(&store->lock, NULL) != 0)
        return PQHW_NO_MEMORY;
    if (!init_condition(&store->changed)) {
        pthread_mutex_destroy(&store->lock);
        return PQHW_NO_MEMORY;
    }
    store->file = file;
    return PQHW_OK;
}

void pool_free(struct sqlite_store *store)
{
    while (store->idle != NULL) {
        struct connection *connection = store->idle;
        store->idle = connection->next;
        connection_close(connection);
    }
    pthread_cond_destroy(&store->changed);
    pthread_mutex_destroy(&store->lock);
    free(store->file);
}

static bool available(const struct sqlite_store *store, bool write)
{
    return !(write && store->writing) && (store->idle != NULL || store->num_open < POOL_MAX);
}

static bool wait_for(struct sqlite_store *store, bool write)
{
    struct timespec deadline;
    int error = 0;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += STORE_WAIT_SECONDS;
    while (!available(store, write) && error == 0)
        error = pthread_cond_timedwait(&store->changed, &store->lock, &deadline);
    return available(store, write);
}

/* A place in the pool becomes free. */
static void release(struct sqlite_store *store, bool write, struct connection *idle)
{
    pthread_mutex_lock(&store->lock);
    if (idle != NULL) {
        idle->next = store->idle;
        store->idle = idle;
    } else {
        store->num_open--;
    }
    if (write)
        store->writing = false;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->lock);
}

enum pqhw_status pool_take(struct sqlite_store *store, bool write, struct connection **out)
{
    enum pqhw_status status = PQHW_OK;
    struct connection *connection = NULL;

    pthread_mutex_lock(&store->lock);
    bool granted = wait_for(store, write);
    if (granted) {
        connection = store->idle;
        if (connection != NULL)
            store->idle = connection->next;
        else
            store->num_open++;
        if (write)
            store->writing = true;
    }
    pthread_mutex_unlock(&store->lock);

    if (!granted)
        return PQHW_BUSY;
    if (connection == NULL) {
        status = connection_open(&connection, store->file);
        if (status != PQHW_OK)
            release(store, write, NULL);
    }
    *out = connection;
    return status;
}

void pool_give(struct sqlite_store *store, bool write, struct connection *connection)
{
    if (sqlite3_get_autocommit(connection->db) == 0) {
        connection_close(connection);
        connection = NULL;
    }
    release(store, write, connection);
}
