/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/size.h"

static void sizes_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t size;
    } cases[] = {
        {"0", 0},
        {"1", 1},
        {"007", 7},
        {"1023", 1023},
        {"1K", 1024},
        {"1k", 1024},
        {"64M", (uint64_t)64 << 20},
        {"3g", (uint64_t)3 << 30},
        {"18446744073709551615", UINT64_MAX},
        {"17179869183G", (uint64_t)17179869183u << 30},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t size = 42;
        assert_true(size_parse(cases[i].text, &size));
        assert_true(size == cases[i].size);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "K",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1 K",
        "1KB",
        "1KK",
        "1T",
        "0x1",
        "1.5M",
        "1,",
        "1\n",
        "one",
        "1e3",
        "18446744073709551616",
        "17179869184G",
    };
    uint64_t size = 42;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(size_parse(bad[i], &size));
        assert_int_equal(size, 42);
    }
}

static void sizes_are_written(void **state)
{
    (void)state;
    static const struct {
        uint64_t size;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {1024 * 1024, "1.0 MiB"},
        {(uint64_t)64 << 20, "64.0 MiB"},
        {(uint64_t)5 << 40, "5.0 TiB"},
        {UINT64_MAX, "16.0 EiB"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[SIZE_TEXT_LEN];
        size_format(text, cases[i].size);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(sizes_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
