/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa/portable.h"

const struct mldsa_impl mldsa_portable = {
    .name = "portable",
    .num_at_once = 1,
    .ntt = mldsa_portable_ntt,
    .intt = mldsa_portable_intt,
    .pointwise_acc = mldsa_portable_pointwise_acc,
    .add_product = mldsa_portable_add_product,
    .norm_exceeds = mldsa_portable_norm_exceeds,
    .power2round = mldsa_portable_power2round,
    .decompose = mldsa_portable_decompose,
    .make_hint = mldsa_portable_make_hint,
    .use_hint = mldsa_portable_use_hint,
    .pack = mldsa_portable_pack,
    .unpack = mldsa_portable_unpack,
    .pack_from = mldsa_portable_pack_from,
    .unpack_from = mldsa_portable_unpack_from,
    .accept_uniform = mldsa_portable_accept_uniform,
    .accept_eta = mldsa_portable_accept_eta,
};

const struct mldsa_impl *mldsa_impl(void)
{
    return mldsa_impl_for(cpu_level());
}
