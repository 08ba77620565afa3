/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare engine's SLH-DSA, "stateless" and "resident" as in engine.c. Every signature is as much
 * work as any other, and a lot: few are prepared, and none for what the filter leaves out.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "crypto/slhdsa/engine.h"
#include "crypto/slhdsa/slhdsa.h"

#define NUM_PREPARED 2
#define MESSAGE_LEN  32

struct slh {
    enum slhdsa_set set;
    const struct slhdsa_sizes *sizes;
    bool prepared;
    struct slhdsa_public *pub;   /* resident */
    struct slhdsa_private *priv; /* resident */
    struct slhdsa_public *scratch_pub;
    struct slhdsa_private *scratch_priv;
    uint8_t pk[SLHDSA_MAX_PK_LEN];
    uint8_t sk[SLHDSA_MAX_SK_LEN];
    uint8_t out_sk[SLHDSA_MAX_SK_LEN];
    uint8_t sig[NUM_PREPARED][SLHDSA_MAX_SIG_LEN];
    uint8_t out_sig[SLHDSA_MAX_SIG_LEN];
};

/* Bytes that differ with n, enough for a seed. */
static void fill(uint8_t out[SLHDSA_MAX_SEED], uint64_t n)
{
    memset(out, 0, SLHDSA_MAX_SEED);
    memcpy(out, &n, sizeof(n));
}

static const char *text_of(enum pqhw_status status)
{
    return status == PQHW_OK ? NULL : pqhw_status_text(status);
}

static void *new_key(size_t size)
{
    void *mem = NULL;
    return posix_memalign(&mem, SLHDSA_ALIGN, size) == 0 ? mem : NULL;
}

/* Hedged, and verified before it is given out, as the token does. */
static enum pqhw_status sign_with(const struct slhdsa_private *priv, uint8_t *sig, uint64_t n)
{
    static const struct slhdsa_domain plain;
    uint8_t message[SLHDSA_MAX_SEED];

    fill(message, n);
    return slhdsa_sign(priv, sig, &plain, span(message, MESSAGE_LEN), message, true);
}

static enum pqhw_status verify_with(const struct slh *slh, const struct slhdsa_public *pub,
                                    uint64_t n)
{
    static const struct slhdsa_domain plain;
    uint8_t message[SLHDSA_MAX_SEED];

    n %= NUM_PREPARED;
    fill(message, n);
    return slhdsa_verify(pub, span(slh->sig[n], slh->sizes->sig_len), &plain,
                         span(message, MESSAGE_LEN));
}

static const char *keygen(void *context, uint64_t n)
{
    struct slh *slh = context;
    uint8_t seed[SLHDSA_MAX_SEED];

    fill(seed, n);
    slhdsa_keygen(slh->scratch_priv, slh->set, seed);
    slhdsa_private_encode(slh->scratch_priv, slh->out_sk);
    return NULL;
}

static const char *sign(void *context, uint64_t n)
{
    struct slh *slh = context;

    return text_of(sign_with(slh->priv, slh->out_sig, n));
}

static const char *sign_stateless(void *context, uint64_t n)
{
    enum pqhw_status status = PQHW_OK;
    struct slh *slh = context;

    TRY(slhdsa_private_init(slh->scratch_priv, slh->set, span(slh->sk, slh->sizes->sk_len)));
    TRY(sign_with(slh->scratch_priv, slh->out_sig, n));
out:
    return text_of(status);
}

static const char *verify(void *context, uint64_t n)
{
    struct slh *slh = context;

    return text_of(verify_with(slh, slh->pub, n));
}

static const char *verify_stateless(void *context, uint64_t n)
{
    enum pqhw_status status = PQHW_OK;
    struct slh *slh = context;

    TRY(slhdsa_public_init(slh->scratch_pub, slh->set, span(slh->pk, slh->sizes->pk_len)));
    TRY(verify_with(slh, slh->scratch_pub, n));
out:
    return text_of(status);
}

static const struct {
    const char *op;
    const char *mode;
    const char *(*run)(void *context, uint64_t n);
} operations[] = {
    {"keygen", "stateless", keygen}, {"sign", "stateless", sign_stateless},
    {"sign", "resident", sign},      {"verify", "stateless", verify_stateless},
    {"verify", "resident", verify},
};

#define NUM_OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static const char *prepare(struct slh *slh)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t seed[SLHDSA_MAX_SEED];

    slh->prepared = true;
    slh->pub = new_key(slhdsa_public_size(slh->set));
    slh->priv = new_key(slhdsa_private_size(slh->set));
    slh->scratch_pub = new_key(slhdsa_public_size(slh->set));
    slh->scratch_priv = new_key(slhdsa_private_size(slh->set));
    REQUIRE(slh->pub && slh->priv && slh->scratch_pub && slh->scratch_priv, PQHW_NO_MEMORY);
    fill(seed, 1);
    slhdsa_keygen(slh->priv, slh->set, seed);
    slhdsa_private_encode(slh->priv, slh->sk);
    slhdsa_public_encode(slhdsa_private_public(slh->priv), slh->pk);
    TRY(slhdsa_public_init(slh->pub, slh->set, span(slh->pk, slh->sizes->pk_len)));
    for (unsigned i = 0; i < NUM_PREPARED; i++)
        TRY(sign_with(slh->priv, slh->sig[i], i));
out:
    return text_of(status);
}

static void bench_set(struct bench *bench, struct slh *slh)
{
    for (size_t i = 0; i < NUM_OPERATIONS; i++) {
        const struct bench_case what = {
            .alg = slh->sizes->name,
            .op = operations[i].op,
            .impl = slhdsa_hash()->name,
            .mode = operations[i].mode,
            .run = operations[i].run,
            .context = slh,
        };
        if (!bench_wants(bench, &what))
            continue;
        const char *error = slh->prepared ? NULL : prepare(slh);
        if (error != NULL) {
            bench_fail(bench, "%s: %s", slh->sizes->name, error);
            return;
        }
        bench_measure(bench, &what);
    }
}

void bench_engine_slhdsa(struct bench *bench)
{
    static struct slh slh;

    for (int set = 0; set < SLHDSA_NUM_SETS; set++) {
        slh = (struct slh){.set = (enum slhdsa_set)set};
        slh.sizes = slhdsa_sizes(slh.set);
        bench_set(bench, &slh);
        free(slh.pub);
        free(slh.priv);
        free(slh.scratch_pub);
        free(slh.scratch_priv);
    }
}
