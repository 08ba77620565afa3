/* SPDX-License-Identifier: Apache-2.0
 *
 * The module's one state, and what every entry point begins and ends with:
 *
 *     struct hsm_app *app = module_enter();
 *     enum pqhw_status status = PQHW_OK;
 *
 *     if (app == NULL)
 *         return CKR_CRYPTOKI_NOT_INITIALIZED;
 *     …
 *     return module_leave(status);
 *
 * Between the two the app stays, whatever C_Finalize another thread calls. In a forked child the
 * parent's state is forgotten: the child is not initialised.
 */
#ifndef PKCS11_MODULE_H
#define PKCS11_MODULE_H

#include "base/status.h"
#include "hsm/hsm.h"

/* Open the device and make the app; `threads` says whether the module may have some of its own.
 * PQHW_ALREADY_INITIALIZED, or why it cannot be opened. */
NODISCARD enum pqhw_status module_start(bool threads);

/* What module_start was told. */
bool module_may_have_threads(void);

/* Wait for the calls that are running, then end the app. PQHW_NOT_INITIALIZED. */
NODISCARD enum pqhw_status module_stop(void);

/* NULL if the library is not initialised in this process; then there is nothing to leave. */
NODISCARD struct hsm_app *module_enter(void);

/* Leave for so long, and enter again: NULL if C_Finalize was called meanwhile, at once then. */
NODISCARD struct hsm_app *module_leave_for(unsigned ms);

/* A thread of the module's own is about to end: what is kept for it is let go of now, when no other
 * thread forks, and not by destructors. */
void module_thread_ends(void);

/* Leave, and say `status` in the words of PKCS#11. */
CK_RV module_leave(enum pqhw_status status);

/* The CKR_ of a status. */
CK_RV module_rv(enum pqhw_status status);

/* The same for C_UnwrapKey and C_DecapsulateKey: what is wrong with a key or a ciphertext
 * everywhere else is there wrong with an unwrapping key and a wrapped key. */
CK_RV module_unwrap_rv(enum pqhw_status status);

/*
 * What a call says whose arguments were read with the result `status`: the handle of a session that
 * is not valid outranks any other failure (PKCS#11 v3.2, 5.1.7).
 */
NODISCARD enum pqhw_status module_session_first(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                enum pqhw_status status);

/*
 * The same for the calls of an operation (CKF_SIGN, CKF_VERIFY, CKF_DIGEST, CKF_FIND_OBJECTS),
 * which any failure ends.
 */
NODISCARD enum pqhw_status module_operation_first(struct hsm_app *app, CK_SESSION_HANDLE session,
                                                  CK_FLAGS operation, enum pqhw_status status);

#endif
