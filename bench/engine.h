/* SPDX-License-Identifier: Apache-2.0
 *
 * The bare engine with resident keys, for what a module is compared with. The contexts are for one
 * thread each.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include <stdint.h>

struct engine {
    /* Of a set of the engine. NULL if there is not enough memory. */
    void *(*make_context)(int set);
    void (*free_context)(void *context);            /* accepts NULL */
    const char *(*give)(void *context, uint64_t n); /* encapsulates or signs */
    const char *(*take)(void *context, uint64_t n); /* decapsulates or verifies */
};

extern const struct engine engine_mlkem, engine_mldsa, engine_hqc, engine_falcon;

#endif
