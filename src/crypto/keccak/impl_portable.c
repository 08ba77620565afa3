/* SPDX-License-Identifier: Apache-2.0
 *
 * For CPUs that have portable C only.
 */
#include "crypto/keccak/impl.h"

const struct keccak_impl *keccak_impl_for(enum cpu_level level)
{
    (void)level;
    return &keccak_portable;
}

const struct keccak_impl *keccak_impl(void)
{
    return &keccak_portable;
}
