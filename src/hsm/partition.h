/* SPDX-License-Identifier: Apache-2.0
 *
 * A partition: its record at rest, and what a process keeps of it while it is in use.
 */
#ifndef HSM_PARTITION_H
#define HSM_PARTITION_H

#include <stdatomic.h>

#include "hsm/device.h"
#include "hsm/table.h"

#define PARTITION_SALT_LEN     16
#define PARTITION_INSTANCE_LEN 16
#define PARTITION_SERIAL_LEN   16
#define PARTITION_NUM_BUILTINS 3

enum partition_user {
    PARTITION_SO,
    PARTITION_USER,
    PARTITION_NUM_USERS,
};

/* The master key, wrapped for one user. */
struct partition_login {
    bool set;
    uint8_t salt[PARTITION_SALT_LEN];
    uint8_t wrapped[CLASSIC_KEY_LEN + CLASSIC_WRAP_EXTRA];
    struct classic_pin_cost cost;
    uint32_t tries_left;
};

/* The partition's record. Nothing in it is secret: the master key is wrapped. */
struct partition_state {
    uint32_t slot;
    uint8_t instance[PARTITION_INSTANCE_LEN]; /* random, new whenever the token is initialised */
    char serial[PARTITION_SERIAL_LEN];        /* hex digits, kept for the slot's life */
    char label[HSM_LABEL_LEN];
    uint64_t epoch;       /* number of commits in the slot's life; stands in the audit log too */
    uint64_t tree;        /* the topmost count of the freshness tree */
    uint32_t next_number; /* of the next object */
    uint32_t num_objects;
    uint32_t max_tries;
    struct hsm_policy policy;
    struct partition_login login[PARTITION_NUM_USERS];
    struct audit_mark audit;    /* the log's last record when the last change was made */
    struct audit_outbox outbox; /* lines of the log that may not be on the disk but here */
};

NODISCARD enum pqhw_status partition_state_get(const struct hsm_device *device, struct store_tx *tx,
                                               uint32_t slot, struct partition_state *out);
NODISCARD enum pqhw_status partition_state_put(const struct hsm_device *device, struct store_tx *tx,
                                               const struct partition_state *state);

/* Operations that want to commit, in the order of their coming (commit.c). */
struct commit_queue {
    pthread_mutex_t lock;
    pthread_cond_t done;
    struct commit_request *first;
    struct commit_request *last;
    unsigned num_waiting;
    bool leading; /* one of them commits for others too */
};

/* A partition in use by this process, counted. */
struct partition {
    struct partition *next; /* guarded by device->lock, like refs */
    unsigned refs;
    struct hsm_device *device;
    uint32_t slot;
    uint8_t instance[PARTITION_INSTANCE_LEN]; /* the token that was opened */
    struct audit *audit;
    atomic_bool replaced; /* it was initialised again or deleted by someone else; never unset */

    struct commit_queue commits;

    /* Held to bring `state` up to date, so that it never goes back. Nobody takes it inside a
     * transaction; whoever holds it may begin one. */
    pthread_mutex_t refresh_lock;

    /* Of `state`, for every operation to read: written with the lock held, the generation last. */
    atomic_uint policy_bits;
    atomic_ullong audit_seq;
    atomic_ullong generation; /* the store's when it was read */

    pthread_mutex_t lock; /* guards what follows; nobody begins a transaction under it */
    struct partition_state state;
    struct secret master;  /* the master key while anyone is logged in */
    unsigned num_logins;   /* apps that are */
    struct table objects;  /* struct object by number */
    size_t objects_size;   /* that they occupy, in bytes */
    struct object *oldest; /* least recently used first */
    struct object *newest;
    struct object *builtins[PARTITION_NUM_BUILTINS]; /* made when they are first looked at */
};

/* Open, or share, and refresh. PQHW_SLOT_ID_INVALID, PQHW_TOKEN_NOT_RECOGNIZED (the free slot),
 * PQHW_RECORD_DAMAGED. */
NODISCARD enum pqhw_status partition_open(struct hsm_device *device, CK_SLOT_ID slot,
                                          struct partition **out);
void partition_unref(struct partition *partition);

/*
 * Bring `state` up to date with what other processes committed. PQHW_DEVICE_ABSENT if the token is
 * not the one that was opened any more.
 */
NODISCARD enum pqhw_status partition_refresh(struct partition *partition);

/* The state in a transaction in which something was read already: what it sees is settled by the
 * first read, not when it begins. generation is partition_generation from before it began. As long
 * as nothing was committed since, the state is the one of the last refresh. PQHW_NOT_FOUND,
 * PQHW_RECORD_DAMAGED. */
NODISCARD enum pqhw_status partition_state_in(struct partition *partition, struct store_tx *tx,
                                              uint64_t generation, struct partition_state *out);

/* A copy of the state as of the last refresh. */
void partition_snapshot(struct partition *partition, struct partition_state *out);

/* The policy as of the last refresh. */
struct hsm_policy partition_policy(const struct partition *partition);

/* The audit log's record that the last change was made with, as of the last refresh; all zero if
 * the log knows of it already. */
struct audit_mark partition_audit_mark(struct partition *partition);

/* The store's generation as of the last refresh. */
uint64_t partition_generation(const struct partition *partition);

/* Is this the state of the token that was opened, and not of another one in its slot? */
bool partition_is(const struct partition *partition, const struct partition_state *state);

/* Path of the partition's audit log. */
NODISCARD enum pqhw_status partition_audit_path(const struct hsm_device *device, uint32_t slot,
                                                char out[HSM_PATH_MAX]);

/*
 * A key derived from the master key for one object. PQHW_USER_NOT_LOGGED_IN if the master key is
 * not here.
 */
NODISCARD enum pqhw_status partition_object_key(struct partition *partition, uint32_t number,
                                                uint8_t sk_out[CLASSIC_KEY_LEN]);

/* Take the master key in for one more app, or give it back; the last one wipes it and every opened
 * secret. */
NODISCARD enum pqhw_status partition_unlock(struct partition *partition,
                                            const struct secret *master);
void partition_lock(struct partition *partition);

#endif
