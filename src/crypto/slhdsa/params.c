/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/slhdsa/params.h"

/* A row of FIPS 205, Table 2: n, d, h', a, k, m, and the bytes of a signature. */
#define PARAMS(name_, shake_, n_, d_, h_, a_, k_, m_, sig_)                                        \
    {                                                                                              \
        .sizes =                                                                                   \
            {                                                                                      \
                .name = name_,                                                                     \
                .n = n_,                                                                           \
                .digest_len = m_,                                                                  \
                .seed_len = 3 * n_,                                                                \
                .pk_len = 2 * n_,                                                                  \
                .sk_len = 4 * n_,                                                                  \
                .sig_len = sig_,                                                                   \
            },                                                                                     \
        .shake = shake_, .n = n_, .d = d_, .tree_height = h_, .fors_height = a_, .k = k_,          \
        .len = 2 * n_ + 3                                                                          \
    }

static const struct slhdsa_params all_params[SLHDSA_NUM_SETS] = {
    [SLHDSA_SHA2_128S] = PARAMS("SLH-DSA-SHA2-128s", false, 16, 7, 9, 12, 14, 30, 7856),
    [SLHDSA_SHAKE_128S] = PARAMS("SLH-DSA-SHAKE-128s", true, 16, 7, 9, 12, 14, 30, 7856),
    [SLHDSA_SHA2_128F] = PARAMS("SLH-DSA-SHA2-128f", false, 16, 22, 3, 6, 33, 34, 17088),
    [SLHDSA_SHAKE_128F] = PARAMS("SLH-DSA-SHAKE-128f", true, 16, 22, 3, 6, 33, 34, 17088),
    [SLHDSA_SHA2_192S] = PARAMS("SLH-DSA-SHA2-192s", false, 24, 7, 9, 14, 17, 39, 16224),
    [SLHDSA_SHAKE_192S] = PARAMS("SLH-DSA-SHAKE-192s", true, 24, 7, 9, 14, 17, 39, 16224),
    [SLHDSA_SHA2_192F] = PARAMS("SLH-DSA-SHA2-192f", false, 24, 22, 3, 8, 33, 42, 35664),
    [SLHDSA_SHAKE_192F] = PARAMS("SLH-DSA-SHAKE-192f", true, 24, 22, 3, 8, 33, 42, 35664),
    [SLHDSA_SHA2_256S] = PARAMS("SLH-DSA-SHA2-256s", false, 32, 8, 8, 14, 22, 47, 29792),
    [SLHDSA_SHAKE_256S] = PARAMS("SLH-DSA-SHAKE-256s", true, 32, 8, 8, 14, 22, 47, 29792),
    [SLHDSA_SHA2_256F] = PARAMS("SLH-DSA-SHA2-256f", false, 32, 17, 4, 9, 35, 49, 49856),
    [SLHDSA_SHAKE_256F] = PARAMS("SLH-DSA-SHAKE-256f", true, 32, 17, 4, 9, 35, 49, 49856),
};

const struct slhdsa_params *slhdsa_params(enum slhdsa_set set)
{
    return &all_params[set];
}

const struct slhdsa_sizes *slhdsa_sizes(enum slhdsa_set set)
{
    return &all_params[set].sizes;
}
