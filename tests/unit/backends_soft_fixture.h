/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BACKENDS_SOFT_FIXTURE_H
#define TESTS_BACKENDS_SOFT_FIXTURE_H

#include <string.h>

#include "hsm/attrs.h"

/* An attribute list of one number; valid until the next. */
static inline struct span number_attr(CK_ATTRIBUTE_TYPE type, CK_ULONG number)
{
    static uint8_t list[16];
    struct buf attrs = BUF_INIT(sizeof(list));

    attrs_put_number(&attrs, type, number);
    memcpy(list, attrs.ptr, attrs.len);
    buf_free(&attrs);
    return SPAN(list);
}

#endif
