/* SPDX-License-Identifier: Apache-2.0
 *
 * Many operations at once leave no secret on the stack. (That their workspace is free of them is
 * looked at in crypto_batch_test.c.)
 */
#include <pthread.h>

#include "batch_expected.h"

#include "crypto/keccak/keccak.h"

#define STACK_LEN (1 << 18)
#define NUM_ITEMS 9
#define WINDOW    8 /* bytes in a row that count as a piece of a secret */

/* A call of each kind, on a stack of its own. */
struct work {
    struct mlkem_keygen_item kem_keygen[NUM_ITEMS];
    struct mlkem_private_item kem_open[NUM_ITEMS];
    struct mlkem_encaps_item encaps[NUM_ITEMS];
    struct mlkem_decaps_item decaps[NUM_ITEMS];
    struct mldsa_keygen_item dsa_keygen[NUM_ITEMS];
    struct mldsa_private_item dsa_open[NUM_ITEMS];
    struct mldsa_sign_item sign[NUM_ITEMS];
    void (*call)(struct work *work);
    void *workspace;
};

static void call_kem_keygen(struct work *w)
{
    mlkem_keygen_batch(w->kem_keygen, NUM_ITEMS, w->workspace);
}

static void call_kem_open(struct work *w)
{
    mlkem_private_init_batch(w->kem_open, NUM_ITEMS, w->workspace);
}

static void call_encaps(struct work *w)
{
    mlkem_encaps_batch(w->encaps, NUM_ITEMS, w->workspace);
}

static void call_decaps(struct work *w)
{
    mlkem_decaps_batch(w->decaps, NUM_ITEMS, w->workspace);
}

static void call_dsa_keygen(struct work *w)
{
    mldsa_keygen_batch(w->dsa_keygen, NUM_ITEMS, w->workspace);
}

static void call_dsa_open(struct work *w)
{
    mldsa_private_init_batch(w->dsa_open, NUM_ITEMS, w->workspace);
}

static void call_sign(struct work *w)
{
    mldsa_sign_mu_batch(w->sign, NUM_ITEMS, w->workspace);
}

/* Leaves a message behind, deeper than the end of the thread needs the stack. */
static void call_leak(struct work *w)
{
    volatile uint8_t left[128 * MLKEM_M_LEN];

    for (unsigned i = 0; i < sizeof(left); i++)
        left[i] = w->encaps[0].m[i % MLKEM_M_LEN];
    (void)left;
}

static void *do_work(void *arg)
{
    struct work *work = arg;

    work->call(work);
    return NULL;
}

static void run_on_stack(uint8_t *stack, struct work *work)
{
    pthread_attr_t attributes;
    pthread_t thread;

    memset(stack, 0, STACK_LEN);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_LEN), 0);
    assert_int_equal(pthread_create(&thread, &attributes, do_work, work), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
}

/* Whether a window of a secret stands on the stack, in the part that has been used. */
static bool holds(const uint8_t *stack, const void *secret, size_t len)
{
    const uint8_t *used = stack;

    while (used < stack + STACK_LEN && *used == 0)
        used++;
    for (size_t i = 0; i + WINDOW <= len; i += WINDOW)
        if (memmem(used, (size_t)(stack + STACK_LEN - used), (const uint8_t *)secret + i, WINDOW) !=
            NULL)
            return true;
    return false;
}

/* What must not be left of an ML-KEM key and a message: the seed, sigma, s, m, K and r, J's key,
 * and the noise's bytes. */
static void assert_no_kem(const uint8_t *stack, const struct kem *kem)
{
    const unsigned k = 2 + (unsigned)kem->set;
    const uint8_t dimension = (uint8_t)k;
    const struct span seed[] = {span(kem->seed, 32), span(&dimension, 1)};
    const struct span message[] = {SPAN(kem->m), SPAN(kem->priv.pub.hash)};
    uint8_t g[64];
    uint8_t noise[128];

    assert_false(holds(stack, kem->seed, sizeof(kem->seed)));
    assert_false(holds(stack, kem->m, sizeof(kem->m)));
    assert_false(holds(stack, kem->ss, sizeof(kem->ss)));
    assert_false(holds(stack, kem->ss_rejected, sizeof(kem->ss_rejected)));
    assert_false(holds(stack, kem->priv.s, k * sizeof(kem->priv.s[0])));
    assert_false(holds(stack, kem->dk, k * 384)); /* s, encoded */
    sha3_512(g, message, 2);
    assert_false(holds(stack, g, sizeof(g)));
    for (uint8_t n = 0; n <= 2 * k; n++) {
        shake256(noise, sizeof(noise), (struct span[]){span(g + 32, 32), span(&n, 1)}, 2);
        assert_false(holds(stack, noise, sizeof(noise)));
    }
    sha3_512(g, seed, 2);
    assert_false(holds(stack, g + 32, 32));
    for (uint8_t n = 0; n < 2 * k; n++) {
        shake256(noise, sizeof(noise), (struct span[]){span(g + 32, 32), span(&n, 1)}, 2);
        assert_false(holds(stack, noise, sizeof(noise)));
    }
}

