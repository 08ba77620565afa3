/* SPDX-License-Identifier: Apache-2.0
 *
 * Falcon's arithmetic modulo q and its encodings. (The vectors of tests/vectors cover whole keys
 * and signatures.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/falcon/codec.h"
#include "crypto/falcon/key.h"
#include "crypto/falcon/sampler.h"
#include "crypto/falcon/zq.h"

static const enum falcon_set sets[] = {FALCON_512, FALCON_1024};
#define NUM_SETS 2

/* Numbers that look random and are the same in every run (xorshift). */
static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint32_t random_below(uint32_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % bound;
}

static int modulo_q(int64_t x)
{
    int64_t rest = x % FALCON_Q;

    return (int)(rest < 0 ? rest + FALCON_Q : rest);
}

/* ------------------------------------------------------------------ arithmetic */

static void test_reduction(void **state)
{
    (void)state;
    for (int a = INT16_MIN; a <= INT16_MAX; a++) {
        int reduced = zq_reduce((int16_t)a);
        int centered = zq_center((int16_t)a);
        assert_int_equal(modulo_q(reduced - a), 0);
        assert_int_equal(modulo_q(centered - a), 0);
        assert_in_range(reduced + FALCON_Q * 85 / 100, 0, 2 * FALCON_Q * 85 / 100);
        assert_in_range(centered + FALCON_Q / 2, 0, FALCON_Q - 1);
    }
}

static void test_multiplication(void **state)
{
    static const int16_t borders[] = {0, 1, -1, FALCON_Q / 2, -(FALCON_Q / 2)};

    (void)state;
    for (int a = INT16_MIN; a <= INT16_MAX; a++) {
        for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++) {
            int64_t product = zq_mul((int16_t)a, borders[i]);
            assert_int_equal(modulo_q(product * 65536 - (int64_t)a * borders[i]), 0);
            assert_in_range(product + FALCON_Q * 3 / 4 + 1, 0, FALCON_Q * 3 / 2 + 2);
        }
    }
}

static void test_zetas(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FALCON_MAX_N; i++) {
        int64_t power = 65536 % FALCON_Q;
        unsigned exponent = 0;
        for (unsigned bit = 0; bit < 10; bit++)
            exponent |= (i >> bit & 1) << (9 - bit);
        while (exponent-- > 0)
            power = power * 7 % FALCON_Q;
        assert_int_equal(modulo_q(falcon_zetas[i] - power), 0);
        assert_in_range(falcon_zetas[i] + FALCON_Q / 2, 0, FALCON_Q - 1);
    }
}

/* a b modulo x^n + 1, by the definition. */
static void multiply(int *out, const int16_t *a, const int16_t *b, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        int64_t sum = 0;
        for (unsigned i = 0; i < n; i++)
            sum += (int64_t)a[i] * b[(k - i) % n] * (i <= k ? 1 : -1);
        out[k] = modulo_q(sum);
    }
}

static void check_product(const struct falcon_impl *impl, unsigned log_n, int bound)
{
    const unsigned n = 1u << log_n;
    static struct falcon_poly a, b;
    static int expected[FALCON_MAX_N];

    for (unsigned j = 0; j < n; j++) {
        a.coeff[j] = (int16_t)((int)random_below(2 * (uint32_t)bound + 1) - bound);
        b.coeff[j] = (int16_t)((int)random_below(FALCON_Q) - FALCON_Q / 2);
    }
    multiply(expected, a.coeff, b.coeff, n);
    impl->ntt(a.coeff, log_n);
    impl->ntt(b.coeff, log_n);
    for (unsigned j = 0; j < n; j++)
        b.coeff[j] = zq_center(zq_mul(b.coeff[j], ZQ_R2));
    impl->mul(a.coeff, b.coeff, n);
    impl->intt(a.coeff, log_n);
    for (unsigned j = 0; j < n; j++)
        assert_int_equal(modulo_q(a.coeff[j]), expected[j]);
}

static void test_products(void **state)
{
    (void)state;
    for (int level = 0; level <= (int)cpu_supported(); level++) {
        for (unsigned log_n = 9; log_n <= 10; log_n++) {
            check_product(falcon_impl_for((enum cpu_level)level), log_n, FALCON_MAX_S2);
            check_product(falcon_impl_for((enum cpu_level)level), log_n, FALCON_Q * 4 / 5);
        }
    }
}

