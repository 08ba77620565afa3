/* SPDX-License-Identifier: Apache-2.0
 *
 * Through a PKCS#11 module, with session objects. Objects that an operation makes are destroyed
 * outside of the measured time.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/engine.h"
#include "bench/threads.h"
#include "bench/token.h"
#include "crypto/falcon/falcon.h"
#include "crypto/hqc/hqc.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"

#define NUM_PREPARED 16
#define MESSAGE_LEN  32
#define MAX_OUT_LEN  49856 /* SLH-DSA-SHA2-256f */

struct algorithm {
    const char *name;
    CK_KEY_TYPE key_type;
    CK_ULONG parameter_set;
    CK_MECHANISM_TYPE keygen;
    CK_MECHANISM_TYPE use;
    bool is_kem;
    const struct engine *engine; /* to compare with; NULL if it is not compared */
    int set;                     /* the engine's name for it */
};

static const struct algorithm algorithms[] = {
    {"ML-KEM-512", CKK_ML_KEM, CKP_ML_KEM_512, CKM_ML_KEM_KEY_PAIR_GEN, CKM_ML_KEM, true,
     &engine_mlkem, MLKEM_512},
    {"ML-KEM-768", CKK_ML_KEM, CKP_ML_KEM_768, CKM_ML_KEM_KEY_PAIR_GEN, CKM_ML_KEM, true,
     &engine_mlkem, MLKEM_768},
    {"ML-KEM-1024", CKK_ML_KEM, CKP_ML_KEM_1024, CKM_ML_KEM_KEY_PAIR_GEN, CKM_ML_KEM, true,
     &engine_mlkem, MLKEM_1024},
    {"ML-DSA-44", CKK_ML_DSA, CKP_ML_DSA_44, CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, false,
     &engine_mldsa, MLDSA_44},
    {"ML-DSA-65", CKK_ML_DSA, CKP_ML_DSA_65, CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, false,
     &engine_mldsa, MLDSA_65},
    {"ML-DSA-87", CKK_ML_DSA, CKP_ML_DSA_87, CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, false,
     &engine_mldsa, MLDSA_87},
    {"SLH-DSA-SHA2-128s", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128S, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA,
     false, NULL, 0},
    {"SLH-DSA-SHAKE-128s", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128S, CKM_SLH_DSA_KEY_PAIR_GEN,
     CKM_SLH_DSA, false, NULL, 0},
    {"SLH-DSA-SHA2-128f", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_128F, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA,
     false, NULL, 0},
    {"SLH-DSA-SHAKE-128f", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_128F, CKM_SLH_DSA_KEY_PAIR_GEN,
     CKM_SLH_DSA, false, NULL, 0},
    {"SLH-DSA-SHA2-192s", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192S, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA,
     false, NULL, 0},
    {"SLH-DSA-SHAKE-192s", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192S, CKM_SLH_DSA_KEY_PAIR_GEN,
     CKM_SLH_DSA, false, NULL, 0},
    {"SLH-DSA-SHA2-192f", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_192F, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA,
     false, NULL, 0},
    {"SLH-DSA-SHAKE-192f", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_192F, CKM_SLH_DSA_KEY_PAIR_GEN,
     CKM_SLH_DSA, false, NULL, 0},
    {"SLH-DSA-SHA2-256s", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256S, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA,
     false, NULL, 0},
    {"SLH-DSA-SHAKE-256s", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256S, CKM_SLH_DSA_KEY_PAIR_GEN,
     CKM_SLH_DSA, false, NULL, 0},
    {"SLH-DSA-SHA2-256f", CKK_SLH_DSA, CKP_SLH_DSA_SHA2_256F, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA,
     false, NULL, 0},
    {"SLH-DSA-SHAKE-256f", CKK_SLH_DSA, CKP_SLH_DSA_SHAKE_256F, CKM_SLH_DSA_KEY_PAIR_GEN,
     CKM_SLH_DSA, false, NULL, 0},
    {"HQC-1", CKK_PQHW_HQC_2025, CKP_PQHW_HQC_2025_1, CKM_PQHW_HQC_2025_KEY_PAIR_GEN,
     CKM_PQHW_HQC_2025, true, &engine_hqc, HQC_1},
    {"HQC-3", CKK_PQHW_HQC_2025, CKP_PQHW_HQC_2025_3, CKM_PQHW_HQC_2025_KEY_PAIR_GEN,
     CKM_PQHW_HQC_2025, true, &engine_hqc, HQC_3},
    {"HQC-5", CKK_PQHW_HQC_2025, CKP_PQHW_HQC_2025_5, CKM_PQHW_HQC_2025_KEY_PAIR_GEN,
     CKM_PQHW_HQC_2025, true, &engine_hqc, HQC_5},
    {"Falcon-512", CKK_PQHW_FALCON_ROUND3, CKP_PQHW_FALCON_ROUND3_512,
     CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN, CKM_PQHW_FALCON_ROUND3, false, &engine_falcon,
     FALCON_512},
    {"Falcon-1024", CKK_PQHW_FALCON_ROUND3, CKP_PQHW_FALCON_ROUND3_1024,
     CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN, CKM_PQHW_FALCON_ROUND3, false, &engine_falcon,
     FALCON_1024},
};

