/* SPDX-License-Identifier: Apache-2.0
 *
 * No operation leaves a secret on the stack, neither one alone nor many at once, whether it goes
 * well or not. (That the workspace of many is free of them is looked at in crypto_batch_test.c.)
 */
#include <pthread.h>

#include "batch_expected.h"

#include "crypto/keccak/keccak.h"
#include "crypto/mldsa/portable.h"
#include "crypto/mlkem/impl.h"
#include "crypto/slhdsa/slhdsa.h"

#define STACK_LEN (1 << 18)
#define NUM_ITEMS 9
#define WINDOW    8 /* bytes in a row that count as a piece of a secret */
/* Small coefficients, of which there are few, count in longer pieces. */
#define NOISE_WINDOW 32
#define SHORT_WINDOW 64
#define MASK_WINDOW  16

/* A call of each kind, on a stack of its own. */
struct work {
    struct mlkem_keygen_item kem_keygen[NUM_ITEMS];
    struct mlkem_private_item kem_open[NUM_ITEMS];
    struct mlkem_encaps_item encaps[NUM_ITEMS];
    struct mlkem_decaps_item decaps[NUM_ITEMS];
    struct mldsa_keygen_item dsa_keygen[NUM_ITEMS];
    struct mldsa_private_item dsa_open[NUM_ITEMS];
    struct mldsa_sign_item sign[NUM_ITEMS];
    struct slhdsa_private *slh[NUM_SLHS];
    uint8_t *slh_sig;
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

/* ---- one alone ---- */

static void call_one_kem_keygen(struct work *w)
{
    for (unsigned n = 0; n < NUM_ITEMS; n++)
        mlkem_keygen(w->kem_keygen[n].priv, w->kem_keygen[n].set, w->kem_keygen[n].seed);
}

static void call_one_kem_open(struct work *w)
{
    for (unsigned n = 0; n < NUM_ITEMS; n++)
        assert_int_equal(
            mlkem_private_init(w->kem_open[n].priv, w->kem_open[n].set, w->kem_open[n].dk),
            PQHW_OK);
}

/* The hash of the encapsulation key does not fit: s has been read by then. */
static void call_one_kem_open_bad(struct work *w)
{
    static uint8_t dk[MLKEM_MAX_DK_LEN];

    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        const struct mlkem_private_item *item = &w->kem_open[n];

        memcpy(dk, item->dk.ptr, item->dk.len);
        dk[item->dk.len - 40] ^= 1;
        assert_int_equal(mlkem_private_init(item->priv, item->set, span(dk, item->dk.len)),
                         PQHW_DATA_INVALID);
    }
}

static void call_one_encaps(struct work *w)
{
    for (unsigned n = 0; n < NUM_ITEMS; n++)
        mlkem_encaps(w->encaps[n].pub, w->encaps[n].ct, w->encaps[n].ss, w->encaps[n].m);
}

static void call_one_decaps(struct work *w)
{
    for (unsigned n = 0; n < NUM_ITEMS; n++)
        mlkem_decaps(w->decaps[n].priv, w->decaps[n].ss, w->decaps[n].ct.ptr);
}

static void call_one_dsa_keygen(struct work *w)
{
    for (unsigned n = 0; n < NUM_ITEMS; n++)
        mldsa_keygen(w->dsa_keygen[n].priv, w->dsa_keygen[n].set, w->dsa_keygen[n].seed);
}

static void call_one_dsa_open(struct work *w)
{
    for (unsigned n = 0; n < NUM_ITEMS; n++)
        assert_int_equal(
            mldsa_private_init(w->dsa_open[n].priv, w->dsa_open[n].set, w->dsa_open[n].sk),
            PQHW_OK);
}

/* t0, which comes last, does not fit to s1 and s2. */
static void call_one_dsa_open_bad(struct work *w)
{
    static uint8_t sk[MLDSA_MAX_SK_LEN];

    for (unsigned n = 0; n < NUM_ITEMS; n++) {
        const struct mldsa_private_item *item = &w->dsa_open[n];

        memcpy(sk, item->sk.ptr, item->sk.len);
        sk[item->sk.len - 1] ^= 1;
        assert_int_equal(mldsa_private_init(item->priv, item->set, span(sk, item->sk.len)),
                         PQHW_DATA_INVALID);
    }
}

