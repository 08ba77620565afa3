/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/ec.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/classic/pkey.h"
#include "crypto/keyformat/ec_signature.h"
#include "crypto/random/random.h"

/* What libcrypto 3.0 allocates for a key and its prepared contexts, once it has signed: measured,
 * 4.2 to 5.5 KB after the curve. */
#define LIBCRYPTO_SIZE 5632

/* At worst (Brainpool's 256 bits) one candidate in three is not below the order. */
#define MAX_CANDIDATES 128

struct ec_key {
    const struct classic *classic;
    const struct curve *curve;
    EVP_PKEY *pkey;
    /* A public key has verify alone. */
    struct pkey_use sign;
    struct pkey_use verify;
    EVP_PKEY_CTX *agree; /* copied for each use */
    uint8_t point[CURVE_MAX_PUBLIC_LEN];
};

/* ---- private keys as numbers ---- */

static enum pqhw_status group_new(const struct classic *classic, const struct curve *curve,
                                  EC_GROUP **out)
{
    OSSL_PARAM params[2] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         (char *)(uintptr_t)curve->libcrypto, 0),
        OSSL_PARAM_construct_end(),
    };

    *out = EC_GROUP_new_from_params(params, classic->lib, NULL);
    return *out != NULL ? PQHW_OK : PQHW_INTERNAL;
}

static bool in_range(const uint8_t *sk, const uint8_t *order, size_t len)
{
    uint8_t any = 0;

    for (size_t i = 0; i < len; i++)
        any |= sk[i];
    bool valid = (ct_less(sk, order, len) & (((unsigned)-(int)any) >> 31)) != 0;
    CT_PUBLIC(&valid, sizeof(valid)); /* a key that is refused is not one */
    return valid;
}

static bool order_of(const EC_GROUP *group, uint8_t *out, size_t len)
{
    return BN_bn2binpad(EC_GROUP_get0_order(group), out, (int)len) == (int)len;
}

enum pqhw_status ec_generate(const struct classic *classic, const struct curve *curve, uint8_t *sk)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t order[CURVE_MAX_PRIVATE_LEN];
    EC_GROUP *group = NULL;
    size_t len = curve->private_len;
    unsigned spare_bits = (unsigned)(8 * len - curve->bits);
    bool found = false;

    ERR_set_mark();
    TRY(group_new(classic, curve, &group));
    REQUIRE(order_of(group, order, len), PQHW_INTERNAL);
    for (int i = 0; i < MAX_CANDIDATES && !found; i++) {
        TRY(random_bytes(classic, sk, len));
        sk[0] &= (uint8_t)(0xff >> spare_bits);
        found = in_range(sk, order, len);
    }
    REQUIRE(found, PQHW_RANDOM_FAILED);
out:
    if (status != PQHW_OK)
        wipe(sk, len);
    EC_GROUP_free(group);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status ec_private_pad(const struct curve *curve, uint8_t *out, struct span given)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = curve->private_len;
    size_t excess = given.len > len ? given.len - len : 0;
    uint8_t any = 0;

    memset(out, 0, len);
    for (size_t i = 0; i < excess; i++)
        any |= given.ptr[i];
    CT_PUBLIC(&any, sizeof(any)); /* a number that is too large is no key */
    REQUIRE(given.len > 0 && any == 0, PQHW_DATA_INVALID);
    memcpy(out + len - (given.len - excess), given.ptr + excess, given.len - excess);
out:
    return status;
}

/* sk times the base point. libcrypto does it in constant time where the scalar is the only one. */
static enum pqhw_status compute_point(const struct ec_key *key, uint8_t *point, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    const struct curve *curve = key->curve;
    uint8_t order[CURVE_MAX_PRIVATE_LEN];
    EC_GROUP *group = NULL;
    EC_POINT *q = NULL;
    BIGNUM *d = NULL;
    BN_CTX *work = NULL;

    TRY(group_new(key->classic, curve, &group));
    REQUIRE(order_of(group, order, sk.len), PQHW_INTERNAL);
    REQUIRE(in_range(sk.ptr, order, sk.len), PQHW_DATA_INVALID);
    q = EC_POINT_new(group);
    d = BN_new();
    work = BN_CTX_new_ex(key->classic->lib);
    REQUIRE(q != NULL && d != NULL && work != NULL, PQHW_NO_MEMORY);
    REQUIRE(BN_bin2bn(sk.ptr, (int)sk.len, d) != NULL, PQHW_NO_MEMORY);
    BN_set_flags(d, BN_FLG_CONSTTIME);
    REQUIRE(EC_POINT_mul(group, q, d, NULL, NULL, work) == 1, PQHW_INTERNAL);
    REQUIRE(EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, point, curve->public_len,
                               work) == curve->public_len,
            PQHW_INTERNAL);
out:
    BN_CTX_free(work);
    BN_clear_free(d);
    EC_POINT_free(q);
    EC_GROUP_free(group);
    return status;
}

/* ---- opened keys ---- */

static enum pqhw_status key_new(struct ec_key **out, const struct classic *classic,
                                const struct curve *curve)
{
    struct ec_key *key = calloc(1, sizeof(*key));

    if (key == NULL)
        return PQHW_NO_MEMORY;
    key->classic = classic;
    key->curve = curve;
    *out = key;
    return PQHW_OK;
}

