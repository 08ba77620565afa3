/* SPDX-License-Identifier: Apache-2.0
 *
 * Every implementation of ML-KEM's parts that this CPU can run against portable C: on random
 * polynomials, and at the bounds of what each part accepts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/mlkem/impl.h"
#include "random_cases.h"

#define NUM_CASES 20000
#define GUARD     32 /* bytes behind an output that must stay as they are */

static uint64_t seed;
static unsigned num_cases; /* of each part and implementation */

static uint64_t next_random(void)
{
    return random_cases_next(&seed);
}

static void random_bytes(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)next_random();
}

/* Coefficients from -bound to bound; in one case of eight those two alone. */
static void random_poly(struct mlkem_poly *p, int bound)
{
    const bool extreme = next_random() % 8 == 0;

    for (unsigned i = 0; i < MLKEM_N; i++) {
        const int range = extreme ? 2 : 2 * bound + 1;
        const int x = (int)(next_random() % (uint64_t)range);

        p->coeff[i] = (int16_t)(extreme ? (x == 0 ? -bound : bound) : x - bound);
    }
}

static void expect_congruent(const struct mlkem_poly *a, const struct mlkem_poly *b)
{
    for (unsigned i = 0; i < MLKEM_N; i++) {
        assert_true(a->coeff[i] > -MLKEM_Q && a->coeff[i] < MLKEM_Q);
        assert_int_equal((a->coeff[i] - b->coeff[i]) % MLKEM_Q, 0);
    }
}

#define FOR_EACH_CASE(impl)                                                                        \
    for (int level = 1; level <= (int)cpu_supported(); level++)                                    \
        for (unsigned n = 0; n < num_cases; n++)                                                   \
            for (const struct mlkem_impl *impl = mlkem_impl_for((enum cpu_level)level);            \
                 impl != NULL; impl = NULL)

static void test_ntt(void **state)
{
    (void)state;
    FOR_EACH_CASE(impl)
    {
        struct mlkem_poly a;
        struct mlkem_poly b;

        random_poly(&a, MLKEM_Q);
        b = a;
        impl->ntt(&a);
        mlkem_portable_ntt(&b);
        expect_congruent(&a, &b);

        random_poly(&a, MLKEM_Q - 1);
        b = a;
        impl->intt(&a);
        mlkem_portable_intt(&b);
        expect_congruent(&a, &b);
    }
}

static void test_products(void **state)
{
    (void)state;
    FOR_EACH_CASE(impl)
    {
        const unsigned num = 1 + n % MLKEM_MAX_K;
        struct mlkem_poly a[2 * MLKEM_MAX_K];
        struct mlkem_poly b;
        struct mlkem_factor f[MLKEM_MAX_K];
        struct mlkem_factor g[MLKEM_MAX_K];
        struct mlkem_poly product[2];

        for (unsigned i = 0; i < num; i++) {
            random_poly(&a[2 * i], MLKEM_Q - 1);
            random_poly(&b, MLKEM_Q - 1);
            impl->factor(&f[i], &b);
            mlkem_portable_factor(&g[i], &b);
            expect_congruent(&f[i].straight, &g[i].straight);
            expect_congruent(&f[i].crossed, &g[i].crossed);
        }
        impl->basemul_acc(&product[0], a, 2, f, num);
        mlkem_portable_basemul_acc(&product[1], a, 2, g, num);
        expect_congruent(&product[0], &product[1]);

        random_poly(&b, MLKEM_Q - 1);
        impl->scale_add(&product[0], &b);
        mlkem_portable_scale_add(&product[1], &b);
        assert_memory_equal(&product[0], &product[1], sizeof(b));
    }
}

static void test_canonical_and_encoding(void **state)
{
    (void)state;
    FOR_EACH_CASE(impl)
    {
        struct mlkem_poly p;
        struct mlkem_poly q;
        uint8_t a[MLKEM_POLY_LEN + GUARD] = {0};
        uint8_t b[MLKEM_POLY_LEN + GUARD] = {0};

        random_poly(&p, MLKEM_Q - 1);
        q = p;
        impl->canonical(&p);
        mlkem_portable_canonical(&q);
        assert_memory_equal(&p, &q, sizeof(p));

        impl->encode(a, &p);
        mlkem_portable_encode(b, &q);
        assert_memory_equal(a, b, sizeof(a));
        if (n % 2 == 0) /* else canonical */
            random_bytes(a, MLKEM_POLY_LEN);
        if (n % 4 == 1) /* q, somewhere */
            q.coeff[n % MLKEM_N] = MLKEM_Q;
        if (n % 4 == 1)
            mlkem_portable_encode(a, &q);
        assert_int_equal(impl->decode(&p, a), mlkem_portable_decode(&q, a));
        assert_memory_equal(&p, &q, sizeof(p));
    }
}

