/* SPDX-License-Identifier: Apache-2.0
 *
 * ML-KEM, ML-DSA and SLH-DSA by libcrypto against our own, on random keys, messages and contexts:
 * keys, deterministic signatures and secrets are the same, and what one signs or encapsulates the
 * other takes. Where libcrypto has none of them (before 3.5) that is what is tested. The public
 * vectors are in tests/integration/vectors_module_test.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/secret.h"
#include "crypto/classic/pqkey.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"
#include "crypto/random/random.h"
#include "crypto/slhdsa/slhdsa.h"
#include "random_cases.h"

#define NUM_KEM    700 /* keys of each set */
#define NUM_DSA    350
#define NUM_SLHDSA 1 /* signing takes libcrypto up to seconds */

#define MAX_SIG     49856 /* SLH-DSA-SHA2-256f */
#define MAX_MESSAGE 300

static struct classic *classic;
static uint64_t seed;

static void fill(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)random_cases_next(&seed);
}

/* A message and a context of random length. */
struct text {
    uint8_t data[MAX_MESSAGE];
    uint8_t context[PQKEY_MAX_CONTEXT];
    struct pqkey_message message;
};

static void fill_text(struct text *text)
{
    size_t len = random_cases_next(&seed) % (sizeof(text->data) + 1);
    size_t context_len = random_cases_next(&seed) % (sizeof(text->context) + 1);

    if (random_cases_next(&seed) % 4 == 0)
        context_len = 0;
    fill(text->data, len);
    fill(text->context, context_len);
    text->message = (struct pqkey_message){.context = span(text->context, context_len),
                                           .data = span(text->data, len)};
}

static const struct keyformat_alg *alg_of(enum keyformat_family family, int set)
{
    const struct keyformat_alg *alg = keyformat_find(family, set);

    assert_non_null(alg);
    return alg;
}

/* libcrypto's key has this public key and this expanded form, and is the same when it is made of
 * that. */
static void check_forms(const struct pqkey *key, const struct keyformat_alg *alg, const uint8_t *pk,
                        const uint8_t *sk)
{
    static uint8_t expanded[4896]; /* ML-DSA-87 */
    struct pqkey *again;

    assert_memory_equal(pqkey_public(key).ptr, pk, alg->public_len);
    assert_int_equal(pqkey_public(key).len, alg->public_len);
    assert_int_equal(pqkey_expanded(key, expanded), PQHW_OK);
    assert_memory_equal(expanded, sk, alg->expanded_len);
    assert_int_equal(pqkey_private_new(&again, classic, alg, span(sk, alg->expanded_len)), PQHW_OK);
    assert_memory_equal(pqkey_public(again).ptr, pk, alg->public_len);
    pqkey_free(again);
}

/* ---- ML-KEM ---- */

static void mlkem_case(enum mlkem_set set)
{
    const struct keyformat_alg *alg = alg_of(KEYFORMAT_MLKEM, (int)set);
    static struct mlkem_private own;
    static uint8_t sk[3168], ct[MLKEM_MAX_CT_LEN];
    uint8_t given[MLKEM_SEED_LEN], m[MLKEM_M_LEN], got[MLKEM_SEED_LEN];
    uint8_t sent[MLKEM_SECRET_LEN], received[MLKEM_SECRET_LEN];
    size_t ct_len = mlkem_sizes(set)->ct_len;
    struct pqkey *key, *pub;

    fill(given, sizeof(given));
    fill(m, sizeof(m));
    mlkem_keygen(&own, set, given);
    mlkem_private_encode(&own, sk);
    assert_int_equal(pqkey_seed_new(&key, classic, alg, SPAN(given)), PQHW_OK);
    check_forms(key, alg, own.pub.ek, sk);
    assert_int_equal(pqkey_seed(key, got), PQHW_OK);
    assert_memory_equal(got, given, sizeof(given));

    assert_int_equal(pqkey_public_new(&pub, classic, alg, span(own.pub.ek, alg->public_len)),
                     PQHW_OK);
    assert_int_equal(pqkey_encapsulate(pub, ct, ct_len, sent), PQHW_OK);
    mlkem_decaps(&own, received, ct);
    assert_memory_equal(sent, received, sizeof(sent));
    mlkem_encaps(&own.pub, ct, sent, m);
    assert_int_equal(pqkey_decapsulate(key, received, span(ct, ct_len)), PQHW_OK);
    assert_memory_equal(sent, received, sizeof(sent));
    ct[random_cases_next(&seed) % ct_len] ^= (uint8_t)(1u << random_cases_next(&seed) % 8);
    mlkem_decaps(&own, sent, ct); /* the secret that says nothing */
    assert_int_equal(pqkey_decapsulate(key, received, span(ct, ct_len)), PQHW_OK);
    assert_memory_equal(sent, received, sizeof(sent));
    pqkey_free(pub);
    pqkey_free(key);
}

