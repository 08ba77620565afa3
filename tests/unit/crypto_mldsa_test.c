/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/mldsa/mldsa.h"
#include "crypto/mldsa/params.h"

#define NUM_SETS 3

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
    };
    return cmocka_run_group_tests_name("mldsa", tests, make_pairs, free_pairs);
}
