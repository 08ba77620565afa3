/* SPDX-License-Identifier: Apache-2.0
 *
 * Polynomials as bytes (FIPS 204, 7.1), in portable C.
 */
#include <string.h>

#include "base/wipe.h"
#include "crypto/mldsa/portable.h"

/*
 * Eight coefficients of n bits fill n bytes. The two functions below are inlined with a constant n,
 * so that their inner loops unroll into shifts.
 */
#define GROUP 8

__attribute__((always_inline)) static inline void pack_bits(uint8_t *out,
                                                            const struct mldsa_poly *p,
                                                            const unsigned bits)
{
    for (unsigned i = 0; i < MLDSA_N; i += GROUP) {
        uint64_t pending = 0;
        unsigned num_pending = 0;
        for (unsigned j = 0; j < GROUP; j++) {
            pending |= (uint64_t)(uint32_t)p->coeff[i + j] << num_pending;
            num_pending += bits;
            while (num_pending >= 8) {
                *out++ = (uint8_t)pending;
                pending >>= 8;
                num_pending -= 8;
            }
        }
    }
}

static inline uint32_t load_le32(const uint8_t in[4])
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

/* A coefficient lies within four bytes, of which the last may lie behind the packed polynomial. */
__attribute__((always_inline)) static inline void unpack_bits(struct mldsa_poly *p,
                                                              const uint8_t *in,
                                                              const unsigned bits)
{
    uint8_t bytes[MLDSA_MAX_Z_LEN + 3] = {0};

    memcpy(bytes, in, mldsa_packed_len(bits));
    for (unsigned i = 0; i < MLDSA_N; i += GROUP) {
        const uint8_t *group = bytes + i / GROUP * bits;
        for (unsigned j = 0; j < GROUP; j++) {
            uint32_t word = load_le32(group + j * bits / 8) >> j * bits % 8;
            p->coeff[i + j] = (int32_t)(word & ((1u << bits) - 1));
        }
    }
    WIPE(bytes);
}

void mldsa_portable_pack(uint8_t *out, const struct mldsa_poly *p, unsigned bits)
{
    switch (bits) {
#define WIDTH(n)                                                                                   \
    case n:                                                                                        \
        pack_bits(out, p, n);                                                                      \
        break;
        MLDSA_FOR_EACH_WIDTH(WIDTH)
#undef WIDTH
    default:
        __builtin_unreachable();
    }
}

void mldsa_portable_unpack(struct mldsa_poly *p, const uint8_t *in, unsigned bits)
{
    switch (bits) {
#define WIDTH(n)                                                                                   \
    case n:                                                                                        \
        unpack_bits(p, in, n);                                                                     \
        break;
        MLDSA_FOR_EACH_WIDTH(WIDTH)
#undef WIDTH
    default:
        __builtin_unreachable();
    }
}

void mldsa_portable_pack_from(uint8_t *out, const struct mldsa_poly *p, unsigned bits, int32_t top)
{
    struct mldsa_poly shifted;

    for (unsigned j = 0; j < MLDSA_N; j++)
        shifted.coeff[j] = top - p->coeff[j];
    mldsa_portable_pack(out, &shifted, bits);
    WIPE(shifted);
}

void mldsa_portable_unpack_from(struct mldsa_poly *p, const uint8_t *in, unsigned bits, int32_t top)
{
    mldsa_portable_unpack(p, in, bits);
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] = top - p->coeff[j];
}
