/* SPDX-License-Identifier: Apache-2.0
 *
 * Every row of the attribute rules, on every class it applies to.
 */
#include "hsm_rules_objects.h"

/* A value of the right form, and one of the wrong form (kinds of bytes have none but too long). */
static struct span good_value(const struct rule *rule)
{
    switch (rule->kind) {
    case ATTR_BOOL:
        return SPAN_STR("\0");
    case ATTR_NUMBER:
        return SPAN_STR("\0\0\0\0\0\0\0\0");
    case ATTR_DATE:
        return SPAN_STR("20270131");
    case ATTR_MECHANISMS:
        return SPAN_STR("\0\0\0\0\0\0\0\x1d");
    case ATTR_TEMPLATE:
        return SPAN_EMPTY;
    default:
        return SPAN_STR("text");
    }
}

static struct span bad_value(const struct rule *rule)
{
    switch (rule->kind) {
    case ATTR_BOOL:
        return SPAN_STR("\1\0");
    case ATTR_STRING:
        return SPAN_STR("\xff\xfe");
    case ATTR_BYTES:
        return SPAN_EMPTY;
    default:
        return SPAN_STR("\0\0\0\0\0\0\0");
    }
}

/* ---- the table ---- */

static void rows_are_sorted_and_disjoint(void **state)
{
    (void)state;
    size_t num;
    const struct rule *rows = rules_table(&num);
    for (size_t i = 1; i < num; i++) {
        assert_true(rows[i - 1].type <= rows[i].type);
        for (size_t j = i; j > 0 && rows[j - 1].type == rows[i].type; j--) {
            assert_int_equal(rows[j - 1].classes & rows[i].classes, 0);
            assert_int_equal(rows[j - 1].kind, rows[i].kind);
        }
    }
}

static void rows_do_not_contradict_themselves(void **state)
{
    (void)state;
    const unsigned bool_flags = RULE_SO_TRUE | RULE_STICKY_TRUE | RULE_STICKY_FALSE;
    const unsigned sealed = RULE_SEALED | RULE_SEALED_IF_PRIVATE;
    size_t num;
    const struct rule *rows = rules_table(&num);
    size_t num_sealed[CKO_TRUST] = {0};
    for (size_t i = 0; i < num; i++) {
        const struct rule *row = &rows[i];
        assert_false((row->flags & RULE_REQUIRED_CREATE) && (row->flags & RULE_NOT_CREATE));
        assert_false((row->flags & RULE_REQUIRED_GENERATE) && (row->flags & RULE_NOT_GENERATE));
        assert_true(row->kind == ATTR_BOOL || (row->flags & bool_flags) == 0);
        assert_false((row->flags & RULE_GUARDED) && !(row->flags & sealed));
        assert_false((row->flags & sealed) && (row->flags & RULE_MODIFIABLE));
        assert_int_equal(row->fallback == DEFAULT_MAKE, row->make != NULL);
        for (size_t c = 0; c < CKO_TRUST; c++) {
            if ((row->classes & ON(c)) != 0 && (row->flags & sealed) != 0)
                num_sealed[c]++;
        }
    }
    for (size_t c = 0; c < CKO_TRUST; c++)
        assert_true(num_sealed[c] <= RULES_MAX_SEALED);
}

/* ---- creation, over every row and class ---- */

static void wrong_forms_are_refused_in_every_row(void **state)
{
    (void)state;
    size_t num;
    size_t num_tried = 0;
    const struct rule *rows = rules_table(&num);
    for (size_t c = 0; c < NUM_CLASSES; c++) {
        for (size_t i = 0; i < num; i++) {
            if ((rows[i].classes & ON(classes[c])) == 0 || rows[i].kind == ATTR_BYTES ||
                (rows[i].flags & RULE_NOT_CREATE) != 0)
                continue;
            struct buf template = least(classes[c]);
            attrs_put(&template, rows[i].type, bad_value(&rows[i]));
            if (create(&template) != PQHW_ATTRIBUTE_VALUE_INVALID)
                fail_msg("class %lu takes a malformed attribute %#lx", classes[c], rows[i].type);
            buf_free(&template);
            num_tried++;
        }
    }
    assert_true(num_tried > 60);
}

