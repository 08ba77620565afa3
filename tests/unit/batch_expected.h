/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys, messages and what portable C makes of them, for the tests of batches. It is computed in a
 * child process that is held to portable C: an implementation is chosen once per process.
 */
#ifndef TESTS_UNIT_BATCH_EXPECTED_H
#define TESTS_UNIT_BATCH_EXPECTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/batch.h"
#include "crypto/cpu.h"
#include "crypto/mldsa/key.h"

#define NUM_KEMS  30
#define NUM_DSAS  18
#define NUM_SLHS  3
#define UNTOUCHED 0xa5 /* what an output holds before */

/* What portable C makes of one key, message and fault. */
struct kem {
    enum mlkem_set set;
    uint8_t seed[MLKEM_SEED_LEN];
    uint8_t m[MLKEM_M_LEN];
    struct mlkem_private priv;
    uint8_t dk[MLKEM_MAX_DK_LEN];
    uint8_t ct[MLKEM_MAX_CT_LEN];
    uint8_t ss[MLKEM_SECRET_LEN];
    uint8_t bad_ct[MLKEM_MAX_CT_LEN];
    uint8_t ss_rejected[MLKEM_SECRET_LEN];
};

struct dsa {
    enum mldsa_set set;
    uint8_t seed[MLDSA_SEED_LEN];
    uint8_t rnd[MLDSA_RND_LEN];
    uint8_t message[600];
    size_t message_len;
    size_t context_len;
    uint8_t pk[MLDSA_MAX_PK_LEN];
    uint8_t sk[MLDSA_MAX_SK_LEN];
    uint8_t mu[MLDSA_MU_LEN];
    uint8_t sig[MLDSA_MAX_SIG_LEN];
};

struct slh {
    enum slhdsa_set set;
    uint8_t seed[SLHDSA_MAX_SEED];
    uint8_t sk[SLHDSA_MAX_SK_LEN];
    uint8_t sig[SLHDSA_MAX_SIG_LEN];
};

static struct expected {
    struct kem kem[NUM_KEMS];
    struct dsa dsa[NUM_DSAS];
    struct slh slh[NUM_SLHS];
    bool complete;
} * expected; /* shared with the child */

/* What this process opens once. */
static struct mlkem_public *kem_pub[NUM_KEMS];
static struct mldsa_private *dsa_priv[NUM_DSAS];
static struct mldsa_public *dsa_pub[NUM_DSAS];

static const uint8_t context[MLDSA_MAX_CONTEXT + 1];
static const struct slhdsa_domain slh_domain;

static uint64_t random_state = 0x9e3779b97f4a7c15;

/* splitmix64: the same numbers in each run. */
static uint64_t random_u64(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static unsigned random_below(unsigned limit)
{
    return (unsigned)(random_u64() % limit);
}

static void random_bytes(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)random_u64();
}

static void *room(size_t size)
{
    void *mem = NULL;

    assert_int_equal(posix_memalign(&mem, BATCH_ALIGN, size), 0);
    memset(mem, UNTOUCHED, size);
    return mem;
}

static void expect_kem(struct kem *kem, unsigned n)
{
    const struct mlkem_sizes *sizes = mlkem_sizes(n % 3);

    kem->set = (enum mlkem_set)(n % 3);
    random_bytes(kem->seed, sizeof(kem->seed));
    random_bytes(kem->m, sizeof(kem->m));
    mlkem_keygen(&kem->priv, kem->set, kem->seed);
    mlkem_private_encode(&kem->priv, kem->dk);
    mlkem_encaps(&kem->priv.pub, kem->ct, kem->ss, kem->m);
    memcpy(kem->bad_ct, kem->ct, sizes->ct_len);
    kem->bad_ct[random_below((unsigned)sizes->ct_len)] ^= (uint8_t)(1 << n % 8);
    mlkem_decaps(&kem->priv, kem->ss_rejected, kem->bad_ct);
}

