/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/classic/mac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/symkey_context.h"

#define MAX_BLOCK_LEN 144 /* SHA3-224 */

/* Either a hash on its way through HMAC, with what is to come after it, or a CMAC. */
struct mac {
    EVP_MD_CTX *inner;
    EVP_MD_CTX *outer;
    size_t hash_len;
    EVP_MAC_CTX *cmac;
};

/* ---- HMAC ---- */

void hmac_pads_free(struct hmac_pads *pads)
{
    if (pads == NULL)
        return;
    EVP_MD_CTX_free(pads->inner);
    EVP_MD_CTX_free(pads->outer);
    free(pads);
}

/* FIPS 198-1, steps 1 to 3: the key as a block. */
static enum pqhw_status key_block(const struct symkey *key, enum digest_alg alg, size_t block_len,
                                  uint8_t sk_block[MAX_BLOCK_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct digest *digest = NULL;

    memset(sk_block, 0, MAX_BLOCK_LEN);
    if (key->value.len <= block_len) {
        if (key->value.len > 0)
            memcpy(sk_block, key->value.ptr, key->value.len);
        return PQHW_OK;
    }
    TRY(digest_new(key->classic, &digest, alg));
    TRY(digest_update(digest, secret_span(&key->value)));
    TRY(digest_final(digest, sk_block));
out:
    digest_free(digest);
    return status;
}

static enum pqhw_status hash_pad(const EVP_MD *md, const uint8_t *sk_block, size_t len, uint8_t pad,
                                 EVP_MD_CTX **out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_padded[MAX_BLOCK_LEN];

    for (size_t i = 0; i < len; i++)
        sk_padded[i] = sk_block[i] ^ pad;
    *out = EVP_MD_CTX_new();
    REQUIRE(*out != NULL, PQHW_NO_MEMORY);
    REQUIRE(EVP_DigestInit_ex2(*out, md, NULL) == 1 && EVP_DigestUpdate(*out, sk_padded, len) == 1,
            PQHW_INTERNAL);
out:
    WIPE(sk_padded);
    return status;
}

static enum pqhw_status new_pads(const struct symkey *key, enum digest_alg alg,
                                 struct hmac_pads **out)
{
    enum pqhw_status status = PQHW_OK;
    const EVP_MD *md = key->classic->digests[alg];
    size_t block_len = (size_t)EVP_MD_get_block_size(md);
    uint8_t sk_block[MAX_BLOCK_LEN];
    struct hmac_pads *pads = calloc(1, sizeof(*pads));

    REQUIRE(pads != NULL, PQHW_NO_MEMORY);
    REQUIRE(block_len <= MAX_BLOCK_LEN, PQHW_INTERNAL);
    TRY(key_block(key, alg, block_len, sk_block));
    TRY(hash_pad(md, sk_block, block_len, 0x36, &pads->inner));
    TRY(hash_pad(md, sk_block, block_len, 0x5c, &pads->outer));
    *out = pads;
    pads = NULL;
out:
    WIPE(sk_block);
    hmac_pads_free(pads);
    return status;
}

static enum pqhw_status kept_pads(struct symkey *key, enum digest_alg alg,
                                  const struct hmac_pads **out)
{
    struct hmac_pads *expected = NULL;
    struct hmac_pads *pads = atomic_load(&key->hmacs[alg]);

    if (pads == NULL) {
        enum pqhw_status status = new_pads(key, alg, &pads);
        if (status != PQHW_OK)
            return status;
        if (!atomic_compare_exchange_strong(&key->hmacs[alg], &expected, pads)) {
            hmac_pads_free(pads); /* another thread was faster */
            pads = expected;
        }
    }
    *out = pads;
    return PQHW_OK;
}

enum pqhw_status mac_new_hmac(struct mac **out, const struct symkey *key, enum digest_alg alg)
{
    enum pqhw_status status = PQHW_OK;
    const struct hmac_pads *pads;
    struct mac *mac = calloc(1, sizeof(*mac));

    *out = NULL;
    ERR_set_mark();
    REQUIRE(mac != NULL, PQHW_NO_MEMORY);
    TRY(kept_pads((struct symkey *)(uintptr_t)key, alg, &pads));
    mac->hash_len = digest_len(alg);
    mac->inner = EVP_MD_CTX_new();
    mac->outer = EVP_MD_CTX_new();
    REQUIRE(mac->inner != NULL && EVP_MD_CTX_copy_ex(mac->inner, pads->inner) == 1, PQHW_NO_MEMORY);
    REQUIRE(mac->outer != NULL && EVP_MD_CTX_copy_ex(mac->outer, pads->outer) == 1, PQHW_NO_MEMORY);
    *out = mac;
    mac = NULL;
out:
    mac_free(mac);
    ERR_pop_to_mark();
    return status;
}

/* ---- CMAC ---- */

static enum pqhw_status new_cmac(const struct symkey *key, EVP_MAC_CTX **out)
{
    enum pqhw_status status = PQHW_OK;
    EVP_CIPHER *cipher = NULL;
    EVP_MAC *algorithm = NULL;
    EVP_MAC_CTX *ctx = NULL;
    char name[32];

    TRY(symkey_fetch(key, CIPHER_AES_CBC, &cipher));
    strncpy(name, EVP_CIPHER_get0_name(cipher), sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0),
        OSSL_PARAM_construct_end(),
    };
    algorithm = EVP_MAC_fetch(key->classic->lib, "CMAC", NULL);
    REQUIRE(algorithm != NULL, PQHW_INTERNAL);
    ctx = EVP_MAC_CTX_new(algorithm);
    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    REQUIRE(EVP_MAC_init(ctx, key->value.ptr, key->value.len, params) == 1, PQHW_INTERNAL);
    *out = ctx;
    ctx = NULL;
out:
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(algorithm);
    EVP_CIPHER_free(cipher);
    return status;
}

