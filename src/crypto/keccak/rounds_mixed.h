/* SPDX-License-Identifier: Apache-2.0
 *
 * The same round as in rounds.h, for CPUs with 32 vector registers: nothing has to wait in memory
 * there, and what counts is that the instructions that can only run on some of the CPU's units, the
 * rotations, come evenly mixed with the others. So the planes go through theta, rho and chi one
 * after the other, two steps apart. Worth a tenth. Inside Keccak only.
 */
#ifndef CRYPTO_KECCAK_ROUNDS_MIXED_H
#define CRYPTO_KECCAK_ROUNDS_MIXED_H

#include "crypto/keccak/rounds.h"

#define KECCAK_THETA(V, a, i, d)           a[i] = V##_XOR(a[i], d)
#define KECCAK_RHO_AT(V, a, i, n)          a[i] = V##_ROTL(a[i], n)
#define KECCAK_CHI_AT(V, e, i, a, x, y, z) e[i] = V##_CHI(a[x], a[y], a[z])

/* From a, which is used up, to e. */
#define KECCAK_ROUND_MIXED(V, e, a, iota)                                                          \
    do {                                                                                           \
        const V##_WORD c0 = KECCAK_PARITY(V, a, 0);                                                \
        const V##_WORD c1 = KECCAK_PARITY(V, a, 1);                                                \
        const V##_WORD c2 = KECCAK_PARITY(V, a, 2);                                                \
        const V##_WORD c3 = KECCAK_PARITY(V, a, 3);                                                \
        const V##_WORD c4 = KECCAK_PARITY(V, a, 4);                                                \
        const V##_WORD d0 = V##_XOR(c4, V##_ROTL(c1, 1));                                          \
        const V##_WORD d2 = V##_XOR(c1, V##_ROTL(c3, 1));                                          \
        const V##_WORD d3 = V##_XOR(c2, V##_ROTL(c4, 1));                                          \
        const V##_WORD d1 = V##_XOR(c0, V##_ROTL(c2, 1));                                          \
        const V##_WORD d4 = V##_XOR(c3, V##_ROTL(c0, 1));                                          \
                                                                                                   \
        /* theta on the lanes that become plane 0 */                                               \
        KECCAK_THETA(V, a, 0, d0);                                                                 \
        KECCAK_THETA(V, a, 6, d1);                                                                 \
        KECCAK_THETA(V, a, 12, d2);                                                                \
        KECCAK_THETA(V, a, 18, d3);                                                                \
        KECCAK_THETA(V, a, 24, d4);                                                                \
        /* theta on the lanes that become plane 1 */                                               \
        KECCAK_THETA(V, a, 3, d3);                                                                 \
        KECCAK_THETA(V, a, 9, d4);                                                                 \
        KECCAK_THETA(V, a, 10, d0);                                                                \
        KECCAK_THETA(V, a, 16, d1);                                                                \
        KECCAK_THETA(V, a, 22, d2);                                                                \
        /* rho on plane 0's, theta on plane 2's */                                                 \
        KECCAK_THETA(V, a, 1, d1);                                                                 \
        KECCAK_RHO_AT(V, a, 6, 44);                                                                \
        KECCAK_THETA(V, a, 7, d2);                                                                 \
        KECCAK_RHO_AT(V, a, 12, 43);                                                               \
        KECCAK_THETA(V, a, 13, d3);                                                                \
        KECCAK_RHO_AT(V, a, 18, 21);                                                               \
        KECCAK_THETA(V, a, 19, d4);                                                                \
        KECCAK_RHO_AT(V, a, 24, 14);                                                               \
        KECCAK_THETA(V, a, 20, d0);                                                                \
        /* rho on plane 1's, theta on plane 3's */                                                 \
        KECCAK_RHO_AT(V, a, 3, 28);                                                                \
        KECCAK_THETA(V, a, 4, d4);                                                                 \
        KECCAK_RHO_AT(V, a, 9, 20);                                                                \
        KECCAK_THETA(V, a, 5, d0);                                                                 \
        KECCAK_RHO_AT(V, a, 10, 3);                                                                \
        KECCAK_THETA(V, a, 11, d1);                                                                \
        KECCAK_RHO_AT(V, a, 16, 45);                                                               \
        KECCAK_THETA(V, a, 17, d2);                                                                \
        KECCAK_RHO_AT(V, a, 22, 61);                                                               \
        KECCAK_THETA(V, a, 23, d3);                                                                \
        /* chi, rho, theta on planes 0, 2, 4 */                                                    \
        KECCAK_CHI_AT(V, e, 0, a, 0, 6, 12);                                                       \
        KECCAK_RHO_AT(V, a, 1, 1);                                                                 \
        KECCAK_THETA(V, a, 2, d2);                                                                 \
        KECCAK_CHI_AT(V, e, 1, a, 6, 12, 18);                                                      \
        KECCAK_RHO_AT(V, a, 7, 6);                                                                 \
        KECCAK_THETA(V, a, 8, d3);                                                                 \
        KECCAK_CHI_AT(V, e, 2, a, 12, 18, 24);                                                     \
        KECCAK_RHO_AT(V, a, 13, 25);                                                               \
        KECCAK_THETA(V, a, 14, d4);                                                                \
        KECCAK_CHI_AT(V, e, 3, a, 18, 24, 0);                                                      \
        KECCAK_RHO_AT(V, a, 19, 8);                                                                \
        KECCAK_THETA(V, a, 15, d0);                                                                \
        KECCAK_CHI_AT(V, e, 4, a, 24, 0, 6);                                                       \
        KECCAK_RHO_AT(V, a, 20, 18);                                                               \
        KECCAK_THETA(V, a, 21, d1);                                                                \
        e[0] = V##_XOR(e[0], V##_CONSTANT(iota));                                                  \
        /* chi, rho on planes 1, 3 */                                                              \
        KECCAK_CHI_AT(V, e, 5, a, 3, 9, 10);                                                       \
        KECCAK_RHO_AT(V, a, 4, 27);                                                                \
        KECCAK_CHI_AT(V, e, 6, a, 9, 10, 16);                                                      \
        KECCAK_RHO_AT(V, a, 5, 36);                                                                \
        KECCAK_CHI_AT(V, e, 7, a, 10, 16, 22);                                                     \
        KECCAK_RHO_AT(V, a, 11, 10);                                                               \
        KECCAK_CHI_AT(V, e, 8, a, 16, 22, 3);                                                      \
        KECCAK_RHO_AT(V, a, 17, 15);                                                               \
        KECCAK_CHI_AT(V, e, 9, a, 22, 3, 9);                                                       \
        KECCAK_RHO_AT(V, a, 23, 56);                                                               \
        /* chi, rho on planes 2, 4 */                                                              \
        KECCAK_CHI_AT(V, e, 10, a, 1, 7, 13);                                                      \
        KECCAK_RHO_AT(V, a, 2, 62);                                                                \
        KECCAK_CHI_AT(V, e, 11, a, 7, 13, 19);                                                     \
        KECCAK_RHO_AT(V, a, 8, 55);                                                                \
        KECCAK_CHI_AT(V, e, 12, a, 13, 19, 20);                                                    \
        KECCAK_RHO_AT(V, a, 14, 39);                                                               \
        KECCAK_CHI_AT(V, e, 13, a, 19, 20, 1);                                                     \
        KECCAK_RHO_AT(V, a, 15, 41);                                                               \
        KECCAK_CHI_AT(V, e, 14, a, 20, 1, 7);                                                      \
        KECCAK_RHO_AT(V, a, 21, 2);                                                                \
        /* chi on planes 3 and 4 */                                                                \
        KECCAK_CHI_AT(V, e, 15, a, 4, 5, 11);                                                      \
        KECCAK_CHI_AT(V, e, 16, a, 5, 11, 17);                                                     \
        KECCAK_CHI_AT(V, e, 17, a, 11, 17, 23);                                                    \
        KECCAK_CHI_AT(V, e, 18, a, 17, 23, 4);                                                     \
        KECCAK_CHI_AT(V, e, 19, a, 23, 4, 5);                                                      \
        KECCAK_CHI_AT(V, e, 20, a, 2, 8, 14);                                                      \
        KECCAK_CHI_AT(V, e, 21, a, 8, 14, 15);                                                     \
        KECCAK_CHI_AT(V, e, 22, a, 14, 15, 21);                                                    \
        KECCAK_CHI_AT(V, e, 23, a, 15, 21, 2);                                                     \
        KECCAK_CHI_AT(V, e, 24, a, 21, 2, 8);                                                      \
    } while (0)

#endif
