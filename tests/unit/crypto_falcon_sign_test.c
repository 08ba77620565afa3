/* SPDX-License-Identifier: Apache-2.0
 *
 * Falcon's private keys, signing, and the distributions that its security rests on. (The vectors of
 * tests/vectors cover the results.)
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/falcon/codec.h"
#include "crypto/falcon/key.h"
#include "crypto/falcon/ntru.h"
#include "crypto/falcon/sampler.h"
#include "crypto/falcon/sign.h"

#define NUM_SETS 2

struct pair {
    enum falcon_set set;
    const struct falcon_sizes *sizes;
    struct falcon_private *priv;
    struct falcon_public *pub;
    uint8_t sk[FALCON_MAX_SK_LEN];
    uint8_t pk[FALCON_MAX_PK_LEN];
};

static struct pair pairs[NUM_SETS];

static void *new_memory(size_t size)
{
    void *memory = NULL;

    assert_int_equal(posix_memalign(&memory, FALCON_ALIGN, size), 0);
    return memory;
}

static int make_pairs(void **state)
{
    struct falcon_keygen_room *room = new_memory(falcon_keygen_room_size());

    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        struct pair *p = &pairs[i];
        uint8_t seed[FALCON_SEED_LEN] = {(uint8_t)(i + 1)};
        p->set = (enum falcon_set)i;
        p->sizes = falcon_sizes(p->set);
        p->priv = new_memory(falcon_private_size(p->set));
        p->pub = new_memory(falcon_public_size(p->set));
        assert_int_equal(falcon_keygen(p->priv, p->set, seed, room), PQHW_OK);
        falcon_private_encode(p->priv, p->sk);
        falcon_private_public_encode(p->priv, p->pk);
        assert_int_equal(falcon_public_init(p->pub, p->set, span(p->pk, p->sizes->pk_len)),
                         PQHW_OK);
    }
    for (size_t i = 0; i < falcon_keygen_room_size(); i++)
        assert_int_equal(((const uint8_t *)room)[i], 0);
    free(room);
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

/* Bytes that are the same in every run; fails at draw number fail_at. */
struct source {
    uint64_t state;
    unsigned num_draws;
    unsigned fail_at;
};

static enum pqhw_status draw(void *context, uint8_t *out, size_t len)
{
    struct source *source = context;

    if (++source->num_draws == source->fail_at)
        return PQHW_RANDOM_FAILED;
    for (size_t i = 0; i < len; i++) {
        source->state = source->state * 6364136223846793005 + 1442695040888963407;
        out[i] = (uint8_t)(source->state >> 56);
    }
    return PQHW_OK;
}

static enum pqhw_status sign(const struct pair *p, enum falcon_format format, uint8_t *sig,
                             size_t *sig_len, struct source *source)
{
    const struct falcon_random random = {.draw = draw, .context = source};
    const struct falcon_signer signer = {
        .priv = p->priv, .format = format, .random = &random, .check = true};

    return falcon_sign(&signer, sig, sig_len, SPAN_STR("message"));
}

static void test_round_trip(void **state)
{
    struct source source = {.state = 1};

    (void)state;
    for (unsigned i = 0; i < NUM_SETS * FALCON_NUM_FORMATS * 5; i++) {
        const struct pair *p = &pairs[i % NUM_SETS];
        enum falcon_format format = (enum falcon_format)(i % FALCON_NUM_FORMATS);
        uint8_t sig[FALCON_MAX_SIG_LEN];
        size_t len;
        assert_int_equal(sign(p, format, sig, &len, &source), PQHW_OK);
        for (int other = 0; other < FALCON_NUM_FORMATS; other++)
            assert_true((falcon_verify(p->pub, (enum falcon_format)other, span(sig, len),
                                       SPAN_STR("message")) == PQHW_OK) == (other == (int)format));
        assert_int_equal(falcon_verify(p->pub, format, span(sig, len), SPAN_STR("massage")),
                         PQHW_SIGNATURE_INVALID);
        for (size_t at = 0; at < len; at += 7) {
            sig[at] ^= (uint8_t)(1 << at % 8);
            assert_int_equal(falcon_verify(p->pub, format, span(sig, len), SPAN_STR("message")),
                             PQHW_SIGNATURE_INVALID);
            sig[at] ^= (uint8_t)(1 << at % 8);
        }
    }
}

static void test_never_twice(void **state)
{
    struct source source = {.state = 2};
    uint8_t first[FALCON_MAX_SIG_LEN], second[FALCON_MAX_SIG_LEN];
    size_t len;

    (void)state;
    assert_int_equal(sign(&pairs[0], FALCON_PADDED, first, &len, &source), PQHW_OK);
    assert_int_equal(sign(&pairs[0], FALCON_PADDED, second, &len, &source), PQHW_OK);
    assert_memory_not_equal(first + 1, second + 1, FALCON_NONCE_LEN);
    assert_memory_not_equal(first + 41, second + 41, len - 41);
    assert_int_equal(source.num_draws, 4);
}

