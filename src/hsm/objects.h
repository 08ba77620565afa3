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

#endif
