/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hqc/impl.h"

const struct hqc_impl hqc_portable = {
    .name = "portable",
    .mul = hqc_portable_mul,
    .make_distinct = hqc_portable_make_distinct,
    .set_bits = hqc_portable_set_bits,
    .decode_inner = hqc_portable_decode_inner,
    .decode_outer = hqc_portable_decode_outer,
    .encode_outer = hqc_portable_encode_outer,
};
