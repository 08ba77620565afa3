/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/falcon/poly.h"

const struct falcon_impl *falcon_impl_for(enum cpu_level level)
{
    (void)level;
    return &falcon_portable;
}
