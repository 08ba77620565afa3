/* SPDX-License-Identifier: Apache-2.0
 *
 * pqhw-bench: what the parts share.
 *
 * A part fills in struct bench_case, one per row of the result, and hands each to bench_measure,
 * which decides whether it is wanted, runs it over and over, and reports.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "crypto/mldsa/mldsa.h"
#include "crypto/mlkem/mlkem.h"

struct bench_case {
    const char *alg;  /* the standard's name, such as "ML-KEM-768" */
    const char *op;   /* keygen, encaps, decaps, sign, verify; see objects.c for others */
    const char *impl; /* the engine's implementation, or the module's file name */
    const char *mode; /* stateless, resident, lanes, module, objects */
    /* How many operations are done in one run, whose cost is shared among them. 0: one. */
    unsigned num_items;

    /* One run, the n-th; inputs differ with n. NULL, or a text on what went wrong. */
    const char *(*run)(void *context, uint64_t n);
    /* What has to be cleared away after each run and is not measured. May be NULL. */
    void (*after)(void *context);
    void *context;
    size_t min_samples; /* beyond what the time allows; 0 for MEASURE_MIN_SAMPLES */

    /* The same work without a module (in the bare engine, libcrypto, one fdatasync): a sample of it
     * follows each sample of the other. May be NULL. */
    const char *(*bare)(void *context, uint64_t n);
    void *bare_context;
    unsigned bare_items; /* 0: one */
};

/* ML-DSA takes a varying number of attempts: the mean wants many messages. */
#define BENCH_MIN_ATTEMPTS 1000

struct bench_result {
    struct bench_case what;
    size_t num_samples;
    double ticks_median;
    double ticks_mean;
    double reference_ticks; /* median, of one permutation, measured beside */
    double multiple;        /* of ticks_median to reference_ticks */
    double multiple_mean;   /* the same of the means of CPU time */
    double bare_ticks;      /* median; 0 if there was nothing to compare with */
    double bare_multiple;   /* of ticks_median to bare_ticks */
    double best_multiple;   /* the same of the fastest samples */
};

/* Something that is no time: memory, room on the disk. */
struct bench_fact {
    const char *alg;
    const char *what;
    const char *impl;
    double value;
    const char *unit;
};

#define BENCH_MAX_RESULTS 512
#define BENCH_MAX_FACTS   64
#define BENCH_MAX_MODULES 4
#define BENCH_MAX_COUNTS  8

struct reference;

struct bench {
    /* Options */
    bool json;
    bool has_filter;
    regex_t filter;
    double seconds;  /* for each case */
    const char *cpu; /* levels, separated by commas, or NULL */
    const char *modules[BENCH_MAX_MODULES];
    unsigned num_modules;
    const char *slot;     /* of the module, or NULL */
    const char *pin_file; /* or NULL */
    /* How many objects to put on the token, rising; none to measure algorithms. */
    unsigned long num_objects[BENCH_MAX_COUNTS];
    unsigned num_counts;
    double patience; /* seconds in which a token has to be filled */

    /* Results */
    uint64_t *samples;
    uint64_t *reference_samples;
    uint64_t *bare_samples;
    struct reference *reference;
    struct bench_result results[BENCH_MAX_RESULTS];
    size_t num_results;
    struct bench_fact facts[BENCH_MAX_FACTS];
    size_t num_facts;
    char texts[1024]; /* bench_keep */
    size_t texts_len;
    bool failed;
};

/* Whether the filter lets a case through. */
bool bench_wants(const struct bench *bench, const struct bench_case *what);

/* Measure a case if it is wanted. A failure is told on stderr and remembered. */
void bench_measure(struct bench *bench, const struct bench_case *what);

/* Tell a fact, if the filter wants it. */
void bench_tell(struct bench *bench, const struct bench_fact *fact);

/* A copy of a text that the report can show. */
const char *bench_keep(struct bench *bench, const char *text);

/* Run a part in a child, whose results come back. `name` is told if it fails. */
void bench_in_child(struct bench *bench, const char *name,
                    void (*part)(struct bench *bench, const char *name));

/* Tell of a failure that is not that of a case. */
void bench_fail(struct bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The parts. */
void bench_engine(struct bench *bench);
void bench_engine_hqc(struct bench *bench);
void bench_engine_falcon(struct bench *bench);
void bench_engine_slhdsa(struct bench *bench);
void bench_lanes_mlkem(struct bench *bench, enum mlkem_set set);
void bench_lanes_mldsa(struct bench *bench, enum mldsa_set set);
void bench_module(struct bench *bench, const char *module);
void bench_classical(struct bench *bench, const char *module);
void bench_objects(struct bench *bench, const char *module);

/* The engine once for each level that bench->cpu names, or with the best of them. */
void bench_levels(struct bench *bench);

/* The output: a table row by row, or all as one JSON object at the end. */
void report_start(const struct bench *bench);
void report_row(const struct bench *bench, const struct bench_result *result);
void report_fact(const struct bench *bench, const struct bench_fact *fact);
void report_end(const struct bench *bench);

#endif
