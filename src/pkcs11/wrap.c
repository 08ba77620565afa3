/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.18: wrapping and unwrapping keys, and the authenticated forms.
 *
 * AES-GCM wraps with a nonce that the token draws: C_WrapKey takes it in a CK_GCM_WRAP_PARAMS, the
 * authenticated form in a CK_GCM_MESSAGE_PARAMS, both with a generator. CK_GCM_PARAMS, whose nonce
 * is the caller's, serves to unwrap.
 */
#include <string.h>

#include "pkcs11/args.h"
#include "pkcs11/call.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"
#include "pkcs11/template.h"

/* What C_WrapKey and its authenticated form read and write beside the wrapped key. */
struct wrapping {
    struct mechanism mechanism;
    struct hsm_wrap what;
    uint8_t *tag_out; /* NULL: the tag stands after the ciphertext */
};

static bool generates(CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits)
{
    return (generator == CKG_GENERATE || generator == CKG_GENERATE_RANDOM) && fixed_bits == 0;
}

/* The nonce's room in the caller's memory; that it can be written to is the caller's word. */
static NODISCARD enum pqhw_status set_nonce(struct wrapping *out, CK_BYTE_PTR iv, CK_ULONG iv_len,
                                            CK_ULONG tag_bits)
{
    if (iv == NULL || iv_len != HSM_WRAP_IV_LEN || tag_bits != 8 * CLASSIC_TAG_LEN)
        return PQHW_MECHANISM_PARAM_INVALID;
    out->mechanism.has_param = true;
    out->mechanism.iv = span(iv, iv_len);
    out->mechanism.mac_len = CLASSIC_TAG_LEN;
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_wrap_param(struct wrapping *out,
                                                  const CK_MECHANISM *mechanism, bool generate)
{
    enum pqhw_status status = PQHW_OK;
    CK_GCM_WRAP_PARAMS param;

    if (mechanism == NULL || mechanism->mechanism != CKM_AES_GCM || mechanism->pParameter == NULL ||
        mechanism->ulParameterLen != sizeof(param))
        return param_read(&out->mechanism, mechanism);
    memcpy(&param, mechanism->pParameter, sizeof(param));
    out->mechanism = (struct mechanism){.type = CKM_AES_GCM};
    TRY(set_nonce(out, param.pIv, param.ulIvLen, param.ulTagBits));
    REQUIRE(arg_bytes(&out->mechanism.aad, param.pAAD, param.ulAADLen) == PQHW_OK,
            PQHW_MECHANISM_PARAM_INVALID);
    if (generate) {
        REQUIRE(generates(param.ivGenerator, param.ulIvFixedBits), PQHW_MECHANISM_PARAM_INVALID);
        out->what.iv_out = param.pIv;
    }
out:
    return status;
}

static NODISCARD enum pqhw_status read_message_param(struct wrapping *out,
                                                     const CK_MECHANISM *mechanism, bool generate)
{
    enum pqhw_status status = PQHW_OK;
    CK_GCM_MESSAGE_PARAMS param;

    REQUIRE(mechanism != NULL, PQHW_ARGUMENTS_BAD);
    REQUIRE(mechanism->mechanism == CKM_AES_GCM, PQHW_MECHANISM_INVALID);
    REQUIRE(mechanism->pParameter != NULL && mechanism->ulParameterLen == sizeof(param),
            PQHW_MECHANISM_PARAM_INVALID);
    memcpy(&param, mechanism->pParameter, sizeof(param));
    out->mechanism = (struct mechanism){.type = CKM_AES_GCM};
    TRY(set_nonce(out, param.pIv, param.ulIvLen, param.ulTagBits));
    /* CK_GCM_PARAMS is as long, and has a pointer here and a length for pTag. */
    REQUIRE(param.ivGenerator <= CKG_GENERATE_COUNTER_XOR && param.pTag != NULL,
            PQHW_MECHANISM_PARAM_INVALID);
    out->tag_out = param.pTag;
    if (generate) {
        REQUIRE(generates(param.ivGenerator, param.ulIvFixedBits), PQHW_MECHANISM_PARAM_INVALID);
        out->what.iv_out = param.pIv;
    }
out:
    return status;
}

CK_RV C_WrapKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pWrappedKey,
                CK_ULONG_PTR pulWrappedKeyLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct wrapping wrapping = {0};
    struct call call = {.function = CALL_WRAP_KEY,
                        .session = hSession,
                        .keys = {hWrappingKey, hKey},
                        .out = pWrappedKey};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, arg_length(&call.len, pulWrappedKeyLen)));
    TRY(module_session_first(app, hSession, read_wrap_param(&wrapping, pMechanism, true)));
    call.mechanism = &wrapping.mechanism;
    call.iv_out = wrapping.what.iv_out;
    TRY(give_length(pulWrappedKeyLen, &call.len, call_make(app, &call)));
