/* SPDX-License-Identifier: Apache-2.0
 *
 * SHAKE256 in portable C, one message at a time.
 */
#include "crypto/keccak/rounds.h"
#include "crypto/slhdsa/engine.h"

#define LANES                 1
#define V_ROUND               KECCAK_ROUND
#define V_WORD                uint64_t
#define V_XOR(a, b)           ((a) ^ (b))
#define V_XOR5(a, b, c, d, e) ((a) ^ (b) ^ (c) ^ (d) ^ (e))
#define V_CHI(a, b, c)        ((a) ^ (~(b) & (c)))
#define V_ROTL(x, n)          ((x) << (n) | (x) >> (64 - (n)))
#define V_CONSTANT(c)         ((uint64_t)(c))
#define V_LOAD(p)             (*(p))
#define V_STORE(p, x)         (*(p) = (x))
/* The steps of a chain are public. */
#define V_MASK           bool
#define V_GT(a, b)       ((a) > (b))
#define V_EQ(a, b)       ((a) == (b))
#define V_BLEND(m, a, b) ((m) ? (a) : (b))

#include "crypto/slhdsa/shake_lanes.h"

const struct slhdsa_shake slhdsa_shake_x1 = {
    .name = "portable",
    .lanes = LANES,
    .permute = shake_lanes_permute,
    .chains = shake_lanes_chains,
};
