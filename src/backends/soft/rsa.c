/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/rsa.h"

#include <stdlib.h>

#include "backends/soft/material.h"
#include "crypto/keyformat/rsa_der.h"

static const CK_ATTRIBUTE_TYPE types[RSA_NUM_PARTS] = {
    [RSA_MODULUS] = CKA_MODULUS,
    [RSA_PUBLIC_EXPONENT] = CKA_PUBLIC_EXPONENT,
    [RSA_PRIVATE_EXPONENT] = CKA_PRIVATE_EXPONENT,
    [RSA_PRIME_1] = CKA_PRIME_1,
    [RSA_PRIME_2] = CKA_PRIME_2,
    [RSA_EXPONENT_1] = CKA_EXPONENT_1,
    [RSA_EXPONENT_2] = CKA_EXPONENT_2,
    [RSA_COEFFICIENT] = CKA_COEFFICIENT,
};
#define NUM_SECRETS (RSA_NUM_PARTS - RSA_PRIVATE_EXPONENT)

/* ---- numbers ---- */

/* Those that are not there are empty. */
static void get_parts(struct span parts[RSA_NUM_PARTS], struct span attrs, struct span secrets)
{
    for (int part = 0; part < RSA_NUM_PARTS; part++) {
        parts[part] = SPAN_EMPTY;
        (void)attrs_get(part < RSA_PRIVATE_EXPONENT ? attrs : secrets, types[part], &parts[part]);
    }
}

/* What both halves say of themselves, and what the public one alone says. */
static enum pqhw_status put_public(struct buf *attrs, const struct rsa_key *key,
                                   CK_OBJECT_CLASS object_class)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t n_bytes[RSA_MAX_LEN];
    uint8_t e_bytes[RSA_MAX_EXPONENT_LEN];
    uint8_t info[RSA_SPKI_MAX];
    struct span n = span(n_bytes, rsa_part_len(key, RSA_MODULUS));
    struct span e = span(e_bytes, rsa_part_len(key, RSA_PUBLIC_EXPONENT));

    TRY(rsa_part_get(key, RSA_MODULUS, n_bytes));
    TRY(rsa_part_get(key, RSA_PUBLIC_EXPONENT, e_bytes));
    attrs_put(attrs, CKA_MODULUS, n);
    attrs_put(attrs, CKA_PUBLIC_EXPONENT, e);
    attrs_put(attrs, CKA_PUBLIC_KEY_INFO, span(info, rsa_spki(info, n, e)));
    if (object_class == CKO_PUBLIC_KEY)
        attrs_put_number(attrs, CKA_MODULUS_BITS, rsa_bits(key));
    status = buf_status(attrs);
out:
    return status;
}

static enum pqhw_status put_secrets(struct secret *secrets, const struct rsa_key *key)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_numbers = {0};
    struct attr entries[NUM_SECRETS];
    size_t used = 0;

    TRY(secret_new(&sk_numbers, NUM_SECRETS * rsa_len(key)));
    for (int i = 0; i < NUM_SECRETS; i++) {
        enum rsa_part part = (enum rsa_part)(RSA_PRIVATE_EXPONENT + i);
        struct span number = span(sk_numbers.ptr + used, rsa_part_len(key, part));
        TRY(rsa_part_get(key, part, sk_numbers.ptr + used));
        entries[i] = (struct attr){types[part], number};
        used += number.len;
    }
    TRY(attrs_secret(secrets, entries, NUM_SECRETS));
out:
    secret_free(&sk_numbers);
    return status;
}

/* ---- generation ---- */

/* A new pair signs and verifies once. */
static enum pqhw_status check_pair(const struct rsa_key *priv, const struct rsa_key *pub)
{
    static const struct rsa_scheme scheme = {.padding = RSA_PAD_PKCS1};
    enum pqhw_status status = PQHW_OK;
    uint8_t sig[RSA_MAX_LEN];
    struct span text = SPAN_STR("pairwise consistency test of keys");

