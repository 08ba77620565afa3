/* SPDX-License-Identifier: Apache-2.0
 *
 * Operations that go on over several calls: their order, and what ends them (PKCS#11 v3.2, 5.2:
 * every terminal call but a length query and a buffer that is too small).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

#define SIG_LEN 2420 /* FIPS 204, Table 2: ML-DSA-44 */
#define DATA    SPAN_STR("the message")

static struct fixture f;
static struct pair keys;
static const struct mechanism pure = {.type = CKM_ML_DSA, .hedge = CKH_HEDGE_PREFERRED};
static const struct mechanism hashed = {.type = CKM_HASH_ML_DSA_SHA256,
                                        .hedge = CKH_HEDGE_PREFERRED};
static const struct mechanism sha256 = {.type = CKM_SHA256};
static const struct mechanism kem = {.type = CKM_ML_KEM};

static int setup(void **state)
{
    (void)state;
    fixture_new(&f, &store_memory);
    login_user(&f);
    keys = generate_mldsa(&f, true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_free(&f);
    return 0;
}

static enum pqhw_status sign(const struct mechanism *mechanism, uint8_t sig[SIG_LEN])
{
    size_t len = SIG_LEN;
    enum pqhw_status status = hsm_sign_init(f.app, f.rw, mechanism, keys.priv);

    return status != PQHW_OK ? status : hsm_sign(f.app, f.rw, DATA, sig, &len);
}

static enum pqhw_status verify(const struct mechanism *mechanism, struct span sig)
{
    enum pqhw_status status = hsm_verify_init(f.app, f.rw, mechanism, keys.pub);

    return status != PQHW_OK ? status : hsm_verify(f.app, f.rw, DATA, sig);
}

static void assert_no_signing(void)
{
    uint8_t sig[SIG_LEN];
    size_t len = sizeof(sig);

    assert_status(hsm_sign(f.app, f.rw, DATA, sig, &len), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_sign_update(f.app, f.rw, DATA), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_sign_final(f.app, f.rw, sig, &len), PQHW_OPERATION_NOT_INITIALIZED);
}

static void assert_no_verifying(void)
{
    static const uint8_t sig[SIG_LEN];

    assert_status(hsm_verify(f.app, f.rw, DATA, SPAN(sig)), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_verify_update(f.app, f.rw, DATA), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_verify_final(f.app, f.rw, SPAN(sig)), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_verify_signature(f.app, f.rw, DATA), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_verify_signature_update(f.app, f.rw, DATA), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_verify_signature_final(f.app, f.rw), PQHW_OPERATION_NOT_INITIALIZED);
}

/* ---- signing ---- */

static void asking_for_the_length_ends_nothing(void **state)
{
    (void)state;
    uint8_t sig[SIG_LEN];
    size_t len = 0;

    assert_no_signing();
    assert_ok(hsm_sign_init(f.app, f.rw, &pure, keys.priv));
    assert_status(hsm_sign_init(f.app, f.rw, &pure, keys.priv), PQHW_OPERATION_ACTIVE);
    assert_ok(hsm_sign(f.app, f.rw, DATA, NULL, &len));
    assert_int_equal(len, SIG_LEN);
    len = SIG_LEN - 1;
    assert_status(hsm_sign(f.app, f.rw, DATA, sig, &len), PQHW_BUFFER_TOO_SMALL);
    assert_int_equal(len, SIG_LEN);
    assert_ok(hsm_sign(f.app, f.rw, DATA, sig, &len));
    assert_int_equal(len, SIG_LEN);
    assert_no_signing();
    assert_ok(verify(&pure, SPAN(sig)));
    assert_no_verifying();
}

static void parts_give_what_one_call_gives(void **state)
{
    (void)state;
    uint8_t sig[SIG_LEN];
    size_t len = 0;

    assert_ok(hsm_sign_init(f.app, f.rw, &hashed, keys.priv));
    assert_ok(hsm_sign_update(f.app, f.rw, SPAN_STR("the ")));
    assert_ok(hsm_sign_update(f.app, f.rw, SPAN_STR("message")));
    assert_ok(hsm_sign_final(f.app, f.rw, NULL, &len));
    assert_int_equal(len, SIG_LEN);
    assert_ok(hsm_sign_final(f.app, f.rw, sig, &len));
    assert_no_signing();
    assert_ok(verify(&hashed, SPAN(sig)));
    assert_status(verify(&pure, SPAN(sig)), PQHW_SIGNATURE_INVALID);

    assert_ok(hsm_verify_init(f.app, f.rw, &hashed, keys.pub));
    assert_ok(hsm_verify_update(f.app, f.rw, SPAN_STR("the mess")));
    assert_ok(hsm_verify_update(f.app, f.rw, SPAN_STR("age")));
    assert_ok(hsm_verify_final(f.app, f.rw, SPAN(sig)));
    assert_no_verifying();
}

static void one_call_does_not_end_parts(void **state)
{
    (void)state;
    uint8_t sig[SIG_LEN];
    size_t len = sizeof(sig);

    assert_ok(hsm_sign_init(f.app, f.rw, &hashed, keys.priv));
    assert_ok(hsm_sign_update(f.app, f.rw, DATA));
    assert_status(hsm_sign(f.app, f.rw, DATA, sig, &len), PQHW_OPERATION_ACTIVE);
    assert_no_signing();

    assert_ok(sign(&hashed, sig));
    assert_ok(hsm_verify_init(f.app, f.rw, &hashed, keys.pub));
    assert_ok(hsm_verify_update(f.app, f.rw, DATA));
    assert_status(hsm_verify(f.app, f.rw, DATA, SPAN(sig)), PQHW_OPERATION_ACTIVE);
    assert_no_verifying();
}

/* CKM_HASH_ML_DSA takes a hash in one call. */
static void some_mechanisms_have_no_parts(void **state)
{
    (void)state;
    static const struct mechanism single = {.type = CKM_HASH_ML_DSA,
                                            .has_param = true,
                                            .hedge = CKH_HEDGE_PREFERRED,
                                            .hash = CKM_SHA256};
    uint8_t sig[SIG_LEN];
    size_t len = sizeof(sig);

    assert_ok(hsm_sign_init(f.app, f.rw, &single, keys.priv));
    assert_status(hsm_sign_update(f.app, f.rw, DATA), PQHW_OPERATION_NOT_INITIALIZED);
    assert_no_signing();
    assert_ok(hsm_sign_init(f.app, f.rw, &single, keys.priv));
    assert_status(hsm_sign_final(f.app, f.rw, sig, &len), PQHW_OPERATION_NOT_INITIALIZED);
    assert_no_signing();
    memset(sig, 0xaa, sizeof(sig));
    assert_ok(hsm_sign_init(f.app, f.rw, &single, keys.priv));
    assert_status(hsm_sign(f.app, f.rw, DATA, sig, &len), PQHW_DATA_LEN_RANGE);
    assert_no_signing();
}

/* CKM_SLH_DSA: a signature says how the message is hashed, so in parts it has to come first. */
static void slh_dsa_is_verified_in_parts_with_the_signature_first(void **state)
{
    (void)state;
    static const struct mechanism slh = {.type = CKM_SLH_DSA, .hedge = CKH_HEDGE_PREFERRED};
    static uint8_t sig[17088]; /* SLH-DSA-SHAKE-128f: FIPS 205, Table 2 */
    size_t len = sizeof(sig);
    struct pair pair = {0};

    assert_ok(
        try_generate(f.app, f.rw, CKM_SLH_DSA_KEY_PAIR_GEN, CKP_SLH_DSA_SHAKE_128F, false, &pair));
    assert_ok(hsm_sign_init(f.app, f.rw, &slh, pair.priv));
    assert_ok(hsm_sign_update(f.app, f.rw, SPAN_STR("the ")));
    assert_ok(hsm_sign_update(f.app, f.rw, SPAN_STR("message")));
    assert_ok(hsm_sign_final(f.app, f.rw, sig, &len));
    assert_int_equal(len, sizeof(sig));

    assert_ok(hsm_verify_init(f.app, f.rw, &slh, pair.pub));
    assert_ok(hsm_verify(f.app, f.rw, SPAN_STR("the message"), SPAN(sig)));
    assert_ok(hsm_verify_init(f.app, f.rw, &slh, pair.pub));
    assert_status(hsm_verify_update(f.app, f.rw, SPAN_STR("the ")), PQHW_OPERATION_NOT_INITIALIZED);
    assert_no_verifying();
    assert_ok(hsm_verify_init(f.app, f.rw, &slh, pair.pub));
    assert_status(hsm_verify_final(f.app, f.rw, SPAN(sig)), PQHW_OPERATION_NOT_INITIALIZED);
    assert_no_verifying();

    assert_ok(hsm_verify_signature_init(f.app, f.rw, &slh, pair.pub, SPAN(sig)));
    assert_ok(hsm_verify_signature_update(f.app, f.rw, SPAN_STR("the mess")));
    assert_ok(hsm_verify_signature_update(f.app, f.rw, SPAN_STR("age")));
    assert_ok(hsm_verify_signature_final(f.app, f.rw));
    assert_ok(hsm_verify_signature_init(f.app, f.rw, &slh, pair.pub, SPAN(sig)));
    assert_status(hsm_verify_signature(f.app, f.rw, SPAN_STR("a message")), PQHW_SIGNATURE_INVALID);
}

static void keys_must_fit(void **state)
{
    (void)state;
    struct pair kem_keys = {0};
    static const struct mechanism unknown = {.type = 0x7ffffff1};

    assert_ok(try_generate(f.app, f.rw, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_512, false, &kem_keys));
    assert_status(hsm_sign_init(f.app, f.rw, &pure, keys.pub), PQHW_KEY_TYPE_INCONSISTENT);
    assert_status(hsm_sign_init(f.app, f.rw, &pure, kem_keys.priv), PQHW_KEY_TYPE_INCONSISTENT);
    assert_status(hsm_verify_init(f.app, f.rw, &pure, keys.priv), PQHW_KEY_TYPE_INCONSISTENT);
    assert_status(hsm_sign_init(f.app, f.rw, &pure, 987654), PQHW_KEY_HANDLE_INVALID);
    assert_status(hsm_sign_init(f.app, f.rw, &pure, HANDLE_BUILTIN_BASE), PQHW_KEY_HANDLE_INVALID);
    assert_status(hsm_sign_init(f.app, f.rw, &unknown, keys.priv), PQHW_MECHANISM_INVALID);
    assert_status(hsm_sign_init(f.app, f.rw, &kem, kem_keys.priv), PQHW_MECHANISM_INVALID);
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    attrs_put_bool(&attrs, CKA_SIGN, false);
    struct pair others = generate_mldsa(&f, false);
    assert_ok(hsm_object_set(f.app, f.rw, others.priv, buf_span(&attrs)));
    assert_status(hsm_sign_init(f.app, f.rw, &pure, others.priv), PQHW_KEY_FUNCTION_NOT_PERMITTED);
    buf_free(&attrs);
    assert_no_signing();
}

/* ---- verifying ---- */

static void a_bad_signature_ends_the_operation(void **state)
{
    (void)state;
    uint8_t sig[SIG_LEN + 1] = {0};

    assert_ok(sign(&pure, sig));
    sig[100] ^= 1;
    assert_status(verify(&pure, span(sig, SIG_LEN)), PQHW_SIGNATURE_INVALID);
    assert_no_verifying();
    sig[100] ^= 1;
    assert_status(verify(&pure, span(sig, SIG_LEN - 1)), PQHW_SIGNATURE_LEN_RANGE);
    assert_no_verifying();
    assert_status(verify(&pure, span(sig, SIG_LEN + 1)), PQHW_SIGNATURE_LEN_RANGE);
    assert_status(verify(&pure, SPAN_EMPTY), PQHW_SIGNATURE_LEN_RANGE);
    assert_ok(verify(&pure, span(sig, SIG_LEN)));
}

static void the_two_families_do_not_mix(void **state)
{
    (void)state;
    uint8_t sig[SIG_LEN];

    assert_ok(sign(&hashed, sig));
    assert_status(hsm_verify_signature_init(f.app, f.rw, &hashed, keys.pub, span(sig, SIG_LEN - 1)),
                  PQHW_SIGNATURE_LEN_RANGE);
    assert_no_verifying();
    assert_ok(hsm_verify_signature_init(f.app, f.rw, &hashed, keys.pub, SPAN(sig)));
    assert_status(hsm_verify_init(f.app, f.rw, &hashed, keys.pub), PQHW_OPERATION_ACTIVE);
    assert_status(hsm_verify(f.app, f.rw, DATA, SPAN(sig)), PQHW_OPERATION_NOT_INITIALIZED);
    assert_ok(hsm_verify_signature_update(f.app, f.rw, SPAN_STR("the ")));
    assert_ok(hsm_verify_signature_update(f.app, f.rw, SPAN_STR("message")));
    assert_ok(hsm_verify_signature_final(f.app, f.rw));
    assert_no_verifying();
    assert_ok(hsm_verify_signature_init(f.app, f.rw, &hashed, keys.pub, SPAN(sig)));
    assert_status(hsm_verify_signature(f.app, f.rw, SPAN_STR("another")), PQHW_SIGNATURE_INVALID);
    assert_no_verifying();
    assert_ok(hsm_verify_signature_init(f.app, f.rw, &hashed, keys.pub, SPAN(sig)));
    assert_ok(hsm_verify_signature(f.app, f.rw, DATA));
}

/* ---- several at once ---- */

static void three_operations_run_side_by_side(void **state)
{
    (void)state;
    uint8_t sig[SIG_LEN];
    uint8_t digest[32];
    size_t sig_len = sizeof(sig);
    size_t digest_len = sizeof(digest);

    assert_ok(hsm_sign_init(f.app, f.rw, &hashed, keys.priv));
    assert_ok(hsm_verify_init(f.app, f.rw, &hashed, keys.pub));
    assert_ok(hsm_digest_init(f.app, f.rw, &sha256));
    assert_ok(hsm_sign_update(f.app, f.rw, DATA));
    assert_ok(hsm_verify_update(f.app, f.rw, DATA));
    assert_ok(hsm_digest_update(f.app, f.rw, DATA));
    assert_ok(hsm_sign_final(f.app, f.rw, sig, &sig_len));
    assert_ok(hsm_digest_final(f.app, f.rw, digest, &digest_len));
    assert_ok(hsm_verify_final(f.app, f.rw, SPAN(sig)));
}

/* A flag that names no operation, or several, begins nothing and finds nothing. */
static void other_flags_name_no_operation(void **state)
{
    (void)state;
    static const CK_FLAGS others[] = {0, CKF_WRAP, CKF_SIGN, CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY,
                                      ~(CK_FLAGS)0};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        CK_MECHANISM_TYPE type;
        assert_status(hsm_message_init(f.app, f.rw, others[i], &hashed, keys.priv),
                      PQHW_ARGUMENTS_BAD);
        assert_status(hsm_message_mechanism(f.app, f.rw, others[i], &type),
                      PQHW_OPERATION_NOT_INITIALIZED);
        assert_status(hsm_message_final(f.app, f.rw, others[i]), PQHW_OPERATION_NOT_INITIALIZED);
    }
}

