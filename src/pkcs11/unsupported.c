/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions that pqhw does not have. Each is present, as the standard asks, and says so.
 */
#include "pkcs11/module.h"

/* The parameters are all of the standard's, and none is looked at. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

static CK_RV answer(enum pqhw_status status)
{
    if (module_enter() == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(status);
}

#define REFUSE(name, status, ...)                                                                  \
    CK_RV name(__VA_ARGS__)                                                                        \
    {                                                                                              \
        return answer(status);                                                                     \
    }

/* Parameters that several functions share. */
#define SESSION CK_SESSION_HANDLE session
#define INIT    SESSION, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key
#define OUT     CK_BYTE_PTR out, CK_ULONG_PTR out_len
#define IN_OUT  SESSION, CK_BYTE_PTR in, CK_ULONG in_len, OUT
#define PARAM   SESSION, CK_VOID_PTR param, CK_ULONG param_len
#define AAD     CK_BYTE_PTR aad, CK_ULONG aad_len
#define IN      CK_BYTE_PTR in, CK_ULONG in_len

#define UNSUPPORTED_FUNCTIONS(X)                                                                   \
    X(C_AsyncComplete, SESSION, CK_UTF8CHAR_PTR function, CK_ASYNC_DATA_PTR result)                \
    X(C_AsyncGetID, SESSION, CK_UTF8CHAR_PTR function, CK_ULONG_PTR id)                            \
    X(C_AsyncJoin, SESSION, CK_UTF8CHAR_PTR function, CK_ULONG id, IN)

#define NOT_SUPPORTED(name, ...) REFUSE(name, PQHW_NOT_SUPPORTED, __VA_ARGS__)
UNSUPPORTED_FUNCTIONS(NOT_SUPPORTED)

/* Relics of a version in which functions ran in parallel. */
REFUSE(C_GetFunctionStatus, PQHW_FUNCTION_NOT_PARALLEL, SESSION)
REFUSE(C_CancelFunction, PQHW_FUNCTION_NOT_PARALLEL, SESSION)
