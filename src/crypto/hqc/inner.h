/* SPDX-License-Identifier: Apache-2.0
 *
 * The inner code: the Reed-Muller code RM(1, 7), whose codewords of 128 bits are repeated
 * (specification, 2.5.5 to 2.5.7). Inside HQC only.
 */
#ifndef CRYPTO_HQC_INNER_H
#define CRYPTO_HQC_INNER_H

#include "base/ct.h"
#include "crypto/hqc/params.h"

#define INNER_BITS 128

/* All ones if a bit of symbol is set, else 0. */
static inline uint64_t inner_mask(uint8_t symbol, unsigned bit)
{
    return 0u - ct_barrier_u64(symbol >> bit & 1u);
}

/* The codeword of a symbol: bit j is m_7 + m_0 j_0 + … + m_6 j_6. */
static inline void inner_encode(uint64_t out[2], uint8_t symbol)
{
    const uint64_t low = inner_mask(symbol, 7) ^ (inner_mask(symbol, 0) & 0xaaaaaaaaaaaaaaaa) ^
                         (inner_mask(symbol, 1) & 0xcccccccccccccccc) ^
                         (inner_mask(symbol, 2) & 0xf0f0f0f0f0f0f0f0) ^
                         (inner_mask(symbol, 3) & 0xff00ff00ff00ff00) ^
                         (inner_mask(symbol, 4) & 0xffff0000ffff0000) ^
                         (inner_mask(symbol, 5) & 0xffffffff00000000);

    out[0] = low;
    out[1] = low ^ inner_mask(symbol, 6);
}

#endif
