/* SPDX-License-Identifier: Apache-2.0
 *
 * fpr.h with integers: no branch and no address depends on an operand. It is assumed of the CPU
 * that 64-bit shifts and multiplications take the same time whatever they are given.
 */
#ifndef CRYPTO_FALCON_FPR_EMULATED_H
#define CRYPTO_FALCON_FPR_EMULATED_H

#include <stdbool.h>
#include <stdint.h>

/* The sign, 11 bits of exponent, 52 bits of mantissa, as IEEE 754 has them. */
typedef struct {
    uint64_t bits;
} fpr;

static inline fpr fpr_from_bits(uint64_t bits)
{
    return (fpr){bits};
}

static inline fpr fpr_neg(fpr x)
{
    return (fpr){x.bits ^ (uint64_t)1 << 63};
}

fpr fpr_of(int64_t i);
fpr fpr_add(fpr x, fpr y);
fpr fpr_mul(fpr x, fpr y);
fpr fpr_half(fpr x);
bool fpr_less(fpr x, fpr y);

static inline fpr fpr_sub(fpr x, fpr y)
{
    return fpr_add(x, fpr_neg(y));
}

/* To an integer, below 2^63 in absolute value: to the nearest, towards zero, downwards. */
int64_t fpr_round(fpr x);
int64_t fpr_trunc(fpr x);
int64_t fpr_floor(fpr x);

#endif
