/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.20: relics of a version in which functions ran in parallel. They are present, as
 * the standard asks, and say that none does. (What took their place is in async.c.)
 */
#include "pkcs11/module.h"

static CK_RV answer(void)
{
    if (module_enter() == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(PQHW_FUNCTION_NOT_PARALLEL);
}

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE hSession)
{
    (void)hSession;
    return answer();
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE hSession)
{
    (void)hSession;
    return answer();
}
