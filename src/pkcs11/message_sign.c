/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.14 and 5.16: message-based signing and verification. No mechanism has a parameter
 * for the single message: all are signed as C_MessageSignInit was told.
 */
#include "pkcs11/args.h"
#include "pkcs11/call.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"

static NODISCARD enum pqhw_status no_param(const void *param, CK_ULONG param_len)
{
    (void)param; /* whatever it points to: nothing is nothing */
    return param_len == 0 ? PQHW_OK : PQHW_MECHANISM_PARAM_INVALID;
}

/* ---- what both directions share ---- */

static CK_RV init(CK_SESSION_HANDLE session, CK_FLAGS flag, const CK_MECHANISM *given,
                  CK_OBJECT_HANDLE key)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (given == NULL) /* asks to end the process that is active */
        return module_leave(hsm_session_cancel(app, session, flag));
    TRY(module_session_first(app, session, param_read(&mechanism, given)));
    TRY(hsm_message_init(app, session, flag, &mechanism, key));
out:
    return module_leave(status);
}

static CK_RV begin(CK_SESSION_HANDLE session, CK_FLAGS flag, const void *param, CK_ULONG param_len)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, session, no_param(param, param_len)));
    TRY(hsm_message_sign_begin(app, session, flag));
out:
    return module_leave(status);
}

static CK_RV final(CK_SESSION_HANDLE session, CK_FLAGS flag)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_message_final(app, session, flag));
}

/* ---- signing ---- */

CK_RV C_MessageSignInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                        CK_OBJECT_HANDLE hKey)
{
    return init(hSession, CKF_MESSAGE_SIGN, pMechanism, hKey);
}

CK_RV C_SignMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                    CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
                    CK_ULONG_PTR pulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_SIGN_MESSAGE, .session = hSession, .out = pSignature};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, no_param(pParameter, ulParameterLen)));
    TRY(module_session_first(app, hSession, arg_length(&call.len, pulSignatureLen)));
    TRY(module_session_first(app, hSession, arg_bytes(&call.in[0], pData, ulDataLen)));
    TRY(give_length(pulSignatureLen, &call.len, call_make(app, &call)));
out:
    return module_leave(status);
}

CK_RV C_SignMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                         CK_ULONG ulParameterLen)
{
    return begin(hSession, CKF_MESSAGE_SIGN, pParameter, ulParameterLen);
}

/* Without a length it is a part that others follow. */
CK_RV C_SignMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                        CK_BYTE_PTR pDataPart, CK_ULONG ulDataPartLen, CK_BYTE_PTR pSignature,
                        CK_ULONG_PTR pulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_SIGN_MESSAGE_NEXT, .session = hSession, .out = pSignature};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, no_param(pParameter, ulParameterLen)));
    TRY(module_session_first(app, hSession, arg_bytes(&call.in[0], pDataPart, ulDataPartLen)));
    if (pulSignatureLen == NULL) {
        TRY(hsm_message_sign_part(app, hSession, CKF_MESSAGE_SIGN, call.in[0]));
    } else {
        call.len = *pulSignatureLen;
        TRY(give_length(pulSignatureLen, &call.len, call_make(app, &call)));
    }
out:
    return module_leave(status);
}

CK_RV C_MessageSignFinal(CK_SESSION_HANDLE hSession)
{
    return final(hSession, CKF_MESSAGE_SIGN);
}

/* ---- verification ---- */

CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                          CK_OBJECT_HANDLE hKey)
{
    return init(hSession, CKF_MESSAGE_VERIFY, pMechanism, hKey);
}

CK_RV C_VerifyMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                      CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
                      CK_ULONG ulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_VERIFY_MESSAGE, .session = hSession};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, no_param(pParameter, ulParameterLen)));
    TRY(module_session_first(app, hSession, arg_bytes(&call.in[0], pData, ulDataLen)));
    TRY(module_session_first(app, hSession, arg_bytes(&call.in[1], pSignature, ulSignatureLen)));
    TRY(call_make(app, &call));
out:
    return module_leave(status);
}

CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                           CK_ULONG ulParameterLen)
{
    return begin(hSession, CKF_MESSAGE_VERIFY, pParameter, ulParameterLen);
}

/* Without a signature it is a part that others follow. */
CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                          CK_ULONG ulParameterLen, CK_BYTE_PTR pDataPart, CK_ULONG ulDataPartLen,
                          CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_VERIFY_MESSAGE_NEXT, .session = hSession};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, no_param(pParameter, ulParameterLen)));
    TRY(module_session_first(app, hSession, arg_bytes(&call.in[0], pDataPart, ulDataPartLen)));
    TRY(module_session_first(app, hSession, arg_bytes(&call.in[1], pSignature, ulSignatureLen)));
    if (pSignature == NULL)
        TRY(hsm_message_sign_part(app, hSession, CKF_MESSAGE_VERIFY, call.in[0]));
    else
        TRY(call_make(app, &call));
out:
    return module_leave(status);
}

CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE hSession)
{
    return final(hSession, CKF_MESSAGE_VERIFY);
}
