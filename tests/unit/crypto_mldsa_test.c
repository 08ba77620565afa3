/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/mldsa/encode.h"
#include "crypto/mldsa/mldsa.h"
#include "crypto/mldsa/rounding.h"

#define NUM_SETS 3
#define Q        MLDSA_Q

static const uint8_t no_rnd[MLDSA_RND_LEN];

/* A key pair of each parameter set, made once. */
struct pair {
    enum mldsa_set set;
    const struct mldsa_sizes *sizes;
    struct mldsa_private *priv;
    struct mldsa_public *pub;
    uint8_t pk[MLDSA_MAX_PK_LEN];
    uint8_t sk[MLDSA_MAX_SK_LEN];
};

static struct pair pairs[NUM_SETS];

static void *new_key(size_t size)
{
    void *mem = NULL;
    assert_int_equal(posix_memalign(&mem, MLDSA_ALIGN, size), 0);
    return mem;
}

static int make_pairs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        struct pair *p = &pairs[i];
        uint8_t seed[MLDSA_SEED_LEN] = {(uint8_t)(i + 1)};
        p->set = (enum mldsa_set)i;
        p->sizes = mldsa_sizes(p->set);
        p->priv = new_key(mldsa_private_size(p->set));
        p->pub = new_key(mldsa_public_size(p->set));
        mldsa_keygen(p->priv, p->set, seed);
        mldsa_private_encode(p->priv, p->sk);
        mldsa_private_public_encode(p->priv, p->pk);
        if (mldsa_public_init(p->pub, p->set, span(p->pk, p->sizes->pk_len)) != PQHW_OK)
            return -1;
    }
    return 0;
}

static int free_pairs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        free(pairs[i].priv);
        free(pairs[i].pub);
    }
    return 0;
}

static void make_mu(uint8_t mu[MLDSA_MU_LEN], const uint8_t *tr, struct span message,
                    struct span context, struct span oid)
{
    struct mldsa_mu hash;
    assert_int_equal(mldsa_mu_init(&hash, tr, context, oid), PQHW_OK);
    mldsa_mu_absorb(&hash, message.ptr, message.len);
    mldsa_mu_final(&hash, mu);
}

static void sign(const struct pair *p, uint8_t *sig, struct span message, struct span context)
{
    uint8_t mu[MLDSA_MU_LEN];
    make_mu(mu, mldsa_private_tr(p->priv), message, context, SPAN_EMPTY);
    assert_int_equal(mldsa_sign_mu(p->priv, sig, mu, no_rnd), PQHW_OK);
}

static enum pqhw_status verify_with(const struct mldsa_public *pub, struct span sig,
                                    struct span message, struct span context)
{
    uint8_t mu[MLDSA_MU_LEN];
    make_mu(mu, mldsa_public_tr(pub), message, context, SPAN_EMPTY);
    return mldsa_verify_mu(pub, sig, mu);
}

static enum pqhw_status verify(const struct pair *p, const uint8_t *sig, struct span message,
                               struct span context)
{
    return verify_with(p->pub, span(sig, p->sizes->sig_len), message, context);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        uint8_t sig[MLDSA_MAX_SIG_LEN];
        uint8_t message[32] = {0};
        for (message[0] = 0; message[0] < 20; message[0]++) {
            sign(p, sig, SPAN(message), SPAN_STR("context"));
            assert_int_equal(verify(p, sig, SPAN(message), SPAN_STR("context")), PQHW_OK);
        }
        sign(p, sig, SPAN_EMPTY, SPAN_EMPTY);
        assert_int_equal(verify(p, sig, SPAN_EMPTY, SPAN_EMPTY), PQHW_OK);
    }
}