/* Extremes make the norm the largest that it gets. */
static void test_norm(void **state)
{
    static uint16_t c[FALCON_MAX_N];
    static struct falcon_poly t, s;

    (void)state;
    for (int level = 0; level <= (int)cpu_supported(); level++) {
        const struct falcon_impl *impl = falcon_impl_for((enum cpu_level)level);
        for (unsigned round = 0; round < 20; round++) {
            uint64_t expected = 0;
            for (unsigned j = 0; j < FALCON_MAX_N; j++) {
                int t_bound = FALCON_Q * 4 / 5;
                c[j] = (uint16_t)(round == 0 ? FALCON_Q / 2 : random_below(FALCON_Q));
                t.coeff[j] = (int16_t)((int)random_below(2 * (uint32_t)t_bound) - t_bound);
                t.coeff[j] = round == 0 ? 0 : t.coeff[j];
                s.coeff[j] =
                    (int16_t)(round == 0 ? -FALCON_MAX_S2 : (int)random_below(4095) - 2047);
                int64_t s1 = modulo_q(c[j] - t.coeff[j]);
                s1 = s1 > FALCON_Q / 2 ? s1 - FALCON_Q : s1;
                expected += (uint64_t)(s1 * s1 + (int64_t)s.coeff[j] * s.coeff[j]);
            }
            assert_true(impl->norm(c, t.coeff, s.coeff, FALCON_MAX_N) == expected);
        }
    }
}

/* ------------------------------------------------------------------ real numbers */

static void fill_real(fpr *f, unsigned n)
{
    for (unsigned j = 0; j < n; j++)
        f[j] = fpr_mul(fpr_of((int64_t)random_below(1u << 30) - (1 << 29)),
                       fpr_from_bits(0x3eb0000000000001));
}

static fpr real[6][FALCON_MAX_N], expected_real[6][FALCON_MAX_N];

/* All steps, one after the other, by one implementation. */
static void take_steps(const struct falcon_impl *impl, fpr f[6][FALCON_MAX_N], unsigned log_n)
{
    const unsigned half_n = (1u << log_n) / 2;

    impl->fft(f[0], log_n);
    impl->ifft(f[1], log_n);
    impl->multiply(f[2], f[0], log_n);
    impl->split(f[3], f[3] + half_n, f[2], log_n);
    impl->merge(f[4], f[1], f[1] + half_n, log_n);
    impl->shift(f[5], f[0], f[1], f[2], f[4], log_n);
}

static void test_real_implementations(void **state)
{
    (void)state;
    for (int level = 1; level <= (int)cpu_supported(); level++) {
        for (unsigned log_n = 1; log_n <= 10; log_n++) {
            for (unsigned i = 0; i < 6; i++)
                fill_real(real[i], FALCON_MAX_N);
            memcpy(expected_real, real, sizeof(real));
            take_steps(&falcon_portable, expected_real, log_n);
            take_steps(falcon_impl_for((enum cpu_level)level), real, log_n);
            assert_memory_equal(real, expected_real, sizeof(real));
        }
    }
}

/* What goes in comes out, but for rounding. */
static void test_real_round_trips(void **state)
{
    (void)state;
    for (int level = 0; level <= (int)cpu_supported(); level++) {
        const struct falcon_impl *impl = falcon_impl_for((enum cpu_level)level);
        for (unsigned log_n = 1; log_n <= 10; log_n++) {
            const unsigned n = 1u << log_n;
            for (unsigned j = 0; j < n; j++)
                real[0][j] = expected_real[0][j] = fpr_of((int64_t)random_below(2000) - 1000);
            impl->fft(real[0], log_n);
            impl->split(real[1], real[1] + n / 2, real[0], log_n);
            impl->merge(real[2], real[1], real[1] + n / 2, log_n);
            impl->ifft(real[2], log_n);
            for (unsigned j = 0; j < n; j++)
                assert_true(fpr_round(real[2][j]) == fpr_round(expected_real[0][j]));
        }
    }
}

static void start_noise(struct falcon_noise *noise, const struct falcon_impl *impl, uint8_t number)
{
    struct keccak seed;

    shake256_init(&seed);
    keccak_absorb(&seed, &number, 1);
    falcon_noise_init(noise, &seed, impl->fill);
}

