/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects in memory. An object does not change once others can see it: a changed object is a new
 * one with a higher version that takes the old one's place. Only its secrets and its opened key
 * come later, when they are first needed.
 */
#ifndef HSM_OBJECT_H
#define HSM_OBJECT_H

#include <stdatomic.h>

#include "hsm/partition.h"

/* Handles: token objects have their number, built-in objects and session objects a counter above a
 * base. Those of session objects have no end, since they are never used twice. */
#define HANDLE_BUILTIN_BASE 0x40000000u
#define HANDLE_SESSION_BASE 0x40010000u

/* What every use of a key, and its audit record, ask of its attributes. */
struct key_facts {
    CK_OBJECT_CLASS object_class; /* CK_UNAVAILABLE_INFORMATION if there is none, like the next */
    CK_KEY_TYPE key_type;
    CK_FLAGS uses;          /* CKF_SIGN for CKA_SIGN, … */
    bool is_token;          /* CKA_TOKEN */
    bool is_private;        /* CKA_PRIVATE */
    bool wants_login;       /* CKA_ALWAYS_AUTHENTICATE */
    struct span mechanisms; /* CKA_ALLOWED_MECHANISMS; its ptr is NULL if there is no such list */
    struct span unique_id;  /* CKA_UNIQUE_ID; empty if there is none that an audit record takes */
};

struct object {
    atomic_uint refs;
    struct partition *partition; /* lives as long as any app has a session on it */
    CK_OBJECT_HANDLE handle;
    uint32_t number;         /* token objects */
    uint64_t version;        /* token objects */
    CK_SESSION_HANDLE owner; /* session objects: the session that made it, else 0 */
    struct buf attrs;        /* public attributes */
    struct key_facts facts;  /* from attrs */

    /* guarded by partition->lock */
    uint64_t generation;  /* the store's when this was known to be the present version */
    struct object *older; /* also the chain of session objects that are being dropped */
    struct object *newer;

    struct resident_slot resident; /* its key, once it was opened; guarded by the residents' lock */

    pthread_mutex_t lock;  /* guards what follows */
    struct buf sealed;     /* a token object's sealed secrets; empty if it has none */
    struct secret secrets; /* opened */
};

/* A new object with one reference. Takes attrs and secrets (which may be empty): both are empty
 * afterwards, also on failure. */
NODISCARD enum pqhw_status object_new(struct object **out, struct partition *partition,
                                      struct buf *attrs, struct secret *secrets);
struct object *object_ref(struct object *object);
void object_unref(struct object *object); /* NULL is allowed */

static inline struct span object_attrs(const struct object *object)
{
    return buf_span(&object->attrs);
}

bool object_is_token(const struct object *object);
bool object_is_private(const struct object *object);

/* The secret attributes, opened if they are not yet. Valid as long as the object.
 * PQHW_USER_NOT_LOGGED_IN, PQHW_RECORD_DAMAGED. */
NODISCARD enum pqhw_status object_secrets(struct object *object, struct span *out);

/* The key, ready for use: one more reference, to be given back with resident_release. The statuses
 * of object_secrets and of the backend. */
NODISCARD enum pqhw_status object_key(struct object *object, struct resident **out);

/* Memory for secrets ran out: let go of something that is not in use. False if there is nothing. */
bool object_make_room(struct partition *partition);

/* CKA_UNIQUE_ID as text for the audit log. */
void object_uuid(const struct object *object, char out[AUDIT_UUID_LEN + 1]);

/* ---- token objects by number ---- */

/*
 * The present version of a token object, from the cache or the store; one more reference.
 * PQHW_NOT_FOUND, PQHW_RECORD_DAMAGED, PQHW_VERSION_UNKNOWN. The partition was refreshed at the
 * beginning of the operation, and the caller is in no transaction.
 */
NODISCARD enum pqhw_status object_load(struct partition *partition, uint32_t number,
                                       struct object **out);

/* The same in a transaction in which something was read already; generation is partition_generation
 * from before it began, as which the object is then known to be present. */
NODISCARD enum pqhw_status object_load_in(struct partition *partition, struct store_tx *tx,
                                          uint64_t generation, uint32_t number,
                                          struct object **out);

/* Put a version that was just committed into the cache, or take one out. */
void object_cache_put(struct object *object);
void object_cache_drop(struct partition *partition, uint32_t number);
void object_cache_clear(struct partition *partition);

#endif
