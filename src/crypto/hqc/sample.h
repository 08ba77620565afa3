/* SPDX-License-Identifier: Apache-2.0
 *
 * Vectors of a given weight (specification, 2.6.2), from an extendable output. Inside HQC only.
 */
#ifndef CRYPTO_HQC_SAMPLE_H
#define CRYPTO_HQC_SAMPLE_H

#include "crypto/hqc/params.h"
#include "crypto/keccak/keccak.h"

/* Bytes that y and x take, with what is likely to be rejected: whole blocks. At most
 * HQC_MAX_SECRET_DRAW. */
size_t hqc_secret_draw_len(const struct hqc_params *params);

/* Bytes that r2, e and r1 take. */
static inline size_t hqc_noise_draw_len(const struct hqc_params *params)
{
    return (size_t)12 * params->w_r;
}

#define HQC_MAX_SECRET_DRAW (6 * SHAKE256_RATE)
#define HQC_MAX_NOISE_DRAW  (12 * HQC_MAX_WEIGHT)

/* Where numbers of 24 bits are drawn from: what has been squeezed, then more of it. */
struct hqc_draw {
    struct keccak *xof;
    const uint8_t *drawn;
    size_t len;
};

/* A uniform vector of weight w, by rejection. */
void hqc_sample_secret(uint64_t *out, const struct hqc_params *params, struct hqc_draw *draw);

/* A vector of weight w_r from 4 w_r bytes, by Sendrier's method, which rejects nothing and is a
 * little biased. */
void hqc_sample_noise(uint64_t *out, const struct hqc_params *params, const uint8_t *random);

#endif
