/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/detail.h"

#include <stdarg.h>
#include <stdio.h>

#include "hsm/hsm.h"

static _Thread_local char text[512];

void detail_set(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
}

void detail_clear(void)
{
    text[0] = '\0';
}

const char *hsm_error_detail(void)
{
    return text;
}
