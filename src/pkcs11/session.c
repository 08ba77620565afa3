/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.6: session management.
 */
#include "pkcs11/args.h"
#include "pkcs11/async.h"
#include "pkcs11/module.h"

CK_RV C_OpenSession(CK_SLOT_ID slotID, CK_FLAGS flags, CK_VOID_PTR pApplication, CK_NOTIFY Notify,
                    CK_SESSION_HANDLE_PTR phSession)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;

    /* There is nothing to notify of: no call surrenders, no token is removed. */
    (void)pApplication;
    (void)Notify;
    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phSession != NULL, PQHW_ARGUMENTS_BAD);
    REQUIRE(flags & CKF_SERIAL_SESSION, PQHW_SESSION_PARALLEL_NOT_SUPPORTED);
    bool rw = (flags & CKF_RW_SESSION) != 0;
    if ((flags & CKF_ASYNC_SESSION) != 0)
        TRY(async_session_open(app, slotID, rw, phSession));
    else
        TRY(hsm_session_open(app, slotID, rw, phSession));
out:
    return module_leave(status);
}

CK_RV C_CloseSession(CK_SESSION_HANDLE hSession)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_session_close(app, hSession));
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slotID)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_session_close_all(app, slotID));
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE hSession, CK_SESSION_INFO_PTR pInfo)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_session_info info;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(hsm_session_info(app, hSession, &info));
    REQUIRE(pInfo != NULL, PQHW_ARGUMENTS_BAD);
    *pInfo = (CK_SESSION_INFO){
        .slotID = info.slot,
        .state = info.state,
        .flags = CKF_SERIAL_SESSION | (info.rw ? CKF_RW_SESSION : 0) |
                 (info.async ? CKF_ASYNC_SESSION : 0),
    };
out:
    return module_leave(status);
}

/* What an operation has in hand is in libcrypto's memory, which gives it to nobody; the standard
 * has a word for that. */
CK_RV C_GetOperationState(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState,
                          CK_ULONG_PTR pulOperationStateLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    bool active;

    (void)pOperationState;
    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(hsm_session_active(app, hSession, &active));
    REQUIRE(pulOperationStateLen != NULL, PQHW_ARGUMENTS_BAD);
    REQUIRE(active, PQHW_OPERATION_NOT_INITIALIZED);
    status = PQHW_STATE_UNSAVEABLE;
out:
    return module_leave(status);
}

/* So none comes from here. */
CK_RV C_SetOperationState(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState,
                          CK_ULONG ulOperationStateLen, CK_OBJECT_HANDLE hEncryptionKey,
                          CK_OBJECT_HANDLE hAuthenticationKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_session_info info;
    struct span state;

    (void)hEncryptionKey;
    (void)hAuthenticationKey;
    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(hsm_session_info(app, hSession, &info));
    TRY(arg_bytes(&state, pOperationState, ulOperationStateLen));
    status = PQHW_SAVED_STATE_INVALID;
out:
    return module_leave(status);
}

CK_RV C_SessionCancel(CK_SESSION_HANDLE hSession, CK_FLAGS flags)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_session_cancel(app, hSession, flags));
}

static NODISCARD enum pqhw_status login(struct hsm_app *app, CK_SESSION_HANDLE session,
                                        CK_USER_TYPE user, const void *pin_ptr, CK_ULONG pin_len)
{
    enum pqhw_status status = PQHW_OK;
    struct span pin;

    TRY(module_session_first(app, session, arg_pin(&pin, pin_ptr, pin_len)));
    TRY(hsm_login(app, session, user, pin));
out:
    return status;
}

CK_RV C_Login(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin,
              CK_ULONG ulPinLen)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(login(app, hSession, userType, pPin, ulPinLen));
}

/* A token has one user of each type and no names for them: a name means someone who is not here. */
CK_RV C_LoginUser(CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin,
                  CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pUsername, CK_ULONG ulUsernameLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;

    (void)pUsername;
    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(ulUsernameLen == 0, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(login(app, hSession, userType, pPin, ulPinLen));
out:
    return module_leave(status);
}

CK_RV C_Logout(CK_SESSION_HANDLE hSession)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_logout(app, hSession));
}

/* No validation authority has looked at this token, so no operation ever counts as validated. */
CK_RV C_GetSessionValidationFlags(CK_SESSION_HANDLE hSession, CK_SESSION_VALIDATION_FLAGS_TYPE type,
                                  CK_FLAGS_PTR pFlags)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_session_info info;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(hsm_session_info(app, hSession, &info));
    REQUIRE(pFlags != NULL && type == CKS_LAST_VALIDATION_OK, PQHW_ARGUMENTS_BAD);
    *pFlags = 0;
out:
    return module_leave(status);
}
