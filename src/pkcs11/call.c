/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/call.h"

#include "pkcs11/async.h"
#include "pkcs11/module.h"

/* ---- making keys ---- */

static enum pqhw_status generate_key(struct hsm_app *app, struct call *call)
{
    return hsm_generate_key(app, call->session, call->mechanism, call->templates[0],
                            &call->made[0]);
}

static enum pqhw_status generate_pair(struct hsm_app *app, struct call *call)
{
    return hsm_generate_pair(app, call->session, call->mechanism, call->templates[0],
                             call->templates[1], &call->made[0], &call->made[1]);
}

static enum pqhw_status derive(struct hsm_app *app, struct call *call)
{
    return hsm_derive(app, call->session, call->mechanism, call->keys[0], call->templates[0],
                      call->by_param ? NULL : &call->made[0]);
}

static enum pqhw_status encapsulate(struct hsm_app *app, struct call *call)
{
    return hsm_encapsulate(app, call->session, call->mechanism, call->keys[0], call->templates[0],
                           call->out, &call->len, &call->made[0]);
}

static enum pqhw_status decapsulate(struct hsm_app *app, struct call *call)
{
    return hsm_decapsulate(app, call->session, call->mechanism, call->keys[0], call->templates[0],
                           call->in[0], &call->made[0]);
}

static enum pqhw_status wrap(struct hsm_app *app, struct call *call)
{
    const struct hsm_wrap what = {
        .wrapping = call->keys[0], .key = call->keys[1], .iv_out = call->iv_out};

    return hsm_wrap(app, call->session, call->mechanism, &what, call->out, &call->len);
}

static enum pqhw_status unwrap(struct hsm_app *app, struct call *call)
{
    const struct hsm_unwrap what = {call->keys[0], call->in[0]};

    return hsm_unwrap(app, call->session, call->mechanism, &what, call->templates[0],
                      &call->made[0]);
}

/* ---- signatures ---- */

static enum pqhw_status sign(struct hsm_app *app, struct call *call)
{
    return hsm_sign(app, call->session, call->in[0], call->out, &call->len);
}

static enum pqhw_status sign_final(struct hsm_app *app, struct call *call)
{
    return hsm_sign_final(app, call->session, call->out, &call->len);
}

static enum pqhw_status sign_recover(struct hsm_app *app, struct call *call)
{
    return hsm_sign_recover(app, call->session, call->in[0], call->out, &call->len);
}

static enum pqhw_status sign_message(struct hsm_app *app, struct call *call)
{
    return hsm_message_sign(app, call->session, call->in[0], call->out, &call->len);
}

static enum pqhw_status sign_message_next(struct hsm_app *app, struct call *call)
{
    return hsm_message_sign_last(app, call->session, call->in[0], call->out, &call->len);
}

static enum pqhw_status verify(struct hsm_app *app, struct call *call)
{
    return hsm_verify(app, call->session, call->in[0], call->in[1]);
}

static enum pqhw_status verify_final(struct hsm_app *app, struct call *call)
{
    return hsm_verify_final(app, call->session, call->in[1]);
}

static enum pqhw_status verify_recover(struct hsm_app *app, struct call *call)
{
    return hsm_verify_recover(app, call->session, call->in[1], call->out, &call->len);
}

static enum pqhw_status verify_signature(struct hsm_app *app, struct call *call)
{
    return hsm_verify_signature(app, call->session, call->in[0]);
}

static enum pqhw_status verify_signature_final(struct hsm_app *app, struct call *call)
{
    return hsm_verify_signature_final(app, call->session);
}

static enum pqhw_status verify_message(struct hsm_app *app, struct call *call)
{
    return hsm_message_verify(app, call->session, call->in[0], call->in[1]);
}

static enum pqhw_status verify_message_next(struct hsm_app *app, struct call *call)
{
    return hsm_message_verify_last(app, call->session, call->in[0], call->in[1]);
}

/* ---- encryption ---- */

static enum pqhw_status encrypt(struct hsm_app *app, struct call *call)
{
    return hsm_encrypt(app, call->session, call->in[0], call->out, &call->len);
}

static enum pqhw_status decrypt(struct hsm_app *app, struct call *call)
{
    return hsm_decrypt(app, call->session, call->in[0], call->out, &call->len);
}