static bool expect_dsa(struct dsa *dsa, unsigned n)
{
    struct mldsa_private *priv;
    struct mldsa_mu mu;
    bool good;

    dsa->set = (enum mldsa_set)(n % 3);
    random_bytes(dsa->seed, sizeof(dsa->seed));
    random_bytes(dsa->rnd, sizeof(dsa->rnd));
    random_bytes(dsa->message, sizeof(dsa->message));
    dsa->message_len = n == 0 ? 0 : random_below(sizeof(dsa->message));
    dsa->context_len = n % 2 == 0 ? 0 : random_below(MLDSA_MAX_CONTEXT + 1);
    priv = room(mldsa_private_size(dsa->set));
    mldsa_keygen(priv, dsa->set, dsa->seed);
    mldsa_private_encode(priv, dsa->sk);
    mldsa_private_public_encode(priv, dsa->pk);
    good = mldsa_mu_init(&mu, mldsa_private_tr(priv), span(context, dsa->context_len),
                         SPAN_EMPTY) == PQHW_OK;
    mldsa_mu_absorb(&mu, dsa->message, dsa->message_len);
    mldsa_mu_final(&mu, dsa->mu);
    good = mldsa_sign_mu(priv, dsa->sig, dsa->mu, dsa->rnd) == PQHW_OK && good;
    free(priv);
    return good;
}

static bool expect_slh(struct slh *slh, unsigned n)
{
    static const enum slhdsa_set sets[NUM_SLHS] = {SLHDSA_SHA2_128F, SLHDSA_SHAKE_128F,
                                                   SLHDSA_SHA2_192F};
    struct slhdsa_private *priv;
    bool good;

    slh->set = sets[n];
    random_bytes(slh->seed, sizeof(slh->seed));
    priv = room(slhdsa_private_size(slh->set));
    slhdsa_keygen(priv, slh->set, slh->seed);
    slhdsa_private_encode(priv, slh->sk);
    good = slhdsa_sign(priv, slh->sig, &slh_domain, span(slh->seed, 8), NULL, false) == PQHW_OK;
    free(priv);
    return good;
}

/* In the child. */
static void compute_expected(void)
{
    bool good = setenv("PQHW_CPU", "portable", 1) == 0 && cpu_level() == CPU_PORTABLE;

    for (unsigned n = 0; n < NUM_KEMS; n++)
        expect_kem(&expected->kem[n], n);
    for (unsigned n = 0; n < NUM_DSAS; n++)
        good = expect_dsa(&expected->dsa[n], n) && good;
    for (unsigned n = 0; n < NUM_SLHS; n++)
        good = expect_slh(&expected->slh[n], n) && good;
    expected->complete = good;
}

static int open_expected(void **state)
{
    pid_t child;
    int child_status = 0;

    (void)state;
    expected =
        mmap(NULL, sizeof(*expected), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (expected == MAP_FAILED)
        return -1;
    child = fork();
    if (child == 0) {
        compute_expected();
        _exit(0);
    }
    if (child < 0 || waitpid(child, &child_status, 0) != child || !expected->complete)
        return -1;
    for (unsigned n = 0; n < NUM_KEMS; n++) {
        const struct kem *kem = &expected->kem[n];
        kem_pub[n] = room(sizeof(struct mlkem_public));
        if (mlkem_public_init(kem_pub[n], kem->set,
                              span(kem->priv.pub.ek, mlkem_sizes(kem->set)->ek_len)) != PQHW_OK)
            return -1;
    }
    for (unsigned n = 0; n < NUM_DSAS; n++) {
        const struct dsa *dsa = &expected->dsa[n];
        dsa_priv[n] = room(mldsa_private_size(dsa->set));
        dsa_pub[n] = room(mldsa_public_size(dsa->set));
        mldsa_keygen(dsa_priv[n], dsa->set, dsa->seed);
        if (mldsa_public_init(dsa_pub[n], dsa->set, span(dsa->pk, mldsa_sizes(dsa->set)->pk_len)) !=
            PQHW_OK)
            return -1;
    }
    return 0;
}

static int close_expected(void **state)
{
    (void)state;
    for (unsigned n = 0; n < NUM_KEMS; n++)
        free(kem_pub[n]);
    for (unsigned n = 0; n < NUM_DSAS; n++) {
        free(dsa_priv[n]);
        free(dsa_pub[n]);
    }
    return munmap(expected, sizeof(*expected));
}

#endif
