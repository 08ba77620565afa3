/* SPDX-License-Identifier: Apache-2.0
 *
 * In place of crypto/cpu.c, which chooses once.
 */
#include "levels.h"

enum cpu_level fuzz_level;

/* Asking the CPU takes long in a virtual machine. */
enum cpu_level fuzz_supported(void)
{
    static int known = -1;

    if (known < 0)
        known = (int)cpu_supported();
    return (enum cpu_level)known;
}

enum cpu_level cpu_level(void)
{
    return fuzz_level < fuzz_supported() ? fuzz_level : fuzz_supported();
}

const char *cpu_level_name(enum cpu_level level)
{
    static const char *const names[] = {"portable", "avx2", "avx512"};

    return names[level];
}
