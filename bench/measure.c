/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking samples: one operation each, until the time for the case is over.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "bench/measure.h"
#include "bench/ticks.h"

#define NUM_WARM_UP 3

void bench_fail(struct bench *bench, const char *format, ...)
{
    va_list args;

    bench->failed = true;
    fputs("pqhw-bench: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* The filter sees "alg op impl mode". */
bool bench_wants(const struct bench *bench, const struct bench_case *what)
{
    char line[160];

    if (!bench->has_filter)
        return true;
    snprintf(line, sizeof(line), "%s %s %s %s", what->alg, what->op, what->impl, what->mode);
    return regexec(&bench->filter, line, 0, NULL, 0) == 0;
}

static int compare_samples(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* What it costs to read the counter twice, to be taken off each sample. */
static uint64_t overhead(void)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < 1000; i++) {
        uint64_t start = ticks_begin();
        uint64_t ticks = ticks_end() - start;
        if (ticks < least)
            least = ticks;
    }
    return least;
}

static void summarise(struct bench_result *result, uint64_t *samples, size_t num)
{
    const double num_items = result->what.num_items > 0 ? result->what.num_items : 1;
    double sum = 0;
    size_t middle;

    qsort(samples, num, sizeof(samples[0]), compare_samples);
    for (size_t i = 0; i < num; i++)
        sum += (double)samples[i];
    result->num_samples = num;
    result->ticks_mean = sum / (double)num;
    middle = num / 2;
    result->ticks_median = num % 2 != 0
                               ? (double)samples[middle]
                               : ((double)samples[middle - 1] + (double)samples[middle]) / 2;
    result->ticks_mean /= num_items;
    result->ticks_median /= num_items;
}

const char *measure(struct bench_result *result, uint64_t *samples, const struct bench_case *what,
                    double seconds)
{
    uint64_t cost = overhead();
    uint64_t deadline = 0;
    size_t num = 0;

    result->what = *what;
    for (uint64_t n = 0; num < MEASURE_MAX_SAMPLES; n++) {
        uint64_t start = ticks_begin();
        const char *error = what->run(what->context, n);
        uint64_t ticks = ticks_end() - start;
        if (error != NULL)
            return error;
        if (what->after != NULL)
            what->after(what->context);
        if (n < NUM_WARM_UP) {
            deadline = clock_monotonic_ns() + (uint64_t)(seconds * 1e9);
            continue;
        }
        samples[num++] = ticks > cost ? ticks - cost : 0;
        if (num >= MEASURE_MIN_SAMPLES && clock_monotonic_ns() >= deadline)
            break;
    }
    summarise(result, samples, num);
    return NULL;
}

void bench_measure(struct bench *bench, const struct bench_case *what)
{
    struct bench_result *result = &bench->results[bench->num_results];
    const char *error;

    if (!bench_wants(bench, what))
        return;
    if (bench->num_results == BENCH_MAX_RESULTS) {
        bench_fail(bench, "more than %d results", BENCH_MAX_RESULTS);
        return;
    }
    error = measure(result, bench->samples, what, bench->seconds);
    if (error != NULL) {
        bench_fail(bench, "%s %s %s: %s", what->alg, what->op, what->mode, error);
        return;
    }
    bench->num_results++;
    report_row(bench, result);
}
