/* SPDX-License-Identifier: Apache-2.0
 *
 * Message digests and random numbers: what a session can do without a key.
 */
#include "crypto/classic/digest.h"

#include "crypto/random/random.h"
#include "hsm/door.h"

struct digesting {
    const struct mechanism *mechanism;
    CK_OBJECT_HANDLE key;
    struct span data;
    bool single;
    uint8_t *out;
    size_t *out_len;
};

static enum pqhw_status run_init(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    const struct digesting *args = arguments;
    struct stream *stream = &op->session->streams[STREAM_DIGEST];
    enum digest_alg alg;

    REQUIRE(stream->digest == NULL, PQHW_OPERATION_ACTIVE);
    TRY(mechanism_check(args->mechanism, CKF_DIGEST, &op->info));
    REQUIRE(mechanism_digest(op->info->type, &alg), PQHW_MECHANISM_INVALID);
    TRY(digest_new(op->app->device->classic, &stream->digest, alg));
    stream->out_len = digest_len(alg);
out:
    return status;
}

static enum pqhw_status take_in(struct stream *stream, struct span data)
{
    enum pqhw_status status = digest_update(stream->digest, data);

    stream->updated = true;
    if (status != PQHW_OK)
        stream_end(stream);
    return status;
}

static enum pqhw_status run_update(struct op *op, void *arguments)
{
    const struct digesting *args = arguments;

    if (op->session->streams[STREAM_DIGEST].digest == NULL)
        return PQHW_OPERATION_NOT_INITIALIZED;
    return take_in(&op->session->streams[STREAM_DIGEST], args->data);
}

static void undo_key(struct op *op)
{
    stream_end(&op->session->streams[STREAM_DIGEST]);
}

/* Only what could be read anyway may be digested: the hash of a short secret gives it away. That is
 * why it stands in the audit log as if it had been read. */
static enum pqhw_status run_key(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    const struct digesting *args = arguments;
    struct stream *stream = &op->session->streams[STREAM_DIGEST];
    struct object *key = NULL;
    struct span secrets;
    struct span value;

    REQUIRE(stream->digest != NULL, PQHW_OPERATION_NOT_INITIALIZED);
    status = op_object(op, args->key, &key);
    REQUIRE(status != PQHW_OBJECT_HANDLE_INVALID, PQHW_KEY_HANDLE_INVALID);
    TRY(status);
    op_name_object(op, key);
    REQUIRE(attrs_has(object_attrs(key), CKA_KEY_TYPE), PQHW_KEY_HANDLE_INVALID);
    REQUIRE(attrs_number(object_attrs(key), CKA_CLASS, 0) == CKO_SECRET_KEY &&
                rules_readable(object_attrs(key), CKA_VALUE) == PQHW_OK,
            PQHW_KEY_INDIGESTIBLE);
    TRY(object_secrets(key, &secrets));
    REQUIRE(attrs_get(secrets, CKA_VALUE, &value), PQHW_KEY_INDIGESTIBLE);
    TRY(take_in(stream, value));
    op->undo = undo_key;
out:
    object_unref(key);
    return status;
}

static enum pqhw_status finish(struct stream *stream, const struct digesting *args)
{
    enum pqhw_status status = PQHW_OK;

    if (args->single) {
        REQUIRE(!stream->updated, PQHW_OPERATION_ACTIVE);
        TRY(digest_update(stream->digest, args->data));
    }
    *args->out_len = stream->out_len;
    TRY(digest_final(stream->digest, args->out));
out:
    stream_end(stream);
    return status;
}

static enum pqhw_status run_final(struct op *op, void *arguments)
{
    const struct digesting *args = arguments;
    struct stream *stream = &op->session->streams[STREAM_DIGEST];

    if (stream->digest == NULL)
        return PQHW_OPERATION_NOT_INITIALIZED;
    if (args->out == NULL || *args->out_len < stream->out_len) {
        *args->out_len = stream->out_len;
        return args->out == NULL ? PQHW_OK : PQHW_BUFFER_TOO_SMALL;
    }
    return finish(stream, args);
}

enum pqhw_status hsm_digest_init(struct hsm_app *app, CK_SESSION_HANDLE session,
                                 const struct mechanism *mechanism)
{
    struct digesting args = {.mechanism = mechanism};

    return door(app, session, ACTION_DIGEST, run_init, &args);
}

enum pqhw_status hsm_digest(struct hsm_app *app, CK_SESSION_HANDLE session, struct span data,
                            uint8_t *out, size_t *len)
{
    struct digesting args = {.data = data, .single = true, .out = out, .out_len = len};

    return door(app, session, ACTION_DIGEST, run_final, &args);
}

enum pqhw_status hsm_digest_update(struct hsm_app *app, CK_SESSION_HANDLE session, struct span data)
{
    struct digesting args = {.data = data};

    return door(app, session, ACTION_DIGEST, run_update, &args);
}

enum pqhw_status hsm_digest_key(struct hsm_app *app, CK_SESSION_HANDLE session,
                                CK_OBJECT_HANDLE key)
{
    struct digesting args = {.key = key};

    return door(app, session, ACTION_OBJECT_REVEAL, run_key, &args);
}

enum pqhw_status hsm_digest_final(struct hsm_app *app, CK_SESSION_HANDLE session, uint8_t *out,
                                  size_t *len)
{
    struct digesting args = {.out = out, .out_len = len};

    return door(app, session, ACTION_DIGEST, run_final, &args);
}

/* ---- random numbers ---- */

struct randomness {
    uint8_t *out;
    size_t len;
    struct span seed;
};

static enum pqhw_status run_random(struct op *op, void *arguments)
{
    const struct randomness *args = arguments;

    return random_bytes(op->app->device->classic, args->out, args->len);
}

enum pqhw_status hsm_random(struct hsm_app *app, CK_SESSION_HANDLE session, uint8_t *out,
                            size_t len)
{
    struct randomness args = {.out = out, .len = len};

    return door(app, session, ACTION_RANDOM, run_random, &args);
}

static enum pqhw_status run_seed(struct op *op, void *arguments)
{
    const struct randomness *args = arguments;

    return random_stir(op->app->device->classic, args->seed);
}

enum pqhw_status hsm_random_seed(struct hsm_app *app, CK_SESSION_HANDLE session, struct span seed)
{
    struct randomness args = {.seed = seed};

    return door(app, session, ACTION_RANDOM, run_seed, &args);
}
