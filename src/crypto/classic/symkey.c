/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/classic/symkey.h"

#include <openssl/sha.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "crypto/classic/symkey_context.h"

/* What is kept for one mode in both directions, with what is left of an operation for the next:
 * libcrypto's share, measured with 3.0 and 3.5, is 4.6 KB for GCM, which has the most. */
#define CONTEXTS_SIZE 5120

/* libcrypto's names, by length of the key. */
struct name {
    size_t key_len;
    const char *name;
};

#define NUM_LENS 3

/* clang-format off */
static const struct name names[CIPHER_NUM][NUM_LENS] = {
    [CIPHER_AES_ECB] = {{16, "AES-128-ECB"}, {24, "AES-192-ECB"}, {32, "AES-256-ECB"}},
    [CIPHER_AES_CBC] = {{16, "AES-128-CBC"}, {24, "AES-192-CBC"}, {32, "AES-256-CBC"}},
    [CIPHER_AES_CBC_PAD] = {{16, "AES-128-CBC"}, {24, "AES-192-CBC"}, {32, "AES-256-CBC"}},
    [CIPHER_AES_CTR] = {{16, "AES-128-CTR"}, {24, "AES-192-CTR"}, {32, "AES-256-CTR"}},
    [CIPHER_AES_XTS] = {{32, "AES-128-XTS"}, {64, "AES-256-XTS"}},
    [CIPHER_AES_GCM] = {{16, "AES-128-GCM"}, {24, "AES-192-GCM"}, {32, "AES-256-GCM"}},
    [CIPHER_AES_CCM] = {{16, "AES-128-CCM"}, {24, "AES-192-CCM"}, {32, "AES-256-CCM"}},
    [CIPHER_AES_KW] = {{16, "AES-128-WRAP"}, {24, "AES-192-WRAP"}, {32, "AES-256-WRAP"}},
    [CIPHER_AES_KWP] = {{16, "AES-128-WRAP-PAD"}, {24, "AES-192-WRAP-PAD"}, {32, "AES-256-WRAP-PAD"}},
    [CIPHER_CHACHA20] = {{32, "ChaCha20"}},
    [CIPHER_CHACHA20_POLY1305] = {{32, "ChaCha20-Poly1305"}},
};
/* clang-format on */

enum pqhw_status symkey_new(struct symkey **out, const struct classic *classic, struct span key)
{
    enum pqhw_status status = PQHW_OK;
    struct symkey *made = calloc(1, sizeof(*made));

    *out = NULL;
    if (made == NULL)
        return PQHW_NO_MEMORY;
    made->classic = classic;
    TRY(secret_from(&made->value, key));
    *out = made;
    made = NULL;
out:
    symkey_free(made);
    return status;
}

void symkey_free(struct symkey *key)
{
    if (key == NULL)
        return;
    ERR_set_mark();
    for (int mode = 0; mode < CIPHER_NUM; mode++) {
        for (int encrypt = 0; encrypt < 2; encrypt++) {
            EVP_CIPHER_CTX_free(atomic_load(&key->ciphers[mode][encrypt]));
            cipher_dispose(atomic_load(&key->spares[mode][encrypt]));
        }
    }
    for (int alg = 0; alg < DIGEST_NUM; alg++)
        hmac_pads_free(atomic_load(&key->hmacs[alg]));
    EVP_MAC_CTX_free(atomic_load(&key->cmac));
    ERR_pop_to_mark();
    secret_free(&key->value);
    free(key);
}

size_t symkey_len(const struct symkey *key)
{
    return key->value.len;
}

struct span symkey_value(const struct symkey *key)
{
    return secret_span(&key->value);
}

size_t symkey_size(const struct symkey *key)
{
    return sizeof(*key) + secret_footprint(&key->value) + CONTEXTS_SIZE;
}

enum pqhw_status symkey_fetch(const struct symkey *key, enum cipher_mode mode, EVP_CIPHER **out)
{
    for (size_t i = 0; i < NUM_LENS; i++) {
        if (names[mode][i].name == NULL || names[mode][i].key_len != key->value.len)
            continue;
        *out = EVP_CIPHER_fetch(key->classic->lib, names[mode][i].name, NULL);
        return *out != NULL ? PQHW_OK : PQHW_INTERNAL;
    }
    return PQHW_KEY_SIZE_RANGE;
}

