/* SPDX-License-Identifier: Apache-2.0
 *
 * The door's promise: what was not audited is not answered and did not happen, and what stands in
 * the log did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>

#include "hsm/audit_journal.h"
#include "hsm_fixture.h"

#define SIG_LEN 2420
#define CT_LEN  768
#define DATA    SPAN_STR("the message")

static struct fixture f;
static struct store_ops failing;
static bool commits_fail;

static enum pqhw_status failing_commit(struct store_tx *tx)
{
    if (commits_fail) {
        store_memory.rollback(tx);
        return PQHW_DISK_FULL;
    }
    return store_memory.commit(tx);
}

static int setup(void **state)
{
    (void)state;
    failing = store_memory;
    failing.commit = failing_commit;
    commits_fail = false;
    fixture_new(&f, &failing);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_log_whole(f.device, 0);
    assert_log_whole(f.device, CK_UNAVAILABLE_INFORMATION);
    fixture_free(&f);
    return 0;
}

static void move_log(const char *from, const char *to)
{
    char old_path[HSM_PATH_MAX];
    char new_path[HSM_PATH_MAX];

    home_file(old_path, &f, from);
    home_file(new_path, &f, to);
    assert_int_equal(rename(old_path, new_path), 0);
}

/* A log that is not in its place cannot be written to, and with a journal that is to be settled
 * first, that is noticed at once. */
static void break_a_log(const char *log, const char *journal)
{
    const uint32_t unsettled = 1;
    char path[HSM_PATH_MAX];

    move_log(log, "audit/away");
    home_file(path, &f, journal);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(
        pwrite(fd, &unsettled, sizeof(unsettled), offsetof(struct audit_pages, unsettled)),
        sizeof(unsettled));
    close(fd);
}

static void break_log(void)
{
    break_a_log("audit/slot-0.log", "audit/slot-0.log.journal");
}

static void mend_log(void)
{
    move_log("audit/away", "audit/slot-0.log");
}

static void assert_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes[i], 0);
}

/* ---- without a log ---- */

static void nothing_is_created_unaudited(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE out = 0;
    struct pair pair = {0};
    struct hsm_slot_info info;

    login_user(&f);
    break_log();
    for (int token = 0; token < 2; token++) {
        assert_status(try_create(f.app, f.rw, "x", token != 0, true, &out), PQHW_AUDIT_FAILED);
        assert_status(
            try_generate(f.app, f.rw, CKM_ML_DSA_KEY_PAIR_GEN, CKP_ML_DSA_44, token != 0, &pair),
            PQHW_AUDIT_FAILED);
    }
    assert_int_equal(out, 0);
    assert_int_equal(pair.pub, 0);
    assert_int_equal(pair.priv, 0);
    mend_log();
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 0);
    assert_ok(hsm_slot_info(f.app, 0, &info));
    assert_int_equal(info.num_objects, 0);
    assert_int_equal(count_records(f.device, 0, "\"object.create\""), 0);
}

static void nothing_is_changed_unaudited(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE copy = 0;

    login_user(&f);
    for (int token = 0; token < 2; token++) {
        CK_OBJECT_HANDLE object = create_data(&f, "x", token != 0, true);
        break_log();
        assert_status(try_set_label(f.app, f.rw, object, "y"), PQHW_AUDIT_FAILED);
        assert_status(hsm_object_copy(f.app, f.rw, object, SPAN_EMPTY, &copy), PQHW_AUDIT_FAILED);
        assert_status(hsm_object_destroy(f.app, f.rw, object), PQHW_AUDIT_FAILED);
        assert_int_equal(copy, 0);
        mend_log();
        assert_true(has_label(f.app, f.rw, object, "x"));
        assert_int_equal(count_labelled(f.app, f.rw, NULL), 1);
        assert_ok(try_set_label(f.app, f.rw, object, "y"));
        assert_true(has_label(f.app, f.rw, object, "y"));
        assert_ok(hsm_object_destroy(f.app, f.rw, object));
        assert_int_equal(count_labelled(f.app, f.rw, NULL), 0);
    }
}

static void nothing_is_signed_unaudited(void **state)
{
    (void)state;
    static const struct mechanism mechanism = {.type = CKM_ML_DSA, .hedge = CKH_HEDGE_PREFERRED};
    uint8_t sig[SIG_LEN];
    size_t len = sizeof(sig);

    login_user(&f);
    struct pair pair = generate_mldsa(&f, false);
    assert_ok(hsm_sign_init(f.app, f.rw, &mechanism, pair.priv));
    memset(sig, 0xaa, sizeof(sig));
    break_log();
    assert_status(hsm_sign(f.app, f.rw, DATA, sig, &len), PQHW_AUDIT_FAILED);
    mend_log();
    assert_zero(sig, sizeof(sig));
    len = sizeof(sig);
    assert_status(hsm_sign(f.app, f.rw, DATA, sig, &len), PQHW_OPERATION_NOT_INITIALIZED);
}

