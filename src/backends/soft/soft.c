/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/soft.h"

#include <stdlib.h>

#include "backends/soft/family.h"
#include "base/wipe.h"

#define KEY_ALIGN 64

/* ---- families ---- */

static const struct soft_family *const families[] = {&soft_mlkem, &soft_mldsa, &soft_slhdsa};

#define NUM_FAMILIES (sizeof(families) / sizeof(families[0]))

const struct soft_family *soft_family_of_key(CK_KEY_TYPE key_type)
{
    for (size_t i = 0; i < NUM_FAMILIES; i++) {
        if (families[i]->key_type == key_type)
            return families[i];
    }
    return NULL;
}

const struct soft_family *soft_family_of_keygen(CK_MECHANISM_TYPE mechanism)
{
    for (size_t i = 0; i < NUM_FAMILIES; i++) {
        if (families[i]->keygen == mechanism)
            return families[i];
    }
    return NULL;
}

/* ---- keys ---- */

enum pqhw_status soft_key_init(struct backend_key *key, const struct soft_family *family,
                               const struct classic *classic, CK_ULONG parameter_set)
{
    *key = (struct backend_key){
        .family = family,
        .classic = classic,
        .parameter_set = parameter_set,
    };
    return family->find_set(parameter_set, &key->set) ? PQHW_OK : PQHW_PARAMETER_SET_NOT_SUPPORTED;
}

void soft_key_wipe(struct backend_key *key)
{
    free(key->pub);
    key->pub = NULL;
    secret_free(&key->priv);
}

static size_t public_room(const struct backend_key *key)
{
    return (key->set.public_size + KEY_ALIGN - 1) / KEY_ALIGN * KEY_ALIGN;
}

enum pqhw_status soft_key_set_public(struct backend_key *key, struct span pk)
{
    key->pub = aligned_alloc(KEY_ALIGN, public_room(key));
    if (key->pub == NULL)
        return PQHW_NO_MEMORY;
    enum pqhw_status status = key->family->expand_public(key, pk);
    if (status != PQHW_OK)
        soft_key_wipe(key);
    return status;
}

enum pqhw_status soft_key_set_private(struct backend_key *key, struct span sk)
{
    enum pqhw_status status = secret_new(&key->priv, key->set.private_size);
    if (status != PQHW_OK)
        return status;
    status = key->family->expand_private(key, sk);
    if (status != PQHW_OK)
        soft_key_wipe(key);
    return status;
}

enum pqhw_status soft_key_set_seed(struct backend_key *key, struct span seed)
{
    if (seed.len != key->set.seed_len)
        return PQHW_DATA_LEN_RANGE;
    enum pqhw_status status = secret_new(&key->priv, key->set.private_size);
    if (status == PQHW_OK)
        key->family->expand_seed(key, seed.ptr);
    return status;
}

static void soft_key_close(struct backend_key *key)
{
    if (key == NULL)
        return;
    soft_key_wipe(key);
    free(key);
}

/* What is stored was checked when it came in, so if it is no key now, it is not what was stored. */
static enum pqhw_status set_stored(struct backend_key *key, CK_OBJECT_CLASS object_class,
                                   struct span attrs, struct span secrets)
{
    enum pqhw_status status;
    struct span value;
    if (object_class == CKO_PUBLIC_KEY && attrs_get(attrs, CKA_VALUE, &value))
        status = soft_key_set_public(key, value);
    else if (object_class == CKO_PRIVATE_KEY && attrs_get(secrets, CKA_SEED, &value))
        status = soft_key_set_seed(key, value);
    else if (object_class == CKO_PRIVATE_KEY && attrs_get(secrets, CKA_VALUE, &value))
        status = soft_key_set_private(key, value);
    else
        status = PQHW_DATA_INVALID;
    return status == PQHW_DATA_INVALID || status == PQHW_DATA_LEN_RANGE ? PQHW_RECORD_DAMAGED
                                                                        : status;
}

