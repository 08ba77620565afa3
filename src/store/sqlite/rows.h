/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows that are found by their key alone: the device's, partitions' and nodes'. The functions are
 * those of store_ops.
 */
#ifndef STORE_SQLITE_ROWS_H
#define STORE_SQLITE_ROWS_H

#include "hsm/store.h"

enum pqhw_status rows_device_get(struct store_tx *tx, struct buf *blob);
enum pqhw_status rows_device_put(struct store_tx *tx, struct span blob);
enum pqhw_status rows_partition_list(struct store_tx *tx, uint32_t *out, size_t max, size_t *num);
enum pqhw_status rows_partition_get(struct store_tx *tx, uint32_t partition, struct buf *blob);
enum pqhw_status rows_partition_put(struct store_tx *tx, uint32_t partition, struct span blob);
enum pqhw_status rows_partition_delete(struct store_tx *tx, uint32_t partition);
enum pqhw_status rows_partition_clear(struct store_tx *tx, uint32_t partition);
enum pqhw_status rows_node_get(struct store_tx *tx, uint32_t partition, uint32_t level,
                               uint32_t index, struct buf *blob);
enum pqhw_status rows_node_put(struct store_tx *tx, uint32_t partition, uint32_t level,
                               uint32_t index, struct span blob);

#endif
