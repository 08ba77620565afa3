/* SPDX-License-Identifier: Apache-2.0
 *
 * Making keys: key pairs, secret keys, and the secret keys of key encapsulation.
 */
#include <string.h>

#include "hsm/objects.h"

/* A key, or one half of a pair, while it is being made. */
struct half {
    struct buf attrs;
    struct secret secrets;
    struct backend_material material;
};

static void half_free(struct half *half)
{
    buf_free(&half->attrs);
    secret_free(&half->secrets);
    backend_material_free(&half->material);
}

static enum pqhw_status half_rules(const struct op *op, CK_OBJECT_CLASS object_class,
                                   struct span template, struct half *half)
{
    bool any = op->info->key_type == MECHANISM_ANY_KEY; /* the template says which */
    struct rules_request request = {
        .origin = ORIGIN_GENERATE,
        .role = op->role,
        .template = template,
        .object_class = object_class,
        .key_type = any ? CK_UNAVAILABLE_INFORMATION : op->info->key_type,
        .known = op->info->param == PARAM_PBKD2,
        .mechanism = op->info->type,
        .policy = op->policy,
    };

    return rules_new_object(&request, &half->attrs, &half->secrets);
}

static enum pqhw_status add_half(struct op *op, struct half *half, CK_OBJECT_HANDLE *out)
{
    enum pqhw_status status = PQHW_OK;

    TRY(attrs_merge(&half->attrs, buf_span(&half->material.attrs)));
    TRY(op_new_object(op, &half->attrs, &half->material.secrets, out));
out:
    return status;
}

/* ---- key pairs ---- */

struct generate {
    const struct mechanism *mechanism;
    struct span pub_template;
    struct span priv_template;
    CK_OBJECT_HANDLE *pub;
    CK_OBJECT_HANDLE *priv;
};

/* A private key's template may repeat the parameter set, or the curve, that the public key's gives.
 */
static bool same_set(struct span pub, struct span priv)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_PARAMETER_SET, CKA_EC_PARAMS};
    struct span wanted, given;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (attrs_get(priv, types[i], &given) &&
            !(attrs_get(pub, types[i], &wanted) && span_equal(given, wanted)))
            return false;
    }
    return true;
}

static enum pqhw_status run_generate(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct generate *generate = args;
    struct backend *backend = op->app->device->backend;
    struct half pub = {.attrs = BUF_INIT(ATTRS_MAX_LEN), .material.attrs = BUF_INIT(ATTRS_MAX_LEN)};
    struct half priv = pub;

    TRY(mechanism_check(generate->mechanism, CKF_GENERATE_KEY_PAIR, &op->info));
    TRY(half_rules(op, CKO_PUBLIC_KEY, generate->pub_template, &pub));
    TRY(half_rules(op, CKO_PRIVATE_KEY, generate->priv_template, &priv));
    REQUIRE(same_set(buf_span(&pub.attrs), buf_span(&priv.attrs)), PQHW_TEMPLATE_INCONSISTENT);
    TRY(backend->ops->generate_pair(backend, op->info->type, buf_span(&pub.attrs), &pub.material,
                                    &priv.material));
    TRY(add_half(op, &pub, generate->pub));
    TRY(add_half(op, &priv, generate->priv));
out:
    half_free(&pub);
    half_free(&priv);
    return status;
}

enum pqhw_status hsm_generate_pair(struct hsm_app *app, CK_SESSION_HANDLE session,
                                   const struct mechanism *mechanism, struct span pub_template,
                                   struct span priv_template, CK_OBJECT_HANDLE *pub,
                                   CK_OBJECT_HANDLE *priv)
{
    struct generate args = {.mechanism = mechanism,
                            .pub_template = pub_template,
                            .priv_template = priv_template,
                            .pub = pub,
                            .priv = priv};

    return door(app, session, ACTION_GENERATE_PAIR, run_generate, &args);
}

/* ---- secret keys ---- */

struct generate_key {
    const struct mechanism *mechanism;
    struct span template;
    CK_OBJECT_HANDLE *out;
};

static enum pqhw_status run_generate_key(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct generate_key *generate = args;
    struct backend *backend = op->app->device->backend;
    struct half key = {.attrs = BUF_INIT(ATTRS_MAX_LEN), .material.attrs = BUF_INIT(ATTRS_MAX_LEN)};

    TRY(mechanism_check(generate->mechanism, CKF_GENERATE, &op->info));
    TRY(half_rules(op, CKO_SECRET_KEY, generate->template, &key));
    TRY(backend->ops->generate_key(backend, generate->mechanism, buf_span(&key.attrs),
                                   &key.material));
    TRY(add_half(op, &key, generate->out));
out:
    half_free(&key);
    return status;
}

enum pqhw_status hsm_generate_key(struct hsm_app *app, CK_SESSION_HANDLE session,
                                  const struct mechanism *mechanism, struct span template,
                                  CK_OBJECT_HANDLE *out)
{
    struct generate_key args = {.mechanism = mechanism, .template = template, .out = out};

    return door(app, session, ACTION_GENERATE_KEY, run_generate_key, &args);
}

/* ---- key encapsulation ---- */

