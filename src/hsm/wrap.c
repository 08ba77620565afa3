/* SPDX-License-Identifier: Apache-2.0
 *
 * Wrapping and unwrapping keys.
 */
#include <string.h>

#include "crypto/random/random.h"
#include "hsm/objects.h"

/* Room for an output, as op_crypt takes it. */
struct span_out {
    uint8_t *ptr;
    size_t *len;
};

/* ---- wrapping ---- */

struct wrap {
    const struct mechanism *mechanism;
    const struct hsm_wrap *what;
    uint8_t *out;
    size_t *out_len;
    uint8_t iv[HSM_WRAP_IV_LEN]; /* that was drawn */
};

/* An AEAD: its tag is whole, for it guards a key, and a short one is found by trying. */
static bool has_tag(const struct op *op)
{
    return op->info->param == PARAM_GCM;
}

/*
 * The initial values of RFC 3394 and RFC 5649, which are none or these for whoever wraps. With one
 * of the caller's, key wrap with padding is AES itself on a block that he chooses almost all of,
 * and what one mechanism wraps another unwraps as a key that is cut off.
 */
static bool usual_iv(const struct op *op, struct span iv)
{
    static const uint8_t kw[] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};
    static const uint8_t kwp[] = {0xa6, 0x59, 0x59, 0xa6};

    return iv.len == 0 || span_equal(iv, op->info->param == PARAM_KW_IV ? SPAN(kw) : SPAN(kwp));
}

/*
 * Whoever has the login can bring any public key, or make a pair whose private half decrypts what
 * the public half wraps. The officer says which ones are fit to wrap for.
 */
static bool anybodys(struct span attrs)
{
    return attrs_number(attrs, CKA_CLASS, CK_UNAVAILABLE_INFORMATION) == CKO_PUBLIC_KEY &&
           !attrs_bool(attrs, CKA_TRUSTED, false);
}

/* The key that wraps, in the words that C_WrapKey has for it. */
static enum pqhw_status wrapping_key(struct op *op, CK_OBJECT_HANDLE handle, struct object **out)
{
    enum pqhw_status status = op_key(op, handle, CKF_WRAP, out);

    REQUIRE(status != PQHW_KEY_HANDLE_INVALID, PQHW_WRAPPING_KEY_HANDLE_INVALID);
    REQUIRE(status != PQHW_KEY_TYPE_INCONSISTENT, PQHW_WRAPPING_KEY_TYPE_INCONSISTENT);
    TRY(status);
    REQUIRE(op_use_separate(op, *out), PQHW_KEY_FUNCTION_NOT_PERMITTED);
    REQUIRE(op->policy.open_wrapping || !anybodys(object_attrs(*out)),
            PQHW_KEY_FUNCTION_NOT_PERMITTED);
out:
    return status;
}

/* Trust is in a key that does nothing else, whatever the policy lets others do. */
static bool fit_for_trust(struct span attrs)
{
    return attrs_bool(attrs, CKA_TRUSTED, false) && !rules_conflicting(attrs);
}

static enum pqhw_status check_wrappable(const struct object *wrapping, const struct object *key)
{
    enum pqhw_status status = PQHW_OK;
    struct span attrs = object_attrs(key);
    CK_OBJECT_CLASS object_class = attrs_number(attrs, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);

    REQUIRE(object_class == CKO_SECRET_KEY || object_class == CKO_PRIVATE_KEY,
            attrs_has(attrs, CKA_KEY_TYPE) ? PQHW_KEY_NOT_WRAPPABLE : PQHW_KEY_HANDLE_INVALID);
    REQUIRE(attrs_bool(attrs, CKA_EXTRACTABLE, false), PQHW_KEY_UNEXTRACTABLE);
    REQUIRE(!attrs_bool(attrs, CKA_WRAP_WITH_TRUSTED, false) ||
                fit_for_trust(object_attrs(wrapping)),
            PQHW_KEY_NOT_WRAPPABLE);
    REQUIRE(op_fits_template(wrapping, CKA_WRAP_TEMPLATE, attrs), PQHW_KEY_HANDLE_INVALID);
out:
    return status;
}

/* What is wrapped of a key: a secret key's value, a private key's PKCS#8. */
static enum pqhw_status plain_of(struct op *op, struct object *key, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct backend *backend = op->app->device->backend;
    struct span attrs = object_attrs(key);
    struct span secrets;
    struct span value;

    TRY(object_secrets(key, &secrets));
    if (attrs_number(attrs, CKA_CLASS, 0) == CKO_PRIVATE_KEY)
        return backend->ops->encode_private(backend, attrs, secrets, out);
    REQUIRE(attrs_get(secrets, CKA_VALUE, &value), PQHW_RECORD_DAMAGED);
    TRY(secret_from(out, value));
out:
    return status;
}

