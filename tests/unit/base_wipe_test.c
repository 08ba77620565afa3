/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/wipe.h"

#define STACK_LEN ((size_t)256 * 1024)
#define LEFT_LEN  12000 /* less than wipe_stack wipes, frames included */
#define LEFT      0xa7

static void test_wipe(void **state)
{
    uint8_t bytes[64];

    (void)state;
    memset(bytes, LEFT, sizeof(bytes));
    wipe(bytes + 1, 0);
    wipe(NULL, 0);
    assert_int_equal(bytes[1], LEFT);
    wipe(bytes + 1, 62);
    assert_int_equal(bytes[0], LEFT);
    for (size_t i = 1; i < 63; i++)
        assert_int_equal(bytes[i], 0);
    assert_int_equal(bytes[63], LEFT);
    WIPE(bytes);
    assert_int_equal(bytes[63], 0);
}

static __attribute__((noinline)) void leave_bytes(void)
{
    uint8_t bytes[LEFT_LEN];

    memset(bytes, LEFT, sizeof(bytes));
    __asm__ __volatile__("" : : "r"(bytes) : "memory");
}

/* arg tells whether to wipe. */
static void *leave_and_wipe(void *arg)
{
    leave_bytes();
    if (arg != NULL)
        wipe_stack();
    return NULL;
}

/* How many bytes stay on the stack of a thread that ran leave_and_wipe. */
static size_t count_left(void *arg)
{
    pthread_attr_t attributes;
    pthread_t thread;
    size_t left = 0;
    uint8_t *stack = aligned_alloc(4096, STACK_LEN);

    assert_non_null(stack);
    memset(stack, 0, STACK_LEN);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_LEN), 0);
    assert_int_equal(pthread_create(&thread, &attributes, leave_and_wipe, arg), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    /* Two in a row: one alone is also in every address, of those the thread's own data are full of,
     * when the system puts the memory there. */
    for (size_t i = 1; i < STACK_LEN; i++)
        left += stack[i - 1] == LEFT && stack[i] == LEFT;
    free(stack);
    return left;
}

static void test_wipe_stack(void **state)
{
    int yes = 1;

    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* ThreadSanitizer lays out the stack in its own way */
#endif
    /* The end of the thread takes some of it. */
    assert_true(count_left(NULL) > LEFT_LEN / 2);
    assert_true(count_left(&yes) < 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_wipe_stack),
    };

    return cmocka_run_group_tests_name("base_wipe", tests, NULL, NULL);
}
