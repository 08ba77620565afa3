/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.13 and 5.15: signatures that the data can be recovered from.
 */
#include "pkcs11/args.h"
#include "pkcs11/call.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"

typedef enum pqhw_status (*init_call)(struct hsm_app *app, CK_SESSION_HANDLE session,
                                      const struct mechanism *mechanism, CK_OBJECT_HANDLE key);

static CK_RV begin(CK_SESSION_HANDLE session, CK_FLAGS flag, const CK_MECHANISM *given,
                   CK_OBJECT_HANDLE key)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    const init_call init =
        flag == CKF_SIGN_RECOVER ? hsm_sign_recover_init : hsm_verify_recover_init;
    struct mechanism mechanism;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (given == NULL) /* asks to end the operation that is active */
        return module_leave(hsm_session_cancel(app, session, flag));
    TRY(module_session_first(app, session, param_read(&mechanism, given)));
    TRY(init(app, session, &mechanism, key));
out:
    return module_leave(status);
}

/* `in` is one of call->in. */
static CK_RV use(struct call *call, struct span *in, CK_ULONG_PTR out_len)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    CK_FLAGS flag = call_info(call->function)->flag;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, call->session, flag, arg_length(&call->len, out_len)));
    TRY(module_operation_first(app, call->session, flag, arg_bytes(in, in->ptr, in->len)));
    TRY(give_length(out_len, &call->len, call_make(app, call)));
out:
    return module_leave(status);
}

CK_RV C_SignRecoverInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                        CK_OBJECT_HANDLE hKey)
{
    return begin(hSession, CKF_SIGN_RECOVER, pMechanism, hKey);
}

CK_RV C_SignRecover(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen,
                    CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen)
{
    struct call call = {.function = CALL_SIGN_RECOVER,
                        .session = hSession,
                        .in = {{pData, ulDataLen}},
                        .out = pSignature};

    return use(&call, &call.in[0], pulSignatureLen);
}

CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                          CK_OBJECT_HANDLE hKey)
{
    return begin(hSession, CKF_VERIFY_RECOVER, pMechanism, hKey);
}

CK_RV C_VerifyRecover(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen,
                      CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen)
{
    struct call call = {.function = CALL_VERIFY_RECOVER,
                        .session = hSession,
                        .in = {SPAN_EMPTY, {pSignature, ulSignatureLen}},
                        .out = pData};

    return use(&call, &call.in[1], pulDataLen);
}
