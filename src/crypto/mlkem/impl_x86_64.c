/* SPDX-License-Identifier: Apache-2.0
 *
 * AVX-512 has nothing more for ML-KEM than what Keccak does with it.
 */
#include "crypto/mlkem/avx2.h"

static const struct mlkem_impl avx2 = {
    .name = "avx2",
    .ntt = mlkem_avx2_ntt,
    .intt = mlkem_avx2_intt,
    .factor = mlkem_avx2_factor,
    .basemul_acc = mlkem_avx2_basemul_acc,
    .scale_add = mlkem_avx2_scale_add,
    .canonical = mlkem_avx2_canonical,
    .accept = mlkem_avx2_accept,
    .cbd = mlkem_avx2_cbd,
    .encode = mlkem_avx2_encode,
    .decode = mlkem_avx2_decode,
    .compress = mlkem_avx2_compress,
    .decompress = mlkem_avx2_decompress,
    .add_message = mlkem_avx2_add_message,
    .to_message = mlkem_avx2_to_message,
};

static const struct mlkem_impl *const impls[CPU_NUM_LEVELS] = {
    [CPU_PORTABLE] = &mlkem_portable,
    [CPU_AVX2] = &avx2,
    [CPU_AVX512] = &avx2,
};

const struct mlkem_impl *mlkem_impl_for(enum cpu_level level)
{
    return impls[level];
}

const struct mlkem_impl *mlkem_impl(void)
{
    return impls[cpu_level()];
}
