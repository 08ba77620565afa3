/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.12: message digesting.
 */
#include "pkcs11/args.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"

CK_RV C_DigestInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (pMechanism == NULL) /* asks to end the operation that is active */
        return module_leave(hsm_session_cancel(app, hSession, CKF_DIGEST));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(hsm_digest_init(app, hSession, &mechanism));
out:
    return module_leave(status);
}

CK_RV C_Digest(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
               CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span data;
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_DIGEST, arg_length(&len, pulDigestLen)));
    TRY(module_operation_first(app, hSession, CKF_DIGEST, arg_bytes(&data, pData, ulDataLen)));
    TRY(give_length(pulDigestLen, &len, hsm_digest(app, hSession, data, pDigest, &len)));
out:
    return module_leave(status);
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span part;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_DIGEST, arg_bytes(&part, pPart, ulPartLen)));
    TRY(hsm_digest_update(app, hSession, part));
out:
    return module_leave(status);
}

CK_RV C_DigestKey(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hKey)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_digest_key(app, hSession, hKey));
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, hSession, CKF_DIGEST, arg_length(&len, pulDigestLen)));
    TRY(give_length(pulDigestLen, &len, hsm_digest_final(app, hSession, pDigest, &len)));
out:
    return module_leave(status);
}
