/* SPDX-License-Identifier: Apache-2.0
 *
 * Each SIMD implementation that this CPU can run gives the very bytes that portable C gives, on
 * random inputs and on the extremes of what poly.h allows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/mldsa/challenge.h"
#include "random_cases.h"

#define Q          MLDSA_Q
#define NUM_ROUNDS 20000

static uint64_t random_state;
static unsigned num_rounds;

static uint32_t random_u32(void)
{
    return (uint32_t)(random_cases_next(&random_state) >> 32);
}

/* -bound < x < bound; now and then all coefficients are one of the extremes. */
static void random_poly(struct mldsa_poly *p, int32_t bound)
{
    uint32_t extremes = random_u32() % 8;
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int32_t x = (int32_t)((uint64_t)random_u32() * (2 * (uint64_t)bound - 1) >> 32) - bound + 1;
        if (extremes == 0 || (extremes == 1 && random_u32() % 8 == 0))
            x = random_u32() % 2 ? bound - 1 : 1 - bound;
        p->coeff[j] = x;
    }
}

static void random_bytes(uint8_t *out, size_t len)
{
    for (size_t n = 0; n < len; n++)
        out[n] = (uint8_t)random_u32();
}

static const struct mldsa_params *random_params(void)
{
    return mldsa_params((enum mldsa_set)(random_u32() % 3));
}

static void assert_same(const struct mldsa_poly *a, const struct mldsa_poly *b)
{
    assert_memory_equal(a, b, sizeof(*a));
}

static void test_ntt(void **state)
{
    const struct mldsa_impl *impl = *state;
    for (unsigned round = 0; round < 10 * num_rounds; round++) {
        struct mldsa_poly a, b;
        random_poly(&a, Q + 1);
        b = a;
        mldsa_portable.ntt(&a);
        impl->ntt(&b);
        assert_same(&a, &b);
        random_poly(&a, Q);
        b = a;
        mldsa_portable.intt(&a);
        impl->intt(&b);
        assert_same(&a, &b);
    }
}

static void test_pointwise_acc(void **state)
{
    const struct mldsa_impl *impl = *state;
    for (unsigned round = 0; round < num_rounds / 8; round++) {
        static struct mldsa_poly a[8], b[8];
        struct mldsa_poly expected, out;
        unsigned num = random_u32() % 8 + 1;
        for (unsigned i = 0; i < num; i++) {
            random_poly(&a[i], Q);
            random_poly(&b[i], 10 * Q);
        }
        mldsa_portable.pointwise_acc(&expected, a, b, num);
        impl->pointwise_acc(&out, a, b, num);
        assert_same(&expected, &out);
    }
}

static void test_add_product(void **state)
{
    const struct mldsa_impl *impl = *state;
    for (unsigned round = 0; round < num_rounds / 4; round++) {
        const struct mldsa_params *params = random_params();
        uint8_t seed[MLDSA_MAX_CHALLENGE];
        struct mldsa_challenge c;
        struct mldsa_poly s, a, b;
        struct mldsa_short s_short;
        int32_t bound = (int32_t)(random_u32() % (1 << 17)) + (1 << 19) - (1 << 16);
        random_bytes(seed, sizeof(seed));
        mldsa_sample_balls(&(struct mldsa_ball){params, seed, &c}, 1, NULL);
        random_poly(&s, params->eta + 1);
        mldsa_short_from(&s_short, &s, round % 2 != 0);
        random_poly(&a, 1 << 19);
        b = a;
        assert_int_equal(mldsa_portable.add_product(&a, &c, &s_short, bound),
                         impl->add_product(&b, &c, &s_short, bound));
        assert_same(&a, &b);
    }
}

static void test_rounding(void **state)
{
    const struct mldsa_impl *impl = *state;
    for (unsigned round = 0; round < num_rounds / 4; round++) {
        const struct mldsa_params *params = random_params();
        struct mldsa_poly w, high_a, high_b, low_a, low_b;
        uint8_t hint[MLDSA_HINT_LEN], hint_b[MLDSA_HINT_LEN];
        random_poly(&w, Q);
        mldsa_portable.power2round(&high_a, &low_a, &w);
        impl->power2round(&high_b, &low_b, &w);
        assert_same(&high_a, &high_b);
        assert_same(&low_a, &low_b);
        mldsa_portable.decompose(params, &high_a, &low_a, &w);
        impl->decompose(params, &high_b, &low_b, &w);
        assert_same(&high_a, &high_b);
        assert_same(&low_a, &low_b);
        random_poly(&low_a, 2 * params->gamma2);
        for (unsigned j = 0; j < MLDSA_N; j += random_u32() % 8 + 1)
            low_a.coeff[j] = random_u32() % 2 ? params->gamma2 : -params->gamma2;
        assert_int_equal(mldsa_portable.make_hint(params, hint, &high_a, &low_a),
                         impl->make_hint(params, hint_b, &high_a, &low_a));
        assert_memory_equal(hint, hint_b, sizeof(hint));
        random_bytes(hint, sizeof(hint));
        high_a = w;
        mldsa_portable.use_hint(params, &high_a, hint);
        impl->use_hint(params, &w, hint);
        assert_same(&high_a, &w);
    }
}

