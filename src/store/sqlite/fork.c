/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite/fork.h"

#include <stdlib.h>
#include <time.h>

#define QUIET_SECONDS 5 /* a transaction takes milliseconds; this is for one that hangs */

/* The stores of this process and those that it inherited; the lock is held across every fork. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct sqlite_store *own_stores;
static struct sqlite_store *inherited_stores;
static pthread_once_t registered = PTHREAD_ONCE_INIT;
static bool is_registered;

static bool at_rest(const struct sqlite_store *store)
{
    size_t num_idle = 0;

    for (const struct connection *c = store->idle; c != NULL; c = c->next)
        num_idle++;
    return num_idle == store->num_open;
}

/* Keep other threads out of every store, once they have finished what they do there. */
static void before_fork(void)
{
    struct timespec deadline;

    pthread_mutex_lock(&guard);
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += QUIET_SECONDS;
    for (struct sqlite_store *store = own_stores; store != NULL; store = store->next) {
        int error = 0;
        pthread_mutex_lock(&store->lock);
        while (!at_rest(store) && error == 0)
            error = pthread_cond_timedwait(&store->changed, &store->lock, &deadline);
        pthread_mutex_lock(&store->watch.lock);
        store->was_at_rest = at_rest(store);
    }
}

static void unlock_all(void)
{
    for (struct sqlite_store *store = own_stores; store != NULL; store = store->next) {
        pthread_mutex_unlock(&store->watch.lock);
        pthread_mutex_unlock(&store->lock);
    }
    pthread_mutex_unlock(&guard);
}

/* Nothing is closed here: most children only exec. */
static void in_child(void)
{
    struct sqlite_store **last = &own_stores;

    while (*last != NULL)
        last = &(*last)->next;
    unlock_all();
    *last = inherited_stores;
    inherited_stores = own_stores;
    own_stores = NULL;
}

static void register_handlers(void)
{
    is_registered = pthread_atfork(before_fork, unlock_all, in_child) == 0;
}

/* Close without the checkpoint and the removal of the WAL that the last connection of a process
 * does: the parent may be using both. Unlocking in a child touches none of the parent's locks. */
static void close_quietly(struct connection *connection)
{
    if (connection != NULL)
        sqlite3_db_config(connection->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    connection_close(connection);
}

static void close_inherited(struct sqlite_store *store)
{
    while (store->idle != NULL) {
        struct connection *connection = store->idle;
        store->idle = connection->next;
        close_quietly(connection);
    }
    store->num_open = 0;
    close_quietly(store->watch.connection);
    store->watch.connection = NULL;
    store->watch.header = NULL;
}

enum pqhw_status fork_guard_register(void)
{
    pthread_once(&registered, register_handlers);
    return is_registered ? PQHW_OK : PQHW_NO_MEMORY;
}

enum pqhw_status fork_guard_enter(void)
{
    enum pqhw_status status = fork_guard_register();

    pthread_mutex_lock(&guard);
    if (status != PQHW_OK)
        return status;
    for (struct sqlite_store *store = inherited_stores; store != NULL; store = store->next) {
        if (!store->was_at_rest)
            return PQHW_DEVICE_ERROR;
        close_inherited(store);
    }
    return PQHW_OK;
}

void fork_guard_leave(void)
{
    pthread_mutex_unlock(&guard);
}

void fork_guard_add(struct sqlite_store *store)
{
    store->next = own_stores;
    own_stores = store;
}

static bool unlink_store(struct sqlite_store **list, const struct sqlite_store *store)
{
    for (; *list != NULL; list = &(*list)->next) {
        if (*list == store) {
            *list = store->next;
            return true;
        }
    }
    return false;
}

bool fork_guard_remove(struct sqlite_store *store)
{
    if (unlink_store(&own_stores, store))
        return true;
    /* Its mutexes are not destroyed: threads that are not here may have waited for them. */
    if (store->was_at_rest && unlink_store(&inherited_stores, store)) {
        close_inherited(store);
        free(store->file);
        free(store);
    }
    return false;
}
