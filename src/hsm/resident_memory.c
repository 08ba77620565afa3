/* SPDX-License-Identifier: Apache-2.0
 *
 * How much memory resident keys may have.
 */
#include <stdlib.h>

#include "base/size.h"
#include "hsm/detail.h"
#include "hsm/resident.h"

#define VARIABLE    "PQHW_RESIDENT_MEMORY"
#define DEFAULT_MAX ((uint64_t)64 << 20)

bool resident_memory_allowed(uint64_t bytes)
{
    return bytes >= HSM_RESIDENT_MIN && bytes <= HSM_RESIDENT_MAX;
}

enum pqhw_status resident_memory_override(uint64_t *out)
{
    const char *text = secure_getenv(VARIABLE);

    *out = 0;
    if (text == NULL || text[0] == '\0')
        return PQHW_OK;
    if (size_parse(text, out) && resident_memory_allowed(*out))
        return PQHW_OK;
    detail_set(VARIABLE " must be a size from 1K to 1024G, such as 512K, 64M or 2G");
    return PQHW_ARGUMENTS_BAD;
}

uint64_t resident_memory_default(void)
{
    uint64_t share = secret_lock_limit() / 4 * 3;

    return share < DEFAULT_MAX ? share : DEFAULT_MAX;
}
