/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/avx2.h"

const struct falcon_impl falcon_avx2 = {
    .name = "avx2",
    .ntt = falcon_avx2_ntt,
    .intt = falcon_avx2_intt,
    .mul = falcon_avx2_mul,
    .norm = falcon_avx2_norm,
    .fft = falcon_avx2_fft,
    .ifft = falcon_avx2_ifft,
    .split = falcon_avx2_split,
    .merge = falcon_avx2_merge,
    .multiply = falcon_avx2_multiply,
    .shift = falcon_avx2_shift,
    .fill = falcon_avx2_fill,
    .ff_sample = falcon_avx2_ff_sample,
    .sample = falcon_avx2_sample,
};
