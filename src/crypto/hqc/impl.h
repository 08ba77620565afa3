/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of HQC that are worth an implementation per CPU. Inside HQC only, and for tests that
 * compare one with another.
 *
 * All implementations give the same bytes, in a time that depends on the parameter set alone.
 */
#ifndef CRYPTO_HQC_IMPL_H
#define CRYPTO_HQC_IMPL_H

#include "crypto/cpu.h"
#include "crypto/hqc/params.h"

struct hqc_impl {
    const char *name; /* "portable", … */

    /* out = a b in GF(2)[x]/(x^n - 1). Vectors of num_words words; out may be a or b. */
    void (*mul)(uint64_t *out, const uint64_t *a, const uint64_t *b,
                const struct hqc_params *params);

    /*
     * What Sendrier's sampler does last (specification, 2.6.2): from the end on, a position that
     * stands once more behind becomes its own number.
     */
    void (*make_distinct)(uint32_t *positions, unsigned weight);

    /* The vector with ones at distinct positions. */
    void (*set_bits)(uint64_t *out, const struct hqc_params *params, const uint32_t *positions,
                     unsigned weight);

    /* The n1 symbols of a Reed-Solomon codeword whose repeated Reed-Muller codewords are nearest to
     * word, which has hqc_code_words words. */
    void (*decode_inner)(uint8_t *symbols, const uint64_t *word, const struct hqc_params *params);

    /* The k bytes of the message whose Reed-Solomon codeword differs from symbols in up to delta
     * places; anything if there is none. */
    void (*decode_outer)(uint8_t *message, const uint8_t *symbols, const struct hqc_params *params);

    /* The n1 symbols of a message: 2 delta for checking, then the message itself. */
    void (*encode_outer)(uint8_t *symbols, const uint8_t *message, const struct hqc_params *params);
};

extern const struct hqc_impl hqc_portable;

/* The implementations that this CPU can run, from the plainest on; NULL past the last. */
const struct hqc_impl *hqc_impl_at(unsigned index);

/* The one to use. */
const struct hqc_impl *hqc_impl(void);

void hqc_portable_mul(uint64_t *out, const uint64_t *a, const uint64_t *b,
                      const struct hqc_params *params);
void hqc_portable_make_distinct(uint32_t *positions, unsigned weight);
void hqc_portable_set_bits(uint64_t *out, const struct hqc_params *params,
                           const uint32_t *positions, unsigned weight);
void hqc_portable_decode_inner(uint8_t *symbols, const uint64_t *word,
                               const struct hqc_params *params);
void hqc_portable_decode_outer(uint8_t *message, const uint8_t *symbols,
                               const struct hqc_params *params);
void hqc_portable_encode_outer(uint8_t *symbols, const uint8_t *message,
                               const struct hqc_params *params);

#endif
