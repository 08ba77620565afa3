/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare engine. "stateless" takes keys as bytes in every operation; "resident" has them expanded
 * once. Each signature is over another message, because signing takes a varying number of attempts.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/engine.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mldsa/poly.h"
#include "crypto/mlkem/impl.h"
#include "crypto/mlkem/mlkem.h"

#define NUM_PREPARED 16 /* ciphertexts and signatures to take turns */
#define MESSAGE_LEN  32

/* 64 bytes that differ with n. */
static void fill(uint8_t out[64], uint64_t n)
{
    memset(out, 0, 64);
    memcpy(out, &n, sizeof(n));
}

static const char *text_of(enum pqhw_status status)
{
    return status == PQHW_OK ? NULL : pqhw_status_text(status);
}

static void *new_key(size_t size)
{
    void *mem = NULL;

    if (posix_memalign(&mem, MLDSA_ALIGN, size) != 0)
        return NULL;
    memset(mem, 0, size);
    return mem;
}

/* ------------------------------------------------------------------ ML-KEM */

struct kem {
    enum mlkem_set set;
    const struct mlkem_sizes *sizes;
    struct mlkem_public *pub;         /* resident */
    struct mlkem_private *priv;       /* resident */
    struct mlkem_public *scratch_pub; /* for the stateless operations */
    struct mlkem_private *scratch_priv;
    uint8_t ek[MLKEM_MAX_EK_LEN];
    uint8_t dk[MLKEM_MAX_DK_LEN];
    uint8_t ct[NUM_PREPARED][MLKEM_MAX_CT_LEN];
    uint8_t out_ct[MLKEM_MAX_CT_LEN];
    uint8_t out_dk[MLKEM_MAX_DK_LEN];
    uint8_t ss[MLKEM_SECRET_LEN];
};

static const char *kem_keygen(void *context, uint64_t n)
{
    struct kem *kem = context;
    uint8_t seed[MLKEM_SEED_LEN];

    fill(seed, n);
    mlkem_keygen(kem->scratch_priv, kem->set, seed);
    mlkem_private_encode(kem->scratch_priv, kem->out_dk);
    return NULL;
}

static const char *kem_encaps(void *context, uint64_t n)
{
    struct kem *kem = context;
    uint8_t m[64];

    fill(m, n);
    mlkem_encaps(kem->pub, kem->out_ct, kem->ss, m);
    return NULL;
}

static const char *kem_encaps_stateless(void *context, uint64_t n)
{
    struct kem *kem = context;
    enum pqhw_status status = PQHW_OK;
    uint8_t m[64];

    fill(m, n);
    TRY(mlkem_public_init(kem->scratch_pub, kem->set, span(kem->ek, kem->sizes->ek_len)));
    mlkem_encaps(kem->scratch_pub, kem->out_ct, kem->ss, m);
out:
    return text_of(status);
}

static const char *kem_decaps(void *context, uint64_t n)
{
    struct kem *kem = context;

    mlkem_decaps(kem->priv, kem->ss, kem->ct[n % NUM_PREPARED]);
    return NULL;
}

static const char *kem_decaps_stateless(void *context, uint64_t n)
{
    struct kem *kem = context;
    enum pqhw_status status = PQHW_OK;

    TRY(mlkem_private_init(kem->scratch_priv, kem->set, span(kem->dk, kem->sizes->dk_len)));
    mlkem_decaps(kem->scratch_priv, kem->ss, kem->ct[n % NUM_PREPARED]);
out:
    return text_of(status);
}

static const char *kem_prepare(struct kem *kem, enum mlkem_set set)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t bytes[MLKEM_SEED_LEN];

    kem->set = set;
    kem->sizes = mlkem_sizes(set);
    kem->pub = new_key(sizeof(*kem->pub));
    kem->priv = new_key(sizeof(*kem->priv));
    kem->scratch_pub = new_key(sizeof(*kem->pub));
    kem->scratch_priv = new_key(sizeof(*kem->priv));
    REQUIRE(kem->pub && kem->priv && kem->scratch_pub && kem->scratch_priv, PQHW_NO_MEMORY);
    fill(bytes, 1);
    mlkem_keygen(kem->priv, set, bytes);
    mlkem_private_encode(kem->priv, kem->dk);
    memcpy(kem->ek, kem->priv->pub.ek, kem->sizes->ek_len);
    TRY(mlkem_public_init(kem->pub, set, span(kem->ek, kem->sizes->ek_len)));
    for (unsigned i = 0; i < NUM_PREPARED; i++) {
        fill(bytes, i);
        mlkem_encaps(kem->pub, kem->ct[i], kem->ss, bytes);
    }
out:
    return text_of(status);
}