static void test_hedged_and_deterministic(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        uint8_t first[MLDSA_MAX_SIG_LEN], second[MLDSA_MAX_SIG_LEN], hedged[MLDSA_MAX_SIG_LEN];
        uint8_t mu[MLDSA_MU_LEN] = {7};
        uint8_t rnd[MLDSA_RND_LEN] = {1};
        struct span sig = span(hedged, p->sizes->sig_len);
        assert_int_equal(mldsa_sign_mu(p->priv, first, mu, no_rnd), PQHW_OK);
        assert_int_equal(mldsa_sign_mu(p->priv, second, mu, no_rnd), PQHW_OK);
        assert_int_equal(mldsa_sign_mu(p->priv, hedged, mu, rnd), PQHW_OK);
        assert_memory_equal(first, second, p->sizes->sig_len);
        assert_memory_not_equal(first, hedged, p->sizes->sig_len);
        assert_int_equal(mldsa_verify_mu(p->pub, sig, mu), PQHW_OK);
    }
}

static void test_flipped_signature(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        uint8_t sig[MLDSA_MAX_SIG_LEN];
        sign(p, sig, SPAN_STR("message"), SPAN_EMPTY);
        for (size_t n = 0; n < p->sizes->sig_len; n++) {
            sig[n] ^= (uint8_t)(1 << n % 8);
            assert_int_equal(verify(p, sig, SPAN_STR("message"), SPAN_EMPTY),
                             PQHW_SIGNATURE_INVALID);
            sig[n] ^= (uint8_t)(1 << n % 8);
        }
        assert_int_equal(verify(p, sig, SPAN_STR("message"), SPAN_EMPTY), PQHW_OK);
    }
}

static void test_other_message_context_kind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        uint8_t sig[MLDSA_MAX_SIG_LEN];
        uint8_t mu[MLDSA_MU_LEN];
        sign(p, sig, SPAN_STR("message"), SPAN_STR("context"));
        assert_int_equal(verify(p, sig, SPAN_STR("messagf"), SPAN_STR("context")),
                         PQHW_SIGNATURE_INVALID);
        assert_int_equal(verify(p, sig, SPAN_STR("message"), SPAN_STR("contexu")),
                         PQHW_SIGNATURE_INVALID);
        /* The border between context and message counts. */
        assert_int_equal(verify(p, sig, SPAN_STR("tmessage"), SPAN_STR("contex")),
                         PQHW_SIGNATURE_INVALID);
        make_mu(mu, mldsa_public_tr(p->pub), SPAN_STR("ssage"), SPAN_STR("context"),
                SPAN_STR("me"));
        assert_int_equal(mldsa_verify_mu(p->pub, span(sig, p->sizes->sig_len), mu),
                         PQHW_SIGNATURE_INVALID);
    }
}

static void test_flipped_public_key(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        struct mldsa_public *pub = new_key(mldsa_public_size(p->set));
        uint8_t sig[MLDSA_MAX_SIG_LEN];
        uint8_t pk[MLDSA_MAX_PK_LEN];
        sign(p, sig, SPAN_STR("message"), SPAN_EMPTY);
        memcpy(pk, p->pk, sizeof(pk));
        for (size_t n = 0; n < p->sizes->pk_len; n += 13) {
            pk[n] ^= (uint8_t)(1 << n % 8);
            assert_int_equal(mldsa_public_init(pub, p->set, span(pk, p->sizes->pk_len)), PQHW_OK);
            assert_int_equal(
                verify_with(pub, span(sig, p->sizes->sig_len), SPAN_STR("message"), SPAN_EMPTY),
                PQHW_SIGNATURE_INVALID);
            pk[n] ^= (uint8_t)(1 << n % 8);
        }
        free(pub);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        struct mldsa_public *pub = new_key(mldsa_public_size(p->set));
        struct mldsa_private *priv = new_key(mldsa_private_size(p->set));
        uint8_t bytes[MLDSA_MAX_SK_LEN + 1] = {0};
        uint8_t mu[MLDSA_MU_LEN] = {0};
        for (int delta = -1; delta <= 1; delta += 2) {
            size_t d = (size_t)delta;
            assert_int_equal(mldsa_public_init(pub, p->set, span(bytes, p->sizes->pk_len + d)),
                             PQHW_DATA_LEN_RANGE);
            assert_int_equal(mldsa_private_init(priv, p->set, span(bytes, p->sizes->sk_len + d)),
                             PQHW_DATA_LEN_RANGE);
            assert_int_equal(mldsa_verify_mu(p->pub, span(bytes, p->sizes->sig_len + d), mu),
                             PQHW_SIGNATURE_LEN_RANGE);
        }
        assert_int_equal(mldsa_public_init(pub, p->set, SPAN_EMPTY), PQHW_DATA_LEN_RANGE);
        assert_int_equal(mldsa_private_init(priv, p->set, SPAN_EMPTY), PQHW_DATA_LEN_RANGE);
        assert_int_equal(mldsa_verify_mu(p->pub, SPAN_EMPTY, mu), PQHW_SIGNATURE_LEN_RANGE);
        free(pub);
        free(priv);
    }
}

