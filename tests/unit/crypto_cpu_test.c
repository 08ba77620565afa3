/* SPDX-License-Identifier: Apache-2.0
 *
 * The choice of a CPU level. It is made once per process, so each case has a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/cpu.h"

/* What cpu_level says in a new process with PQHW_CPU set to value, or unset for NULL. */
static int level_with(const char *value)
{
    int status = 0;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        int first;

        if (value != NULL)
            setenv("PQHW_CPU", value, 1);
        else
            unsetenv("PQHW_CPU");
        first = (int)cpu_level();
        setenv("PQHW_CPU", "portable", 1); /* comes too late */
        _exit((int)cpu_level() == first ? first : 100);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_best_by_default(void **state)
{
    (void)state;
    assert_int_equal(level_with(NULL), cpu_supported());
    assert_int_equal(level_with(""), cpu_supported());
    assert_int_equal(level_with("AVX2"), cpu_supported());
    assert_int_equal(level_with("avx2 "), cpu_supported());
}

static void test_forced(void **state)
{
    (void)state;
    for (int level = 0; level < CPU_NUM_LEVELS; level++) {
        const int supported = (int)cpu_supported();

        assert_int_equal(level_with(cpu_level_name((enum cpu_level)level)),
                         level < supported ? level : supported);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(cpu_level_name(CPU_PORTABLE), "portable");
    assert_string_equal(cpu_level_name(CPU_AVX2), "avx2");
    assert_string_equal(cpu_level_name(CPU_AVX512), "avx512");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_by_default),
        cmocka_unit_test(test_forced),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("crypto_cpu", tests, NULL, NULL);
}