/* Encrypt in one piece; afterwards *len is as op_crypt says. */
static enum pqhw_status crypt(const struct op *op, struct object *key,
                              const struct mechanism *mechanism, CK_FLAGS flag, struct span in,
                              struct span_out *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct backend_ops *ops = op->app->device->backend_ops;
    struct resident *resident = NULL;
    struct backend_op *cipher = NULL;

    TRY(object_key(key, &resident));
    TRY(ops->op_new(resident_key(resident), mechanism, flag, &cipher));
    TRY(ops->op_crypt(cipher, in, true, out->ptr, out->len));
out:
    if (cipher != NULL)
        ops->op_free(cipher);
    resident_release(resident);
    return status;
}

/* A length that the mechanism cannot wrap is the key's fault here. */
static enum pqhw_status wrap_status(enum pqhw_status status)
{
    return status == PQHW_DATA_LEN_RANGE ? PQHW_KEY_SIZE_RANGE : status;
}

/*
 * The mechanism with a nonce that is drawn. With a nonce twice, two keys under it can be told from
 * each other, and one that is known gives the other away: whoever asks for a key to be wrapped does
 * not choose it.
 */
static enum pqhw_status fresh_mechanism(const struct op *op, struct wrap *wrap,
                                        struct mechanism *out)
{
    enum pqhw_status status = PQHW_OK;

    *out = *wrap->mechanism;
    if (!has_tag(op)) {
        REQUIRE(usual_iv(op, out->iv), PQHW_MECHANISM_PARAM_INVALID);
        return PQHW_OK;
    }
    REQUIRE(wrap->what->iv_out != NULL && out->iv.len == HSM_WRAP_IV_LEN &&
                out->mac_len == CLASSIC_TAG_LEN,
            PQHW_MECHANISM_PARAM_INVALID);
    TRY(random_bytes(op->app->device->classic, wrap->iv, HSM_WRAP_IV_LEN));
    out->iv = span(wrap->iv, HSM_WRAP_IV_LEN);
out:
    return status;
}

static enum pqhw_status run_wrap(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    struct wrap *wrap = args;
    struct object *wrapping = NULL;
    struct object *key = NULL;
    struct secret plain = {0};
    struct mechanism mechanism;
    struct span_out out = {wrap->out, wrap->out_len};

    TRY(mechanism_check(wrap->mechanism, CKF_WRAP, &op->info));
    TRY(fresh_mechanism(op, wrap, &mechanism));
    TRY(wrapping_key(op, wrap->what->wrapping, &wrapping));
    status = op_object(op, wrap->what->key, &key);
    REQUIRE(status != PQHW_OBJECT_HANDLE_INVALID, PQHW_KEY_HANDLE_INVALID);
    TRY(status);
    op_name_object(op, key);
    TRY(check_wrappable(wrapping, key));
    TRY(plain_of(op, key, &plain));
    TRY(wrap_status(crypt(op, wrapping, &mechanism, CKF_ENCRYPT, secret_span(&plain), &out)));
    op->only_asked = wrap->out == NULL;
    if (op->only_asked)
        goto out;
    op->output = wrap->out;
    op->output_len = *wrap->out_len;
out:
    object_unref(wrapping);
    object_unref(key);
    secret_free(&plain);
    return status;
}

enum pqhw_status hsm_wrap(struct hsm_app *app, CK_SESSION_HANDLE session,
                          const struct mechanism *mechanism, const struct hsm_wrap *what,
                          uint8_t *out, size_t *len)
{
    struct wrap args = {.mechanism = mechanism, .what = what, .out = out, .out_len = len};

    enum pqhw_status status = door(app, session, ACTION_WRAP, run_wrap, &args);
    if (status == PQHW_OK && out != NULL && what->iv_out != NULL)
        memcpy(what->iv_out, args.iv, sizeof(args.iv));
    return status;
}

/* ---- unwrapping ---- */

struct unwrap {
    const struct mechanism *mechanism;
    CK_OBJECT_HANDLE key;
    struct span wrapped;
    struct span template;
    CK_OBJECT_HANDLE *out;
};

/*
 * It comes out no more open than it went in. What a trusted key wraps may be for trusted keys
 * alone, and nothing in it says so; the public half of a private key wraps here only if it is
 * trusted.
 */
static struct lineage lineage_of(const struct object *unwrapping)
{
    struct span attrs = object_attrs(unwrapping);
    bool is_private = attrs_number(attrs, CKA_CLASS, CKO_PRIVATE_KEY) == CKO_PRIVATE_KEY;

    return (struct lineage){
        .sensitive = true,
        .trusted_only = is_private || attrs_bool(attrs, CKA_TRUSTED, false),
    };
}

static enum pqhw_status unwrapped_attrs(const struct op *op, const struct object *unwrapping,
                                        struct span template, size_t len, struct buf *attrs)
{
    enum pqhw_status status = PQHW_OK;
    struct secret none = {0};
    struct rules_request request = {
        .origin = ORIGIN_UNWRAP,
        .role = op->role,
        .template = template,
        .value_len = len,
        .lineage = lineage_of(unwrapping),
        .policy = op->policy,
    };

