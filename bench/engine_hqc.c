/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare engine's HQC: "stateless" and "resident" as in engine.c, "lanes" as in engine_lanes.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/engine.h"
#include "crypto/batch.h"
#include "crypto/hqc/impl.h"

#define NUM_ITEMS 32 /* at once */
#define NUM_KEYS  8

struct hqc {
    enum hqc_set set;
    const struct hqc_sizes *sizes;
    void *workspace;
    struct hqc_private *key[NUM_KEYS]; /* resident */
    struct hqc_private *made[NUM_ITEMS];
    struct hqc_public *scratch_pub;
    uint8_t random[NUM_ITEMS][64];
    uint8_t ek[HQC_MAX_EK_LEN]; /* of the first key */
    uint8_t dk[HQC_MAX_DK_LEN];
    uint8_t ct[NUM_ITEMS][HQC_MAX_CT_LEN]; /* for the keys in turn */
    uint8_t out_ct[NUM_ITEMS][HQC_MAX_CT_LEN];
    uint8_t out_dk[HQC_MAX_DK_LEN];
    uint8_t ss[NUM_ITEMS][HQC_SECRET_LEN];
};

/* Seeds and coins that differ with n and from item to item. */
static void fill(struct hqc *hqc, uint64_t n)
{
    for (uint64_t i = 0; i < NUM_ITEMS; i++) {
        const uint64_t number = n * NUM_ITEMS + i;

        memcpy(hqc->random[i], &number, sizeof(number));
    }
}

static const char *text_of(enum pqhw_status status)
{
    return status == PQHW_OK ? NULL : pqhw_status_text(status);
}

static void *new_memory(size_t size)
{
    void *mem = NULL;
    return posix_memalign(&mem, BATCH_ALIGN, size) == 0 ? memset(mem, 0, size) : NULL;
}

/* ------------------------------------------------------------------ one */

static const char *keygen(void *context, uint64_t n)
{
    struct hqc *hqc = context;

    memcpy(hqc->random[0], &n, sizeof(n));
    hqc_keygen(hqc->made[0], hqc->set, hqc->random[0]);
    hqc_private_encode(hqc->made[0], hqc->out_dk);
    return NULL;
}

static const char *encaps(void *context, uint64_t n)
{
    struct hqc *hqc = context;

    memcpy(hqc->random[0], &n, sizeof(n));
    hqc_encaps(hqc_private_public(hqc->key[0]), hqc->out_ct[0], hqc->ss[0], hqc->random[0]);
    return NULL;
}

static const char *encaps_stateless(void *context, uint64_t n)
{
    struct hqc *hqc = context;
    enum pqhw_status status = PQHW_OK;

    memcpy(hqc->random[0], &n, sizeof(n));
    TRY(hqc_public_init(hqc->scratch_pub, hqc->set, span(hqc->ek, hqc->sizes->ek_len)));
    hqc_encaps(hqc->scratch_pub, hqc->out_ct[0], hqc->ss[0], hqc->random[0]);
out:
    return text_of(status);
}

static const char *decaps(void *context, uint64_t n)
{
    struct hqc *hqc = context;
    const unsigned i = (unsigned)(n % NUM_ITEMS);

    hqc_decaps(hqc->key[i % NUM_KEYS], hqc->ss[0], hqc->ct[i]);
    return NULL;
}

/* Of the first key's ciphertexts. */
static const char *decaps_stateless(void *context, uint64_t n)
{
    struct hqc *hqc = context;
    enum pqhw_status status = PQHW_OK;

    TRY(hqc_private_init(hqc->made[0], hqc->set, span(hqc->dk, hqc->sizes->dk_len)));
    hqc_decaps(hqc->made[0], hqc->ss[0], hqc->ct[n * NUM_KEYS % NUM_ITEMS]);
out:
    return text_of(status);
}

/* ------------------------------------------------------------------ many at once */

static const char *keygen_lanes(void *context, uint64_t n)
{
    struct hqc *hqc = context;
    struct hqc_keygen_item item[NUM_ITEMS];

    fill(hqc, n);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] =
            (struct hqc_keygen_item){.set = hqc->set, .priv = hqc->made[i], .seed = hqc->random[i]};
    hqc_keygen_batch(item, NUM_ITEMS, hqc->workspace);
    return NULL;
}

static void encaps_to(struct hqc *hqc, uint8_t ct[NUM_ITEMS][HQC_MAX_CT_LEN])
{
    struct hqc_encaps_item item[NUM_ITEMS];

    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] = (struct hqc_encaps_item){.pub = hqc_private_public(hqc->key[i % NUM_KEYS]),
                                           .ct = ct[i],
                                           .ss = hqc->ss[i],
                                           .coins = hqc->random[i]};
    hqc_encaps_batch(item, NUM_ITEMS, hqc->workspace);
}

