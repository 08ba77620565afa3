/* SPDX-License-Identifier: Apache-2.0
 *
 * For CPUs that have portable C only.
 */
#include "crypto/mlkem/impl.h"

const struct mlkem_impl *mlkem_impl_for(enum cpu_level level)
{
    (void)level;
    return &mlkem_portable;
}

const struct mlkem_impl *mlkem_impl(void)
{
    return &mlkem_portable;
}
