/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"

#include <stdint.h>
#include <string.h>

void wipe(void *mem, size_t len)
{
    if (len == 0)
        return;
    memset(mem, 0, len);
    /* The empty assembly may read the memory through `mem`, so the stores before it must happen. */
    __asm__ __volatile__("" : : "r"(mem) : "memory");
}

__attribute__((noinline)) void wipe_stack(void)
{
    uint8_t below[16 * 1024];

    WIPE(below);
}