/* The seed, rho', K, s1 and s2 (encoded, and as products are made with them), rho'' and y. */
static void assert_no_dsa(const uint8_t *stack, unsigned which)
{
    const struct dsa *dsa = &expected->dsa[which];
    const struct mldsa_private *priv = dsa_priv[which];
    const struct mldsa_params *params = priv->params;
    const uint8_t dimensions[2] = {(uint8_t)params->k, (uint8_t)params->l};
    const struct span seed[] = {SPAN(dsa->seed), SPAN(dimensions)};
    const struct span mask[] = {span(dsa->sk + MLDSA_SK_KEY, 32), SPAN(dsa->rnd), SPAN(dsa->mu)};
    uint8_t hashed[128];
    uint8_t packed[MLDSA_MAX_Z_LEN];

    assert_false(holds(stack, dsa->seed, sizeof(dsa->seed)));
    assert_false(holds(stack, dsa->rnd, sizeof(dsa->rnd)));
    assert_false(holds(stack, dsa->sk + MLDSA_SK_S, mldsa_sk_t0(params) - MLDSA_SK_S));
    assert_false(holds(stack, mldsa_private_s1(priv), MLDSA_N));
    shake256(hashed, 128, seed, 2);
    assert_false(holds(stack, hashed + 32, 96));
    shake256(hashed, 64, mask, 3);
    assert_false(holds(stack, hashed, 64));
    for (uint8_t i = 0; i < 2 * params->l; i++) {
        const uint8_t index[2] = {i, 0};

        shake256(packed, sizeof(packed), (struct span[]){span(hashed, 64), SPAN(index)}, 2);
        assert_false(holds(stack, packed, sizeof(packed)));
    }
}

static void make_kem_work(struct work *w, unsigned n)
{
    const struct kem *kem = &expected->kem[n];
    const struct mlkem_sizes *sizes = mlkem_sizes(kem->set);

    w->kem_keygen[n] = (struct mlkem_keygen_item){
        .set = kem->set, .priv = room(sizeof(struct mlkem_private)), .seed = kem->seed};
    w->kem_open[n] = (struct mlkem_private_item){
        .set = kem->set, .priv = w->kem_keygen[n].priv, .dk = span(kem->dk, sizes->dk_len)};
    w->encaps[n] = (struct mlkem_encaps_item){
        .pub = kem_pub[n], .ct = room(sizes->ct_len), .ss = room(MLKEM_SECRET_LEN), .m = kem->m};
    w->decaps[n] =
        (struct mlkem_decaps_item){.priv = &kem->priv,
                                   .ss = w->encaps[n].ss,
                                   .ct = span(n % 2 == 0 ? kem->ct : kem->bad_ct, sizes->ct_len)};
}

static void make_dsa_work(struct work *w, unsigned n)
{
    const struct dsa *dsa = &expected->dsa[n];
    const struct mldsa_sizes *sizes = mldsa_sizes(dsa->set);

    w->dsa_keygen[n] = (struct mldsa_keygen_item){
        .set = dsa->set, .priv = room(mldsa_private_size(dsa->set)), .seed = dsa->seed};
    w->dsa_open[n] = (struct mldsa_private_item){
        .set = dsa->set, .priv = w->dsa_keygen[n].priv, .sk = span(dsa->sk, sizes->sk_len)};
    w->sign[n] = (struct mldsa_sign_item){
        .priv = dsa_priv[n], .sig = room(sizes->sig_len), .mu = dsa->mu, .rnd = dsa->rnd};
}

static void free_work(struct work *w)
{
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        free(w->kem_keygen[n].priv);
        free(w->encaps[n].ct);
        free(w->encaps[n].ss);
        free(w->dsa_keygen[n].priv);
        free(w->sign[n].sig);
    }
    free(w->workspace);
}

static void test_stack_holds_no_secret(void **state)
{
    static void (*const calls[])(struct work *) = {
        call_kem_keygen, call_kem_open, call_encaps, call_decaps,
        call_dsa_keygen, call_dsa_open, call_sign,
    };
    static struct work work;
    uint8_t *stack = room(STACK_LEN);

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* ThreadSanitizer lays out the stack in its own way */
#endif
    work.workspace = room(mldsa_batch_size() + mlkem_batch_size());
    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        make_kem_work(&work, n);
        make_dsa_work(&work, n);
    }
    work.call = call_leak;
    run_on_stack(stack, &work);
    assert_true(holds(stack, expected->kem[0].m, MLKEM_M_LEN)); /* the search finds */
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        work.call = calls[i];
        run_on_stack(stack, &work);
        for (unsigned n = 0; n < NUM_ITEMS; n++) {
            assert_no_kem(stack, &expected->kem[n]);
            assert_no_dsa(stack, n);
        }
    }
    free_work(&work);
    free(stack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stack_holds_no_secret),
    };

    return cmocka_run_group_tests_name("crypto_batch_residue", tests, open_expected,
                                       close_expected);
}
