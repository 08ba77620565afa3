/* SPDX-License-Identifier: Apache-2.0
 *
 * Which implementation of an algorithm to run. Chosen once per process, at the first call, and the
 * same ever after; safe to call from any thread.
 */
#ifndef CRYPTO_CPU_H
#define CRYPTO_CPU_H

#include <stdbool.h>

/* Each level contains the ones before it. */
enum cpu_level {
    CPU_PORTABLE,
    CPU_AVX2,   /* AVX2, BMI1, BMI2, and POPCNT */
    CPU_AVX512, /* AVX-512 F, BW, DQ and VL */
};

#define CPU_NUM_LEVELS 3

/* The best level that CPU and operating system have. */
enum cpu_level cpu_supported(void);

/*
 * The level to use: the supported one, or the one that the environment variable PQHW_CPU names
 * ("portable", "avx2", "avx512"), but never above the supported one. Any other value changes
 * nothing.
 */
enum cpu_level cpu_level(void);

/* Whether an x86-64 CPU has the SHA extensions, which are apart from the levels. Asks the CPU anew
 * at every call. */
bool cpu_has_sha(void);

/* The same for carry-less multiplication: PCLMULQDQ, and VPCLMULQDQ, which is wider. */
bool cpu_has_pclmul(void);
bool cpu_has_vpclmul(void);

/* "portable", "avx2", "avx512" */
const char *cpu_level_name(enum cpu_level level);

#endif
