/* SPDX-License-Identifier: Apache-2.0
 *
 * In place of crypto/cpu.c, which chooses once.
 */
#include "levels.h"

enum cpu_level fuzz_level;

enum cpu_level cpu_level(void)
{
    return fuzz_level < cpu_supported() ? fuzz_level : cpu_supported();
}

const char *cpu_level_name(enum cpu_level level)
{
    static const char *const names[] = {"portable", "avx2", "avx512"};

    return names[level];
}
