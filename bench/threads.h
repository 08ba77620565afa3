/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

#include "bench/bench.h"

#define NUM_THREADS 2

/* What each thread works with: through the module, and without it. */
struct threads {
    void *contexts[NUM_THREADS];
    void *bare_contexts[NUM_THREADS];
};

/* Measure a case with two threads at once, beside the bare work with two threads. `after` is not
 * called. The result is the time for one operation of all that the threads do. */
void bench_on_threads(struct bench *bench, const struct bench_case *what,
                      const struct threads *threads);

#endif
