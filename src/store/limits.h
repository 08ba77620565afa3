/* SPDX-License-Identifier: Apache-2.0
 *
 * What every store refuses or cuts alike.
 */
#ifndef STORE_LIMITS_H
#define STORE_LIMITS_H

#include "hsm/store.h"

/* How long a writer waits for the others before PQHW_BUSY. */
#define STORE_WAIT_SECONDS 30

/* The part of a label or id that is indexed. */
static inline struct span store_index_text(struct span text)
{
    return span(text.ptr, text.len < STORE_INDEX_TEXT_MAX ? text.len : STORE_INDEX_TEXT_MAX);
}

static inline bool store_number_valid(uint32_t number)
{
    return number >= 1 && number <= STORE_NUMBER_MAX;
}

#endif
