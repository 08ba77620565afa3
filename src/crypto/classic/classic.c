/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/classic.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/context.h"
#include "crypto/classic/process_lib.h"

#define HKDF_MAX_LEN (255 * CLASSIC_HASH_LEN)

const char *classic_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

void classic_thread_ends(void)
{
    OPENSSL_thread_stop();
}

static bool fetch_digests(struct classic *classic)
{
    for (int alg = 0; alg < DIGEST_NUM; alg++) {
        const char *name = digest_fetch_name((enum digest_alg)alg);
        classic->digests[alg] = EVP_MD_fetch(classic->lib, name, NULL);
        if (classic->digests[alg] == NULL)
            return false;
    }
    return true;
}

static void describe(char out[PQ_TEXT_LEN], const OSSL_PROVIDER *provider)
{
    const char *name = "";
    const char *version = "";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_NAME, (char **)(uintptr_t)&name, 0),
        OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_VERSION, (char **)(uintptr_t)&version, 0),
        OSSL_PARAM_END,
    };

    (void)OSSL_PROVIDER_get_params(provider, params);
    (void)snprintf(out, PQ_TEXT_LEN, "%s %s", name, version);
}

/* One of each family stands for all: they came together. */
static bool has_pq(struct classic *classic)
{
    static const char *const names[] = {"ML-KEM-768", "ML-DSA-65", "SLH-DSA-SHA2-128s"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        EVP_KEYMGMT *found = EVP_KEYMGMT_fetch(classic->pq_lib, names[i], classic->pq_properties);
        if (found == NULL)
            return false;
        describe(classic->pq_text, EVP_KEYMGMT_get0_provider(found));
        EVP_KEYMGMT_free(found);
    }
    return true;
}

static enum pqhw_status find_pq(struct classic *classic, const char *fips_config)
{
    enum pqhw_status status = PQHW_OK;

    if (classic->pq == CLASSIC_PQ_FIPS) {
        TRY(process_lib_fips(&classic->pq_lib, fips_config));
        classic->pq_properties = "fips=yes";
    } else {
        classic->pq_lib = classic->lib;
    }
    REQUIRE(has_pq(classic), PQHW_NOT_SUPPORTED);
out:
    return status;
}

enum pqhw_status classic_new_pq(struct classic **out, enum classic_pq provider,
                                const char *fips_config)
{
    enum pqhw_status status = PQHW_OK;
    struct classic *classic = calloc(1, sizeof(*classic));

    *out = NULL;
    ERR_set_mark();
    REQUIRE(classic != NULL, PQHW_NO_MEMORY);
    TRY(process_lib_default(&classic->lib));
    classic->gcm = EVP_CIPHER_fetch(classic->lib, "AES-256-GCM", NULL);
    REQUIRE(classic->gcm != NULL, PQHW_INTERNAL);
    classic->key_wrap = EVP_CIPHER_fetch(classic->lib, "AES-256-WRAP", NULL);
    REQUIRE(classic->key_wrap != NULL, PQHW_INTERNAL);
    REQUIRE(fetch_digests(classic), PQHW_INTERNAL);
    TRY(random_stock_new(&classic->random_stock));
    classic->pq = provider;
    if (provider != CLASSIC_PQ_NONE)
        TRY(find_pq(classic, fips_config));
    *out = classic;
    classic = NULL;
out:
    classic_free(classic);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status classic_new(struct classic **out)
{
    return classic_new_pq(out, CLASSIC_PQ_NONE, NULL);
}

enum classic_pq classic_pq(const struct classic *classic)
{
    return classic->pq;
}

const char *classic_pq_text(const struct classic *classic)
{
    return classic->pq_text;
}

void classic_free(struct classic *classic)
{
    if (classic == NULL)
        return;
    ERR_set_mark();
    random_stock_free(classic->random_stock);
    for (int alg = 0; alg < DIGEST_NUM; alg++)
        EVP_MD_free(classic->digests[alg]);
    EVP_CIPHER_free(classic->key_wrap);
    EVP_CIPHER_free(classic->gcm);
    ERR_pop_to_mark();
    free(classic);
}

/* HKDF */

/* RFC 5869, 2.2 with the salt of zeros that stands for none, then 2.3. */
enum pqhw_status classic_hkdf(uint8_t *out, size_t len, const uint8_t key[CLASSIC_KEY_LEN],
                              struct span info)
{
    enum pqhw_status status = PQHW_OK;
    const uint8_t no_salt[CLASSIC_KEY_LEN] = {0};
    uint8_t sk_prk[CLASSIC_HASH_LEN];
    uint8_t sk_t[CLASSIC_HASH_LEN];
    uint8_t counter = 0;
    struct span ikm = span(key, CLASSIC_KEY_LEN);
    struct span in[3] = {SPAN_EMPTY, info, span(&counter, 1)};
    size_t done = 0;

    REQUIRE(len <= HKDF_MAX_LEN, PQHW_ARGUMENTS_BAD);
    classic_hmac(sk_prk, no_salt, &ikm, 1);
    while (done < len) {
        size_t part = len - done < sizeof(sk_t) ? len - done : sizeof(sk_t);
        counter++;
        classic_hmac(sk_t, sk_prk, in, 3);
        memcpy(out + done, sk_t, part);
        done += part;
        in[0] = SPAN(sk_t);
    }
out:
    WIPE(sk_prk);
    WIPE(sk_t);
    return status;
}

/* AES-256-GCM */

/* Associated data (out NULL) or text. libcrypto counts in int and wants no call for nothing. */
static bool cipher_update(EVP_CIPHER_CTX *ctx, uint8_t *out, struct span in)
{
    int len;

    return in.len == 0 || EVP_CipherUpdate(ctx, out, &len, in.ptr, (int)in.len) == 1;
}

static bool lengths_fit(struct span associated, struct span text)
{
    return associated.len <= INT_MAX && text.len <= INT_MAX;
}

enum pqhw_status classic_seal(const struct classic *classic, uint8_t *ciphertext,
                              uint8_t tag[CLASSIC_TAG_LEN], const uint8_t key[CLASSIC_KEY_LEN],
                              const uint8_t nonce[CLASSIC_NONCE_LEN], struct span associated,
                              struct span plaintext)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    int len;
    EVP_CIPHER_CTX *ctx = NULL;

    ERR_set_mark();
    REQUIRE(lengths_fit(associated, plaintext), PQHW_DATA_LEN_RANGE);
    ctx = EVP_CIPHER_CTX_new();
    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    REQUIRE(EVP_CipherInit_ex2(ctx, classic->gcm, key, nonce, 1, NULL) == 1, PQHW_INTERNAL);
    REQUIRE(cipher_update(ctx, NULL, associated), PQHW_INTERNAL);
    REQUIRE(cipher_update(ctx, ciphertext, plaintext), PQHW_INTERNAL);
    REQUIRE(EVP_CipherFinal_ex(ctx, rest, &len) == 1, PQHW_INTERNAL);
    REQUIRE(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CLASSIC_TAG_LEN, tag) == 1,
            PQHW_INTERNAL);