static void kem_free(void *context)
{
    struct kem *kem = context;

    if (kem == NULL)
        return;
    free(kem->pub);
    free(kem->priv);
    free(kem->scratch_pub);
    free(kem->scratch_priv);
    free(kem);
}

static void *kem_new(int set)
{
    struct kem *kem = calloc(1, sizeof(*kem));

    if (kem != NULL && kem_prepare(kem, (enum mlkem_set)set) != NULL) {
        kem_free(kem);
        kem = NULL;
    }
    return kem;
}

const struct engine engine_mlkem = {kem_new, kem_free, kem_encaps, kem_decaps};

/* ------------------------------------------------------------------ ML-DSA */

struct dsa {
    enum mldsa_set set;
    const struct mldsa_sizes *sizes;
    struct mldsa_public *pub;
    struct mldsa_private *priv;
    struct mldsa_public *scratch_pub;
    struct mldsa_private *scratch_priv;
    uint8_t pk[MLDSA_MAX_PK_LEN];
    uint8_t sk[MLDSA_MAX_SK_LEN];
    uint8_t sig[NUM_PREPARED][MLDSA_MAX_SIG_LEN];
    uint8_t out_pk[MLDSA_MAX_PK_LEN];
    uint8_t out_sk[MLDSA_MAX_SK_LEN];
    uint8_t out_sig[MLDSA_MAX_SIG_LEN];
};

static enum pqhw_status dsa_mu(uint8_t mu[MLDSA_MU_LEN], const uint8_t *tr, uint64_t n)
{
    enum pqhw_status status = PQHW_OK;
    struct mldsa_mu hash;
    uint8_t message[64];

    fill(message, n);
    TRY(mldsa_mu_init(&hash, tr, SPAN_EMPTY, SPAN_EMPTY));
    mldsa_mu_absorb(&hash, message, MESSAGE_LEN);
    mldsa_mu_final(&hash, mu);
out:
    return status;
}

static enum pqhw_status dsa_sign_with(const struct mldsa_private *priv, uint8_t *sig, uint64_t n)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t mu[MLDSA_MU_LEN];
    uint8_t rnd[64];

    fill(rnd, n);
    TRY(dsa_mu(mu, mldsa_private_tr(priv), n));
    TRY(mldsa_sign_mu(priv, sig, mu, rnd));
out:
    return status;
}

static enum pqhw_status dsa_verify_with(const struct dsa *dsa, const struct mldsa_public *pub,
                                        uint64_t n)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t mu[MLDSA_MU_LEN];

    TRY(dsa_mu(mu, mldsa_public_tr(pub), n % NUM_PREPARED));
    TRY(mldsa_verify_mu(pub, span(dsa->sig[n % NUM_PREPARED], dsa->sizes->sig_len), mu));
out:
    return status;
}

static const char *dsa_keygen(void *context, uint64_t n)
{
    struct dsa *dsa = context;
    uint8_t seed[64];

    fill(seed, n);
    mldsa_keygen(dsa->scratch_priv, dsa->set, seed);
    mldsa_private_encode(dsa->scratch_priv, dsa->out_sk);
    mldsa_private_public_encode(dsa->scratch_priv, dsa->out_pk);
    return NULL;
}

static const char *dsa_sign(void *context, uint64_t n)
{
    struct dsa *dsa = context;

    return text_of(dsa_sign_with(dsa->priv, dsa->out_sig, n));
}

static const char *dsa_sign_stateless(void *context, uint64_t n)
{
    struct dsa *dsa = context;
    enum pqhw_status status = PQHW_OK;

    TRY(mldsa_private_init(dsa->scratch_priv, dsa->set, span(dsa->sk, dsa->sizes->sk_len)));
    TRY(dsa_sign_with(dsa->scratch_priv, dsa->out_sig, n));
out:
    return text_of(status);
}

static const char *dsa_verify(void *context, uint64_t n)
{
    struct dsa *dsa = context;

    return text_of(dsa_verify_with(dsa, dsa->pub, n));
}

static const char *dsa_verify_stateless(void *context, uint64_t n)
{
    struct dsa *dsa = context;
    enum pqhw_status status = PQHW_OK;

    TRY(mldsa_public_init(dsa->scratch_pub, dsa->set, span(dsa->pk, dsa->sizes->pk_len)));
    TRY(dsa_verify_with(dsa, dsa->scratch_pub, n));
out:
    return text_of(status);
}

