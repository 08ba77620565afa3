/* SPDX-License-Identifier: Apache-2.0
 *
 * Constant-time building blocks: no branch, address or division depends on the arguments.
 *
 * ct_barrier keeps the compiler from learning that a mask is only ever 0 or all ones, which is how
 * masked code is turned back into branches.
 */
#ifndef BASE_CT_H
#define BASE_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint32_t ct_barrier_u32(uint32_t x)
{
    __asm__("" : "+r"(x));
    return x;
}

static inline uint64_t ct_barrier_u64(uint64_t x)
{
    __asm__("" : "+r"(x));
    return x;
}

/* All ones if x != 0, else 0. */
static inline uint32_t ct_mask_nonzero_u32(uint32_t x)
{
    x = ct_barrier_u32(x);
    return 0u - ((x | (0u - x)) >> 31);
}

/* mask must be 0 or all ones: a where mask is set, else b. */
static inline uint32_t ct_select_u32(uint32_t mask, uint32_t a, uint32_t b)
{
    mask = ct_barrier_u32(mask);
    return (mask & a) | (~mask & b);
}

/* True if the two are equal. The time depends on len alone. */
bool ct_equal(const void *a, const void *b, size_t len);

/* 0xff if the two differ, else 0, for what may not even be told by a branch. */
uint8_t ct_mask_different(const void *a, const void *b, size_t len);

/* 1 if a < b, else 0: numbers of len bytes, big-endian. */
unsigned ct_less(const uint8_t *a, const uint8_t *b, size_t len);

/* out = mask ? a : b, bytewise; mask is 0 or 0xff. out may be a or b. */
void ct_select(uint8_t *out, uint8_t mask, const uint8_t *a, const uint8_t *b, size_t len);

/*
 * Marks for the constant-time check, which runs the code under valgrind with secrets undefined.
 * They cost nothing unless built with -DPQHW_CT_CHECK. Every CT_PUBLIC carries its reason beside
 * it.
 */
#ifdef PQHW_CT_CHECK
#include <valgrind/memcheck.h>
#define CT_SECRET(mem, len) VALGRIND_MAKE_MEM_UNDEFINED(mem, len)
#define CT_PUBLIC(mem, len) VALGRIND_MAKE_MEM_DEFINED(mem, len)
#else
#define CT_SECRET(mem, len) ((void)(mem), (void)(len))
#define CT_PUBLIC(mem, len) ((void)(mem), (void)(len))
#endif

#endif
