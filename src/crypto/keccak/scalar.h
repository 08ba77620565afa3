/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak-f[1600] on one state in ordinary registers. What instructions come of it, the compiler
 * flags of the including file decide. Inside Keccak only.
 */
#ifndef CRYPTO_KECCAK_SCALAR_H
#define CRYPTO_KECCAK_SCALAR_H

#include <string.h>

#include "crypto/keccak/keccak.h"
#include "crypto/keccak/rounds.h"

#define SCALAR_WORD                uint64_t
#define SCALAR_XOR(a, b)           ((a) ^ (b))
#define SCALAR_XOR5(a, b, c, d, e) ((a) ^ (b) ^ (c) ^ (d) ^ (e))
#define SCALAR_CHI(a, b, c)        ((a) ^ (~(b) & (c)))
#define SCALAR_ROTL(x, n)          keccak_scalar_rotl(x, n)
#define SCALAR_CONSTANT(c)         (c)

static inline uint64_t keccak_scalar_rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

/* NOLINTNEXTLINE(readability-function-size): it is one macro that is large */
static inline void keccak_scalar_permute(uint64_t state[KECCAK_LANES])
{
    uint64_t a[KECCAK_LANES];

    memcpy(a, state, sizeof(a));
    KECCAK_ROUNDS(SCALAR, KECCAK_ROUND, a);
    memcpy(state, a, sizeof(a));
}

#endif
