/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.18: key management. Wrapping and derivation are in wrap.c and derive.c.
 */
#include "pkcs11/alias.h"
#include "pkcs11/args.h"
#include "pkcs11/call.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"
#include "pkcs11/template.h"

CK_RV C_GenerateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                    CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct call call = {
        .function = CALL_GENERATE_KEY, .session = hSession, .mechanism = &mechanism};
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phKey != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulCount)));
    call.templates[0] = buf_span(&attrs);
    TRY(call_make(app, &call));
    *phKey = call.made[0];
out:
    buf_free(&attrs);
    return module_leave(status);
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                        CK_ATTRIBUTE_PTR pPublicKeyTemplate, CK_ULONG ulPublicKeyAttributeCount,
                        CK_ATTRIBUTE_PTR pPrivateKeyTemplate, CK_ULONG ulPrivateKeyAttributeCount,
                        CK_OBJECT_HANDLE_PTR phPublicKey, CK_OBJECT_HANDLE_PTR phPrivateKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct call call = {
        .function = CALL_GENERATE_KEY_PAIR, .session = hSession, .mechanism = &mechanism};
    struct buf pub = {0}, priv = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phPublicKey != NULL && phPrivateKey != NULL,
            module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    mechanism.type = alias_mechanism(pMechanism->mechanism, CKF_GENERATE_KEY_PAIR);
    TRY(module_session_first(app, hSession,
                             template_read(&pub, pPublicKeyTemplate, ulPublicKeyAttributeCount)));
    TRY(module_session_first(
        app, hSession, template_read(&priv, pPrivateKeyTemplate, ulPrivateKeyAttributeCount)));
    call.templates[0] = buf_span(&pub);
    call.templates[1] = buf_span(&priv);
    TRY(call_make(app, &call));
    *phPublicKey = call.made[0];
    *phPrivateKey = call.made[1];
out:
    buf_free(&pub);
    buf_free(&priv);
    return module_leave(status);
}

CK_RV C_EncapsulateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                       CK_OBJECT_HANDLE hPublicKey, CK_ATTRIBUTE_PTR pTemplate,
                       CK_ULONG ulAttributeCount, CK_BYTE_PTR pCiphertext,
                       CK_ULONG_PTR pulCiphertextLen, CK_OBJECT_HANDLE_PTR phKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct call call = {.function = CALL_ENCAPSULATE_KEY,
                        .session = hSession,
                        .mechanism = &mechanism,
                        .keys = {hPublicKey},
                        .out = pCiphertext};
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    /* Who asks for the length makes no key. */
    REQUIRE(phKey != NULL || pCiphertext == NULL,
            module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, arg_length(&call.len, pulCiphertextLen)));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulAttributeCount)));
    call.templates[0] = buf_span(&attrs);
    TRY(give_length(pulCiphertextLen, &call.len, call_make(app, &call)));
    if (pCiphertext != NULL)
        *phKey = call.made[0];
out:
    buf_free(&attrs);
    return module_leave(status);
}

CK_RV C_DecapsulateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                       CK_OBJECT_HANDLE hPrivateKey, CK_ATTRIBUTE_PTR pTemplate,
                       CK_ULONG ulAttributeCount, CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen,
                       CK_OBJECT_HANDLE_PTR phKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct call call = {.function = CALL_DECAPSULATE_KEY,
                        .session = hSession,
                        .mechanism = &mechanism,
                        .keys = {hPrivateKey}};
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phKey != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, arg_bytes(&call.in[0], pCiphertext, ulCiphertextLen)));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulAttributeCount)));
    call.templates[0] = buf_span(&attrs);
    TRY(call_make(app, &call));
    *phKey = call.made[0];
out:
    buf_free(&attrs);
    module_leave(status);
    return call_rv(call.function, status);
}
