/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.13: signing.
 */
#include "pkcs11/args.h"
#include "pkcs11/call.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"

CK_RV C_SignInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (pMechanism == NULL) /* asks to end the operation that is active */
        return module_leave(hsm_session_cancel(app, hSession, CKF_SIGN));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(hsm_sign_init(app, hSession, &mechanism, hKey));
out:
    return module_leave(status);
}

CK_RV C_Sign(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
             CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_SIGN, .session = hSession, .out = pSignature};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_SIGN, arg_length(&call.len, pulSignatureLen)));
    TRY(module_operation_first(app, hSession, CKF_SIGN, arg_bytes(&call.in[0], pData, ulDataLen)));
    TRY(give_length(pulSignatureLen, &call.len, call_make(app, &call)));
out:
    return module_leave(status);
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span part;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_SIGN, arg_bytes(&part, pPart, ulPartLen)));
    TRY(hsm_sign_update(app, hSession, part));
out:
    return module_leave(status);
}

CK_RV C_SignFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_SIGN_FINAL, .session = hSession, .out = pSignature};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_SIGN, arg_length(&call.len, pulSignatureLen)));
    TRY(give_length(pulSignatureLen, &call.len, call_make(app, &call)));
out:
    return module_leave(status);
}
