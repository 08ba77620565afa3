/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects' rows. The objects_ functions are those of store_ops.
 */
#ifndef STORE_SQLITE_OBJECTS_H
#define STORE_SQLITE_OBJECTS_H

#include "store/limits.h"

/* The row id of an object. Number 0 is before a partition's first one. */
static inline uint64_t object_id(uint32_t partition, uint32_t number)
{
    return (uint64_t)partition << 28 | number;
}

static inline uint64_t object_id_last(uint32_t partition)
{
    return object_id(partition, STORE_NUMBER_MAX);
}

/* The SQL that finds objects by a combination of STORE_BY_ bits. Parameters: those of the
 * conditions in the order of unique id, id, label, key type, class; after; last; limit. */
#define FIND_SQL_MAX 512
void find_sql(char out[FIND_SQL_MAX], unsigned by);

enum pqhw_status objects_get(struct store_tx *tx, uint32_t partition, uint32_t number,
                             struct store_record *out);
enum pqhw_status objects_put(struct store_tx *tx, const struct store_record *record);
enum pqhw_status objects_delete(struct store_tx *tx, uint32_t partition, uint32_t number);
enum pqhw_status objects_find(struct store_tx *tx, uint32_t partition,
                              const struct store_query *wanted, uint32_t *out, size_t max,
                              size_t *num);

#endif
