/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.21: asynchronous sessions. docs/async.md says what they promise.
 */
#ifndef PKCS11_ASYNC_H
#define PKCS11_ASYNC_H

#include "pkcs11/call.h"

/* PQHW_SESSION_ASYNC_NOT_SUPPORTED if the application allows no threads. */
NODISCARD enum pqhw_status async_session_open(struct hsm_app *app, CK_SLOT_ID slot, bool rw,
                                              CK_SESSION_HANDLE *out);

/*
 * Have a call made later: PQHW_PENDING, and nothing of the caller's memory is needed any more but
 * the output buffer. PQHW_OK if it is to be made at once: the session is none of these, the buffer
 * is missing or may be too small, the mechanism's parameter is to be written to, or there is no
 * memory or thread for it. Anything else is the call's answer.
 */
NODISCARD enum pqhw_status async_defer(struct hsm_app *app, const struct call *call);

#endif
