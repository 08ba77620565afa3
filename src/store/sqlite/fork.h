/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening a store again in a forked child.
 *
 * SQLite keeps one note per process of the locks it holds on a file, and a child inherits the note
 * without the locks: a connection it opens to the same file would believe itself locked, and the
 * parent could remove the WAL under it. So the store is brought to rest around every fork, and
 * before a child opens a store, what it inherited is closed in a way that leaves the file alone.
 */
#ifndef STORE_SQLITE_FORK_H
#define STORE_SQLITE_FORK_H

#include "store/sqlite/pool.h"

/* Register the handlers, if they are not yet: PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status fork_guard_register(void);

/* Hold off forks while a store is opened or closed. enter fails if inherited connections cannot be
 * closed safely, because they were in use when this process was forked: PQHW_DEVICE_ERROR. */
NODISCARD enum pqhw_status fork_guard_enter(void);
void fork_guard_leave(void);

/* Between enter and leave. */
void fork_guard_add(struct sqlite_store *store);
/* Likewise, and allowed when enter failed. False if the store was inherited: then there is nothing
 * left to free. */
bool fork_guard_remove(struct sqlite_store *store);

#endif
