/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keccak/impl.h"

static const struct keccak_impl *const impls[CPU_NUM_LEVELS] = {
    [CPU_PORTABLE] = &keccak_portable,
    [CPU_AVX2] = &keccak_avx2,
    [CPU_AVX512] = &keccak_avx512,
};

const struct keccak_impl *keccak_impl_for(enum cpu_level level)
{
    return impls[level];
}

const struct keccak_impl *keccak_impl(void)
{
    return impls[cpu_level()];
}
