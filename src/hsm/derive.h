/* SPDX-License-Identifier: Apache-2.0
 *
 * A derivation under way (derive.c), and what TLS has of its own in it (derive_tls.c).
 */
#ifndef HSM_DERIVE_H
#define HSM_DERIVE_H

#include "hsm/objects.h"

#define DERIVE_MAX_PARTS (1 + DERIVE_MAX_PIECES)

/* What C_DeriveKey says. */
struct derive {
    const struct mechanism *mechanism;
    CK_OBJECT_HANDLE key;
    struct span template;
    CK_OBJECT_HANDLE *out; /* may be NULL where the mechanism gives its keys elsewhere */
};

/* A key that takes part. */
struct part {
    struct object *object;
    struct resident *resident;
};

/* A key that is to be. */
struct wanted {
    struct span template;
    struct buf room; /* for the template, if the caller's is not all of it */
    size_t len;      /* 0: what the mechanism gives */
    bool own_usage;  /* what it may do, if its template does not say, is `usage` */
    CK_FLAGS usage;
    CK_OBJECT_HANDLE *out;
};

struct derivation {
    const struct mechanism *mechanism;
    struct part parts[DERIVE_MAX_PARTS]; /* the base key first */
    size_t num_parts;
    struct wanted wanted[DERIVE_MAX_KEYS];
    size_t num_wanted;
    size_t tail; /* bytes behind the keys' values that are derived too */
    struct lineage lineage;
};

static inline struct span derivation_base(const struct derivation *derivation)
{
    return object_attrs(derivation->parts[0].object);
}

/* Does one of the keys that take part have to stay hidden? */
static inline bool derivation_guarded(const struct derivation *derivation)
{
    return derivation->lineage.sensitive || derivation->lineage.unextractable;
}

/* One more key is wanted: from this template and the base key's CKA_DERIVE_TEMPLATE, and as long as
 * they say. */
NODISCARD enum pqhw_status derive_want(struct derivation *derivation, struct span template,
                                       CK_OBJECT_HANDLE *out);

/* As long as that, whatever the template says: it is checked against it later.
 * PQHW_KEY_SIZE_RANGE if that is too short. */
NODISCARD enum pqhw_status derive_set_len(const struct derivation *derivation,
                                          struct wanted *wanted, size_t len);

/* May this be derived of keys that are guarded (derive_guard.c)?
 * PQHW_KEY_FUNCTION_NOT_PERMITTED. */
NODISCARD enum pqhw_status derive_check_guard(const struct derivation *derivation,
                                              const struct mechanism_info *info);

/* The whole of CKM_PUB_KEY_FROM_PRIV_KEY (derive_public.c). */
NODISCARD enum pqhw_status derive_public(struct op *op, const struct derive *derive);

/* TLS: the keys that are wanted; *mac_template is the caller's to free. */
NODISCARD enum pqhw_status derive_tls_want(const struct derive *derive,
                                           struct derivation *derivation, struct buf *mac_template);

/* TLS: what comes beside keys; tail are the last bytes that were derived. */
NODISCARD enum pqhw_status derive_tls_give(const struct derivation *derivation, struct span tail);

#endif
