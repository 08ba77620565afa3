/* SPDX-License-Identifier: Apache-2.0
 *
 * What every fuzzer has. Each is built twice: with libFuzzer, which learns from coverage (`make
 * fuzz`), and with driver.c, which changes the target's own seeds for a moment (`make test`).
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"

/* One input. Aborts if a property does not hold; else returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target's i-th seed: an input that goes deep. False after the last. A target without has one
 * empty seed. */
bool fuzz_seed(size_t i, struct buf *out);

/* A seed from the test vectors: appends the i-th file that matches. */
bool fuzz_vector(const char *pattern, size_t i, struct buf *out);

/* Longer inputs are not tried. */
#define FUZZ_MAX_LEN 16384

#define check(cond) ((cond) ? (void)0 : check_failed(__FILE__, __LINE__, #cond))

_Noreturn static inline void check_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* Bytes that change with every index and seed, for seeds and for keys. The same in each run. */
static inline uint64_t fuzz_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15; /* splitmix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline void fuzz_fill(uint64_t state, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)fuzz_number(&state);
}

/* As many bytes as there are, zeros after them. */
static inline void fuzz_take(struct reader *r, uint8_t *out, size_t len)
{
    size_t given = r->rest.len < len ? r->rest.len : len;
    struct span bytes = read_bytes(r, given);

    for (size_t i = 0; i < len; i++)
        out[i] = i < given ? bytes.ptr[i] : 0;
}

/* Overwrite bytes: each three that are left name a place (16 bits) and a value. */
static inline void fuzz_change(struct reader *r, uint8_t *bytes, size_t len)
{
    while (r->rest.len >= 3 && len != 0) {
        size_t place = read_u16(r) % len;
        bytes[place] = read_u8(r);
    }
}

/* Memory of exactly this size, so that AddressSanitizer sees its ends. */
static inline void *fuzz_alloc(size_t len)
{
    void *memory = aligned_alloc(64, (len + 63) / 64 * 64);

    check(memory != NULL);
    return memory;
}

static inline uint8_t *fuzz_copy(struct span bytes)
{
    uint8_t *copy = malloc(bytes.len + (bytes.len == 0));

    check(copy != NULL);
    for (size_t i = 0; i < bytes.len; i++)
        copy[i] = bytes.ptr[i];
    return copy;
}

#endif