static void mlkem_is_the_same(void **state)
{
    (void)state;
    for (int set = MLKEM_512; set <= MLKEM_1024; set++) {
        for (uint64_t i = 0; i < NUM_KEM * random_cases_factor(); i++)
            mlkem_case((enum mlkem_set)set);
    }
}

/* ---- signatures ---- */

/* Of a private key of libcrypto's, of the other engine's deterministic signature, and of one of
 * libcrypto's own that is not. */
static void check_signatures(const struct pqkey *key, const struct pqkey *pub,
                             const struct text *text, struct span expected, uint8_t *hedged)
{
    static uint8_t sig[MAX_SIG];
    struct pqkey_message other = text->message;

    assert_int_equal(pqkey_sign(key, sig, expected.len, &text->message, true), PQHW_OK);
    assert_memory_equal(sig, expected.ptr, expected.len);
    assert_int_equal(pqkey_sign(key, hedged, expected.len, &text->message, false), PQHW_OK);
    assert_memory_not_equal(hedged, expected.ptr, expected.len);
    assert_int_equal(pqkey_verify(pub, &text->message, expected), PQHW_OK);
    assert_int_equal(pqkey_verify(pub, &text->message, span(hedged, expected.len)), PQHW_OK);

    other.context.len = other.context.len == 0 ? 1 : 0;
    assert_int_equal(pqkey_verify(pub, &other, expected), PQHW_SIGNATURE_INVALID);
    sig[random_cases_next(&seed) % expected.len] ^= 1;
    assert_int_equal(pqkey_verify(pub, &text->message, span(sig, expected.len)),
                     PQHW_SIGNATURE_INVALID);
    assert_int_equal(pqkey_verify(pub, &text->message, span(sig, expected.len - 1)),
                     PQHW_SIGNATURE_INVALID);
}

static void mldsa_mu_of(uint8_t mu[MLDSA_MU_LEN], const uint8_t *tr,
                        const struct pqkey_message *message)
{
    struct mldsa_mu state;

    assert_int_equal(mldsa_mu_init(&state, tr, message->context, SPAN_EMPTY), PQHW_OK);
    mldsa_mu_absorb(&state, message->data.ptr, message->data.len);
    mldsa_mu_final(&state, mu);
}

static void mldsa_case(enum mldsa_set set, struct mldsa_private *own, struct mldsa_public *own_pub)
{
    const struct keyformat_alg *alg = alg_of(KEYFORMAT_MLDSA, (int)set);
    static uint8_t sk[4896], pk[MLDSA_MAX_PK_LEN], sig[MLDSA_MAX_SIG_LEN], theirs[MAX_SIG];
    const uint8_t no_rnd[MLDSA_RND_LEN] = {0};
    uint8_t given[MLDSA_SEED_LEN], mu[MLDSA_MU_LEN];
    size_t sig_len = mldsa_sizes(set)->sig_len;
    struct pqkey *key, *pub;
    static struct text text;

    fill(given, sizeof(given));
    fill_text(&text);
    mldsa_keygen(own, set, given);
    mldsa_private_encode(own, sk);
    mldsa_private_public_encode(own, pk);
    assert_int_equal(pqkey_seed_new(&key, classic, alg, SPAN(given)), PQHW_OK);
    check_forms(key, alg, pk, sk);
    assert_int_equal(pqkey_public_new(&pub, classic, alg, span(pk, alg->public_len)), PQHW_OK);
    mldsa_mu_of(mu, mldsa_private_tr(own), &text.message);
    assert_int_equal(mldsa_sign_mu(own, sig, mu, no_rnd), PQHW_OK);
    check_signatures(key, pub, &text, span(sig, sig_len), theirs);
    assert_int_equal(mldsa_public_init(own_pub, set, span(pk, alg->public_len)), PQHW_OK);
    assert_int_equal(mldsa_verify_mu(own_pub, span(theirs, sig_len), mu), PQHW_OK);
    pqkey_free(pub);
    pqkey_free(key);
}

