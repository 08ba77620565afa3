/* SPDX-License-Identifier: Apache-2.0
 *
 * Hints as bytes (FIPS 204, 7.2). They are public.
 */
#include "crypto/mldsa/hint.h"

#include <string.h>

void mldsa_hint_pack(const struct mldsa_params *params, uint8_t *out,
                     const uint8_t hint[MLDSA_MAX_K][MLDSA_HINT_LEN])
{
    uint8_t *ends = out + params->omega;
    unsigned num = 0;

    memset(out, 0, params->omega + params->k);
    for (unsigned i = 0; i < params->k; i++) {
        for (unsigned n = 0; n < MLDSA_HINT_LEN; n++) {
            for (unsigned bits = hint[i][n]; bits != 0; bits &= bits - 1)
                out[num++] = (uint8_t)(8 * n + (unsigned)__builtin_ctz(bits));
        }
        ends[i] = (uint8_t)num;
    }
}

bool mldsa_hint_unpack(const struct mldsa_params *params, uint8_t hint[MLDSA_MAX_K][MLDSA_HINT_LEN],
                       const uint8_t *in)
{
    const uint8_t *ends = in + params->omega;
    unsigned pos = 0;

    memset(hint, 0, (size_t)MLDSA_MAX_K * MLDSA_HINT_LEN);
    for (unsigned i = 0; i < params->k; i++) {
        unsigned first = pos;
        if (ends[i] < pos || ends[i] > params->omega)
            return false;
        for (; pos < ends[i]; pos++) {
            if (pos > first && in[pos - 1] >= in[pos])
                return false;
            hint[i][in[pos] / 8] |= (uint8_t)(1u << in[pos] % 8);
        }
    }
    for (; pos < params->omega; pos++) {
        if (in[pos] != 0)
            return false;
    }
    return true;
}