static void call_one_sign(struct work *w)
{
    for (unsigned n = 0; n < NUM_ITEMS; n++)
        assert_int_equal(
            mldsa_sign_mu(w->sign[n].priv, w->sign[n].sig, w->sign[n].mu, w->sign[n].rnd), PQHW_OK);
}

static void call_slh_keygen(struct work *w)
{
    for (unsigned n = 0; n < NUM_SLHS; n++)
        slhdsa_keygen(w->slh[n], expected->slh[n].set, expected->slh[n].seed);
}

static void call_slh_open(struct work *w)
{
    for (unsigned n = 0; n < NUM_SLHS; n++) {
        const struct slh *slh = &expected->slh[n];
        struct span sk = span(slh->sk, slhdsa_sizes(slh->set)->sk_len);

        assert_int_equal(slhdsa_private_init(w->slh[n], slh->set, sk), PQHW_OK);
    }
}

static void call_slh_open_bad(struct work *w)
{
    static uint8_t sk[SLHDSA_MAX_SK_LEN];

    for (unsigned n = 0; n < NUM_SLHS; n++) {
        const struct slh *slh = &expected->slh[n];
        size_t len = slhdsa_sizes(slh->set)->sk_len;

        memcpy(sk, slh->sk, len);
        sk[len - 1] ^= 1;
        assert_int_equal(slhdsa_private_init(w->slh[n], slh->set, span(sk, len)),
                         PQHW_DATA_INVALID);
    }
}