static const char *dsa_prepare(struct dsa *dsa, enum mldsa_set set)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t seed[64];

    dsa->set = set;
    dsa->sizes = mldsa_sizes(set);
    dsa->pub = new_key(mldsa_public_size(set));
    dsa->priv = new_key(mldsa_private_size(set));
    dsa->scratch_pub = new_key(mldsa_public_size(set));
    dsa->scratch_priv = new_key(mldsa_private_size(set));
    REQUIRE(dsa->pub && dsa->priv && dsa->scratch_pub && dsa->scratch_priv, PQHW_NO_MEMORY);
    fill(seed, 1);
    mldsa_keygen(dsa->priv, set, seed);
    mldsa_private_encode(dsa->priv, dsa->sk);
    mldsa_private_public_encode(dsa->priv, dsa->pk);
    TRY(mldsa_public_init(dsa->pub, set, span(dsa->pk, dsa->sizes->pk_len)));
    for (unsigned i = 0; i < NUM_PREPARED; i++)
        TRY(dsa_sign_with(dsa->priv, dsa->sig[i], i));
out:
    return text_of(status);
}

static void dsa_free(void *context)
{
    struct dsa *dsa = context;

    if (dsa == NULL)
        return;
    free(dsa->pub);
    free(dsa->priv);
    free(dsa->scratch_pub);
    free(dsa->scratch_priv);
    free(dsa);
}

static void *dsa_new(int set)
{
    struct dsa *dsa = calloc(1, sizeof(*dsa));

    if (dsa != NULL && dsa_prepare(dsa, (enum mldsa_set)set) != NULL) {
        dsa_free(dsa);
        dsa = NULL;
    }
    return dsa;
}

const struct engine engine_mldsa = {dsa_new, dsa_free, dsa_sign, dsa_verify};

/* ------------------------------------------------------------------ both */

struct operation {
    const char *op;
    const char *mode;
    const char *(*run)(void *context, uint64_t n);
    size_t min_samples;
};

static const struct operation kem_operations[] = {
    {"keygen", "stateless", kem_keygen, 0}, {"encaps", "stateless", kem_encaps_stateless, 0},
    {"encaps", "resident", kem_encaps, 0},  {"decaps", "stateless", kem_decaps_stateless, 0},
    {"decaps", "resident", kem_decaps, 0},
};

static const struct operation dsa_operations[] = {
    {"keygen", "stateless", dsa_keygen, 0},
    {"sign", "stateless", dsa_sign_stateless, BENCH_MIN_ATTEMPTS},
    {"sign", "resident", dsa_sign, BENCH_MIN_ATTEMPTS},
    {"verify", "stateless", dsa_verify_stateless, 0},
    {"verify", "resident", dsa_verify, 0},
};

#define NUM_OPERATIONS 5

static void measure_operations(struct bench *bench, const char *alg, const char *impl,
                               const struct operation operations[NUM_OPERATIONS], void *context)
{
    for (unsigned i = 0; i < NUM_OPERATIONS; i++) {
        bench_measure(bench, &(struct bench_case){
                                 .alg = alg,
                                 .op = operations[i].op,
                                 .impl = impl,
                                 .mode = operations[i].mode,
                                 .run = operations[i].run,
                                 .min_samples = operations[i].min_samples,
                                 .context = context,
                             });
    }
}

static void bench_kem(struct bench *bench, enum mlkem_set set)
{
    const char *name = mlkem_sizes(set)->name;
    void *kem = kem_new((int)set);

    if (kem != NULL)
        measure_operations(bench, name, mlkem_impl()->name, kem_operations, kem);
    else
        bench_fail(bench, "%s: not enough memory", name);
    kem_free(kem);
}

static void bench_dsa(struct bench *bench, enum mldsa_set set)
{
    const char *name = mldsa_sizes(set)->name;
    void *dsa = dsa_new((int)set);

    if (dsa != NULL)
        measure_operations(bench, name, mldsa_impl()->name, dsa_operations, dsa);
    else
        bench_fail(bench, "%s: not enough memory", name);
    dsa_free(dsa);
}

void bench_engine(struct bench *bench)
{
    static const enum mlkem_set kem_sets[] = {MLKEM_512, MLKEM_768, MLKEM_1024};
    static const enum mldsa_set dsa_sets[] = {MLDSA_44, MLDSA_65, MLDSA_87};

    for (size_t i = 0; i < sizeof(kem_sets) / sizeof(kem_sets[0]); i++) {
        bench_kem(bench, kem_sets[i]);
        bench_lanes_mlkem(bench, kem_sets[i]);
    }
    bench_engine_hqc(bench);
    for (size_t i = 0; i < sizeof(dsa_sets) / sizeof(dsa_sets[0]); i++) {
        bench_dsa(bench, dsa_sets[i]);
        bench_lanes_mldsa(bench, dsa_sets[i]);
    }
    bench_engine_slhdsa(bench);
    bench_engine_falcon(bench);
}
