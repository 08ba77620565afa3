/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameter sets of HQC (specification, 2.7) and what follows from them. Inside HQC only.
 */
#ifndef CRYPTO_HQC_PARAMS_H
#define CRYPTO_HQC_PARAMS_H

#include "crypto/hqc/hqc.h"

#define HQC_MAX_WORDS   904 /* of 64 bits, of a vector */
#define HQC_MAX_WEIGHT  149
#define HQC_MAX_SYMBOLS 90 /* of a Reed-Solomon codeword */
#define HQC_MAX_DELTA   29 /* how many wrong symbols are corrected */

/*
 * How the product of two vectors is split (mul_lanes.h). A unit is 128 bits.
 */
struct hqc_split {
    unsigned num_halvings; /* from the whole to blocks */
    unsigned block_units;
    uint8_t ways[4]; /* from a block to leaves: into 2 or 3 parts each time; 0 ends */
};

struct hqc_params {
    struct hqc_sizes sizes;
    enum hqc_set set;
    uint32_t n;          /* bits of a vector */
    unsigned num_words;  /* that a vector takes: those above n are zero, up to a multiple of 8 */
    unsigned w;          /* weight of x and y */
    unsigned w_r;        /* weight of r1, r2 and e */
    uint32_t limit;      /* the largest multiple of n up to 2^24 */
    uint32_t reciprocal; /* 2^32 / n, rounded down */
    unsigned n1;         /* symbols of a Reed-Solomon codeword */
    unsigned copies;     /* how often a Reed-Muller codeword of 128 bits is repeated */
    unsigned delta;      /* how many wrong symbols are corrected */
    unsigned k;          /* bytes of a message */
    struct hqc_split split;
};

const struct hqc_params *hqc_params(enum hqc_set set);

/* Bytes of an encoded vector of n bits. */
static inline size_t hqc_vector_len(const struct hqc_params *params)
{
    return (params->n + 7) / 8;
}

/* Words of v: all codewords of a message. */
static inline unsigned hqc_code_words(const struct hqc_params *params)
{
    return params->n1 * params->copies * 2;
}

#endif
