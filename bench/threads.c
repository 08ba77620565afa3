/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/threads.h"

#include "base/clock.h"
#include "bench/crew.h"

#define ROUND_NS    2000000 /* so long that waking the threads hardly matters */
#define NUM_PROBES  5
#define MAX_REPEAT  100000
#define MIN_SAMPLES 50

/* A round of the crew, as one run of a case. */
struct round {
    struct crew *crew;
    struct crew_task task;
};

static const char *run_round(void *context, uint64_t n)
{
    struct round *round = context;

    return crew_do(round->crew, &round->task, n);
}

/* How often the work is to be done in one round. */
static unsigned repeat_for(const struct bench_case *what, void *context)
{
    uint64_t start = clock_monotonic_ns();

    for (unsigned i = 0; i < NUM_PROBES; i++) {
        if (what->run(context, i) != NULL)
            return 1; /* and the measurement tells why */
    }
    uint64_t each = (clock_monotonic_ns() - start) / NUM_PROBES + 1;
    return each >= ROUND_NS               ? 1
           : each * MAX_REPEAT < ROUND_NS ? MAX_REPEAT
                                          : (unsigned)(ROUND_NS / each);
}

void bench_on_threads(struct bench *bench, const struct bench_case *what,
                      const struct threads *threads)
{
    struct bench_case rounds = *what;
    struct round round = {.task = {.run = what->run}};
    struct round bare = {.task = {.run = what->bare}};

    rounds.mode = "2-threads";
    if (!bench_wants(bench, &rounds))
        return;
    round.crew = crew_new(NUM_THREADS);
    bare.crew = round.crew;
    if (round.crew == NULL) {
        bench_fail(bench, "%s %s: no threads", what->alg, what->op);
        return;
    }
    round.task.repeat = bare.task.repeat = repeat_for(what, threads->contexts[0]);
    for (unsigned i = 0; i < NUM_THREADS; i++) {
        round.task.contexts[i] = threads->contexts[i];
        bare.task.contexts[i] = threads->bare_contexts[i];
    }
    rounds.run = run_round;
    rounds.context = &round;
    rounds.after = NULL;
    rounds.bare = run_round;
    rounds.bare_context = &bare;
    rounds.num_items = rounds.bare_items = NUM_THREADS * round.task.repeat;
    rounds.min_samples = MIN_SAMPLES;
    bench_measure(bench, &rounds);
    crew_free(round.crew);
}
