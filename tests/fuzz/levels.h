/* SPDX-License-Identifier: Apache-2.0
 *
 * One process, every implementation: link levels.c, and crypto/cpu.h's choice is this variable.
 */
#ifndef TESTS_FUZZ_LEVELS_H
#define TESTS_FUZZ_LEVELS_H

#include "crypto/cpu.h"

extern enum cpu_level fuzz_level;

enum cpu_level fuzz_supported(void); /* the highest */

/* `for (FUZZ_LEVELS)`: portable C first. */
#define FUZZ_LEVELS                                                                                \
    fuzz_level = CPU_PORTABLE;                                                                     \
    fuzz_level <= fuzz_supported();                                                                \
    fuzz_level++

#endif
