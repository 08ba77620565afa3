/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking samples: one operation each, until the time for the case is over.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "bench/measure.h"
#include "bench/reference.h"
#include "bench/ticks.h"

#define NUM_WARM_UP     3
#define REFERENCE_SHARE 4 /* the reference gets this part of the operation's time, at least */

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

const char *bench_keep(struct bench *bench, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = bench->texts + bench->texts_len;

    if (size > sizeof(bench->texts) - bench->texts_len)
        return "?";
    memcpy(kept, text, size);
    bench->texts_len += size;
    return kept;
}

void bench_tell(struct bench *bench, const struct bench_fact *fact)
{
    const struct bench_case what = {
        .alg = fact->alg, .op = fact->what, .impl = fact->impl, .mode = "fact"};

    if (!bench_wants(bench, &what) || bench->num_facts == BENCH_MAX_FACTS)
        return;
    bench->facts[bench->num_facts++] = *fact;
    report_fact(bench, fact);
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

static double median(uint64_t *samples, size_t num)
{
    const size_t middle = num / 2;

    qsort(samples, num, sizeof(samples[0]), compare_samples);
    return num % 2 != 0 ? (double)samples[middle]
                        : ((double)samples[middle - 1] + (double)samples[middle]) / 2;
}

/* What this thread has had of a CPU: other processes that push in do not count. */
static uint64_t cpu_time_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One run of something. */
struct sample {
    uint64_t ticks;
    uint64_t cpu_ns;
};

/* Samples of one kind, and the time that all of them took. */
struct series {
    uint64_t *samples;
    size_t num;
    uint64_t total;
    uint64_t cpu_ns;
};

static void add_sample(struct series *series, struct sample sample, struct sample cost)
{
    const uint64_t ticks = sample.ticks > cost.ticks ? sample.ticks - cost.ticks : 0;

    series->samples[series->num++] = ticks;
    series->total += ticks;
    series->cpu_ns += sample.cpu_ns > cost.cpu_ns ? sample.cpu_ns - cost.cpu_ns : 0;
}

static const char *run_once(struct sample *sample, const struct bench_case *what, uint64_t n)
{
    const uint64_t cpu_ns = cpu_time_ns();
    const uint64_t ticks = ticks_begin();
    const char *error = what->run(what->context, n);

    sample->ticks = ticks_end() - ticks;
    sample->cpu_ns = cpu_time_ns() - cpu_ns;
    if (error == NULL && what->after != NULL)
        what->after(what->context);
    return error;
}

static const char *run_nothing(void *context, uint64_t n)
{
    (void)context;
    (void)n;
    return NULL;
}

static const char *run_reference(void *context, uint64_t n)
{
    (void)n;
    return reference_run(context);
}

/* What it costs to read the clocks, to be taken off each sample. */
static struct sample overhead(void)
{
    static const struct bench_case nothing = {.run = run_nothing};
    struct sample least = {UINT64_MAX, UINT64_MAX};

    for (unsigned i = 0; i < 1000; i++) {
        struct sample sample;
        run_once(&sample, &nothing, i);
        least.ticks = sample.ticks < least.ticks ? sample.ticks : least.ticks;
        least.cpu_ns = sample.cpu_ns < least.cpu_ns ? sample.cpu_ns : least.cpu_ns;
    }
    return least;
}

/* Reference samples until they have had their share of the time. */
static const char *measure_reference(struct series *series, struct reference *reference,
                                     uint64_t share, struct sample cost)
{
    const struct bench_case what = {.run = run_reference, .context = reference};

    while (series->total <= share && series->num < MEASURE_MAX_SAMPLES) {
        struct sample sample;
        const char *error = run_once(&sample, &what, 0);
        if (error != NULL)
            return error;
        add_sample(series, sample, cost);
    }
    return NULL;
}

/* The same work without a module, if it can be done. */
static const char *measure_bare(struct series *series, const struct bench_case *what, uint64_t n,
                                struct sample cost)
{
    const struct bench_case bare = {.run = what->bare, .context = what->bare_context};
    struct sample sample;

    if (what->bare == NULL)
        return NULL;
    const char *error = run_once(&sample, &bare, n);
    if (error == NULL && n >= NUM_WARM_UP)
        add_sample(series, sample, cost);
    return error;
}

static double per_item(double ticks, unsigned num_items)
{
    return ticks / (num_items > 0 ? num_items : 1);
}

/* After summarise, which sorted the samples of the operation. */
static void summarise_bare(struct bench_result *result, const struct series *op,
                           struct series *bare)
{
    const struct bench_case *what = &result->what;

    result->bare_ticks = result->bare_multiple = result->best_multiple = 0;
    if (bare->num == 0)
        return;
    result->bare_ticks = per_item(median(bare->samples, bare->num), what->bare_items);
    result->bare_multiple = result->ticks_median / result->bare_ticks;
    result->best_multiple = per_item((double)op->samples[0], what->num_items) /
                            per_item((double)bare->samples[0], what->bare_items);
}

static void summarise(struct bench_result *result, struct series *op, struct series *reference)
{
    const double num_items = result->what.num_items > 0 ? result->what.num_items : 1;
    const double num_ops = num_items * (double)op->num;
    const double num_references = REFERENCE_PERMUTATIONS * (double)reference->num;

    result->num_samples = op->num;
    result->ticks_mean = (double)op->total / num_ops;
    result->ticks_median = median(op->samples, op->num) / num_items;
    result->reference_ticks = median(reference->samples, reference->num) / REFERENCE_PERMUTATIONS;
    result->multiple = result->ticks_median / result->reference_ticks;
    result->multiple_mean =
        ((double)op->cpu_ns / num_ops) / ((double)reference->cpu_ns / num_references);
}

const char *measure(struct bench_result *result, struct bench *bench, const struct bench_case *what)
{
    const struct sample cost = overhead();
    const size_t min_samples =
        what->min_samples > MEASURE_MIN_SAMPLES ? what->min_samples : MEASURE_MIN_SAMPLES;
    struct series op = {.samples = bench->samples};
    struct series reference = {.samples = bench->reference_samples};
    struct series bare = {.samples = bench->bare_samples};
    uint64_t deadline = 0;

    result->what = *what;
    for (uint64_t n = 0; op.num < MEASURE_MAX_SAMPLES; n++) {
        struct sample sample;
        const char *error = run_once(&sample, what, n);
        if (error == NULL)
            error = measure_bare(&bare, what, n, cost);
        if (error == NULL)
            error =
                measure_reference(&reference, bench->reference, op.total / REFERENCE_SHARE, cost);
        if (error != NULL)
            return error;
        if (n < NUM_WARM_UP) {
            deadline = clock_monotonic_ns() + (uint64_t)(bench->seconds * 1e9);
            continue;
        }
        add_sample(&op, sample, cost);
        if (op.num >= min_samples && clock_monotonic_ns() >= deadline)
            break;
    }
    summarise(result, &op, &reference);
    summarise_bare(result, &op, &bare);
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
    error = measure(result, bench, what);
    if (error != NULL) {
        bench_fail(bench, "%s %s %s: %s", what->alg, what->op, what->mode, error);
        return;
    }
    bench->num_results++;
    report_row(bench, result);
}
