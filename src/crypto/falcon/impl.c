/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/poly.h"

const struct falcon_impl falcon_portable = {
    .name = "portable",
    .ntt = falcon_portable_ntt,
    .intt = falcon_portable_intt,
    .mul = falcon_portable_mul,
    .norm = falcon_portable_norm,
};

const struct falcon_impl *falcon_impl(void)
{
    return falcon_impl_for(cpu_level());
}
