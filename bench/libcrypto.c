/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/libcrypto.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_LEN 32
#define MAX_SIG_LEN 1024
#define TAG_LEN     16
#define IV_LEN      12

struct libcrypto {
    enum libcrypto_alg alg;
    EVP_PKEY *key;
    EVP_PKEY_CTX *sign, *verify; /* of EC: set up once */
    EVP_MD_CTX *digest;
    EVP_CIPHER_CTX *cipher; /* has its key */
    unsigned char sig[MAX_SIG_LEN];
    size_t sig_len;
    unsigned char out[LIBCRYPTO_DATA_LEN + TAG_LEN];
};

static const char failed[] = "libcrypto failed";

static EVP_PKEY *make_key(enum libcrypto_alg alg, unsigned bits, const char *curve)
{
    switch (alg) {
    case LIBCRYPTO_RSA:
        return EVP_RSA_gen(bits);
    case LIBCRYPTO_EC:
        return EVP_EC_gen(curve);
    default:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
}

static int begin_cipher(struct libcrypto *bare)
{
    unsigned char key[32];

    bare->cipher = EVP_CIPHER_CTX_new();
    return bare->cipher != NULL && RAND_bytes(key, sizeof(key)) == 1 &&
           EVP_EncryptInit_ex(bare->cipher, EVP_aes_256_gcm(), NULL, key, NULL) == 1;
}

static int begin_key(struct libcrypto *bare, unsigned bits, const char *curve)
{
    bare->key = make_key(bare->alg, bits, curve);
    bare->digest = EVP_MD_CTX_new();
    if (bare->key == NULL || bare->digest == NULL)
        return 0;
    if (bare->alg == LIBCRYPTO_EC) {
        bare->sign = EVP_PKEY_CTX_new(bare->key, NULL);
        bare->verify = EVP_PKEY_CTX_new(bare->key, NULL);
        if (bare->sign == NULL || bare->verify == NULL || EVP_PKEY_sign_init(bare->sign) != 1 ||
            EVP_PKEY_verify_init(bare->verify) != 1)
            return 0;
    }
    return libcrypto_sign(bare, 0) == NULL;
}

struct libcrypto *libcrypto_new(enum libcrypto_alg alg, unsigned bits, const char *curve)
{
    struct libcrypto *bare = calloc(1, sizeof(*bare));

    if (bare == NULL)
        return NULL;
    bare->alg = alg;
    if (!(alg == LIBCRYPTO_AES_GCM ? begin_cipher(bare) : begin_key(bare, bits, curve))) {
        libcrypto_free(bare);
        return NULL;
    }
    return bare;
}

void libcrypto_free(struct libcrypto *bare)
{
    if (bare == NULL)
        return;
    EVP_PKEY_CTX_free(bare->sign);
    EVP_PKEY_CTX_free(bare->verify);
    EVP_MD_CTX_free(bare->digest);
    EVP_CIPHER_CTX_free(bare->cipher);
    EVP_PKEY_free(bare->key);
    free(bare);
}

static const EVP_MD *hash_of(const struct libcrypto *bare)
{
    return bare->alg == LIBCRYPTO_RSA ? EVP_sha256() : NULL;
}

const char *libcrypto_sign(void *context, uint64_t n)
{
    struct libcrypto *bare = context;
    unsigned char message[MESSAGE_LEN] = {0};
    int ok;

    memcpy(message, &n, sizeof(n));
    bare->sig_len = sizeof(bare->sig);
    if (bare->alg == LIBCRYPTO_EC)
        ok = EVP_PKEY_sign(bare->sign, bare->sig, &bare->sig_len, message, sizeof(message));
    else
        ok = EVP_MD_CTX_reset(bare->digest) == 1 &&
             EVP_DigestSignInit(bare->digest, NULL, hash_of(bare), NULL, bare->key) == 1 &&
             EVP_DigestSign(bare->digest, bare->sig, &bare->sig_len, message, sizeof(message)) == 1;
    return ok == 1 ? NULL : failed;
}

/* What was signed last. */
const char *libcrypto_verify(void *context, uint64_t n)
{
    struct libcrypto *bare = context;
    unsigned char message[MESSAGE_LEN] = {0};
    int ok;

    (void)n;
    if (bare->alg == LIBCRYPTO_EC)
        ok = EVP_PKEY_verify(bare->verify, bare->sig, bare->sig_len, message, sizeof(message));
    else
        ok =
            EVP_MD_CTX_reset(bare->digest) == 1 &&
            EVP_DigestVerifyInit(bare->digest, NULL, hash_of(bare), NULL, bare->key) == 1 &&
            EVP_DigestVerify(bare->digest, bare->sig, bare->sig_len, message, sizeof(message)) == 1;
    return ok == 1 ? NULL : failed;
}

const char *libcrypto_encrypt(void *context, uint64_t n)
{
    static const unsigned char data[LIBCRYPTO_DATA_LEN];
    struct libcrypto *bare = context;
    unsigned char iv[IV_LEN] = {0};
    int len, last;

    memcpy(iv, &n, sizeof(n));
    return EVP_EncryptInit_ex(bare->cipher, NULL, NULL, NULL, iv) == 1 &&
                   EVP_EncryptUpdate(bare->cipher, bare->out, &len, data, sizeof(data)) == 1 &&
                   EVP_EncryptFinal_ex(bare->cipher, bare->out + len, &last) == 1 &&
                   EVP_CIPHER_CTX_ctrl(bare->cipher, EVP_CTRL_AEAD_GET_TAG, TAG_LEN,
                                       bare->out + sizeof(data)) == 1
               ? NULL
               : failed;
}
