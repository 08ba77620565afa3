/* SPDX-License-Identifier: Apache-2.0
 *
 * An object's record at rest.
 *
 *   record     = format (u8) || version (u64) || attributes || sealed || mac (32)
 *
 *   attributes = length (u32) || list
 *
 *   sealed     = length (u32) || nothing, or nonce (12) || ciphertext || tag (16)
 *
 * mac covers the record, the partition and the object's number, under a device key: it says that
 * pqhw wrote the record, to a reader who is not logged in as well. sealed is under a key derived
 * from the partition's master key for this object alone; its associated data are the partition, the
 * object's number, its version and SHA3-256 of its public attributes.
 */
#ifndef HSM_RECORD_H
#define HSM_RECORD_H

#include "hsm/device.h"
#include "hsm/partition.h"

struct record {
    uint64_t version;
    struct span attrs;
    struct span sealed;
};

/* Compose. sk_object may be NULL if there are no secrets. */
NODISCARD enum pqhw_status record_encode(const struct hsm_device *device,
                                         const struct partition_state *state, uint32_t number,
                                         uint64_t version, struct span attrs, struct span secrets,
                                         const uint8_t *sk_object, struct buf *out);

/* Check and split; the spans point into blob. PQHW_RECORD_DAMAGED, PQHW_VERSION_UNKNOWN. */
NODISCARD enum pqhw_status record_decode(const struct hsm_device *device,
                                         const struct partition_state *state, uint32_t number,
                                         struct span blob, struct record *out);

/* Open the sealed part into a new secret. */
NODISCARD enum pqhw_status record_unseal(const struct hsm_device *device,
                                         const uint8_t instance[PARTITION_INSTANCE_LEN],
                                         uint32_t number, const struct record *record,
                                         const uint8_t *sk_object, struct secret *out);

#endif
