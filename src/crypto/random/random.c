/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random/random.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/secret.h"
#include "base/wipe.h"
#include "crypto/classic/context.h"

#define CHECK_LEN 16
#define BLOCK_LEN 512

/* A draw of the generator costs 1.3 microseconds however short it is, so that short ones share one.
 * Most are of 32 bytes. */
#define STOCK_LEN (BLOCK_LEN - CHECK_LEN)
#define SHORT_LEN 64

/*
 * Bytes drawn and not yet given out, in secret memory. What is given out is wiped here. There are
 * none in a forked child (`forks` tells), and none after somebody stirred.
 */
struct random_stock {
    pthread_mutex_t lock; /* guards what follows */
    struct secret sk_bytes;
    size_t num_left; /* at its end */
    unsigned forks;
};

enum pqhw_status random_stock_new(struct random_stock **out)
{
    struct random_stock *stock = calloc(1, sizeof(*stock));

    *out = stock;
    if (stock == NULL)
        return PQHW_NO_MEMORY;
    pthread_mutex_init(&stock->lock, NULL);
    stock->forks = secret_forks();
    return PQHW_OK;
}

void random_stock_free(struct random_stock *stock)
{
    if (stock == NULL)
        return;
    secret_free(&stock->sk_bytes);
    pthread_mutex_destroy(&stock->lock);
    free(stock);
}

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

static enum pqhw_status draw(const struct classic *classic, uint8_t *out, size_t len)
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

/* With the stock's lock held: make it full, if there is secret memory for it. */
static enum pqhw_status fill(const struct classic *classic, struct random_stock *stock)
{
    enum pqhw_status status = PQHW_OK;

    stock->num_left = 0;
    if (stock->sk_bytes.ptr == NULL)
        TRY(secret_new(&stock->sk_bytes, STOCK_LEN));
    TRY(draw(classic, stock->sk_bytes.ptr, STOCK_LEN));
    stock->num_left = STOCK_LEN;
out:
    return status;
}

static enum pqhw_status take(const struct classic *classic, struct random_stock *stock,
                             uint8_t *out, size_t len)
{
    enum pqhw_status status = PQHW_OK;

    pthread_mutex_lock(&stock->lock);
    if (stock->num_left < len)
        TRY(fill(classic, stock));
    uint8_t *from = stock->sk_bytes.ptr + STOCK_LEN - stock->num_left;
    memcpy(out, from, len);
    wipe(from, len);
    stock->num_left -= len;
out:
    pthread_mutex_unlock(&stock->lock);
    return status;
}

enum pqhw_status random_bytes(const struct classic *classic, uint8_t *out, size_t len)
{
    struct random_stock *stock = classic->random_stock;

    if (len > 0 && len <= SHORT_LEN && stock->forks == secret_forks()) {
        enum pqhw_status status = take(classic, stock, out, len);
        if (status == PQHW_OK)
            return status;
    }
    return draw(classic, out, len);
}

static void drop_stock(struct random_stock *stock)
{
    if (stock->forks != secret_forks())
        return;
    pthread_mutex_lock(&stock->lock);
    if (stock->sk_bytes.ptr != NULL)
        wipe(stock->sk_bytes.ptr, stock->sk_bytes.len);
    stock->num_left = 0;
    pthread_mutex_unlock(&stock->lock);
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
    drop_stock(classic->random_stock);
    return status;
}