static enum pqhw_status new_context(const struct symkey *key, enum cipher_mode mode, bool encrypt,
                                    EVP_CIPHER_CTX **out)
{
    enum pqhw_status status = PQHW_OK;
    EVP_CIPHER *cipher = NULL;
    EVP_CIPHER_CTX *ctx = NULL;

    TRY(symkey_fetch(key, mode, &cipher));
    ctx = EVP_CIPHER_CTX_new();
    REQUIRE(ctx != NULL, PQHW_NO_MEMORY);
    EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    REQUIRE(EVP_CipherInit_ex2(ctx, cipher, key->value.ptr, NULL, encrypt, NULL) == 1,
            PQHW_INTERNAL);
    *out = ctx;
    ctx = NULL;
out:
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return status;
}

/* The key's own context for a mode: made by whoever needs it first. */
static enum pqhw_status kept_context(struct symkey *key, enum cipher_mode mode, bool encrypt,
                                     const EVP_CIPHER_CTX **out)
{
    EVP_CIPHER_CTX *expected = NULL;
    EVP_CIPHER_CTX *ctx = atomic_load(&key->ciphers[mode][encrypt]);

    if (ctx == NULL) {
        enum pqhw_status status = new_context(key, mode, encrypt, &ctx);
        if (status != PQHW_OK)
            return status;
        if (!atomic_compare_exchange_strong(&key->ciphers[mode][encrypt], &expected, ctx)) {
            EVP_CIPHER_CTX_free(ctx); /* another thread was faster */
            ctx = expected;
        }
    }
    *out = ctx;
    return PQHW_OK;
}

enum pqhw_status symkey_cipher(const struct symkey *key, enum cipher_mode mode, bool encrypt,
                               EVP_CIPHER_CTX **out)
{
    enum pqhw_status status = PQHW_OK;
    const EVP_CIPHER_CTX *kept;
    EVP_CIPHER_CTX *ctx = NULL;

    TRY(kept_context(symkey_learning(key), mode, encrypt, &kept));
    ctx = EVP_CIPHER_CTX_new();
    REQUIRE(ctx != NULL && EVP_CIPHER_CTX_copy(ctx, kept) == 1, PQHW_NO_MEMORY);
    *out = ctx;
    ctx = NULL;
out:
    EVP_CIPHER_CTX_free(ctx);
    return status;
}

enum pqhw_status symkey_check_aes(const struct symkey *key, uint8_t out[SYMKEY_CHECK_LEN])
{
    static const uint8_t zeros[CIPHER_BLOCK_LEN];
    enum pqhw_status status = PQHW_OK;
    EVP_CIPHER_CTX *ctx = NULL;
    uint8_t block[2 * CIPHER_BLOCK_LEN];
    int len;

    ERR_set_mark();
    TRY(symkey_cipher(key, CIPHER_AES_ECB, true, &ctx));
    REQUIRE(EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
                EVP_CipherUpdate(ctx, block, &len, zeros, sizeof(zeros)) == 1,
            PQHW_INTERNAL);
    memcpy(out, block, SYMKEY_CHECK_LEN);
out:
    WIPE(block);
    EVP_CIPHER_CTX_free(ctx);
    ERR_pop_to_mark();
    return status;
}

/* Every shared secret passes here, so with libcrypto's low-level function: an EVP_MD_CTX would cost
 * five times what the hash does. */
void symkey_check_sha1(struct span value, uint8_t out[SYMKEY_CHECK_LEN])
{
    uint8_t hash[SHA_DIGEST_LENGTH];
    SHA_CTX sha1;

    SHA1_Init(&sha1);
    SHA1_Update(&sha1, value.ptr, value.len);
    SHA1_Final(hash, &sha1);
    memcpy(out, hash, SYMKEY_CHECK_LEN);
    WIPE(hash);
    wipe(&sha1, sizeof(sha1));
}
