/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.9 and 5.11: message-based encryption and decryption. What C_MessageEncryptInit
 * and C_MessageDecryptInit are given as the mechanism's parameter is not looked at: each message
 * brings its own.
 */
#include <string.h>

#include "pkcs11/args.h"
#include "pkcs11/module.h"
#include "pkcs11/param.h"

/* ---- the parameter of a message ---- */

static NODISCARD enum pqhw_status read_gcm(struct hsm_message *out, const void *param,
                                           CK_ULONG param_len)
{
    CK_GCM_MESSAGE_PARAMS gcm; /* copied: the caller's need not be aligned */

    if (param_len != sizeof(gcm))
        return PQHW_MECHANISM_PARAM_INVALID;
    memcpy(&gcm, param, sizeof(gcm));
    if (gcm.ulTagBits % 8 != 0 || arg_bytes(&out->mechanism.iv, gcm.pIv, gcm.ulIvLen) != PQHW_OK ||
        gcm.pTag == NULL)
        return PQHW_MECHANISM_PARAM_INVALID;
    out->mechanism.mac_len = gcm.ulTagBits / 8;
    out->generator = gcm.ivGenerator;
    out->fixed_bits = gcm.ulIvFixedBits;
    out->iv_out = gcm.pIv;
    out->tag = gcm.pTag;
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_ccm(struct hsm_message *out, const void *param,
                                           CK_ULONG param_len)
{
    CK_CCM_MESSAGE_PARAMS ccm;

    if (param_len != sizeof(ccm))
        return PQHW_MECHANISM_PARAM_INVALID;
    memcpy(&ccm, param, sizeof(ccm));
    if (arg_bytes(&out->mechanism.iv, ccm.pNonce, ccm.ulNonceLen) != PQHW_OK || ccm.pMAC == NULL)
        return PQHW_MECHANISM_PARAM_INVALID;
    out->mechanism.data_len = ccm.ulDataLen;
    out->mechanism.mac_len = ccm.ulMACLen;
    out->generator = ccm.nonceGenerator;
    out->fixed_bits = ccm.ulNonceFixedBits;
    out->iv_out = ccm.pNonce;
    out->tag = ccm.pMAC;
    return PQHW_OK;
}

/* ulNonceLen counts bits in the standard's table and bytes in many programs, as for C_EncryptInit.
 */
static NODISCARD enum pqhw_status read_chacha20_poly1305(struct hsm_message *out, const void *param,
                                                         CK_ULONG param_len)
{
    CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS chacha;

    if (param_len != sizeof(chacha))
        return PQHW_MECHANISM_PARAM_INVALID;
    memcpy(&chacha, param, sizeof(chacha));
    if ((chacha.ulNonceLen != 12 && chacha.ulNonceLen != 96) ||
        arg_bytes(&out->mechanism.iv, chacha.pNonce, 12) != PQHW_OK || chacha.pTag == NULL)
        return PQHW_MECHANISM_PARAM_INVALID;
    out->mechanism.mac_len = CLASSIC_TAG_LEN;
    out->tag = chacha.pTag;
    return PQHW_OK;
}

/* It is of the kind that the active process has. */
static NODISCARD enum pqhw_status read_message(struct hsm_app *app, CK_SESSION_HANDLE session,
                                               CK_FLAGS flag, struct hsm_message *out,
                                               const void *param, CK_ULONG param_len)
{
    enum pqhw_status status = PQHW_OK;

    *out = (struct hsm_message){.generator = CKG_NO_GENERATE};
    TRY(hsm_message_mechanism(app, session, flag, &out->mechanism.type));
    REQUIRE(param != NULL, PQHW_MECHANISM_PARAM_INVALID);
    out->mechanism.has_param = true;
    switch (out->mechanism.type) {
    case CKM_AES_GCM:
        return read_gcm(out, param, param_len);
    case CKM_AES_CCM:
        return read_ccm(out, param, param_len);
    default:
        return read_chacha20_poly1305(out, param, param_len);
    }
out:
    return status;
}

/* ---- what both directions share ---- */

static CK_RV init(CK_SESSION_HANDLE session, CK_FLAGS flag, const CK_MECHANISM *mechanism,
                  CK_OBJECT_HANDLE key)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (mechanism == NULL) /* asks to end the process that is active */
        return module_leave(hsm_session_cancel(app, session, flag));
    const struct mechanism wanted = {.type = mechanism->mechanism};
    TRY(hsm_message_init(app, session, flag, &wanted, key));
out:
    return module_leave(status);
}

/* What a changed message is called here. */
static CK_RV leave(enum pqhw_status status)
{
    CK_RV rv = module_leave(status);

    return status == PQHW_ENCRYPTED_DATA_INVALID ? CKR_AEAD_DECRYPT_FAILED : rv;
}

static CK_RV final(CK_SESSION_HANDLE session, CK_FLAGS flag)
{
    struct hsm_app *app = module_enter();

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return module_leave(hsm_message_final(app, session, flag));
}

struct given {
    CK_FLAGS flag;
    const void *param;
    CK_ULONG param_len;
    const void *aad;
    CK_ULONG aad_len;
    const void *in;
    CK_ULONG in_len;
};

