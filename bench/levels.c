/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine with one CPU level after the other. The level is chosen once per process, so each is
 * measured in a child, whose results appear in memory that it shares with its parent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "crypto/cpu.h"

/* In the child. */
static void measure_level(struct bench *bench, const char *name)
{
    if (setenv("PQHW_CPU", name, 1) != 0)
        bench_fail(bench, "--cpu %s: %s", name, strerror(errno));
    else if (strcmp(cpu_level_name(cpu_level()), name) != 0)
        bench_fail(bench, "--cpu %s: this CPU has no such level", name);
    else
        bench_engine(bench);
}

void bench_in_child(struct bench *bench, const char *name,
                    void (*part)(struct bench *bench, const char *name))
{
    int result = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        part(bench, name);
        fflush(stdout);
        _exit(EXIT_SUCCESS);
    }
    if (child < 0 || waitpid(child, &result, 0) != child || result != 0)
        bench_fail(bench, "%s: the process that measures it failed", name);
}

void bench_levels(struct bench *bench)
{
    char *names, *rest, *name;

    if (bench->cpu == NULL) {
        bench_engine(bench);
        return;
    }
    names = strdup(bench->cpu);
    if (names == NULL)
        bench_fail(bench, "not enough memory");
    for (name = names != NULL ? strtok_r(names, ",", &rest) : NULL; name != NULL;
         name = strtok_r(NULL, ",", &rest))
        bench_in_child(bench, name, measure_level);
    free(names);
}
