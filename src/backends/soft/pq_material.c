/* SPDX-License-Identifier: Apache-2.0
 *
 * Key material of the post-quantum families: generated, imported, and what follows from it.
 */
#include "backends/soft/material.h"
#include "backends/soft/pq.h"
#include "base/ct.h"

#define MAX_INFO_LEN (PQ_MAX_PK_LEN + 64) /* the key and the DER around it */

/* What both halves of a pair show: the parameter set and CKA_PUBLIC_KEY_INFO. */
static enum pqhw_status put_common(struct buf *attrs, const struct pq_key *key, struct span pk)
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

static enum pqhw_status put_public(struct buf *attrs, const struct pq_key *key, struct span pk)
{
    attrs_put(attrs, CKA_VALUE, pk);
    return put_common(attrs, key, pk);
}

/* What one half makes, the other must take. PQHW_SELF_TEST_FAILED. */
static enum pqhw_status check_pair(const struct pq_key *key, struct span pk)
{
    enum pqhw_status status = PQHW_OK;
    struct pq_key pub = {0};

    TRY(pq_key_init(&pub, key->family->key_type, key->base.classic, key->parameter_set));
    TRY(pq_key_set_public(&pub, pk));
    TRY(key->family->check_pair(key, &pub));
out:
    pq_key_wipe(&pub);
    return status;
}

/* ---- generation ---- */

/* The form of a new private key that is kept. */
static enum pqhw_status put_kept(const struct pq_key *key, struct span seed, struct secret *secrets)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk = {0};

    if (key->family->kept == CKA_SEED)
        return attrs_secret(secrets, &(struct attr){CKA_SEED, seed}, 1);
    TRY(secret_new(&sk, key->set.sk_len));
    TRY(key->family->encode_private(key, sk.ptr));
    TRY(attrs_secret(secrets, &(struct attr){CKA_VALUE, secret_span(&sk)}, 1));
out:
    secret_free(&sk);
    return status;
}

static enum pqhw_status fill_pair(const struct pq_key *key, struct span seed,
                                  struct backend_material *pub, struct backend_material *priv)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t pk_bytes[PQ_MAX_PK_LEN];
    struct span pk = {pk_bytes, key->set.pk_len};

    key->family->encode_public(key, pk_bytes);
    TRY(check_pair(key, pk));
    TRY(put_public(&pub->attrs, key, pk));
    TRY(put_common(&priv->attrs, key, pk));
    TRY(put_kept(key, seed, &priv->secrets));
out:
    return status;
}

enum pqhw_status pq_generate_pair(const struct classic *classic, CK_KEY_TYPE key_type,
                                  struct span attrs, struct backend_material *pub,
                                  struct backend_material *priv)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_seed = {0};
    struct pq_key key = {0};

    TRY(pq_key_init(&key, key_type, classic, attrs_number(attrs, CKA_PARAMETER_SET, 0)));
    TRY(pq_key_generate(&key, &sk_seed));
    TRY(fill_pair(&key, secret_span(&sk_seed), pub, priv));
out:
    pq_key_wipe(&key);
    secret_free(&sk_seed);
    return status;
}

/* ---- import ---- */

/* An expanded key given beside its seed must be what the seed expands to. */
static enum pqhw_status check_same_key(const struct pq_key *key, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_expected = {0};

    REQUIRE(sk.len == key->set.sk_len, PQHW_ATTRIBUTE_VALUE_INVALID);
    TRY(secret_new(&sk_expected, sk.len));
    TRY(key->family->encode_private(key, sk_expected.ptr));
    REQUIRE(ct_equal(sk_expected.ptr, sk.ptr, sk.len), PQHW_TEMPLATE_INCONSISTENT);
out:
    secret_free(&sk_expected);
    return status;
}

/*
 * An expanded key on its own passes the standards' checks even if its secret part was damaged: they
 * compare only what is hashed. So it must also work.
 */
static enum pqhw_status import_expanded(struct pq_key *key, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t pk[PQ_MAX_PK_LEN];

    TRY(material_status(pq_key_set_private(key, sk)));
    key->family->encode_public(key, pk);
    status = check_pair(key, span(pk, key->set.pk_len));
    REQUIRE(status != PQHW_SELF_TEST_FAILED, PQHW_ATTRIBUTE_VALUE_INVALID);
out:
    return status;
}

