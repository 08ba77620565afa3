/* SPDX-License-Identifier: Apache-2.0
 *
 * Is what this thread computes still wanted? Whatever may take many seconds asks now and then, and
 * gives up with PQHW_CANCELED when it is not.
 */
#ifndef BASE_WANTED_H
#define BASE_WANTED_H

#include <stdbool.h>

/* Yes, if nobody is asked. */
bool still_wanted(void);

/* Who is asked on this thread from now on, and stays with a "no"; NULL: nobody. */
void still_wanted_ask(bool (*ask)(void));

#endif
