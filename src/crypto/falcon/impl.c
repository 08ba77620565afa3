/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/fft.h"
#include "crypto/falcon/poly.h"
#include "crypto/falcon/sampler.h"

const struct falcon_impl falcon_portable = {
    .name = "portable",
    .ntt = falcon_portable_ntt,
    .intt = falcon_portable_intt,
    .mul = falcon_portable_mul,
    .norm = falcon_portable_norm,
    .fft = falcon_portable_fft,
    .ifft = falcon_portable_ifft,
    .split = falcon_portable_split,
    .merge = falcon_portable_merge,
    .multiply = falcon_portable_multiply,
    .shift = falcon_portable_shift,
    .fill = falcon_portable_fill,
    .ff_sample = falcon_portable_ff_sample,
    .sample = falcon_portable_sample,
};

const struct falcon_impl *falcon_impl(void)
{
    return falcon_impl_for(cpu_level());
}
