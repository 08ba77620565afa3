/* SPDX-License-Identifier: Apache-2.0
 *
 * What the operations with a key have in common that are streams in their session: signing,
 * verifying, encrypting, decrypting.
 */
#ifndef HSM_STREAM_H
#define HSM_STREAM_H

#include "hsm/door.h"

/* The key of an operation that is about to begin, found and opened: the statuses of op_key and
 * object_key. */
NODISCARD enum pqhw_status stream_open_key(struct op *op, struct stream *fresh,
                                           CK_OBJECT_HANDLE key, CK_FLAGS flag);

/* *fresh (which is taken) is active from now on, as `stream`. If its key wants a login for each
 * operation, it waits for that. */
void stream_begin(struct op *op, struct stream *stream, struct stream *fresh);

/* PQHW_OPERATION_NOT_INITIALIZED unless the stream is active; it is named in the audit record. */
NODISCARD enum pqhw_status stream_active(struct op *op, const struct stream *stream);

/* Is a signature of this key verified before it is given out? */
bool op_checks_signature(const struct op *op, const struct object *key);

/*
 * What may be seen may have changed since the operation began, it may wait for a login, and its key
 * may be gone. PQHW_USER_NOT_LOGGED_IN, PQHW_KEY_HANDLE_INVALID, the statuses of op_object; the
 * operation is to be ended then.
 */
NODISCARD enum pqhw_status stream_allowed(struct op *op, struct stream *stream);

#endif
