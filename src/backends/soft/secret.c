/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/secret.h"

#include <stdlib.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/classic/kdf.h"
#include "crypto/random/random.h"

/* ---- material ---- */

/* How PKCS#11 makes the check value of a key type. */
static enum pqhw_status check_value(const struct classic *classic, CK_KEY_TYPE key_type,
                                    struct span value, uint8_t out[SYMKEY_CHECK_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct symkey *symkey = NULL;

    if (key_type == CKK_AES) {
        TRY(symkey_new(&symkey, classic, value));
        TRY(symkey_check_aes(symkey, out));
    } else {
        symkey_check_sha1(value, out);
    }
out:
    symkey_free(symkey);
    return status;
}

/* A check value that is given must be the key's; one that is empty keeps it away. */
static enum pqhw_status put_check_value(struct buf *out, struct span attrs,
                                        const struct classic *classic, CK_KEY_TYPE key_type,
                                        struct span value)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t check[SYMKEY_CHECK_LEN];
    struct span given;
    bool has = attrs_get(attrs, CKA_CHECK_VALUE, &given);

    if (has && given.len == 0)
        return PQHW_OK;
    TRY(check_value(classic, key_type, value, check));
    REQUIRE(!has || span_equal(given, SPAN(check)), PQHW_ATTRIBUTE_VALUE_INVALID);
    attrs_put(out, CKA_CHECK_VALUE, SPAN(check));
    TRY(buf_status(out));
out:
    return status;
}

/* IEEE 1619 wants two keys in one of XTS: with two that are the same it is not secure. */
static bool halves_differ(struct span value)
{
    return !ct_equal(value.ptr, value.ptr + value.len / 2, value.len / 2);
}

static enum pqhw_status put_material(const struct classic *classic, CK_KEY_TYPE key_type,
                                     struct span attrs, struct span value,
                                     struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(value.len > 0, PQHW_ATTRIBUTE_VALUE_INVALID);
    REQUIRE(key_type != CKK_AES_XTS || halves_differ(value), PQHW_ATTRIBUTE_VALUE_INVALID);
    TRY(put_check_value(&out->attrs, attrs, classic, key_type, value));
    TRY(attrs_secret(&out->secrets, &(struct attr){CKA_VALUE, value}, 1));
out:
    return status == PQHW_KEY_SIZE_RANGE ? PQHW_ATTRIBUTE_VALUE_INVALID : status;
}

static enum pqhw_status of_password(const struct classic *classic,
                                    const struct mechanism *mechanism, struct secret *value)
{
    struct kdf_pbkdf2 kdf = {
        .password = mechanism->data, .salt = mechanism->salt, .iterations = mechanism->iterations};

    if (!mechanism_digest(mechanism->hash, &kdf.alg))
        return PQHW_MECHANISM_PARAM_INVALID;
    return kdf_pbkdf2(classic, value, &kdf);
}

static enum pqhw_status secret_generate(const struct classic *classic,
                                        const struct mechanism *mechanism, struct span attrs,
                                        struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    CK_KEY_TYPE key_type = attrs_number(attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
    struct secret sk_value = {0};
    CK_ULONG len = attrs_number(attrs, CKA_VALUE_LEN, 0);

    REQUIRE(len > 0 && len <= SECRET_MAX_LEN, PQHW_ATTRIBUTE_VALUE_INVALID);
    TRY(secret_new(&sk_value, len));
    if (mechanism->type == CKM_PKCS5_PBKD2)
        TRY(of_password(classic, mechanism, &sk_value));
    else
        TRY(random_bytes(classic, sk_value.ptr, sk_value.len));
    TRY(put_material(classic, key_type, attrs, secret_span(&sk_value), out));
out:
    secret_free(&sk_value);
    return status;
}

static enum pqhw_status secret_import(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                      CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                      struct backend_material *out)
{
    struct span value;

    (void)object_class; /* keys of these types are of no other */
    if (!attrs_get(secrets, CKA_VALUE, &value))
        return PQHW_TEMPLATE_INCOMPLETE;
    return put_material(classic, key_type, attrs, value, out);
}

/* ---- keys ---- */

static void secret_close(struct backend_key *base)
{
    struct secret_key *key = (struct secret_key *)base;

    symkey_free(key->symkey);
    free(key);
}

static enum pqhw_status secret_open(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                    CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                    struct backend_key **out)
{
    enum pqhw_status status = PQHW_OK;
    struct secret_key *key = calloc(1, sizeof(*key));
    struct span value;

    (void)attrs;
    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    key->base = (struct backend_key){&soft_secret, classic};
    key->key_type = key_type;
    REQUIRE(object_class == CKO_SECRET_KEY && attrs_get(secrets, CKA_VALUE, &value) &&
                value.len > 0,
            PQHW_DATA_INVALID);
    TRY(symkey_new(&key->symkey, classic, value));
    *out = &key->base;
    key = NULL;
out:
    if (key != NULL)
        secret_close(&key->base);
    return status;
}

static size_t secret_size(const struct backend_key *base)
{
    return sizeof(struct secret_key) + symkey_size(secret_key_of(base)->symkey);
}

static enum pqhw_status secret_op_new(const struct backend_key *base,
                                      const struct mechanism *mechanism, CK_FLAGS flag,
                                      struct backend_op **out)
{
    const struct secret_key *key = secret_key_of(base);
    const struct mechanism_info *info = mechanism_find(mechanism->type);

    if (info == NULL || (info->flags & flag) == 0)
        return PQHW_MECHANISM_INVALID;
    if (!mechanism_takes(info, key->key_type))
        return PQHW_KEY_TYPE_INCONSISTENT;
    if (info->param == PARAM_TLS_MAC)
        return secret_tls_mac_new(key, mechanism, out);
    return flag == CKF_SIGN || flag == CKF_VERIFY ? secret_mac_new(key, mechanism, info, out)
                                                  : secret_cipher_new(key, mechanism, flag, out);
}

const struct soft_family soft_secret = {
    .generate_key = secret_generate,
    .import = secret_import,
    .open = secret_open,
    .close = secret_close,
    .size = secret_size,
    .derive = secret_derive,
    .op_new = secret_op_new,
};
