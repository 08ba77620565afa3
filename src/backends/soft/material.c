/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/soft/material.h"

#include "hsm/attrs.h"

enum pqhw_status material_status(enum pqhw_status status)
{
    return status == PQHW_DATA_INVALID || status == PQHW_DATA_LEN_RANGE
               ? PQHW_ATTRIBUTE_VALUE_INVALID
               : status;
}

enum pqhw_status material_check_info(struct span attrs, struct span completed)
{
    struct span given;
    struct span own;

    if (!attrs_get(attrs, CKA_PUBLIC_KEY_INFO, &given) || given.len == 0)
        return PQHW_OK;
    return attrs_get(completed, CKA_PUBLIC_KEY_INFO, &own) && span_equal(given, own)
               ? PQHW_OK
               : PQHW_ATTRIBUTE_VALUE_INVALID;
}
