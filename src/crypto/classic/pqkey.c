/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/pqkey.h"

#include <openssl/core_names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/context.h"

/* Parameters of libcrypto 3.5, which older headers do not name. */
#define PARAM_SEED          "seed"
#define PARAM_CONTEXT       "context-string"
#define PARAM_ENCODING      "message-encoding"
#define PARAM_DETERMINISTIC "deterministic"

#define ENCODED_BY_CALLER 0 /* PARAM_ENCODING */

/* What libcrypto 3.5 allocates for a key, measured; the largest where it depends on how the key
 * came in. */
static const struct {
    const char *name;
    size_t private_size;
    size_t public_size;
} sizes[] = {
    {"ML-KEM-512", 6992, 3464}, {"ML-KEM-768", 8136, 6536}, {"ML-KEM-1024", 12744, 10632},
    {"ML-DSA-44", 20752, 5872}, {"ML-DSA-65", 30032, 8560}, {"ML-DSA-87", 39728, 11248},
};
#define SLHDSA_SIZE 416

struct pqkey {
    const struct classic *classic;
    const struct keyformat_alg *alg;
    EVP_PKEY *pkey;
    bool is_private;
    uint8_t public[PQKEY_MAX_PUBLIC];
};

void pqkey_free(struct pqkey *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

size_t pqkey_size(const struct pqkey *key)
{
    size_t size = SLHDSA_SIZE;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (strcmp(sizes[i].name, key->alg->name) == 0)
            size = key->is_private ? sizes[i].private_size : sizes[i].public_size;
    }
    return sizeof(*key) + size;
}

struct span pqkey_public(const struct pqkey *key)
{
    return span(key->public, key->alg->public_len);
}

/* ---- making keys ---- */

/* By object identifier, as pkey.h says: 2.16.840.1.101.3.4 and the two arcs below it. */
static EVP_PKEY_CTX *context_new(const struct classic *classic, const struct keyformat_alg *alg)
{
    char oid[32];

    if (classic->pq_lib == NULL)
        return NULL;
    (void)snprintf(oid, sizeof(oid), "2.16.840.1.101.3.4.%u.%u", alg->oid[alg->oid_len - 2],
                   alg->oid[alg->oid_len - 1]);
    return EVP_PKEY_CTX_new_from_name(classic->pq_lib, oid, classic->pq_properties);
}

static enum pqhw_status get_bytes(const EVP_PKEY *pkey, const char *name, uint8_t *out, size_t len)
{
    enum pqhw_status status = PQHW_OK;
    size_t got = 0;

    ERR_set_mark();
    REQUIRE(EVP_PKEY_get_octet_string_param(pkey, name, out, len, &got) == 1 && got == len,
            PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        wipe(out, len);
    ERR_pop_to_mark();
    return status;
}

/* A pkey, which is taken. */
static enum pqhw_status key_new(struct pqkey **out, const struct classic *classic,
                                const struct keyformat_alg *alg, EVP_PKEY *pkey, bool is_private)
{
    enum pqhw_status status = PQHW_OK;
    struct pqkey *key = calloc(1, sizeof(*key));

    REQUIRE(key != NULL, PQHW_NO_MEMORY);
    *key = (struct pqkey){.classic = classic, .alg = alg, .pkey = pkey, .is_private = is_private};
    pkey = NULL;
    REQUIRE(alg->public_len <= sizeof(key->public), PQHW_INTERNAL);
    TRY(get_bytes(key->pkey, OSSL_PKEY_PARAM_PUB_KEY, key->public, alg->public_len));
    *out = key;
    key = NULL;
out:
    EVP_PKEY_free(pkey);
    pqkey_free(key);
    return status;
}

enum pqhw_status pqkey_generate(struct pqkey **out, const struct classic *classic,
                                const struct keyformat_alg *alg)
{
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY *pkey = NULL;

    *out = NULL;
    ERR_set_mark();
    EVP_PKEY_CTX *ctx = context_new(classic, alg);
    REQUIRE(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1, PQHW_NO_MEMORY);
    REQUIRE(EVP_PKEY_generate(ctx, &pkey) == 1, PQHW_RANDOM_FAILED);
    TRY(key_new(out, classic, alg, pkey, true));
out:
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

/* libcrypto reads the parameters only, but has no constructors that say so. */
static OSSL_PARAM param_bytes(const char *name, struct span value)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)value.ptr, value.len);
}

struct part {
    const char *name;
    struct span bytes;
    size_t len; /* that it must have */
    int selection;
};