/* Ciphertexts or signatures. */
struct output {
    CK_BYTE bytes[MAX_OUT_LEN];
    CK_ULONG len;
};

/* What one thread works with. */
struct run {
    struct token token;
    const struct algorithm *alg;
    void *bare; /* in the engine; NULL if it is not compared */
    CK_OBJECT_HANDLE public_key, private_key;
    CK_OBJECT_HANDLE made[2]; /* by the last operation */
    unsigned num_made;
    struct output prepared[NUM_PREPARED];
    struct output last;
};

static void fill(CK_BYTE message[MESSAGE_LEN], uint64_t n)
{
    memset(message, 0, MESSAGE_LEN);
    memcpy(message, &n, sizeof(n));
}

static void destroy_made(void *context)
{
    struct run *run = context;

    while (run->num_made > 0)
        run->token.f->C_DestroyObject(run->token.session, run->made[--run->num_made]);
}

static const char *make_pair(struct run *run, CK_OBJECT_HANDLE *public_key,
                             CK_OBJECT_HANDLE *private_key)
{
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG parameter_set = run->alg->parameter_set;
    CK_MECHANISM mechanism = {run->alg->keygen, NULL, 0};
    CK_ATTRIBUTE public_template[] = {
        {CKA_PARAMETER_SET, &parameter_set, sizeof(parameter_set)},
        {CKA_TOKEN, &no, sizeof(no)},
        {run->alg->is_kem ? CKA_ENCAPSULATE : CKA_VERIFY, &yes, sizeof(yes)},
    };
    CK_ATTRIBUTE private_template[] = {
        {CKA_TOKEN, &no, sizeof(no)},
        {run->alg->is_kem ? CKA_DECAPSULATE : CKA_SIGN, &yes, sizeof(yes)},
    };

    return token_check(&run->token, "C_GenerateKeyPair",
                       run->token.f->C_GenerateKeyPair(run->token.session, &mechanism,
                                                       public_template, 3, private_template, 2,
                                                       public_key, private_key));
}

static const char *run_keygen(void *context, uint64_t n)
{
    struct run *run = context;
    const char *error = make_pair(run, &run->made[0], &run->made[1]);

    (void)n;
    if (error == NULL)
        run->num_made = 2;
    return error;
}

/* ------------------------------------------------------------------ ML-KEM and HQC */

/* The shared secret becomes a session object. */
struct secret_template {
    CK_OBJECT_CLASS class;
    CK_KEY_TYPE type;
    CK_BBOOL no;
    CK_ATTRIBUTE attributes[3];
};

static void init_secret_template(struct secret_template *t)
{
    t->class = CKO_SECRET_KEY;
    t->type = CKK_GENERIC_SECRET;
    t->no = CK_FALSE;
    t->attributes[0] = (CK_ATTRIBUTE){CKA_CLASS, &t->class, sizeof(t->class)};
    t->attributes[1] = (CK_ATTRIBUTE){CKA_KEY_TYPE, &t->type, sizeof(t->type)};
    t->attributes[2] = (CK_ATTRIBUTE){CKA_TOKEN, &t->no, sizeof(t->no)};
}

static const char *encapsulate(struct run *run, struct output *ct)
{
    CK_MECHANISM mechanism = {run->alg->use, NULL, 0};
    struct secret_template t;
    const char *error;

    init_secret_template(&t);
    ct->len = sizeof(ct->bytes);
    error = token_check(&run->token, "C_EncapsulateKey",
                        run->token.f32->C_EncapsulateKey(run->token.session, &mechanism,
                                                         run->public_key, t.attributes, 3,
                                                         ct->bytes, &ct->len, &run->made[0]));
    if (error == NULL)
        run->num_made = 1;
    return error;
}

