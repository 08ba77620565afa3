/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/bench.h"

#define MEASURE_MIN_SAMPLES 10
#define MEASURE_MAX_SAMPLES 1000000

/* Fill in the result. samples is room for MEASURE_MAX_SAMPLES. NULL, or what went wrong. */
const char *measure(struct bench_result *result, uint64_t *samples, const struct bench_case *what,
                    double seconds);

#endif