static void cancelling_ends_what_is_named(void **state)
{
    (void)state;
    uint8_t digest[32];
    size_t len = sizeof(digest);

    assert_ok(hsm_sign_init(f.app, f.rw, &hashed, keys.priv));
    assert_ok(hsm_verify_init(f.app, f.rw, &hashed, keys.pub));
    assert_ok(hsm_digest_init(f.app, f.rw, &sha256));
    assert_ok(hsm_session_cancel(f.app, f.rw, CKF_SIGN | CKF_VERIFY));
    assert_no_signing();
    assert_no_verifying();
    assert_ok(hsm_digest(f.app, f.rw, DATA, digest, &len));
    assert_status(hsm_session_cancel(f.app, 999999, CKF_SIGN), PQHW_SESSION_HANDLE_INVALID);
}

/* ---- the login, and the key, may go meanwhile ---- */

static void logging_out_ends_signing_with_private_keys(void **state)
{
    (void)state;
    uint8_t sig[SIG_LEN];
    size_t len = sizeof(sig);
    CK_SESSION_HANDLE other = session_new(f.app, true);

    assert_ok(hsm_sign_init(f.app, f.rw, &hashed, keys.priv));
    assert_ok(hsm_sign_init(f.app, other, &hashed, keys.priv));
    assert_ok(hsm_verify_init(f.app, f.rw, &hashed, keys.pub));
    assert_ok(hsm_logout(f.app, f.rw));
    assert_no_signing();
    memset(sig, 0, sizeof(sig));
    assert_status(hsm_sign(f.app, other, DATA, sig, &len), PQHW_USER_NOT_LOGGED_IN);
    for (size_t i = 0; i < sizeof(sig); i++)
        assert_int_equal(sig[i], 0);
    assert_status(hsm_sign(f.app, other, DATA, sig, &len), PQHW_OPERATION_NOT_INITIALIZED);
    assert_ok(hsm_verify_update(f.app, f.rw, DATA)); /* the public key is not private */
    assert_ok(hsm_session_cancel(f.app, f.rw, CKF_VERIFY));
    assert_status(hsm_sign_init(f.app, f.rw, &pure, keys.priv), PQHW_KEY_HANDLE_INVALID);
    login_user(&f);
    assert_ok(hsm_session_close(f.app, other));
}

