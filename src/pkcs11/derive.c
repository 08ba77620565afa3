/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.18.5: deriving keys.
 */
#include "pkcs11/call.h"
#include "pkcs11/module.h"
#include "pkcs11/param_derive.h"
#include "pkcs11/template.h"

CK_RV C_DeriveKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                  CK_OBJECT_HANDLE hBaseKey, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
                  CK_OBJECT_HANDLE_PTR phKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct call call = {.function = CALL_DERIVE_KEY,
                        .session = hSession,
                        .mechanism = &mechanism,
                        .keys = {hBaseKey}};
    struct derive_room room = {0};
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, param_read_derive(&mechanism, &room, pMechanism)));
    call.by_param = derive_gives_by_param(&room);
    REQUIRE(phKey != NULL || call.by_param,
            module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulAttributeCount)));
    call.templates[0] = buf_span(&attrs);
    TRY(call_make(app, &call));
    if (!call.by_param)
        *phKey = call.made[0];
    derive_give(&room);
out:
    buf_free(&attrs);
    derive_room_free(&room);
    return module_leave(status);
}
