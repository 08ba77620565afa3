/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/avx2.h"
#include "crypto/mldsa/avx512.h"

const struct mldsa_impl mldsa_avx512 = {
    .name = "avx512",
    .num_at_once = MLDSA_MAX_AT_ONCE,
    .ntt = mldsa_avx512_ntt,
    .intt = mldsa_avx512_intt,
    .pointwise_acc = mldsa_avx512_pointwise_acc,
    .add_product = mldsa_avx2_add_product,
    .norm_exceeds = mldsa_avx2_norm_exceeds,
    .power2round = mldsa_avx2_power2round,
    .decompose = mldsa_avx2_decompose,
    .make_hint = mldsa_avx2_make_hint,
    .use_hint = mldsa_avx2_use_hint,
    .pack = mldsa_avx2_pack,
    .unpack = mldsa_avx2_unpack,
    .pack_from = mldsa_avx2_pack_from,
    .unpack_from = mldsa_avx2_unpack_from,
    .accept_uniform = mldsa_avx2_accept_uniform,
    .accept_eta = mldsa_avx2_accept_eta,
};
