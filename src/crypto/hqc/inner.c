/* SPDX-License-Identifier: Apache-2.0
 *
 * The inner code in plain C.
 */
#include "crypto/hqc/inner.h"

#include "base/wipe.h"
#include "crypto/hqc/impl.h"

/* How many of the copies have a bit set. */
static void count(int16_t out[INNER_BITS], const uint64_t *word, unsigned copies)
{
    for (unsigned j = 0; j < INNER_BITS; j++)
        out[j] = 0;
    for (unsigned c = 0; c < copies; c++)
        for (unsigned j = 0; j < INNER_BITS; j++)
            out[j] = (int16_t)(out[j] + (int16_t)(word[2 * c + j / 64] >> (j % 64) & 1));
}

/* out[s] = sum over j of (-1)^(s . j) out[j]. */
static void hadamard(int16_t out[INNER_BITS])
{
    for (unsigned half = 1; half < INNER_BITS; half *= 2)
        for (unsigned start = 0; start < INNER_BITS; start += 2 * half)
            for (unsigned j = start; j < start + half; j++) {
                const int16_t a = out[j];
                const int16_t b = out[j + half];

                out[j] = (int16_t)(a + b);
                out[j + half] = (int16_t)(a - b);
            }
}

/* The first of the places with the greatest magnitude; m_7 is set if what is there is positive. */
static uint8_t find_peak(const int16_t in[INNER_BITS])
{
    uint32_t peak = 0; /* its magnitude */
    uint32_t symbol = 0;

    for (uint32_t j = 0; j < INNER_BITS; j++) {
        const uint32_t value = (uint32_t)(int32_t)in[j];
        const uint32_t negative = 0u - (value >> 31);
        const uint32_t magnitude = (value ^ negative) - negative;
        const uint32_t higher = ct_barrier_u32(0u - ((peak - magnitude) >> 31));

        peak = ct_select_u32(higher, magnitude, peak);
        symbol = ct_select_u32(higher, j | (~negative & 0x80), symbol);
    }
    return (uint8_t)symbol;
}

void hqc_portable_decode_inner(uint8_t *symbols, const uint64_t *word,
                               const struct hqc_params *params)
{
    int16_t sk_transform[INNER_BITS];

    for (unsigned i = 0; i < params->n1; i++) {
        count(sk_transform, word + (size_t)i * 2 * params->copies, params->copies);
        hadamard(sk_transform);
        /* As if ones were counted less zeros, and halved. */
        sk_transform[0] = (int16_t)(sk_transform[0] - (int)(INNER_BITS / 2 * params->copies));
        symbols[i] = find_peak(sk_transform);
    }
    WIPE(sk_transform);
}