    TRY(rsa_sign(priv, sig, &scheme, text));
    status = rsa_verify(pub, &scheme, text, span(sig, rsa_len(priv)));
    REQUIRE(status != PQHW_SIGNATURE_INVALID, PQHW_SELF_TEST_FAILED);
out:
    return status;
}

static enum pqhw_status generate_pair(const struct classic *classic, CK_KEY_TYPE key_type,
                                      struct span attrs, struct backend_material *pub,
                                      struct backend_material *priv)
{
    enum pqhw_status status = PQHW_OK;
    struct rsa_key *key = NULL;
    struct rsa_key *pub_key = NULL;
    struct span parts[RSA_NUM_PARTS];
    struct span e = SPAN_STR("\x01\x00\x01"); /* unless the template has another */

    (void)key_type;
    (void)attrs_get(attrs, CKA_PUBLIC_EXPONENT, &e);
    status = rsa_generate(&key, classic, attrs_number(attrs, CKA_MODULUS_BITS, 0), e);
    REQUIRE(status != PQHW_ARGUMENTS_BAD, PQHW_ATTRIBUTE_VALUE_INVALID);
    TRY(status);
    TRY(put_public(&pub->attrs, key, CKO_PUBLIC_KEY));
    TRY(put_public(&priv->attrs, key, CKO_PRIVATE_KEY));
    get_parts(parts, buf_span(&pub->attrs), SPAN_EMPTY);
    TRY(rsa_public_new(&pub_key, classic, parts[RSA_MODULUS], parts[RSA_PUBLIC_EXPONENT]));
    TRY(check_pair(key, pub_key));
    TRY(put_secrets(&priv->secrets, key));
out:
    rsa_free(key);
    rsa_free(pub_key);
    return status;
}

/* ---- import ---- */

static enum pqhw_status open_parts(struct rsa_key **out, const struct classic *classic,
                                   CK_OBJECT_CLASS object_class,
                                   const struct span parts[RSA_NUM_PARTS])
{
    if (object_class == CKO_PRIVATE_KEY)
        return rsa_private_new(out, classic, parts);
    return rsa_public_new(out, classic, parts[RSA_MODULUS], parts[RSA_PUBLIC_EXPONENT]);
}

static enum pqhw_status import_key(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                   CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                   struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span parts[RSA_NUM_PARTS];
    struct rsa_key *key = NULL;

    (void)key_type;
    get_parts(parts, attrs, secrets);
    if (object_class == CKO_PRIVATE_KEY)
        REQUIRE((parts[RSA_PRIME_1].len > 0) == (parts[RSA_PRIME_2].len > 0),
                PQHW_TEMPLATE_INCOMPLETE);
    TRY(material_status(open_parts(&key, classic, object_class, parts)));
    TRY(material_status(rsa_check(key)));
    TRY(put_public(&out->attrs, key, object_class));
    if (object_class == CKO_PRIVATE_KEY)
        TRY(put_secrets(&out->secrets, key));
    TRY(material_check_info(attrs, buf_span(&out->attrs)));
out:
    rsa_free(key);
    return status;
}

/* ---- PKCS#8 ---- */

static enum pqhw_status public_of(struct span attrs, struct span info, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span n;
    struct span e;

    (void)attrs;
    TRY(rsa_spki_read(&n, &e, info));
    attrs_put(out, CKA_MODULUS, n);
    attrs_put(out, CKA_PUBLIC_EXPONENT, e);
out:
    return status;
}

static enum pqhw_status encode_private(struct span attrs, struct span secrets, struct secret *out)
{
    struct span parts[RSA_NUM_PARTS];

    get_parts(parts, attrs, secrets);
    return rsa_private_write(out, parts);
}

static enum pqhw_status decode_private(CK_KEY_TYPE key_type, struct span der,
                                       struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span parts[RSA_NUM_PARTS];
    struct attr entries[NUM_SECRETS];

    (void)key_type;
    TRY(rsa_private_read(parts, der));
    attrs_put(&out->attrs, CKA_MODULUS, parts[RSA_MODULUS]);
    attrs_put(&out->attrs, CKA_PUBLIC_EXPONENT, parts[RSA_PUBLIC_EXPONENT]);
    TRY(buf_status(&out->attrs));
    for (int i = 0; i < NUM_SECRETS; i++)
        entries[i] =
            (struct attr){types[RSA_PRIVATE_EXPONENT + i], parts[RSA_PRIVATE_EXPONENT + i]};
    TRY(attrs_secret(&out->secrets, entries, NUM_SECRETS));
out:
    return status;
}