/* ---- keys that go ---- */

enum use {
    USE_SIGN,
    USE_SIGN_PART,
    USE_SIGN_LAST,
    USE_VERIFY,
    USE_VERIFY_SIGNATURE_PART,
    USE_ENCRYPT,
    USE_DECRYPT_PART,
    USE_MESSAGE_SIGN,
    USE_MESSAGE_SIGN_LAST,
    USE_MESSAGE_DECRYPT,
    NUM_USES,
};

/* What is used where. */
struct user {
    struct hsm_app *app;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
};

static const uint8_t some_iv[16], some_sig[SIG_LEN];
static const struct mechanism ctr = {
    .type = CKM_AES_CTR, .has_param = true, .iv = SPAN(some_iv), .counter_bits = 32};

static CK_OBJECT_HANDLE generate_aes(struct hsm_app *app, CK_SESSION_HANDLE session, bool token)
{
    static const struct mechanism mechanism = {.type = CKM_AES_KEY_GEN};
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    CK_OBJECT_HANDLE key = 0;

    attrs_put_number(&template, CKA_VALUE_LEN, 16);
    attrs_put_bool(&template, CKA_TOKEN, token);
    attrs_put_bool(&template, CKA_ENCRYPT, true);
    attrs_put_bool(&template, CKA_DECRYPT, true);
    assert_ok(hsm_generate_key(app, session, &mechanism, buf_span(&template), &key));
    buf_free(&template);
    return key;
}

