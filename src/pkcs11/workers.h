/* SPDX-License-Identifier: Apache-2.0
 *
 * The module's threads, which make calls for asynchronous sessions. There are none before the first
 * such call. What a thread does counts as a call of the module's (module_enter): C_Finalize, a fork
 * and the end of the process wait for it as for the application's own.
 */
#ifndef PKCS11_WORKERS_H
#define PKCS11_WORKERS_H

#include <stdbool.h>

#include "hsm/hsm.h"

struct work {
    struct work *next;
    struct hsm_later *later;
};

/* Is there a thread for one more piece of work? Starts one if none is free and there may be more.
 */
bool workers_ready(void);

/* After that. Takes a reference of the call. */
void workers_add(struct work *work);

/* End the threads, and drop what is left to do. Nobody adds work any more, until workers_begin.
 * Waits for each thread at most so long, and for ever if the number is negative. */
void workers_stop(int max_s);
void workers_begin(void);

/* In a forked child, which has no threads: as if there had never been any. */
void workers_forget(void);

#endif
