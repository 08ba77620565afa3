/* SPDX-License-Identifier: Apache-2.0
 *
 * The finest clock of the machine: the time stamp counter, or else nanoseconds.
 */
#ifndef BENCH_TICKS_H
#define BENCH_TICKS_H

#include <stdbool.h>
#include <stdint.h>

/* Find out how fast the counter runs. Takes some 50 ms. */
void ticks_init(void);

/* Read around what is measured: nothing of it is executed before the first or after the second. */
uint64_t ticks_begin(void);
uint64_t ticks_end(void);

/* Whether a tick is a cycle of a counter with a constant rate. */
bool ticks_are_cycles(void);

double ticks_to_ns(double ticks);

#endif