static void test_context_length(void **state)
{
    (void)state;
    const struct pair *p = &pairs[MLDSA_44];
    uint8_t context[MLDSA_MAX_CONTEXT + 1] = {0};
    uint8_t sig[MLDSA_MAX_SIG_LEN];
    struct mldsa_mu mu;
    assert_int_equal(mldsa_mu_init(&mu, mldsa_private_tr(p->priv), SPAN(context), SPAN_EMPTY),
                     PQHW_DATA_LEN_RANGE);
    sign(p, sig, SPAN_STR("message"), span(context, MLDSA_MAX_CONTEXT));
    assert_int_equal(verify(p, sig, SPAN_STR("message"), span(context, MLDSA_MAX_CONTEXT)),
                     PQHW_OK);
    assert_int_equal(verify(p, sig, SPAN_STR("message"), span(context, MLDSA_MAX_CONTEXT - 1)),
                     PQHW_SIGNATURE_INVALID);
}

static void test_mu_in_pieces(void **state)
{
    (void)state;
    const uint8_t *tr = mldsa_private_tr(pairs[MLDSA_65].priv);
    uint8_t message[1000];
    uint8_t whole[MLDSA_MU_LEN], pieces[MLDSA_MU_LEN];
    for (size_t n = 0; n < sizeof(message); n++)
        message[n] = (uint8_t)(n * 7);
    make_mu(whole, tr, SPAN(message), SPAN_STR("ctx"), SPAN_EMPTY);
    for (size_t step = 1; step < 300; step += 13) {
        struct mldsa_mu mu;
        assert_int_equal(mldsa_mu_init(&mu, tr, SPAN_STR("ctx"), SPAN_EMPTY), PQHW_OK);
        for (size_t done = 0; done < sizeof(message); done += step) {
            size_t left = sizeof(message) - done;
            mldsa_mu_absorb(&mu, message + done, left < step ? left : step);
            mldsa_mu_absorb(&mu, NULL, 0);
        }
        mldsa_mu_final(&mu, pieces);
        assert_memory_equal(pieces, whole, sizeof(whole));
    }
}

/* The internal interface with the prefix written by hand is the external one. */
static void test_internal_mu(void **state)
{
    (void)state;
    const uint8_t *tr = mldsa_private_tr(pairs[MLDSA_65].priv);
    uint8_t external[MLDSA_MU_LEN], internal[MLDSA_MU_LEN];
    struct mldsa_mu mu;
    make_mu(external, tr, SPAN_STR("message"), SPAN_STR("ctx"), SPAN_STR("oid"));
    mldsa_mu_init_internal(&mu, tr);
    mldsa_mu_absorb(&mu,
                    "\x01\x03"
                    "ctx"
                    "oid"
                    "message",
                    15);
    mldsa_mu_final(&mu, internal);
    assert_memory_equal(external, internal, sizeof(internal));
}

/* ------------------------------------------------------------------ hints */

