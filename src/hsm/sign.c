/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing and verifying. An operation is a stream in its session: begun with a key, fed, and ended
 * by its terminal call.
 */
#include <string.h>

#include "base/wipe.h"
#include "hsm/stream.h"

/* The longest is one of XMSS^MT, 104,520 bytes. */
#define SIGNATURE_MAX 131072

struct signing {
    CK_FLAGS flag; /* CKF_SIGN, CKF_VERIFY, or with _RECOVER */
    const struct mechanism *mechanism;
    CK_OBJECT_HANDLE key;
    struct span data;
    bool single;  /* all of the data in one call */
    uint8_t *out; /* signing */
    size_t *out_len;
    struct span sig; /* verifying */
    bool sig_first;  /* the C_VerifySignature family */
};

/* ---- beginning ---- */

/* The signature has to come first where it says how the data are hashed. */
static bool takes_parts(const struct mechanism_info *info, const struct signing *args)
{
    return info->parts == PARTS_ALL ||
           (info->parts == PARTS_NOT_VERIFY && (args->flag == CKF_SIGN || args->sig_first));
}

static enum pqhw_status run_init(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    const struct signing *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);
    const struct backend_ops *backend = op->app->device->backend_ops;
    struct stream fresh = {.sig = BUF_INIT(SIGNATURE_MAX), .sig_first = args->sig_first};

    REQUIRE(stream->key == NULL, PQHW_OPERATION_ACTIVE);
    TRY(op_mechanism(op, args->mechanism, args->flag));
    fresh.info = op->info;
    fresh.in_parts = takes_parts(op->info, args);
    TRY(stream_open_key(op, &fresh, args->key, args->flag));
    TRY(backend->op_new(resident_key(fresh.resident), args->mechanism, args->flag, &fresh.op));
    fresh.out_len = backend->op_output_len(fresh.op);
    if (args->sig_first) {
        TRY(backend->op_expect(fresh.op, args->sig));
        buf_put(&fresh.sig, args->sig.ptr, args->sig.len);
        TRY(buf_status(&fresh.sig));
    }
    stream_begin(op, stream, &fresh);
out:
    stream_end(&fresh);
    return status;
}

/* ---- going on ---- */

/* The operation that is active, of the family that was called. */
static enum pqhw_status active(struct op *op, const struct stream *stream,
                               const struct signing *args)
{
    if (stream->sig_first != args->sig_first)
        return PQHW_OPERATION_NOT_INITIALIZED;
    return stream_active(op, stream);
}

static enum pqhw_status run_part(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    const struct signing *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);

    TRY(active(op, stream, args));
    status = stream_allowed(op, stream);
    if (status == PQHW_OK && !stream->in_parts)
        status = PQHW_OPERATION_NOT_INITIALIZED;
    if (status == PQHW_OK)
        status = op->app->device->backend_ops->op_update(stream->op, args->data);
    stream->updated = true;
    if (status != PQHW_OK)
        stream_end(stream);
out:
    return status;
}

/* ---- ending ---- */

/* A single-part call takes its data now; it cannot end an operation that was given parts, nor the
 * other way about. */
static enum pqhw_status last_data(struct op *op, struct stream *stream, const struct signing *args)
{
    enum pqhw_status status = PQHW_OK;

    TRY(stream_allowed(op, stream));
    if (args->single) {
        REQUIRE(!stream->updated, PQHW_OPERATION_ACTIVE);
        TRY(op->app->device->backend_ops->op_update(stream->op, args->data));
    } else {
        REQUIRE(stream->in_parts, PQHW_OPERATION_NOT_INITIALIZED);
    }
out:
    return status;
}

bool op_checks_signature(const struct op *op, const struct object *key)
{
    CK_KEY_TYPE type;

    switch (op->app->device->settings.check_signatures) {
    case HSM_CHECK_NONE:
        return false;
    case HSM_CHECK_ALL:
        return true;
    default:
        type = attrs_number(object_attrs(key), CKA_KEY_TYPE, MECHANISM_NO_KEY);
        return type == CKK_SLH_DSA || type == CKK_PQHW_FALCON_ROUND3;
    }
}

static enum pqhw_status run_sign(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct signing *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);

    TRY(active(op, stream, args));
    size_t room = *args->out_len;
    if (args->out == NULL || room < stream->out_len) {
        *args->out_len = stream->out_len;
        op->only_asked = true;
        return args->out == NULL ? PQHW_OK : PQHW_BUFFER_TOO_SMALL;
    }
    status = last_data(op, stream, args);
    if (status == PQHW_OK) {
        op->output = args->out;
        op->output_len = stream->out_len;
        *args->out_len = stream->out_len;
        status = op->app->device->backend_ops->op_sign(stream->op, args->out,
                                                       op_checks_signature(op, stream->key));
    }
    if (status == PQHW_OK)
        *args->out_len = op->app->device->backend_ops->op_output_len(stream->op);
    stream_end(stream);
out:
    return status;
}

static enum pqhw_status run_verify(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    const struct signing *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);

    TRY(active(op, stream, args));
    status = last_data(op, stream, args);
    if (status == PQHW_OK)
        status = op->app->device->backend_ops->op_verify(
            stream->op, stream->sig_first ? buf_span(&stream->sig) : args->sig);
    stream_end(stream);
out:
    return status;
}

/* ---- with the data in the signature ---- */