static const char *run_encaps(void *context, uint64_t n)
{
    struct run *run = context;

    (void)n;
    return encapsulate(run, &run->last);
}

static const char *run_decaps(void *context, uint64_t n)
{
    struct run *run = context;
    struct output *ct = &run->prepared[n % NUM_PREPARED];
    CK_MECHANISM mechanism = {run->alg->use, NULL, 0};
    struct secret_template t;
    const char *error;

    init_secret_template(&t);
    error = token_check(&run->token, "C_DecapsulateKey",
                        run->token.f32->C_DecapsulateKey(run->token.session, &mechanism,
                                                         run->private_key, t.attributes, 3,
                                                         ct->bytes, ct->len, &run->made[0]));
    if (error == NULL)
        run->num_made = 1;
    return error;
}

/* ------------------------------------------------------------------ signatures */

static const char *sign(struct run *run, struct output *sig, uint64_t n)
{
    CK_FUNCTION_LIST *f = run->token.f;
    CK_MECHANISM mechanism = {run->alg->use, NULL, 0};
    CK_BYTE message[MESSAGE_LEN];
    const char *error;

    fill(message, n);
    sig->len = sizeof(sig->bytes);
    error = token_check(&run->token, "C_SignInit",
                        f->C_SignInit(run->token.session, &mechanism, run->private_key));
    if (error != NULL)
        return error;
    return token_check(
        &run->token, "C_Sign",
        f->C_Sign(run->token.session, message, sizeof(message), sig->bytes, &sig->len));
}

static const char *run_sign(void *context, uint64_t n)
{
    struct run *run = context;

    return sign(run, &run->last, n);
}

static const char *run_verify(void *context, uint64_t n)
{
    struct run *run = context;
    CK_FUNCTION_LIST *f = run->token.f;
    struct output *sig = &run->prepared[n % NUM_PREPARED];
    CK_MECHANISM mechanism = {run->alg->use, NULL, 0};
    CK_BYTE message[MESSAGE_LEN];
    const char *error;

    fill(message, n % NUM_PREPARED);
    error = token_check(&run->token, "C_VerifyInit",
                        f->C_VerifyInit(run->token.session, &mechanism, run->public_key));
    if (error != NULL)
        return error;
    return token_check(
        &run->token, "C_Verify",
        f->C_Verify(run->token.session, message, sizeof(message), sig->bytes, sig->len));
}

/* ------------------------------------------------------------------ both */

/* With what has to be cleared away. */
static const char *run_decaps_whole(void *context, uint64_t n)
{
    const char *error = run_decaps(context, n);

    destroy_made(context);
    return error;
}

static const struct operation {
    bool is_kem;
    const char *op;
    const char *(*run)(void *context, uint64_t n);
    bool is_compared;
    const char *(*run_on_threads)(void *context, uint64_t n); /* or NULL */
} operations[] = {
    {true, "keygen", run_keygen, false, NULL},
    {true, "encaps", run_encaps, true, NULL},
    {true, "decaps", run_decaps, true, run_decaps_whole},
    {false, "keygen", run_keygen, false, NULL},
    {false, "sign", run_sign, true, run_sign},
    {false, "verify", run_verify, true, run_verify},
};

#define NUM_OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* A key pair, and the ciphertexts or signatures to take turns. */
static const char *prepare(struct run *run)
{
    const char *error = make_pair(run, &run->public_key, &run->private_key);

    for (unsigned i = 0; i < NUM_PREPARED && error == NULL; i++) {
        if (run->alg->is_kem)
            error = encapsulate(run, &run->prepared[i]);
        else
            error = sign(run, &run->prepared[i], i);
        destroy_made(run);
    }
    return error;
}

typedef const char *bare_run(void *context, uint64_t n);

/* The bare engine's half of an operation. */
static bare_run *bare_of(const struct run *run, const struct operation *operation)
{
    const struct engine *engine = run->alg->engine;

    if (engine == NULL || run->bare == NULL || !operation->is_compared)
        return NULL;
    return operation->run == run_encaps || operation->run == run_sign ? engine->give : engine->take;
}

