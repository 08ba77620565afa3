/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic modulo a prime of 31 bits, with Montgomery's R = 2^32, and the NTT there, for key
 * generation. All values are 0 … p - 1.
 */
#ifndef CRYPTO_FALCON_MODP_H
#define CRYPTO_FALCON_MODP_H

#include <stdint.h>

#include "base/ct.h"
#include "crypto/falcon/params.h"

/* As many as the longest integers of key generation have words (ntru.c). */
#define FALCON_NUM_PRIMES 308

struct falcon_prime {
    uint32_t p, g, s; /* primes.c */
};

extern const struct falcon_prime falcon_primes[FALCON_NUM_PRIMES];

struct modp {
    uint32_t p;
    uint32_t minus_inverse; /* -1 / p modulo R */
    uint32_t r;             /* R mod p */
    uint32_t r2;            /* R^2 mod p */
};

static inline uint32_t modp_add(uint32_t a, uint32_t b, uint32_t p)
{
    uint32_t sum = a + b - p;

    return sum + (p & (0u - (sum >> 31)));
}

static inline uint32_t modp_sub(uint32_t a, uint32_t b, uint32_t p)
{
    uint32_t difference = a - b;

    return difference + (p & (0u - (difference >> 31)));
}

/* a b / R, for a b below R p. */
static inline uint32_t modp_mul(const struct modp *m, uint32_t a, uint32_t b)
{
    uint64_t product = (uint64_t)a * b;
    uint64_t multiple = (uint64_t)((uint32_t)product * m->minus_inverse) * m->p;
    uint32_t quotient = (uint32_t)((product + multiple) >> 32);

    return modp_sub(quotient, m->p, m->p);
}

/* Of a signed number with an absolute value below p, and back to the one nearest to 0. */

static inline uint32_t modp_of(int32_t x, uint32_t p)
{
    return (uint32_t)x + (p & ct_barrier_u32(0u - ((uint32_t)x >> 31)));
}

static inline int32_t modp_center(uint32_t x, uint32_t p)
{
    return (int32_t)(x - (p & (0u - ((p / 2 - x) >> 31))));
}

/* The prime's first four members. */
void modp_init(struct modp *m, const struct falcon_prime *prime);

/* Powers of g for NTTs of n and fewer values, times R, in bit-reversed order. */
void modp_roots(const struct modp *m, uint32_t *roots, unsigned log_n, uint32_t g);

void modp_ntt(const struct modp *m, uint32_t *a, const uint32_t *roots, unsigned log_n);
void modp_intt(const struct modp *m, uint32_t *a, const uint32_t *roots, unsigned log_n);

#endif