static void nothing_is_encapsulated_unaudited(void **state)
{
    (void)state;
    static const struct mechanism mechanism = {.type = CKM_ML_KEM};
    struct pair pair = {0};
    CK_OBJECT_HANDLE secret = 0;
    uint8_t ct[CT_LEN];
    size_t len = sizeof(ct);

    login_user(&f);
    assert_ok(try_generate(f.app, f.rw, CKM_ML_KEM_KEY_PAIR_GEN, CKP_ML_KEM_512, false, &pair));
    memset(ct, 0xaa, sizeof(ct));
    break_log();
    assert_status(hsm_encapsulate(f.app, f.rw, &mechanism, pair.pub, SPAN_EMPTY, ct, &len, &secret),
                  PQHW_AUDIT_FAILED);
    assert_status(
        hsm_decapsulate(f.app, f.rw, &mechanism, pair.priv, SPAN_EMPTY, SPAN(ct), &secret),
        PQHW_AUDIT_FAILED);
    mend_log();
    assert_zero(ct, sizeof(ct));
    assert_int_equal(secret, 0);
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 2);
}

/* Neither at once nor, since it was computed already, the second time. */
static void nothing_is_revealed_unaudited(void **state)
{
    (void)state;
    struct buf pub = BUF_INIT(ATTRS_MAX_LEN);
    struct buf priv = BUF_INIT(ATTRS_MAX_LEN);
    static const struct mechanism keygen = {.type = CKM_ML_DSA_KEY_PAIR_GEN};
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_SEED, CKA_VALUE}; /* kept; computed from it */
    struct pair pair = {0};
    struct hsm_view *view = NULL;

    login_user(&f);
    attrs_put_number(&pub, CKA_PARAMETER_SET, CKP_ML_DSA_44);
    attrs_put_bool(&priv, CKA_SENSITIVE, false);
    attrs_put_bool(&priv, CKA_EXTRACTABLE, true);
    assert_ok(hsm_generate_pair(f.app, f.rw, &keygen, buf_span(&pub), buf_span(&priv), &pair.pub,
                                &pair.priv));
    assert_ok(hsm_view_open(f.app, f.rw, pair.priv, &view));
    for (size_t i = 0; i < 2; i++) {
        struct span value = SPAN_EMPTY;
        break_log();
        assert_status(hsm_view_attr(view, types[i], &value), PQHW_AUDIT_FAILED);
        assert_status(hsm_view_attr(view, types[i], &value), PQHW_AUDIT_FAILED);
        assert_null(value.ptr);
        mend_log();
        size_t before = count_records(f.device, 0, "\"object.reveal\"");
        assert_ok(hsm_view_attr(view, types[i], &value));
        assert_true(value.len >= 32);
        assert_int_equal(count_records(f.device, 0, "\"object.reveal\""), before + 1);
    }
    hsm_view_close(view);
    buf_free(&pub);
    buf_free(&priv);
}

static void a_key_is_not_digested_unaudited(void **state)
{
    (void)state;
    static const struct mechanism sha256 = {.type = CKM_SHA256};
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
    CK_OBJECT_HANDLE key = 0;
    uint8_t out[32];
    size_t len = sizeof(out);

    login_user(&f);
    attrs_put_number(&attrs, CKA_CLASS, CKO_SECRET_KEY);
    attrs_put_number(&attrs, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
    attrs_put(&attrs, CKA_VALUE, SPAN_STR("abc"));
    attrs_put_bool(&attrs, CKA_SENSITIVE, false);
    attrs_put_bool(&attrs, CKA_EXTRACTABLE, true);
    assert_ok(hsm_object_create(f.app, f.rw, buf_span(&attrs), &key));
    assert_ok(hsm_digest_init(f.app, f.rw, &sha256));
    break_log();
    assert_status(hsm_digest_key(f.app, f.rw, key), PQHW_AUDIT_FAILED);
    assert_status(hsm_digest_final(f.app, f.rw, out, &len), PQHW_OPERATION_NOT_INITIALIZED);
    mend_log();
    buf_free(&attrs);
}

static void nobody_logs_in_unaudited(void **state)
{
    (void)state;
    break_log();
    assert_status(hsm_login(f.app, f.rw, CKU_USER, USER_PIN), PQHW_AUDIT_FAILED);
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_PUBLIC_SESSION);
    mend_log();
    assert_status(hsm_logout(f.app, f.rw), PQHW_USER_NOT_LOGGED_IN);
    login_user(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "x", false, true);
    /* That the second login is not recorded does not undo the first. */
    break_log();
    assert_status(hsm_login(f.app, f.rw, CKU_USER, USER_PIN), PQHW_AUDIT_FAILED);
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_USER_FUNCTIONS);
    assert_true(has_label(f.app, f.rw, object, "x"));
    mend_log();
}

