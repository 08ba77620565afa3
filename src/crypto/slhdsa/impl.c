/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/slhdsa/engine.h"

const struct slhdsa_hash slhdsa_hash_portable = {
    .name = "portable",
    .sha256_wide = &slhdsa_sha256_x1,
    .sha256_narrow = &slhdsa_sha256_x1,
    .sha512_wide = &slhdsa_sha512_x1,
    .sha512_narrow = &slhdsa_sha512_x1,
    .shake_wide = &slhdsa_shake_x1,
    .shake_narrow = &slhdsa_shake_x1,
    .sha256_min_wide = 1,
    .sha512_min_wide = 1,
    .shake_min_wide = 1,
};