/* The key that a use wants, made in a session. */
static CK_OBJECT_HANDLE generate_for(enum use use, struct hsm_app *app, CK_SESSION_HANDLE session,
                                     bool token)
{
    struct pair pair;

    if (use == USE_ENCRYPT || use == USE_DECRYPT_PART || use == USE_MESSAGE_DECRYPT)
        return generate_aes(app, session, token);
    assert_ok(try_generate(app, session, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44, token, &pair));
    return use == USE_VERIFY || use == USE_VERIFY_SIGNATURE_PART ? pair.pub : pair.priv;
}

static void begin_use(enum use use, const struct user *u)
{
    static const struct mechanism gcm = {.type = CKM_AES_GCM};

    switch (use) {
    case USE_SIGN:
    case USE_SIGN_PART:
    case USE_SIGN_LAST:
        assert_ok(hsm_sign_init(u->app, u->session, &hashed, u->key));
        break;
    case USE_VERIFY:
        assert_ok(hsm_verify_init(u->app, u->session, &hashed, u->key));
        break;
    case USE_VERIFY_SIGNATURE_PART:
        assert_ok(hsm_verify_signature_init(u->app, u->session, &hashed, u->key, SPAN(some_sig)));
        break;
    case USE_ENCRYPT:
        assert_ok(hsm_encrypt_init(u->app, u->session, &ctr, u->key));
        break;
    case USE_DECRYPT_PART:
        assert_ok(hsm_decrypt_init(u->app, u->session, &ctr, u->key));
        break;
    case USE_MESSAGE_DECRYPT:
        assert_ok(hsm_message_init(u->app, u->session, CKF_MESSAGE_DECRYPT, &gcm, u->key));
        break;
    default:
        assert_ok(hsm_message_init(u->app, u->session, CKF_MESSAGE_SIGN, &hashed, u->key));
    }
    if (use == USE_SIGN_LAST)
        assert_ok(hsm_sign_update(u->app, u->session, DATA));
    if (use == USE_MESSAGE_SIGN_LAST)
        assert_ok(hsm_message_sign_begin(u->app, u->session, CKF_MESSAGE_SIGN));
}

