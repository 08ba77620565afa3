/* SPDX-License-Identifier: Apache-2.0 */
#include "base/size.h"

#include <stdio.h>

/* The power of 1024 behind a letter; -1 if it is none. */
static int unit_of(char letter)
{
    switch (letter) {
    case '\0':
        return 0;
    case 'K':
    case 'k':
        return 1;
    case 'M':
    case 'm':
        return 2;
    case 'G':
    case 'g':
        return 3;
    default:
        return -1;
    }
}

bool size_parse(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    }
    int unit = unit_of(*at);
    if (at == text || unit < 0 || (unit > 0 && at[1] != '\0'))
        return false;
    if (__builtin_mul_overflow(value, (uint64_t)1 << (10 * unit), &value))
        return false;
    *out = value;
    return true;
}

void size_format(char out[SIZE_TEXT_LEN], uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    uint64_t rest = bytes;

    if (bytes < 1024) {
        snprintf(out, SIZE_TEXT_LEN, "%u B", (unsigned)bytes);
        return;
    }
    for (; rest >= (uint64_t)1024 * 1024; rest /= 1024)
        unit++;
    snprintf(out, SIZE_TEXT_LEN, "%.1f %s", (double)rest / 1024, units[unit]);
}
