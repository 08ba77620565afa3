/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/edwards.h"

#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/context.h"

/* What libcrypto allocates for a key and its prepared contexts, measured: 1.1 to 1.5 KB with 3.0,
 * up to 2.0 KB with 3.5. */
#define LIBCRYPTO_SIZE 2048

/* The parameters of libcrypto 3.2 and later, which the headers of 3.0 do not name. */
#define PARAM_INSTANCE "instance"
#define PARAM_CONTEXT  "context-string"

struct edwards_key {
    const struct classic *classic;
    const struct curve *curve;
    EVP_PKEY *pkey;
    /* For the pure variant; copied for each use. A public key has no sign. */
    EVP_MD_CTX *sign;
    EVP_MD_CTX *verify;
    bool has_variants;
    uint8_t point[CURVE_MAX_PUBLIC_LEN];
};

static bool start(const struct edwards_key *key, EVP_MD_CTX *ctx, bool signing,
                  const OSSL_PARAM *params)
{
    EVP_PKEY_CTX *inner; /* the context's */

    return (signing ? EVP_DigestSignInit_ex(ctx, &inner, NULL, key->classic->lib, NULL, key->pkey,
                                            params)
                    : EVP_DigestVerifyInit_ex(ctx, &inner, NULL, key->classic->lib, NULL, key->pkey,
                                              params)) == 1;
}

/* libcrypto ignores parameters that it does not know, and would sign without them. */
static bool settable(EVP_MD_CTX *ctx, const char *name)
{
    const OSSL_PARAM *known = EVP_PKEY_CTX_settable_params(EVP_MD_CTX_get_pkey_ctx(ctx));
    return known != NULL && OSSL_PARAM_locate_const(known, name) != NULL;
}

static enum pqhw_status prepare(struct edwards_key *key, EVP_MD_CTX **out, bool signing)
{
    *out = EVP_MD_CTX_new();
    if (*out == NULL)
        return PQHW_NO_MEMORY;
    return start(key, *out, signing, NULL) ? PQHW_OK : PQHW_INTERNAL;
}

void edwards_free(struct edwards_key *key)
{
    if (key == NULL)
        return;
    EVP_MD_CTX_free(key->sign);
    EVP_MD_CTX_free(key->verify);
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* Open with a pkey, which is taken. */
static enum pqhw_status key_new(struct edwards_key **out, const struct classic *classic,
                                const struct curve *curve, EVP_PKEY *pkey, bool is_private)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = curve->public_len;
    struct edwards_key *key = calloc(1, sizeof(*key));

    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    *key = (struct edwards_key){.classic = classic, .curve = curve, .pkey = pkey};
    pkey = NULL;
    REQUIRE(EVP_PKEY_get_raw_public_key(key->pkey, key->point, &len) == 1 &&
                len == curve->public_len,
            PQHW_INTERNAL);
    TRY(prepare(key, &key->verify, false));
    if (is_private)
        TRY(prepare(key, &key->sign, true));
    key->has_variants =
        settable(key->verify, PARAM_INSTANCE) && settable(key->verify, PARAM_CONTEXT);
    *out = key;
    key = NULL;
out:
    EVP_PKEY_free(pkey);
    edwards_free(key);
    return status;
}