/* A signature with hints[0] and hints[1] in the first polynomial and room for one more hint. */
static void sign_for_hints(const struct pair *p, uint8_t *sig, uint8_t mu[MLDSA_MU_LEN])
{
    const struct mldsa_params *params = mldsa_params(p->set);
    const uint8_t *hints = sig + p->sizes->sig_len - params->omega - params->k;
    memset(mu, 0, MLDSA_MU_LEN);
    do {
        mu[0]++;
        assert_int_not_equal(mu[0], 0);
        assert_int_equal(mldsa_sign_mu(p->priv, sig, mu, no_rnd), PQHW_OK);
    } while (hints[params->omega] < 2 || hints[params->omega + params->k - 1] >= params->omega);
}

/* Each variant encodes the same set of hints otherwise than the standard's encoder would. */
static void swap_hints(const struct mldsa_params *params, uint8_t *hints)
{
    (void)params;
    uint8_t first = hints[0];
    hints[0] = hints[1];
    hints[1] = first;
}

static void fill_padding(const struct mldsa_params *params, uint8_t *hints)
{
    hints[params->omega - 1] = 1;
}

static void repeat_hint(const struct mldsa_params *params, uint8_t *hints)
{
    memmove(hints + 1, hints, params->omega - 1);
    for (unsigned i = 0; i < params->k; i++)
        hints[params->omega + i]++;
}

/* These are not encodings at all. */
static void lower_end(const struct mldsa_params *params, uint8_t *hints)
{
    hints[params->omega + 1] = (uint8_t)(hints[params->omega] - 1);
}

static void end_past_omega(const struct mldsa_params *params, uint8_t *hints)
{
    hints[params->omega + params->k - 1] = (uint8_t)(params->omega + 1);
}

static void test_hint_encoding(void **state)
{
    (void)state;
    static void (*const variants[])(const struct mldsa_params *, uint8_t *) = {
        swap_hints, fill_padding, repeat_hint, lower_end, end_past_omega,
    };
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        const struct mldsa_params *params = mldsa_params(p->set);
        size_t hints_at = p->sizes->sig_len - params->omega - params->k;
        uint8_t mu[MLDSA_MU_LEN];
        uint8_t sig[MLDSA_MAX_SIG_LEN], changed[MLDSA_MAX_SIG_LEN];
        sign_for_hints(p, sig, mu);
        assert_int_equal(mldsa_verify_mu(p->pub, span(sig, p->sizes->sig_len), mu), PQHW_OK);
        for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++) {
            memcpy(changed, sig, sizeof(sig));
            variants[v](params, changed + hints_at);
            assert_int_equal(mldsa_verify_mu(p->pub, span(changed, p->sizes->sig_len), mu),
                             PQHW_SIGNATURE_INVALID);
        }
    }
}

/* ------------------------------------------------------------------ private keys */

static void test_key_round_trip(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        struct mldsa_private *priv = new_key(mldsa_private_size(p->set));
        uint8_t bytes[MLDSA_MAX_SK_LEN];
        uint8_t first[MLDSA_MAX_SIG_LEN], second[MLDSA_MAX_SIG_LEN];
        uint8_t mu[MLDSA_MU_LEN] = {1};
        assert_int_equal(mldsa_private_init(priv, p->set, span(p->sk, p->sizes->sk_len)), PQHW_OK);
        mldsa_private_encode(priv, bytes);
        assert_memory_equal(bytes, p->sk, p->sizes->sk_len);
        mldsa_private_public_encode(priv, bytes);
        assert_memory_equal(bytes, p->pk, p->sizes->pk_len);
        assert_memory_equal(mldsa_private_tr(priv), mldsa_public_tr(p->pub), MLDSA_TR_LEN);
        assert_int_equal(mldsa_sign_mu(priv, first, mu, no_rnd), PQHW_OK);
        assert_int_equal(mldsa_sign_mu(p->priv, second, mu, no_rnd), PQHW_OK);
        assert_memory_equal(first, second, p->sizes->sig_len);
        free(priv);
    }
}

static void assert_zero(const void *mem, size_t len)
{
    const uint8_t *bytes = mem;
    for (size_t n = 0; n < len; n++)
        assert_int_equal(bytes[n], 0);
}

