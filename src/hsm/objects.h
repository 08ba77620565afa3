/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HSM_OBJECTS_H
#define HSM_OBJECTS_H

#include "hsm/door.h"

/*
 * Give attributes and secrets (both are taken) a unique id, make an object of them and ask the door
 * to add it; *out becomes its handle when the operation succeeds.
 */
NODISCARD enum pqhw_status op_new_object(struct op *op, struct buf *attrs, struct secret *secrets,
                                         CK_OBJECT_HANDLE *out);

/*
 * Key material that was not generated here goes to the backend, which checks it, completes the
 * attributes and says which secrets are kept. Other objects stay as they are.
 */
NODISCARD enum pqhw_status op_import(struct op *op, struct buf *attrs, struct secret *secrets);

/* What the caller's template and the key's own CKA_DECAPSULATE_TEMPLATE, CKA_UNWRAP_TEMPLATE or
 * CKA_DERIVE_TEMPLATE (`type`) say together; they may not contradict each other. *out is the former
 * where there is no such template, else in `room`. */
NODISCARD enum pqhw_status op_merged_template(const struct object *key, CK_ATTRIBUTE_TYPE type,
                                              struct span template, struct buf *room,
                                              struct span *out);

/* Do the attributes fit the key's CKA_ENCAPSULATE_TEMPLATE or CKA_WRAP_TEMPLATE (`type`), which
 * says which keys may be made or wrapped with it? */
bool op_fits_template(const struct object *key, CK_ATTRIBUTE_TYPE type, struct span attrs);

/* The length that a template asks for of a secret key, or its key type has; 0 if they leave it
 * open. PQHW_TEMPLATE_INCONSISTENT if it is too much. */
NODISCARD enum pqhw_status op_wanted_len(struct span template, size_t *out);

/* A secret key of these attributes (which are taken) with this value, checked as if it came from
 * outside. */
NODISCARD enum pqhw_status op_new_secret_key(struct op *op, struct buf *attrs, struct span value,
                                             CK_OBJECT_HANDLE *out);

#endif
