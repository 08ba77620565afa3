/* SPDX-License-Identifier: Apache-2.0
 *
 * Vectors and bytes: the first bit is the lowest one of the first byte, and of the first word.
 * Inside HQC only.
 */
#ifndef CRYPTO_HQC_VECTOR_H
#define CRYPTO_HQC_VECTOR_H

#include "crypto/hqc/params.h"

/* num_words words from len bytes, zero from there on. */
void hqc_words_load(uint64_t *words, size_t num_words, const uint8_t *bytes, size_t len);

/* len bytes from words. */
void hqc_words_store(uint8_t *bytes, size_t len, const uint64_t *words);

void hqc_words_add(uint64_t *out, const uint64_t *a, size_t num_words);

/* A vector from its bytes. Returns the bits that stood above the first n of them, which are
 * dropped: they are zero in every encoding that is valid. */
uint64_t hqc_vector_load(uint64_t *out, const struct hqc_params *params, const uint8_t *bytes);

#endif
