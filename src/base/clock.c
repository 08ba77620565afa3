/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <string.h>
#include <time.h>

uint64_t clock_monotonic_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_coarse_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

uint64_t clock_wall_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

#define DATE_LEN      19
#define MICROS_DIGITS 6

/* The texts of one second are made from its first: an audit record wants the time of each
 * operation. */
void clock_format(char out[CLOCK_TEXT_LEN], uint64_t wall_us)
{
    static _Thread_local time_t last = -1;
    static _Thread_local char date[DATE_LEN + 5]; /* to the year 9999, and some */
    time_t seconds = (time_t)(wall_us / 1000000u);
    uint64_t micros = wall_us % 1000000u;

    if (seconds != last) {
        struct tm tm;
        gmtime_r(&seconds, &tm);
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
        last = seconds;
    }
    memcpy(out, date, DATE_LEN);
    out[DATE_LEN] = '.';
    for (size_t i = MICROS_DIGITS; i > 0; i--) {
        out[DATE_LEN + i] = (char)('0' + micros % 10);
        micros /= 10;
    }
    memcpy(out + DATE_LEN + 1 + MICROS_DIGITS, "Z", 2);
}
