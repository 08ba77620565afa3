/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/stream.h"

#include "hsm/detail.h"

/* A number that changes whenever keys of its kind may have gone: of token objects with each commit,
 * whoever makes it. */
static uint64_t generation_of(const struct op *op, CK_OBJECT_HANDLE key)
{
    return key < HANDLE_BUILTIN_BASE ? partition_generation(op->partition)
                                     : slot_generation(op->session->slot);
}

enum pqhw_status stream_open_key(struct op *op, struct stream *fresh, CK_OBJECT_HANDLE key,
                                 CK_FLAGS flag)
{
    enum pqhw_status status = PQHW_OK;

    fresh->generation = generation_of(op, key); /* before it is looked for */
    TRY(op_key(op, key, flag, &fresh->key));
    TRY(object_key(fresh->key, &fresh->resident));
out:
    return status;
}

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

/* A key that was destroyed since the operation began, by whomever, is not used any more. One that
 * was changed is still there. */
static enum pqhw_status key_is_there(struct op *op, struct stream *stream)
{
    CK_OBJECT_HANDLE handle = stream->key->handle;
    uint64_t generation = generation_of(op, handle);
    struct object *now;

    if (generation == stream->generation)
        return PQHW_OK;
    enum pqhw_status status = op_object(op, handle, &now);
    if (status == PQHW_OBJECT_HANDLE_INVALID)
        return PQHW_KEY_HANDLE_INVALID;
    if (status == PQHW_OK)
        stream->generation = generation;
    object_unref(now);
    return status;
}

enum pqhw_status stream_allowed(struct op *op, struct stream *stream)
{
    if (stream->locked) {
        detail_set("this key wants a login for each operation, after it is begun");
        return PQHW_USER_NOT_LOGGED_IN;
    }
    if (object_is_private(stream->key) && op->role != ROLE_USER)
        return PQHW_USER_NOT_LOGGED_IN;
    return key_is_there(op, stream);
}
