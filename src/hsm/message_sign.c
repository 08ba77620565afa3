/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing and verifying messages, all of them as the mechanism says that the process was begun
 * with.
 */
#include "hsm/message.h"

struct message_sign {
    CK_FLAGS flag;
    struct span data;
    uint8_t *out;
    size_t *out_len;
    struct span sig;
};

static enum pqhw_status begin(const struct op *op, struct stream *stream)
{
    return op->app->device->backend_ops->op_new(resident_key(stream->resident),
                                                &stream->messages->mechanism,
                                                stream->messages->single, &stream->op);
}

/* The message's end: sign or verify. */
static enum pqhw_status finish(struct op *op, struct stream *stream, struct message_sign *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct backend_ops *ops = op->app->device->backend_ops;

    TRY(ops->op_update(stream->op, args->data));
    if (args->flag == CKF_MESSAGE_VERIFY)
        return ops->op_verify(stream->op, args->sig);
    op->output = args->out;
    op->output_len = *args->out_len;
    TRY(ops->op_sign(stream->op, args->out, op_checks_signature(op, stream->key)));
    *args->out_len = ops->op_output_len(stream->op);
out:
    return status;
}

/* True if the signature's length was asked for, or there is too little room for it. */
static bool asks(struct op *op, const struct stream *stream, struct message_sign *args,
                 enum pqhw_status *status)
{
    if (args->flag == CKF_MESSAGE_VERIFY)
        return false;
    size_t room = *args->out_len;
    *args->out_len = op->app->device->backend_ops->op_output_len(stream->op);
    if (args->out != NULL && room >= *args->out_len)
        return false;
    op->only_asked = true;
    *status = args->out == NULL ? PQHW_OK : PQHW_BUFFER_TOO_SMALL;
    return true;
}

static enum pqhw_status run_single(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct message_sign *args = arguments;
    struct stream *stream = NULL;

    TRY(message_stream(op, args->flag, false, &stream));
    TRY(begin(op, stream));
    if (!asks(op, stream, args, &status))
        status = finish(op, stream, args);
out:
    if (stream != NULL)
        message_end(stream);
    return status;
}

static enum pqhw_status run_begin(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct message_sign *args = arguments;
    struct stream *stream;

    TRY(message_stream(op, args->flag, false, &stream));
    REQUIRE(stream->in_parts, PQHW_MECHANISM_INVALID);
    TRY(begin(op, stream));
out:
    return status;
}

static enum pqhw_status run_part(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct message_sign *args = arguments;
    struct stream *stream;

    TRY(message_stream(op, args->flag, true, &stream));
    status = op->app->device->backend_ops->op_update(stream->op, args->data);
    if (status != PQHW_OK)
        message_end(stream);
out:
    return status;
}

static enum pqhw_status run_last(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct message_sign *args = arguments;
    struct stream *stream;

    TRY(message_stream(op, args->flag, true, &stream));
    if (asks(op, stream, args, &status))
        return status;
    status = finish(op, stream, args);
    message_end(stream);
out:
    return status;
}

static enum pqhw_status go(struct hsm_app *app, CK_SESSION_HANDLE session,
                           struct message_sign *args, op_run run)
{
    bool sign = args->flag == CKF_MESSAGE_SIGN;

    if (run == run_begin || run == run_part)
        return door(app, session, sign ? ACTION_SIGN_PART : ACTION_VERIFY_PART, run, args);
    return door(app, session, sign ? ACTION_SIGN : ACTION_VERIFY, run, args);
}

/* ---- the calls ---- */

enum pqhw_status hsm_message_sign(struct hsm_app *app, CK_SESSION_HANDLE session, struct span data,
                                  uint8_t *sig, size_t *sig_len)
{
    struct message_sign args = {
        .flag = CKF_MESSAGE_SIGN, .data = data, .out = sig, .out_len = sig_len};

    return go(app, session, &args, run_single);
}

enum pqhw_status hsm_message_verify(struct hsm_app *app, CK_SESSION_HANDLE session,
                                    struct span data, struct span sig)
{
    struct message_sign args = {.flag = CKF_MESSAGE_VERIFY, .data = data, .sig = sig};

    return go(app, session, &args, run_single);
}

enum pqhw_status hsm_message_sign_begin(struct hsm_app *app, CK_SESSION_HANDLE session,
                                        CK_FLAGS flag)
{
    struct message_sign args = {.flag = flag};

    return go(app, session, &args, run_begin);
}

enum pqhw_status hsm_message_sign_part(struct hsm_app *app, CK_SESSION_HANDLE session,
                                       CK_FLAGS flag, struct span data)
{
    struct message_sign args = {.flag = flag, .data = data};

    return go(app, session, &args, run_part);
}

enum pqhw_status hsm_message_sign_last(struct hsm_app *app, CK_SESSION_HANDLE session,
                                       struct span data, uint8_t *sig, size_t *sig_len)
{
    struct message_sign args = {
        .flag = CKF_MESSAGE_SIGN, .data = data, .out = sig, .out_len = sig_len};

    return go(app, session, &args, run_last);
}

enum pqhw_status hsm_message_verify_last(struct hsm_app *app, CK_SESSION_HANDLE session,
                                         struct span data, struct span sig)
{
    struct message_sign args = {.flag = CKF_MESSAGE_VERIFY, .data = data, .sig = sig};

    return go(app, session, &args, run_last);
}
