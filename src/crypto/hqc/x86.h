/* SPDX-License-Identifier: Apache-2.0
 *
 * What there is for x86-64. Inside HQC only.
 */
#ifndef CRYPTO_HQC_X86_H
#define CRYPTO_HQC_X86_H

#include "crypto/hqc/impl.h"

/* With PCLMULQDQ a unit of 128 bits at a time; with VPCLMULQDQ two, or four. */
void hqc_pclmul_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                    const struct hqc_params *params);
void hqc_vpclmul256_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                        const struct hqc_params *params);
void hqc_vpclmul512_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                        const struct hqc_params *params);

void hqc_avx2_make_distinct(uint32_t *positions, unsigned weight);
void hqc_avx512_set_bits(uint64_t *out, const struct hqc_params *params, const uint32_t *positions,
                         unsigned weight);
void hqc_avx2_decode_inner(uint8_t *symbols, const uint64_t *word, const struct hqc_params *params);
void hqc_avx2_decode_outer(uint8_t *message, const uint8_t *symbols,
                           const struct hqc_params *params);
void hqc_avx2_encode_outer(uint8_t *symbols, const uint8_t *message,
                           const struct hqc_params *params);

#endif
