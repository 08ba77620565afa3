/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hsm/attrs.h"

static void entries_are_sorted_whatever_the_order_of_putting(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0, 0, 0, 0,    0, 0, 0, 8, 0,   0,   0, 0, 0, 0, 0, 3, /* CKA_CLASS */
        0, 0, 0, 1,    0, 0, 0, 1, 1,                          /* CKA_TOKEN */
        0, 0, 0, 3,    0, 0, 0, 2, 'h', 'i',                   /* CKA_LABEL */
        0, 0, 1, 0x02, 0, 0, 0, 0,                             /* CKA_ID */
    };
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put(&attrs, CKA_LABEL, SPAN_STR("hi"));
    attrs_put(&attrs, CKA_ID, SPAN_EMPTY);
    attrs_put_number(&attrs, CKA_CLASS, CKO_PRIVATE_KEY);
    attrs_put_bool(&attrs, CKA_TOKEN, true);
    assert_int_equal(buf_status(&attrs), PQHW_OK);
    assert_int_equal(attrs.len, sizeof(expected));
    assert_memory_equal(attrs.ptr, expected, sizeof(expected));
    assert_true(attrs_valid(buf_span(&attrs)));
    buf_free(&attrs);
}

static void put_replaces_and_remove_takes_out(void **state)
{
    (void)state;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct span value;
    attrs_put(&attrs, CKA_LABEL, SPAN_STR("first"));
    attrs_put_bool(&attrs, CKA_TOKEN, false);
    attrs_put_bool(&attrs, CKA_SIGN, true);
    attrs_put(&attrs, CKA_LABEL, SPAN_STR("a longer second"));
    attrs_put_bool(&attrs, CKA_TOKEN, true);
    assert_true(attrs_get(buf_span(&attrs), CKA_LABEL, &value));
    assert_true(span_equal(value, SPAN_STR("a longer second")));
    assert_true(attrs_bool(buf_span(&attrs), CKA_TOKEN, false));

    attrs_put(&attrs, CKA_LABEL, SPAN_EMPTY);
    assert_true(attrs_get(buf_span(&attrs), CKA_LABEL, &value));
    assert_int_equal(value.len, 0);

    attrs_remove(&attrs, CKA_LABEL);
    attrs_remove(&attrs, CKA_LABEL);
    attrs_remove(&attrs, CKA_VALUE);
    assert_false(attrs_has(buf_span(&attrs), CKA_LABEL));
    assert_true(attrs_bool(buf_span(&attrs), CKA_SIGN, false));
    assert_int_equal(attrs.len, 2 * 9);
    assert_true(attrs_valid(buf_span(&attrs)));
    buf_free(&attrs);
}

