/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/params.h"

/*
 * The highest length of a compressed signature is that of the reference code's
 * FALCON_SIG_COMPRESSED_MAXSIZE; no signature that the bound admits takes more.
 */
static const struct falcon_params all_params[] = {
    [FALCON_512] =
        {
            .sizes =
                {
                    .name = "Falcon-512",
                    .pk_len = 897,
                    .sk_len = 1281,
                    .sig_len = {752, 666, 809},
                },
            .log_n = 9,
            .n = 512,
            .fg_bits = 6,
            .bound = 34034726,
            .inverse_sigma_bits = 0x3f78b6c2de64c7ca, /* 1 / 165.736617183 */
            .sigma_min_bits = 0x3ff47201bf1f7a75,     /* 1.277833697 */
        },
    [FALCON_1024] =
        {
            .sizes =
                {
                    .name = "Falcon-1024",
                    .pk_len = 1793,
                    .sk_len = 2305,
                    .sig_len = {1462, 1280, 1577},
                },
            .log_n = 10,
            .n = 1024,
            .fg_bits = 5,
            .bound = 70265242,
            .inverse_sigma_bits = 0x3f78531ef6311ae3, /* 1 / 168.388571447 */
            .sigma_min_bits = 0x3ff4c5c19990c764,     /* 1.298280334 */
        },
};

const struct falcon_params *falcon_params(enum falcon_set set)
{
    return &all_params[set];
}

const struct falcon_sizes *falcon_sizes(enum falcon_set set)
{
    return &all_params[set].sizes;
}
