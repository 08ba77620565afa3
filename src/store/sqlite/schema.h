/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables, their making and their check.
 */
#ifndef STORE_SQLITE_SCHEMA_H
#define STORE_SQLITE_SCHEMA_H

#include "store/sqlite/connection.h"

#define SCHEMA_APPLICATION_ID 0x70716877 /* "pqhw" */
#define SCHEMA_VERSION        1

/*
 * Check that the database is a store of a version known here, in WAL mode. With create, an empty
 * database becomes one; any number of processes may do so at once. Statuses as of store_ops.open.
 */
NODISCARD enum pqhw_status schema_open(struct connection *connection, bool create);

#endif
