/* SPDX-License-Identifier: Apache-2.0
 *
 * Key material of the soft backend: generated, imported, and what follows from it.
 */
#include "backends/soft/family.h"
#include "base/ct.h"
#include "crypto/random/random.h"

#define MAX_INFO_LEN (SOFT_MAX_PK_LEN + 64) /* the key and the DER around it */

/* Material that does not hold up is the caller's wrong value here. */
static enum pqhw_status value_status(enum pqhw_status status)
{
    return status == PQHW_DATA_INVALID || status == PQHW_DATA_LEN_RANGE
               ? PQHW_ATTRIBUTE_VALUE_INVALID
               : status;
}

/* What both halves of a pair show: the parameter set and CKA_PUBLIC_KEY_INFO. */
static enum pqhw_status put_common(struct buf *attrs, const struct backend_key *key, struct span pk)
{
    enum pqhw_status status = PQHW_OK;
    const struct keyformat_alg *alg = keyformat_find(key->family->format, key->set.number);
    const struct keyformat_public public_key = {alg, pk};
    uint8_t info[MAX_INFO_LEN];

    REQUIRE(alg != NULL && keyformat_public_len(alg) <= sizeof(info), PQHW_INTERNAL);
    TRY(keyformat_public_write(info, &public_key));
    attrs_put_number(attrs, CKA_PARAMETER_SET, key->parameter_set);
    attrs_put(attrs, CKA_PUBLIC_KEY_INFO, span(info, keyformat_public_len(alg)));
    status = buf_status(attrs);
out:
    return status;
}

static enum pqhw_status put_public(struct buf *attrs, const struct backend_key *key, struct span pk)
{
    attrs_put(attrs, CKA_VALUE, pk);
    return put_common(attrs, key, pk);
}

static void material_init(struct backend_material *material)
{
    *material = (struct backend_material){.attrs = BUF_INIT(ATTRS_MAX_LEN)};
}

/* What one half makes, the other must take. PQHW_SELF_TEST_FAILED. */
static enum pqhw_status check_pair(const struct backend_key *key, struct span pk)
{
    enum pqhw_status status = PQHW_OK;
    struct backend_key pub = {0};

    TRY(soft_key_init(&pub, key->family, key->classic, key->parameter_set));
    TRY(soft_key_set_public(&pub, pk));
    TRY(key->family->check_pair(key, &pub));
out:
    soft_key_wipe(&pub);
    return status;
}

/* ---- generation ---- */

/* The form of a new private key that is kept. */
static enum pqhw_status put_kept(const struct backend_key *key, struct span seed,
                                 struct secret *secrets)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk = {0};

    if (key->family->kept == CKA_SEED)
        return attrs_secret(secrets, &(struct attr){CKA_SEED, seed}, 1);
    TRY(secret_new(&sk, key->set.sk_len));
    key->family->encode_private(key, sk.ptr);
    TRY(attrs_secret(secrets, &(struct attr){CKA_VALUE, secret_span(&sk)}, 1));
out:
    secret_free(&sk);
    return status;
}

static enum pqhw_status fill_pair(const struct backend_key *key, struct span seed,
                                  struct backend_material *pub, struct backend_material *priv)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t pk_bytes[SOFT_MAX_PK_LEN];
    struct span pk = {pk_bytes, key->set.pk_len};

    key->family->encode_public(key, pk_bytes);
    TRY(check_pair(key, pk));
    TRY(put_public(&pub->attrs, key, pk));
    TRY(put_common(&priv->attrs, key, pk));
    TRY(put_kept(key, seed, &priv->secrets));
out:
    return status;
}

enum pqhw_status soft_generate_pair(struct backend *backend, CK_MECHANISM_TYPE mechanism,
                                    CK_ULONG parameter_set, struct backend_material *pub,
                                    struct backend_material *priv)
{
    enum pqhw_status status = PQHW_OK;
    const struct classic *classic = ((const struct soft_backend *)backend)->classic;
    const struct soft_family *family = soft_family_of_keygen(mechanism);
    struct secret sk_seed = {0};
    struct backend_key key = {0};

    material_init(pub);
    material_init(priv);
    REQUIRE(family != NULL, PQHW_MECHANISM_INVALID);
    TRY(soft_key_init(&key, family, classic, parameter_set));
    TRY(secret_new(&sk_seed, key.set.seed_len));
    TRY(random_bytes(classic, sk_seed.ptr, sk_seed.len));
    TRY(soft_key_set_seed(&key, secret_span(&sk_seed)));
    TRY(fill_pair(&key, secret_span(&sk_seed), pub, priv));
out:
    soft_key_wipe(&key);
    secret_free(&sk_seed);
    if (status != PQHW_OK) {
        backend_material_free(pub);
        backend_material_free(priv);
    }
    return status;
}

/* ---- import ---- */

