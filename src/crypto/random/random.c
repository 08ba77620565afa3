/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random/random.h"

#include <openssl/rand.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "crypto/classic/context.h"

#define CHECK_LEN 16
#define BLOCK_LEN 512

/*
 * One block from the context's primary generator, which locks itself. Not RAND_priv_bytes_ex, which
 * asks an application's RAND_METHOD first. Nor the thread's own generator: libcrypto frees that
 * when the thread ends, through the context, which may be gone by then.
 *
 * The head of the block is never given out: a generator that repeats itself shows there, and what
 * is kept for the comparison is nobody's key.
 */
static bool next_block(const struct classic *classic, uint8_t *block, size_t len)
{
    static _Thread_local uint8_t last_check[CHECK_LEN];

    EVP_RAND_CTX *drbg = RAND_get0_primary(classic->lib);
    if (drbg == NULL || EVP_RAND_generate(drbg, block, len, 0, 0, NULL, 0) != 1)
        return false;
    if (ct_equal(block, last_check, CHECK_LEN))
        return false;
    memcpy(last_check, block, CHECK_LEN);
    return true;
}

enum pqhw_status random_bytes(const struct classic *classic, uint8_t *out, size_t len)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_block[BLOCK_LEN];
    size_t done = 0;

    ERR_set_mark();
    while (done < len) {
        size_t part = len - done < BLOCK_LEN - CHECK_LEN ? len - done : BLOCK_LEN - CHECK_LEN;
        REQUIRE(next_block(classic, sk_block, CHECK_LEN + part), PQHW_RANDOM_FAILED);
        memcpy(out + done, sk_block + CHECK_LEN, part);
        done += part;
    }
out:
    if (status != PQHW_OK)
        wipe(out, len);
    WIPE(sk_block);
    ERR_pop_to_mark();
    return status;
}

enum pqhw_status random_stir(const struct classic *classic, struct span data)
{
    enum pqhw_status status = PQHW_OK;

    ERR_set_mark();
    EVP_RAND_CTX *primary = RAND_get0_primary(classic->lib);
    REQUIRE(primary != NULL, PQHW_RANDOM_FAILED);
    REQUIRE(EVP_RAND_reseed(primary, 0, NULL, 0, data.ptr, data.len) == 1, PQHW_RANDOM_FAILED);
out:
    ERR_pop_to_mark();
    return status;
}