static void required_rows_are_missed(void **state)
{
    (void)state;
    size_t num;
    const struct rule *rows = rules_table(&num);
    for (size_t c = 0; c < NUM_CLASSES; c++) {
        for (size_t i = 0; i < num; i++) {
            if (!is_of_least(&rows[i], classes[c]) || (rows[i].flags & RULE_REQUIRED_CREATE) == 0)
                continue;
            struct buf template = least(classes[c]);
            attrs_remove(&template, rows[i].type);
            if (create(&template) != PQHW_TEMPLATE_INCOMPLETE)
                fail_msg("class %lu does not need attribute %#lx", classes[c], rows[i].type);
            buf_free(&template);
        }
    }
}

static void the_tokens_own_attributes_are_read_only(void **state)
{
    (void)state;
    size_t num;
    const struct rule *rows = rules_table(&num);
    for (size_t c = 0; c < NUM_CLASSES; c++) {
        for (size_t i = 0; i < num; i++) {
            if (!is_of_least(&rows[i], classes[c]) ||
                (rows[i].flags & RULE_READ_ONLY) != RULE_READ_ONLY)
                continue;
            struct buf template = least(classes[c]);
            attrs_put(&template, rows[i].type, good_value(&rows[i]));
            assert_int_equal(create(&template), PQHW_ATTRIBUTE_READ_ONLY);
            buf_free(&template);

            struct made made = created(classes[c]);
            assert_int_equal(change(&made, rows[i].type, good_value(&rows[i]), ROLE_SO, true),
                             PQHW_ATTRIBUTE_READ_ONLY);
            unmake(&made);
        }
    }
}

static void attributes_of_other_classes_are_inconsistent_and_unknown_ones_invalid(void **state)
{
    (void)state;
    size_t num;
    const struct rule *rows = rules_table(&num);
    for (size_t c = 0; c < NUM_CLASSES; c++) {
        for (size_t i = 0; i < num; i++) {
            const struct rule *own = rule_find(classes[c], rows[i].type);
            if (own != NULL && is_of_least(own, classes[c]))
                continue;
            struct buf template = least(classes[c]);
            attrs_put(&template, rows[i].type, good_value(&rows[i]));
            assert_int_equal(create(&template), PQHW_TEMPLATE_INCONSISTENT);
            buf_free(&template);
        }
        struct buf template = least(classes[c]);
        attrs_put(&template, CKA_VENDOR_DEFINED | 0x123, SPAN_STR("x"));
        assert_int_equal(create(&template), PQHW_ATTRIBUTE_TYPE_INVALID);
        buf_free(&template);
    }
    assert_int_equal(attr_kind(CKA_VENDOR_DEFINED | 0x123), ATTR_UNKNOWN);
}

static void given_values_are_kept_and_defaults_fill_the_rest(void **state)
{
    (void)state;
    size_t num;
    const struct rule *rows = rules_table(&num);
    for (size_t c = 0; c < NUM_CLASSES; c++) {
        struct made made = created(classes[c]);
        struct buf template = least(classes[c]);
        struct span attrs = buf_span(&made.attrs);
        struct attr attr;
        for (struct reader r = reader(buf_span(&template)); attrs_next(&r, &attr);) {
            struct span kept;
            struct span from = rules_sealed(attrs, attr.type) ? secret_span(&made.secrets) : attrs;
            struct span other = rules_sealed(attrs, attr.type) ? attrs : secret_span(&made.secrets);
            assert_true(attrs_get(from, attr.type, &kept));
            assert_true(span_equal(kept, attr.value));
            assert_false(attrs_has(other, attr.type));
        }
        for (size_t i = 0; i < num; i++) {
            if ((rows[i].classes & ON(classes[c])) != 0 && rows[i].fallback != DEFAULT_NONE)
                assert_true(attrs_has(attrs, rows[i].type));
        }
        assert_false(attrs_has(attrs, CKA_UNIQUE_ID));
        buf_free(&template);
        unmake(&made);
    }
}

/* ---- changes, over every row and class ---- */

static void only_modifiable_rows_change(void **state)
{
    (void)state;
    size_t num;
    const struct rule *rows = rules_table(&num);
    for (size_t c = 0; c < NUM_CLASSES; c++) {
        for (size_t i = 0; i < num; i++) {
            if ((rows[i].classes & ON(classes[c])) == 0 || rows[i].kind == ATTR_BOOL ||
                (rows[i].flags & RULE_IGNORED) != 0)
                continue;
            struct made made = created(classes[c]);
            bool modifiable = (rows[i].flags & RULE_MODIFIABLE) != 0;
            assert_int_equal(change(&made, rows[i].type, good_value(&rows[i]), ROLE_USER, false),
                             modifiable ? PQHW_OK : PQHW_ATTRIBUTE_READ_ONLY);
            struct span now;
            if (modifiable) {
                assert_true(attrs_get(buf_span(&made.attrs), rows[i].type, &now));
                assert_true(span_equal(now, good_value(&rows[i])));
            }
            if (modifiable && rows[i].kind != ATTR_BYTES)
                assert_int_equal(change(&made, rows[i].type, bad_value(&rows[i]), ROLE_USER, false),
                                 PQHW_ATTRIBUTE_VALUE_INVALID);
            unmake(&made);
        }
    }
}

