/* SPDX-License-Identifier: Apache-2.0
 *
 * Floating-point numbers: IEEE 754's binary64, rounded to nearest, ties to even.
 *
 * Everything about Falcon that is not an integer goes through this type, so that each operation is
 * rounded by itself, in the order in which it is written: a product and a sum that were rounded
 * together (a fused multiply-add) would give other signatures, and two different signatures of one
 * point give the key away. The build says so to the compiler (-ffp-contract=off).
 *
 * Either the CPU computes (fpr_native.h), or integers do (fpr_emulated.h; `meson setup
 * -Dfalcon_float=emulated`). The results are the same. There are no infinities and no NaN here, and
 * what is below the normal numbers is zero.
 *
 * Every function takes the same time whatever its operands, but that native division and square
 * root are as constant as the CPU's (key.c says of what they are taken).
 */
#ifndef CRYPTO_FALCON_FPR_H
#define CRYPTO_FALCON_FPR_H

#ifdef PQHW_FALCON_EMULATED
#include "crypto/falcon/fpr_emulated.h"
#else
#include "crypto/falcon/fpr_native.h"
#endif

static inline fpr fpr_sqr(fpr x)
{
    return fpr_mul(x, x);
}

#define FPR_ZERO        fpr_from_bits(0)
#define FPR_ONE         fpr_from_bits(0x3ff0000000000000)
#define FPR_TWO         fpr_from_bits(0x4000000000000000)
#define FPR_HALF        fpr_from_bits(0x3fe0000000000000)
#define FPR_LN2         fpr_from_bits(0x3fe62e42fefa39ef)
#define FPR_INVERSE_LN2 fpr_from_bits(0x3ff71547652b82fe)
#define FPR_2_POW_31    fpr_from_bits(0x41e0000000000000)
#define FPR_2_POW_63    fpr_from_bits(0x43e0000000000000)

/* x = 1 / x for each of num numbers. */
void fpr_invert_each(fpr *x, unsigned num);

fpr fpr_sqrt(fpr x);

#endif