static enum pqhw_status go_on_with_use(enum use use, const struct user *u)
{
    uint8_t out[SIG_LEN], tag[16] = {0};
    const struct hsm_message message = {.mechanism = {.type = CKM_AES_GCM,
                                                      .has_param = true,
                                                      .iv = span(some_iv, 12),
                                                      .mac_len = 16},
                                        .tag = tag};
    size_t len = sizeof(out);

    switch (use) {
    case USE_SIGN:
        return hsm_sign(u->app, u->session, DATA, out, &len);
    case USE_SIGN_PART:
        return hsm_sign_update(u->app, u->session, DATA);
    case USE_SIGN_LAST:
        return hsm_sign_final(u->app, u->session, out, &len);
    case USE_VERIFY:
        return hsm_verify(u->app, u->session, DATA, SPAN(some_sig));
    case USE_VERIFY_SIGNATURE_PART:
        return hsm_verify_signature_update(u->app, u->session, DATA);
    case USE_ENCRYPT:
        return hsm_encrypt(u->app, u->session, DATA, out, &len);
    case USE_DECRYPT_PART:
        return hsm_decrypt_update(u->app, u->session, DATA, out, &len);
    case USE_MESSAGE_DECRYPT:
        return hsm_message_crypt(u->app, u->session, CKF_MESSAGE_DECRYPT, &message, DATA, out,
                                 &len);
    case USE_MESSAGE_SIGN:
        return hsm_message_sign(u->app, u->session, DATA, out, &len);
    default:
        return hsm_message_sign_last(u->app, u->session, DATA, out, &len);
    }
}

