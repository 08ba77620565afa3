/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/soft.h"

#include <stdlib.h>

#include "backends/soft/pq.h"

struct soft_backend {
    struct backend base;
    const struct classic *given;
    struct classic *own; /* in place of the one that was given, after use_engine */
};

static const struct classic *classic_of(const struct backend *backend)
{
    const struct soft_backend *soft = (const struct soft_backend *)backend;

    return soft->own != NULL ? soft->own : soft->given;
}

/* ---- families ---- */

static const struct {
    CK_KEY_TYPE key_type;
    const struct soft_family *family;
} families[] = {
    {CKK_ML_KEM, &soft_pq},
    {CKK_PQHW_HQC_2025, &soft_pq},
    {CKK_ML_DSA, &soft_pq},
    {CKK_SLH_DSA, &soft_pq},
    {CKK_PQHW_FALCON_ROUND3, &soft_pq},
    {CKK_HSS, &soft_hbs},
    {CKK_XMSS, &soft_hbs},
    {CKK_XMSSMT, &soft_hbs},
    {CKK_RSA, &soft_rsa},
    {CKK_EC, &soft_curve},
    {CKK_EC_EDWARDS, &soft_curve},
    {CKK_EC_MONTGOMERY, &soft_curve},
    {CKK_GENERIC_SECRET, &soft_secret},
    {CKK_AES, &soft_secret},
    {CKK_AES_XTS, &soft_secret},
    {CKK_CHACHA20, &soft_secret},
    {CKK_SALSA20, &soft_secret},
    {CKK_POLY1305, &soft_secret},
    {CKK_HKDF, &soft_secret},
    {CKK_SHA_1_HMAC, &soft_secret},
    {CKK_SHA224_HMAC, &soft_secret},
    {CKK_SHA256_HMAC, &soft_secret},
    {CKK_SHA384_HMAC, &soft_secret},
    {CKK_SHA512_HMAC, &soft_secret},
    {CKK_SHA512_224_HMAC, &soft_secret},
    {CKK_SHA512_256_HMAC, &soft_secret},
    {CKK_SHA3_224_HMAC, &soft_secret},
    {CKK_SHA3_256_HMAC, &soft_secret},
    {CKK_SHA3_384_HMAC, &soft_secret},
    {CKK_SHA3_512_HMAC, &soft_secret},
};

/* NULL if there is no such family. */
static const struct soft_family *family_of(CK_KEY_TYPE key_type)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (families[i].key_type == key_type)
            return families[i].family;
    }
    return NULL;
}

static CK_KEY_TYPE key_type_of(struct span attrs)
{
    return attrs_number(attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
}

/* ---- making keys ---- */

static void material_init(struct backend_material *material)
{
    *material = (struct backend_material){.attrs = BUF_INIT(ATTRS_MAX_LEN)};
}

static enum pqhw_status soft_generate_pair(struct backend *backend, CK_MECHANISM_TYPE mechanism,
                                           struct span attrs, struct backend_material *pub,
                                           struct backend_material *priv)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info = mechanism_find(mechanism);
    const struct soft_family *family = info != NULL ? family_of(info->key_type) : NULL;

    material_init(pub);
    material_init(priv);
    REQUIRE(family != NULL && family->generate_pair != NULL &&
                (info->flags & CKF_GENERATE_KEY_PAIR) != 0,
            PQHW_MECHANISM_INVALID);
    TRY(family->generate_pair(classic_of(backend), info->key_type, attrs, pub, priv));
out:
    if (status != PQHW_OK) {
        backend_material_free(pub);
        backend_material_free(priv);
    }
    return status;
}

static enum pqhw_status soft_generate_key(struct backend *backend,
                                          const struct mechanism *mechanism, struct span attrs,
                                          struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct mechanism_info *info = mechanism_find(mechanism->type);
    const struct soft_family *family = family_of(key_type_of(attrs));

    material_init(out);
    REQUIRE(info != NULL && family != NULL && family->generate_key != NULL &&
                (info->flags & CKF_GENERATE) != 0,
            PQHW_MECHANISM_INVALID);
    TRY(family->generate_key(classic_of(backend), mechanism, attrs, out));
out:
    if (status != PQHW_OK)
        backend_material_free(out);
    return status;
}

static enum pqhw_status soft_import(struct backend *backend, CK_OBJECT_CLASS object_class,
                                    CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                    struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct soft_family *family = family_of(key_type);

    material_init(out);
    REQUIRE(family != NULL, PQHW_ATTRIBUTE_VALUE_INVALID);
    TRY(family->import(classic_of(backend), object_class, key_type, attrs, secrets, out));
out:
    if (status != PQHW_OK)
        backend_material_free(out);
    return status;
}

