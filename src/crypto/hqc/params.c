/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hqc/params.h"

static const struct hqc_params all_params[HQC_NUM_SETS] = {
    [HQC_1] =
        {
            .sizes = {"HQC-1", 2241, 2321, 4433, 16 + HQC_SALT_LEN},
            .set = HQC_1,
            .n = 17669,
            .num_words = 280,
            .w = 66,
            .w_r = 75,
            .limit = 949 * 17669,
            .reciprocal = 243079,
            .n1 = 46,
            .copies = 3,
            .delta = 15,
            .k = 16,
            .split = {0, 144, {3, 3}},
        },
    [HQC_3] =
        {
            .sizes = {"HQC-3", 4514, 4602, 8978, 24 + HQC_SALT_LEN},
            .set = HQC_3,
            .n = 35851,
            .num_words = 568,
            .w = 100,
            .w_r = 114,
            .limit = 467 * 35851,
            .reciprocal = 119800,
            .n1 = 56,
            .copies = 5,
            .delta = 16,
            .k = 24,
            .split = {1, 144, {3, 3}},
        },
    [HQC_5] =
        {
            .sizes = {"HQC-5", 7237, 7333, 14421, 32 + HQC_SALT_LEN},
            .set = HQC_5,
            .n = 57637,
            .num_words = 904,
            .w = 131,
            .w_r = 149,
            .limit = 291 * 57637,
            .reciprocal = 74517,
            .n1 = 90,
            .copies = 5,
            .delta = 29,
            .k = 32,
            .split = {2, 128, {2, 2, 2}},
        },
};

const struct hqc_params *hqc_params(enum hqc_set set)
{
    return &all_params[set];
}

const struct hqc_sizes *hqc_sizes(enum hqc_set set)
{
    return &hqc_params(set)->sizes;
}
