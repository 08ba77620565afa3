/* SPDX-License-Identifier: Apache-2.0
 *
 * The code of HQC: a Reed-Solomon code whose symbols are encoded by a repeated Reed-Muller code
 * (specification, 2.5). Inside HQC only.
 */
#ifndef CRYPTO_HQC_CODE_H
#define CRYPTO_HQC_CODE_H

#include "crypto/hqc/params.h"

/* Add the codeword of a message of k bytes to hqc_code_words words. */
void hqc_code_add(uint64_t *word, const uint8_t *message, const struct hqc_params *params);

/* The message whose codeword is near to word; anything if there is none. */
void hqc_code_decode(uint8_t *message, const uint64_t *word, const struct hqc_params *params);

#endif
