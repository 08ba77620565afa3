/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.7: object management.
 */
#include "pkcs11/args.h"
#include "pkcs11/module.h"
#include "pkcs11/template.h"

CK_RV C_CreateObject(CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
                     CK_OBJECT_HANDLE_PTR phObject)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phObject != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulCount)));
    TRY(hsm_object_create(app, hSession, buf_span(&attrs), phObject));
out:
    buf_free(&attrs);
    return module_leave(status);
}

CK_RV C_CopyObject(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate,
                   CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phNewObject)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phNewObject != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulCount)));
    TRY(hsm_object_copy(app, hSession, hObject, buf_span(&attrs), phNewObject));
out:
    buf_free(&attrs);
    return module_leave(status);
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_object_destroy(app, hSession, hObject));
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ULONG_PTR pulSize)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    size_t size;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(pulSize != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(hsm_object_size(app, hSession, hObject, &size));
    *pulSize = size;
out:
    return module_leave(status);
}

/* One attribute of C_GetAttributeValue: an outcome that leaves the others to be answered, or a real
 * failure. */
static NODISCARD enum pqhw_status get_attribute(struct hsm_view *view, CK_ATTRIBUTE *attribute)
{
    enum pqhw_status status = PQHW_OK;
    struct span value;

    TRY(hsm_view_attr(view, template_type(attribute->type), &value));
    TRY(template_give(attribute, value));
out:
    if (status == PQHW_ATTRIBUTE_SENSITIVE || status == PQHW_ATTRIBUTE_TYPE_INVALID)
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    return status;
}

static NODISCARD enum pqhw_status get_attributes(struct hsm_view *view, CK_ATTRIBUTE *attributes,
                                                 size_t count)
{
    enum pqhw_status first = PQHW_OK;

    for (size_t i = 0; i < count; i++) {
        enum pqhw_status status = get_attribute(view, &attributes[i]);

        switch (status) {
        case PQHW_OK:
            break;
        case PQHW_ATTRIBUTE_SENSITIVE:
        case PQHW_ATTRIBUTE_TYPE_INVALID:
        case PQHW_BUFFER_TOO_SMALL:
            if (first == PQHW_OK)
                first = status;
            break;
        default:
            return status;
        }
    }
    return first;
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                          CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_view *view = NULL;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, template_check_count(pTemplate, ulCount)));
    TRY(hsm_view_open(app, hSession, hObject, &view));
    TRY(get_attributes(view, pTemplate, ulCount));
out:
    hsm_view_close(view);
    return module_leave(status);
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject,
                          CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulCount)));
    TRY(hsm_object_set(app, hSession, hObject, buf_span(&attrs)));
out:
    buf_free(&attrs);
    return module_leave(status);
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    status = template_read(&attrs, pTemplate, ulCount);
    if (status == PQHW_TEMPLATE_INCONSISTENT) /* an answer that this function has not */
        status = PQHW_ATTRIBUTE_VALUE_INVALID;
    TRY(module_session_first(app, hSession, status));
    TRY(hsm_find_init(app, hSession, buf_span(&attrs)));
out:
    buf_free(&attrs);
    return module_leave(status);
}

/* A search is not a cryptographic operation: wrong arguments do not end it. */
CK_RV C_FindObjects(CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE_PTR phObject,
                    CK_ULONG ulMaxObjectCount, CK_ULONG_PTR pulObjectCount)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    size_t num = 0;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(pulObjectCount != NULL && (phObject != NULL || ulMaxObjectCount == 0),
            module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(hsm_find(app, hSession, phObject, ulMaxObjectCount, &num));
    *pulObjectCount = num;
out:
    return module_leave(status);
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE hSession)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_find_final(app, hSession));
}
