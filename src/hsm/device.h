/* SPDX-License-Identifier: Apache-2.0
 *
 * An open device.
 */
#ifndef HSM_DEVICE_H
#define HSM_DEVICE_H

#include <pthread.h>

#include "hsm/audit.h"
#include "hsm/hsm.h"
#include "hsm/resident.h"
#include "hsm/unique_id.h"

/* Keys derived from the device key, each for one purpose. They say "this pqhw wrote it"; they open
 * no user's secret. */
enum device_key {
    DEVICE_KEY_STORE, /* MACs of the device's, partitions' and objects' rows */
    DEVICE_KEY_TREE,  /* MACs of the freshness tree */
    DEVICE_KEY_AUDIT, /* chains of the audit logs */
    DEVICE_KEY_PIN, /* mixed into every PIN key: a copy of the database alone cannot be searched for
                       PINs */
    DEVICE_NUM_KEYS,
};

struct partition;

struct hsm_device {
    char home[HSM_PATH_MAX];
    const struct store_ops *store_ops;
    const struct backend_ops *backend_ops;
    struct classic *classic;
    struct backend *backend;
    struct residents residents;
    struct unique_ids unique_ids;
    uint64_t resident_override; /* from the environment; 0 if it says nothing */
    enum hsm_engine engine_override;

    pthread_mutex_t lock; /* guards what follows */
    bool present;
    struct store *store;
    struct secret keys; /* DEVICE_NUM_KEYS * CLASSIC_KEY_LEN */
    struct hsm_settings settings;
    enum hsm_engine engine;       /* that the backend uses */
    struct audit *audit;          /* the device's own log */
    struct partition *partitions; /* those in use */
};

/* Only on a device that is present. */
const uint8_t *device_key(const struct hsm_device *device, enum device_key key);

/* The device is there (it may have been made by another process since it was opened); else
 * PQHW_DEVICE_ABSENT. */
NODISCARD enum pqhw_status device_attach(struct hsm_device *device);

/* The number of the slot that is free for the next token, and taking it. */
NODISCARD enum pqhw_status device_next_slot(struct hsm_device *device, struct store_tx *tx,
                                            uint32_t *out);
NODISCARD enum pqhw_status device_take_slot(struct hsm_device *device, struct store_tx *tx,
                                            uint32_t slot);

/* Of the device itself: how many tokens were made and destroyed, and the last one's record. */
struct device_changes {
    uint64_t epoch;
    struct audit_mark audit;
};

NODISCARD enum pqhw_status device_changes_get(const struct hsm_device *device, struct store_tx *tx,
                                              struct device_changes *out);
NODISCARD enum pqhw_status device_changes_put(const struct hsm_device *device, struct store_tx *tx,
                                              const struct device_changes *changes);

/* MAC of parts under a device key, into out. */
void device_mac(const struct hsm_device *device, enum device_key key, uint8_t out[CLASSIC_HASH_LEN],
                const struct span *parts, size_t num);

/* Split data || mac and check the MAC of parts (which do not include data) and data.
 * PQHW_RECORD_DAMAGED. */
NODISCARD enum pqhw_status device_check_mac(const struct hsm_device *device, enum device_key key,
                                            struct span context, struct span blob,
                                            struct span *data);
/* Append the MAC that device_check_mac wants. */
NODISCARD enum pqhw_status device_add_mac(const struct hsm_device *device, enum device_key key,
                                          struct span context, struct buf *blob);

#endif
