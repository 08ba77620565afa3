/* SPDX-License-Identifier: Apache-2.0
 *
 * What a struct classic holds. For the files of classic/ and random/ alone.
 *
 * libcrypto keeps a queue of errors per thread that belongs to the application: every function
 * that calls libcrypto stands between ERR_set_mark and ERR_pop_to_mark.
 */
#ifndef CRYPTO_CLASSIC_CONTEXT_H
#define CRYPTO_CLASSIC_CONTEXT_H

#include <openssl/err.h>
#include <openssl/evp.h>

#include "crypto/classic/classic.h"
#include "crypto/classic/digest.h"

/* random/'s. */
struct random_stock;
NODISCARD enum pqhw_status random_stock_new(struct random_stock **out);
void random_stock_free(struct random_stock *stock); /* NULL is allowed */

#define PQ_TEXT_LEN 96

struct classic {
    OSSL_LIB_CTX *lib; /* the process's: outlives this */
    EVP_CIPHER *gcm;
    EVP_CIPHER *key_wrap;
    EVP_MD *digests[DIGEST_NUM];
    struct random_stock *random_stock;
    enum classic_pq pq;
    OSSL_LIB_CTX *pq_lib; /* the process's, too; NULL with CLASSIC_PQ_NONE */
    const char *pq_properties;
    char pq_text[PQ_TEXT_LEN]; /* the provider's name and version */
};

/* ERR_pop_to_mark for those who are called half a million times a second: what went well has put
 * nothing into the queue, which was empty if ERR_set_mark could not mark anything. */
static inline void pop_errors(int marked, enum pqhw_status status)
{
    if (marked || status != PQHW_OK)
        ERR_pop_to_mark();
}

/* libcrypto's name of a digest. */
const char *digest_fetch_name(enum digest_alg alg);

#endif
