/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <stddef.h>

static const struct {
    const char *name;
    const char *text;
    enum pqhw_category category;
} table[] = {
#define STATUS(name, category, ckr, text) {#name, text, PQHW_CATEGORY_##category},
#include "pqhw/status.def"
};

static size_t row(enum pqhw_status status)
{
    return (size_t)status < PQHW_NUM_STATUS ? (size_t)status : (size_t)PQHW_INTERNAL;
}

const char *pqhw_status_name(enum pqhw_status status)
{
    return table[row(status)].name;
}

const char *pqhw_status_text(enum pqhw_status status)
{
    return table[row(status)].text;
}

enum pqhw_category pqhw_status_category(enum pqhw_status status)
{
    return table[row(status)].category;
}
