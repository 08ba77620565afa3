/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the n-th allocation of libcrypto fail. For the tests of what stands on it.
 */
#ifndef TESTS_UNIT_CRYPTO_ALLOCATIONS_H
#define TESTS_UNIT_CRYPTO_ALLOCATIONS_H

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_long allocations_left = -1; /* below 0: none fails */
static atomic_bool allocation_failed;

static bool allocation_allowed(void)
{
    if (atomic_load(&allocations_left) < 0)
        return true;
    if (atomic_fetch_sub(&allocations_left, 1) > 0)
        return true;
    atomic_store(&allocations_left, -1); /* one alone */
    atomic_store(&allocation_failed, true);
    return false;
}

static void *counting_malloc(size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return allocation_allowed() ? malloc(len) : NULL;
}

static void *counting_realloc(void *mem, size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return allocation_allowed() ? realloc(mem, len) : NULL;
}

static void counting_free(void *mem, const char *file, int line)
{
    (void)file;
    (void)line;
    free(mem);
}

/* Before libcrypto is used at all. */
static inline bool allocations_count(void)
{
    return CRYPTO_set_mem_functions(counting_malloc, counting_realloc, counting_free) == 1;
}

/* Let allocation n (from 0) fail. Afterwards allocations_end says whether there was one. */
static inline void allocations_fail(long n)
{
    atomic_store(&allocation_failed, false);
    atomic_store(&allocations_left, n);
}

static inline bool allocations_end(void)
{
    atomic_store(&allocations_left, -1);
    return atomic_load(&allocation_failed);
}

#endif