void ec_free(struct ec_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_CTX_free(key->agree);
    pkey_use_free(&key->verify);
    pkey_use_free(&key->sign);
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* libcrypto's key of a point and, unless that is empty, the private key. */
static enum pqhw_status make(const struct ec_key *key, EVP_PKEY **out, struct span point,
                             struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    struct pkey_params params;

    TRY(pkey_params_new(&params, sk.len));
    pkey_params_name(&params, OSSL_PKEY_PARAM_GROUP_NAME, key->curve->libcrypto);
    pkey_params_bytes(&params, OSSL_PKEY_PARAM_PUB_KEY, point);
    if (sk.len > 0)
        pkey_params_number(&params, OSSL_PKEY_PARAM_PRIV_KEY, sk);
    TRY(pkey_make(key->classic, out, PKEY_EC, sk.len > 0 ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                  &params));
out:
    pkey_params_free(&params);
    return status;
}

static enum pqhw_status read_point(struct ec_key *key)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = key->curve->shared_len;

    key->point[0] = POINT_CONVERSION_UNCOMPRESSED;
    TRY(pkey_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, key->point + 1, len));
    TRY(pkey_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, key->point + 1 + len, len));
out:
    return status;
}

enum pqhw_status ec_public_new(struct ec_key **out, const struct classic *classic,
                               const struct curve *curve, struct span point)
{
    enum pqhw_status status = PQHW_OK;
    struct ec_key *key = NULL;

    *out = NULL;
    ERR_set_mark();
    TRY(curve_point(curve, &point, point));
    TRY(key_new(&key, classic, curve));
    TRY(make(key, &key->pkey, point, SPAN_EMPTY));
    TRY(read_point(key));
    TRY(pkey_prepare(classic, &key->verify.prepared, key->pkey, EVP_PKEY_verify_init));
    *out = key;
    key = NULL;
out:
    ec_free(key);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status ec_private_new(struct ec_key **out, const struct classic *classic,
                                const struct curve *curve, struct span sk)
{
    enum pqhw_status status = PQHW_OK;
    struct ec_key *key = NULL;

    *out = NULL;
    ERR_set_mark();
    REQUIRE(sk.len == curve->private_len, PQHW_DATA_LEN_RANGE);
    TRY(key_new(&key, classic, curve));
    TRY(compute_point(key, key->point, sk));
    TRY(make(key, &key->pkey, span(key->point, curve->public_len), sk));
    TRY(pkey_prepare(classic, &key->sign.prepared, key->pkey, EVP_PKEY_sign_init));
    TRY(pkey_prepare(classic, &key->verify.prepared, key->pkey, EVP_PKEY_verify_init));
    TRY(pkey_prepare(classic, &key->agree, key->pkey, EVP_PKEY_derive_init));
    *out = key;
    key = NULL;
out:
    ec_free(key);
    ERR_pop_to_mark();
    return status;
}

const struct curve *ec_curve(const struct ec_key *key)
{
    return key->curve;
}

bool ec_is_private(const struct ec_key *key)
{
    return key->sign.prepared != NULL;
}

struct span ec_point(const struct ec_key *key)
{
    return span(key->point, key->curve->public_len);
}

size_t ec_size(const struct ec_key *key)
{
    return sizeof(*key) + LIBCRYPTO_SIZE;
}

/* ---- use ---- */

enum pqhw_status ec_sign(const struct ec_key *key, uint8_t *sig, struct span hash)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t der[EC_SIGNATURE_MAX_DER];
    size_t len = sizeof(der);
    EVP_PKEY_CTX *ctx = NULL;
    int marked = ERR_set_mark();

    REQUIRE(hash.len > 0, PQHW_DATA_LEN_RANGE);
    TRY(pkey_use_begin(&key->sign, &ctx));
    REQUIRE(EVP_PKEY_sign(ctx, der, &len, hash.ptr, hash.len) == 1, PQHW_INTERNAL);
    status = ec_signature_from_der(sig, key->curve->signature_len, span(der, len));
    REQUIRE(status == PQHW_OK, PQHW_INTERNAL);
out:
    pkey_use_end(&key->sign, ctx, status == PQHW_OK);
    pop_errors(marked, status);
    return status;
}

enum pqhw_status ec_verify(const struct ec_key *key, struct span hash, struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t der[EC_SIGNATURE_MAX_DER];
    size_t len;
    EVP_PKEY_CTX *ctx = NULL;
    int marked = ERR_set_mark();

    REQUIRE(hash.len > 0, PQHW_DATA_LEN_RANGE);
    REQUIRE(sig.len == key->curve->signature_len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(ec_signature_to_der(der, &len, sig));
    TRY(pkey_use_begin(&key->verify, &ctx));
    /* Below 0 is a lack of memory, or a sum at infinity, which no signature has. Who asks again
     * tells them apart, unless memory is lacking twice. */
    int verified = EVP_PKEY_verify(ctx, der, len, hash.ptr, hash.len);
    if (verified < 0)
        verified = EVP_PKEY_verify(ctx, der, len, hash.ptr, hash.len);
    REQUIRE(verified == 1, PQHW_SIGNATURE_INVALID);
out:
    pkey_use_end(&key->verify, ctx, status == PQHW_OK);
    pop_errors(marked, status);
    return status;
}

enum pqhw_status ec_agree(const struct ec_key *key, uint8_t *shared, struct span point)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = key->curve->shared_len;
    EVP_PKEY *peer = NULL;
    EVP_PKEY_CTX *ctx = NULL;

    ERR_set_mark();
    TRY(curve_point(key->curve, &point, point));
    TRY(make(key, &peer, point, SPAN_EMPTY));
    ctx = EVP_PKEY_CTX_dup(key->agree);
    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    /* Being made, the point was found on the curve; with cofactor 1 there is no more to check. */
    REQUIRE(EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1, PQHW_NO_MEMORY);
    REQUIRE(EVP_PKEY_derive(ctx, shared, &len) == 1 && len == key->curve->shared_len,
            PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        wipe(shared, key->curve->shared_len);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    ERR_pop_to_mark();
    return status;
}
