/* SPDX-License-Identifier: Apache-2.0
 *
 * Noticing that somebody committed, cheaply enough to ask at every operation.
 */
#ifndef STORE_SQLITE_WATCH_H
#define STORE_SQLITE_WATCH_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/sqlite/connection.h"

struct watch {
    struct connection *connection;   /* its own: nothing is ever committed through it */
    const volatile uint64_t *header; /* the WAL-index header, or NULL: ask SQLite */
    atomic_uint_fast32_t num_torn;
    pthread_mutex_t lock; /* for asking SQLite */
};

/* Takes the connection, whose database is in WAL mode and was read once. */
NODISCARD enum pqhw_status watch_init(struct watch *watch, struct connection *connection);
void watch_free(struct watch *watch);

/* A number that differs from the one given before if anybody committed in between. Any thread. */
NODISCARD enum pqhw_status watch_generation(struct watch *watch, uint64_t *out);

#endif
