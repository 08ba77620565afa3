/* SPDX-License-Identifier: Apache-2.0
 *
 * Keccak-f[1600] in portable C: several states one after the other.
 */
#include "crypto/keccak/impl.h"
#include "crypto/keccak/scalar.h"

static void permute(uint64_t state[KECCAK_LANES])
{
    keccak_scalar_permute(state);
}

static void permute_x4(uint64_t *const state[4])
{
    for (unsigned n = 0; n < 4; n++)
        permute(state[n]);
}

static void permute_x8(uint64_t *const state[8])
{
    for (unsigned n = 0; n < 8; n++)
        permute(state[n]);
}

const struct keccak_impl keccak_portable = {
    .name = "portable",
    .min_x4 = 4,
    .min_x8 = 8,
    .permute = permute,
    .permute_x4 = permute_x4,
    .permute_x8 = permute_x8,
};