static void test_norm(void **state)
{
    const struct mldsa_impl *impl = *state;
    for (unsigned round = 0; round < num_rounds; round++) {
        struct mldsa_poly p;
        int32_t bound = (int32_t)(random_u32() % 1000) + 1;
        uint32_t expected = round % 2 != 0 ? UINT32_MAX : 0;
        random_poly(&p, bound);
        if (round % 2 != 0)
            p.coeff[random_u32() % MLDSA_N] = random_u32() % 2 ? bound : -bound;
        assert_int_equal(mldsa_portable.norm_exceeds(&p, bound), expected);
        assert_int_equal(impl->norm_exceeds(&p, bound), expected);
    }
}

/* Bytes behind the output, which must stay as they are. */
#define GUARD 64

static void test_pack(void **state)
{
    const struct mldsa_impl *impl = *state;
    static const unsigned widths[] = {3, 4, 6, 10, 13, 18, 20};
    for (unsigned round = 0; round < num_rounds / 2; round++) {
        unsigned bits = widths[round % 7];
        size_t len = mldsa_packed_len(bits);
        int32_t top = (int32_t)(random_u32() % (1u << bits));
        uint8_t expected[MLDSA_MAX_Z_LEN + GUARD], out[MLDSA_MAX_Z_LEN + GUARD];
        struct mldsa_poly p, a, b;
        for (unsigned j = 0; j < MLDSA_N; j++)
            p.coeff[j] = (int32_t)(random_u32() % (1u << bits));
        memset(expected, 0xa5, sizeof(expected));
        memset(out, 0xa5, sizeof(out));
        mldsa_portable.pack(expected, &p, bits);
        impl->pack(out, &p, bits);
        assert_memory_equal(expected, out, sizeof(out));
        mldsa_portable.unpack(&a, expected, bits);
        impl->unpack(&b, expected, bits);
        assert_same(&a, &b);
        assert_same(&a, &p);
        mldsa_portable.unpack_from(&a, expected, bits, top);
        impl->unpack_from(&b, expected, bits, top);
        assert_same(&a, &b);
        memset(out, 0xa5, sizeof(out));
        impl->pack_from(out, &a, bits, top);
        assert_memory_equal(expected, out, len + GUARD);
    }
}

/* From any number of coefficients on, with bytes that are more often rejected than random ones. */
static void test_accept_uniform(void **state)
{
    const struct mldsa_impl *impl = *state;
    for (unsigned round = 0; round < num_rounds / 2; round++) {
        uint64_t lane[KECCAK_LANES];
        uint8_t *in = (uint8_t *)lane;
        unsigned num = random_u32() % MLDSA_N, num_tight = random_u32() % 40, num_a, num_b;
        struct mldsa_poly a, b;
        random_bytes(in, sizeof(lane));
        for (unsigned n = 0; n < num_tight; n++) {
            /* q - 3 … q + 4, and the bit that does not count */
            uint32_t x = (uint32_t)Q - 3 + random_u32() % 8;
            uint8_t *to = in + random_u32() % (SHAKE128_RATE / 3) * 3;
            to[0] = (uint8_t)x;
            to[1] = (uint8_t)(x >> 8);
            to[2] = (uint8_t)(x >> 16 | (random_u32() & 0x80));
        }
        memset(&a, 0x77, sizeof(a));
        memset(&b, 0x77, sizeof(b));
        num_a = mldsa_portable.accept_uniform(&a, num, lane);
        num_b = impl->accept_uniform(&b, num, lane);
        assert_int_equal(num_a, num_b);
        assert_same(&a, &b);
    }
}

static void test_accept_eta(void **state)
{
    const struct mldsa_impl *impl = *state;
    for (unsigned round = 0; round < num_rounds / 2; round++) {
        uint64_t lane[KECCAK_LANES];
        unsigned num = random_u32() % MLDSA_N, num_a, num_b;
        int32_t eta = random_u32() % 2 ? 2 : 4;
        struct mldsa_poly a, b;
        random_bytes((uint8_t *)lane, sizeof(lane));
        memset(&a, 0x77, sizeof(a));
        memset(&b, 0x77, sizeof(b));
        num_a = mldsa_portable.accept_eta(&a, num, eta, lane);
        num_b = impl->accept_eta(&b, num, eta, lane);
        assert_int_equal(num_a, num_b);
        assert_memory_equal(a.coeff, b.coeff, num_a * sizeof(a.coeff[0]));
        for (unsigned i = num_b + 8; i < MLDSA_N; i++)
            assert_int_equal(b.coeff[i], 0x77777777);
    }
}

int main(void)
{
    int failed = 0;

    random_state = random_cases_seed();
    num_rounds = NUM_ROUNDS * (unsigned)random_cases_factor();
    for (unsigned level = CPU_PORTABLE + 1; level <= (unsigned)cpu_supported(); level++) {
        void *impl = (void *)(uintptr_t)mldsa_impl_for((enum cpu_level)level);
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_prestate(test_ntt, impl),
            cmocka_unit_test_prestate(test_pointwise_acc, impl),
            cmocka_unit_test_prestate(test_add_product, impl),
            cmocka_unit_test_prestate(test_rounding, impl),
            cmocka_unit_test_prestate(test_norm, impl),
            cmocka_unit_test_prestate(test_pack, impl),
            cmocka_unit_test_prestate(test_accept_uniform, impl),
            cmocka_unit_test_prestate(test_accept_eta, impl),
        };
        failed +=
            cmocka_run_group_tests_name(cpu_level_name((enum cpu_level)level), tests, NULL, NULL);
    }
    return failed;
}