static CK_RV whole(CK_SESSION_HANDLE session, const struct given *given, CK_BYTE_PTR out,
                   CK_ULONG_PTR out_len)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_message message;
    struct span in;
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(read_message(app, session, given->flag, &message, given->param, given->param_len));
    TRY(arg_length(&len, out_len));
    TRY(arg_bytes(&message.mechanism.aad, given->aad, given->aad_len));
    TRY(arg_bytes(&in, given->in, given->in_len));
    TRY(give_length(out_len, &len,
                    hsm_message_crypt(app, session, given->flag, &message, in, out, &len)));
out:
    return leave(status);
}

static CK_RV begin(CK_SESSION_HANDLE session, const struct given *given)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_message message;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(read_message(app, session, given->flag, &message, given->param, given->param_len));
    TRY(arg_bytes(&message.mechanism.aad, given->aad, given->aad_len));
    TRY(hsm_message_crypt_begin(app, session, given->flag, &message));
out:
    return module_leave(status);
}

static CK_RV next(CK_SESSION_HANDLE session, const struct given *given, CK_BYTE_PTR out,
                  CK_ULONG_PTR out_len, CK_FLAGS flags)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct hsm_message message;
    bool last = (flags & CKF_END_OF_MESSAGE) != 0;
    struct span in;
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(read_message(app, session, given->flag, &message, given->param, given->param_len));
    TRY(arg_length(&len, out_len));
    TRY(arg_bytes(&in, given->in, given->in_len));
    TRY(give_length(
        out_len, &len,
        hsm_message_crypt_next(app, session, given->flag, &message, in, last, out, &len)));
out:
    return leave(status);
}

/* ---- encryption ---- */

CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                           CK_OBJECT_HANDLE hKey)
{
    return init(hSession, CKF_MESSAGE_ENCRYPT, pMechanism, hKey);
}

CK_RV C_EncryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                       CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
                       CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen, CK_BYTE_PTR pCiphertext,
                       CK_ULONG_PTR pulCiphertextLen)
{
    const struct given given = {CKF_MESSAGE_ENCRYPT, pParameter, ulParameterLen, pAssociatedData,
                                ulAssociatedDataLen, pPlaintext, ulPlaintextLen};

    return whole(hSession, &given, pCiphertext, pulCiphertextLen);
}

CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                            CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                            CK_ULONG ulAssociatedDataLen)
{
    const struct given given = {.flag = CKF_MESSAGE_ENCRYPT,
                                .param = pParameter,
                                .param_len = ulParameterLen,
                                .aad = pAssociatedData,
                                .aad_len = ulAssociatedDataLen};

    return begin(hSession, &given);
}

CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                           CK_ULONG ulParameterLen, CK_BYTE_PTR pPlaintextPart,
                           CK_ULONG ulPlaintextPartLen, CK_BYTE_PTR pCiphertextPart,
                           CK_ULONG_PTR pulCiphertextPartLen, CK_FLAGS flags)
{
    const struct given given = {.flag = CKF_MESSAGE_ENCRYPT,
                                .param = pParameter,
                                .param_len = ulParameterLen,
                                .in = pPlaintextPart,
                                .in_len = ulPlaintextPartLen};

    return next(hSession, &given, pCiphertextPart, pulCiphertextPartLen, flags);
}

CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE hSession)
{
    return final(hSession, CKF_MESSAGE_ENCRYPT);
}

/* ---- decryption ---- */

CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism,
                           CK_OBJECT_HANDLE hKey)
{
    return init(hSession, CKF_MESSAGE_DECRYPT, pMechanism, hKey);
}

CK_RV C_DecryptMessage(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
                       CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
                       CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen, CK_BYTE_PTR pPlaintext,
                       CK_ULONG_PTR pulPlaintextLen)
{
    const struct given given = {CKF_MESSAGE_DECRYPT, pParameter,  ulParameterLen, pAssociatedData,
                                ulAssociatedDataLen, pCiphertext, ulCiphertextLen};

    return whole(hSession, &given, pPlaintext, pulPlaintextLen);
}

CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                            CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData,
                            CK_ULONG ulAssociatedDataLen)
{
    const struct given given = {.flag = CKF_MESSAGE_DECRYPT,
                                .param = pParameter,
                                .param_len = ulParameterLen,
                                .aad = pAssociatedData,
                                .aad_len = ulAssociatedDataLen};

    return begin(hSession, &given);
}

/* Nothing of a message is given before its tag was checked: the last part gives all. */
CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter,
                           CK_ULONG ulParameterLen, CK_BYTE_PTR pCiphertextPart,
                           CK_ULONG ulCiphertextPartLen, CK_BYTE_PTR pPlaintextPart,
                           CK_ULONG_PTR pulPlaintextPartLen, CK_FLAGS flags)
{
    const struct given given = {.flag = CKF_MESSAGE_DECRYPT,
                                .param = pParameter,
                                .param_len = ulParameterLen,
                                .in = pCiphertextPart,
                                .in_len = ulCiphertextPartLen};

    return next(hSession, &given, pPlaintextPart, pulPlaintextPartLen, flags);
}

CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE hSession)
{
    return final(hSession, CKF_MESSAGE_DECRYPT);
}
