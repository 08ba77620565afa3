/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/poly.h"

/* 2^23 = q + 2^13 - 1, so the multiple of q nearest to x is close to the multiple of 2^23. */
void mldsa_poly_reduce(struct mldsa_poly *p)
{
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int32_t quotient = (p->coeff[j] + (1 << 22)) >> 23;
        p->coeff[j] -= quotient * MLDSA_Q;
    }
}

void mldsa_poly_center(struct mldsa_poly *p)
{
    for (unsigned j = 0; j < MLDSA_N; j++) {
        int32_t x = p->coeff[j];
        int32_t above = ((MLDSA_Q - 1) / 2 - x) >> 31;
        int32_t below = (x + (MLDSA_Q - 1) / 2) >> 31;
        p->coeff[j] = x - (above & MLDSA_Q) + (below & MLDSA_Q);
    }
}

void mldsa_poly_add(struct mldsa_poly *p, const struct mldsa_poly *a)
{
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] += a->coeff[j];
}

void mldsa_short_from(struct mldsa_short *s, const struct mldsa_poly *p, bool negate)
{
    int32_t sign = negate ? -1 : 1;

    for (unsigned j = 0; j < MLDSA_N; j++) {
        int8_t x = (int8_t)(sign * p->coeff[j]);
        s->coeff[j] = (int8_t)-x;
        s->coeff[MLDSA_N + j] = x;
        s->coeff[2 * MLDSA_N + j] = (int8_t)-x;
    }
}
