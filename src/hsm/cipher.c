/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypting and decrypting. An operation is a stream in its session: begun with a key, fed, and
 * ended by its terminal call.
 */
#include "hsm/stream.h"

struct ciphering {
    CK_FLAGS flag; /* CKF_ENCRYPT or CKF_DECRYPT */
    const struct mechanism *mechanism;
    CK_OBJECT_HANDLE key;
    struct span in;
    bool last;   /* no more will come */
    bool single; /* all of it in one call */
    uint8_t *out;
    size_t *out_len;
};

static enum pqhw_status run_init(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    const struct ciphering *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);
    struct stream fresh = {0};

    REQUIRE(stream->key == NULL, PQHW_OPERATION_ACTIVE);
    TRY(op_mechanism(op, args->mechanism, args->flag));
    fresh.info = op->info;
    fresh.in_parts = op->info->parts == PARTS_ALL;
    TRY(stream_open_key(op, &fresh, args->key, args->flag));
    TRY(op->app->device->backend_ops->op_new(resident_key(fresh.resident), args->mechanism,
                                             args->flag, &fresh.op));
    stream_begin(op, stream, &fresh);
out:
    stream_end(&fresh);
    return status;
}

/* A single-part call cannot end an operation that was given parts, nor may one that takes no parts
 * be given any. */
static enum pqhw_status check_order(struct op *op, struct stream *stream,
                                    const struct ciphering *args)
{
    enum pqhw_status status = PQHW_OK;

    TRY(stream_allowed(op, stream));
    if (args->single)
        REQUIRE(!stream->updated, PQHW_OPERATION_ACTIVE);
    else
        REQUIRE(stream->in_parts, PQHW_OPERATION_NOT_INITIALIZED);
out:
    return status;
}

static enum pqhw_status run_crypt(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct ciphering *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);
    bool asks = args->out == NULL;

    TRY(stream_active(op, stream));
    status = check_order(op, stream, args);
    if (status == PQHW_OK)
        status = op->app->device->backend_ops->op_crypt(stream->op, args->in, args->last, args->out,
                                                        args->out_len);
    op->only_asked = (status == PQHW_OK && asks) || status == PQHW_BUFFER_TOO_SMALL;
    if (op->only_asked)
        goto out;
    if (status == PQHW_OK) {
        op->output = args->out;
        op->output_len = *args->out_len;
        stream->updated = true;
    }
    if (status != PQHW_OK || args->last)
        stream_end(stream);
out:
    return status;
}

/* ---- the calls ---- */

enum pqhw_status hsm_encrypt_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                  const struct mechanism *mechanism, CK_OBJECT_HANDLE key)
{
    struct ciphering args = {.flag = CKF_ENCRYPT, .mechanism = mechanism, .key = key};

    return door(app, session, ACTION_ENCRYPT_INIT, run_init, &args);
}

enum pqhw_status hsm_encrypt(struct hsm_app *app, CK_SESSION_HANDLE session, struct span in,
                             uint8_t *out, size_t *len)
{
    struct ciphering args = {
        .flag = CKF_ENCRYPT, .in = in, .last = true, .single = true, .out = out, .out_len = len};

    return door(app, session, ACTION_ENCRYPT, run_crypt, &args);
}

enum pqhw_status hsm_encrypt_update(struct hsm_app *app, CK_SESSION_HANDLE session, struct span in,
                                    uint8_t *out, size_t *len)
{
    struct ciphering args = {.flag = CKF_ENCRYPT, .in = in, .out = out, .out_len = len};

    return door(app, session, ACTION_ENCRYPT_PART, run_crypt, &args);
}

enum pqhw_status hsm_encrypt_final(struct hsm_app *app, CK_SESSION_HANDLE session, uint8_t *out,
                                   size_t *len)
{
    struct ciphering args = {.flag = CKF_ENCRYPT, .last = true, .out = out, .out_len = len};

    return door(app, session, ACTION_ENCRYPT, run_crypt, &args);
}

enum pqhw_status hsm_decrypt_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                  const struct mechanism *mechanism, CK_OBJECT_HANDLE key)
{
    struct ciphering args = {.flag = CKF_DECRYPT, .mechanism = mechanism, .key = key};

    return door(app, session, ACTION_DECRYPT_INIT, run_init, &args);
}

enum pqhw_status hsm_decrypt(struct hsm_app *app, CK_SESSION_HANDLE session, struct span in,
                             uint8_t *out, size_t *len)
{
    struct ciphering args = {
        .flag = CKF_DECRYPT, .in = in, .last = true, .single = true, .out = out, .out_len = len};

    return door(app, session, ACTION_DECRYPT, run_crypt, &args);
}

enum pqhw_status hsm_decrypt_update(struct hsm_app *app, CK_SESSION_HANDLE session, struct span in,
                                    uint8_t *out, size_t *len)
{
    struct ciphering args = {.flag = CKF_DECRYPT, .in = in, .out = out, .out_len = len};

    return door(app, session, ACTION_DECRYPT_PART, run_crypt, &args);
}

enum pqhw_status hsm_decrypt_final(struct hsm_app *app, CK_SESSION_HANDLE session, uint8_t *out,
                                   size_t *len)
{
    struct ciphering args = {.flag = CKF_DECRYPT, .last = true, .out = out, .out_len = len};

    return door(app, session, ACTION_DECRYPT, run_crypt, &args);
}