out:
    return module_leave(status);
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                  CK_OBJECT_HANDLE hUnwrappingKey, CK_BYTE_PTR pWrappedKey,
                  CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
                  CK_OBJECT_HANDLE_PTR phKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct wrapping wrapping = {0};
    struct call call = {.function = CALL_UNWRAP_KEY, .session = hSession, .keys = {hUnwrappingKey}};
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phKey != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, arg_bytes(&call.in[0], pWrappedKey, ulWrappedKeyLen)));
    TRY(module_session_first(app, hSession, read_wrap_param(&wrapping, pMechanism, false)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulAttributeCount)));
    call.mechanism = &wrapping.mechanism;
    call.templates[0] = buf_span(&attrs);
    TRY(call_make(app, &call));
    *phKey = call.made[0];
out:
    buf_free(&attrs);
    module_leave(status);
    return call_rv(call.function, status);
}

/* ---- authenticated: the tag stands apart ---- */

/* Wrap into memory of our own, and give the ciphertext and the tag to where they belong. */
static NODISCARD enum pqhw_status wrap_apart(struct hsm_app *app, CK_SESSION_HANDLE session,
                                             const struct wrapping *wrapping, uint8_t *out,
                                             size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    struct buf whole = BUF_INIT(HSM_WRAPPED_MAX_LEN);
    size_t room = *len;
    size_t whole_len = 0;

    TRY(hsm_wrap(app, session, &wrapping->mechanism, &wrapping->what, NULL, &whole_len));
    REQUIRE(whole_len >= CLASSIC_TAG_LEN, PQHW_INTERNAL);
    *len = whole_len - CLASSIC_TAG_LEN;
    if (out == NULL)
        goto out;
    REQUIRE(room >= *len, PQHW_BUFFER_TOO_SMALL);
    uint8_t *at = buf_extend(&whole, whole_len);
    TRY(buf_status(&whole));
    TRY(hsm_wrap(app, session, &wrapping->mechanism, &wrapping->what, at, &whole_len));
    REQUIRE(whole_len == *len + CLASSIC_TAG_LEN, PQHW_INTERNAL);
    memcpy(out, at, *len);
    memcpy(wrapping->tag_out, at + *len, CLASSIC_TAG_LEN);
out:
    buf_free(&whole);
    return status;
}

CK_RV C_WrapKeyAuthenticated(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                             CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey,
                             CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
                             CK_BYTE_PTR pWrappedKey, CK_ULONG_PTR pulWrappedKeyLen)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct wrapping wrapping = {.what = {.wrapping = hWrappingKey, .key = hKey}};
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_session_first(app, hSession, arg_length(&len, pulWrappedKeyLen)));
    TRY(module_session_first(app, hSession, read_message_param(&wrapping, pMechanism, true)));
    TRY(module_session_first(
        app, hSession, arg_bytes(&wrapping.mechanism.aad, pAssociatedData, ulAssociatedDataLen)));
    TRY(give_length(pulWrappedKeyLen, &len,
                    wrap_apart(app, hSession, &wrapping, pWrappedKey, &len)));
out:
    return module_leave(status);
}

CK_RV C_UnwrapKeyAuthenticated(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                               CK_OBJECT_HANDLE hUnwrappingKey, CK_BYTE_PTR pWrappedKey,
                               CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate,
                               CK_ULONG ulAttributeCount, CK_BYTE_PTR pAssociatedData,
                               CK_ULONG ulAssociatedDataLen, CK_OBJECT_HANDLE_PTR phKey)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct wrapping wrapping = {0};
    struct call call = {
        .function = CALL_UNWRAP_KEY_AUTHENTICATED, .session = hSession, .keys = {hUnwrappingKey}};
    struct span wrapped;
    struct buf whole = BUF_INIT(HSM_WRAPPED_MAX_LEN + CLASSIC_TAG_LEN);
    struct buf attrs = {0};

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    REQUIRE(phKey != NULL, module_session_first(app, hSession, PQHW_ARGUMENTS_BAD));
    TRY(module_session_first(app, hSession, arg_bytes(&wrapped, pWrappedKey, ulWrappedKeyLen)));
    REQUIRE(wrapped.len <= HSM_WRAPPED_MAX_LEN,
            module_session_first(app, hSession, PQHW_ENCRYPTED_DATA_LEN_RANGE));
    TRY(module_session_first(app, hSession, read_message_param(&wrapping, pMechanism, false)));
    TRY(module_session_first(
        app, hSession, arg_bytes(&wrapping.mechanism.aad, pAssociatedData, ulAssociatedDataLen)));
    TRY(module_session_first(app, hSession, template_read(&attrs, pTemplate, ulAttributeCount)));
    buf_put(&whole, wrapped.ptr, wrapped.len);
    buf_put(&whole, wrapping.tag_out, CLASSIC_TAG_LEN);
    TRY(buf_status(&whole));
    call.mechanism = &wrapping.mechanism;
    call.in[0] = buf_span(&whole);
    call.templates[0] = buf_span(&attrs);
    TRY(call_make(app, &call));
    *phKey = call.made[0];
out:
    buf_free(&whole);
    buf_free(&attrs);
    module_leave(status);
    return call_rv(call.function, status);
}