/* The same noise gives the same samples: enough of them for all that is rare. */
static void test_sampler_implementations(void **state)
{
    static struct falcon_noise noise, expected_noise;
    const fpr step = fpr_from_bits(0x3f50000000000000); /* 2^-10 */
    const fpr sigma_min = fpr_from_bits(falcon_params(FALCON_512)->sigma_min_bits);

    (void)state;
    for (int level = 1; level <= (int)cpu_supported(); level++) {
        const struct falcon_impl *impl = falcon_impl_for((enum cpu_level)level);
        start_noise(&noise, impl, 1);
        start_noise(&expected_noise, &falcon_portable, 1);
        assert_memory_equal(noise.sk_bytes, expected_noise.sk_bytes, FALCON_NOISE_BLOCK_LEN);
        for (unsigned i = 0; i < 500000; i++) {
            fpr mu = fpr_mul(fpr_of((int64_t)random_below(1 << 20) - (1 << 19)), step);
            /* 1 / sigma from 0.58 to 0.78 */
            fpr inverse = fpr_mul(fpr_of(594 + random_below(200)), step);
            int z = impl->sample(&noise, mu, inverse, sigma_min);
            assert_int_equal(z, falcon_portable_sample(&expected_noise, mu, inverse, sigma_min));
        }
    }
}

/* ------------------------------------------------------------------ encodings */

static size_t encode(uint8_t *out, const struct falcon_params *params, enum falcon_format format,
                     const int16_t *s2)
{
    return falcon_encode_s2(out, params->sizes.sig_len[format] - FALCON_SIG_HEAD_LEN, params,
                            format, s2);
}

static void test_s2_round_trip(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct falcon_params *params = falcon_params(sets[i]);
        for (int format = 0; format < FALCON_NUM_FORMATS; format++) {
            int16_t s2[FALCON_MAX_N], again[FALCON_MAX_N];
            uint8_t bytes[FALCON_MAX_SIG_LEN];
            for (unsigned j = 0; j < params->n; j++)
                s2[j] = (int16_t)((int)random_below(255) - 127);
            s2[3] = FALCON_MAX_S2;
            s2[4] = -FALCON_MAX_S2;
            size_t len = encode(bytes, params, (enum falcon_format)format, s2);
            assert_true(len > 0);
            assert_true(
                falcon_decode_s2(again, params, (enum falcon_format)format, span(bytes, len)));
            assert_memory_equal(again, s2, params->n * sizeof(s2[0]));
            s2[4] = -FALCON_MAX_S2 - 1;
            assert_int_equal(encode(bytes, params, (enum falcon_format)format, s2), 0);
        }
    }
}

static void test_s2_without_room(void **state)
{
    const struct falcon_params *params = falcon_params(FALCON_512);
    int16_t s2[FALCON_MAX_N];
    uint8_t bytes[FALCON_MAX_SIG_LEN];

    (void)state;
    for (unsigned j = 0; j < params->n; j++)
        s2[j] = 300;
    assert_int_equal(encode(bytes, params, FALCON_PADDED, s2), 0);
    assert_int_equal(encode(bytes, params, FALCON_COMPRESSED, s2), 512 * 11 / 8);
    assert_int_equal(falcon_encode_s2(bytes, 512 * 11 / 8 - 1, params, FALCON_COMPRESSED, s2), 0);
    assert_int_equal(falcon_encode_s2(bytes, 512 * 12 / 8 - 1, params, FALCON_CT, s2), 0);
}

/* All zero: each coefficient is 0 0000000 1, nine bits. */
static void zeros_compressed(uint8_t *bytes, const struct falcon_params *params)
{
    memset(bytes, 0, params->n * 9 / 8);
    for (unsigned j = 0; j < params->n; j++)
        bytes[(9 * j + 8) / 8] |= (uint8_t)(128 >> (9 * j + 8) % 8);
}

static void test_s2_not_canonical(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct falcon_params *params = falcon_params(sets[i]);
        const size_t len = params->n * 9 / 8;
        const size_t padded_len = params->sizes.sig_len[FALCON_PADDED] - FALCON_SIG_HEAD_LEN;
        uint8_t bytes[FALCON_MAX_SIG_LEN] = {0};
        int16_t s2[FALCON_MAX_N];
        zeros_compressed(bytes, params);
        assert_true(falcon_decode_s2(s2, params, FALCON_COMPRESSED, span(bytes, len)));
        assert_true(falcon_decode_s2(s2, params, FALCON_PADDED, span(bytes, padded_len)));
        /* A byte too few, a byte too many. */
        assert_false(falcon_decode_s2(s2, params, FALCON_COMPRESSED, span(bytes, len - 1)));
        assert_false(falcon_decode_s2(s2, params, FALCON_COMPRESSED, span(bytes, len + 1)));
        /* Padding that is not zero. */
        bytes[padded_len - 1] = 1;
        assert_false(falcon_decode_s2(s2, params, FALCON_PADDED, span(bytes, padded_len)));
        bytes[padded_len - 1] = 0;
        bytes[len] = 128;
        assert_false(falcon_decode_s2(s2, params, FALCON_PADDED, span(bytes, padded_len)));
        bytes[len] = 0;
        /* Minus zero. */
        bytes[0] |= 128;
        assert_false(falcon_decode_s2(s2, params, FALCON_COMPRESSED, span(bytes, len)));
        /* A coefficient above FALCON_MAX_S2: sixteen zeros before the one. */
        memset(bytes, 0, sizeof(bytes));
        bytes[3] = 128;
        assert_false(falcon_decode_s2(s2, params, FALCON_PADDED, span(bytes, padded_len)));
    }
}

