/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.5: waiting for a slot event. Who waits is no call in between: C_Finalize, a fork
 * and the end of the process go on without it.
 */
#include "pkcs11/args.h"
#include "pkcs11/module.h"

/* How often it is looked whether a token came or went. */
#define LOOK_MS 200

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(pSlot != NULL && pReserved == NULL, PQHW_ARGUMENTS_BAD);
    while ((status = hsm_slot_event(app, pSlot)) == PQHW_NO_EVENT && !(flags & CKF_DONT_BLOCK)) {
        app = module_leave_for(LOOK_MS);
        if (app == NULL)
            return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
out:
    return module_leave(status);
}
