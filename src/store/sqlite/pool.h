/* SPDX-License-Identifier: Apache-2.0
 *
 * The open store: its connections, lent to one transaction each, and its one writer.
 */
#ifndef STORE_SQLITE_POOL_H
#define STORE_SQLITE_POOL_H

#include <pthread.h>

#include "hsm/store.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/watch.h"

#define POOL_MAX 16

struct sqlite_store {
    struct store base;
    char *file;
    struct watch watch;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    struct connection *idle;
    size_t num_open; /* idle or lent */
    bool writing;    /* a write transaction of this process is active, or about to be */

    /* For fork.c. */
    struct sqlite_store *next;
    bool was_at_rest; /* nothing was lent when the process forked */
};

/* Takes file, from malloc. */
NODISCARD enum pqhw_status pool_init(struct sqlite_store *store, char *file);
void pool_free(struct sqlite_store *store);

/*
 * Lend a connection, opening one if none is idle. A writer also waits its turn among this process's
 * writers, so that they queue here and do not poll for the database's lock. PQHW_BUSY after 30
 * seconds.
 */
NODISCARD enum pqhw_status pool_take(struct sqlite_store *store, bool write,
                                     struct connection **out);
/* Give it back; one that is still inside a transaction, which should not be, is closed. */
void pool_give(struct sqlite_store *store, bool write, struct connection *connection);

#endif
