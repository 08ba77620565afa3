/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fault tests share: a device in a directory of its own, with one token and a user logged
 * in, and data objects that say what they should hold.
 *
 * Functions return a status and assert nothing, so that children and threads may use them.
 */
#ifndef FAULT_RIG_H
#define FAULT_RIG_H

#include "hsm/hsm.h"

#define RIG_PIN    "user pin 4711 rig"
#define RIG_SO_PIN "officer pin 0815 rig"

struct rig {
    char home[64];
    struct hsm_config config;
    struct hsm_device *device;
    struct hsm_app *app;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
};

/* A new directory under `parent` ("/tmp"), not yet a device. store NULL means SQLite. */
NODISCARD enum pqhw_status rig_init(struct rig *rig, const char *parent,
                                    const struct store_ops *store);
/* Remove the directory and all in it. */
void rig_remove(struct rig *rig);

/* Make the device and its token, with cheap PINs, and close again. */
NODISCARD enum pqhw_status rig_create(struct rig *rig);

/* Open device and app; a session with the user logged in. Closed by rig_close, also after a
 * failure. */
NODISCARD enum pqhw_status rig_open(struct rig *rig);
NODISCARD enum pqhw_status rig_login(struct rig *rig, CK_SESSION_HANDLE *session);
void rig_close(struct rig *rig);

/*
 * A private token object whose CKA_APPLICATION is `name`, CKA_LABEL a counter, and CKA_VALUE
 * `len` bytes that follow from the name.
 */
NODISCARD enum pqhw_status rig_put(struct rig *rig, unsigned name, unsigned counter, size_t len,
                                   CK_OBJECT_HANDLE *out);
NODISCARD enum pqhw_status rig_set_counter(struct rig *rig, CK_OBJECT_HANDLE object,
                                           unsigned counter);

/* Read one back. PQHW_DATA_INVALID if it does not hold together. */
NODISCARD enum pqhw_status rig_get(struct rig *rig, CK_OBJECT_HANDLE object, unsigned *name,
                                   unsigned *counter, size_t *len);

/* The objects of a class; *damaged is how many the search left out as such. */
NODISCARD enum pqhw_status rig_list(struct rig *rig, CK_OBJECT_CLASS object_class,
                                    CK_OBJECT_HANDLE *out, size_t max, size_t *num,
                                    size_t *damaged);

/* Both logs' chains. PQHW_DATA_INVALID if one is broken. */
NODISCARD enum pqhw_status rig_verify_audit(struct rig *rig);

/* An ML-DSA-44 pair that signs, and a signature by it that must verify. */
NODISCARD enum pqhw_status rig_generate(struct rig *rig, CK_OBJECT_HANDLE *pub,
                                        CK_OBJECT_HANDLE *priv);
NODISCARD enum pqhw_status rig_sign_and_verify(struct rig *rig, CK_OBJECT_HANDLE pub,
                                               CK_OBJECT_HANDLE priv);

#endif
