/* SPDX-License-Identifier: Apache-2.0
 *
 * What expanded keys consist of. Inside HQC only.
 */
#ifndef CRYPTO_HQC_KEY_H
#define CRYPTO_HQC_KEY_H

#include "crypto/hqc/params.h"

struct hqc_public {
    const struct hqc_params *params;
    uint8_t seed[32];                                     /* of h */
    uint8_t hash[32];                                     /* H(ek) */
    uint64_t words[] __attribute__((aligned(HQC_ALIGN))); /* h, then s */
};

struct hqc_private {
    const struct hqc_params *params;
    uint8_t seed[HQC_SEED_LEN]; /* seed_KEM */
    uint8_t seed_dk[32];
    uint8_t sigma[HQC_MAX_M_LEN];                         /* k bytes, then zeros */
    uint64_t words[] __attribute__((aligned(HQC_ALIGN))); /* y, then a struct hqc_public */
};

static inline const uint64_t *hqc_public_h(const struct hqc_public *pub)
{
    return pub->words;
}

static inline const uint64_t *hqc_public_s(const struct hqc_public *pub)
{
    return pub->words + pub->params->num_words;
}

#endif
