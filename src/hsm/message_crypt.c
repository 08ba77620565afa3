/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypting and decrypting messages. The tag stands apart from the ciphertext here; to the backend
 * it is the ciphertext's end.
 */
#include <string.h>

#include "crypto/classic/cipher.h"
#include "crypto/random/random.h"
#include "hsm/message.h"

struct message_crypt {
    CK_FLAGS flag;
    const struct hsm_message *message;
    struct span in;
    bool last;
    uint8_t *out;
    size_t *out_len;
    uint8_t iv[CIPHER_MAX_IV_LEN]; /* that the message is encrypted with */
};

/* ---- nonces ---- */

/* A random part of a nonce shorter than this repeats too soon (SP 800-38D, 8.2.2). */
#define RANDOM_MIN_BITS 96

/* Put `source` into the `bits` low bits of a nonce, or add it to them. Public. */
static void fill_low_bits(uint8_t *iv, size_t len, size_t bits, const uint8_t *source, bool add)
{
    for (size_t i = len; i > 0 && bits > 0; i--) {
        uint8_t mask = bits >= 8 ? 0xff : (uint8_t)((1u << bits) - 1);
        uint8_t kept = add ? iv[i - 1] : iv[i - 1] & (uint8_t)~mask;

        iv[i - 1] = kept ^ (source[i - 1] & mask);
        bits -= bits >= 8 ? 8 : bits;
    }
}

static void counter_bytes(uint8_t *out, size_t len, uint64_t counter)
{
    memset(out, 0, len);
    for (size_t i = len; i > 0 && counter != 0; i--, counter >>= 8)
        out[i - 1] = (uint8_t)counter;
}

/* The nonce of the next message: the caller's, with what the generator that it names gives. */
static enum pqhw_status next_nonce(const struct op *op, const struct messages *messages,
                                   struct message_crypt *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct hsm_message *message = args->message;
    size_t len = message->mechanism.iv.len;
    size_t bits = 8 * len - message->fixed_bits;
    uint8_t source[CIPHER_MAX_IV_LEN];

    REQUIRE(len > 0 && len <= CIPHER_MAX_IV_LEN && message->fixed_bits <= 8 * len,
            PQHW_MECHANISM_PARAM_INVALID);
    memcpy(args->iv, message->mechanism.iv.ptr, len);
    switch (message->generator) {
    case CKG_NO_GENERATE:
        return PQHW_OK;
    case CKG_GENERATE:
    case CKG_GENERATE_RANDOM:
        REQUIRE(bits >= RANDOM_MIN_BITS, PQHW_MECHANISM_PARAM_INVALID);
        TRY(random_bytes(op->app->device->classic, source, len));
        fill_low_bits(args->iv, len, bits, source, false);
        return PQHW_OK;
    case CKG_GENERATE_COUNTER:
    case CKG_GENERATE_COUNTER_XOR:
        /* A counter that began again would give a nonce twice. */
        REQUIRE(bits >= 64 || messages->num >> bits == 0, PQHW_MECHANISM_PARAM_INVALID);
        counter_bytes(source, len, messages->num);
        fill_low_bits(args->iv, len, bits, source, message->generator == CKG_GENERATE_COUNTER_XOR);
        return PQHW_OK;
    default:
        status = PQHW_MECHANISM_PARAM_INVALID;
    }
out:
    return status;
}

/* ---- one message ---- */

/* Begin it; the stream's op is the message's. */
static enum pqhw_status begin(struct op *op, struct stream *stream, struct message_crypt *args)
{
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism = args->message->mechanism;

    REQUIRE(mechanism.type == stream->info->type, PQHW_MECHANISM_PARAM_INVALID);
    TRY(mechanism_check(&mechanism, args->flag, &op->info));
    if (args->flag == CKF_MESSAGE_ENCRYPT) {
        TRY(next_nonce(op, stream->messages, args));
        mechanism.iv = span(args->iv, mechanism.iv.len);
    }
    TRY(op->app->device->backend_ops->op_new(resident_key(stream->resident), &mechanism,
                                             stream->messages->single, &stream->op));
    stream->messages->tag_len = mechanism.mac_len;
out:
    return status;
}

/* From here on the nonce is used up, whatever becomes of the message. */
static void use_nonce(struct stream *stream, const struct message_crypt *args)
{
    const struct hsm_message *message = args->message;

    stream->messages->num++;
    if (args->flag == CKF_MESSAGE_ENCRYPT && message->iv_out != NULL)
        memcpy(message->iv_out, args->iv, message->mechanism.iv.len);
}

