/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/cpu.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[CPU_NUM_LEVELS] = {
    [CPU_PORTABLE] = "portable",
    [CPU_AVX2] = "avx2",
    [CPU_AVX512] = "avx512",
};

const char *cpu_level_name(enum cpu_level level)
{
    return names[level];
}

/* secure_getenv: who runs a program with somebody else's rights has no say in it. */
static int choose(void)
{
    const char *wanted = secure_getenv("PQHW_CPU");
    const int supported = (int)cpu_supported();

    for (int level = 0; level < CPU_NUM_LEVELS && level < supported; level++)
        if (wanted != NULL && strcmp(wanted, names[level]) == 0)
            return level;
    return supported;
}

enum cpu_level cpu_level(void)
{
    /* The level plus one; 0 while there is no choice yet. Of several threads that come first
     * together, one sets it for all. */
    static atomic_int chosen;
    int found = atomic_load_explicit(&chosen, memory_order_relaxed);

    if (found == 0) {
        const int mine = choose() + 1;

        if (atomic_compare_exchange_strong(&chosen, &found, mine))
            found = mine;
    }
    return (enum cpu_level)(found - 1);
}
