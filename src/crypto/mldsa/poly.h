/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials over Z_q and the operations that are worth a SIMD implementation.
 *
 * Coefficients are signed and reduced lazily; the bounds are stated where they matter. "Bounded by
 * b" means -b < x < b.
 */
#ifndef CRYPTO_MLDSA_POLY_H
#define CRYPTO_MLDSA_POLY_H

#include "crypto/mldsa/params.h"

struct mldsa_poly {
    int32_t coeff[MLDSA_N];
} __attribute__((aligned(MLDSA_ALIGN)));

/* Chosen once per process. Every implementation gives coefficients congruent to those of portable
 * C, within the same bounds. */
struct mldsa_impl {
    const char *name; /* "portable", … */

    /* Algorithm 41. In: bounded by q. Out: bounded by 7q. */
    void (*ntt)(struct mldsa_poly *p);

    /*
     * Algorithm 42, times 2^32, which takes back the 2^-32 of one pointwise_acc. In: bounded by q.
     * Out: bounded by q/2 + 20990, so that a result whose true value is small comes out as
     * that value.
     */
    void (*intt)(struct mldsa_poly *p);

    /*
     * out = 2^-32 * the sum of a[i] o b[i], i < num <= 8, in the NTT domain. In: a bounded by q, b
     * by 7q. Out: bounded by q.
     */
    void (*pointwise_acc)(struct mldsa_poly *out, const struct mldsa_poly *a,
                          const struct mldsa_poly *b, size_t num);
};

const struct mldsa_impl *mldsa_impl(void);
extern const struct mldsa_impl mldsa_portable;

/* Bring coefficients bounded by 2^31 - 2^22 to the range -6283009 … 6283008. */
void mldsa_poly_reduce(struct mldsa_poly *p);

/* Bring coefficients bounded by q to the range 0 … q - 1. */
void mldsa_poly_canonical(struct mldsa_poly *p);

void mldsa_poly_add(struct mldsa_poly *p, const struct mldsa_poly *a);
void mldsa_poly_sub(struct mldsa_poly *p, const struct mldsa_poly *a);

#endif
