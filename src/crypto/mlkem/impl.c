/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mlkem/impl.h"

const struct mlkem_impl mlkem_portable = {
    .name = "portable",
    .ntt = mlkem_portable_ntt,
    .intt = mlkem_portable_intt,
    .factor = mlkem_portable_factor,
    .basemul_acc = mlkem_portable_basemul_acc,
    .scale_add = mlkem_portable_scale_add,
    .canonical = mlkem_portable_canonical,
    .accept = mlkem_portable_accept,
    .cbd = mlkem_portable_cbd,
    .encode = mlkem_portable_encode,
    .decode = mlkem_portable_decode,
    .compress = mlkem_portable_compress,
    .decompress = mlkem_portable_decompress,
    .add_message = mlkem_portable_add_message,
    .to_message = mlkem_portable_to_message,
};
