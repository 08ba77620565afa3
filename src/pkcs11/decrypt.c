/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.10: decryption.
 */
#include "pkcs11/args.h"
#include "pkcs11/call.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"

CK_RV C_DecryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (pMechanism == NULL) /* asks to end the operation that is active */
        return module_leave(hsm_session_cancel(app, hSession, CKF_DECRYPT));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(hsm_decrypt_init(app, hSession, &mechanism, hKey));
out:
    return module_leave(status);
}

CK_RV C_Decrypt(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pIn, CK_ULONG ulInLen, CK_BYTE_PTR pOut,
                CK_ULONG_PTR pulOutLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct call call = {.function = CALL_DECRYPT, .session = hSession, .out = pOut};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_DECRYPT, arg_length(&call.len, pulOutLen)));
    TRY(module_operation_first(app, hSession, CKF_DECRYPT, arg_bytes(&call.in[0], pIn, ulInLen)));
    TRY(give_length(pulOutLen, &call.len, call_make(app, &call)));
out:
    return module_leave(status);
}

CK_RV C_DecryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pIn, CK_ULONG ulInLen,
                      CK_BYTE_PTR pOut, CK_ULONG_PTR pulOutLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span in;
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_DECRYPT, arg_length(&len, pulOutLen)));
    TRY(module_operation_first(app, hSession, CKF_DECRYPT, arg_bytes(&in, pIn, ulInLen)));
    TRY(give_length(pulOutLen, &len, hsm_decrypt_update(app, hSession, in, pOut, &len)));
out:
    return module_leave(status);
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOut, CK_ULONG_PTR pulOutLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_DECRYPT, arg_length(&len, pulOutLen)));
    TRY(give_length(pulOutLen, &len, hsm_decrypt_final(app, hSession, pOut, &len)));
out:
    return module_leave(status);
}
