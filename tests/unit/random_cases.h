/* SPDX-License-Identifier: Apache-2.0
 *
 * Random inputs for comparing implementations: of another seed in each run, which is printed.
 *
 *   PQHW_TEST_SEED    the seed, to see a run again
 *   PQHW_TEST_FACTOR  so many times as many cases (`make random`)
 */
#ifndef UNIT_RANDOM_CASES_H
#define UNIT_RANDOM_CASES_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static inline uint64_t random_cases_seed(void)
{
    const char *given = getenv("PQHW_TEST_SEED");
    uint32_t seed = 1;

    if (given != NULL)
        seed = (uint32_t)strtoul(given, NULL, 10);
    else if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        abort();
    printf("PQHW_TEST_SEED=%" PRIu32 "\n", seed);
    return seed;
}

static inline uint64_t random_cases_factor(void)
{
    const char *given = getenv("PQHW_TEST_FACTOR");

    return given != NULL ? strtoul(given, NULL, 10) : 1;
}

/* splitmix64: its increments are those of the golden ratio. */
static inline uint64_t random_cases_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

#endif