static enum pqhw_status key_of_part(struct pqkey **out, const struct classic *classic,
                                    const struct keyformat_alg *alg, const struct part *part)
{
    enum pqhw_status status = PQHW_OK;
    OSSL_PARAM params[2] = {param_bytes(part->name, part->bytes), OSSL_PARAM_END};
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = NULL;

    *out = NULL;
    ERR_set_mark();
    REQUIRE(part->bytes.len == part->len && part->len > 0, PQHW_DATA_LEN_RANGE);
    ctx = context_new(classic, alg);
    REQUIRE(ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1, PQHW_NO_MEMORY);
    REQUIRE(EVP_PKEY_fromdata(ctx, &pkey, part->selection, params) == 1, PQHW_DATA_INVALID);
    TRY(key_new(out, classic, alg, pkey, part->selection == EVP_PKEY_KEYPAIR));
out:
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status pqkey_seed_new(struct pqkey **out, const struct classic *classic,
                                const struct keyformat_alg *alg, struct span seed)
{
    const struct part part = {PARAM_SEED, seed, alg->seed_len, EVP_PKEY_KEYPAIR};

    return key_of_part(out, classic, alg, &part);
}

enum pqhw_status pqkey_private_new(struct pqkey **out, const struct classic *classic,
                                   const struct keyformat_alg *alg, struct span sk)
{
    const struct part part = {OSSL_PKEY_PARAM_PRIV_KEY, sk, alg->expanded_len, EVP_PKEY_KEYPAIR};

    return key_of_part(out, classic, alg, &part);
}

enum pqhw_status pqkey_public_new(struct pqkey **out, const struct classic *classic,
                                  const struct keyformat_alg *alg, struct span pk)
{
    const struct part part = {OSSL_PKEY_PARAM_PUB_KEY, pk, alg->public_len, EVP_PKEY_PUBLIC_KEY};

    return key_of_part(out, classic, alg, &part);
}

enum pqhw_status pqkey_seed(const struct pqkey *key, uint8_t *seed)
{
    return get_bytes(key->pkey, PARAM_SEED, seed, key->alg->seed_len);
}

enum pqhw_status pqkey_expanded(const struct pqkey *key, uint8_t *sk)
{
    return get_bytes(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, sk, key->alg->expanded_len);
}

/* ---- signatures ---- */

/* A context started to sign or verify. */
static enum pqhw_status start(EVP_MD_CTX **out, const struct pqkey *key,
                              const struct pqkey_message *message, bool signing, bool deterministic)
{
    enum pqhw_status status = PQHW_OK;
    const struct classic *classic = key->classic;
    EVP_PKEY_CTX *inner; /* the context's */
    int is_deterministic = deterministic;
    int encoding = ENCODED_BY_CALLER;
    OSSL_PARAM params[3] = {OSSL_PARAM_END, OSSL_PARAM_END, OSSL_PARAM_END};
    size_t num = 0;

    if (message->encoded)
        params[num++] = OSSL_PARAM_construct_int(PARAM_ENCODING, &encoding);
    else if (message->context.len > 0)
        params[num++] = param_bytes(PARAM_CONTEXT, message->context);
    if (signing)
        params[num++] = OSSL_PARAM_construct_int(PARAM_DETERMINISTIC, &is_deterministic);
    *out = EVP_MD_CTX_new();
    REQUIRE(*out != NULL, PQHW_NO_MEMORY);
    int started = signing ? EVP_DigestSignInit_ex(*out, &inner, NULL, classic->pq_lib,
                                                  classic->pq_properties, key->pkey, params)
                          : EVP_DigestVerifyInit_ex(*out, &inner, NULL, classic->pq_lib,
                                                    classic->pq_properties, key->pkey, params);
    REQUIRE(started == 1, PQHW_INTERNAL);
out:
    return status;
}

enum pqhw_status pqkey_sign(const struct pqkey *key, uint8_t *sig, size_t sig_len,
                            const struct pqkey_message *message, bool deterministic)
{
    enum pqhw_status status = PQHW_OK;
    EVP_MD_CTX *ctx = NULL;
    size_t len = sig_len;

    ERR_set_mark();
    TRY(start(&ctx, key, message, true, deterministic));
    REQUIRE(EVP_DigestSign(ctx, sig, &len, message->data.ptr, message->data.len) == 1 &&
                len == sig_len,
            PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        wipe(sig, sig_len);
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status pqkey_verify(const struct pqkey *key, const struct pqkey_message *message,
                              struct span sig)
{
    enum pqhw_status status = PQHW_OK;
    EVP_MD_CTX *ctx = NULL;

    ERR_set_mark();
    TRY(start(&ctx, key, message, false, false));
    REQUIRE(EVP_DigestVerify(ctx, sig.ptr, sig.len, message->data.ptr, message->data.len) == 1,
            PQHW_SIGNATURE_INVALID);
out:
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

/* ---- encapsulation ---- */

/* libcrypto cannot copy a context of these, so that each use makes one. */
static enum pqhw_status kem_new(EVP_PKEY_CTX **out, const struct pqkey *key,
                                int (*init)(EVP_PKEY_CTX *ctx, const OSSL_PARAM params[]))
{
    enum pqhw_status status = PQHW_OK;

    *out = EVP_PKEY_CTX_new_from_pkey(key->classic->pq_lib, key->pkey, key->classic->pq_properties);
    REQUIRE(*out != NULL, PQHW_NO_MEMORY);
    REQUIRE(init(*out, NULL) == 1, PQHW_INTERNAL);
out:
    return status;
}

enum pqhw_status pqkey_encapsulate(const struct pqkey *key, uint8_t *ct, size_t ct_len, uint8_t *ss)
{
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY_CTX *ctx = NULL;
    size_t len = ct_len;
    size_t ss_len = PQKEY_SECRET_LEN;

    ERR_set_mark();
    TRY(kem_new(&ctx, key, EVP_PKEY_encapsulate_init));
    REQUIRE(EVP_PKEY_encapsulate(ctx, ct, &len, ss, &ss_len) == 1 && len == ct_len &&
                ss_len == PQKEY_SECRET_LEN,
            PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        wipe(ss, PQKEY_SECRET_LEN);
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status pqkey_decapsulate(const struct pqkey *key, uint8_t *ss, struct span ct)
{
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY_CTX *ctx = NULL;
    size_t ss_len = PQKEY_SECRET_LEN;

    ERR_set_mark();
    TRY(kem_new(&ctx, key, EVP_PKEY_decapsulate_init));
    REQUIRE(EVP_PKEY_decapsulate(ctx, ss, &ss_len, ct.ptr, ct.len) == 1 &&
                ss_len == PQKEY_SECRET_LEN,
            PQHW_INTERNAL);
out:
    if (status != PQHW_OK)
        wipe(ss, PQKEY_SECRET_LEN);
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}