/* rho, tr, s1, s2 and t0 hang together; K (32 … 63) is random by itself, so nothing can tell. */
static void test_corrupted_private_key(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        size_t size = mldsa_private_size(p->set);
        struct mldsa_private *priv = new_key(size);
        uint8_t sk[MLDSA_MAX_SK_LEN];
        memcpy(sk, p->sk, sizeof(sk));
        for (size_t n = 0; n < p->sizes->sk_len; n += n < 128 ? 8 : 37) {
            bool in_k = n >= 32 && n < 64;
            sk[n] ^= (uint8_t)(1 << n % 8);
            assert_int_equal(mldsa_private_init(priv, p->set, span(sk, p->sizes->sk_len)),
                             in_k ? PQHW_OK : PQHW_DATA_INVALID);
            if (!in_k)
                assert_zero(priv, size);
            sk[n] ^= (uint8_t)(1 << n % 8);
        }
        /* s1 begins here; all ones is out of its range for every eta. */
        sk[128] = 0xff;
        assert_int_equal(mldsa_private_init(priv, p->set, span(sk, p->sizes->sk_len)),
                         PQHW_DATA_INVALID);
        assert_zero(priv, size);
        free(priv);
    }
}

/* ------------------------------------------------------------------ arithmetic */

static int64_t mod(int64_t x, int64_t m)
{
    return (x % m + m) % m;
}

/* x mod+- m: in -m/2 + 1 … m/2 for even m. */
static int64_t centered(int64_t x, int64_t m)
{
    int64_t r = mod(x, m);
    return r > m / 2 ? r - m : r;
}

/* Algorithm 36 as it is written. */
static void reference_decompose(int64_t *high, int64_t *low, int64_t r, int64_t gamma2)
{
    *low = centered(r, 2 * gamma2);
    if (r - *low == Q - 1) {
        *high = 0;
        *low -= 1;
    } else {
        *high = (r - *low) / (2 * gamma2);
    }
}

/* Algorithm 40 as it is written. */
static int64_t reference_use_hint(int64_t high, int64_t low, int64_t gamma2)
{
    int64_t m = (Q - 1) / (2 * gamma2);
    return low > 0 ? mod(high + 1, m) : mod(high - 1, m);
}

static void check_rounding(const struct mldsa_params *params, int32_t start)
{
    struct mldsa_poly w, w1, w0, hinted;
    uint8_t hint[MLDSA_N];
    for (unsigned j = 0; j < MLDSA_N; j++) {
        w.coeff[j] = start + (int32_t)j < Q ? start + (int32_t)j : Q - 1;
        hint[j] = j % 4 != 0;
    }
    mldsa_decompose(params, &w1, &w0, &w);
    hinted = w;
    mldsa_use_hint(params, &hinted, hint);
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int64_t high, low;
        reference_decompose(&high, &low, w.coeff[j], params->gamma2);
        if (w1.coeff[j] != high || w0.coeff[j] != low)
            fail_msg("decompose(%d)", w.coeff[j]);
        if (hint[j])
            high = reference_use_hint(high, low, params->gamma2);
        if (hinted.coeff[j] != high)
            fail_msg("use_hint(%d, %d)", hint[j], w.coeff[j]);
    }
}

static void test_decompose_all(void **state)
{
    (void)state;
    /* Steps of 255 move the pattern of hints along. */
    for (int32_t start = 0; start < Q; start += MLDSA_N - 1) {
        check_rounding(mldsa_params(MLDSA_44), start);
        check_rounding(mldsa_params(MLDSA_65), start);
    }
}

static void test_power2round_all(void **state)
{
    (void)state;
    struct mldsa_poly t, t1, t0;
    for (int32_t start = 0; start < Q; start += MLDSA_N) {
        for (unsigned j = 0; j < MLDSA_N; j++)
            t.coeff[j] = start + (int32_t)j < Q ? start + (int32_t)j : Q - 1;
        mldsa_power2round(&t1, &t0, &t);
        for (unsigned j = 0; j < MLDSA_N; j++) {
            int64_t low = centered(t.coeff[j], 1 << MLDSA_D);
            if (t0.coeff[j] != low || t1.coeff[j] != (t.coeff[j] - low) >> MLDSA_D)
                fail_msg("power2round(%d)", t.coeff[j]);
        }
    }
}

