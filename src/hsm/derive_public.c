/* SPDX-License-Identifier: Apache-2.0
 *
 * The public key of a private one (PKCS#11 v3.2, 6.43: CKM_PUB_KEY_FROM_PRIV_KEY).
 */
#include "hsm/derive.h"

/* What the public key has from the private one, where the template does not say. */
static const struct {
    CK_ATTRIBUTE_TYPE of_public, of_private;
} copies[] = {
    {CKA_ENCRYPT, CKA_DECRYPT},
    {CKA_VERIFY, CKA_SIGN},
    {CKA_VERIFY_RECOVER, CKA_SIGN_RECOVER},
    {CKA_WRAP, CKA_UNWRAP},
    {CKA_ENCAPSULATE, CKA_DECAPSULATE},
    {CKA_DERIVE, CKA_DERIVE},
    {CKA_ID, CKA_ID},
    {CKA_START_DATE, CKA_START_DATE},
    {CKA_END_DATE, CKA_END_DATE},
    {CKA_SUBJECT, CKA_SUBJECT},
    {CKA_KEY_TYPE, CKA_KEY_TYPE},
    {CKA_ALLOWED_MECHANISMS, CKA_ALLOWED_MECHANISMS},
};

/* Nothing is computed with the private key: its CKA_DERIVE is not asked, its list of mechanisms is.
 */
static enum pqhw_status find_private(struct op *op, CK_OBJECT_HANDLE handle, struct object **out)
{
    enum pqhw_status status = op_object(op, handle, out);

    REQUIRE(status != PQHW_OBJECT_HANDLE_INVALID, PQHW_KEY_HANDLE_INVALID);
    TRY(status);
    op_name_object(op, *out);
    struct span attrs = object_attrs(*out);
    CK_KEY_TYPE key_type = attrs_number(attrs, CKA_KEY_TYPE, MECHANISM_NO_KEY);
    REQUIRE(key_type != MECHANISM_NO_KEY, PQHW_KEY_HANDLE_INVALID);
    REQUIRE(attrs_number(attrs, CKA_CLASS, 0) == CKO_PRIVATE_KEY &&
                mechanism_takes(op->info, key_type),
            PQHW_KEY_TYPE_INCONSISTENT);
    REQUIRE(op_mechanism_allowed(attrs, op->info->type), PQHW_MECHANISM_INVALID);
out:
    return status;
}

static enum pqhw_status fill_template(struct span template, struct span private_attrs,
                                      struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span value;

    TRY(attrs_merge(out, template));
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        if (!attrs_has(template, copies[i].of_public) &&
            attrs_get(private_attrs, copies[i].of_private, &value))
            attrs_put(out, copies[i].of_public, value);
    }
    TRY(buf_status(out));
out:
    return status;
}

/* What the template says of the key itself must be so. */
static bool says_the_same(struct span template, struct span attrs)
{
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_EC_PARAMS, CKA_PARAMETER_SET, CKA_MODULUS_BITS,
                                              CKA_PUBLIC_EXPONENT};
    struct span given;
    struct span own;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (attrs_get(template, types[i], &given) &&
            !(attrs_get(attrs, types[i], &own) && span_equal(given, own)))
            return false;
    }
    return true;
}

static enum pqhw_status public_attrs(const struct op *op, struct span template,
                                     struct span private_attrs, struct buf *attrs)
{
    enum pqhw_status status = PQHW_OK;
    struct secret none = {0};
    struct backend *backend = op->app->device->backend;
    CK_KEY_TYPE key_type = attrs_number(private_attrs, CKA_KEY_TYPE, 0);
    struct backend_material material = {.attrs = BUF_INIT(ATTRS_MAX_LEN)};
    struct rules_request request = {
        .origin = ORIGIN_DERIVE,
        .role = op->role,
        .template = template,
        .object_class = CKO_PUBLIC_KEY,
        .key_type = key_type,
        .policy = op->policy,
    };

    TRY(rules_new_object(&request, attrs, &none));
    REQUIRE(attrs_number(template, CKA_KEY_TYPE, key_type) == key_type, PQHW_TEMPLATE_INCONSISTENT);
    attrs_put_number(
        attrs, CKA_KEY_GEN_MECHANISM,
        attrs_number(private_attrs, CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION));
    TRY(backend->ops->public_of(backend, private_attrs, &material.attrs));
    TRY(attrs_merge(attrs, buf_span(&material.attrs)));
out:
    backend_material_free(&material);
    secret_free(&none);
    return status;
}

enum pqhw_status derive_public(struct op *op, const struct derive *derive)
{
    enum pqhw_status status = PQHW_OK;
    struct object *object = NULL;
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret none = {0};

    TRY(find_private(op, derive->key, &object));
    TRY(fill_template(derive->template, object_attrs(object), &template));
    TRY(public_attrs(op, buf_span(&template), object_attrs(object), &attrs));
    TRY(op_import(op, &attrs, &none));
    REQUIRE(says_the_same(derive->template, buf_span(&attrs)), PQHW_TEMPLATE_INCONSISTENT);
    TRY(op_new_object(op, &attrs, &none, derive->out));
out:
    object_unref(object);
    buf_free(&template);
    buf_free(&attrs);
    secret_free(&none);
    return status;
}