static void pins_do_not_change_unaudited(void **state)
{
    (void)state;
    break_log();
    assert_status(hsm_pin_set(f.app, f.rw, USER_PIN, SPAN_STR("new-pin")), PQHW_AUDIT_FAILED);
    mend_log();
    login_user(&f);
}

/* Logging out is always possible: it only takes rights away. */
static void logging_out_works_unaudited(void **state)
{
    (void)state;
    login_user(&f);
    break_log();
    assert_status(hsm_logout(f.app, f.rw), PQHW_AUDIT_FAILED);
    mend_log();
    assert_int_equal(state_of(f.app, f.rw), CKS_RW_PUBLIC_SESSION);
}

static void tokens_are_not_made_or_wiped_unaudited(void **state)
{
    (void)state;
    static const char other_label[HSM_LABEL_LEN + 1] = "other                           ";
    struct hsm_slot_info info;

    login_user(&f);
    CK_OBJECT_HANDLE object = create_data(&f, "x", true, true);
    assert_ok(hsm_session_close(f.app, f.rw));
    break_a_log("audit/device.log", "audit/device.log.journal");
    assert_status(hsm_token_init(f.app, 0, SO_PIN, other_label), PQHW_AUDIT_FAILED);
    assert_status(hsm_token_delete(f.app, 0, SO_PIN), PQHW_AUDIT_FAILED);
    assert_status(hsm_token_init(f.app, 1, SO_PIN, other_label), PQHW_AUDIT_FAILED);
    move_log("audit/away", "audit/device.log");
    assert_ok(hsm_slot_info(f.app, 0, &info));
    assert_memory_equal(info.label, token_label, HSM_LABEL_LEN);
    assert_int_equal(info.num_objects, 1);
    assert_ok(hsm_slot_info(f.app, 1, &info));
    assert_false(info.initialized);
    f.rw = session_new(f.app, true);
    login_user(&f);
    assert_true(has_label(f.app, f.rw, object, "x"));
}

/* ---- what the log says ---- */

static void every_outcome_is_recorded_once(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE out = 0;
    CK_OBJECT_HANDLE object = create_data(&f, "x", true, false);
    CK_OBJECT_HANDLE in_session = create_data(&f, "x", false, false);

    assert_int_equal(count_records(f.device, 0, "\"object.create\""), 2);
    assert_ok(try_set_label(f.app, f.rw, object, "y"));
    assert_ok(try_set_label(f.app, f.rw, in_session, "y"));
    assert_int_equal(count_records(f.device, 0, "\"object.modify\""), 2);
    assert_ok(hsm_object_destroy(f.app, f.rw, object));
    assert_ok(hsm_object_destroy(f.app, f.rw, in_session));
    assert_int_equal(count_records(f.device, 0, "\"object.destroy\""), 2);
    assert_status(hsm_object_destroy(f.app, f.rw, object), PQHW_OBJECT_HANDLE_INVALID);
    assert_int_equal(count_records(f.device, 0, "\"object.destroy\""), 3);
    assert_int_equal(count_records(f.device, 0, "\"OBJECT_HANDLE_INVALID\""), 1);
    assert_status(try_create(f.app, f.rw, "x", true, true, &out), PQHW_USER_NOT_LOGGED_IN);
    assert_status(hsm_pin_init(f.app, f.rw, USER_PIN), PQHW_USER_NOT_LOGGED_IN);
    assert_int_equal(count_records(f.device, 0, "\"USER_NOT_LOGGED_IN\""), 2);
    assert_status(hsm_login(f.app, f.rw, CKU_USER, WRONG_PIN), PQHW_PIN_INCORRECT);
    assert_int_equal(count_records(f.device, 0, "\"PIN_INCORRECT\""), 1);
    login_user(&f);
    /* the officer's in the fixture, the wrong one, the right one */
    assert_int_equal(count_records(f.device, 0, "\"user.login\""), 3);
    assert_int_equal(count_records(f.device, 0, "\"role\":\"user\",\"op\":\"user.login\""), 1);
}

