/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hsm/table.h"

/* Keys that crowd together under the table's hash are as good as any; a small range gives many
 * collisions of keys and many removals. */
#define NUM_KEYS 512

static char values[NUM_KEYS];
static bool model[NUM_KEYS];
static size_t model_num;

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Spread over the whole range of numbers, so that homes wrap round the end of the table. */
static uint64_t key_of(size_t i)
{
    return (uint64_t)i * UINT64_C(0x0123456789abcdef) + i;
}

static void assert_equals_model(const struct table *table)
{
    size_t at = 0;
    size_t num = 0;
    bool seen[NUM_KEYS] = {false};

    assert_int_equal(table->num, model_num);
    for (size_t i = 0; i < NUM_KEYS; i++)
        assert_ptr_equal(table_get(table, key_of(i)), model[i] ? &values[i] : NULL);
    for (char *value; (value = table_next(table, &at)) != NULL; num++) {
        assert_false(seen[value - values]);
        seen[value - values] = true;
    }
    assert_int_equal(num, model_num);
}

static void behaves_like_an_array(void **state)
{
    (void)state;
    struct table table = {0};
    uint32_t random = 1;

    memset(model, 0, sizeof(model));
    model_num = 0;
    for (size_t step = 0; step < 20000; step++) {
        size_t i = next_random(&random) % NUM_KEYS;

        if (model[i]) {
            assert_ptr_equal(table_remove(&table, key_of(i)), &values[i]);
            model_num--;
        } else {
            assert_null(table_remove(&table, key_of(i)));
            assert_int_equal(table_add(&table, key_of(i), &values[i]), PQHW_OK);
            model_num++;
        }
        model[i] = !model[i];
        if (step % 64 == 0)
            assert_equals_model(&table);
    }
    assert_equals_model(&table);
    table_free(&table);
}

static void an_empty_table_has_nothing(void **state)
{
    (void)state;
    struct table table = {0};
    size_t at = 0;

    assert_null(table_get(&table, 0));
    assert_null(table_remove(&table, 0));
    assert_null(table_next(&table, &at));
    table_free(&table);
    assert_null(table.entries);
}

/* Remove what table_next gives, stepping back each time: every entry that should go goes. */
static void entries_may_be_removed_while_iterating(void **state)
{
    (void)state;
    for (size_t modulus = 1; modulus < 5; modulus++) {
        struct table table = {0};
        size_t at = 0;
        size_t removed = 0;

        for (size_t i = 0; i < NUM_KEYS; i++)
            assert_int_equal(table_add(&table, key_of(i), &values[i]), PQHW_OK);
        for (char *value; (value = table_next(&table, &at)) != NULL;) {
            size_t i = (size_t)(value - values);
            if (i % modulus != 0)
                continue;
            assert_ptr_equal(table_remove(&table, key_of(i)), value);
            at--;
            removed++;
        }
        assert_int_equal(removed, (NUM_KEYS + modulus - 1) / modulus);
        for (size_t i = 0; i < NUM_KEYS; i++)
            assert_ptr_equal(table_get(&table, key_of(i)), i % modulus == 0 ? NULL : &values[i]);
        table_free(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_like_an_array),
        cmocka_unit_test(an_empty_table_has_nothing),
        cmocka_unit_test(entries_may_be_removed_while_iterating),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