    TRY(rules_new_object(&request, attrs, &none));
    CK_OBJECT_CLASS object_class = attrs_number(buf_span(attrs), CKA_CLASS, 0);
    REQUIRE(object_class == CKO_SECRET_KEY || object_class == CKO_PRIVATE_KEY,
            PQHW_TEMPLATE_INCONSISTENT);
out:
    secret_free(&none);
    return status;
}

static enum pqhw_status decrypt(const struct op *op, struct object *key,
                                const struct unwrap *unwrap, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct secret room = {0};
    size_t len;

    REQUIRE(unwrap->wrapped.len > 0 && unwrap->wrapped.len <= HSM_WRAPPED_MAX_LEN,
            PQHW_ENCRYPTED_DATA_LEN_RANGE);
    len = unwrap->wrapped.len;
    TRY(secret_new(&room, len));
    struct span_out into = {room.ptr, &len};
    TRY(crypt(op, key, unwrap->mechanism, CKF_DECRYPT, unwrap->wrapped, &into));
    REQUIRE(len > 0, PQHW_ENCRYPTED_DATA_INVALID);
    TRY(secret_from(out, span(room.ptr, len)));
out:
    secret_free(&room);
    return status;
}

/* A parameter set, curve or number that the template names must be the key's. */
static bool same_set(struct span attrs, const struct backend_material *material)
{
    struct span given;
    struct attr own;

    for (struct reader r = reader(buf_span(&material->attrs)); attrs_next(&r, &own);) {
        if (attrs_get(attrs, own.type, &given) && !span_equal(given, own.value))
            return false;
    }
    return true;
}

static enum pqhw_status add_private(struct op *op, struct buf *attrs, struct span der,
                                    CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;
    struct backend *backend = op->app->device->backend;
    struct backend_material material = {.attrs = BUF_INIT(ATTRS_MAX_LEN)};
    CK_KEY_TYPE key_type = attrs_number(buf_span(attrs), CKA_KEY_TYPE, 0);

    status = backend->ops->decode_private(backend, key_type, der, &material);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_ENCRYPTED_DATA_INVALID);
    TRY(status);
    REQUIRE(same_set(buf_span(attrs), &material), PQHW_TEMPLATE_INCONSISTENT);
    TRY(attrs_merge(attrs, buf_span(&material.attrs)));
    TRY(op_import(op, attrs, &material.secrets));
    TRY(op_new_object(op, attrs, &material.secrets, out));
out:
    backend_material_free(&material);
    return status;
}

/* What came out of the wrapping is no key of the type that the template says. */
static enum pqhw_status unwrap_status(enum pqhw_status status)
{
    switch (status) {
    case PQHW_ATTRIBUTE_VALUE_INVALID:
    case PQHW_KEY_SIZE_RANGE: /* its own size, not the unwrapping key's */
    case PQHW_TEMPLATE_INCOMPLETE:
        return PQHW_ENCRYPTED_DATA_INVALID;
    default:
        return status;
    }
}

static enum pqhw_status run_unwrap(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct unwrap *unwrap = args;
    struct object *key = NULL;
    struct buf room = BUF_INIT(ATTRS_MAX_LEN);
    struct span template;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret plain = {0};

    TRY(mechanism_check(unwrap->mechanism, CKF_UNWRAP, &op->info));
    TRY(op_key(op, unwrap->key, CKF_UNWRAP, &key));
    REQUIRE(op_use_separate(op, key), PQHW_KEY_FUNCTION_NOT_PERMITTED);
    REQUIRE(!has_tag(op) || unwrap->mechanism->mac_len == CLASSIC_TAG_LEN,
            PQHW_MECHANISM_PARAM_INVALID);
    TRY(op_merged_template(key, CKA_UNWRAP_TEMPLATE, unwrap->template, &room, &template));
    TRY(decrypt(op, key, unwrap, &plain));
    TRY(unwrapped_attrs(op, key, template, plain.len, &attrs));
    if (attrs_number(buf_span(&attrs), CKA_CLASS, 0) == CKO_PRIVATE_KEY)
        TRY(unwrap_status(add_private(op, &attrs, secret_span(&plain), unwrap->out)));
    else
        TRY(unwrap_status(op_new_secret_key(op, &attrs, secret_span(&plain), unwrap->out)));
out:
    object_unref(key);
    buf_free(&room);
    buf_free(&attrs);
    secret_free(&plain);
    return status;
}

enum pqhw_status hsm_unwrap(struct hsm_app *app, CK_SESSION_HANDLE session,
                            const struct mechanism *mechanism, const struct hsm_unwrap *what,
                            struct span template, CK_OBJECT_HANDLE *out)
{
    struct unwrap args = {.mechanism = mechanism,
                          .key = what->key,
                          .wrapped = what->wrapped,
                          .template = template,
                          .out = out};

    return door(app, session, ACTION_UNWRAP, run_unwrap, &args);
}