static const char *encaps_lanes(void *context, uint64_t n)
{
    struct hqc *hqc = context;

    fill(hqc, n);
    encaps_to(hqc, hqc->out_ct);
    return NULL;
}

static const char *decaps_lanes(void *context, uint64_t n)
{
    struct hqc *hqc = context;
    struct hqc_decaps_item item[NUM_ITEMS];

    (void)n;
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        item[i] = (struct hqc_decaps_item){.priv = hqc->key[i % NUM_KEYS],
                                           .ss = hqc->ss[i],
                                           .ct = span(hqc->ct[i], hqc->sizes->ct_len)};
    hqc_decaps_batch(item, NUM_ITEMS, hqc->workspace);
    return text_of(item[NUM_ITEMS - 1].status);
}

/* ------------------------------------------------------------------ all */

static const struct {
    const char *op;
    const char *mode;
    const char *(*run)(void *context, uint64_t n);
    unsigned num_items;
} operations[] = {
    {"keygen", "stateless", keygen, 1},
    {"encaps", "stateless", encaps_stateless, 1},
    {"encaps", "resident", encaps, 1},
    {"decaps", "stateless", decaps_stateless, 1},
    {"decaps", "resident", decaps, 1},
    {"keygen", "lanes", keygen_lanes, NUM_ITEMS},
    {"encaps", "lanes", encaps_lanes, NUM_ITEMS},
    {"decaps", "lanes", decaps_lanes, NUM_ITEMS},
};

static const char *prepare(struct hqc *hqc, enum hqc_set set)
{
    enum pqhw_status status = PQHW_OK;

    hqc->set = set;
    hqc->sizes = hqc_sizes(set);
    hqc->workspace = new_memory(hqc_batch_size());
    hqc->scratch_pub = new_memory(hqc_public_size(set));
    REQUIRE(hqc->workspace != NULL && hqc->scratch_pub != NULL, PQHW_NO_MEMORY);
    fill(hqc, 0);
    for (unsigned i = 0; i < NUM_ITEMS; i++) {
        hqc->made[i] = new_memory(hqc_private_size(set));
        REQUIRE(hqc->made[i] != NULL, PQHW_NO_MEMORY);
    }
    for (unsigned i = 0; i < NUM_KEYS; i++) {
        hqc->key[i] = new_memory(hqc_private_size(set));
        REQUIRE(hqc->key[i] != NULL, PQHW_NO_MEMORY);
        hqc_keygen(hqc->key[i], set, hqc->random[i]);
    }
    hqc_public_encode(hqc_private_public(hqc->key[0]), hqc->ek);
    hqc_private_encode(hqc->key[0], hqc->dk);
    encaps_to(hqc, hqc->ct);
out:
    return text_of(status);
}

static void release(struct hqc *hqc)
{
    for (unsigned i = 0; i < NUM_KEYS; i++)
        free(hqc->key[i]);
    for (unsigned i = 0; i < NUM_ITEMS; i++)
        free(hqc->made[i]);
    free(hqc->scratch_pub);
    free(hqc->workspace);
}

void bench_engine_hqc(struct bench *bench)
{
    static struct hqc hqc;

    for (int set = 0; set < HQC_NUM_SETS; set++) {
        const char *error = prepare(&hqc, (enum hqc_set)set);

        if (error != NULL)
            bench_fail(bench, "%s: %s", hqc.sizes->name, error);
        for (size_t i = 0; error == NULL && i < sizeof(operations) / sizeof(operations[0]); i++)
            bench_measure(bench, &(struct bench_case){
                                     .alg = hqc.sizes->name,
                                     .op = operations[i].op,
                                     .impl = hqc_impl()->name,
                                     .mode = operations[i].mode,
                                     .num_items = operations[i].num_items,
                                     .run = operations[i].run,
                                     .context = &hqc,
                                 });
        release(&hqc);
    }
}

/* ------------------------------------------------------------------ to compare with */

static void free_context(void *context)
{
    if (context != NULL)
        release(context);
    free(context);
}

static void *make_context(int set)
{
    struct hqc *hqc = calloc(1, sizeof(*hqc));

    if (hqc != NULL && prepare(hqc, (enum hqc_set)set) != NULL) {
        free_context(hqc);
        hqc = NULL;
    }
    return hqc;
}

const struct engine engine_hqc = {make_context, free_context, encaps, decaps};
