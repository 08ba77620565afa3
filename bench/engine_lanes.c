/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare engine on many items at once (crypto/batch.h), mode "lanes": what one of NUM_ITEMS
 * costs, over NUM_KEYS resident keys. Compare with "resident", and for key generation with
 * "stateless". SLH-DSA shares no lanes among items.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "crypto/batch.h"
#include "crypto/mldsa/poly.h"
#include "crypto/mlkem/impl.h"

#define NUM_ITEMS   32
#define NUM_KEYS    8
#define MESSAGE_LEN 32

/* Seeds and messages that differ with n and from item to item. */
static void fill(uint8_t out[NUM_ITEMS][64], uint64_t n)
{
    for (uint64_t i = 0; i < NUM_ITEMS; i++) {
        const uint64_t number = n * NUM_ITEMS + i;

        memset(out[i], 0, sizeof(out[i]));
        memcpy(out[i], &number, sizeof(number));
    }
}

static void *new_memory(size_t size)
{
    void *mem = NULL;
    return posix_memalign(&mem, BATCH_ALIGN, size) == 0 ? memset(mem, 0, size) : NULL;
}

static const char *text_of(enum pqhw_status status)
{
    return status == PQHW_OK ? NULL : pqhw_status_text(status);
}

/* ------------------------------------------------------------------ ML-KEM */

struct kem {
    enum mlkem_set set;
    void *workspace;
    struct mlkem_private *key[NUM_KEYS];
    struct mlkem_private *made[NUM_ITEMS];
    uint8_t random[NUM_ITEMS][64];
    uint8_t ct[NUM_ITEMS][MLKEM_MAX_CT_LEN];
    uint8_t ss[NUM_ITEMS][MLKEM_SECRET_LEN];
};

static const char *kem_keygen(void *context, uint64_t n)
{
    struct kem *kem = context;
    struct mlkem_keygen_item item[NUM_ITEMS];

    fill(kem->random, n);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] = (struct mlkem_keygen_item){
            .set = kem->set, .priv = kem->made[i], .seed = kem->random[i]};
    mlkem_keygen_batch(item, NUM_ITEMS, kem->workspace);
    return NULL;
}

static const char *kem_encaps(void *context, uint64_t n)
{
    struct kem *kem = context;
    struct mlkem_encaps_item item[NUM_ITEMS];

    fill(kem->random, n);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] = (struct mlkem_encaps_item){.pub = &kem->key[i % NUM_KEYS]->pub,
                                             .ct = kem->ct[i],
                                             .ss = kem->ss[i],
                                             .m = kem->random[i]};
    mlkem_encaps_batch(item, NUM_ITEMS, kem->workspace);
    return NULL;
}

/* Of the ciphertexts that are there. */
static const char *kem_decaps(void *context, uint64_t n)
{
    struct kem *kem = context;
    struct mlkem_decaps_item item[NUM_ITEMS];

    (void)n;
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] = (struct mlkem_decaps_item){.priv = kem->key[i % NUM_KEYS],
                                             .ss = kem->ss[i],
                                             .ct = span(kem->ct[i], mlkem_sizes(kem->set)->ct_len)};
    mlkem_decaps_batch(item, NUM_ITEMS, kem->workspace);
    return text_of(item[NUM_ITEMS - 1].status);
}

static const char *kem_prepare(struct kem *kem, enum mlkem_set set)
{
    enum pqhw_status status = PQHW_OK;

    kem->set = set;
    kem->workspace = new_memory(mlkem_batch_size());
    REQUIRE(kem->workspace != NULL, PQHW_NO_MEMORY);
    fill(kem->random, 0);
    for (unsigned i = 0; i < NUM_ITEMS; i++) {
        kem->made[i] = new_memory(sizeof(*kem->made[i]));
        REQUIRE(kem->made[i] != NULL, PQHW_NO_MEMORY);
    }
    for (unsigned i = 0; i < NUM_KEYS; i++) {
        kem->key[i] = new_memory(sizeof(*kem->key[i]));
        REQUIRE(kem->key[i] != NULL, PQHW_NO_MEMORY);
        mlkem_keygen(kem->key[i], set, kem->random[i]);
    }
    kem_encaps(kem, 0);
out:
    return text_of(status);
}

static void kem_free(struct kem *kem)
{
    for (unsigned i = 0; i < NUM_KEYS; i++)
        free(kem->key[i]);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        free(kem->made[i]);
    free(kem->workspace);
}

/* ------------------------------------------------------------------ ML-DSA */

struct dsa {
    enum mldsa_set set;
    void *workspace;
    struct mldsa_private *priv[NUM_KEYS];
    struct mldsa_public *pub[NUM_KEYS];
    struct mldsa_private *made[NUM_ITEMS];
    uint8_t random[NUM_ITEMS][64];
    uint8_t mu[NUM_ITEMS][MLDSA_MU_LEN];
    uint8_t out_sig[NUM_ITEMS][MLDSA_MAX_SIG_LEN];
    uint8_t sig[NUM_ITEMS][MLDSA_MAX_SIG_LEN]; /* of the messages number 0 … */
};

static const char *dsa_keygen(void *context, uint64_t n)
{
    struct dsa *dsa = context;
    struct mldsa_keygen_item item[NUM_ITEMS];

    fill(dsa->random, n);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] = (struct mldsa_keygen_item){
            .set = dsa->set, .priv = dsa->made[i], .seed = dsa->random[i]};
    mldsa_keygen_batch(item, NUM_ITEMS, dsa->workspace);
    return NULL;
}