static enum pqhw_status soft_derive_attr(struct backend *backend, struct span attrs,
                                         struct span secrets, CK_ATTRIBUTE_TYPE type,
                                         struct secret *out)
{
    const struct soft_family *family = family_of(key_type_of(attrs));

    if (family == NULL || family->derive_attr == NULL)
        return PQHW_ATTRIBUTE_TYPE_INVALID;
    return family->derive_attr(classic_of(backend), attrs, secrets, type, out);
}

static enum pqhw_status soft_public_of(struct backend *backend, struct span attrs, struct buf *out)
{
    const struct soft_family *family = family_of(key_type_of(attrs));
    struct span info;

    (void)backend;
    if (family == NULL || family->public_of == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    if (!attrs_get(attrs, CKA_PUBLIC_KEY_INFO, &info))
        return PQHW_RECORD_DAMAGED;
    enum pqhw_status status = family->public_of(attrs, info, out);
    if (status == PQHW_DATA_INVALID)
        return PQHW_RECORD_DAMAGED;
    return status != PQHW_OK ? status : buf_status(out);
}

/* ---- opened keys ---- */

static bool is_refusal(enum pqhw_status status)
{
    return status == PQHW_DATA_INVALID || status == PQHW_DATA_LEN_RANGE;
}

static enum pqhw_status soft_key_open(struct backend *backend, struct span attrs,
                                      struct span secrets, struct backend_key **out)
{
    CK_OBJECT_CLASS object_class = attrs_number(attrs, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
    CK_KEY_TYPE key_type = key_type_of(attrs);
    const struct soft_family *family = family_of(key_type);

    enum pqhw_status status = PQHW_DATA_INVALID;

    if (family == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    /* What rests here was found valid when it came in. When libcrypto refuses it now, mostly memory
     * failed it, which it does not always say: trying again tells. */
    for (int tries = 0; tries < 2 && (is_refusal(status) || status == PQHW_INTERNAL); tries++)
        status = family->open(classic_of(backend), object_class, key_type, attrs, secrets, out);
    return is_refusal(status) ? PQHW_RECORD_DAMAGED : status;
}

static void soft_key_close(struct backend_key *key)
{
    if (key != NULL)
        key->family->close(key);
}

static size_t soft_key_size(const struct backend_key *key)
{
    return key->family->size(key);
}

static enum pqhw_status soft_kem_lens(const struct backend_key *key, const struct backend_kem *how,
                                      struct backend_kem_lens *out)
{
    if (key->family->kem_lens == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->kem_lens(key, how, out);
}

static enum pqhw_status soft_encapsulate(const struct backend_key *key,
                                         const struct backend_kem *how, uint8_t *ct,
                                         struct secret *ss)
{
    *ss = (struct secret){0};
    if (key->family->encapsulate == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->encapsulate(key, how, ct, ss);
}

static enum pqhw_status soft_decapsulate(const struct backend_key *key,
                                         const struct backend_kem *how, struct span ct,
                                         struct secret *ss)
{
    *ss = (struct secret){0};
    if (key->family->decapsulate == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->decapsulate(key, how, ct, ss);
}

static enum pqhw_status soft_derive(const struct backend_key *key, const struct backend_derive *how,
                                    struct secret *out)
{
    *out = (struct secret){0};
    if (key->family->derive == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    for (size_t i = 0; i < how->num_others; i++) {
        if (how->others[i]->family != key->family)
            return PQHW_KEY_TYPE_INCONSISTENT;
    }
    return key->family->derive(key, how, out);
}

/* ---- private keys as PKCS#8 ---- */

static enum pqhw_status soft_encode_private(struct backend *backend, struct span attrs,
                                            struct span secrets, struct secret *out)
{
    const struct soft_family *family = family_of(key_type_of(attrs));

    (void)backend;
    *out = (struct secret){0};
    if (family == NULL || family->encode_private == NULL)
        return PQHW_KEY_NOT_WRAPPABLE;
    return family->encode_private(attrs, secrets, out);
}

static enum pqhw_status soft_decode_private(struct backend *backend, CK_KEY_TYPE key_type,
                                            struct span der, struct backend_material *out)
{
    const struct soft_family *family = family_of(key_type);

    (void)backend;
    material_init(out);
    if (family == NULL || family->decode_private == NULL)
        return PQHW_DATA_INVALID;
    enum pqhw_status status = family->decode_private(key_type, der, out);
    if (status != PQHW_OK)
        backend_material_free(out);
    return status;
}

/* ---- operations ---- */

static enum pqhw_status soft_op_new(const struct backend_key *key,
                                    const struct mechanism *mechanism, CK_FLAGS flag,
                                    struct backend_op **out)
{
    if (key->family->op_new == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->op_new(key, mechanism, flag, out);
}

static void soft_op_free(struct backend_op *op)
{
    if (op != NULL)
        op->kind->free(op);
}

static size_t soft_op_output_len(const struct backend_op *op)
{
    return op->kind->output_len(op);
}

static enum pqhw_status soft_op_expect(struct backend_op *op, struct span sig)
{
    const size_t len = op->kind->output_len(op);

    if (op->kind->len_varies ? sig.len > len : len != 0 && sig.len != len)
        return PQHW_SIGNATURE_LEN_RANGE;
    return op->kind->expect != NULL ? op->kind->expect(op, sig) : PQHW_OK;
}

static enum pqhw_status soft_op_update(struct backend_op *op, struct span data)
{
    return op->kind->update(op, data);
}

static enum pqhw_status soft_op_sign(struct backend_op *op, uint8_t *sig, bool check)
{
    return op->kind->sign(op, sig, check);
}

static enum pqhw_status soft_op_verify(struct backend_op *op, struct span sig)
{
    return op->kind->verify(op, sig);
}

static enum pqhw_status soft_op_recover(struct backend_op *op, struct span sig, uint8_t *out,
                                        size_t *len)
{
    return op->kind->recover(op, sig, out, len);
}

static enum pqhw_status soft_op_crypt(struct backend_op *op, struct span in, bool last,
                                      uint8_t *out, size_t *len)
{
    return op->kind->crypt(op, in, last, out, len);
}

/* ---- the backend ---- */

static enum pqhw_status soft_open(struct backend **out, const struct classic *classic)
{
    struct soft_backend *soft = calloc(1, sizeof(*soft));
    if (soft == NULL)
        return PQHW_NO_MEMORY;
    soft->base.ops = &backend_soft;
    soft->given = classic;
    *out = &soft->base;
    return PQHW_OK;
}

static void soft_close(struct backend *backend)
{
    classic_free(((struct soft_backend *)backend)->own);
    free(backend);
}

static enum pqhw_status soft_use_engine(struct backend *backend, enum backend_engine engine,
                                        const char *fips_config)
{
    static const enum classic_pq providers[] = {
        [BACKEND_ENGINE_OWN] = CLASSIC_PQ_NONE,
        [BACKEND_ENGINE_LIBCRYPTO] = CLASSIC_PQ_DEFAULT,
        [BACKEND_ENGINE_FIPS] = CLASSIC_PQ_FIPS,
    };
    struct soft_backend *soft = (struct soft_backend *)backend;
    struct classic *own = NULL;

    if (engine != BACKEND_ENGINE_OWN) {
        enum pqhw_status status = classic_new_pq(&own, providers[engine], fips_config);
        if (status != PQHW_OK)
            return status;
    }
    classic_free(soft->own);
    soft->own = own;
    return PQHW_OK;
}

static const char *soft_engine_text(const struct backend *backend)
{
    const struct classic *classic = classic_of(backend);

    return classic_pq(classic) == CLASSIC_PQ_NONE ? "pqhw" : classic_pq_text(classic);
}

static bool soft_offers(const struct backend *backend, const struct mechanism_info *info)
{
    return pq_offers(classic_of(backend), info);
}

const struct backend_ops backend_soft = {
    .name = "soft",
    .open = soft_open,
    .close = soft_close,
    .use_engine = soft_use_engine,
    .engine_text = soft_engine_text,
    .offers = soft_offers,
    .generate_pair = soft_generate_pair,
    .generate_key = soft_generate_key,
    .import = soft_import,
    .derive_attr = soft_derive_attr,
    .public_of = soft_public_of,
    .key_open = soft_key_open,
    .key_close = soft_key_close,
    .key_size = soft_key_size,
    .kem_lens = soft_kem_lens,
    .encapsulate = soft_encapsulate,
    .decapsulate = soft_decapsulate,
    .derive = soft_derive,
    .encode_private = soft_encode_private,
    .decode_private = soft_decode_private,
    .op_new = soft_op_new,
    .op_free = soft_op_free,
    .op_output_len = soft_op_output_len,
    .op_expect = soft_op_expect,
    .op_update = soft_op_update,
    .op_sign = soft_op_sign,
    .op_verify = soft_op_verify,
    .op_recover = soft_op_recover,
    .op_crypt = soft_op_crypt,
};
