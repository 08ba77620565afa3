/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/stream.h"

enum pqhw_status stream_active(struct op *op, const struct stream *stream)
{
    if (stream->key == NULL)
        return PQHW_OPERATION_NOT_INITIALIZED;
    op->info = stream->info;
    op_name_object(op, stream->key);
    return PQHW_OK;
}

enum pqhw_status stream_allowed(const struct op *op, const struct stream *stream)
{
    return !object_is_private(stream->key) || op->role == ROLE_USER ? PQHW_OK
                                                                    : PQHW_USER_NOT_LOGGED_IN;
}
