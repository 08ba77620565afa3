/* SPDX-License-Identifier: Apache-2.0
 *
 * High and low bits, hints and norms (FIPS 204, 7.4), over whole polynomials. None of it divides or
 * branches on a coefficient.
 */
#ifndef CRYPTO_MLDSA_ROUNDING_H
#define CRYPTO_MLDSA_ROUNDING_H

#include "crypto/mldsa/poly.h"

/* Algorithm 35. t in 0 … q - 1. t1 or t0 may be t. */
void mldsa_power2round(struct mldsa_poly *t1, struct mldsa_poly *t0, const struct mldsa_poly *t);

/* Algorithm 36. w in 0 … q - 1. w1 or w0 may be w. */
void mldsa_decompose(const struct mldsa_params *params, struct mldsa_poly *w1,
                     struct mldsa_poly *w0, const struct mldsa_poly *w);

/*
 * Algorithm 39 in the form that has the parts of Decompose at hand: w1 are the high bits of
 * w - c s2 and low its low bits plus c t0. Replaces w1 by the hints, 0 or 1, and returns how many
 * are set.
 */
uint32_t mldsa_make_hint(const struct mldsa_params *params, struct mldsa_poly *w1,
                         const struct mldsa_poly *low);

/* Algorithm 40, in place. w in 0 … q - 1; hint[j] is 0 or 1. */
void mldsa_use_hint(const struct mldsa_params *params, struct mldsa_poly *w,
                    const uint8_t hint[MLDSA_N]);

/* All ones if any coefficient is >= bound or <= -bound, else 0; which one does not show. */
uint32_t mldsa_norm_exceeds(const struct mldsa_poly *p, int32_t bound);

#endif
