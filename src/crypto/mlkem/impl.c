/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mlkem/impl.h"

const struct mlkem_impl mlkem_portable = {
    .name = "portable",
    .ntt = mlkem_portable_ntt,
    .intt = mlkem_portable_intt,
    .basemul_acc = mlkem_portable_basemul_acc,
    .sample_matrix = mlkem_portable_sample_matrix,
    .sample_noise = mlkem_portable_sample_noise,
};

const struct mlkem_impl *mlkem_impl(void)
{
    return &mlkem_portable;
}