out:
    if (status == PQHW_INTERNAL)
        wipe(ciphertext, plaintext.len);
    EVP_CIPHER_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status classic_open(const struct classic *classic, uint8_t *plaintext,
                              const uint8_t key[CLASSIC_KEY_LEN],
                              const uint8_t nonce[CLASSIC_NONCE_LEN], struct span associated,
                              struct span ciphertext, const uint8_t tag[CLASSIC_TAG_LEN])
{
    enum pqhw_status status = PQHW_OK;
    uint8_t expected[CLASSIC_TAG_LEN];
    uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    int len;
    EVP_CIPHER_CTX *ctx = NULL;

    memcpy(expected, tag, sizeof(expected));
    ERR_set_mark();
    REQUIRE(lengths_fit(associated, ciphertext), PQHW_DATA_LEN_RANGE);
    ctx = EVP_CIPHER_CTX_new();
    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    REQUIRE(EVP_CipherInit_ex2(ctx, classic->gcm, key, nonce, 0, NULL) == 1, PQHW_INTERNAL);
    REQUIRE(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CLASSIC_TAG_LEN, expected) == 1,
            PQHW_INTERNAL);
    REQUIRE(cipher_update(ctx, NULL, associated), PQHW_INTERNAL);
    REQUIRE(cipher_update(ctx, plaintext, ciphertext), PQHW_INTERNAL);
    REQUIRE(EVP_CipherFinal_ex(ctx, rest, &len) == 1, PQHW_DATA_INVALID);
out:
    if (status != PQHW_OK)
        wipe(plaintext, ciphertext.len);
    EVP_CIPHER_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

/* AES-256 key wrap */

static enum pqhw_status key_wrap(const struct classic *classic, uint8_t *out, size_t out_len,
                                 const uint8_t kek[CLASSIC_KEY_LEN], struct span in, int wrap)
{
    enum pqhw_status status = PQHW_OK;
    /* Room for a whole block more than libcrypto writes. */
    uint8_t sk_text[CLASSIC_KEY_LEN + 2 * EVP_MAX_BLOCK_LENGTH];
    int len = 0;

    ERR_set_mark();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    REQUIRE(EVP_CipherInit_ex2(ctx, classic->key_wrap, kek, NULL, wrap, NULL) == 1, PQHW_INTERNAL);
    REQUIRE(EVP_CipherUpdate(ctx, sk_text, &len, in.ptr, (int)in.len) == 1,
            wrap ? PQHW_INTERNAL : PQHW_DATA_INVALID);
    REQUIRE((size_t)len == out_len, PQHW_INTERNAL);
    memcpy(out, sk_text, out_len);
out:
    if (status != PQHW_OK)
        wipe(out, out_len);
    WIPE(sk_text);
    EVP_CIPHER_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status classic_wrap(const struct classic *classic,
                              uint8_t out[CLASSIC_KEY_LEN + CLASSIC_WRAP_EXTRA],
                              const uint8_t kek[CLASSIC_KEY_LEN],
                              const uint8_t key[CLASSIC_KEY_LEN])
{
    return key_wrap(classic, out, CLASSIC_KEY_LEN + CLASSIC_WRAP_EXTRA, kek,
                    span(key, CLASSIC_KEY_LEN), 1);
}

enum pqhw_status classic_unwrap(const struct classic *classic, uint8_t key[CLASSIC_KEY_LEN],
                                const uint8_t kek[CLASSIC_KEY_LEN],
                                const uint8_t in[CLASSIC_KEY_LEN + CLASSIC_WRAP_EXTRA])
{
    return key_wrap(classic, key, CLASSIC_KEY_LEN, kek,
                    span(in, CLASSIC_KEY_LEN + CLASSIC_WRAP_EXTRA), 0);
}
