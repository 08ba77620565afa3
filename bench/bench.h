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
};

#define BENCH_MAX_RESULTS 512

struct reference;

struct bench {
    /* Options */
    bool json;
    bool has_filter;
    regex_t filter;
    double seconds;            /* for each case */
    const char *cpu;           /* levels, separated by commas, or NULL */
    const char *module;        /* file name or NULL */
    const char *slot;          /* of the module, or NULL */
    const char *pin_file;      /* or NULL */
    unsigned long num_objects; /* to put on the token, or 0 to measure algorithms */

    /* Results */
    uint64_t *samples;
    uint64_t *reference_samples;
    struct reference *reference;
    struct bench_result results[BENCH_MAX_RESULTS];
    size_t num_results;
    bool failed;
};

/* Whether the filter lets a case through. */
bool bench_wants(const struct bench *bench, const struct bench_case *what);

/* Measure a case if it is wanted. A failure is told on stderr and remembered. */
void bench_measure(struct bench *bench, const struct bench_case *what);

/* Tell of a failure that is not that of a case. */
void bench_fail(struct bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The parts. */
void bench_engine(struct bench *bench);
void bench_engine_hqc(struct bench *bench);
void bench_engine_falcon(struct bench *bench);
void bench_engine_slhdsa(struct bench *bench);
void bench_lanes_mlkem(struct bench *bench, enum mlkem_set set);
void bench_lanes_mldsa(struct bench *bench, enum mldsa_set set);
void bench_module(struct bench *bench);
void bench_objects(struct bench *bench);

/* The engine once for each level that bench->cpu names, or with the best of them. */
void bench_levels(struct bench *bench);

/* The output: a table row by row, or all as one JSON object at the end. */
void report_start(const struct bench *bench);
void report_row(const struct bench *bench, const struct bench_result *result);
void report_end(const struct bench *bench);

#endif
