/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls that are made later: what the door and the sessions have to know of them.
 */
#ifndef HSM_LATER_H
#define HSM_LATER_H

#include "hsm/app.h"

/* Is this thread making, or undoing, that call? */
bool later_is_mine(const struct hsm_later *later);

/* Does this thread make a call that was to be made later? Only then it asks what follows. */
bool later_is_here(void);

/* The session of the call that this thread makes is locked. False if it is one that was cancelled:
 * then it does nothing. */
bool later_begins(struct hsm_app *app);

/* What this thread computed is about to be recorded and committed. False if it is making a call
 * that was cancelled meanwhile; else it cannot be cancelled any more until it is made. */
bool later_goes_on(struct hsm_app *app);

/* The operations that whoever cancelled the call of this thread, while it was computing, wanted to
 * end with it. The session's lock is held. */
CK_FLAGS later_ends(struct hsm_app *app);

/*
 * Take its call from a session, if it has one, cancelled. Waits for one that is being committed, or
 * undone; one that was made is undone. *stray: it goes on computing, with the session's lock, and
 * ends the operations that `flags` name itself. PQHW_OPERATION_ACTIVE if they do not name its own.
 */
NODISCARD enum pqhw_status later_cancel(struct session *session, CK_FLAGS flags, bool *stray);

#endif
