/* SPDX-License-Identifier: Apache-2.0
 *
 * The default store: one SQLite database per device, shared by any number of processes (WAL).
 */
#ifndef STORE_SQLITE_SQLITE_H
#define STORE_SQLITE_SQLITE_H

#include "hsm/store.h"

/* In the device's directory; mode 0600, and so are the -wal and -shm files beside it. */
#define STORE_SQLITE_FILE "pqhw.db"

extern const struct store_ops store_sqlite;

#endif
