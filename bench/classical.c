/* SPDX-License-Identifier: Apache-2.0
 *
 * Classical algorithms through a module, with keys that are the token's, beside bare libcrypto.
 */
#include <string.h>

#include "bench/libcrypto.h"
#include "bench/threads.h"
#include "bench/token.h"

#define MESSAGE_LEN 32
#define MAX_SIG_LEN 1024
#define TAG_LEN     16
#define IV_LEN      12

struct algorithm {
    const char *name;
    CK_MECHANISM_TYPE keygen;
    CK_MECHANISM_TYPE use;
    enum libcrypto_alg bare;
    CK_ULONG bits;     /* of an RSA key */
    const char *curve; /* as libcrypto calls it */
    const CK_BYTE *params;
    CK_ULONG params_len;
};

static const CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const CK_BYTE p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const CK_BYTE ed25519[] = {0x13, 0x0c, 'e', 'd', 'w', 'a', 'r',
                                  'd',  's',  '2', '5', '5', '1', '9'};

#define RSA(name, bits)                                                                            \
    {                                                                                              \
        name, CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_SHA256_RSA_PKCS, LIBCRYPTO_RSA, bits, NULL, NULL, 0   \
    }
#define EC(name, curve, params)                                                                    \
    {                                                                                              \
        name, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, LIBCRYPTO_EC, 0, curve, params, sizeof(params)       \
    }

static const struct algorithm algorithms[] = {
    RSA("RSA-2048", 2048),
    RSA("RSA-3072", 3072),
    RSA("RSA-4096", 4096),
    EC("P-256", "P-256", p256),
    EC("P-384", "P-384", p384),
    {"Ed25519", CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, LIBCRYPTO_ED25519, 0, NULL, ed25519,
     sizeof(ed25519)},
    {"AES-256-GCM", CKM_AES_KEY_GEN, CKM_AES_GCM, LIBCRYPTO_AES_GCM, 0, NULL, NULL, 0},
};

/* What one thread works with. */
struct worker {
    struct token token;
    const struct algorithm *alg;
    CK_OBJECT_HANDLE key, public_key;
    struct libcrypto *bare;
    CK_BYTE sig[MAX_SIG_LEN];
    CK_ULONG sig_len;
    CK_BYTE out[LIBCRYPTO_DATA_LEN + TAG_LEN];
};

static const char *run_sign(void *context, uint64_t n)
{
    struct worker *worker = context;
    CK_FUNCTION_LIST *f = worker->token.f;
    CK_SESSION_HANDLE session = worker->token.session;
    CK_MECHANISM mechanism = {worker->alg->use, NULL, 0};
    CK_BYTE message[MESSAGE_LEN] = {0};

    memcpy(message, &n, sizeof(n));
    worker->sig_len = sizeof(worker->sig);
    CK_RV rv = f->C_SignInit(session, &mechanism, worker->key);
    if (rv == CKR_OK)
        rv = f->C_Sign(session, message, sizeof(message), worker->sig, &worker->sig_len);
    return token_check(&worker->token, "C_Sign", rv);
}

/* What was signed last, which is the message of zeros. */
static const char *run_verify(void *context, uint64_t n)
{
    struct worker *worker = context;
    CK_FUNCTION_LIST *f = worker->token.f;
    CK_SESSION_HANDLE session = worker->token.session;
    CK_MECHANISM mechanism = {worker->alg->use, NULL, 0};
    CK_BYTE message[MESSAGE_LEN] = {0};

    (void)n;
    CK_RV rv = f->C_VerifyInit(session, &mechanism, worker->public_key);
    if (rv == CKR_OK)
        rv = f->C_Verify(session, message, sizeof(message), worker->sig, worker->sig_len);
    return token_check(&worker->token, "C_Verify", rv);
}

static const char *run_encrypt(void *context, uint64_t n)
{
    static CK_BYTE data[LIBCRYPTO_DATA_LEN];
    struct worker *worker = context;
    CK_FUNCTION_LIST *f = worker->token.f;
    CK_SESSION_HANDLE session = worker->token.session;
    CK_BYTE iv[IV_LEN] = {0};
    CK_GCM_PARAMS param = {
        .pIv = iv, .ulIvLen = IV_LEN, .ulIvBits = 8 * IV_LEN, .ulTagBits = 8 * TAG_LEN};
    CK_MECHANISM mechanism = {worker->alg->use, &param, sizeof(param)};
    CK_ULONG len = sizeof(worker->out);

    memcpy(iv, &n, sizeof(n));
    CK_RV rv = f->C_EncryptInit(session, &mechanism, worker->key);
    if (rv == CKR_OK)
        rv = f->C_Encrypt(session, data, sizeof(data), worker->out, &len);
    return token_check(&worker->token, "C_Encrypt", rv);
}

/* ------------------------------------------------------------------ keys */

static const char *make_secret_key(struct worker *worker)
{
    CK_BBOOL yes = CK_TRUE;
    CK_ULONG len = 32;
    CK_MECHANISM mechanism = {worker->alg->keygen, NULL, 0};
    CK_ATTRIBUTE template[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},     {CKA_PRIVATE, &yes, sizeof(yes)},
        {CKA_SENSITIVE, &yes, sizeof(yes)}, {CKA_ENCRYPT, &yes, sizeof(yes)},
        {CKA_VALUE_LEN, &len, sizeof(len)},
    };

    return token_check(&worker->token, "C_GenerateKey",
                       worker->token.f->C_GenerateKey(worker->token.session, &mechanism, template,
                                                      5, &worker->key));
}

