/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare engine's Falcon, "stateless" and "resident" as in engine.c, padded signatures. A key
 * pair takes a varying number of attempts: their mean wants many.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/engine.h"
#include "crypto/falcon/falcon.h"
#include "crypto/falcon/poly.h"

#define NUM_PREPARED 16
#define MESSAGE_LEN  32
#define MIN_KEYS     200
#define FORMAT       FALCON_PADDED

struct falcon {
    enum falcon_set set;
    const struct falcon_sizes *sizes;
    bool prepared;
    struct falcon_public *pub;   /* resident */
    struct falcon_private *priv; /* resident */
    struct falcon_public *scratch_pub;
    struct falcon_private *scratch_priv;
    struct falcon_keygen_room *room;
    uint8_t pk[FALCON_MAX_PK_LEN];
    uint8_t sk[FALCON_MAX_SK_LEN];
    uint8_t out_sk[FALCON_MAX_SK_LEN];
    uint8_t sig[NUM_PREPARED][FALCON_MAX_SIG_LEN];
    uint8_t out_sig[FALCON_MAX_SIG_LEN];
};

/* Bytes that differ with n; what a generator costs is not measured. */
static enum pqhw_status draw(void *context, uint8_t *out, size_t len)
{
    const uint64_t *n = context;

    memset(out, 0, len);
    memcpy(out, n, sizeof(*n));
    return PQHW_OK;
}

static const char *text_of(enum pqhw_status status)
{
    return status == PQHW_OK ? NULL : pqhw_status_text(status);
}

static void *new_key(size_t size)
{
    void *mem = NULL;
    return posix_memalign(&mem, FALCON_ALIGN, size) == 0 ? mem : NULL;
}

static enum pqhw_status sign_with(const struct falcon_private *priv, uint8_t *sig, uint64_t n)
{
    const struct falcon_random random = {.draw = draw, .context = &n};
    const struct falcon_signer signer = {.priv = priv, .format = FORMAT, .random = &random};
    uint8_t message[MESSAGE_LEN];
    size_t sig_len;

    (void)draw(&n, message, sizeof(message));
    return falcon_sign(&signer, sig, &sig_len, SPAN(message));
}

static enum pqhw_status verify_with(const struct falcon *falcon, const struct falcon_public *pub,
                                    uint64_t n)
{
    uint8_t message[MESSAGE_LEN];

    n %= NUM_PREPARED;
    (void)draw(&n, message, sizeof(message));
    return falcon_verify(pub, FORMAT, span(falcon->sig[n], falcon->sizes->sig_len[FORMAT]),
                         SPAN(message));
}

static const char *keygen(void *context, uint64_t n)
{
    struct falcon *falcon = context;
    enum pqhw_status status = PQHW_OK;
    uint8_t seed[FALCON_SEED_LEN];

    (void)draw(&n, seed, sizeof(seed));
    TRY(falcon_keygen(falcon->scratch_priv, falcon->set, seed, falcon->room));
    falcon_private_encode(falcon->scratch_priv, falcon->out_sk);
out:
    return text_of(status);
}

static const char *sign(void *context, uint64_t n)
{
    struct falcon *falcon = context;

    return text_of(sign_with(falcon->priv, falcon->out_sig, n));
}

static const char *sign_stateless(void *context, uint64_t n)
{
    enum pqhw_status status = PQHW_OK;
    struct falcon *falcon = context;

    TRY(falcon_private_init(falcon->scratch_priv, falcon->set,
                            span(falcon->sk, falcon->sizes->sk_len)));
    TRY(sign_with(falcon->scratch_priv, falcon->out_sig, n));
out:
    return text_of(status);
}

static const char *verify(void *context, uint64_t n)
{
    struct falcon *falcon = context;

    return text_of(verify_with(falcon, falcon->pub, n));
}

static const char *verify_stateless(void *context, uint64_t n)
{
    enum pqhw_status status = PQHW_OK;
    struct falcon *falcon = context;

    TRY(falcon_public_init(falcon->scratch_pub, falcon->set,
                           span(falcon->pk, falcon->sizes->pk_len)));
    TRY(verify_with(falcon, falcon->scratch_pub, n));
out:
    return text_of(status);
}

static const struct {
    const char *op;
    const char *mode;
    const char *(*run)(void *context, uint64_t n);
    size_t min_samples;
} operations[] = {
    {"keygen", "stateless", keygen, MIN_KEYS},
    {"sign", "stateless", sign_stateless, 0},
    {"sign", "resident", sign, BENCH_MIN_ATTEMPTS},
    {"verify", "stateless", verify_stateless, 0},
    {"verify", "resident", verify, 0},
};

#define NUM_OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static const char *prepare(struct falcon *falcon)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t seed[FALCON_SEED_LEN] = {1};

    falcon->prepared = true;
    falcon->pub = new_key(falcon_public_size(falcon->set));
    falcon->priv = new_key(falcon_private_size(falcon->set));
    falcon->scratch_pub = new_key(falcon_public_size(falcon->set));
    falcon->scratch_priv = new_key(falcon_private_size(falcon->set));
    falcon->room = new_key(falcon_keygen_room_size());
    REQUIRE(falcon->pub && falcon->priv && falcon->scratch_pub && falcon->scratch_priv &&
                falcon->room,
            PQHW_NO_MEMORY);
    TRY(falcon_keygen(falcon->priv, falcon->set, seed, falcon->room));
    falcon_private_encode(falcon->priv, falcon->sk);
    falcon_private_public_encode(falcon->priv, falcon->pk);
    TRY(falcon_public_init(falcon->pub, falcon->set, span(falcon->pk, falcon->sizes->pk_len)));
    for (unsigned i = 0; i < NUM_PREPARED; i++)
        TRY(sign_with(falcon->priv, falcon->sig[i], i));
out:
    return text_of(status);
}

static void release(struct falcon *falcon)
{
    free(falcon->pub);
    free(falcon->priv);
    free(falcon->scratch_pub);
    free(falcon->scratch_priv);
    free(falcon->room);
}

static void bench_set(struct bench *bench, struct falcon *falcon)
{
    for (size_t i = 0; i < NUM_OPERATIONS; i++) {
        const struct bench_case what = {
            .alg = falcon->sizes->name,
            .op = operations[i].op,
            .impl = falcon_impl()->name,
            .mode = operations[i].mode,
            .run = operations[i].run,
            .min_samples = operations[i].min_samples,
            .context = falcon,
        };
        if (!bench_wants(bench, &what))
            continue;
        const char *error = falcon->prepared ? NULL : prepare(falcon);
        if (error != NULL) {
            bench_fail(bench, "%s: %s", falcon->sizes->name, error);
            return;
        }
        bench_measure(bench, &what);
    }
}

void bench_engine_falcon(struct bench *bench)
{
    static const enum falcon_set sets[] = {FALCON_512, FALCON_1024};
    static struct falcon falcon;

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        falcon = (struct falcon){.set = sets[i], .sizes = falcon_sizes(sets[i])};
        bench_set(bench, &falcon);
        release(&falcon);
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
    struct falcon *falcon = calloc(1, sizeof(*falcon));

    if (falcon == NULL)
        return NULL;
    falcon->set = (enum falcon_set)set;
    falcon->sizes = falcon_sizes(falcon->set);
    if (prepare(falcon) == NULL)
        return falcon;
    free_context(falcon);
    return NULL;
}

const struct engine engine_falcon = {make_context, free_context, sign, verify};