/* The last piece is encrypted into memory of our own, and parted there. */
static enum pqhw_status encrypt_last(struct op *op, struct stream *stream,
                                     struct message_crypt *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct backend_ops *ops = op->app->device->backend_ops;
    size_t tag_len = args->message->mechanism.mac_len;
    size_t room = *args->out_len;
    size_t len = 0;
    struct buf whole = BUF_INIT(SIZE_MAX);

    TRY(ops->op_crypt(stream->op, args->in, true, NULL, &len));
    REQUIRE(len >= tag_len, PQHW_MECHANISM_PARAM_INVALID);
    *args->out_len = len - tag_len;
    op->only_asked = args->out == NULL;
    if (op->only_asked)
        goto out;
    REQUIRE(room >= *args->out_len, PQHW_BUFFER_TOO_SMALL);
    uint8_t *at = buf_extend(&whole, len);
    TRY(buf_status(&whole));
    TRY(ops->op_crypt(stream->op, args->in, true, at, &len));
    *args->out_len = len - tag_len;
    memcpy(args->out, at, *args->out_len);
    memcpy(args->message->tag, at + *args->out_len, tag_len);
out:
    buf_free(&whole);
    return status;
}

static enum pqhw_status decrypt_last(struct op *op, struct stream *stream,
                                     struct message_crypt *args)
{
    enum pqhw_status status = PQHW_OK;
    struct buf whole = BUF_INIT(SIZE_MAX);

    buf_put(&whole, args->in.ptr, args->in.len);
    buf_put(&whole, args->message->tag, args->message->mechanism.mac_len);
    TRY(buf_status(&whole));
    TRY(op->app->device->backend_ops->op_crypt(stream->op, buf_span(&whole), true, args->out,
                                               args->out_len));
    op->only_asked = args->out == NULL;
out:
    buf_free(&whole);
    return status;
}

static enum pqhw_status crypt(struct op *op, struct stream *stream, struct message_crypt *args)
{
    enum pqhw_status status;

    if (!args->last) {
        status = op->app->device->backend_ops->op_crypt(stream->op, args->in, false, args->out,
                                                        args->out_len);
        op->only_asked = status == PQHW_OK && args->out == NULL;
    } else if (args->flag == CKF_MESSAGE_ENCRYPT) {
        status = encrypt_last(op, stream, args);
    } else {
        status = decrypt_last(op, stream, args);
    }
    op->only_asked |= status == PQHW_BUFFER_TOO_SMALL;
    if (status == PQHW_OK && !op->only_asked) {
        op->output = args->out;
        op->output_len = *args->out_len;
    }
    return status;
}

/* ---- the calls ---- */

/* In one call. */
static enum pqhw_status run_single(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct message_crypt *args = arguments;
    struct stream *stream = NULL;

    TRY(message_stream(op, args->flag, false, &stream));
    TRY(begin(op, stream, args));
    status = crypt(op, stream, args);
    if (!op->only_asked)
        use_nonce(stream, args);
out:
    if (stream != NULL)
        message_end(stream);
    return status;
}

static enum pqhw_status run_begin(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct message_crypt *args = arguments;
    struct stream *stream;

    TRY(message_stream(op, args->flag, false, &stream));
    TRY(begin(op, stream, args));
    use_nonce(stream, args);
out:
    return status;
}

static enum pqhw_status run_next(struct op *op, void *arguments)
{
    enum pqhw_status status = PQHW_OK;
    struct message_crypt *args = arguments;
    struct stream *stream;

    TRY(message_stream(op, args->flag, true, &stream));
    /* A part's parameter says again where the tag is, and is held to how long it was to be. */
    if (args->message->mechanism.mac_len != stream->messages->tag_len)
        status = PQHW_MECHANISM_PARAM_INVALID;
    else
        status = crypt(op, stream, args);
    if (!op->only_asked && (args->last || status != PQHW_OK))
        message_end(stream);
out:
    return status;
}

static enum pqhw_status go(struct hsm_app *app, CK_SESSION_HANDLE session,
                           struct message_crypt *args, op_run run)
{
    bool whole = run == run_single || args->last;
    bool encrypt = args->flag == CKF_MESSAGE_ENCRYPT;
    enum action part = encrypt ? ACTION_ENCRYPT_PART : ACTION_DECRYPT_PART;

    return door(app, session, whole ? (encrypt ? ACTION_ENCRYPT : ACTION_DECRYPT) : part, run,
                args);
}

enum pqhw_status hsm_message_crypt(struct hsm_app *app, CK_SESSION_HANDLE session, CK_FLAGS flag,
                                   const struct hsm_message *message, struct span in, uint8_t *out,
                                   size_t *len)
{
    struct message_crypt args = {
        .flag = flag, .message = message, .in = in, .last = true, .out = out, .out_len = len};

    return go(app, session, &args, run_single);
}

enum pqhw_status hsm_message_crypt_begin(struct hsm_app *app, CK_SESSION_HANDLE session,
                                         CK_FLAGS flag, const struct hsm_message *message)
{
    struct message_crypt args = {.flag = flag, .message = message};

    return go(app, session, &args, run_begin);
}

enum pqhw_status hsm_message_crypt_next(struct hsm_app *app, CK_SESSION_HANDLE session,
                                        CK_FLAGS flag, const struct hsm_message *message,
                                        struct span in, bool last, uint8_t *out, size_t *len)
{
    struct message_crypt args = {
        .flag = flag, .message = message, .in = in, .last = last, .out = out, .out_len = len};

    return go(app, session, &args, run_next);
}
