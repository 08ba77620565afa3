/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.19: random numbers.
 */
#include "pkcs11/args.h"
#include "pkcs11/module.h"

CK_RV C_SeedRandom(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSeed, CK_ULONG ulSeedLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span seed;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, arg_bytes(&seed, pSeed, ulSeedLen)));
    TRY(hsm_random_seed(app, hSession, seed));
out:
    return module_leave(status);
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pRandomData, CK_ULONG ulRandomLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span room;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, arg_bytes(&room, pRandomData, ulRandomLen)));
    TRY(hsm_random(app, hSession, pRandomData, room.len));
out:
    return module_leave(status);
}
