/* SPDX-License-Identifier: Apache-2.0
 *
 * Coefficients from random bytes, by rejection (FIPS 204, 7.3), in portable C.
 */
#include <stdbool.h>

#include "base/ct.h"
#include "crypto/mldsa/portable.h"

/* Byte i of a state. */
static inline uint32_t byte_of(const uint64_t lane[KECCAK_LANES], unsigned i)
{
    return (uint32_t)(lane[i / 8] >> i % 8 * 8) & 0xff;
}

unsigned mldsa_portable_accept_uniform(struct mldsa_poly *p, unsigned num,
                                       const uint64_t lane[KECCAK_LANES])
{
    for (unsigned i = 0; i < SHAKE128_RATE && num < MLDSA_N; i += 3) {
        uint32_t x =
            byte_of(lane, i) | byte_of(lane, i + 1) << 8 | (byte_of(lane, i + 2) & 0x7f) << 16;
        if (x < MLDSA_Q)
            p->coeff[num++] = (int32_t)x;
    }
    return num;
}

/*
 * Algorithm 15 without its branches. For eta = 2, b mod 5 is b - 5 * floor(b / 5), and 13 / 64 is
 * close enough to 1 / 5 for b < 16. Returns whether the half-byte is accepted.
 */
static bool coeff_from_half_byte(int32_t eta, int32_t *coeff, uint32_t b)
{
    uint32_t limit = eta == 2 ? 15 : 9;
    uint32_t fives = eta == 2 ? b * 13 >> 6 : 0;
    uint32_t accepted = (b - limit) >> 31;

    *coeff = eta - (int32_t)(b - 5 * fives);
    /* Accepted values are uniform whatever the pattern of rejections, so the pattern may show. */
    CT_PUBLIC(&accepted, sizeof(accepted));
    return accepted != 0;
}

unsigned mldsa_portable_accept_eta(struct mldsa_poly *p, unsigned num, int32_t eta,
                                   const uint64_t lane[KECCAK_LANES])
{
    for (unsigned i = 0; i < 2 * SHAKE256_RATE && num < MLDSA_N; i++) {
        uint32_t half_byte = (uint32_t)(lane[i / 16] >> i % 16 * 4) & 15;
        int32_t coeff;
        if (coeff_from_half_byte(eta, &coeff, half_byte))
            p->coeff[num++] = coeff;
    }
    return num;
}