static void mldsa_is_the_same(void **state)
{
    (void)state;
    for (int set = MLDSA_44; set <= MLDSA_87; set++) {
        struct secret priv = {0}, pub = {0};
        assert_int_equal(secret_new(&priv, mldsa_private_size((enum mldsa_set)set)), PQHW_OK);
        assert_int_equal(secret_new(&pub, mldsa_public_size((enum mldsa_set)set)), PQHW_OK);
        for (uint64_t i = 0; i < NUM_DSA * random_cases_factor(); i++)
            mldsa_case((enum mldsa_set)set, (void *)priv.ptr, (void *)pub.ptr);
        secret_free(&pub);
        secret_free(&priv);
    }
}

static void slhdsa_case(enum slhdsa_set set, struct slhdsa_private *own)
{
    const struct keyformat_alg *alg = alg_of(KEYFORMAT_SLHDSA, (int)set);
    const struct slhdsa_sizes *sizes = slhdsa_sizes(set);
    static uint8_t sig[MAX_SIG], theirs[MAX_SIG];
    uint8_t given[96], sk[128], pk[64];
    struct pqkey *key, *pub;
    static struct text text;

    fill(given, sizeof(given));
    fill_text(&text);
    const struct slhdsa_domain domain = {.context = text.message.context};
    slhdsa_keygen(own, set, given);
    slhdsa_private_encode(own, sk);
    slhdsa_public_encode(slhdsa_private_public(own), pk);
    assert_int_equal(pqkey_private_new(&key, classic, alg, span(sk, alg->expanded_len)), PQHW_OK);
    check_forms(key, alg, pk, sk);
    assert_int_equal(pqkey_public_new(&pub, classic, alg, span(pk, alg->public_len)), PQHW_OK);
    assert_int_equal(slhdsa_sign(own, sig, &domain, text.message.data, NULL, false), PQHW_OK);
    check_signatures(key, pub, &text, span(sig, sizes->sig_len), theirs);
    assert_int_equal(slhdsa_verify(slhdsa_private_public(own), span(theirs, sizes->sig_len),
                                   &domain, text.message.data),
                     PQHW_OK);
    pqkey_free(pub);
    pqkey_free(key);
}

static void slhdsa_is_the_same(void **state)
{
    (void)state;
    for (int set = 0; set < SLHDSA_NUM_SETS; set++) {
        struct secret priv = {0};
        assert_int_equal(secret_new(&priv, slhdsa_private_size((enum slhdsa_set)set)), PQHW_OK);
        for (uint64_t i = 0; i < NUM_SLHDSA * random_cases_factor(); i++)
            slhdsa_case((enum slhdsa_set)set, (void *)priv.ptr);
        secret_free(&priv);
    }
}

/* ---- what libcrypto generates ---- */

static void what_libcrypto_generates_is_ours(void **state)
{
    (void)state;
    static struct mlkem_private own;
    const struct keyformat_alg *alg = alg_of(KEYFORMAT_MLKEM, MLKEM_768);
    uint8_t got[MLKEM_SEED_LEN], again[MLKEM_SEED_LEN];
    struct pqkey *key;

    assert_int_equal(pqkey_generate(&key, classic, alg), PQHW_OK);
    assert_int_equal(pqkey_seed(key, got), PQHW_OK);
    mlkem_keygen(&own, MLKEM_768, got);
    assert_memory_equal(pqkey_public(key).ptr, own.pub.ek, alg->public_len);
    pqkey_free(key);
    assert_int_equal(pqkey_generate(&key, classic, alg), PQHW_OK);
    assert_int_equal(pqkey_seed(key, again), PQHW_OK);
    assert_memory_not_equal(got, again, sizeof(got));
    pqkey_free(key);
}

