/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameter sets of ML-DSA (FIPS 204, Table 1) and what follows from them.
 */
#ifndef CRYPTO_MLDSA_PARAMS_H
#define CRYPTO_MLDSA_PARAMS_H

#include "crypto/mldsa/mldsa.h"

#define MLDSA_Q 8380417
#define MLDSA_N 256
#define MLDSA_D 13 /* bits of t that the public key drops */

#define MLDSA_MAX_K         8
#define MLDSA_MAX_L         7
#define MLDSA_MAX_TAU       60
#define MLDSA_MAX_OMEGA     80
#define MLDSA_MAX_CHALLENGE 64

#define MLDSA_RHO_LEN 32
#define MLDSA_KEY_LEN 32
#define MLDSA_T1_LEN  (MLDSA_N * 10 / 8)
#define MLDSA_T0_LEN  (MLDSA_N * MLDSA_D / 8)

/* The longest packed polynomials: z with 20 bits, w1 with 6. */
#define MLDSA_MAX_Z_LEN  (MLDSA_N * 20 / 8)
#define MLDSA_MAX_W1_LEN (MLDSA_N * 6 / 8)

/*
 * x / (2 gamma2) without a division: ((x >> pre_shift) * multiplier) >> post_shift. Exact for every
 * x below q + gamma2.
 */
struct mldsa_divisor {
    unsigned pre_shift;
    uint32_t multiplier;
    unsigned post_shift;
};

struct mldsa_params {
    struct mldsa_sizes sizes;
    unsigned k, l;
    unsigned tau;
    unsigned omega;
    int32_t eta;
    int32_t beta; /* tau * eta */
    int32_t gamma1;
    int32_t gamma2;
    int32_t num_high;          /* (q - 1) / (2 gamma2): how many values w1 has */
    size_t challenge_len;      /* lambda / 4 */
    unsigned eta_bits;         /* of a packed coefficient of s1 and s2 */
    unsigned z_bits;           /* … of z and y */
    unsigned w1_bits;          /* … of w1 */
    struct mldsa_divisor high; /* divides by 2 gamma2 */
};

const struct mldsa_params *mldsa_params(enum mldsa_set set);

static inline size_t mldsa_packed_len(unsigned bits)
{
    return (size_t)MLDSA_N * bits / 8;
}

#endif
