/* SPDX-License-Identifier: Apache-2.0
 *
 * Constants of the outer code. Inside HQC only. They are read at places that are public.
 */
#ifndef CRYPTO_HQC_OUTER_H
#define CRYPTO_HQC_OUTER_H

#include "crypto/hqc/params.h"

/* The powers of alpha = 2 in GF(256) = GF(2)[x]/(x^8 + x^4 + x^3 + x^2 + 1), from 0 on. */
extern const uint8_t hqc_powers[255];

/* The generator polynomials, without their highest coefficient, which is 1; then zeros. */
extern const uint8_t hqc_generator[HQC_NUM_SETS][64];

#endif
