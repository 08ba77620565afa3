/* SPDX-License-Identifier: Apache-2.0
 *
 * Ticks for machines without a time stamp counter: nanoseconds.
 */
#include "base/clock.h"
#include "bench/ticks.h"

void ticks_init(void)
{
}

uint64_t ticks_begin(void)
{
    return clock_monotonic_ns();
}

uint64_t ticks_end(void)
{
    return clock_monotonic_ns();
}

bool ticks_are_cycles(void)
{
    return false;
}

double ticks_to_ns(double ticks)
{
    return ticks;
}
