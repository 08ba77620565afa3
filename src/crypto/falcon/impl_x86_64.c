/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/poly.h"

static const struct falcon_impl *const impls[CPU_NUM_LEVELS] = {
    [CPU_PORTABLE] = &falcon_portable,
    [CPU_AVX2] = &falcon_avx2,
    [CPU_AVX512] = &falcon_avx2,
};

const struct falcon_impl *falcon_impl_for(enum cpu_level level)
{
    return impls[level];
}