static void test_no_randomness(void **state)
{
    (void)state;
    for (unsigned fail_at = 1; fail_at <= 2; fail_at++) {
        struct source source = {.state = 3, .fail_at = fail_at};
        uint8_t sig[FALCON_MAX_SIG_LEN] = {0};
        size_t len = 0;
        assert_int_equal(sign(&pairs[1], FALCON_CT, sig, &len, &source), PQHW_RANDOM_FAILED);
        assert_int_equal(len, 0);
        for (size_t i = 0; i < sizeof(sig); i++)
            assert_int_equal(sig[i], 0);
    }
}

/* A key whose basis was changed in memory signs nothing that leaves. */
static void test_check_before_release(void **state)
{
    struct source source = {.state = 4};
    uint8_t sig[FALCON_MAX_SIG_LEN] = {0};
    const size_t size = falcon_private_size(FALCON_512);
    struct pair broken = pairs[0];
    size_t len;

    (void)state;
    broken.priv = new_memory(size);
    memcpy(broken.priv, pairs[0].priv, size);
    broken.priv->h[7] ^= 1;
    assert_int_equal(sign(&broken, FALCON_PADDED, sig, &len, &source), PQHW_SELF_TEST_FAILED);
    assert_int_equal(sig[0] | sig[1] | sig[100], 0);
    free(broken.priv);
}

/* ------------------------------------------------------------------ private keys */

static enum pqhw_status open(const struct pair *p, const uint8_t *sk, size_t len)
{
    struct falcon_private *priv = new_memory(falcon_private_size(p->set));
    enum pqhw_status status = falcon_private_init(priv, p->set, span(sk, len));

    if (status == PQHW_DATA_INVALID)
        for (size_t i = 0; i < falcon_private_size(p->set); i++)
            assert_int_equal(((const uint8_t *)priv)[i], 0);
    free(priv);
    return status;
}

static void test_private_key(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct pair *p = &pairs[i];
        const size_t len = p->sizes->sk_len;
        uint8_t sk[FALCON_MAX_SK_LEN];
        memcpy(sk, p->sk, len);
        assert_int_equal(open(p, sk, len), PQHW_OK);
        assert_int_equal(open(p, sk, len - 1), PQHW_DATA_LEN_RANGE);
        assert_int_equal(open(&pairs[1 - i], sk, len), PQHW_DATA_LEN_RANGE);
        for (size_t at = 0; at < len; at += at < 8 ? 1 : 101) {
            sk[at] ^= 4;
            assert_int_equal(open(p, sk, len), PQHW_DATA_INVALID);
            sk[at] ^= 4;
        }
    }
}

/* f, g and F of ones and zeros, and the lowest values. */
static void test_odd_private_keys(void **state)
{
    const struct pair *p = &pairs[0];
    uint8_t sk[FALCON_MAX_SK_LEN] = {0x59};
    const size_t len = p->sizes->sk_len;

    (void)state;
    assert_int_equal(open(p, sk, len), PQHW_DATA_INVALID); /* f = 0 */
    sk[1] = 1 << 2;                                        /* f = 1, g = 0, F = 0, so G = 0 */
    assert_int_equal(open(p, sk, len), PQHW_DATA_INVALID);
    memcpy(sk, p->sk, len);
    sk[1] = (uint8_t)((sk[1] & 3) | 32 << 2); /* f_0 = -32 */
    assert_int_equal(open(p, sk, len), PQHW_DATA_INVALID);
    memset(sk + 1, 0, sizeof(sk) - 1);
    sk[1] = 1 << 2;               /* f = 1 */
    sk[1 + 512 * 6 / 8] = 1 << 2; /* g = 1, F = 0 and G = q: not short */
    assert_int_equal(open(p, sk, len), PQHW_DATA_INVALID);
    memcpy(sk, p->sk, len);
    sk[len - 1] = 0x80; /* F_511 = -128 */
    assert_int_equal(open(p, sk, len), PQHW_DATA_INVALID);
}

/* f and g that are too long for key generation, which has an F and a G to them all the same: the
 * sampler could not do with them. */