static enum pqhw_status run_recover(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct signing *args = arguments;
    struct stream *stream = session_stream(op->session, args->flag);
    size_t room = *args->out_len;
    struct buf data = BUF_INIT(SIGNATURE_MAX);

    TRY(active(op, stream, args));
    *args->out_len = stream->out_len;
    op->only_asked = args->out == NULL;
    if (op->only_asked)
        goto out;
    uint8_t *at = buf_extend(&data, stream->out_len);
    status = buf_status(&data);
    if (status == PQHW_OK)
        status = stream_allowed(op, stream);
    if (status == PQHW_OK)
        status = op->app->device->backend_ops->op_recover(stream->op, args->sig, at, args->out_len);
    if (status == PQHW_OK && room < *args->out_len) {
        status = PQHW_BUFFER_TOO_SMALL;
    } else {
        if (status == PQHW_OK)
            memcpy(args->out, at, *args->out_len);
        stream_end(stream);
    }
out:
    buf_free(&data);
    return status;
}

/* ---- the calls ---- */

enum pqhw_status hsm_sign_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                               const struct mechanism *mechanism, CK_OBJECT_HANDLE key)
{
    struct signing args = {.flag = CKF_SIGN, .mechanism = mechanism, .key = key};

    return door(app, session, ACTION_SIGN_INIT, run_init, &args);
}

enum pqhw_status hsm_sign(struct hsm_app *app, CK_SESSION_HANDLE session, struct span data,
                          uint8_t *sig, size_t *sig_len)
{
    struct signing args = {
        .flag = CKF_SIGN, .data = data, .single = true, .out = sig, .out_len = sig_len};

    return door(app, session, ACTION_SIGN, run_sign, &args);
}

enum pqhw_status hsm_sign_update(struct hsm_app *app, CK_SESSION_HANDLE session, struct span data)
{
    struct signing args = {.flag = CKF_SIGN, .data = data};

    return door(app, session, ACTION_SIGN_PART, run_part, &args);
}

enum pqhw_status hsm_sign_final(struct hsm_app *app, CK_SESSION_HANDLE session, uint8_t *sig,
                                size_t *sig_len)
{
    struct signing args = {.flag = CKF_SIGN, .out = sig, .out_len = sig_len};

    return door(app, session, ACTION_SIGN, run_sign, &args);
}

enum pqhw_status hsm_sign_recover_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                       const struct mechanism *mechanism, CK_OBJECT_HANDLE key)
{
    struct signing args = {.flag = CKF_SIGN_RECOVER, .mechanism = mechanism, .key = key};

    return door(app, session, ACTION_SIGN_INIT, run_init, &args);
}

enum pqhw_status hsm_sign_recover(struct hsm_app *app, CK_SESSION_HANDLE session, struct span data,
                                  uint8_t *sig, size_t *sig_len)
{
    struct signing args = {
        .flag = CKF_SIGN_RECOVER, .data = data, .single = true, .out = sig, .out_len = sig_len};

    return door(app, session, ACTION_SIGN, run_sign, &args);
}

enum pqhw_status hsm_verify_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                 const struct mechanism *mechanism, CK_OBJECT_HANDLE key)
{
    struct signing args = {.flag = CKF_VERIFY, .mechanism = mechanism, .key = key};

    return door(app, session, ACTION_VERIFY_INIT, run_init, &args);
}

enum pqhw_status hsm_verify(struct hsm_app *app, CK_SESSION_HANDLE session, struct span data,
                            struct span sig)
{
    struct signing args = {.flag = CKF_VERIFY, .data = data, .single = true, .sig = sig};

    return door(app, session, ACTION_VERIFY, run_verify, &args);
}

enum pqhw_status hsm_verify_update(struct hsm_app *app, CK_SESSION_HANDLE session, struct span data)
{
    struct signing args = {.flag = CKF_VERIFY, .data = data};

    return door(app, session, ACTION_VERIFY_PART, run_part, &args);
}

enum pqhw_status hsm_verify_final(struct hsm_app *app, CK_SESSION_HANDLE session, struct span sig)
{
    struct signing args = {.flag = CKF_VERIFY, .sig = sig};

    return door(app, session, ACTION_VERIFY, run_verify, &args);
}

enum pqhw_status hsm_verify_recover_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                         const struct mechanism *mechanism, CK_OBJECT_HANDLE key)
{
    struct signing args = {.flag = CKF_VERIFY_RECOVER, .mechanism = mechanism, .key = key};

    return door(app, session, ACTION_VERIFY_INIT, run_init, &args);
}

enum pqhw_status hsm_verify_recover(struct hsm_app *app, CK_SESSION_HANDLE session, struct span sig,
                                    uint8_t *out, size_t *len)
{
    struct signing args = {.flag = CKF_VERIFY_RECOVER, .sig = sig, .out = out, .out_len = len};

    return door(app, session, ACTION_VERIFY, run_recover, &args);
}

enum pqhw_status hsm_verify_signature_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                           const struct mechanism *mechanism, CK_OBJECT_HANDLE key,
                                           struct span sig)
{
    struct signing args = {
        .flag = CKF_VERIFY, .mechanism = mechanism, .key = key, .sig = sig, .sig_first = true};

    return door(app, session, ACTION_VERIFY_INIT, run_init, &args);
}

enum pqhw_status hsm_verify_signature(struct hsm_app *app, CK_SESSION_HANDLE session,
                                      struct span data)
{
    struct signing args = {.flag = CKF_VERIFY, .data = data, .single = true, .sig_first = true};

    return door(app, session, ACTION_VERIFY, run_verify, &args);
}

enum pqhw_status hsm_verify_signature_update(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             struct span data)
{
    struct signing args = {.flag = CKF_VERIFY, .data = data, .sig_first = true};

    return door(app, session, ACTION_VERIFY_PART, run_part, &args);
}

enum pqhw_status hsm_verify_signature_final(struct hsm_app *app, CK_SESSION_HANDLE session)
{
    struct signing args = {.flag = CKF_VERIFY, .sig_first = true};

    return door(app, session, ACTION_VERIFY, run_verify, &args);
}