struct kem {
    const struct mechanism *mechanism;
    CK_OBJECT_HANDLE key;
    struct span template;
    uint8_t *ct_out;
    size_t *ct_out_len;
    struct span ct_in;
    CK_OBJECT_HANDLE *out;
};

static enum pqhw_status secret_key_attrs(const struct op *op, struct span template, size_t len,
                                         struct buf *attrs)
{
    enum pqhw_status status = PQHW_OK;
    struct secret none = {0};
    struct rules_request request = {
        .origin = ORIGIN_KEM,
        .role = op->role,
        .template = template,
        .object_class = CKO_SECRET_KEY,
        .key_type = CKK_GENERIC_SECRET,
        .mechanism = op->info->type,
        .value_len = len,
        .policy = op->policy,
    };

    TRY(rules_new_object(&request, attrs, &none));
out:
    secret_free(&none);
    return status;
}

/* How long the secret that the template asks for, and its ciphertext, will be. */
static enum pqhw_status settle_lens(const struct op *op, const struct resident *key,
                                    struct span template, struct backend_kem *how,
                                    struct backend_kem_lens *out)
{
    enum pqhw_status status = PQHW_OK;

    TRY(op_wanted_len(template, &how->len));
    TRY(op->app->device->backend_ops->kem_lens(resident_key(key), how, out));
out:
    return status;
}

static enum pqhw_status run_encapsulate(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct kem *kem = args;
    const struct backend_ops *ops = op->app->device->backend_ops;
    struct object *key = NULL;
    struct resident *resident = NULL;
    struct backend_kem how = {.mechanism = kem->mechanism};
    struct backend_kem_lens lens;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret ss = {0};

    TRY(op_mechanism(op, kem->mechanism, CKF_ENCAPSULATE));
    TRY(op_key(op, kem->key, CKF_ENCAPSULATE, &key));
    TRY(object_key(key, &resident));
    TRY(settle_lens(op, resident, kem->template, &how, &lens));
    TRY(secret_key_attrs(op, kem->template, lens.ss, &attrs));
    REQUIRE(op_fits_template(key, CKA_ENCAPSULATE_TEMPLATE, buf_span(&attrs)),
            PQHW_KEY_HANDLE_INVALID);
    size_t room = *kem->ct_out_len;
    *kem->ct_out_len = lens.ct;
    op->only_asked = kem->ct_out == NULL;
    if (op->only_asked)
        goto out;
    REQUIRE(room >= lens.ct, PQHW_BUFFER_TOO_SMALL);
    op->output = kem->ct_out;
    op->output_len = lens.ct;
    TRY(ops->encapsulate(resident_key(resident), &how, kem->ct_out, &ss));
    TRY(op_new_secret_key(op, &attrs, secret_span(&ss), kem->out));
out:
    resident_release(resident);
    object_unref(key);
    buf_free(&attrs);
    secret_free(&ss);
    return status;
}

enum pqhw_status hsm_encapsulate(struct hsm_app *app, CK_SESSION_HANDLE session,
                                 const struct mechanism *mechanism, CK_OBJECT_HANDLE key,
                                 struct span template, uint8_t *ct, size_t *ct_len,
                                 CK_OBJECT_HANDLE *out)
{
    struct kem args = {.mechanism = mechanism,
                       .key = key,
                       .template = template,
                       .ct_out = ct,
                       .ct_out_len = ct_len,
                       .out = out};

    return door(app, session, ACTION_ENCAPSULATE, run_encapsulate, &args);
}

static enum pqhw_status run_decapsulate(struct op *op, void *args)
{
    enum pqhw_status status = PQHW_OK;
    const struct kem *kem = args;
    struct object *key = NULL;
    struct resident *resident = NULL;
    struct buf room = BUF_INIT(ATTRS_MAX_LEN);
    struct span template;
    struct backend_kem how = {.mechanism = kem->mechanism};
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret ss = {0};

    TRY(op_mechanism(op, kem->mechanism, CKF_DECAPSULATE));
    TRY(op_key(op, kem->key, CKF_DECAPSULATE, &key));
    TRY(op_merged_template(key, CKA_DECAPSULATE_TEMPLATE, kem->template, &room, &template));
    TRY(object_key(key, &resident));
    TRY(op_wanted_len(template, &how.len));
    TRY(op->app->device->backend_ops->decapsulate(resident_key(resident), &how, kem->ct_in, &ss));
    TRY(secret_key_attrs(op, template, ss.len, &attrs));
    TRY(op_new_secret_key(op, &attrs, secret_span(&ss), kem->out));
out:
    resident_release(resident);
    object_unref(key);
    buf_free(&room);
    buf_free(&attrs);
    secret_free(&ss);
    return status;
}

enum pqhw_status hsm_decapsulate(struct hsm_app *app, CK_SESSION_HANDLE session,
                                 const struct mechanism *mechanism, CK_OBJECT_HANDLE key,
                                 struct span template, struct span ct, CK_OBJECT_HANDLE *out)
{
    struct kem args = {
        .mechanism = mechanism, .key = key, .template = template, .ct_in = ct, .out = out};

    return door(app, session, ACTION_DECAPSULATE, run_decapsulate, &args);
}
