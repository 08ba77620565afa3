/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/message.h"

#include <stdlib.h>

void messages_free(struct messages *messages)
{
    if (messages == NULL)
        return;
    buf_free(&messages->room);
    free(messages);
}

void message_end(struct stream *stream)
{
    if (stream->op != NULL)
        stream->key->partition->device->backend_ops->op_free(stream->op);
    stream->op = NULL;
}

enum pqhw_status message_stream(struct op *op, CK_FLAGS flag, bool begun, struct stream **out)
{
    enum pqhw_status status = PQHW_OK;
    struct stream *stream = session_stream(op->session, flag);

    TRY(stream_active(op, stream));
    status = stream_allowed(op, stream);
    if (status == PQHW_KEY_HANDLE_INVALID)
        stream_end(stream); /* there will be no other message */
    TRY(status);
    REQUIRE(!begun || stream->op != NULL, PQHW_OPERATION_NOT_INITIALIZED);
    REQUIRE(begun || stream->op == NULL, PQHW_OPERATION_ACTIVE);
    *out = stream;
out:
    return status;
}

/* ---- beginning ---- */

struct message_init {
    CK_FLAGS flag;
    const struct mechanism *mechanism;
    CK_OBJECT_HANDLE key;
};

static CK_FLAGS single_flag(CK_FLAGS flag)
{
    switch (flag) {
    case CKF_MESSAGE_SIGN:
        return CKF_SIGN;
    case CKF_MESSAGE_VERIFY:
        return CKF_VERIFY;
    case CKF_MESSAGE_ENCRYPT:
        return CKF_ENCRYPT;
    case CKF_MESSAGE_DECRYPT:
        return CKF_DECRYPT;
    default:
        return 0;
    }
}

static void keep_span(struct buf *room, struct span *span_)
{
    size_t at = room->len;

    buf_put(room, span_->ptr, span_->len);
    if (buf_status(room) == PQHW_OK)
        *span_ = span(room->ptr + at, span_->len);
}

/* A copy whose spans do not go with the call. The room is reserved first, so that it does not
 * move. */
static enum pqhw_status keep_mechanism(struct messages *messages, const struct mechanism *mechanism)
{
    struct mechanism *kept = &messages->mechanism;
    struct span *const spans[] = {&kept->context, &kept->iv,   &kept->counter,
                                  &kept->aad,     &kept->salt, &kept->data};
    const size_t num = sizeof(spans) / sizeof(spans[0]);
    size_t len = 0;

    *kept = *mechanism;
    for (size_t i = 0; i < num; i++)
        len += spans[i]->len;
    messages->room = BUF_INIT(len);
    buf_reserve(&messages->room, len);
    for (size_t i = 0; i < num; i++)
        keep_span(&messages->room, spans[i]);
    return buf_status(&messages->room);
}

/* Each message has its parameter when it is encrypted, and all have the same when they are signed.
 */
static enum pqhw_status check_mechanism(struct op *op, const struct message_init *args)
{
    enum pqhw_status status = PQHW_OK;
    CK_FLAGS single = single_flag(args->flag);
    const struct mechanism_info *info = mechanism_find(args->mechanism->type);

    REQUIRE(info != NULL && (info->flags & args->flag) != 0, PQHW_MECHANISM_INVALID);
    if (single == CKF_SIGN || single == CKF_VERIFY)
        TRY(op_mechanism(op, args->mechanism, single));
    op->info = info;
out:
    return status;
}

static enum pqhw_status run_init(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    const struct message_init *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);
    struct stream fresh = {0};

    REQUIRE(stream->key == NULL, PQHW_OPERATION_ACTIVE);
    TRY(check_mechanism(op, args));
    fresh.info = op->info;
    fresh.in_parts = op->info->parts == PARTS_ALL ||
                     (op->info->parts == PARTS_NOT_VERIFY && args->flag == CKF_MESSAGE_SIGN);
    fresh.messages = calloc(1, sizeof(*fresh.messages));
    REQUIRE(fresh.messages != NULL, PQHW_NO_MEMORY);
    fresh.messages->single = single_flag(args->flag);
    TRY(keep_mechanism(fresh.messages, args->mechanism));
    TRY(stream_open_key(op, &fresh, args->key, fresh.messages->single));
    /* One login would serve any number of messages. */
    REQUIRE(!op->wants_login, PQHW_USER_NOT_LOGGED_IN);
    stream_begin(op, stream, &fresh);
out:
    stream_end(&fresh);
    return status;
}

static enum action init_action(CK_FLAGS flag)
{
    switch (flag) {
    case CKF_MESSAGE_SIGN:
        return ACTION_SIGN_INIT;
    case CKF_MESSAGE_VERIFY:
        return ACTION_VERIFY_INIT;
    case CKF_MESSAGE_ENCRYPT:
        return ACTION_ENCRYPT_INIT;
    default:
        return ACTION_DECRYPT_INIT;
    }
}

enum pqhw_status hsm_message_init(struct hsm_app *app, CK_SESSION_HANDLE session, CK_FLAGS flag,
                                  const struct mechanism *mechanism, CK_OBJECT_HANDLE key)
{
    struct message_init args = {.flag = flag, .mechanism = mechanism, .key = key};

    if (single_flag(flag) == 0)
        return PQHW_ARGUMENTS_BAD;
    return door(app, session, init_action(flag), run_init, &args);
}

/* ---- asking and ending ---- */

struct message_query {
    CK_FLAGS flag;
    CK_MECHANISM_TYPE type;
};

static enum pqhw_status run_mechanism(struct op *op, void *arguments)
{
    struct message_query *args = arguments;
    const struct stream *stream = session_stream(op->session, args->flag);

    if (stream->key == NULL)
        return PQHW_OPERATION_NOT_INITIALIZED;
    args->type = stream->info->type;
    return PQHW_OK;
}

enum pqhw_status hsm_message_mechanism(struct hsm_app *app, CK_SESSION_HANDLE session,
                                       CK_FLAGS flag, CK_MECHANISM_TYPE *out)
{
    struct message_query args = {.flag = flag};
    enum pqhw_status status = door(app, session, ACTION_OBJECT_READ, run_mechanism, &args);

    if (status == PQHW_OK)
        *out = args.type;
    return status;
}

static enum pqhw_status run_final(struct op *op, void *arguments)
{
    const struct message_query *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);

    if (stream->key == NULL)
        return PQHW_OPERATION_NOT_INITIALIZED;
    if (stream->op != NULL)
        return PQHW_OPERATION_ACTIVE;
    stream_end(stream);
    return PQHW_OK;
}

enum pqhw_status hsm_message_final(struct hsm_app *app, CK_SESSION_HANDLE session, CK_FLAGS flag)
{
    struct message_query args = {.flag = flag};

    return door(app, session, ACTION_OBJECT_READ, run_final, &args);
}
