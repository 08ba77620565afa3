/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

static void test_put(void **context)
{
    static const uint8_t expected[] = {
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c,
        0x0d, 0x0e, 0x0f, 0x00, 0x00, 0x00, 0x02, 'h',  'i',  'y',  'o',
    };
    struct buf buf = BUF_INIT(100);

    (void)context;
    buf_put_u8(&buf, 1);
    buf_put_u16(&buf, 0x0203);
    buf_put_u32(&buf, 0x04050607);
    buf_put_u64(&buf, 0x08090a0b0c0d0e0f);
    buf_put_span32(&buf, SPAN_STR("hi"));
    buf_put_str(&buf, "yo");
    buf_put(&buf, NULL, 0);
    assert_int_equal(buf_status(&buf), PQHW_OK);
    assert_true(span_equal(buf_span(&buf), SPAN(expected)));
    buf_free(&buf);
    assert_null(buf.ptr);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.max, 100);
}

static void test_extend(void **context)
{
    struct buf buf = BUF_INIT(10);

    (void)context;
    assert_non_null(buf_extend(&buf, 0));
    uint8_t *at = buf_extend(&buf, 4);
    for (uint8_t i = 0; i < 4; i++)
        at[i] = (uint8_t)('a' + i);
    assert_ptr_equal(buf_extend(&buf, 0), buf.ptr + 4);
    at = buf_extend(&buf, 6);
    assert_ptr_equal(at, buf.ptr + 4);
    assert_memory_equal(buf.ptr, "abcd", 4);
    assert_null(buf_extend(&buf, 1));
    assert_int_equal(buf_status(&buf), PQHW_LIMIT_EXCEEDED);
    assert_int_equal(buf.len, 10);
    buf_free(&buf);
}

/* Growing by every step keeps the content, and stops exactly at the limit. */
static void test_limits(void **context)
{
    static const size_t maxima[] = {0, 1, 63, 64, 65, 127, 128, 129, 1000, 4097};

    (void)context;
    for (size_t m = 0; m < sizeof(maxima) / sizeof(maxima[0]); m++) {
        struct buf buf = BUF_INIT(maxima[m]);
        for (size_t i = 0; i < maxima[m]; i++) {
            buf_put_u8(&buf, (uint8_t)(i * 7));
            assert_int_equal(buf.len, i + 1);
        }
        assert_int_equal(buf_status(&buf), PQHW_OK);
        buf_put_u8(&buf, 1);
        assert_int_equal(buf_status(&buf), PQHW_LIMIT_EXCEEDED);
        assert_int_equal(buf.len, maxima[m]);
        for (size_t i = 0; i < maxima[m]; i++)
            assert_int_equal(buf.ptr[i], (uint8_t)(i * 7));
        buf_free(&buf);
        buf_put_u16(&buf, 1);
        assert_int_equal(buf_status(&buf), maxima[m] < 2 ? PQHW_LIMIT_EXCEEDED : PQHW_OK);
        buf_free(&buf);
    }
}

static void test_stays_failed(void **context)
{
    struct buf buf = BUF_INIT(8);

    (void)context;
    buf_put_str(&buf, "12345");
    buf_put_u32(&buf, 1);
    assert_int_equal(buf_status(&buf), PQHW_LIMIT_EXCEEDED);
    buf_put_u8(&buf, 1);
    assert_int_equal(buf.len, 5);
    assert_int_equal(buf_status(&buf), PQHW_LIMIT_EXCEEDED);
    assert_null(buf_extend(&buf, 0));
    buf_free(&buf);
    assert_int_equal(buf_status(&buf), PQHW_OK);
}