/* ---- all ---- */

/* clang-format off */
static const struct call_info infos[CALL_NUM] = {
    [CALL_GENERATE_KEY] = {.name = "C_GenerateKey", .flag = CKF_GENERATE, .run = generate_key, .made = 1},
    [CALL_GENERATE_KEY_PAIR] = {.name = "C_GenerateKeyPair", .flag = CKF_GENERATE_KEY_PAIR, .run = generate_pair, .made = 2},
    [CALL_DERIVE_KEY] = {.name = "C_DeriveKey", .flag = CKF_DERIVE, .run = derive, .made = 1},
    [CALL_ENCAPSULATE_KEY] = {.name = "C_EncapsulateKey", .flag = CKF_ENCAPSULATE, .run = encapsulate, .output = true, .made = 1},
    [CALL_DECAPSULATE_KEY] = {.name = "C_DecapsulateKey", .flag = CKF_DECAPSULATE, .run = decapsulate, .made = 1, .unwraps = true},
    [CALL_WRAP_KEY] = {.name = "C_WrapKey", .flag = CKF_WRAP, .run = wrap, .output = true},
    [CALL_UNWRAP_KEY] = {.name = "C_UnwrapKey", .flag = CKF_UNWRAP, .run = unwrap, .made = 1, .unwraps = true},
    [CALL_UNWRAP_KEY_AUTHENTICATED] = {.name = "C_UnwrapKeyAuthenticated", .flag = CKF_UNWRAP, .run = unwrap, .made = 1, .unwraps = true},
    [CALL_SIGN] = {.name = "C_Sign", .flag = CKF_SIGN, .run = sign, .output = true},
    [CALL_SIGN_FINAL] = {.name = "C_SignFinal", .flag = CKF_SIGN, .run = sign_final, .output = true},
    [CALL_SIGN_RECOVER] = {.name = "C_SignRecover", .flag = CKF_SIGN_RECOVER, .run = sign_recover, .output = true},
    [CALL_SIGN_MESSAGE] = {.name = "C_SignMessage", .flag = CKF_MESSAGE_SIGN, .run = sign_message, .output = true},
    [CALL_SIGN_MESSAGE_NEXT] = {.name = "C_SignMessageNext", .flag = CKF_MESSAGE_SIGN, .run = sign_message_next, .output = true},
    [CALL_VERIFY] = {.name = "C_Verify", .flag = CKF_VERIFY, .run = verify},
    [CALL_VERIFY_FINAL] = {.name = "C_VerifyFinal", .flag = CKF_VERIFY, .run = verify_final},
    [CALL_VERIFY_RECOVER] = {.name = "C_VerifyRecover", .flag = CKF_VERIFY_RECOVER, .run = verify_recover, .output = true},
    [CALL_VERIFY_SIGNATURE] = {.name = "C_VerifySignature", .flag = CKF_VERIFY, .run = verify_signature},
    [CALL_VERIFY_SIGNATURE_FINAL] = {.name = "C_VerifySignatureFinal", .flag = CKF_VERIFY, .run = verify_signature_final},
    [CALL_VERIFY_MESSAGE] = {.name = "C_VerifyMessage", .flag = CKF_MESSAGE_VERIFY, .run = verify_message},
    [CALL_VERIFY_MESSAGE_NEXT] = {.name = "C_VerifyMessageNext", .flag = CKF_MESSAGE_VERIFY, .run = verify_message_next},
    [CALL_ENCRYPT] = {.name = "C_Encrypt", .flag = CKF_ENCRYPT, .run = encrypt, .output = true},
    [CALL_DECRYPT] = {.name = "C_Decrypt", .flag = CKF_DECRYPT, .run = decrypt, .output = true, .secret = true},
};
/* clang-format on */

const struct call_info *call_info(enum call_function function)
{
    return &infos[function];
}

enum pqhw_status call_make(struct hsm_app *app, struct call *call)
{
    enum pqhw_status status = async_defer(app, call);

    return status == PQHW_OK ? infos[call->function].run(app, call) : status;
}

CK_RV call_rv(enum call_function function, enum pqhw_status status)
{
    return infos[function].unwraps ? module_unwrap_rv(status) : module_rv(status);
}
