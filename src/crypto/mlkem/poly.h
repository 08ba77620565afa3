/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic in Z_q (FIPS 203, 4.2). Inside ML-KEM only.
 *
 * Coefficients are signed. "Canonical" means in [0, q), "reduced" means in (-q, q). Right shifts of
 * negative numbers are arithmetic in every compiler that pqhw supports.
 */
#ifndef CRYPTO_MLKEM_POLY_H
#define CRYPTO_MLKEM_POLY_H

#include "crypto/mlkem/mlkem.h"

#define MLKEM_N 256
#define MLKEM_Q 3329

#define MLKEM_POLY_LEN 384 /* an encoded polynomial of 12-bit coefficients */

/* x * 2^-16 mod q, reduced, for |x| < q * 2^15. */
static inline int16_t mlkem_montgomery(int32_t x)
{
    const uint16_t q_inverse = 62209; /* q^-1 mod 2^16 */
    const int16_t t = (int16_t)(uint16_t)((uint32_t)x * q_inverse);

    return (int16_t)((x - t * MLKEM_Q) >> 16);
}

/* x mod q in [-q/2, q/2], for any x. */
static inline int16_t mlkem_barrett(int16_t x)
{
    const int32_t factor = 20159; /* 2^26 / q, rounded */
    const int32_t quotient = (x * factor + (1 << 25)) >> 26;

    return (int16_t)(x - quotient * MLKEM_Q);
}

/* A reduced x made canonical. */
static inline uint16_t mlkem_canonical(int16_t x)
{
    return (uint16_t)(x + ((x >> 15) & MLKEM_Q));
}

/*
 * Compress_d of a canonical x: round(2^d x / q) mod 2^d, for d up to 11 (FIPS 203, 4.7). The
 * division by q is a multiplication by 2^36 / q, rounded up, which is exact for every x and d; a
 * division instruction would take a time that tells about x.
 */
static inline uint16_t mlkem_compress(uint16_t x, unsigned d)
{
    const uint64_t reciprocal = 20642679;
    const uint64_t dividend = ((uint64_t)x << d) + MLKEM_Q / 2;

    return (uint16_t)(((dividend * reciprocal) >> 36) & ((1u << d) - 1));
}

/* Decompress_d (FIPS 203, 4.8): canonical. */
static inline int16_t mlkem_decompress(uint16_t y, unsigned d)
{
    return (int16_t)(((uint32_t)y * MLKEM_Q + (1u << (d - 1))) >> d);
}

#endif
