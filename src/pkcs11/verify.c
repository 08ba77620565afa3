/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.15: verifying signatures, given last (C_Verify…) or first (C_VerifySignature…).
 */
#include "pkcs11/args.h"
#include "pkcs11/call.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"

CK_RV C_VerifyInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (pMechanism == NULL) /* asks to end the operation that is active */
        return module_leave(hsm_session_cancel(app, hSession, CKF_VERIFY));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(hsm_verify_init(app, hSession, &mechanism, hKey));
out:
    return module_leave(status);
}

CK_RV C_Verify(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
               CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_VERIFY, .session = hSession};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_VERIFY,
                               arg_bytes(&call.in[0], pData, ulDataLen)));
    TRY(module_operation_first(app, hSession, CKF_VERIFY,
                               arg_bytes(&call.in[1], pSignature, ulSignatureLen)));
    TRY(call_make(app, &call));
out:
    return module_leave(status);
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span part;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_VERIFY, arg_bytes(&part, pPart, ulPartLen)));
    TRY(hsm_verify_update(app, hSession, part));
out:
    return module_leave(status);
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_VERIFY_FINAL, .session = hSession};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_VERIFY,
                               arg_bytes(&call.in[1], pSignature, ulSignatureLen)));
    TRY(call_make(app, &call));
out:
    return module_leave(status);
}

CK_RV C_VerifySignatureInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                            CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct span sig;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (pMechanism == NULL) /* asks to end the operation that is active */
        return module_leave(hsm_session_cancel(app, hSession, CKF_VERIFY));
    TRY(module_session_first(app, hSession, arg_bytes(&sig, pSignature, ulSignatureLen)));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(hsm_verify_signature_init(app, hSession, &mechanism, hKey, sig));
out:
    return module_leave(status);
}

CK_RV C_VerifySignature(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_VERIFY_SIGNATURE, .session = hSession};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_VERIFY,
                               arg_bytes(&call.in[0], pData, ulDataLen)));
    TRY(call_make(app, &call));
out:
    return module_leave(status);
}

CK_RV C_VerifySignatureUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span part;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_VERIFY, arg_bytes(&part, pPart, ulPartLen)));
    TRY(hsm_verify_signature_update(app, hSession, part));
out:
    return module_leave(status);
}

CK_RV C_VerifySignatureFinal(CK_SESSION_HANDLE hSession)
{
    struct hsm_app *app = module_enter();
    struct call call = {.function = CALL_VERIFY_SIGNATURE_FINAL, .session = hSession};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(call_make(app, &call));
}