static void signatures_are_recorded_length_queries_are_not(void **state)
{
    (void)state;
    static const struct mechanism mechanism = {.type = CKM_ML_DSA, .hedge = CKH_HEDGE_PREFERRED};
    uint8_t sig[SIG_LEN];
    size_t len = 0;

    login_user(&f);
    struct pair pair = generate_mldsa(&f, true);
    assert_ok(hsm_sign_init(f.app, f.rw, &mechanism, pair.priv));
    assert_ok(hsm_sign(f.app, f.rw, DATA, NULL, &len));
    len = 1;
    assert_status(hsm_sign(f.app, f.rw, DATA, sig, &len), PQHW_BUFFER_TOO_SMALL);
    assert_int_equal(count_records(f.device, 0, "\"key.sign\""), 0);
    assert_ok(hsm_sign(f.app, f.rw, DATA, sig, &len));
    assert_int_equal(count_records(f.device, 0, "\"key.sign\""), 1);
    assert_status(hsm_sign_init(f.app, f.rw, &mechanism, pair.pub), PQHW_KEY_TYPE_INCONSISTENT);
    assert_int_equal(count_records(f.device, 0, "\"key.sign\""), 2);
    assert_int_equal(count_records(f.device, 0, "\"mechanism\":\"CKM_ML_DSA\""), 2);
}

/* The record comes first; if the change then fails, a second one says so. */
static void a_change_that_was_not_stored_is_recorded_as_that(void **state)
{
    (void)state;
    CK_OBJECT_HANDLE out = 0;
    CK_OBJECT_HANDLE object = create_data(&f, "x", true, false);
    size_t before = count_records(f.device, 0, "DISK_FULL");

    commits_fail = true;
    assert_status(try_create(f.app, f.rw, "y", true, false, &out), PQHW_DISK_FULL);
    assert_status(try_set_label(f.app, f.rw, object, "y"), PQHW_DISK_FULL);
    assert_status(hsm_object_destroy(f.app, f.rw, object), PQHW_DISK_FULL);
    commits_fail = false;
    assert_int_equal(out, 0);
    assert_int_equal(count_records(f.device, 0, "DISK_FULL"), before + 3);
    assert_true(has_label(f.app, f.rw, object, "x"));
    assert_int_equal(count_labelled(f.app, f.rw, NULL), 1);
}

/* ---- a log that lost its end ---- */

static void shorten_log(size_t lines)
{
    char path[HSM_PATH_MAX];
    char text[16384];
    size_t at = 0;

    home_file(path, &f, "audit/slot-0.log");
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof(text), file);
    fclose(file);
    while (lines-- > 0)
        at = (size_t)((char *)memchr(text + at, '\n', len - at) - text) + 1;
    assert_int_equal(truncate(path, (off_t)at), 0);
}

/* A new process finds the log shorter than the token says; the gap stays visible, and the token
 * usable. */
static void a_shortened_log_is_noticed_and_stays_so(void **state)
{
    (void)state;
    struct hsm_audit_report report;

    for (size_t i = 0; i < 3; i++)
        create_data(&f, "x", true, false);
    assert_log_whole(f.device, 0);
    /* the memory store is as short-lived as its device, so the process's view stays open */
    shorten_log(2);
    assert_ok(hsm_audit_verify(f.device, 0, &report));
    assert_non_null(report.problem);
    for (size_t i = 0; i < 5; i++)
        create_data(&f, "y", true, false);
    assert_ok(hsm_audit_verify(f.device, 0, &report));
    assert_non_null(report.problem);
    assert_int_equal(report.bad_record, 3);
}

static int teardown_gap(void **state)
{
    (void)state;
    fixture_free(&f);
    return 0;
}

#define door_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        door_test(nothing_is_created_unaudited),
        door_test(nothing_is_changed_unaudited),
        door_test(nothing_is_signed_unaudited),
        door_test(nothing_is_encapsulated_unaudited),
        door_test(nothing_is_revealed_unaudited),
        door_test(a_key_is_not_digested_unaudited),
        door_test(nobody_logs_in_unaudited),
        door_test(pins_do_not_change_unaudited),
        door_test(logging_out_works_unaudited),
        door_test(tokens_are_not_made_or_wiped_unaudited),
        door_test(every_outcome_is_recorded_once),
        door_test(signatures_are_recorded_length_queries_are_not),
        door_test(a_change_that_was_not_stored_is_recorded_as_that),
        cmocka_unit_test_setup_teardown(a_shortened_log_is_noticed_and_stays_so, setup,
                                        teardown_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