static void test_s2_last_bits(void **state)
{
    const struct falcon_params *params = falcon_params(FALCON_512);
    int16_t s2[FALCON_MAX_N] = {128}; /* one bit more than the others */
    uint8_t bytes[FALCON_MAX_SIG_LEN];
    size_t len = encode(bytes, params, FALCON_COMPRESSED, s2);

    (void)state;
    assert_int_equal(len, 512 * 9 / 8 + 1);
    for (unsigned bit = 0; bit < 7; bit++) {
        bytes[len - 1] ^= (uint8_t)(1 << bit);
        assert_false(falcon_decode_s2(s2, params, FALCON_COMPRESSED, span(bytes, len)));
        bytes[len - 1] ^= (uint8_t)(1 << bit);
    }
    assert_true(falcon_decode_s2(s2, params, FALCON_COMPRESSED, span(bytes, len)));
}

static void test_s2_fixed_minimum(void **state)
{
    const struct falcon_params *params = falcon_params(FALCON_512);
    uint8_t bytes[FALCON_MAX_SIG_LEN] = {0x80, 0x10};
    int16_t s2[FALCON_MAX_N];

    (void)state;
    assert_true(falcon_decode_s2(s2, params, FALCON_CT, span(bytes, 768)));
    assert_int_equal(s2[0], -2047);
    bytes[1] = 0;
    assert_false(falcon_decode_s2(s2, params, FALCON_CT, span(bytes, 768)));
}

static void test_public_key(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_SETS; i++) {
        const struct falcon_params *params = falcon_params(sets[i]);
        struct falcon_public *pub = aligned_alloc(FALCON_ALIGN, 8192);
        uint8_t pk[FALCON_MAX_PK_LEN] = {(uint8_t)params->log_n}, again[FALCON_MAX_PK_LEN];
        const size_t len = params->sizes.pk_len;
        int16_t h[FALCON_MAX_N];
        for (unsigned j = 0; j < params->n; j++)
            h[j] = (int16_t)random_below(FALCON_Q);
        h[params->n - 1] = FALCON_Q - 1;
        falcon_encode_pk(pk + 1, params, h);
        assert_true(falcon_decode_pk(h, params, pk + 1));
        falcon_encode_pk(again + 1, params, h);
        assert_memory_equal(again + 1, pk + 1, len - 1);
        assert_int_equal(falcon_public_init(pub, sets[i], span(pk, len)), PQHW_OK);
        assert_int_equal(falcon_public_init(pub, sets[i], span(pk, len - 1)), PQHW_DATA_LEN_RANGE);
        assert_int_equal(falcon_public_init(pub, sets[1 - i], span(pk, len)), PQHW_DATA_LEN_RANGE);
        pk[0] ^= 1;
        assert_int_equal(falcon_public_init(pub, sets[i], span(pk, len)), PQHW_DATA_INVALID);
        pk[0] ^= 1;
        h[params->n - 1] = FALCON_Q; /* not reduced */
        falcon_encode_pk(pk + 1, params, h);
        assert_int_equal(falcon_public_init(pub, sets[i], span(pk, len)), PQHW_DATA_INVALID);
        free(pub);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reduction),
        cmocka_unit_test(test_multiplication),
        cmocka_unit_test(test_zetas),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_real_implementations),
        cmocka_unit_test(test_real_round_trips),
        cmocka_unit_test(test_sampler_implementations),
        cmocka_unit_test(test_s2_round_trip),
        cmocka_unit_test(test_s2_without_room),
        cmocka_unit_test(test_s2_not_canonical),
        cmocka_unit_test(test_s2_last_bits),
        cmocka_unit_test(test_s2_fixed_minimum),
        cmocka_unit_test(test_public_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