/* Around each border of the high bits, a hint is made exactly if adding z changes them. */
static void check_make_hint(const struct mldsa_params *params, int64_t r, int64_t z)
{
    struct mldsa_poly w1 = {{0}}, low = {{0}};
    int64_t r1, r0, sum1, sum0;
    reference_decompose(&r1, &r0, r, params->gamma2);
    reference_decompose(&sum1, &sum0, mod(r + z, Q), params->gamma2);
    w1.coeff[9] = (int32_t)r1;
    low.coeff[9] = (int32_t)(r0 + z);
    assert_int_equal(mldsa_make_hint(params, &w1, &low), r1 != sum1);
    assert_int_equal(w1.coeff[9], r1 != sum1);
}

static void test_make_hint(void **state)
{
    (void)state;
    static const enum mldsa_set sets[] = {MLDSA_44, MLDSA_65};
    for (unsigned i = 0; i < 2; i++) {
        const struct mldsa_params *params = mldsa_params(sets[i]);
        for (int64_t high = 0; high < params->num_high; high++) {
            int64_t r = mod(high * 2 * params->gamma2 + 5, Q);
            for (int64_t d = -8; d <= 8; d++) {
                check_make_hint(params, r, params->gamma2 - 5 + d);
                check_make_hint(params, r, -params->gamma2 - 5 + d);
            }
        }
    }
}

static void test_norm(void **state)
{
    (void)state;
    struct mldsa_poly p = {{0}};
    assert_int_equal(mldsa_norm_exceeds(&p, 1), 0);
    for (unsigned j = 0; j < MLDSA_N; j += 51) {
        p.coeff[j] = 99;
        assert_int_equal(mldsa_norm_exceeds(&p, 100), 0);
        p.coeff[j] = 100;
        assert_int_equal(mldsa_norm_exceeds(&p, 100), UINT32_MAX);
        p.coeff[j] = -99;
        assert_int_equal(mldsa_norm_exceeds(&p, 100), 0);
        p.coeff[j] = -100;
        assert_int_equal(mldsa_norm_exceeds(&p, 100), UINT32_MAX);
        p.coeff[j] = 0;
    }
}

static void random_poly(struct mldsa_poly *p, uint32_t *state, int32_t bound)
{
    for (unsigned j = 0; j < MLDSA_N; j++) {
        *state = *state * 1664525 + 1013904223;
        p->coeff[j] = (int32_t)((int64_t)(*state >> 1) % (2 * (int64_t)bound - 1) - (bound - 1));
    }
}

/* The product modulo X^256 + 1, by the definition. */
static void schoolbook(int64_t out[MLDSA_N], const struct mldsa_poly *a, const struct mldsa_poly *b)
{
    memset(out, 0, MLDSA_N * sizeof(out[0]));
    for (unsigned i = 0; i < MLDSA_N; i++) {
        for (unsigned j = 0; j < MLDSA_N; j++) {
            int64_t term = (int64_t)a->coeff[i] * b->coeff[j] % Q;
            out[(i + j) % MLDSA_N] += i + j < MLDSA_N ? term : -term;
        }
    }
}

static void test_ntt_multiplies(void **state)
{
    (void)state;
    const struct mldsa_impl *impl = mldsa_impl();
    uint32_t random = 1;
    for (unsigned round = 0; round < 20; round++) {
        struct mldsa_poly a, b, product;
        int64_t expected[MLDSA_N];
        random_poly(&a, &random, Q);
        random_poly(&b, &random, round % 2 ? Q : 4096);
        schoolbook(expected, &a, &b);
        impl->ntt(&a);
        mldsa_poly_reduce(&a);
        impl->ntt(&b);
        impl->pointwise_acc(&product, &a, &b, 1);
        impl->intt(&product);
        mldsa_poly_canonical(&product);
        for (unsigned j = 0; j < MLDSA_N; j++)
            assert_int_equal(product.coeff[j], mod(expected[j], Q));
    }
}

