/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wanted.h"

#include <stddef.h>

static _Thread_local bool (*asked)(void);

bool still_wanted(void)
{
    return asked == NULL || asked();
}

void still_wanted_ask(bool (*ask)(void))
{
    asked = ask;
}