static enum pqhw_status soft_key_open(struct backend *backend, struct span attrs,
                                      struct span secrets, struct backend_key **out)
{
    enum pqhw_status status = PQHW_OK;
    const struct soft_backend *soft = (const struct soft_backend *)backend;
    CK_KEY_TYPE key_type = attrs_number(attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
    CK_OBJECT_CLASS object_class = attrs_number(attrs, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
    const struct soft_family *family = soft_family_of_key(key_type);
    struct backend_key *key = NULL;

    REQUIRE(family != NULL, PQHW_KEY_TYPE_INCONSISTENT);
    key = calloc(1, sizeof(*key));
    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    TRY(soft_key_init(key, family, soft->classic, attrs_number(attrs, CKA_PARAMETER_SET, 0)));
    TRY(set_stored(key, object_class, attrs, secrets));
    *out = key;
    key = NULL;
out:
    soft_key_close(key);
    return status;
}

static size_t soft_key_size(const struct backend_key *key)
{
    return sizeof(*key) + (key->pub != NULL ? public_room(key) : 0) + secret_footprint(&key->priv);
}

static size_t soft_output_len(const struct backend_key *key)
{
    return key->set.output_len;
}

/* ---- operations ---- */

static enum pqhw_status soft_encapsulate(const struct backend_key *key, uint8_t *ct,
                                         struct secret *ss)
{
    if (key->family->encapsulate == NULL || key->pub == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->encapsulate(key, ct, ss);
}

static enum pqhw_status soft_decapsulate(const struct backend_key *key, struct span ct,
                                         struct secret *ss)
{
    if (key->family->decapsulate == NULL || key->priv.ptr == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->decapsulate(key, ct, ss);
}

static enum pqhw_status soft_op_new(const struct backend_key *key,
                                    const struct mechanism *mechanism, CK_FLAGS flag,
                                    struct backend_op **out)
{
    bool fitting = flag == CKF_SIGN ? key->priv.ptr != NULL : key->pub != NULL;
    if (key->family->op_new == NULL || !fitting)
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->op_new(key, mechanism, flag, out);
}

static enum pqhw_status soft_op_expect(struct backend_op *op, struct span sig)
{
    if (sig.len != op->key->set.output_len)
        return PQHW_SIGNATURE_LEN_RANGE;
    return op->key->family->op_expect != NULL ? op->key->family->op_expect(op, sig) : PQHW_OK;
}

static enum pqhw_status soft_op_update(struct backend_op *op, struct span data)
{
    return op->key->family->op_update(op, data);
}

static enum pqhw_status soft_op_sign(struct backend_op *op, uint8_t *sig)
{
    return op->key->family->op_sign(op, sig);
}

static enum pqhw_status soft_op_verify(struct backend_op *op, struct span sig)
{
    return op->key->family->op_verify(op, sig);
}

static void soft_op_free(struct backend_op *op)
{
    if (op != NULL)
        op->key->family->op_free(op);
}

/* ---- the backend ---- */

static enum pqhw_status soft_open(struct backend **out, const struct classic *classic)
{
    struct soft_backend *soft = calloc(1, sizeof(*soft));
    if (soft == NULL)
        return PQHW_NO_MEMORY;
    soft->base.ops = &backend_soft;
    soft->classic = classic;
    *out = &soft->base;
    return PQHW_OK;
}

static void soft_close(struct backend *backend)
{
    free(backend);
}

const struct backend_ops backend_soft = {
    .name = "soft",
    .open = soft_open,
    .close = soft_close,
    .generate_pair = soft_generate_pair,
    .import = soft_import,
    .derive_attr = soft_derive_attr,
    .key_open = soft_key_open,
    .key_close = soft_key_close,
    .key_size = soft_key_size,
    .output_len = soft_output_len,
    .encapsulate = soft_encapsulate,
    .decapsulate = soft_decapsulate,
    .op_new = soft_op_new,
    .op_expect = soft_op_expect,
    .op_update = soft_op_update,
    .op_sign = soft_op_sign,
    .op_verify = soft_op_verify,
    .op_free = soft_op_free,
};
