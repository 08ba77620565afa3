/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.18.5: deriving keys.
 */
#include "pkcs11/module.h"
#include "pkcs11/param.h"
#include "pkcs11/template.h"

CK_RV C_DeriveKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                  CK_OBJECT_HANDLE hBaseKey, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
                  CK_OBJECT_HANDLE_PTR phKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phKey != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulAttributeCount)));
    TRY(hsm_derive(app, hSession, &mechanism, hBaseKey, buf_span(&attrs), phKey));
out:
    buf_free(&attrs);
    return module_leave(status);
}