static enum pqhw_status kept_cmac(struct symkey *key, const EVP_MAC_CTX **out)
{
    EVP_MAC_CTX *expected = NULL;
    EVP_MAC_CTX *ctx = atomic_load(&key->cmac);

    if (ctx == NULL) {
        enum pqhw_status status = new_cmac(key, &ctx);
        if (status != PQHW_OK)
            return status;
        if (!atomic_compare_exchange_strong(&key->cmac, &expected, ctx)) {
            EVP_MAC_CTX_free(ctx); /* another thread was faster */
            ctx = expected;
        }
    }
    *out = ctx;
    return PQHW_OK;
}

enum pqhw_status mac_new_cmac(struct mac **out, const struct symkey *key)
{
    enum pqhw_status status = PQHW_OK;
    const EVP_MAC_CTX *kept;
    struct mac *mac = calloc(1, sizeof(*mac));

    *out = NULL;
    ERR_set_mark();
    REQUIRE(mac != NULL, PQHW_NO_MEMORY);
    TRY(kept_cmac((struct symkey *)(uintptr_t)key, &kept));
    mac->cmac = EVP_MAC_CTX_dup(kept);
    REQUIRE(mac->cmac != NULL, PQHW_NO_MEMORY);
    *out = mac;
    mac = NULL;
out:
    mac_free(mac);
    ERR_pop_to_mark();
    return status;
}

/* ---- both ---- */

enum pqhw_status mac_update(struct mac *mac, struct span data)
{
    if (data.len == 0)
        return PQHW_OK;
    ERR_set_mark();
    int ok = mac->cmac != NULL ? EVP_MAC_update(mac->cmac, data.ptr, data.len)
                               : EVP_DigestUpdate(mac->inner, data.ptr, data.len);
    ERR_pop_to_mark();
    return ok == 1 ? PQHW_OK : PQHW_INTERNAL;
}

enum pqhw_status mac_final(struct mac *mac, uint8_t *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t hash[DIGEST_MAX_LEN];
    size_t len;

    ERR_set_mark();
    if (mac->cmac != NULL) {
        REQUIRE(EVP_MAC_final(mac->cmac, out, &len, CMAC_LEN) == 1, PQHW_INTERNAL);
        goto out;
    }
    REQUIRE(EVP_DigestFinal_ex(mac->inner, hash, NULL) == 1 &&
                EVP_DigestUpdate(mac->outer, hash, mac->hash_len) == 1 &&
                EVP_DigestFinal_ex(mac->outer, out, NULL) == 1,
            PQHW_INTERNAL);
out:
    WIPE(hash);
    ERR_pop_to_mark();
    return status;
}

void mac_free(struct mac *mac)
{
    if (mac == NULL)
        return;
    EVP_MD_CTX_free(mac->inner);
    EVP_MD_CTX_free(mac->outer);
    EVP_MAC_CTX_free(mac->cmac);
    free(mac);
}
