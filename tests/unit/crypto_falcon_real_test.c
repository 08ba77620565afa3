/* SPDX-License-Identifier: Apache-2.0
 *
 * Falcon's floating point out of integers (fpr_emulated.c) against the CPU's, bit by bit.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/falcon/fpr.h"

#define NUM_CASES 200000

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1d;
}

/* Of all magnitudes, near each other, with few bits, with many, and zeros of both signs. */
static double random_double(void)
{
    uint64_t bits = random_u64(), mantissa = bits & 0xfffffffffffff;
    unsigned kind = (unsigned)random_u64() % 8;
    uint64_t exponent = kind < 4 ? 1019 + random_u64() % 8 : 953 + random_u64() % 140;
    double x;

    if (kind == 1)
        mantissa &= ~0xffffffffffull;
    if (kind == 2)
        mantissa |= 0xffffffffffffull;
    bits = (bits & (uint64_t)1 << 63) | (kind == 7 ? 0 : exponent << 52 | mantissa);
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static fpr of(double x)
{
    fpr y;

    memcpy(&y, &x, sizeof(x));
    return y;
}

static void check_same(fpr got, double expected)
{
    uint64_t bits;

    memcpy(&bits, &expected, sizeof(bits));
    if (got.bits != bits)
        fail_msg("%016lx, not %016lx", (unsigned long)got.bits, (unsigned long)bits);
}

static void test_arithmetic(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_CASES; i++) {
        double x = random_double(), y = random_double();
        check_same(fpr_add(of(x), of(y)), x + y);
        check_same(fpr_sub(of(x), of(y)), x - y);
        check_same(fpr_sub(of(x), of(x)), 0);
        check_same(fpr_mul(of(x), of(y)), x * y);
        check_same(fpr_half(of(x)), x * 0.5);
        assert_int_equal(fpr_less(of(x), of(y)), x < y);
        assert_false(fpr_less(of(x), of(x)));
    }
}

static void test_division_and_root(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_CASES / 10; i++) {
        double x = random_double();
        fpr inverse = of(x);
        if (x == 0)
            continue;
        fpr_invert_each(&inverse, 1);
        check_same(inverse, 1 / x);
        check_same(fpr_sqrt(of(fabs(x))), sqrt(fabs(x)));
        check_same(fpr_sqrt(of(x * x)), fabs(x));
    }
}

static void test_integers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NUM_CASES; i++) {
        int64_t integer = (int64_t)random_u64() >> random_u64() % 64;
        double x = random_double(), halves = (double)(integer >> 20) / 2;
        check_same(fpr_of(integer), (double)integer);
        assert_true(fpr_round(of(halves)) == llrint(halves));
        assert_true(fpr_floor(of(halves)) == (int64_t)floor(halves));
        if (fabs(x) >= 9.2e18)
            continue;
        assert_true(fpr_round(of(x)) == llrint(x));
        assert_true(fpr_trunc(of(x)) == (int64_t)x);
        assert_true(fpr_floor(of(x)) == (int64_t)floor(x));
    }
}

/* There are no numbers below the normal ones. */
static void test_tiny(void **state)
{
    const fpr smallest = fpr_from_bits((uint64_t)1 << 52);

    (void)state;
    assert_true(fpr_half(smallest).bits == 0);
    assert_true(fpr_mul(smallest, smallest).bits == 0);
    assert_true(fpr_mul(smallest, fpr_from_bits(0x3fe0000000000000)).bits == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_division_and_root),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_tiny),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
