/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hqc/code.h"

#include "base/wipe.h"
#include "crypto/hqc/impl.h"
#include "crypto/hqc/inner.h"

void hqc_code_add(uint64_t *word, const uint8_t *message, const struct hqc_params *params)
{
    uint8_t sk_symbols[HQC_MAX_SYMBOLS];
    uint64_t sk_inner[2] = {0};

    hqc_impl()->encode_outer(sk_symbols, message, params);
    for (unsigned i = 0; i < params->n1; i++) {
        inner_encode(sk_inner, sk_symbols[i]);
        for (unsigned copy = 0; copy < params->copies; copy++) {
            *word++ ^= sk_inner[0];
            *word++ ^= sk_inner[1];
        }
    }
    WIPE(sk_symbols);
    WIPE(sk_inner);
}

void hqc_code_decode(uint8_t *message, const uint64_t *word, const struct hqc_params *params)
{
    uint8_t sk_symbols[HQC_MAX_SYMBOLS] = {0};

    hqc_impl()->decode_inner(sk_symbols, word, params);
    hqc_impl()->decode_outer(message, sk_symbols, params);
    WIPE(sk_symbols);
}
