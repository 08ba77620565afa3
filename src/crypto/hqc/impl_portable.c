/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "crypto/hqc/impl.h"

const struct hqc_impl *hqc_impl_at(unsigned index)
{
    return index == 0 ? &hqc_portable : NULL;
}

const struct hqc_impl *hqc_impl(void)
{
    return &hqc_portable;
}