static struct bench_case case_of(struct run *run, const struct operation *operation)
{
    return (struct bench_case){
        .alg = run->alg->name,
        .op = operation->op,
        .impl = run->token.name,
        .mode = "module",
        .run = operation->run,
        .after = destroy_made,
        .context = run,
        .min_samples =
            operation->run == run_sign && run->alg->engine != NULL ? BENCH_MIN_ATTEMPTS : 0,
        .bare = bare_of(run, operation),
        .bare_context = run->bare,
    };
}

/* Whether the filter wants anything of this algorithm. */
static bool is_wanted(const struct bench *bench, struct run *run)
{
    for (size_t i = 0; i < NUM_OPERATIONS; i++) {
        struct bench_case what = case_of(run, &operations[i]);
        struct bench_case threads = what;
        threads.mode = "2-threads";
        if (operations[i].is_kem == run->alg->is_kem &&
            (bench_wants(bench, &what) ||
             (operations[i].run_on_threads != NULL && bench_wants(bench, &threads))))
            return true;
    }
    return false;
}

static bool is_offered(struct run *run)
{
    CK_MECHANISM_INFO info;
    struct token *token = &run->token;

    if (run->alg->is_kem && token->f32 == NULL)
        return false;
    return token->f->C_GetMechanismInfo(token->slot, run->alg->keygen, &info) == CKR_OK &&
           token->f->C_GetMechanismInfo(token->slot, run->alg->use, &info) == CKR_OK;
}

static void make_bare(struct run *run)
{
    const struct engine *engine = run->alg->engine;

    run->bare = engine != NULL ? engine->make_context(run->alg->set) : NULL;
}

static void free_bare(struct run *run)
{
    if (run->bare != NULL)
        run->alg->engine->free_context(run->bare);
    run->bare = NULL;
}

/* The other threads have the first one's keys, and what it prepared. */
static void share(struct run runs[NUM_THREADS])
{
    for (unsigned i = 1; i < NUM_THREADS; i++) {
        runs[i].alg = runs[0].alg;
        runs[i].public_key = runs[0].public_key;
        runs[i].private_key = runs[0].private_key;
        memcpy(runs[i].prepared, runs[0].prepared, sizeof(runs[i].prepared));
        make_bare(&runs[i]);
    }
}

static void measure_on_threads(struct bench *bench, struct run runs[NUM_THREADS],
                               const struct operation *operation)
{
    struct bench_case what = case_of(&runs[0], operation);
    struct threads threads;

    if (operation->run_on_threads == NULL || runs[0].bare == NULL)
        return;
    what.run = operation->run_on_threads;
    for (unsigned i = 0; i < NUM_THREADS; i++) {
        threads.contexts[i] = &runs[i];
        threads.bare_contexts[i] = runs[i].bare;
        if (runs[i].bare == NULL)
            return;
    }
    bench_on_threads(bench, &what, &threads);
}

static void measure_rows(struct bench *bench, struct run runs[NUM_THREADS])
{
    make_bare(&runs[0]);
    share(runs);
    for (size_t i = 0; i < NUM_OPERATIONS; i++) {
        struct bench_case what = case_of(&runs[0], &operations[i]);
        if (operations[i].is_kem != runs[0].alg->is_kem)
            continue;
        bench_measure(bench, &what);
        measure_on_threads(bench, runs, &operations[i]);
    }
    for (unsigned i = 0; i < NUM_THREADS; i++)
        free_bare(&runs[i]);
}

static void bench_algorithm(struct bench *bench, struct run runs[NUM_THREADS])
{
    struct run *run = &runs[0];
    const char *error;

    if (!is_wanted(bench, run))
        return;
    if (!is_offered(run)) {
        fprintf(stderr, "pqhw-bench: %s does not offer %s\n", run->token.name, run->alg->name);
        return;
    }
    error = prepare(run);
    if (error != NULL) {
        bench_fail(bench, "%s: %s", run->alg->name, error);
        return;
    }
    measure_rows(bench, runs);
    run->made[0] = run->public_key;
    run->made[1] = run->private_key;
    run->num_made = 2;
    destroy_made(run);
}

void bench_module(struct bench *bench, const char *module)
{
    static struct run runs[NUM_THREADS];
    struct token *token = &runs[0].token;

    if (token_open(token, bench, module) && token_share(&runs[1].token, bench, token)) {
        for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
            runs[0].alg = &algorithms[i];
            bench_algorithm(bench, runs);
        }
    }
    token_close(token);
}
