/* SPDX-License-Identifier: Apache-2.0
 *
 * fpr.h with the CPU's double. The struct keeps operators away.
 */
#ifndef CRYPTO_FALCON_FPR_NATIVE_H
#define CRYPTO_FALCON_FPR_NATIVE_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "Falcon's numbers must not be reordered: build without -ffast-math"
#endif
_Static_assert(FLT_EVAL_METHOD == 0 && DBL_MANT_DIG == 53,
               "double is not computed as binary64 here: use -Dfalcon_float=emulated");

typedef struct {
    double v;
} fpr;

static inline fpr fpr_from_bits(uint64_t bits)
{
    fpr x;

    memcpy(&x.v, &bits, sizeof(bits));
    return x;
}

static inline fpr fpr_of(int64_t i)
{
    return (fpr){(double)i};
}

static inline fpr fpr_add(fpr x, fpr y)
{
    return (fpr){x.v + y.v};
}

static inline fpr fpr_sub(fpr x, fpr y)
{
    return (fpr){x.v - y.v};
}

static inline fpr fpr_mul(fpr x, fpr y)
{
    return (fpr){x.v * y.v};
}

static inline fpr fpr_neg(fpr x)
{
    return (fpr){-x.v};
}

static inline fpr fpr_half(fpr x)
{
    return (fpr){x.v * 0.5};
}

static inline bool fpr_less(fpr x, fpr y)
{
    return x.v < y.v;
}

/* To an integer, below 2^63 in absolute value: to the nearest, towards zero, downwards. */

static inline int64_t fpr_round(fpr x)
{
    return lrint(x.v);
}

static inline int64_t fpr_trunc(fpr x)
{
    return (int64_t)x.v;
}

static inline int64_t fpr_floor(fpr x)
{
    int64_t i = (int64_t)x.v;

    return i - (x.v < (double)i);
}

#endif