/* After call_slh_open. */
static void call_slh_sign(struct work *w)
{
    for (unsigned n = 0; n < NUM_SLHS; n++)
        assert_int_equal(slhdsa_sign(w->slh[n], w->slh_sig, &slh_domain, SPAN_STR("text"),
                                     expected->slh[n].seed, true),
                         PQHW_OK);
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
static bool holds_window(const uint8_t *stack, const void *secret, size_t len, size_t window)
{
    const uint8_t *used = stack;

    while (used < stack + STACK_LEN && *used == 0)
        used++;
    for (size_t i = 0; i + window <= len; i += window)
        if (memmem(used, (size_t)(stack + STACK_LEN - used), (const uint8_t *)secret + i, window) !=
            NULL)
            return true;
    return false;
}

static bool holds(const uint8_t *stack, const void *secret, size_t len)
{
    return holds_window(stack, secret, len, WINDOW);
}

/* The noise that PRF(key, n) gives: its bytes, and its coefficients before and after the transform.
 */
static void assert_no_noise(const uint8_t *stack, const uint8_t key[32], uint8_t n, unsigned eta)
{
    uint64_t lanes[3 * MLKEM_ETA_LANES] = {0};
    uint8_t noise[3 * MLKEM_ETA_LANES * 8];
    struct mlkem_poly poly;

    shake256(noise, sizeof(noise), (struct span[]){span(key, 32), span(&n, 1)}, 2);
    assert_false(holds(stack, noise, eta * 64));
    memcpy(lanes, noise, sizeof(lanes));
    mlkem_portable_cbd(&poly, lanes, eta);
    assert_false(holds_window(stack, &poly, sizeof(poly), NOISE_WINDOW));
    mlkem_portable_ntt(&poly);
    mlkem_portable_canonical(&poly);
    assert_false(holds(stack, &poly, sizeof(poly)));
}

static unsigned eta_of(const struct kem *kem, uint8_t n)
{
    return kem->set == MLKEM_512 && n < 2 ? 3 : 2;
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

    assert_false(holds(stack, kem->seed, sizeof(kem->seed)));
    assert_false(holds(stack, kem->m, sizeof(kem->m)));
    assert_false(holds(stack, kem->ss, sizeof(kem->ss)));
    assert_false(holds(stack, kem->ss_rejected, sizeof(kem->ss_rejected)));
    assert_false(holds(stack, kem->priv.s, k * sizeof(kem->priv.s[0])));
    assert_false(holds(stack, kem->dk, k * 384)); /* s, encoded */
    sha3_512(g, message, 2);
    assert_false(holds(stack, g, sizeof(g)));
    for (uint8_t n = 0; n <= 2 * k; n++)
        assert_no_noise(stack, g + 32, n, eta_of(kem, n));
    sha3_512(g, seed, 2);
    assert_false(holds(stack, g + 32, 32));
    for (uint8_t n = 0; n < 2 * k; n++)
        assert_no_noise(stack, g + 32, n, kem->set == MLKEM_512 ? 3 : 2);
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
    struct mldsa_poly y;

    assert_false(holds(stack, dsa->seed, sizeof(dsa->seed)));
    assert_false(holds(stack, dsa->rnd, sizeof(dsa->rnd)));
    assert_false(holds(stack, dsa->sk + MLDSA_SK_S, mldsa_sk_t0(params) - MLDSA_SK_S));
    assert_false(holds(stack, mldsa_private_s1(priv), MLDSA_N));
    for (unsigned i = 0; i < params->l + params->k; i++) {
        const uint8_t *s = dsa->sk + MLDSA_SK_S + i * mldsa_packed_len(params->eta_bits);

        mldsa_portable_unpack_from(&y, s, params->eta_bits, params->eta);
        assert_false(holds_window(stack, &y, sizeof(y), SHORT_WINDOW));
        mldsa_portable.ntt(&y);
        assert_false(holds_window(stack, &y, sizeof(y), MASK_WINDOW));
    }
    shake256(hashed, 128, seed, 2);
    assert_false(holds(stack, hashed + 32, 96));
    shake256(hashed, 64, mask, 3);
    assert_false(holds(stack, hashed, 64));
    for (uint8_t i = 0; i < 2 * params->l; i++) {
        const uint8_t index[2] = {i, 0};

        shake256(packed, sizeof(packed), (struct span[]){span(hashed, 64), SPAN(index)}, 2);
        assert_false(holds(stack, packed, sizeof(packed)));
        mldsa_portable_unpack_from(&y, packed, params->z_bits, params->gamma1);
        assert_false(holds_window(stack, &y, sizeof(y), MASK_WINDOW));
    }
}

/* A secret as the words of a hash: big-endian ones turned round, and in each of several lanes. */
static void assert_no_words(const uint8_t *stack, const uint8_t *secret, size_t len, size_t word)
{
    uint8_t turned[2 * SLHDSA_MAX_N];
    uint8_t lanes[4][8];

    for (size_t i = 0; i < len; i++)
        turned[i] = secret[i - i % word + word - 1 - i % word];
    assert_false(holds(stack, turned, len));
    for (size_t at = 0; at < len; at += word) {
        for (size_t lane = 0; lane < 4; lane++)
            memcpy((uint8_t *)lanes + lane * word, turned + at, word);
        assert_false(holds_window(stack, lanes, 4 * word, 4 * word));
    }
}

/* SK.seed and SK.prf. */
static void assert_no_slh(const uint8_t *stack, const struct slh *slh)
{
    size_t len = 2 * slhdsa_sizes(slh->set)->n;

    assert_false(holds(stack, slh->sk, len));
    assert_no_words(stack, slh->sk, len, 4);
    assert_no_words(stack, slh->sk, len, 8);
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
    for (unsigned n = 0; n < NUM_SLHS; n++)
        free(w->slh[n]);
    free(w->slh_sig);
    free(w->workspace);
}

static void test_stack_holds_no_secret(void **state)
{
    static void (*const calls[])(struct work *) = {
        call_kem_keygen,
        call_kem_open,
        call_encaps,
        call_decaps,
        call_dsa_keygen,
        call_dsa_open,
        call_sign,
        call_one_kem_keygen,
        call_one_kem_open,
        call_one_kem_open_bad,
        call_one_encaps,
        call_one_decaps,
        call_one_dsa_keygen,
        call_one_dsa_open,
        call_one_dsa_open_bad,
        call_one_sign,
        call_slh_keygen,
        call_slh_open_bad,
        call_slh_open,
        call_slh_sign,
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
    for (unsigned n = 0; n < NUM_SLHS; n++)
        work.slh[n] = room(slhdsa_private_size(expected->slh[n].set));
    work.slh_sig = room(SLHDSA_MAX_SIG_LEN);
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
        for (unsigned n = 0; n < NUM_SLHS; n++)
            assert_no_slh(stack, &expected->slh[n]);
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
