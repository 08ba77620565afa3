/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ct.h"

#include <string.h>

bool ct_equal(const void *a, const void *b, size_t len)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    uint64_t difference = 0;
    size_t i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t u, v;
        memcpy(&u, x + i, 8);
        memcpy(&v, y + i, 8);
        difference = ct_barrier_u64(difference | (u ^ v));
    }
    for (; i < len; i++)
        difference = ct_barrier_u64(difference | (uint64_t)(x[i] ^ y[i]));
    return difference == 0;
}

uint8_t ct_mask_different(const void *a, const void *b, size_t len)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    uint32_t difference = 0;

    for (size_t i = 0; i < len; i++)
        difference |= (uint32_t)(x[i] ^ y[i]);
    return (uint8_t)ct_mask_nonzero_u32(difference);
}

unsigned ct_less(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint32_t borrow = 0;

    for (size_t i = len; i-- > 0;)
        borrow = ct_barrier_u32((uint32_t)a[i] - b[i] - borrow) >> 31;
    return borrow;
}

void ct_select(uint8_t *out, uint8_t mask, const uint8_t *a, const uint8_t *b, size_t len)
{
    uint32_t m = ct_barrier_u32(mask);

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((m & a[i]) | (~m & b[i]));
}