static enum pqhw_status import_private(struct pq_key *key, struct span secrets,
                                       struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span seed = SPAN_EMPTY;
    struct span sk = SPAN_EMPTY;
    bool has_seed = attrs_get(secrets, CKA_SEED, &seed);
    bool has_sk = attrs_get(secrets, CKA_VALUE, &sk);
    uint8_t pk[PQ_MAX_PK_LEN];

    REQUIRE(has_seed || has_sk, PQHW_TEMPLATE_INCOMPLETE);
    REQUIRE(!has_seed || key->family->kept == CKA_SEED, PQHW_TEMPLATE_INCONSISTENT);
    if (has_seed) {
        TRY(material_status(pq_key_set_seed(key, seed)));
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

static enum pqhw_status import_public(struct pq_key *key, struct span attrs,
                                      struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span pk;

    REQUIRE(attrs_get(attrs, CKA_VALUE, &pk), PQHW_TEMPLATE_INCOMPLETE);
    TRY(material_status(pq_key_set_public(key, pk)));
    TRY(put_public(&out->attrs, key, pk));
out:
    return status;
}

enum pqhw_status pq_import(const struct classic *classic, CK_OBJECT_CLASS object_class,
                           CK_KEY_TYPE key_type, struct span attrs, struct span secrets,
                           struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    struct pq_key key = {0};

    REQUIRE(attrs_has(attrs, CKA_PARAMETER_SET), PQHW_TEMPLATE_INCOMPLETE);
    TRY(pq_key_init(&key, key_type, classic, attrs_number(attrs, CKA_PARAMETER_SET, 0)));
    if (object_class == CKO_PRIVATE_KEY)
        TRY(import_private(&key, secrets, out));
    else
        TRY(import_public(&key, attrs, out));
    TRY(material_check_info(attrs, buf_span(&out->attrs)));
out:
    pq_key_wipe(&key);
    return status;
}

/* ---- what follows ---- */

enum pqhw_status pq_derive_attr(const struct classic *classic, struct span attrs,
                                struct span secrets, CK_ATTRIBUTE_TYPE type, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    struct span seed;
    struct pq_key key = {0};

    REQUIRE(type == CKA_VALUE && attrs_get(secrets, CKA_SEED, &seed), PQHW_ATTRIBUTE_TYPE_INVALID);
    TRY(pq_key_init(&key, attrs_number(attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION), classic,
                    attrs_number(attrs, CKA_PARAMETER_SET, 0)));
    TRY(pq_key_set_seed(&key, seed));
    TRY(secret_new(out, key.set.sk_len));
    TRY(key.family->encode_private(&key, out->ptr));
out:
    pq_key_wipe(&key);
    return status;
}

/* ---- PKCS#8 ---- */

enum pqhw_status pq_public_of(struct span attrs, struct span info, struct buf *out)
{
    enum pqhw_status status = PQHW_OK;
    struct keyformat_public key;
    struct span set;

    REQUIRE(attrs_get(attrs, CKA_PARAMETER_SET, &set), PQHW_RECORD_DAMAGED);
    TRY(keyformat_public_read(&key, info));
    attrs_put(out, CKA_PARAMETER_SET, set);
    attrs_put(out, CKA_VALUE, key.key);
out:
    return status;
}

enum pqhw_status pq_encode_private(struct span attrs, struct span secrets, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct pq_family *family = pq_family_of(attrs_number(attrs, CKA_KEY_TYPE, 0));
    struct pq_set set;
    struct keyformat_private key = {0};
    struct keyformat_public pub;
    struct span info;

    REQUIRE(family != NULL && family->find_set(attrs_number(attrs, CKA_PARAMETER_SET, 0), &set),
            PQHW_KEY_NOT_WRAPPABLE);
    key.alg = keyformat_find(family->format, set.number);
    REQUIRE(key.alg != NULL, PQHW_KEY_NOT_WRAPPABLE);
    /* Falcon's stands behind the private key. */
    REQUIRE(attrs_get(attrs, CKA_PUBLIC_KEY_INFO, &info) &&
                keyformat_public_read(&pub, info) == PQHW_OK,
            PQHW_KEY_NOT_WRAPPABLE);
    key.key_public = pub.key;
    (void)attrs_get(secrets, CKA_SEED, &key.seed);
    (void)attrs_get(secrets, CKA_VALUE, &key.expanded);
    TRY(secret_new(out, keyformat_private_len(&key)));
    TRY(keyformat_private_write(out->ptr, &key));
out:
    if (status != PQHW_OK)
        secret_free(out);
    return status;
}

/* The CKP_ of an algorithm; each family's begin with 1. */
static bool find_parameter_set(const struct pq_family *family, int number, CK_ULONG *out)
{
    struct pq_set set;

    for (CK_ULONG i = 1; family->find_set(i, &set); i++) {
        if (set.number == number) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* A public key that came along has to be the private one's: import compares. */
static enum pqhw_status put_info(struct buf *attrs, const struct keyformat_private *key)
{
    enum pqhw_status status = PQHW_OK;
    const struct keyformat_alg *alg = keyformat_find(key->alg->family, key->alg->set);
    const struct keyformat_public public_key = {alg, key->key_public};
    uint8_t info[MAX_INFO_LEN];

    if (key->key_public.len == 0)
        return PQHW_OK;
    REQUIRE(alg != NULL && keyformat_public_len(alg) <= sizeof(info), PQHW_INTERNAL);
    TRY(keyformat_public_write(info, &public_key));
    attrs_put(attrs, CKA_PUBLIC_KEY_INFO, span(info, keyformat_public_len(alg)));
out:
    return status;
}

enum pqhw_status pq_decode_private(CK_KEY_TYPE key_type, struct span der,
                                   struct backend_material *out)
{
    enum pqhw_status status = PQHW_OK;
    const struct pq_family *family = pq_family_of(key_type);
    struct keyformat_private key;
    struct secret joined = {0};
    struct attr secrets[2];
    size_t num = 0;
    CK_ULONG set;

    TRY(keyformat_private_read(&key, der));
    if (keyformat_is_split(&key)) {
        TRY(secret_new(&joined, keyformat_join_room(&key)));
        TRY(keyformat_join(&key, joined.ptr));
    }
    REQUIRE(family != NULL && key.alg->family == family->format &&
                find_parameter_set(family, key.alg->set, &set),
            PQHW_DATA_INVALID);
    if (key.expanded.len > 0)
        secrets[num++] = (struct attr){CKA_VALUE, key.expanded};
    if (key.seed.len > 0)
        secrets[num++] = (struct attr){CKA_SEED, key.seed};
    TRY(attrs_secret(&out->secrets, secrets, num));
    attrs_put_number(&out->attrs, CKA_PARAMETER_SET, set);
    TRY(put_info(&out->attrs, &key));
    TRY(buf_status(&out->attrs));
out:
    secret_free(&joined);
    return status;
}
