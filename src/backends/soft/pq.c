/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/pq.h"

#include <stdlib.h>

#include "crypto/classic/pqkey.h"
#include "crypto/random/random.h"

#define KEY_ALIGN 64

/* Who does what: libcrypto, if it is to and can, or we. */
static const struct {
    const struct pq_family *own;
    const struct pq_family *libcrypto;
} families[] = {
    {&pq_mlkem, &pq_libcrypto_mlkem},
    {&pq_mldsa, &pq_libcrypto_mldsa},
    {&pq_slhdsa, &pq_libcrypto_slhdsa},
    {&pq_hqc, NULL},
    {&pq_falcon, NULL},
};

static const struct pq_family *find_family(CK_KEY_TYPE key_type, bool by_libcrypto)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (families[i].own->key_type == key_type)
            return by_libcrypto && families[i].libcrypto != NULL ? families[i].libcrypto
                                                                 : families[i].own;
    }
    return NULL;
}

const struct pq_family *pq_family_of(CK_KEY_TYPE key_type)
{
    return find_family(key_type, false);
}

/* ---- keys ---- */

enum pqhw_status pq_key_init(struct pq_key *key, CK_KEY_TYPE key_type,
                             const struct classic *classic, CK_ULONG parameter_set)
{
    *key = (struct pq_key){
        .base = {&soft_pq, classic},
        .family = find_family(key_type, classic_pq(classic) != CLASSIC_PQ_NONE),
        .parameter_set = parameter_set,
    };
    if (key->family == NULL)
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->find_set(parameter_set, &key->set) ? PQHW_OK
                                                           : PQHW_PARAMETER_SET_NOT_SUPPORTED;
}

void pq_key_wipe(struct pq_key *key)
{
    free(key->pub);
    key->pub = NULL;
    secret_free(&key->priv);
    pqkey_free(key->libcrypto);
    key->libcrypto = NULL;
}

static size_t public_room(const struct pq_key *key)
{
    return (key->set.public_size + KEY_ALIGN - 1) / KEY_ALIGN * KEY_ALIGN;
}

/* The room for what is ours. */
static enum pqhw_status make_room(struct pq_key *key, bool is_private)
{
    key->is_private = is_private;
    if (is_private)
        return key->set.private_size > 0 ? secret_new(&key->priv, key->set.private_size) : PQHW_OK;
    if (key->set.public_size > 0) {
        key->pub = aligned_alloc(KEY_ALIGN, public_room(key));
        if (key->pub == NULL)
            return PQHW_NO_MEMORY;
    }
    return PQHW_OK;
}

enum pqhw_status pq_key_set_public(struct pq_key *key, struct span pk)
{
    enum pqhw_status status = PQHW_OK;

    TRY(make_room(key, false));
    TRY(key->family->expand_public(key, pk));
out:
    if (status != PQHW_OK)
        pq_key_wipe(key);
    return status;
}

enum pqhw_status pq_key_set_private(struct pq_key *key, struct span sk)
{
    enum pqhw_status status = PQHW_OK;

    TRY(make_room(key, true));
    TRY(key->family->expand_private(key, sk));
out:
    if (status != PQHW_OK)
        pq_key_wipe(key);
    return status;
}

enum pqhw_status pq_key_set_seed(struct pq_key *key, struct span seed)
{
    enum pqhw_status status = PQHW_OK;

    REQUIRE(seed.len == key->set.seed_len, PQHW_DATA_LEN_RANGE);
    TRY(make_room(key, true));
    TRY(key->family->expand_seed(key, seed.ptr));
out:
    if (status != PQHW_OK)
        pq_key_wipe(key);
    return status;
}

enum pqhw_status pq_key_generate(struct pq_key *key, struct secret *sk_seed)
{
    enum pqhw_status status = PQHW_OK;

    *sk_seed = (struct secret){0};
    if (key->family->generate != NULL) {
        TRY(make_room(key, true));
        TRY(key->family->generate(key, sk_seed));
    } else {
        TRY(secret_new(sk_seed, key->set.seed_len));
        TRY(random_bytes(key->base.classic, sk_seed->ptr, sk_seed->len));
        TRY(pq_key_set_seed(key, secret_span(sk_seed)));
    }
out:
    if (status != PQHW_OK) {
        pq_key_wipe(key);
        secret_free(sk_seed);
    }
    return status;
}

static enum pqhw_status set_stored(struct pq_key *key, CK_OBJECT_CLASS object_class,
                                   struct span attrs, struct span secrets)
{
    enum pqhw_status status;
    struct span value;
    if (object_class == CKO_PUBLIC_KEY && attrs_get(attrs, CKA_VALUE, &value))
        status = pq_key_set_public(key, value);
    else if (object_class == CKO_PRIVATE_KEY && attrs_get(secrets, CKA_SEED, &value))
        status = pq_key_set_seed(key, value);
    else if (object_class == CKO_PRIVATE_KEY && attrs_get(secrets, CKA_VALUE, &value))
        status = pq_key_set_private(key, value);
    else
        status = PQHW_DATA_INVALID;
    return status;
}

static void pq_close(struct backend_key *base)
{
    struct pq_key *key = (struct pq_key *)base;

    pq_key_wipe(key);
    free(key);
}

static enum pqhw_status pq_open(const struct classic *classic, CK_OBJECT_CLASS object_class,
                                CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                                struct backend_key **out)
{
    enum pqhw_status status = PQHW_OK;
    struct pq_key *key = calloc(1, sizeof(*key));

    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    TRY(pq_key_init(key, key_type, classic, attrs_number(attrs, CKA_PARAMETER_SET, 0)));
    TRY(set_stored(key, object_class, attrs, secrets));
    *out = &key->base;
    key = NULL;
out:
    if (key != NULL)
        pq_close(&key->base);
    return status;
}

static size_t pq_size(const struct backend_key *base)
{
    const struct pq_key *key = pq_key_of(base);

    return sizeof(*key) + (key->pub != NULL ? public_room(key) : 0) + secret_footprint(&key->priv) +
           (key->libcrypto != NULL ? pqkey_size(key->libcrypto) : 0);
}

/* ---- use ---- */

size_t pq_output_len(const struct backend_op *op)
{
    return pq_key_of(op->key)->set.output_len;
}

static enum pqhw_status pq_op_new(const struct backend_key *base, const struct mechanism *mechanism,
                                  CK_FLAGS flag, struct backend_op **out)
{
    const struct pq_key *key = pq_key_of(base);

    if (key->family->op_new == NULL || key->is_private != (flag == CKF_SIGN))
        return PQHW_KEY_TYPE_INCONSISTENT;
    return key->family->op_new(key, mechanism, flag, out);
}

const struct soft_family soft_pq = {
    .generate_pair = pq_generate_pair,
    .import = pq_import,
    .derive_attr = pq_derive_attr,
    .public_of = pq_public_of,
    .encode_private = pq_encode_private,
    .decode_private = pq_decode_private,
    .open = pq_open,
    .close = pq_close,
    .size = pq_size,
    .kem_lens = pq_kem_lens,
    .encapsulate = pq_encapsulate,
    .decapsulate = pq_decapsulate,
    .op_new = pq_op_new,
};
