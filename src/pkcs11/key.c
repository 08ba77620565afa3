/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.18: key management. Wrapping and derivation are in wrap.c and derive.c.
 */
#include "pkcs11/args.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"
#include "pkcs11/template.h"

CK_RV C_GenerateKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                    CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct mechanism mechanism;
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phKey != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulCount)));
    TRY(hsm_generate_key(app, hSession, &mechanism, buf_span(&attrs), phKey));
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
    struct buf pub = {0}, priv = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phPublicKey != NULL && phPrivateKey != NULL,
            module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(module_session_first(app, hSession,
                             template_read(&pub, pPublicKeyTemplate, ulPublicKeyAttributeCount)));
    TRY(module_session_first(
        app, hSession, template_read(&priv, pPrivateKeyTemplate, ulPrivateKeyAttributeCount)));
    TRY(hsm_generate_pair(app, hSession, &mechanism, buf_span(&pub), buf_span(&priv), phPublicKey,
                          phPrivateKey));
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
    struct buf attrs = {0};
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    /* Who asks for the length makes no key. */
    REQUIRE(phKey != NULL || pCiphertext == NULL,
            module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, arg_length(&len, pulCiphertextLen)));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulAttributeCount)));
    TRY(give_length(pulCiphertextLen, &len,
                    hsm_encapsulate(app, hSession, &mechanism, hPublicKey, buf_span(&attrs),
                                    pCiphertext, &len, phKey)));
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
    struct buf attrs = {0};
    struct span ct;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phKey != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, arg_bytes(&ct, pCiphertext, ulCiphertextLen)));
    TRY(module_session_first(app, hSession, param_read(&mechanism, pMechanism)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulAttributeCount)));
    TRY(hsm_decapsulate(app, hSession, &mechanism, hPrivateKey, buf_span(&attrs), ct, phKey));
out:
    buf_free(&attrs);
    module_leave(status);
    return module_unwrap_rv(status);
}
