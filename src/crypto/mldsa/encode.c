/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/encode.h"

#include <string.h>

#include "base/wipe.h"

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

__attribute__((always_inline)) static inline void unpack_bits(struct mldsa_poly *p,
                                                              const uint8_t *in,
                                                              const unsigned bits)
{
    for (unsigned i = 0; i < MLDSA_N; i += GROUP, in += bits) {
        for (unsigned j = 0; j < GROUP; j++) {
            unsigned first = j * bits / 8;
            unsigned shift = j * bits % 8;
            uint32_t word = 0;
            for (unsigned n = 0; 8 * n < shift + bits; n++)
                word |= (uint32_t)in[first + n] << 8 * n;
            p->coeff[i + j] = (int32_t)(word >> shift & ((1u << bits) - 1));
        }
    }
}

/* The widths that ML-DSA packs: eta, eta, w1, t1, t0, z, z. */
#define FOR_EACH_WIDTH(X) X(3) X(4) X(6) X(10) X(13) X(18) X(20)

void mldsa_pack(uint8_t *out, const struct mldsa_poly *p, unsigned bits)
{
    switch (bits) {
#define WIDTH(n)                                                                                   \
    case n:                                                                                        \
        pack_bits(out, p, n);                                                                      \
        break;
        FOR_EACH_WIDTH(WIDTH)
#undef WIDTH
    default:
        __builtin_unreachable();
    }
}

void mldsa_unpack(struct mldsa_poly *p, const uint8_t *in, unsigned bits)
{
    switch (bits) {
#define WIDTH(n)                                                                                   \
    case n:                                                                                        \
        unpack_bits(p, in, n);                                                                     \
        break;
        FOR_EACH_WIDTH(WIDTH)
#undef WIDTH
    default:
        __builtin_unreachable();
    }
}

void mldsa_pack_from(uint8_t *out, const struct mldsa_poly *p, unsigned bits, int32_t top)
{
    struct mldsa_poly shifted;

    for (unsigned j = 0; j < MLDSA_N; j++)
        shifted.coeff[j] = top - p->coeff[j];
    mldsa_pack(out, &shifted, bits);
    WIPE(shifted);
}

void mldsa_unpack_from(struct mldsa_poly *p, const uint8_t *in, unsigned bits, int32_t top)
{
    mldsa_unpack(p, in, bits);
    for (unsigned j = 0; j < MLDSA_N; j++)
        p->coeff[j] = top - p->coeff[j];
}

void mldsa_hint_pack(const struct mldsa_params *params, uint8_t *out, const struct mldsa_poly *hint)
{
    uint8_t *ends = out + params->omega;
    unsigned num = 0;

    memset(out, 0, params->omega + params->k);
    for (unsigned i = 0; i < params->k; i++) {
        for (unsigned j = 0; j < MLDSA_N; j++) {
            if (hint[i].coeff[j] != 0)
                out[num++] = (uint8_t)j;
        }
        ends[i] = (uint8_t)num;
    }
}

bool mldsa_hint_unpack(const struct mldsa_params *params, uint8_t hint[MLDSA_MAX_K][MLDSA_N],
                       const uint8_t *in)
{
    const uint8_t *ends = in + params->omega;
    unsigned pos = 0;

    memset(hint, 0, (size_t)MLDSA_MAX_K * MLDSA_N);
    for (unsigned i = 0; i < params->k; i++) {
        unsigned first = pos;
        if (ends[i] < pos || ends[i] > params->omega)
            return false;
        for (; pos < ends[i]; pos++) {
            if (pos > first && in[pos - 1] >= in[pos])
                return false;
            hint[i][in[pos]] = 1;
        }
    }
    for (; pos < params->omega; pos++) {
        if (in[pos] != 0)
            return false;
    }
    return true;
}
