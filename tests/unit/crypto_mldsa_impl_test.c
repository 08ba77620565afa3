/* SPDX-License-Identifier: Apache-2.0
 *
 * Each implementation of the arithmetic that this CPU can run, against the definitions of FIPS 204.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/mldsa/challenge.h"

#define Q MLDSA_Q

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

/* Odd coefficients are given as the negative number that is congruent. */
static void check_rounding(const struct mldsa_impl *impl, const struct mldsa_params *params,
                           int32_t start)
{
    struct mldsa_poly w, w1, w0, hinted;
    uint8_t hint[MLDSA_HINT_LEN];
    for (unsigned j = 0; j < MLDSA_N; j++) {
        w.coeff[j] = start + (int32_t)j < Q ? start + (int32_t)j : Q - 1;
        if (j % 2 != 0 && w.coeff[j] != 0)
            w.coeff[j] -= Q;
    }
    memset(hint, 0xee, sizeof(hint)); /* three of four */
    impl->decompose(params, &w1, &w0, &w);
    hinted = w;
    impl->use_hint(params, &hinted, hint);
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int64_t high, low;
        reference_decompose(&high, &low, mod(w.coeff[j], Q), params->gamma2);
        if (w1.coeff[j] != high || w0.coeff[j] != low)
            fail_msg("decompose(%d)", w.coeff[j]);
        if (j % 4 != 0)
            high = reference_use_hint(high, low, params->gamma2);
        if (hinted.coeff[j] != high)
            fail_msg("use_hint(%d)", w.coeff[j]);
    }
}

static void test_decompose_all(void **state)
{
    const struct mldsa_impl *impl = *state;
    /* Steps of 255 move the pattern of hints along. */
    for (int32_t start = 0; start < Q; start += MLDSA_N - 1) {
        check_rounding(impl, mldsa_params(MLDSA_44), start);
        check_rounding(impl, mldsa_params(MLDSA_65), start);
    }
}

static void test_power2round_all(void **state)
{
    const struct mldsa_impl *impl = *state;
    struct mldsa_poly t, t1, t0;
    for (int32_t start = 1 - Q; start < Q; start += MLDSA_N) {
        for (unsigned j = 0; j < MLDSA_N; j++)
            t.coeff[j] = start + (int32_t)j < Q ? start + (int32_t)j : Q - 1;
        impl->power2round(&t1, &t0, &t);
        for (unsigned j = 0; j < MLDSA_N; j++) {
            int64_t x = mod(t.coeff[j], Q);
            int64_t low = centered(x, 1 << MLDSA_D);
            if (t0.coeff[j] != low || t1.coeff[j] != (x - low) >> MLDSA_D)
                fail_msg("power2round(%d)", t.coeff[j]);
        }
    }
}

/* Around each border of the high bits, a hint is made exactly if adding z changes them. */
static void check_make_hint(const struct mldsa_impl *impl, const struct mldsa_params *params,
                            int64_t r, int64_t z)
{
    struct mldsa_poly w1 = {{0}}, low = {{0}};
    uint8_t hint[MLDSA_HINT_LEN];
    int64_t r1, r0, sum1, sum0;
    reference_decompose(&r1, &r0, r, params->gamma2);
    reference_decompose(&sum1, &sum0, mod(r + z, Q), params->gamma2);
    w1.coeff[9] = (int32_t)r1;
    low.coeff[9] = (int32_t)(r0 + z);
    assert_int_equal(impl->make_hint(params, hint, &w1, &low), r1 != sum1);
    for (unsigned j = 0; j < MLDSA_N; j++)
        assert_int_equal(hint[j / 8] >> j % 8 & 1, j == 9 && r1 != sum1);
}

static void test_make_hint(void **state)
{
    const struct mldsa_impl *impl = *state;
    static const enum mldsa_set sets[] = {MLDSA_44, MLDSA_65};
    for (unsigned i = 0; i < 2; i++) {
        const struct mldsa_params *params = mldsa_params(sets[i]);
        for (int64_t high = 0; high < params->num_high; high++) {
            int64_t r = mod(high * 2 * params->gamma2 + 5, Q);
            for (int64_t d = -8; d <= 8; d++) {
                check_make_hint(impl, params, r, params->gamma2 - 5 + d);
                check_make_hint(impl, params, r, -params->gamma2 - 5 + d);
            }
        }
    }
}

static void test_norm(void **state)
{
    const struct mldsa_impl *impl = *state;
    struct mldsa_poly p = {{0}};
    assert_int_equal(impl->norm_exceeds(&p, 1), 0);
    for (unsigned j = 0; j < MLDSA_N; j += 51) {
        p.coeff[j] = 99;
        assert_int_equal(impl->norm_exceeds(&p, 100), 0);
        p.coeff[j] = 100;
        assert_int_equal(impl->norm_exceeds(&p, 100), UINT32_MAX);
        p.coeff[j] = -99;
        assert_int_equal(impl->norm_exceeds(&p, 100), 0);
        p.coeff[j] = -100;
        assert_int_equal(impl->norm_exceeds(&p, 100), UINT32_MAX);
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
    const struct mldsa_impl *impl = *state;
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
        for (unsigned j = 0; j < MLDSA_N; j++) {
            assert_in_range(product.coeff[j] + Q, 1, 2 * Q - 1);
            assert_int_equal(mod(product.coeff[j], Q), mod(expected[j], Q));
        }
    }
}

