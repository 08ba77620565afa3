/* SPDX-License-Identifier: Apache-2.0
 *
 * Which version of each object is the present one.
 *
 * A MAC tells a record that pqhw wrote from one it did not; it does not tell the present record
 * from an older one put back. So each partition keeps a tree of counters: a leaf counts the changes
 * of one object, a node above counts the changes of the nodes below, each node's MAC covers its own
 * count, and the topmost count stands in the partition's record. Putting back an old row, or an old
 * row with its old leaf, breaks the MAC one level up; only the whole partition could be put back,
 * and that the audit log shows.
 *
 * 64 counters a node and 5 levels reach 2^30 objects. A read or a write touches 5 rows whatever the
 * number of objects.
 */
#ifndef HSM_FRESHNESS_H
#define HSM_FRESHNESS_H

#include "hsm/device.h"
#include "hsm/partition.h"

#define FRESHNESS_MAX_OBJECTS (1u << 30)

struct freshness {
    uint64_t version; /* 0: never used */
    bool present;     /* false: destroyed, or never used */
};

/* What the tree says of an object. state is of this transaction. PQHW_RECORD_DAMAGED. */
NODISCARD enum pqhw_status freshness_get(const struct hsm_device *device, struct store_tx *tx,
                                         const struct partition_state *state, uint32_t number,
                                         struct freshness *out);

/* Give an object its next version, and say whether it is there. Raises state->tree; the caller
 * puts the state. */
NODISCARD enum pqhw_status freshness_next(const struct hsm_device *device, struct store_tx *tx,
                                          struct partition_state *state, uint32_t number,
                                          bool present, uint64_t *version);

#endif