static void absent_attributes_give_the_callers_default(void **state)
{
    (void)state;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_number(&attrs, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
    attrs_put_bool(&attrs, CKA_SIGN, false);
    struct span all = buf_span(&attrs);
    assert_int_equal(attrs_number(all, CKA_CLASS, 77), 77);
    assert_int_equal(attrs_number(all, CKA_KEY_TYPE, 0), CK_UNAVAILABLE_INFORMATION);
    assert_true(attrs_bool(all, CKA_TOKEN, true));
    assert_false(attrs_bool(all, CKA_SIGN, true));
    assert_false(attrs_has(SPAN_EMPTY, CKA_SIGN));
    buf_free(&attrs);
}

static void iteration_gives_every_entry_once(void **state)
{
    (void)state;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    for (CK_ATTRIBUTE_TYPE type = 200; type > 0; type--)
        attrs_put_number(&attrs, type, type * 3);
    CK_ATTRIBUTE_TYPE expected = 1;
    struct attr attr;
    for (struct reader r = reader(buf_span(&attrs)); attrs_next(&r, &attr); expected++) {
        assert_int_equal(attr.type, expected);
        assert_int_equal(attr_number(attr.value), expected * 3);
    }
    assert_int_equal(expected, 201);
    buf_free(&attrs);
}

static void both_numbers_of_kem_templates_are_one_attribute(void **state)
{
    (void)state;
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put(&attrs, CKA_ENCAPSULATE_TEMPLATE | CKF_ARRAY_ATTRIBUTE, SPAN_EMPTY);
    attrs_put(&attrs, CKA_ENCAPSULATE_TEMPLATE, SPAN_EMPTY);
    attrs_put(&attrs, CKA_DECAPSULATE_TEMPLATE | CKF_ARRAY_ATTRIBUTE, SPAN_EMPTY);
    assert_int_equal(attrs.len, 16);
    assert_int_equal(load_be32(attrs.ptr), CKA_ENCAPSULATE_TEMPLATE);
    assert_true(attrs_has(buf_span(&attrs), CKA_DECAPSULATE_TEMPLATE));
    assert_true(attrs_has(buf_span(&attrs), CKA_DECAPSULATE_TEMPLATE | CKF_ARRAY_ATTRIBUTE));
    assert_int_equal(attr_kind(CKA_ENCAPSULATE_TEMPLATE | CKF_ARRAY_ATTRIBUTE), ATTR_TEMPLATE);
    assert_int_equal(attr_kind(CKA_ENCAPSULATE_TEMPLATE), ATTR_TEMPLATE);
    attrs_remove(&attrs, CKA_ENCAPSULATE_TEMPLATE | CKF_ARRAY_ATTRIBUTE);
    assert_int_equal(attrs.len, 8);
    buf_free(&attrs);
}

static void malformed_lists_are_not_valid(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint8_t bytes[24];
        size_t len;
    } bad[] = {
        {"cut in the type", {0, 0, 0}, 3},
        {"cut in the length", {0, 0, 0, 1, 0, 0, 0}, 7},
        {"cut in the value", {0, 0, 0, 1, 0, 0, 0, 2, 1}, 9},
        {"a type twice", {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, 16},
        {"not sorted", {0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, 16},
        {"the second zero", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 16},
        {"the other number", {0x40, 0, 0x06, 0x2a, 0, 0, 0, 0}, 8},
        {"rest at the end", {0, 0, 0, 1, 0, 0, 0, 0, 9}, 9},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (attrs_valid(span(bad[i].bytes, bad[i].len)))
            fail_msg("%s is valid", bad[i].what);
    }
    assert_true(attrs_valid(SPAN_EMPTY));
}

static void limits_hold(void **state)
{
    (void)state;
    static uint8_t big[ATTRS_MAX_VALUE + 1];
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put(&attrs, CKA_VALUE, span(big, ATTRS_MAX_VALUE));
    assert_true(attrs_valid(buf_span(&attrs)));
    attrs_put(&attrs, CKA_LABEL, SPAN(big));
    assert_int_equal(buf_status(&attrs), PQHW_ATTRIBUTE_VALUE_INVALID);
    buf_free(&attrs);

    attrs_put(&attrs, (CK_ATTRIBUTE_TYPE)UINT32_MAX + 1, SPAN_EMPTY);
    assert_int_equal(buf_status(&attrs), PQHW_ATTRIBUTE_TYPE_INVALID);
    buf_free(&attrs);

    for (CK_ATTRIBUTE_TYPE type = 0; type < ATTRS_MAX_NUM; type++)
        attrs_put(&attrs, type, SPAN_EMPTY);
    assert_true(attrs_valid(buf_span(&attrs)));
    attrs_put(&attrs, ATTRS_MAX_NUM, SPAN_EMPTY);
    assert_false(attrs_valid(buf_span(&attrs)));
    buf_free(&attrs);

    struct buf small = BUF_INIT(20);
    attrs_put(&small, CKA_LABEL, SPAN_STR("0123456789"));
    attrs_put(&small, CKA_ID, SPAN_EMPTY);
    assert_int_equal(buf_status(&small), PQHW_LIMIT_EXCEEDED);
    buf_free(&small);
}

static void secret_lists_equal_built_ones(void **state)
{
    (void)state;
    const struct attr entries[] = {{CKA_VALUE, SPAN_STR("value")}, {CKA_SEED, SPAN_STR("seed")}};
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct secret secret = {0};
    attrs_put(&attrs, CKA_SEED, SPAN_STR("seed"));
    attrs_put(&attrs, CKA_VALUE, SPAN_STR("value"));
    assert_int_equal(attrs_secret(&secret, entries, 2), PQHW_OK);
    assert_true(span_equal(secret_span(&secret), buf_span(&attrs)));
    secret_free(&secret);
    assert_int_equal(attrs_secret(&secret, NULL, 0), PQHW_OK);
    assert_int_equal(secret.len, 0);
    buf_free(&attrs);
}

static const struct {
    enum attr_kind kind;
    struct span value;
    bool valid;
} values[] = {
    {ATTR_BOOL, {(const uint8_t *)"\0", 1}, true},
    {ATTR_BOOL, {(const uint8_t *)"\1", 1}, true},
    {ATTR_BOOL, {(const uint8_t *)"\2", 1}, false},
    {ATTR_BOOL, {(const uint8_t *)"\1\0", 2}, false},
    {ATTR_BOOL, {NULL, 0}, false},
    {ATTR_NUMBER, {(const uint8_t *)"12345678", 8}, true},
    {ATTR_NUMBER, {(const uint8_t *)"1234567", 7}, false},
    {ATTR_NUMBER, {(const uint8_t *)"1234", 4}, false},
    {ATTR_NUMBER, {(const uint8_t *)"123456789", 9}, false},
    {ATTR_NUMBER, {NULL, 0}, false},
    {ATTR_MECHANISMS, {NULL, 0}, true},
    {ATTR_MECHANISMS, {(const uint8_t *)"1234567812345678", 16}, true},
    {ATTR_MECHANISMS, {(const uint8_t *)"123456781234567", 15}, false},
    {ATTR_TEMPLATE, {NULL, 0}, true},
    {ATTR_TEMPLATE, {(const uint8_t *)"\0\0\0\1\0\0\0\1\1", 9}, true},
    {ATTR_TEMPLATE, {(const uint8_t *)"\0\0\0\1\0\0\0\2\1", 9}, false},
    {ATTR_BYTES, {NULL, 0}, true},
    {ATTR_STRING, {NULL, 0}, true},
    {ATTR_STRING, {(const uint8_t *)"caf\xc3\xa9", 5}, true},
    {ATTR_STRING, {(const uint8_t *)"\xe2\x82\xac \xf0\x9f\x94\x91", 8}, true},
    {ATTR_STRING, {(const uint8_t *)"\xf4\x8f\xbf\xbf", 4}, true},
    {ATTR_STRING, {(const uint8_t *)"\xf4\x90\x80\x80", 4}, false}, /* above U+10FFFF */
    {ATTR_STRING, {(const uint8_t *)"\xed\xa0\x80", 3}, false},     /* a surrogate */
    {ATTR_STRING, {(const uint8_t *)"\xc0\xaf", 2}, false},         /* not the shortest form */
    {ATTR_STRING, {(const uint8_t *)"\xe0\x9f\xbf", 3}, false},
    {ATTR_STRING, {(const uint8_t *)"\xc3", 1}, false}, /* cut */
    {ATTR_STRING, {(const uint8_t *)"\xc3(", 2}, false},
    {ATTR_STRING, {(const uint8_t *)"\xa9", 1}, false},
    {ATTR_STRING, {(const uint8_t *)"\xff", 1}, false},
    {ATTR_STRING, {(const uint8_t *)"end\0", 4}, false},
    {ATTR_DATE, {NULL, 0}, true},
    {ATTR_DATE, {(const uint8_t *)"20270131", 8}, true},
    {ATTR_DATE, {(const uint8_t *)"20280229", 8}, true},
    {ATTR_DATE, {(const uint8_t *)"20000229", 8}, true},
    {ATTR_DATE, {(const uint8_t *)"20270229", 8}, false},
    {ATTR_DATE, {(const uint8_t *)"21000229", 8}, false},
    {ATTR_DATE, {(const uint8_t *)"20270431", 8}, false},
    {ATTR_DATE, {(const uint8_t *)"20271301", 8}, false},
    {ATTR_DATE, {(const uint8_t *)"20270001", 8}, false},
    {ATTR_DATE, {(const uint8_t *)"20270100", 8}, false},
    {ATTR_DATE, {(const uint8_t *)"2027013", 7}, false},
    {ATTR_DATE, {(const uint8_t *)"2O270131", 8}, false},
    {ATTR_DATE, {(const uint8_t *)"\0\0\0\0\0\0\0\0", 8}, false},
};

static void values_are_checked_by_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (attr_value_valid(values[i].kind, values[i].value) != values[i].valid)
            fail_msg("value %zu is %s", i, values[i].valid ? "refused" : "accepted");
    }
    static const uint8_t big[ATTRS_MAX_VALUE + 1];
    assert_false(attr_value_valid(ATTR_BYTES, SPAN(big)));
    assert_true(attr_value_valid(ATTR_BYTES, span(big, ATTRS_MAX_VALUE)));
}

static void booleans_and_numbers_come_back(void **state)
{
    (void)state;
    assert_true(attr_bool(SPAN_STR("\1")));
    assert_false(attr_bool(SPAN_STR("\0")));
    assert_int_equal(attr_number(SPAN_STR("\0\0\0\1\0\0\0\2")), 0x100000002ul);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_sorted_whatever_the_order_of_putting),
        cmocka_unit_test(put_replaces_and_remove_takes_out),
        cmocka_unit_test(absent_attributes_give_the_callers_default),
        cmocka_unit_test(iteration_gives_every_entry_once),
        cmocka_unit_test(both_numbers_of_kem_templates_are_one_attribute),
        cmocka_unit_test(malformed_lists_are_not_valid),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(secret_lists_equal_built_ones),
        cmocka_unit_test(values_are_checked_by_kind),
        cmocka_unit_test(booleans_and_numbers_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
