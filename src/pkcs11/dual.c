/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCS#11 v3.2, 5.17: dual-function cryptographic operations: each part goes through two operations
 * that are active at once.
 *
 * That the second one is active is asked with an empty part. The plaintext is what is digested,
 * signed or verified; where the ciphertext takes its place, it is taken in first.
 */
#include "base/wipe.h"
#include "pkcs11/args.h"
#include "pkcs11/module.h"

typedef enum pqhw_status (*take_in)(struct hsm_app *app, CK_SESSION_HANDLE session,
                                    struct span data);

static NODISCARD enum pqhw_status encrypt_part(struct hsm_app *app, CK_SESSION_HANDLE session,
                                               take_in second, struct span in, uint8_t *out,
                                               size_t *len)
{
    enum pqhw_status status = PQHW_OK;
    size_t room = *len;

    TRY(second(app, session, SPAN_EMPTY));
    TRY(hsm_encrypt_update(app, session, in, NULL, len));
    if (out == NULL)
        return PQHW_OK;
    REQUIRE(room >= *len, PQHW_BUFFER_TOO_SMALL);
    TRY(second(app, session, in));
    *len = room;
    TRY(hsm_encrypt_update(app, session, in, out, len));
out:
    return status;
}

static NODISCARD enum pqhw_status decrypt_part(struct hsm_app *app, CK_SESSION_HANDLE session,
                                               take_in second, struct span in, uint8_t *out,
                                               size_t *len)
{
    enum pqhw_status status = PQHW_OK;

    TRY(second(app, session, SPAN_EMPTY));
    TRY(hsm_decrypt_update(app, session, in, out, len));
    if (out == NULL)
        return PQHW_OK;
    status = second(app, session, span(out, *len));
    if (status != PQHW_OK)
        wipe(out, *len);
out:
    return status;
}

struct dual {
    enum pqhw_status (*part)(struct hsm_app *app, CK_SESSION_HANDLE session, take_in second,
                             struct span in, uint8_t *out, size_t *len);
    take_in second;
    CK_FLAGS flag; /* of the first operation, which bad arguments end */
};

static CK_RV run(const struct dual *dual, CK_SESSION_HANDLE session, const struct span *given,
                 CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    struct hsm_app *app = module_enter();
    enum pqhw_status status = PQHW_OK;
    struct span in;
    size_t len;

    if (app == NULL)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    TRY(module_operation_first(app, session, dual->flag, arg_length(&len, out_len)));
    TRY(module_operation_first(app, session, dual->flag, arg_bytes(&in, given->ptr, given->len)));
    TRY(give_length(out_len, &len, dual->part(app, session, dual->second, in, out, &len)));
out:
    return module_leave(status);
}

CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
                            CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
    static const struct dual dual = {encrypt_part, hsm_digest_update, CKF_ENCRYPT};
    const struct span in = {pPart, ulPartLen};

    return run(&dual, hSession, &in, pEncryptedPart, pulEncryptedPartLen);
}

CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
                            CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
    static const struct dual dual = {decrypt_part, hsm_digest_update, CKF_DECRYPT};
    const struct span in = {pEncryptedPart, ulEncryptedPartLen};

    return run(&dual, hSession, &in, pPart, pulPartLen);
}

CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
                          CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen)
{
    static const struct dual dual = {encrypt_part, hsm_sign_update, CKF_ENCRYPT};
    const struct span in = {pPart, ulPartLen};

    return run(&dual, hSession, &in, pEncryptedPart, pulEncryptedPartLen);
}

CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart,
                            CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen)
{
    static const struct dual dual = {decrypt_part, hsm_verify_update, CKF_DECRYPT};
    const struct span in = {pEncryptedPart, ulEncryptedPartLen};

    return run(&dual, hSession, &in, pPart, pulPartLen);
}