/* Let the sanitizers' malloc fail as the real one does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void test_out_of_memory(void **context)
{
    struct buf buf = BUF_INIT(SIZE_MAX);

    (void)context;
    buf_put_u8(&buf, 1);
    assert_null(buf_extend(&buf, SIZE_MAX / 2));
    assert_int_equal(buf_status(&buf), PQHW_NO_MEMORY);
    buf_put_span32(&buf, (struct span){buf.ptr, (size_t)UINT32_MAX + 1});
    assert_int_equal(buf_status(&buf), PQHW_NO_MEMORY);
    assert_int_equal(buf.len, 1);
    buf_free(&buf);
    buf_put_span32(&buf, (struct span){(const uint8_t *)"", (size_t)UINT32_MAX + 1});
    assert_int_equal(buf_status(&buf), PQHW_LIMIT_EXCEEDED);
    assert_int_equal(buf.len, 0);
    buf_free(&buf);
}

static const uint8_t message[] = {
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c,
    0x0d, 0x0e, 0x0f, 0x00, 0x00, 0x00, 0x02, 'h',  'i',  'y',  'o',
};

static void test_read(void **context)
{
    struct reader r = reader(SPAN(message));

    (void)context;
    assert_int_equal(read_u8(&r), 1);
    assert_int_equal(read_u16(&r), 0x0203);
    assert_int_equal(read_u32(&r), 0x04050607);
    assert_true(read_u64(&r) == 0x08090a0b0c0d0e0f);
    assert_true(span_equal(read_span32(&r), SPAN_STR("hi")));
    assert_false(read_finished(&r));
    assert_true(span_equal(read_bytes(&r, 2), SPAN_STR("yo")));
    assert_true(read_finished(&r));
    assert_int_equal(read_bytes(&r, 0).len, 0);
    assert_true(read_finished(&r));
}

/* Each truncation fails, and every read after the failing one gives nothing. */
static void test_read_truncated(void **context)
{
    (void)context;
    for (size_t len = 0; len < sizeof(message); len++) {
        struct reader r = reader(span(message, len));
        assert_int_equal(read_u8(&r), len >= 1 ? 1 : 0);
        assert_int_equal(read_u16(&r), len >= 3 ? 0x0203 : 0);
        assert_int_equal(read_u32(&r), len >= 7 ? 0x04050607 : 0);
        assert_true(read_u64(&r) == (len >= 15 ? 0x08090a0b0c0d0e0f : 0));
        assert_int_equal(read_span32(&r).len, len >= 21 ? 2 : 0);
        assert_int_equal(read_bytes(&r, 2).len, 0);
        assert_true(r.failed);
        assert_false(read_finished(&r));
        assert_int_equal(read_u8(&r), 0);
        assert_null(read_bytes(&r, 0).ptr);
    }
}

static void test_read_huge_length(void **context)
{
    static const uint8_t lie[] = {0xff, 0xff, 0xff, 0xff, 1, 2};
    struct reader r = reader(SPAN(lie));

    (void)context;
    assert_int_equal(read_span32(&r).len, 0);
    assert_true(r.failed);
    r = reader(SPAN(lie));
    assert_int_equal(read_bytes(&r, SIZE_MAX).len, 0);
    assert_true(r.failed);
}

static void test_read_empty(void **context)
{
    struct reader r = reader(SPAN_EMPTY);

    (void)context;
    assert_int_equal(read_bytes(&r, 0).len, 0);
    assert_true(read_finished(&r));
    assert_int_equal(read_u8(&r), 0);
    assert_true(r.failed);
}

static void test_span_equal(void **context)
{
    (void)context;
    assert_true(span_equal(SPAN_EMPTY, SPAN_EMPTY));
    assert_true(span_equal(SPAN_EMPTY, SPAN_STR("")));
    assert_true(span_equal(SPAN_STR("ab"), SPAN_STR("ab")));
    assert_false(span_equal(SPAN_STR("ab"), SPAN_STR("ac")));
    assert_false(span_equal(SPAN_STR("ab"), SPAN_STR("abc")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put),
        cmocka_unit_test(test_extend),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_stays_failed),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_truncated),
        cmocka_unit_test(test_read_huge_length),
        cmocka_unit_test(test_read_empty),
        cmocka_unit_test(test_span_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
