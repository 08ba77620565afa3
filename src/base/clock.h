/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some fixed point; never goes back. */
uint64_t clock_monotonic_ns(void);

/* Milliseconds since some fixed point, a few behind, for a few nanoseconds and no system call. */
uint64_t clock_coarse_ms(void);

/* Microseconds since 1970-01-01 UTC, from the system's clock. */
uint64_t clock_wall_us(void);

/* "2027-01-31T23:59:59.123456Z" and a NUL: 28 bytes. */
#define CLOCK_TEXT_LEN 28
void clock_format(char out[CLOCK_TEXT_LEN], uint64_t wall_us);

#endif