static void assert_key_gone(enum use use, const struct user *u)
{
    assert_status(go_on_with_use(use, u), PQHW_KEY_HANDLE_INVALID);
    assert_status(go_on_with_use(use, u), PQHW_OPERATION_NOT_INITIALIZED);
}

static void a_key_that_was_destroyed_is_not_used(void **state)
{
    (void)state;
    CK_SESSION_HANDLE other = session_new(f.app, true);

    for (enum use use = 0; use < NUM_USES; use++) {
        for (int token = 0; token < 2; token++) {
            struct user u = {f.app, f.rw, generate_for(use, f.app, f.rw, token != 0)};
            begin_use(use, &u);
            assert_ok(hsm_object_destroy(f.app, other, u.key));
            assert_key_gone(use, &u);
        }
    }
    assert_ok(hsm_session_close(f.app, other));
}

static void nor_is_one_that_went_with_its_session(void **state)
{
    (void)state;
    for (enum use use = 0; use < NUM_USES; use++) {
        CK_SESSION_HANDLE owner = session_new(f.app, true);
        struct user u = {f.app, f.rw, generate_for(use, f.app, owner, false)};
        begin_use(use, &u);
        assert_ok(hsm_session_close(f.app, owner));
        assert_key_gone(use, &u);
    }
}

/* To the store, another device on it is another process. */
static void nor_is_one_that_another_process_destroyed(void **state)
{
    (void)state;
    struct fixture shared;
    struct hsm_device *device;
    struct hsm_app *app;

    fixture_new(&shared, &store_sqlite);
    login_user(&shared);
    assert_ok(hsm_device_open(&device, &shared.config));
    assert_ok(hsm_app_new(&app, device, "other"));
    CK_SESSION_HANDLE other = session_new(app, true);
    assert_ok(hsm_login(app, other, CKU_USER, USER_PIN));
    for (enum use use = 0; use < NUM_USES; use++) {
        struct user u = {shared.app, shared.rw, generate_for(use, shared.app, shared.rw, true)};
        begin_use(use, &u);
        assert_ok(hsm_object_destroy(app, other, u.key));
        assert_key_gone(use, &u);
    }
    hsm_app_free(app);
    hsm_device_close(device);
    fixture_free(&shared);
}