/* An expanded key given beside its seed must be what the seed expands to. */
static enum pqhw_status check_same_key(const struct backend_key *key, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_expected = {0};

    REQUIRE(sk.len == key->set.sk_len, PQHW_ATTRIBUTE_VALUE_INVALID);
    TRY(secret_new(&sk_expected, sk.len));
    key->family->encode_private(key, sk_expected.ptr);
    REQUIRE(ct_equal(sk_expected.ptr, sk.ptr, sk.len), PQHW_TEMPLATE_INCONSISTENT);
out:
    secret_free(&sk_expected);
    return status;
}

/*
 * An expanded key on its own passes the standards' checks even if its secret part was damaged: they
 * compare only what is hashed. So it must also work.
 */
static enum pqhw_status import_expanded(struct backend_key *key, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t pk[SOFT_MAX_PK_LEN];

    TRY(value_status(soft_key_set_private(key, sk)));
    key->family->encode_public(key, pk);
    status = check_pair(key, span(pk, key->set.pk_len));
    REQUIRE(status != PQHW_SELF_TEST_FAILED, PQHW_ATTRIBUTE_VALUE_INVALID);
out:
    return status;
}

static enum pqhw_status import_private(struct backend_key *key, struct span secrets,
                                       struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span seed = SPAN_EMPTY;
    struct span sk = SPAN_EMPTY;
    bool has_seed = attrs_get(secrets, CKA_SEED, &seed);
    bool has_sk = attrs_get(secrets, CKA_VALUE, &sk);
    uint8_t pk[SOFT_MAX_PK_LEN];

    REQUIRE(has_seed || has_sk, PQHW_TEMPLATE_INCOMPLETE);
    REQUIRE(!has_seed || key->family->kept == CKA_SEED, PQHW_TEMPLATE_INCONSISTENT);
    if (has_seed) {
        TRY(value_status(soft_key_set_seed(key, seed)));
        if (has_sk)
            TRY(check_same_key(key, sk));
        TRY(attrs_secret(&out->secrets, &(struct attr){CKA_SEED, seed}, 1));
    } else {
        TRY(import_expanded(key, sk));
        TRY(attrs_secret(&out->secrets, &(struct attr){CKA_VALUE, sk}, 1));
    }
    key->family->encode_public(key, pk);
    TRY(put_common(&out->attrs, key, span(pk, key->set.pk_len)));
out:
    return status;
}

static enum pqhw_status import_public(struct backend_key *key, struct span attrs,
                                      struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span pk;

    REQUIRE(attrs_get(attrs, CKA_VALUE, &pk), PQHW_TEMPLATE_INCOMPLETE);
    TRY(value_status(soft_key_set_public(key, pk)));
    TRY(put_public(&out->attrs, key, pk));
out:
    return status;
}

/* PKCS#11 v3.2, "Private key objects": a CKA_PUBLIC_KEY_INFO that is given must belong to the key.
 */
static enum pqhw_status check_given_info(struct span attrs, struct span completed)
{
    struct span given;
    struct span own;
    if (!attrs_get(attrs, CKA_PUBLIC_KEY_INFO, &given) || given.len == 0)
        return PQHW_OK;
    return attrs_get(completed, CKA_PUBLIC_KEY_INFO, &own) && span_equal(given, own)
               ? PQHW_OK
               : PQHW_ATTRIBUTE_VALUE_INVALID;
}

enum pqhw_status soft_import(struct backend *backend, CK_OBJECT_CLASS object_class,
                             CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                             struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct classic *classic = ((const struct soft_backend *)backend)->classic;
    const struct soft_family *family = soft_family_of_key(key_type);
    struct backend_key key = {0};

    material_init(out);
    REQUIRE(family != NULL, PQHW_ATTRIBUTE_VALUE_INVALID);
    REQUIRE(attrs_has(attrs, CKA_PARAMETER_SET), PQHW_TEMPLATE_INCOMPLETE);
    TRY(soft_key_init(&key, family, classic, attrs_number(attrs, CKA_PARAMETER_SET, 0)));
    if (object_class == CKO_PRIVATE_KEY)
        TRY(import_private(&key, secrets, out));
    else
        TRY(import_public(&key, attrs, out));
    TRY(check_given_info(attrs, buf_span(&out->attrs)));
out:
    soft_key_wipe(&key);
    if (status != PQHW_OK)
        backend_material_free(out);
    return status;
}

/* ---- what follows ---- */

enum pqhw_status soft_derive_attr(struct backend *backend, struct span attrs, struct span secrets,
                                  CK_ATTRIBUTE_TYPE type, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct classic *classic = ((const struct soft_backend *)backend)->classic;
    const struct soft_family *family =
        soft_family_of_key(attrs_number(attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION));
    struct span seed;
    struct backend_key key = {0};

    REQUIRE(family != NULL && type == CKA_VALUE && attrs_get(secrets, CKA_SEED, &seed),
            PQHW_ATTRIBUTE_TYPE_INVALID);
    TRY(soft_key_init(&key, family, classic, attrs_number(attrs, CKA_PARAMETER_SET, 0)));
    TRY(soft_key_set_seed(&key, seed));
    TRY(secret_new(out, key.set.sk_len));
    family->encode_private(&key, out->ptr);
out:
    soft_key_wipe(&key);
    return status;
}
