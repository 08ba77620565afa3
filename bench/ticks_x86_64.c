/* SPDX-License-Identifier: Apache-2.0
 *
 * The time stamp counter of x86-64. It counts at a constant rate, not the cycles of a core whose
 * frequency changes. Where the CPU does not promise the constant rate, nanoseconds are taken.
 */
#include <cpuid.h>
#include <time.h>
#include <x86intrin.h>

#include "base/clock.h"
#include "bench/ticks.h"

#define CPUID_POWER_MANAGEMENT 0x80000007u
#define CPUID_INVARIANT_TSC    (1u << 8)

static bool use_tsc;
static double ns_per_tick = 1.0;

static bool tsc_is_invariant(void)
{
    unsigned eax, ebx, ecx, edx;

    if (__get_cpuid(CPUID_POWER_MANAGEMENT, &eax, &ebx, &ecx, &edx) == 0)
        return false;
    return (edx & CPUID_INVARIANT_TSC) != 0;
}

uint64_t ticks_begin(void)
{
    uint64_t now;

    if (!use_tsc)
        return clock_monotonic_ns();
    _mm_lfence();
    now = __rdtsc();
    _mm_lfence();
    return now;
}

uint64_t ticks_end(void)
{
    unsigned cpu;
    uint64_t now;

    if (!use_tsc)
        return clock_monotonic_ns();
    now = __rdtscp(&cpu);
    _mm_lfence();
    return now;
}

void ticks_init(void)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    uint64_t start_ns, start, end_ns, end;

    use_tsc = tsc_is_invariant();
    if (!use_tsc)
        return;
    start_ns = clock_monotonic_ns();
    start = ticks_begin();
    nanosleep(&pause, NULL);
    end_ns = clock_monotonic_ns();
    end = ticks_begin();
    ns_per_tick = (double)(end_ns - start_ns) / (double)(end - start);
}

bool ticks_are_cycles(void)
{
    return use_tsc;
}

double ticks_to_ns(double ticks)
{
    return ticks * ns_per_tick;
}
