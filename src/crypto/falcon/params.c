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