/* Whether a boolean may go to `to` by C_SetAttributeValue or C_CopyObject, by its flags alone. */
static bool may_become(const struct rule *rule, bool to, bool copying)
{
    unsigned allowed = RULE_MODIFIABLE | (copying ? RULE_COPY_MODIFIABLE : 0u);
    if ((rule->flags & allowed) == 0)
        return false;
    return to ? (rule->flags & RULE_STICKY_FALSE) == 0 : (rule->flags & RULE_STICKY_TRUE) == 0;
}

/* A key that wraps is not copied. */
static enum pqhw_status refusal(CK_OBJECT_CLASS object_class, const struct rule *rule, bool is,
                                bool copying)
{
    bool wraps = is && (rule->type == CKA_WRAP || rule->type == CKA_UNWRAP);

    return copying && wraps && object_class != CKO_PUBLIC_KEY ? PQHW_ACTION_PROHIBITED
                                                              : PQHW_ATTRIBUTE_READ_ONLY;
}

/* So that no use stands in the way of another (rules_conflicting has tests of its own). */
static void without_usage(struct made *made)
{
    static const CK_ATTRIBUTE_TYPE usage[] = {CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN,  CKA_VERIFY,
                                              CKA_DERIVE,  CKA_WRAP,    CKA_UNWRAP};
    for (size_t i = 0; i < sizeof(usage) / sizeof(usage[0]); i++)
        attrs_put_bool(&made->attrs, usage[i], false);
    attrs_put_bool(&made->attrs, CKA_SENSITIVE, false); /* a hidden one's uses do not change */
    attrs_put_bool(&made->attrs, CKA_EXTRACTABLE, true);
}

static void booleans_change_as_their_flags_say(void **state)
{
    (void)state;
    size_t num;
    size_t num_sticky = 0;
    const struct rule *rows = rules_table(&num);
    for (size_t c = 0; c < NUM_CLASSES; c++) {
        for (size_t i = 0; i < num; i++) {
            if ((rows[i].classes & ON(classes[c])) == 0 || rows[i].kind != ATTR_BOOL ||
                rows[i].type == CKA_MODIFIABLE || rows[i].type == CKA_COPYABLE ||
                rows[i].type == CKA_TRUSTED)
                continue; /* these have tests of their own */
            for (int way = 0; way < 4; way++) {
                bool to = (way & 1) != 0;
                bool copying = (way & 2) != 0;
                struct made made = created(classes[c]);
                if (classes[c] == CKO_SECRET_KEY)
                    without_usage(&made);
                if (classes[c] == CKO_PRIVATE_KEY)
                    attrs_put_bool(&made.attrs, CKA_DECAPSULATE, false);
                attrs_put_bool(&made.attrs, rows[i].type, !to);
                bool allowed = may_become(&rows[i], to, copying);
                assert_int_equal(change(&made, rows[i].type, to ? SPAN_STR("\1") : SPAN_STR("\0"),
                                        ROLE_USER, copying),
                                 allowed ? PQHW_OK : refusal(classes[c], &rows[i], !to, copying));
                assert_int_equal(attrs_bool(buf_span(&made.attrs), rows[i].type, !to),
                                 allowed ? to : !to);
                num_sticky += (rows[i].flags & (RULE_STICKY_TRUE | RULE_STICKY_FALSE)) != 0;
                unmake(&made);
            }
        }
    }
    assert_true(num_sticky >= 8 * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_and_disjoint),
        cmocka_unit_test(rows_do_not_contradict_themselves),
        cmocka_unit_test(wrong_forms_are_refused_in_every_row),
        cmocka_unit_test(required_rows_are_missed),
        cmocka_unit_test(the_tokens_own_attributes_are_read_only),
        cmocka_unit_test(attributes_of_other_classes_are_inconsistent_and_unknown_ones_invalid),
        cmocka_unit_test(given_values_are_kept_and_defaults_fill_the_rest),
        cmocka_unit_test(only_modifiable_rows_change),
        cmocka_unit_test(booleans_change_as_their_flags_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