/* Whatever else goes, or changes. */
static void a_key_that_is_there_is_used(void **state)
{
    (void)state;
    CK_SESSION_HANDLE other = session_new(f.app, true);

    for (int token = 0; token < 2; token++) {
        struct user u = {f.app, f.rw, generate_for(USE_SIGN, f.app, f.rw, token != 0)};
        begin_use(USE_SIGN, &u);
        for (int i = 0; i < 2; i++)
            assert_ok(hsm_object_destroy(f.app, other, create_data(&f, "other", i != 0, true)));
        assert_ok(try_set_label(f.app, other, u.key, "changed"));
        assert_ok(go_on_with_use(USE_SIGN, &u));
        begin_use(USE_SIGN, &u);
        assert_ok(try_set_label(f.app, other, u.key, "changed again"));
        assert_ok(hsm_object_destroy(f.app, other, u.key));
        assert_key_gone(USE_SIGN, &u);
    }
    assert_ok(hsm_session_close(f.app, other));
}

/* ---- digests ---- */

static void digests_have_their_order(void **state)
{
    (void)state;
    static const uint8_t of_abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                       0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                       0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                       0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t out[32];
    size_t len = 0;

    assert_status(hsm_digest_update(f.app, f.rw, DATA), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_digest_final(f.app, f.rw, out, &len), PQHW_OPERATION_NOT_INITIALIZED);
    assert_status(hsm_digest_init(f.app, f.rw, &pure), PQHW_MECHANISM_INVALID);
    assert_ok(hsm_digest_init(f.app, f.rw, &sha256));
    assert_status(hsm_digest_init(f.app, f.rw, &sha256), PQHW_OPERATION_ACTIVE);
    assert_ok(hsm_digest(f.app, f.rw, SPAN_STR("abc"), NULL, &len));
    assert_int_equal(len, 32);
    len = 31;
    assert_status(hsm_digest(f.app, f.rw, SPAN_STR("abc"), out, &len), PQHW_BUFFER_TOO_SMALL);
    assert_ok(hsm_digest(f.app, f.rw, SPAN_STR("abc"), out, &len));
    assert_memory_equal(out, of_abc, 32);
    assert_status(hsm_digest_final(f.app, f.rw, out, &len), PQHW_OPERATION_NOT_INITIALIZED);

    assert_ok(hsm_digest_init(f.app, f.rw, &sha256));
    assert_ok(hsm_digest_update(f.app, f.rw, SPAN_STR("ab")));
    assert_ok(hsm_digest_update(f.app, f.rw, SPAN_STR("c")));
    assert_ok(hsm_digest_final(f.app, f.rw, out, &len));
    assert_memory_equal(out, of_abc, 32);

    assert_ok(hsm_digest_init(f.app, f.rw, &sha256));
    assert_ok(hsm_digest_update(f.app, f.rw, DATA));
    assert_status(hsm_digest(f.app, f.rw, DATA, out, &len), PQHW_OPERATION_ACTIVE);
    assert_status(hsm_digest_final(f.app, f.rw, out, &len), PQHW_OPERATION_NOT_INITIALIZED);
}

static CK_OBJECT_HANDLE secret_key(bool sensitive)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    CK_OBJECT_HANDLE key = 0;

    attrs_put_number(&attrs, CKA_CLASS, CKO_SECRET_KEY);
    attrs_put_number(&attrs, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
    attrs_put(&attrs, CKA_VALUE, SPAN_STR("abc"));
    attrs_put_bool(&attrs, CKA_SENSITIVE, sensitive);
    attrs_put_bool(&attrs, CKA_EXTRACTABLE, true);
    assert_ok(hsm_object_create(f.app, f.rw, buf_span(&attrs), &key));
    buf_free(&attrs);
    return key;
}