/* The largest coefficients that the bounds in poly.h allow must not overflow. */
static void test_ntt_bounds(void **state)
{
    (void)state;
    const struct mldsa_impl *impl = mldsa_impl();
    static struct mldsa_poly a[8], b[8];
    struct mldsa_poly out;
    int64_t sum = mod(8 * mod((int64_t)(Q - 1) * (7 * (int64_t)Q - 1), Q), Q);
    for (unsigned i = 0; i < 8; i++) {
        for (unsigned j = 0; j < MLDSA_N; j++) {
            a[i].coeff[j] = Q - 1;
            b[i].coeff[j] = 7 * Q - 1;
        }
    }
    impl->pointwise_acc(&out, a, b, 8);
    for (unsigned j = 0; j < MLDSA_N; j++) {
        assert_in_range(out.coeff[j] + Q, 1, 2 * Q - 1);
        assert_int_equal(mod(out.coeff[j] * ((int64_t)1 << 32), Q), sum);
    }
    for (unsigned j = 0; j < MLDSA_N; j++)
        out.coeff[j] = Q - 1;
    impl->intt(&out); /* -1 everywhere: the constant -2^32 */
    assert_int_equal(mod(out.coeff[0], Q), mod(-((int64_t)1 << 32), Q));
    for (unsigned j = 1; j < MLDSA_N; j++)
        assert_int_equal(mod(out.coeff[j], Q), 0);
    for (unsigned j = 0; j < MLDSA_N; j++)
        out.coeff[j] = j % 2 ? Q - 1 : 1 - Q;
    impl->ntt(&out);
    for (unsigned j = 0; j < MLDSA_N; j++)
        assert_in_range((int64_t)out.coeff[j] + 7 * Q, 1, 14 * (int64_t)Q - 1);
}

static void test_pack(void **state)
{
    (void)state;
    static const unsigned widths[] = {3, 4, 6, 10, 13, 18, 20};
    uint32_t random = 2;
    for (unsigned i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        struct mldsa_poly p, back;
        uint8_t bytes[MLDSA_MAX_Z_LEN + 1];
        size_t len = mldsa_packed_len(widths[i]);
        random_poly(&p, &random, Q);
        for (unsigned j = 0; j < MLDSA_N; j++)
            p.coeff[j] &= (1 << widths[i]) - 1;
        bytes[len] = 0xa5;
        mldsa_pack(bytes, &p, widths[i]);
        assert_int_equal(bytes[len], 0xa5);
        for (unsigned bit = 0; bit < 8 * len; bit++) {
            int32_t coeff = p.coeff[bit / widths[i]];
            assert_int_equal(bytes[bit / 8] >> bit % 8 & 1, coeff >> bit % widths[i] & 1);
        }
        mldsa_unpack(&back, bytes, widths[i]);
        assert_memory_equal(&back, &p, sizeof(p));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_hedged_and_deterministic),
        cmocka_unit_test(test_flipped_signature),
        cmocka_unit_test(test_other_message_context_kind),
        cmocka_unit_test(test_flipped_public_key),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_context_length),
        cmocka_unit_test(test_mu_in_pieces),
        cmocka_unit_test(test_internal_mu),
        cmocka_unit_test(test_hint_encoding),
        cmocka_unit_test(test_key_round_trip),
        cmocka_unit_test(test_corrupted_private_key),
        cmocka_unit_test(test_decompose_all),
        cmocka_unit_test(test_power2round_all),
        cmocka_unit_test(test_make_hint),
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_ntt_multiplies),
        cmocka_unit_test(test_ntt_bounds),
        cmocka_unit_test(test_pack),
    };
    return cmocka_run_group_tests_name("mldsa", tests, make_pairs, free_pairs);
}
