/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/bench.h"

#define MEASURE_MIN_SAMPLES 10
#define MEASURE_MAX_SAMPLES 1000000

/*
 * Measure a case for the time that bench says, and between its samples, spread evenly, the
 * reference. No sample is left out. bench->samples and bench->reference_samples are room for
 * MEASURE_MAX_SAMPLES each. NULL, or what went wrong.
 */
const char *measure(struct bench_result *result, struct bench *bench,
                    const struct bench_case *what);

#endif
