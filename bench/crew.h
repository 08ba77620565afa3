/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that do the same work at the same time, each on things of its own.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <stdint.h>

#define CREW_MAX 16

struct crew;

/* What each of the threads does in one round: `run` so many times, with numbers that no other round
 * and no other thread has. */
struct crew_task {
    const char *(*run)(void *context, uint64_t n);
    void *contexts[CREW_MAX]; /* one for each thread */
    unsigned repeat;
};

/* NULL if there are not enough threads or memory. */
struct crew *crew_new(unsigned num_threads);
void crew_free(struct crew *crew); /* NULL is allowed */

/* The n-th round: comes back when all are done. NULL, or what went wrong in one of them. */
const char *crew_do(struct crew *crew, const struct crew_task *task, uint64_t n);

#endif
