/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic modulo q = 12289 on signed 16 bits, with Montgomery's R = 2^16. "Bounded by b" means
 * -b <= x <= b.
 */
#ifndef CRYPTO_FALCON_ZQ_H
#define CRYPTO_FALCON_ZQ_H

#include "crypto/falcon/params.h"

#define ZQ_INVERSE (-12287) /* of q, modulo R */
#define ZQ_R       4091     /* R mod q */
#define ZQ_R2      (-1337)  /* R^2 mod q */

/* a * b / R. Bounded by 0.75 q if b is bounded by q / 2, and by q in any case where |a b| is at
 * most 2^15 q. */
static inline int16_t zq_mul(int16_t a, int16_t b)
{
    int32_t product = (int32_t)a * b;
    int16_t quotient = (int16_t)((uint32_t)product * (uint32_t)ZQ_INVERSE);

    return (int16_t)((product - (int32_t)quotient * FALCON_Q) >> 16);
}

/* The same value, bounded by 0.85 q: minus q times round(a * 3 / 2^15), near enough to a / q. */
static inline int16_t zq_reduce(int16_t a)
{
    int32_t quotient = ((int32_t)a * 3 + (1 << 14)) >> 15;

    return (int16_t)(a - quotient * FALCON_Q);
}

/* The same value in -(q - 1) / 2 … (q - 1) / 2. a is bounded by 2.4 q. */
static inline int16_t zq_center(int16_t a)
{
    int32_t x = zq_reduce(a);

    x -= FALCON_Q & -(int32_t)(x > FALCON_Q / 2);
    x += FALCON_Q & -(int32_t)(x < -(FALCON_Q / 2));
    return (int16_t)x;
}

/* R^2 / a, which is the inverse of one that is times R; 0 if a is 0. a is bounded by 0.85 q. */
static inline int16_t zq_inverse(int16_t a)
{
    /* q - 2 = 10 1111 1111 1111 in binary */
    int16_t power = zq_mul(a, a);

    for (unsigned i = 0; i < 12; i++)
        power = zq_mul(zq_mul(power, power), a);
    return power;
}

#endif