static void only_a_readable_key_is_digested(void **state)
{
    (void)state;
    uint8_t out[32];
    uint8_t wanted[32];
    size_t len = sizeof(out);
    CK_OBJECT_HANDLE open_key = secret_key(false);
    CK_OBJECT_HANDLE closed_key = secret_key(true);

    assert_ok(hsm_digest_init(f.app, f.rw, &sha256));
    assert_ok(hsm_digest(f.app, f.rw, SPAN_STR("abc"), wanted, &len));
    assert_status(hsm_digest_key(f.app, f.rw, open_key), PQHW_OPERATION_NOT_INITIALIZED);
    size_t before = count_records(f.device, 0, "\"object.reveal\"");
    assert_ok(hsm_digest_init(f.app, f.rw, &sha256));
    assert_status(hsm_digest_key(f.app, f.rw, closed_key), PQHW_KEY_INDIGESTIBLE);
    assert_status(hsm_digest_key(f.app, f.rw, keys.priv), PQHW_KEY_INDIGESTIBLE);
    assert_status(hsm_digest_key(f.app, f.rw, 999999), PQHW_KEY_HANDLE_INVALID);
    assert_ok(hsm_digest_key(f.app, f.rw, open_key));
    assert_int_equal(count_records(f.device, 0, "\"object.reveal\""), before + 4);
    assert_ok(hsm_digest_final(f.app, f.rw, out, &len));
    assert_memory_equal(out, wanted, 32);
}

/* ---- key encapsulation ---- */

static void both_sides_have_the_same_secret(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct buf template = BUF_INIT(ATTRS_MAX_LEN);
    struct hsm_view *views[2] = {0};
    struct span values[2];
    CK_OBJECT_HANDLE secrets[2] = {0};
    uint8_t ct[768];
    size_t len = 0;

    assert_ok(try_generate(f.app, f.rw, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_512, true, &pair));
    attrs_put_bool(&template, CKA_SENSITIVE, false);
    attrs_put_bool(&template, CKA_EXTRACTABLE, true);
    struct span t = buf_span(&template);
    assert_ok(hsm_encapsulate(f.app, f.rw, &kem, pair.pub, t, NULL, &len, &secrets[0]));
    assert_int_equal(len, 768);
    len = 767;
    assert_status(hsm_encapsulate(f.app, f.rw, &kem, pair.pub, t, ct, &len, &secrets[0]),
                  PQHW_BUFFER_TOO_SMALL);
    assert_int_equal(secrets[0], 0);
    assert_ok(hsm_encapsulate(f.app, f.rw, &kem, pair.pub, t, ct, &len, &secrets[0]));
    assert_ok(hsm_decapsulate(f.app, f.rw, &kem, pair.priv, t, SPAN(ct), &secrets[1]));
    for (size_t i = 0; i < 2; i++) {
        assert_ok(hsm_view_open(f.app, f.rw, secrets[i], &views[i]));
        assert_ok(hsm_view_attr(views[i], CKA_VALUE, &values[i]));
    }
    assert_int_equal(values[0].len, 32);
    assert_true(span_equal(values[0], values[1]));
    hsm_view_close(views[0]);
    hsm_view_close(views[1]);
    assert_status(hsm_decapsulate(f.app, f.rw, &kem, pair.priv, t, span(ct, 767), &secrets[1]),
                  PQHW_ENCRYPTED_DATA_LEN_RANGE);
    assert_status(hsm_decapsulate(f.app, f.rw, &kem, pair.pub, t, SPAN(ct), &secrets[1]),
                  PQHW_KEY_TYPE_INCONSISTENT);
    buf_free(&template);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asking_for_the_length_ends_nothing),
        cmocka_unit_test(parts_give_what_one_call_gives),
        cmocka_unit_test(one_call_does_not_end_parts),
        cmocka_unit_test(some_mechanisms_have_no_parts),
        cmocka_unit_test(slh_dsa_is_verified_in_parts_with_the_signature_first),
        cmocka_unit_test(keys_must_fit),
        cmocka_unit_test(a_bad_signature_ends_the_operation),
        cmocka_unit_test(the_two_families_do_not_mix),
        cmocka_unit_test(three_operations_run_side_by_side),
        cmocka_unit_test(other_flags_name_no_operation),
        cmocka_unit_test(cancelling_ends_what_is_named),
        cmocka_unit_test(logging_out_ends_signing_with_private_keys),
        cmocka_unit_test(a_key_that_was_destroyed_is_not_used),
        cmocka_unit_test(nor_is_one_that_went_with_its_session),
        cmocka_unit_test(nor_is_one_that_another_process_destroyed),
        cmocka_unit_test(a_key_that_is_there_is_used),
        cmocka_unit_test(digests_have_their_order),
        cmocka_unit_test(only_a_readable_key_is_digested),
        cmocka_unit_test(both_sides_have_the_same_secret),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