static void keys_without_a_seed_do_not_give_one(void **state)
{
    (void)state;
    const struct keyformat_alg *alg = alg_of(KEYFORMAT_MLDSA, MLDSA_44);
    static uint8_t sk[2560];
    uint8_t got[MLDSA_SEED_LEN] = {1};
    struct pqkey *key, *expanded;

    assert_int_equal(pqkey_generate(&key, classic, alg), PQHW_OK);
    assert_int_equal(pqkey_expanded(key, sk), PQHW_OK);
    assert_int_equal(pqkey_private_new(&expanded, classic, alg, SPAN(sk)), PQHW_OK);
    assert_int_equal(pqkey_seed(expanded, got), PQHW_INTERNAL);
    for (size_t i = 0; i < sizeof(got); i++)
        assert_int_equal(got[i], 0);
    pqkey_free(expanded);
    pqkey_free(key);
}

static void wrong_keys_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[4897];
    struct pqkey *key;

    memset(bytes, 0xff, sizeof(bytes)); /* coefficients above q, secrets out of range */
    for (size_t i = 0; keyformat_alg(i) != NULL; i++) {
        const struct keyformat_alg *alg = keyformat_alg(i);
        if (alg->family == KEYFORMAT_FALCON || alg->family == KEYFORMAT_HQC)
            continue;
        for (int longer = -1; longer <= 1; longer += 2) {
            size_t pk_len = alg->public_len + (size_t)longer;
            size_t sk_len = alg->expanded_len + (size_t)longer;
            size_t seed_len = alg->seed_len + (size_t)(longer + 1);
            assert_int_equal(pqkey_public_new(&key, classic, alg, span(bytes, pk_len)),
                             PQHW_DATA_LEN_RANGE);
            assert_int_equal(pqkey_private_new(&key, classic, alg, span(bytes, sk_len)),
                             PQHW_DATA_LEN_RANGE);
            assert_int_equal(pqkey_seed_new(&key, classic, alg,
                                            span(bytes, longer > 0 ? seed_len : alg->seed_len / 2)),
                             PQHW_DATA_LEN_RANGE);
            assert_null(key);
        }
        if (alg->family == KEYFORMAT_SLHDSA)
            continue; /* every other key is one */
        assert_int_equal(pqkey_private_new(&key, classic, alg, span(bytes, alg->expanded_len)),
                         PQHW_DATA_INVALID);
        if (alg->family == KEYFORMAT_MLKEM)
            assert_int_equal(pqkey_public_new(&key, classic, alg, span(bytes, alg->public_len)),
                             PQHW_DATA_INVALID);
        assert_null(key);
    }
}

/* ---- without ---- */

static void before_3_5_there_are_none(void **state)
{
    (void)state;
    struct classic *none = classic;

    assert_int_equal(classic_new_pq(&none, CLASSIC_PQ_DEFAULT, NULL), PQHW_NOT_SUPPORTED);
    assert_null(none);
    assert_int_equal(ERR_peek_error(), 0);
}

static void a_file_that_is_not_there_is_told_apart(void **state)
{
    (void)state;
    struct classic *none = classic;

    assert_int_equal(classic_new_pq(&none, CLASSIC_PQ_FIPS, "/nowhere/fipsmodule.cnf"),
                     PQHW_NOT_FOUND);
    assert_null(none);
    assert_int_equal(classic_new_pq(&none, CLASSIC_PQ_FIPS, "/dev/null"), PQHW_SELF_TEST_FAILED);
    assert_null(none);
    assert_int_equal(classic_new_pq(&none, CLASSIC_PQ_FIPS, "/dev/zero"), PQHW_NOT_FOUND);
    assert_null(none);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest without[] = {
        cmocka_unit_test(before_3_5_there_are_none),
        cmocka_unit_test(a_file_that_is_not_there_is_told_apart),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_not_there_is_told_apart),
        cmocka_unit_test(mlkem_is_the_same),
        cmocka_unit_test(mldsa_is_the_same),
        cmocka_unit_test(slhdsa_is_the_same),
        cmocka_unit_test(what_libcrypto_generates_is_ours),
        cmocka_unit_test(keys_without_a_seed_do_not_give_one),
        cmocka_unit_test(wrong_keys_are_refused),
    };

    secret_allow_plain();
    seed = random_cases_seed();
    if (OpenSSL_version_num() < 0x30500000)
        return cmocka_run_group_tests_name("before OpenSSL 3.5", without, NULL, NULL);
    if (classic_new_pq(&classic, CLASSIC_PQ_DEFAULT, NULL) != PQHW_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    classic_free(classic);
    return failed;
}
