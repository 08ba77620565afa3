/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak-f[1600] (FIPS 202, 3.2 to 3.4) on any kind of word: 64 bits of one state, or vectors with
 * 64 bits of one state in each element. For Keccak, and for the lanes of SLH-DSA.
 *
 * KECCAK_ROUNDS is told a prefix V, under which these stand ready as macros:
 *   V_WORD           the type
 *   V_XOR(a, b)
 *   V_XOR5(a, b, c, d, e)
 *   V_CHI(a, b, c)   a ^ (~b & c)
 *   V_ROTL(x, n)     by a constant n from 1 to 63
 *   V_CONSTANT(c)    the 64-bit c in every element
 * Macros rather than inline functions, because vector rotations want literal counts.
 */
#ifndef CRYPTO_KECCAK_ROUNDS_H
#define CRYPTO_KECCAK_ROUNDS_H

#include <stdint.h>

#define KECCAK_NUM_ROUNDS 24

/* The round constants of iota (FIPS 202, Algorithms 5 and 6). */
static const uint64_t keccak_round_constant[KECCAK_NUM_ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/* The parity of column x, for theta. */
#define KECCAK_PARITY(V, a, x) V##_XOR5(a[x], a[(x) + 5], a[(x) + 10], a[(x) + 15], a[(x) + 20])

/* The end of theta, and rho, on lane i of the column whose theta is d. */
#define KECCAK_RHO(V, a, i, d, n) V##_ROTL(V##_XOR(a[i], d), n)

/* chi on the plane that starts at y. */
#define KECCAK_PLANE(V, e, y, b0, b1, b2, b3, b4)                                                  \
    do {                                                                                           \
        const V##_WORD p0 = b0, p1 = b1, p2 = b2, p3 = b3, p4 = b4;                                \
        e[(y) + 0] = V##_CHI(p0, p1, p2);                                                          \
        e[(y) + 1] = V##_CHI(p1, p2, p3);                                                          \
        e[(y) + 2] = V##_CHI(p2, p3, p4);                                                          \
        e[(y) + 3] = V##_CHI(p3, p4, p0);                                                          \
        e[(y) + 4] = V##_CHI(p4, p0, p1);                                                          \
    } while (0)

/*
 * One round from a to e, with the constant of iota. theta adds d[x] to each lane of column x; rho
 * and pi put lane ((x + 3y) mod 5, x), rotated, at (x, y); chi and iota follow. Lane (x, y) of the
 * standard stands at index x + 5y. The rotations are those of FIPS 202, Table 2, mod 64.
 */
#define KECCAK_ROUND(V, e, a, iota)                                                                \
    do {                                                                                           \
        const V##_WORD c0 = KECCAK_PARITY(V, a, 0);                                                \
        const V##_WORD c1 = KECCAK_PARITY(V, a, 1);                                                \
        const V##_WORD c2 = KECCAK_PARITY(V, a, 2);                                                \
        const V##_WORD c3 = KECCAK_PARITY(V, a, 3);                                                \
        const V##_WORD c4 = KECCAK_PARITY(V, a, 4);                                                \
        const V##_WORD d0 = V##_XOR(c4, V##_ROTL(c1, 1));                                          \
        const V##_WORD d1 = V##_XOR(c0, V##_ROTL(c2, 1));                                          \
        const V##_WORD d2 = V##_XOR(c1, V##_ROTL(c3, 1));                                          \
        const V##_WORD d3 = V##_XOR(c2, V##_ROTL(c4, 1));                                          \
        const V##_WORD d4 = V##_XOR(c3, V##_ROTL(c0, 1));                                          \
                                                                                                   \
        KECCAK_PLANE(V, e, 0, V##_XOR(a[0], d0), KECCAK_RHO(V, a, 6, d1, 44),                      \
                     KECCAK_RHO(V, a, 12, d2, 43), KECCAK_RHO(V, a, 18, d3, 21),                   \
                     KECCAK_RHO(V, a, 24, d4, 14));                                                \
        e[0] = V##_XOR(e[0], V##_CONSTANT(iota));                                                  \
        KECCAK_PLANE(V, e, 5, KECCAK_RHO(V, a, 3, d3, 28), KECCAK_RHO(V, a, 9, d4, 20),            \
                     KECCAK_RHO(V, a, 10, d0, 3), KECCAK_RHO(V, a, 16, d1, 45),                    \
                     KECCAK_RHO(V, a, 22, d2, 61));                                                \
        KECCAK_PLANE(V, e, 10, KECCAK_RHO(V, a, 1, d1, 1), KECCAK_RHO(V, a, 7, d2, 6),             \
                     KECCAK_RHO(V, a, 13, d3, 25), KECCAK_RHO(V, a, 19, d4, 8),                    \
                     KECCAK_RHO(V, a, 20, d0, 18));                                                \
        KECCAK_PLANE(V, e, 15, KECCAK_RHO(V, a, 4, d4, 27), KECCAK_RHO(V, a, 5, d0, 36),           \
                     KECCAK_RHO(V, a, 11, d1, 10), KECCAK_RHO(V, a, 17, d2, 15),                   \
                     KECCAK_RHO(V, a, 23, d3, 56));                                                \
        KECCAK_PLANE(V, e, 20, KECCAK_RHO(V, a, 2, d2, 62), KECCAK_RHO(V, a, 8, d3, 55),           \
                     KECCAK_RHO(V, a, 14, d4, 39), KECCAK_RHO(V, a, 15, d0, 41),                   \
                     KECCAK_RHO(V, a, 21, d1, 2));                                                 \
    } while (0)

/* All rounds, each done by the macro ROUND, on the 25 lanes of a. Two per turn, from a to e and
 * back, so that no lane moves. */
#define KECCAK_ROUNDS(V, ROUND, a)                                                                 \
    do {                                                                                           \
        const uint64_t *constant = keccak_round_constant;                                          \
        const uint64_t *const end = constant + KECCAK_NUM_ROUNDS;                                  \
        V##_WORD e[25];                                                                            \
                                                                                                   \
        for (; constant != end; constant += 2) {                                                   \
            ROUND(V, e, a, constant[0]);                                                           \
            ROUND(V, a, e, constant[1]);                                                           \
        }                                                                                          \
    } while (0)

#endif
