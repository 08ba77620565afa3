/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/poly.h"

static const struct mldsa_impl *const impls[CPU_NUM_LEVELS] = {
    [CPU_PORTABLE] = &mldsa_portable,
    [CPU_AVX2] = &mldsa_avx2,
    [CPU_AVX512] = &mldsa_avx512,
};

const struct mldsa_impl *mldsa_impl_for(enum cpu_level level)
{
    return impls[level];
}