static const char *make_pair(struct worker *worker)
{
    const struct algorithm *alg = worker->alg;
    CK_BBOOL yes = CK_TRUE;
    CK_ULONG bits = alg->bits;
    CK_BYTE exponent[] = {1, 0, 1};
    CK_MECHANISM mechanism = {alg->keygen, NULL, 0};
    CK_ATTRIBUTE public_template[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_VERIFY, &yes, sizeof(yes)},
        {CKA_MODULUS_BITS, &bits, sizeof(bits)},
        {CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent)},
    };
    CK_ATTRIBUTE private_template[] = {
        {CKA_TOKEN, &yes, sizeof(yes)},
        {CKA_PRIVATE, &yes, sizeof(yes)},
        {CKA_SENSITIVE, &yes, sizeof(yes)},
        {CKA_SIGN, &yes, sizeof(yes)},
    };

    if (alg->params != NULL)
        public_template[2] =
            (CK_ATTRIBUTE){CKA_EC_PARAMS, (CK_VOID_PTR)alg->params, alg->params_len};
    return token_check(
        &worker->token, "C_GenerateKeyPair",
        worker->token.f->C_GenerateKeyPair(worker->token.session, &mechanism, public_template,
                                           alg->params != NULL ? 3 : 4, private_template, 4,
                                           &worker->public_key, &worker->key));
}

static bool is_offered(struct token *token, const struct algorithm *alg)
{
    CK_MECHANISM_INFO info;

    return token->f->C_GetMechanismInfo(token->slot, alg->keygen, &info) == CKR_OK &&
           token->f->C_GetMechanismInfo(token->slot, alg->use, &info) == CKR_OK;
}

/* ------------------------------------------------------------------ rows */

static const struct operation {
    const char *op;
    bool is_cipher;
    const char *(*run)(void *context, uint64_t n);
    const char *(*bare)(void *context, uint64_t n);
} operations[] = {
    {"sign", false, run_sign, libcrypto_sign},
    {"verify", false, run_verify, libcrypto_verify},
    {"encrypt", true, run_encrypt, libcrypto_encrypt},
};

#define NUM_OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static bool fits(const struct operation *operation, const struct algorithm *alg)
{
    return operation->is_cipher == (alg->bare == LIBCRYPTO_AES_GCM);
}

static struct bench_case case_of(struct worker *worker, const struct operation *operation)
{
    return (struct bench_case){
        .alg = worker->alg->name,
        .op = operation->op,
        .impl = worker->token.name,
        .mode = "token",
        .run = operation->run,
        .context = worker,
        .bare = operation->bare,
        .bare_context = worker->bare,
    };
}

static bool is_wanted(const struct bench *bench, struct worker *worker)
{
    for (size_t i = 0; i < NUM_OPERATIONS; i++) {
        struct bench_case what = case_of(worker, &operations[i]);
        struct bench_case threads = what;
        threads.mode = "2-threads";
        if (fits(&operations[i], worker->alg) &&
            (bench_wants(bench, &what) || bench_wants(bench, &threads)))
            return true;
    }
    return false;
}

static void measure_rows(struct bench *bench, struct worker workers[NUM_THREADS])
{
    struct threads threads;

    for (unsigned i = 0; i < NUM_THREADS; i++) {
        threads.contexts[i] = &workers[i];
        threads.bare_contexts[i] = workers[i].bare;
    }
    for (size_t i = 0; i < NUM_OPERATIONS; i++) {
        struct bench_case what = case_of(&workers[0], &operations[i]);
        if (!fits(&operations[i], workers[0].alg))
            continue;
        bench_measure(bench, &what);
        bench_on_threads(bench, &what, &threads);
        /* what is verified next */
        for (unsigned k = 0; k < NUM_THREADS && !operations[i].is_cipher; k++) {
            run_sign(&workers[k], 0);
            libcrypto_sign(workers[k].bare, 0);
        }
    }
}

static const char *prepare(struct worker workers[NUM_THREADS])
{
    struct worker *first = &workers[0];
    const struct algorithm *alg = first->alg;
    const char *error = alg->bare == LIBCRYPTO_AES_GCM ? make_secret_key(first) : make_pair(first);

    for (unsigned i = 0; i < NUM_THREADS && error == NULL; i++) {
        workers[i].key = first->key;
        workers[i].public_key = first->public_key;
        workers[i].bare = libcrypto_new(alg->bare, (unsigned)alg->bits, alg->curve);
        if (workers[i].bare == NULL)
            error = "libcrypto has it not";
    }
    return error;
}

static void bench_algorithm(struct bench *bench, struct worker workers[NUM_THREADS])
{
    const struct algorithm *alg = workers[0].alg;
    const char *error;

    if (!is_wanted(bench, &workers[0]))
        return;
    if (!is_offered(&workers[0].token, alg)) {
        fprintf(stderr, "pqhw-bench: %s does not offer %s\n", workers[0].token.name, alg->name);
        return;
    }
    error = prepare(workers);
    if (error == NULL)
        measure_rows(bench, workers);
    else
        bench_fail(bench, "%s: %s", alg->name, error);
    for (unsigned i = 0; i < NUM_THREADS; i++) {
        libcrypto_free(workers[i].bare);
        workers[i].bare = NULL;
    }
}

void bench_classical(struct bench *bench, const char *module)
{
    static struct worker workers[NUM_THREADS];
    struct token *token = &workers[0].token;

    if (token_open(token, bench, module) && token_share(&workers[1].token, bench, token)) {
        for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
            for (unsigned k = 0; k < NUM_THREADS; k++)
                workers[k].alg = &algorithms[i];
            bench_algorithm(bench, workers);
        }
    }
    token_close(token);
}
