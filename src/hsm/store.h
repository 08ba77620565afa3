/* SPDX-License-Identifier: Apache-2.0
 *
 * The port to where objects rest.
 *
 * A store keeps four kinds of rows and understands none of them: what is in a blob, how it is
 * sealed and whether it is genuine is decided above this port (hsm/record.h, hsm/freshness.h). A
 * store promises only this: a committed transaction is durable and whole, a transaction that was
 * not committed never happened, and a write transaction sees what every other process committed
 * before it began.
 *
 * A store may be used by any number of threads; a transaction by one thread.
 */
#ifndef HSM_STORE_H
#define HSM_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

struct store;    /* an open store */
struct store_tx; /* a transaction */

#define STORE_INDEX_TEXT_MAX                                                                       \
    1024 /* longest label or id that is indexed as a whole; longer ones are cut to this */

#define STORE_NUMBER_MAX ((1u << 28) - 1)

/* What objects can be looked up by. Copies of public attributes, never trusted: the caller compares
 * with the record. */
struct store_index {
    uint64_t object_class;
    uint64_t key_type; /* STORE_NO_KEY_TYPE if the object is not a key */
    struct span id;    /* CKA_ID */
    struct span label;
    struct span unique_id;
};

#define STORE_NO_KEY_TYPE UINT64_MAX

/* An object's row. Spans are borrowed from `owner` when the store filled it. */
struct store_record {
    uint32_t partition; /* the slot's number */
    uint32_t number;    /* 1 … STORE_NUMBER_MAX, never used twice in a partition */
    struct store_index index;
    struct span blob;
    struct buf owner; /* buf_free it after store_ops.object_get */
};

/* Which fields of a query count. */
#define STORE_BY_CLASS     0x01u
#define STORE_BY_KEY_TYPE  0x02u
#define STORE_BY_ID        0x04u
#define STORE_BY_LABEL     0x08u
#define STORE_BY_UNIQUE_ID 0x10u

struct store_query {
    unsigned by;
    struct store_index index;
    uint32_t after; /* only objects with a greater number */
};

#define STORE_BLOB_MAX (2 * 1024 * 1024)

struct store_ops {
    const char *name; /* "sqlite", "memory" */

    /*
     * Register with pthread_atfork what the store does around a fork, if that is not done yet. NULL
     * if it does nothing. PQHW_NO_MEMORY.
     */
    enum pqhw_status (*handle_forks)(void);

    /*
     * Open the store in directory `path`; with `create` make it if it is not there (the directory
     * exists). PQHW_DEVICE_ABSENT if it is not there, PQHW_ACCESS_DENIED, PQHW_DISK_FULL,
     * PQHW_VERSION_UNKNOWN (made by a newer pqhw), PQHW_RECORD_DAMAGED (not a store),
     * PQHW_DEVICE_ERROR.
     */
    enum pqhw_status (*open)(struct store **out, const char *path, bool create);
    void (*close)(struct store *store);

    /*
     * A number that has changed whenever another process or connection committed since it was last
     * asked for. Cheap: it is asked for at every operation.
     */
    enum pqhw_status (*generation)(struct store *store, uint64_t *out);

    /*
     * Begin. A write transaction waits for the writers of other processes (PQHW_BUSY after 30
     * seconds) and shuts them out. commit and rollback both end and free the transaction; when
     * commit fails nothing was written (PQHW_DISK_FULL, PQHW_DEVICE_ERROR).
     */
    enum pqhw_status (*begin)(struct store *store, struct store_tx **out, bool write);
    enum pqhw_status (*commit)(struct store_tx *tx);
    void (*rollback)(struct store_tx *tx);

    /* One blob for the device itself. PQHW_NOT_FOUND if never put. The caller frees *blob
     * (BUF_INIT(STORE_BLOB_MAX) before). */
    enum pqhw_status (*device_get)(struct store_tx *tx, struct buf *blob);
    enum pqhw_status (*device_put)(struct store_tx *tx, struct span blob);

    /* Partitions. list gives the slots' numbers in rising order, at most max of them; *num is how
     * many there are. */
    enum pqhw_status (*partition_list)(struct store_tx *tx, uint32_t *out, size_t max, size_t *num);
    enum pqhw_status (*partition_get)(struct store_tx *tx, uint32_t partition, struct buf *blob);
    enum pqhw_status (*partition_put)(struct store_tx *tx, uint32_t partition, struct span blob);
    /* With all its objects and nodes. */
    enum pqhw_status (*partition_delete)(struct store_tx *tx, uint32_t partition);
    /* Its objects and nodes, not itself. */
    enum pqhw_status (*partition_clear)(struct store_tx *tx, uint32_t partition);

    /* Objects. get and delete: PQHW_NOT_FOUND if there is none. put inserts or replaces. */
    enum pqhw_status (*object_get)(struct store_tx *tx, uint32_t partition, uint32_t number,
                                   struct store_record *out);
    enum pqhw_status (*object_put)(struct store_tx *tx, const struct store_record *record);
    enum pqhw_status (*object_delete)(struct store_tx *tx, uint32_t partition, uint32_t number);
    /* Numbers of the objects that match, rising, at most max; *num is how many were given. By
     * index, never by scan (but for an empty query). */
    enum pqhw_status (*object_find)(struct store_tx *tx, uint32_t partition,
                                    const struct store_query *query, uint32_t *out, size_t max,
                                    size_t *num);

    /* Nodes of the freshness tree (hsm/freshness.h). PQHW_NOT_FOUND if never put. */
    enum pqhw_status (*node_get)(struct store_tx *tx, uint32_t partition, uint32_t level,
                                 uint32_t index, struct buf *blob);
    enum pqhw_status (*node_put)(struct store_tx *tx, uint32_t partition, uint32_t level,
                                 uint32_t index, struct span blob);
};

/* What every implementation's struct store begins with. */
struct store {
    const struct store_ops *ops;
};

/* Likewise for struct store_tx. */
struct store_tx {
    struct store *store;
};

#endif
