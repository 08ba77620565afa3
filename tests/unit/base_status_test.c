/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/status.h"

static void test_every_status_has_name_and_text(void **context)
{
    (void)context;
    for (int s = 0; s < PQHW_NUM_STATUS; s++) {
        assert_true(strlen(pqhw_status_name((enum pqhw_status)s)) > 1);
        size_t len = strlen(pqhw_status_text((enum pqhw_status)s));
        assert_true(len > 1);
        assert_int_not_equal(pqhw_status_text((enum pqhw_status)s)[len - 1], '.');
        for (int other = 0; other < s; other++)
            assert_string_not_equal(pqhw_status_name((enum pqhw_status)s),
                                    pqhw_status_name((enum pqhw_status)other));
        assert_int_equal(pqhw_status_category((enum pqhw_status)s) == PQHW_CATEGORY_NONE,
                         s == PQHW_OK);
    }
}

static void test_known(void **context)
{
    (void)context;
    assert_int_equal(PQHW_OK, 0);
    assert_string_equal(pqhw_status_name(PQHW_PIN_LOCKED), "PIN_LOCKED");
    assert_string_equal(pqhw_status_text(PQHW_OK), "success");
    assert_int_equal(pqhw_status_category(PQHW_PIN_INCORRECT), PQHW_CATEGORY_AUTH);
}

static void test_out_of_range(void **context)
{
    (void)context;
    assert_string_equal(pqhw_status_name(PQHW_NUM_STATUS), "INTERNAL");
    assert_string_equal(pqhw_status_name((enum pqhw_status) - 1), "INTERNAL");
    assert_int_equal(pqhw_status_category((enum pqhw_status)100000), PQHW_CATEGORY_INTERNAL);
}

static void test_clock_format(void **context)
{
    static const struct {
        uint64_t wall_us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {951782399999999, "2000-02-28T23:59:59.999999Z"},
        {951782400000001, "2000-02-29T00:00:00.000001Z"},
        {1893456000123456, "2030-01-01T00:00:00.123456Z"},
    };

    (void)context;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[CLOCK_TEXT_LEN];
        clock_format(text, cases[i].wall_us);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_clocks_advance(void **context)
{
    uint64_t a = clock_monotonic_ns();
    uint64_t wall = clock_wall_us();
    uint64_t b = clock_monotonic_ns();

    (void)context;
    assert_true(b >= a);
    while (clock_monotonic_ns() == a)
        ;
    assert_true(wall > 1700000000000000u); /* later than 2023 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_name_and_text),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_out_of_range),
        cmocka_unit_test(test_clock_format),
        cmocka_unit_test(test_clocks_advance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