static void dsa_mu(struct dsa *dsa, uint64_t n)
{
    struct mldsa_mu_item item[NUM_ITEMS];

    fill(dsa->random, n);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] = (struct mldsa_mu_item){.mu = dsa->mu[i],
                                         .tr = mldsa_private_tr(dsa->priv[i % NUM_KEYS]),
                                         .message = span(dsa->random[i], MESSAGE_LEN)};
    mldsa_mu_batch(item, NUM_ITEMS, dsa->workspace);
}

static const char *dsa_sign_to(struct dsa *dsa, uint64_t n, uint8_t sig[][MLDSA_MAX_SIG_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct mldsa_sign_item item[NUM_ITEMS];

    dsa_mu(dsa, n);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] = (struct mldsa_sign_item){.priv = dsa->priv[i % NUM_KEYS],
                                           .sig = sig[i],
                                           .mu = dsa->mu[i],
                                           .rnd = dsa->random[i]};
    mldsa_sign_mu_batch(item, NUM_ITEMS, dsa->workspace);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        status = item[i].status != PQHW_OK ? item[i].status : status;
    return text_of(status);
}

static const char *dsa_sign(void *context, uint64_t n)
{
    struct dsa *dsa = context;

    return dsa_sign_to(dsa, n, dsa->out_sig);
}

static const char *dsa_verify(void *context, uint64_t n)
{
    struct dsa *dsa = context;
    enum pqhw_status status = PQHW_OK;
    struct mldsa_verify_item item[NUM_ITEMS];

    (void)n;
    dsa_mu(dsa, 0);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] =
            (struct mldsa_verify_item){.pub = dsa->pub[i % NUM_KEYS],
                                       .sig = span(dsa->sig[i], mldsa_sizes(dsa->set)->sig_len),
                                       .mu = dsa->mu[i]};
    mldsa_verify_mu_batch(item, NUM_ITEMS, dsa->workspace);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        status = item[i].status != PQHW_OK ? item[i].status : status;
    return text_of(status);
}

static const char *dsa_prepare(struct dsa *dsa, enum mldsa_set set)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t pk[MLDSA_MAX_PK_LEN];

    dsa->set = set;
    dsa->workspace = new_memory(mldsa_batch_size());
    REQUIRE(dsa->workspace != NULL, PQHW_NO_MEMORY);
    fill(dsa->random, 0);
    for (unsigned i = 0; i < NUM_ITEMS; i++) {
        dsa->made[i] = new_memory(mldsa_private_size(set));
        REQUIRE(dsa->made[i] != NULL, PQHW_NO_MEMORY);
    }
    for (unsigned i = 0; i < NUM_KEYS; i++) {
        dsa->priv[i] = new_memory(mldsa_private_size(set));
        dsa->pub[i] = new_memory(mldsa_public_size(set));
        REQUIRE(dsa->priv[i] != NULL && dsa->pub[i] != NULL, PQHW_NO_MEMORY);
        mldsa_keygen(dsa->priv[i], set, dsa->random[i]);
        mldsa_private_public_encode(dsa->priv[i], pk);
        TRY(mldsa_public_init(dsa->pub[i], set, span(pk, mldsa_sizes(set)->pk_len)));
    }
out:
    return status == PQHW_OK ? dsa_sign_to(dsa, 0, dsa->sig) : text_of(status);
}

static void dsa_free(struct dsa *dsa)
{
    for (unsigned i = 0; i < NUM_KEYS; i++) {
        free(dsa->priv[i]);
        free(dsa->pub[i]);
    }
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        free(dsa->made[i]);
    free(dsa->workspace);
}

/* ------------------------------------------------------------------ both */

struct operation {
    const char *op;
    const char *(*run)(void *context, uint64_t n);
};

#define NUM_OPERATIONS 3

static void measure_operations(struct bench *bench, const char *alg, const char *impl,
                               const struct operation operations[NUM_OPERATIONS], void *context)
{
    for (unsigned i = 0; i < NUM_OPERATIONS; i++)
        bench_measure(bench, &(struct bench_case){
                                 .alg = alg,
                                 .op = operations[i].op,
                                 .impl = impl,
                                 .mode = "lanes",
                                 .num_items = NUM_ITEMS,
                                 .run = operations[i].run,
                                 .context = context,
                             });
}

void bench_lanes_mlkem(struct bench *bench, enum mlkem_set set)
{
    static const struct operation operations[NUM_OPERATIONS] = {
        {"keygen", kem_keygen}, {"encaps", kem_encaps}, {"decaps", kem_decaps}};
    static struct kem kem;
    const char *error = kem_prepare(&kem, set);

    if (error == NULL)
        measure_operations(bench, mlkem_sizes(set)->name, mlkem_impl()->name, operations, &kem);
    else
        bench_fail(bench, "%s: %s", mlkem_sizes(set)->name, error);
    kem_free(&kem);
}

void bench_lanes_mldsa(struct bench *bench, enum mldsa_set set)
{
    static const struct operation operations[NUM_OPERATIONS] = {
        {"keygen", dsa_keygen}, {"sign", dsa_sign}, {"verify", dsa_verify}};
    static struct dsa dsa;
    const char *error = dsa_prepare(&dsa, set);

    if (error == NULL)
        measure_operations(bench, mldsa_sizes(set)->name, mldsa_impl()->name, operations, &dsa);
    else
        bench_fail(bench, "%s: %s", mldsa_sizes(set)->name, error);
    dsa_free(&dsa);
}
