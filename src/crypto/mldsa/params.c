/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/params.h"

/* 2 gamma2 = (q - 1) / 44 = 2^11 * 93, and 11276 / 2^20 is 1 / 93 rounded up. */
#define DIVISOR_88                                                                                 \
    {                                                                                              \
        .pre_shift = 11, .multiplier = 11276, .post_shift = 20                                     \
    }
/* 2 gamma2 = (q - 1) / 16 = 2^9 * 1023, and 32801 / 2^25 is 1 / 1023 rounded up. */
#define DIVISOR_32                                                                                 \
    {                                                                                              \
        .pre_shift = 9, .multiplier = 32801, .post_shift = 25                                      \
    }

static const struct mldsa_params all_params[] = {
    [MLDSA_44] =
        {
            .sizes = {.name = "ML-DSA-44", .pk_len = 1312, .sk_len = 2560, .sig_len = 2420},
            .k = 4,
            .l = 4,
            .tau = 39,
            .omega = 80,
            .eta = 2,
            .beta = 78,
            .gamma1 = 1 << 17,
            .gamma2 = (MLDSA_Q - 1) / 88,
            .num_high = 44,
            .challenge_len = 32,
            .eta_bits = 3,
            .z_bits = 18,
            .w1_bits = 6,
            .high = DIVISOR_88,
        },
    [MLDSA_65] =
        {
            .sizes = {.name = "ML-DSA-65", .pk_len = 1952, .sk_len = 4032, .sig_len = 3309},
            .k = 6,
            .l = 5,
            .tau = 49,
            .omega = 55,
            .eta = 4,
            .beta = 196,
            .gamma1 = 1 << 19,
            .gamma2 = (MLDSA_Q - 1) / 32,
            .num_high = 16,
            .challenge_len = 48,
            .eta_bits = 4,
            .z_bits = 20,
            .w1_bits = 4,
            .high = DIVISOR_32,
        },
    [MLDSA_87] =
        {
            .sizes = {.name = "ML-DSA-87", .pk_len = 2592, .sk_len = 4896, .sig_len = 4627},
            .k = 8,
            .l = 7,
            .tau = 60,
            .omega = 75,
            .eta = 2,
            .beta = 120,
            .gamma1 = 1 << 19,
            .gamma2 = (MLDSA_Q - 1) / 32,
            .num_high = 16,
            .challenge_len = 64,
            .eta_bits = 3,
            .z_bits = 20,
            .w1_bits = 4,
            .high = DIVISOR_32,
        },
};

const struct mldsa_params *mldsa_params(enum mldsa_set set)
{
    return &all_params[set];
}

const struct mldsa_sizes *mldsa_sizes(enum mldsa_set set)
{
    return &all_params[set].sizes;
}