enum pqhw_status edwards_public_new(struct edwards_key **out, const struct classic *classic,
                                    const struct curve *curve, struct span point)
{
    enum pqhw_status status = PQHW_OK;

    *out = NULL;
    ERR_set_mark();
    TRY(curve_point(curve, &point, point));
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_public_key_ex(classic->lib, curve->libcrypto, NULL, point.ptr, point.len);
    REQUIRE(pkey != NULL, PQHW_DATA_INVALID);
    TRY(key_new(out, classic, curve, pkey, false));
out:
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status edwards_private_new(struct edwards_key **out, const struct classic *classic,
                                     const struct curve *curve, struct span sk)
{
    enum pqhw_status status = PQHW_OK;

    *out = NULL;
    ERR_set_mark();
    REQUIRE(sk.len == curve->private_len, PQHW_DATA_LEN_RANGE);
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_private_key_ex(classic->lib, curve->libcrypto, NULL, sk.ptr, sk.len);
    REQUIRE(pkey != NULL, PQHW_INTERNAL);
    TRY(key_new(out, classic, curve, pkey, true));
out:
    ERR_pop_to_mark();
    return status;
}

const struct curve *edwards_curve(const struct edwards_key *key)
{
    return key->curve;
}

bool edwards_is_private(const struct edwards_key *key)
{
    return key->sign != NULL;
}

struct span edwards_point(const struct edwards_key *key)
{
    return span(key->point, key->curve->public_len);
}

size_t edwards_size(const struct edwards_key *key)
{
    return sizeof(*key) + LIBCRYPTO_SIZE;
}

/* ---- use ---- */

/* Ed448 without a context is Ed448 with an empty one; Ed25519 is not Ed25519ctx. */
static bool is_pure(const struct edwards_key *key, const struct edwards_variant *variant)
{
    return !variant->prehash && variant->context.len == 0 &&
           (!variant->has_context || key->curve->id == CURVE_ED448);
}

static const char *instance_of(const struct edwards_key *key, const struct edwards_variant *variant)
{
    if (key->curve->id == CURVE_ED448)
        return variant->prehash ? "Ed448ph" : "Ed448";
    return variant->prehash ? "Ed25519ph" : "Ed25519ctx";
}

bool edwards_can(const struct edwards_key *key, const struct edwards_variant *variant)
{
    if (is_pure(key, variant))
        return true;
    bool empty_refused = key->curve->id == CURVE_ED25519 && !variant->prehash;
    return key->has_variants && variant->context.len <= EDWARDS_MAX_CONTEXT &&
           !(empty_refused && variant->context.len == 0);
}

/* A context of one's own, started for the variant. */
static enum pqhw_status begin(const struct edwards_key *key, EVP_MD_CTX **out, bool signing,
                              const struct edwards_variant *variant)
{
    enum pqhw_status status = PQHW_OK;
    OSSL_PARAM params[3] = {OSSL_PARAM_END, OSSL_PARAM_END, OSSL_PARAM_END};

    REQUIRE(edwards_can(key, variant), PQHW_MECHANISM_PARAM_INVALID);
    *out = EVP_MD_CTX_new();
    REQUIRE(*out != NULL, PQHW_NO_MEMORY);
    if (is_pure(key, variant)) {
        REQUIRE(EVP_MD_CTX_copy_ex(*out, signing ? key->sign : key->verify) == 1, PQHW_NO_MEMORY);
        return PQHW_OK;
    }
    params[0] = OSSL_PARAM_construct_utf8_string(PARAM_INSTANCE,
                                                 (char *)(uintptr_t)instance_of(key, variant), 0);
    if (variant->context.len > 0)
        params[1] = OSSL_PARAM_construct_octet_string(
            PARAM_CONTEXT, (void *)(uintptr_t)variant->context.ptr, variant->context.len);
    REQUIRE(start(key, *out, signing, params), PQHW_INTERNAL);
out:
    return status;
}

enum pqhw_status edwards_sign(const struct edwards_key *key, uint8_t *sig,
                              const struct edwards_variant *variant, struct span message)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = key->curve->signature_len;
    EVP_MD_CTX *ctx = NULL;

    ERR_set_mark();
    TRY(begin(key, &ctx, true, variant));
    REQUIRE(EVP_DigestSign(ctx, sig, &len, message.ptr, message.len) == 1 &&
                len == key->curve->signature_len,
            PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        wipe(sig, key->curve->signature_len);
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status edwards_verify(const struct edwards_key *key,
                                const struct edwards_variant *variant, struct span message,
                                struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    EVP_MD_CTX *ctx = NULL;

    ERR_set_mark();
    REQUIRE(sig.len == key->curve->signature_len, PQHW_SIGNATURE_LEN_RANGE);
    TRY(begin(key, &ctx, false, variant));
    REQUIRE(EVP_DigestVerify(ctx, sig.ptr, sig.len, message.ptr, message.len) == 1,
            PQHW_SIGNATURE_INVALID);
out:
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}