static void test_compression(void **state)
{
    static const unsigned ds[] = {4, 5, 10, 11};

    (void)state;
    FOR_EACH_CASE(impl)
    {
        const unsigned d = ds[n % 4];
        struct mlkem_poly p;
        struct mlkem_poly e;
        uint8_t a[32 * 11 + GUARD] = {0};
        uint8_t b[32 * 11 + GUARD] = {0};

        random_poly(&p, 20000);
        random_poly(&e, 12767);
        impl->compress(a, &p, &e, d);
        mlkem_portable_compress(b, &p, &e, d);
        assert_memory_equal(a, b, sizeof(a));

        random_bytes(a, 32 * d);
        impl->decompress(&p, a, d);
        mlkem_portable_decompress(&e, a, d);
        assert_memory_equal(&p, &e, sizeof(p));
    }
}

/* Each int16_t that a sum can be, through each compression. */
static void test_compression_of_everything(void **state)
{
    static const unsigned ds[] = {4, 5, 10, 11};
    static const struct mlkem_poly zero;

    (void)state;
    for (int level = 1; level <= (int)cpu_supported(); level++) {
        const struct mlkem_impl *impl = mlkem_impl_for((enum cpu_level)level);

        for (int first = INT16_MIN; first <= INT16_MAX; first += MLKEM_N) {
            struct mlkem_poly p;
            uint8_t a[32 * 11];
            uint8_t b[32 * 11];

            for (int i = 0; i < MLKEM_N; i++)
                p.coeff[i] = (int16_t)(first + i);
            for (size_t i = 0; i < sizeof(ds) / sizeof(ds[0]); i++) {
                impl->compress(a, &p, &zero, ds[i]);
                mlkem_portable_compress(b, &p, &zero, ds[i]);
                assert_memory_equal(a, b, 32 * ds[i]);
            }
            impl->to_message(a, &p, &zero);
            mlkem_portable_to_message(b, &p, &zero);
            assert_memory_equal(a, b, MLKEM_M_LEN);
        }
    }
}

static void test_messages(void **state)
{
    (void)state;
    FOR_EACH_CASE(impl)
    {
        struct mlkem_poly p;
        struct mlkem_poly q;
        struct mlkem_poly w;
        uint8_t m[MLKEM_M_LEN + GUARD] = {0};
        uint8_t back[MLKEM_M_LEN + GUARD] = {0};

        random_poly(&p, 30000);
        q = p;
        random_bytes(m, MLKEM_M_LEN);
        impl->add_message(&p, m);
        mlkem_portable_add_message(&q, m);
        assert_memory_equal(&p, &q, sizeof(p));

        random_poly(&p, 16000);
        random_poly(&w, 16000);
        memset(m, 0, sizeof(m));
        impl->to_message(m, &p, &w);
        mlkem_portable_to_message(back, &p, &w);
        assert_memory_equal(m, back, sizeof(m));
    }
}

static void test_sampling(void **state)
{
    (void)state;
    FOR_EACH_CASE(impl)
    {
        const unsigned eta = 2 + n % 2;
        uint64_t lanes[3 * MLKEM_ETA_LANES];
        struct mlkem_poly p;
        struct mlkem_poly q;

        for (unsigned i = 0; i < 3 * MLKEM_ETA_LANES; i++)
            lanes[i] = next_random();
        impl->cbd(&p, lanes, eta);
        mlkem_portable_cbd(&q, lanes, eta);
        assert_memory_equal(&p, &q, sizeof(p));
    }
}

/* From every fill, with blocks that are accepted in part, in whole, and hardly. */
static void test_rejection(void **state)
{
    (void)state;
    FOR_EACH_CASE(impl)
    {
        const unsigned before = n % (MLKEM_N + 1);
        uint64_t block[MLKEM_BLOCK_LANES];
        struct {
            struct mlkem_poly p;
            uint8_t guard[64];
        } a, b;
        unsigned count;

        for (unsigned i = 0; i < MLKEM_BLOCK_LANES; i++) {
            block[i] = next_random();
            if (n % 5 == 1)
                block[i] &= 0x7f7f7f7f7f7f7f7f;
            else if (n % 5 == 2 && i % 7 != 0)
                block[i] |= 0xd0d0d0d0d0d0d0d0;
        }
        memset(&a, 0x5a, sizeof(a));
        b = a;
        count = impl->accept(a.p.coeff, before, block);
        assert_int_equal(count, mlkem_portable_accept(b.p.coeff, before, block));
        assert_memory_equal(a.p.coeff, b.p.coeff, count * sizeof(a.p.coeff[0]));
        assert_memory_equal(a.guard, b.guard, sizeof(a.guard));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ntt),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_canonical_and_encoding),
        cmocka_unit_test(test_compression),
        cmocka_unit_test(test_compression_of_everything),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_sampling),
        cmocka_unit_test(test_rejection),
    };

    seed = random_cases_seed();
    num_cases = NUM_CASES * (unsigned)random_cases_factor();
    return cmocka_run_group_tests_name("crypto_mlkem_impls", tests, NULL, NULL);
}
