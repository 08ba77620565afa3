/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ct.h"
#include "base/wipe.h"

/* Every length around the word size, and every bit of each. */
static void test_equal(void **context)
{
    uint8_t a[40], b[40];

    (void)context;
    for (size_t i = 0; i < sizeof(a); i++)
        a[i] = b[i] = (uint8_t)(i * 37);
    for (size_t len = 0; len <= 39; len++) {
        assert_true(ct_equal(a, b, len));
        for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
            b[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(ct_equal(a, b, len), bit / 8 >= len);
            assert_int_equal(ct_equal(b, a, len), bit / 8 >= len);
            b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    assert_true(ct_equal(NULL, NULL, 0));
}

/* Pairs of numbers that differ in their first, last or a middle byte, by one or by all bits. */
static void test_less(void **context)
{
    static const uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    uint8_t a[9], b[9];

    (void)context;
    for (size_t at = 0; at < sizeof(a); at++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            for (size_t j = 0; j < sizeof(bytes); j++) {
                memset(a, 0x42, sizeof(a));
                memset(b, 0x42, sizeof(b));
                a[at] = bytes[i];
                b[at] = bytes[j];
                if (at + 1 < sizeof(a))
                    a[sizeof(a) - 1] = 0xff; /* of less weight */
                bool less = bytes[i] < bytes[j];
                assert_int_equal(ct_less(a, b, sizeof(a)), less);
            }
        }
    }
    assert_int_equal(ct_less(NULL, NULL, 0), 0);
}

static void test_select(void **context)
{
    uint8_t out[33];
    uint8_t a[33], b[33];

    (void)context;
    memset(a, 0x5a, sizeof(a));
    memset(b, 0xc3, sizeof(b));
    ct_select(out, 0xff, a, b, sizeof(out));
    assert_memory_equal(out, a, sizeof(out));
    ct_select(out, 0, a, b, sizeof(out));
    assert_memory_equal(out, b, sizeof(out));
    ct_select(a, 0, a, b, sizeof(a)); /* out may be a */
    assert_memory_equal(a, b, sizeof(a));
}

static void test_masks(void **context)
{
    (void)context;
    assert_int_equal(ct_mask_nonzero_u32(0), 0);
    assert_true(ct_mask_nonzero_u32(1) == UINT32_MAX);
    assert_true(ct_mask_nonzero_u32(0x80000000u) == UINT32_MAX);
    assert_true(ct_mask_nonzero_u32(UINT32_MAX) == UINT32_MAX);
    assert_int_equal(ct_select_u32(UINT32_MAX, 3, 5), 3);
    assert_int_equal(ct_select_u32(0, 3, 5), 5);
    assert_true(ct_barrier_u64(0x123456789abcdef0) == 0x123456789abcdef0);
}

static void test_wipe(void **context)
{
    uint8_t bytes[16];
    struct {
        int x;
        char y[5];
    } object;

    (void)context;
    memset(bytes, 0xff, sizeof(bytes));
    wipe(bytes + 3, 10);
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], i >= 3 && i < 13 ? 0 : 0xff);
    memset(&object, 0xff, sizeof(object));
    WIPE(object);
    for (size_t i = 0; i < sizeof(object); i++)
        assert_int_equal(((uint8_t *)&object)[i], 0);
    wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal), cmocka_unit_test(test_less), cmocka_unit_test(test_select),
        cmocka_unit_test(test_masks), cmocka_unit_test(test_wipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
