/* SPDX-License-Identifier: Apache-2.0
 *
 * What private operations of RSA run on.
 *
 * libcrypto blinds them with factors that it keeps in the key. For the 33rd operation it draws new
 * ones, and if memory fails it there, it does not say so: it goes on with two factors that do not
 * belong together, and every result is wrong until it draws the next (seen with 3.0). So a key of
 * libcrypto's is used 32 times at most, and then made anew of its numbers: where that fails, the
 * operation fails and the key stays as it is.
 */
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>

#include "crypto/classic/rsa_key.h"

#define MAX_USES 32

struct rsa_blinded {
    pthread_mutex_t lock;
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *sign; /* with padding PKCS1; copied for each use */
    unsigned uses;
};

static int start_sign(EVP_PKEY_CTX *ctx)
{
    return EVP_PKEY_sign_init(ctx) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
}

/* pkey is taken. Contexts that are in use keep the key before it. */
static enum pqhw_status take(struct rsa_blinded *blinded, const struct classic *classic,
                             EVP_PKEY *pkey)
{
    enum pqhw_status status = PQHW_OK;
    EVP_PKEY_CTX *sign = NULL;

    TRY(pkey_prepare(classic, &sign, pkey, start_sign));
    EVP_PKEY_CTX_free(blinded->sign);
    EVP_PKEY_free(blinded->pkey);
    blinded->sign = sign;
    blinded->pkey = pkey;
    blinded->uses = 0;
    pkey = NULL;
out:
    EVP_PKEY_free(pkey);
    return status;
}

enum pqhw_status rsa_blinded_new(struct rsa_blinded **out, const struct rsa_key *key)
{
    enum pqhw_status status = PQHW_OK;
    struct rsa_blinded *blinded = calloc(1, sizeof(*blinded));

    REQUIRE(blinded != NULL, PQHW_NO_MEMORY);
    pthread_mutex_init(&blinded->lock, NULL);
    REQUIRE(EVP_PKEY_up_ref(key->pkey) == 1, PQHW_INTERNAL);
    TRY(take(blinded, key->classic, key->pkey));
    *out = blinded;
    blinded = NULL;
out:
    rsa_blinded_free(blinded);
    return status;
}

void rsa_blinded_free(struct rsa_blinded *blinded)
{
    if (blinded == NULL)
        return;
    EVP_PKEY_CTX_free(blinded->sign);
    EVP_PKEY_free(blinded->pkey);
    pthread_mutex_destroy(&blinded->lock);
    free(blinded);
}

static enum pqhw_status renew(struct rsa_blinded *blinded, const struct rsa_key *key)
{
    enum pqhw_status status = PQHW_OK;
    struct secret sk_numbers = {0};
    struct span parts[RSA_NUM_PARTS];
    EVP_PKEY *pkey = NULL;

    TRY(secret_new(&sk_numbers, RSA_NUM_PARTS * rsa_len(key)));
    for (int part = 0; part < RSA_NUM_PARTS; part++) {
        uint8_t *at = sk_numbers.ptr + (size_t)part * rsa_len(key);
        parts[part] = span(at, rsa_part_len(key, (enum rsa_part)part));
        TRY(rsa_part_get(key, (enum rsa_part)part, at));
    }
    status = rsa_private_pkey(key->classic, &pkey, parts);
    REQUIRE(status != PQHW_DATA_INVALID, PQHW_NO_MEMORY); /* it was valid before */
    TRY(status);
    TRY(take(blinded, key->classic, pkey));
out:
    secret_free(&sk_numbers);
    return status;
}

enum pqhw_status rsa_private_context(const struct rsa_key *key, EVP_PKEY_CTX **out,
                                     int (*init)(EVP_PKEY_CTX *ctx))
{
    enum pqhw_status status = PQHW_OK;
    struct rsa_blinded *blinded = key->blinded;

    pthread_mutex_lock(&blinded->lock);
    if (blinded->uses >= MAX_USES)
        TRY(renew(blinded, key));
    if (init == NULL) {
        *out = EVP_PKEY_CTX_dup(blinded->sign);
        REQUIRE(*out != NULL, PQHW_NO_MEMORY);
    } else {
        TRY(pkey_prepare(key->classic, out, blinded->pkey, init));
    }
    blinded->uses++;
out:
    pthread_mutex_unlock(&blinded->lock);
    return status;
}