/* The largest coefficients that the bounds in poly.h allow must not overflow. */
static void test_ntt_bounds(void **state)
{
    const struct mldsa_impl *impl = *state;
    static struct mldsa_poly a[8], b[8];
    struct mldsa_poly out;
    int64_t sum = mod(8 * mod((int64_t)(Q - 1) * (10 * (int64_t)Q - 1), Q), Q);
    for (unsigned i = 0; i < 8; i++) {
        for (unsigned j = 0; j < MLDSA_N; j++) {
            a[i].coeff[j] = Q - 1;
            b[i].coeff[j] = 10 * Q - 1;
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
        assert_in_range((int64_t)out.coeff[j] + 10 * Q, 1, 20 * (int64_t)Q - 1);
}

/* c s by the definition, for every kind of challenge, and the norm at its edges. */
static void test_add_product(void **state)
{
    const struct mldsa_impl *impl = *state;
    uint32_t random = 3;
    for (unsigned round = 0; round < 60; round++) {
        const struct mldsa_params *params = mldsa_params((enum mldsa_set)(round % 3));
        uint8_t seed[MLDSA_MAX_CHALLENGE] = {(uint8_t)round};
        struct mldsa_challenge c;
        struct mldsa_poly c_poly, s, p, sum;
        struct mldsa_short s_short;
        int64_t expected[MLDSA_N], norm = 0;
        mldsa_sample_balls(&(struct mldsa_ball){params, seed, &c}, 1, NULL);
        mldsa_challenge_expand(&c_poly, &c);
        random_poly(&s, &random, params->eta + 1);
        for (unsigned j = 0; j < MLDSA_N && round < 6; j++)
            s.coeff[j] = round < 3 ? params->eta : -params->eta;
        mldsa_short_from(&s_short, &s, false);
        random_poly(&p, &random, params->gamma1);
        schoolbook(expected, &c_poly, &s);
        for (unsigned j = 0; j < MLDSA_N; j++) {
            expected[j] += p.coeff[j];
            norm = llabs(expected[j]) > norm ? llabs(expected[j]) : norm;
        }
        sum = p;
        assert_int_equal(impl->add_product(&sum, &c, &s_short, (int32_t)norm + 1), 0);
        for (unsigned j = 0; j < MLDSA_N; j++)
            assert_int_equal(sum.coeff[j], expected[j]);
        sum = p;
        assert_int_equal(impl->add_product(&sum, &c, &s_short, (int32_t)norm), UINT32_MAX);
        mldsa_short_from(&s_short, &s, true);
        sum = p;
        (void)impl->add_product(&sum, &c, &s_short, 1);
        for (unsigned j = 0; j < MLDSA_N; j++)
            assert_int_equal(sum.coeff[j], 2 * (int64_t)p.coeff[j] - expected[j]);
    }
}

static void test_center(void **state)
{
    (void)state;
    struct mldsa_poly p;
    for (int32_t start = 1 - Q; start < Q; start += MLDSA_N) {
        for (unsigned j = 0; j < MLDSA_N; j++)
            p.coeff[j] = start + (int32_t)j < Q ? start + (int32_t)j : Q - 1;
        mldsa_poly_center(&p);
        for (unsigned j = 0; j < MLDSA_N; j++) {
            int32_t x = start + (int32_t)j < Q ? start + (int32_t)j : Q - 1;
            if (p.coeff[j] != centered(x, Q))
                fail_msg("center(%d)", x);
        }
    }
}

static void test_pack(void **state)
{
    const struct mldsa_impl *impl = *state;
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
        impl->pack(bytes, &p, widths[i]);
        assert_int_equal(bytes[len], 0xa5);
        for (unsigned bit = 0; bit < 8 * len; bit++) {
            int32_t coeff = p.coeff[bit / widths[i]];
            assert_int_equal(bytes[bit / 8] >> bit % 8 & 1, coeff >> bit % widths[i] & 1);
        }
        impl->unpack(&back, bytes, widths[i]);
        assert_memory_equal(&back, &p, sizeof(p));
    }
}

int main(void)
{
    int failed = 0;

    for (unsigned level = CPU_PORTABLE; level <= (unsigned)cpu_supported(); level++) {
        const struct mldsa_impl *impl = mldsa_impl_for((enum cpu_level)level);
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_prestate(test_decompose_all, (void *)(uintptr_t)impl),
            cmocka_unit_test_prestate(test_power2round_all, (void *)(uintptr_t)impl),
            cmocka_unit_test_prestate(test_make_hint, (void *)(uintptr_t)impl),
            cmocka_unit_test_prestate(test_norm, (void *)(uintptr_t)impl),
            cmocka_unit_test_prestate(test_ntt_multiplies, (void *)(uintptr_t)impl),
            cmocka_unit_test_prestate(test_ntt_bounds, (void *)(uintptr_t)impl),
            cmocka_unit_test_prestate(test_add_product, (void *)(uintptr_t)impl),
            cmocka_unit_test_prestate(test_center, (void *)(uintptr_t)impl),
            cmocka_unit_test_prestate(test_pack, (void *)(uintptr_t)impl),
        };
        failed += cmocka_run_group_tests_name(impl->name, tests, NULL, NULL);
    }
    return failed;
}