/* ---- keys for use ---- */

static void close_key(struct backend_key *base)
{
    struct soft_rsa_key *key = (struct soft_rsa_key *)base;

    rsa_free(key->rsa);
    free(key);
}

static enum pqhw_status open_key(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                 CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                 struct backend_key **out)
{
    enum pqhw_status status = PQHW_OK;
    struct span parts[RSA_NUM_PARTS];
    struct soft_rsa_key *key = calloc(1, sizeof(*key));

    (void)key_type;
    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    key->base = (struct backend_key){&soft_rsa, classic};
    get_parts(parts, attrs, secrets);
    status = open_parts(&key->rsa, classic, object_class, parts);
    REQUIRE(status != PQHW_KEY_SIZE_RANGE, PQHW_DATA_INVALID);
    TRY(status);
    *out = &key->base;
    key = NULL;
out:
    if (key != NULL)
        close_key(&key->base);
    return status;
}

static size_t size_of(const struct backend_key *base)
{
    return sizeof(struct soft_rsa_key) + rsa_size(rsa_of(base));
}

/* ---- operations ---- */

enum pqhw_status rsa_scheme_of(const struct rsa_key *key, const struct mechanism *mechanism,
                               struct rsa_scheme *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info = mechanism_find(mechanism->type);

    REQUIRE(info != NULL, PQHW_MECHANISM_INVALID);
    *out = (struct rsa_scheme){.padding = RSA_PAD_PKCS1};
    if (mechanism->type == CKM_RSA_X_509)
        out->padding = RSA_PAD_NONE;
    if (info->param == PARAM_PSS || info->param == PARAM_OAEP || info->param == PARAM_RSA_AES) {
        REQUIRE(mechanism_digest(mechanism->hash, &out->hash) &&
                    mechanism_digest(mechanism->mgf_hash, &out->mgf_hash),
                PQHW_MECHANISM_PARAM_INVALID);
        out->padding = info->param == PARAM_PSS ? RSA_PAD_PSS : RSA_PAD_OAEP;
        out->salt_len = mechanism->salt_len;
        out->label = mechanism->data;
    }
    TRY(rsa_scheme_check(key, out));
out:
    return status;
}

/* Every label that is known has a few bytes or none. */
#define MAX_LABEL 65536

enum pqhw_status rsa_keep_label(struct rsa_scheme *scheme, struct buf *label)
{
    enum pqhw_status status = PQHW_OK;

    *label = BUF_INIT(MAX_LABEL);
    buf_put(label, scheme->label.ptr, scheme->label.len);
    REQUIRE(buf_status(label) != PQHW_LIMIT_EXCEEDED, PQHW_MECHANISM_PARAM_INVALID);
    TRY(buf_status(label));
    scheme->label = buf_span(label);
out:
    return status;
}

static enum pqhw_status op_new(const struct backend_key *key, const struct mechanism *mechanism,
                               CK_FLAGS flag, struct backend_op **out)
{
    if (mechanism->type == CKM_RSA_AES_KEY_WRAP)
        return rsa_wrap_new(key, mechanism, flag, out);
    return flag == CKF_ENCRYPT || flag == CKF_DECRYPT ? rsa_crypt_new(key, mechanism, flag, out)
                                                      : rsa_sign_new(key, mechanism, flag, out);
}

const struct soft_family soft_rsa = {
    .generate_pair = generate_pair,
    .import = import_key,
    .open = open_key,
    .close = close_key,
    .size = size_of,
    .kem_lens = rsa_kem_lens,
    .encapsulate = rsa_kem_encapsulate,
    .decapsulate = rsa_kem_decapsulate,
    .public_of = public_of,
    .encode_private = encode_private,
    .decode_private = decode_private,
    .op_new = op_new,
};
