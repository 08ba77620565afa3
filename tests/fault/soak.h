/* SPDX-License-Identifier: Apache-2.0
 *
 * What the soak test's parts share: the board, a file that all its processes map, on which stands
 * what they made of the token's objects; and the life of one of them.
 */
#ifndef FAULT_SOAK_H
#define FAULT_SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define SOAK_MAX_OBJECTS 200000
#define SOAK_VALUE_LEN   32
#define SOAK_ENOUGH      150 /* objects: from then on, more go than come */

/* Of an object, which only one thread at a time changes. */
enum soak_state {
    SOAK_NONE,   /* never made */
    SOAK_MAKING, /* begun: may be there if its maker was killed */
    SOAK_THERE,  /* made, and said to be */
    SOAK_GOING,
    SOAK_GONE,
};

/* What was done, to be told at the end. */
enum soak_count {
    SOAK_MADE,
    SOAK_USED,
    SOAK_SIGNED,
    SOAK_DESTROYED,
    SOAK_FORKED,
    SOAK_PENDING, /* calls that were */
    SOAK_BEGAN,   /* the module, again */
    SOAK_LIVES,
    SOAK_NUM_COUNTS,
};

struct soak_board {
    atomic_uint num_objects;
    atomic_int num_there;
    atomic_uchar objects[SOAK_MAX_OBJECTS]; /* enum soak_state */
    atomic_ulong counts[SOAK_NUM_COUNTS];
    atomic_bool failed;
    char failure[256]; /* the first */
};

/* What the n-th object is called, and what is in it. */
void soak_label(char out[16], uint32_t n);
void soak_value(uint8_t out[SOAK_VALUE_LEN], uint32_t n);

/* Say what must not be. */
void soak_fail(struct soak_board *board, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct soak_plan {
    struct soak_board *board;
    const char *module;
    const char *pin;
    unsigned num_threads;
    unsigned ms;   /* how long it lasts */
    uint32_t seed; /* settles what happens, as far as the threads' order lets it */
};

/* A process's life, which ends in one of many ways; it may not come back. */
void soak_live(const struct soak_plan *plan);

#endif