static void test_long_basis(void **state)
{
    const struct falcon_params *params = falcon_params(FALCON_512);
    static struct falcon_basis basis;
    struct ntru_room *room = new_memory(sizeof(*room));
    uint8_t sk[FALCON_MAX_SK_LEN] = {0x59};
    struct source source = {.state = 5};
    bool solved = false;

    (void)state;
    for (unsigned i = 0; i < 100 && !solved; i++) {
        int parity_f = 0, parity_g = 0;
        uint8_t bytes[2 * FALCON_MAX_N];
        assert_int_equal(draw(&source, bytes, sizeof(bytes)), PQHW_OK);
        for (unsigned j = 0; j < params->n; j++) {
            basis.sk_f[j] = (int8_t)(bytes[j] % 15 - 7);
            basis.sk_g[j] = (int8_t)(bytes[j + params->n] % 15 - 7);
            parity_f ^= basis.sk_f[j] & 1;
            parity_g ^= basis.sk_g[j] & 1;
        }
        basis.sk_f[0] = (int8_t)(basis.sk_f[0] ^ !parity_f);
        basis.sk_g[0] = (int8_t)(basis.sk_g[0] ^ !parity_g);
        solved = ntru_solve(&basis, params, falcon_impl(), room);
    }
    assert_true(solved);
    falcon_encode_small(sk + 1, params, params->fg_bits, basis.sk_f);
    falcon_encode_small(sk + 385, params, params->fg_bits, basis.sk_g);
    falcon_encode_small(sk + 769, params, 8, basis.sk_big_f);
    assert_int_equal(open(&pairs[0], sk, params->sizes.sk_len), PQHW_DATA_INVALID);
    free(room);
}

/* ------------------------------------------------------------------ distributions */

#define NUM_SAMPLES 200000
#define MIN_Z       -40
#define NUM_Z       80

static double chi_square(const unsigned *counts, double mu, double sigma)
{
    double weight[NUM_Z], total = 0, sum = 0;
    double expected = 0, counted = 0;

    for (int i = 0; i < NUM_Z; i++) {
        double distance = MIN_Z + i - mu;
        weight[i] = exp(-distance * distance / (2 * sigma * sigma));
        total += weight[i];
    }
    /* Values that are expected fewer than ten times are taken together. */
    for (int i = 0; i < NUM_Z; i++) {
        expected += weight[i] / total * NUM_SAMPLES;
        counted += counts[i];
        if (expected < 10 && i + 1 < NUM_Z)
            continue;
        sum += expected > 0 ? (counted - expected) * (counted - expected) / expected : 0;
        expected = counted = 0;
    }
    return sum;
}

static fpr to_fpr(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return fpr_from_bits(bits);
}

/* The counts of each value are as the ideal distribution has them: chi^2 with some 15 degrees of
 * freedom stays below 60 with a probability of 1 - 10^-6, and the noise is the same in every run.
 */
static void test_sampler_distribution(void **state)
{
    static const struct {
        double mu, sigma;
    } cases[] = {{0, 1.2779}, {-8.5, 1.4}, {0.25, 1.8205}, {17.999, 1.7}, {-3.01, 1.3}};
    const struct falcon_impl *impl = falcon_impl();
    static struct falcon_noise noise;
    struct keccak seed;

    (void)state;
    shake256_init(&seed);
    falcon_noise_init(&noise, &seed, impl->fill);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned counts[NUM_Z] = {0};
        double wrong_sigma = cases[i].sigma * 1.02;
        for (unsigned j = 0; j < NUM_SAMPLES; j++) {
            int z = impl->sample(&noise, to_fpr(cases[i].mu), to_fpr(1 / cases[i].sigma),
                                 to_fpr(1.2778336969128337));
            assert_in_range(z - MIN_Z, 0, NUM_Z - 1);
            counts[z - MIN_Z]++;
        }
        assert_true(chi_square(counts, cases[i].mu, cases[i].sigma) < 60);
        assert_true(chi_square(counts, cases[i].mu, wrong_sigma) > 60);
    }
}

/* The signature's squared norm is about 2 n sigma^2. */
static void test_norm_distribution(void **state)
{
    static const double sigma[NUM_SETS] = {165.7366171829776, 168.38857144654395};
    static struct falcon_sign_room room;

    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct falcon_params *params = falcon_params(pairs[i].set);
        const double expected = 2 * params->n * sigma[i] * sigma[i];
        const unsigned num = 200;
        double sum = 0;
        struct keccak seed;
        shake256_init(&seed);
        for (unsigned j = 0; j < params->n; j++)
            room.c[j] = (uint16_t)(j * 4711 % FALCON_Q);
        for (unsigned j = 0; j < num; j++) {
            falcon_noise_init(&room.sk_noise, &seed, falcon_impl()->fill);
            uint64_t norm = falcon_sign_attempt(pairs[i].priv, &room);
            assert_true((double)norm > 0.75 * expected && (double)norm < 1.25 * expected);
            sum += (double)norm;
        }
        /* The deviation of the mean is sqrt(1 / (n num)): below 0.0032. */
        assert_true(fabs(sum / num / expected - 1) < 5 * 0.0032);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),        cmocka_unit_test(test_never_twice),
        cmocka_unit_test(test_no_randomness),     cmocka_unit_test(test_check_before_release),
        cmocka_unit_test(test_private_key),       cmocka_unit_test(test_odd_private_keys),
        cmocka_unit_test(test_long_basis),        cmocka_unit_test(test_sampler_distribution),
        cmocka_unit_test(test_norm_distribution),
    };

    return cmocka_run_group_tests(tests, make_pairs, free_pairs);
}
