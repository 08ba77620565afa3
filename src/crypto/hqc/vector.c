/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hqc/vector.h"

#include <endian.h>
#include <string.h>

void hqc_words_load(uint64_t *words, size_t num_words, const uint8_t *bytes, size_t len)
{
    memcpy(words, bytes, len);
    memset((uint8_t *)words + len, 0, num_words * sizeof(words[0]) - len);
    for (size_t i = 0; i < num_words; i++)
        words[i] = le64toh(words[i]);
}

void hqc_words_store(uint8_t *bytes, size_t len, const uint64_t *words)
{
    size_t i = 0;

    for (; 8 * i + 8 <= len; i++) {
        const uint64_t word = htole64(words[i]);

        memcpy(bytes + 8 * i, &word, 8);
    }
    for (size_t at = 8 * i; at < len; at++)
        bytes[at] = (uint8_t)(words[i] >> (8 * (at % 8)));
}

void hqc_words_add(uint64_t *out, const uint64_t *a, size_t num_words)
{
    for (size_t i = 0; i < num_words; i++)
        out[i] ^= a[i];
}

uint64_t hqc_vector_load(uint64_t *out, const struct hqc_params *params, const uint8_t *bytes)
{
    const size_t top = params->n / 64;
    const unsigned bits = params->n % 64;
    uint64_t above;

    hqc_words_load(out, params->num_words, bytes, hqc_vector_len(params));
    above = out[top] >> bits;
    out[top] &= ((uint64_t)1 << bits) - 1;
    return above;
}
