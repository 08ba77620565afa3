/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/stream.h"

#include "hsm/detail.h"

void stream_begin(struct op *op, struct stream *stream, struct stream *fresh)
{
    *stream = *fresh;
    *fresh = (struct stream){0};
    stream->locked = op->wants_login;
    if (stream->locked)
        op->session->asking = stream;
}

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
    if (stream->locked) {
        detail_set("this key wants a login for each operation, after it is begun");
        return PQHW_USER_NOT_LOGGED_IN;
    }
    return !object_is_private(stream->key) || op->role == ROLE_USER ? PQHW_OK
                                                                    : PQHW_USER_NOT_LOGGED_IN;
}
