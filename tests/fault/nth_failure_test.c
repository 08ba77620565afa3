/* SPDX-License-Identifier: Apache-2.0
 *
 * Every operation, with the n'th call of the store or of the random generator failing, for every n:
 * the operation says so, nothing has changed, nothing is left open, and all goes on as before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random/random.h"
#include "rig.h"
#include "store/sqlite/sqlite.h"
#include "store_faulty.h"

#define OK(expr)    assert_int_equal(expr, PQHW_OK)
#define NUM_OBJECTS 3
#define NEW_PIN     "another pin 1234"
#define MAX_CALLS   500

static struct rig rig;
static CK_OBJECT_HANDLE handles[NUM_OBJECTS];
static CK_OBJECT_HANDLE pub;
static CK_OBJECT_HANDLE priv;
static CK_OBJECT_HANDLE wrapping;
static CK_OBJECT_HANDLE base;    /* extractable, and to derive from */
static CK_OBJECT_HANDLE made[2]; /* by the operation under test */

/* ---- the generator, with a failure in it ---- */

static unsigned num_random_calls;
static unsigned random_fails_at;

enum pqhw_status __real_random_bytes(const struct classic *classic, uint8_t *out, size_t len);
enum pqhw_status __wrap_random_bytes(const struct classic *classic, uint8_t *out, size_t len);

enum pqhw_status __wrap_random_bytes(const struct classic *classic, uint8_t *out, size_t len)
{
    if (++num_random_calls != random_fails_at)
        return __real_random_bytes(classic, out, len);
    memset(out, 0, len);
    return PQHW_RANDOM_FAILED;
}

static void random_fail_at(unsigned n, enum pqhw_status status)
{
    (void)status;
    num_random_calls = 0;
    random_fails_at = n;
}

static unsigned random_num_calls(void)
{
    return num_random_calls;
}

static const struct fault {
    const char *name;
    void (*fail_at)(unsigned n, enum pqhw_status status);
    unsigned (*num_calls)(void);
    enum pqhw_status status;
} store_fault = {"store", faulty_fail_at, faulty_num_calls, PQHW_DISK_FULL},
  random_fault = {"random", random_fail_at, random_num_calls, PQHW_RANDOM_FAILED};

/* ---- operations ---- */

static enum pqhw_status nothing(void)
{
    return PQHW_OK;
}

static enum pqhw_status destroy(CK_OBJECT_HANDLE object)
{
    return hsm_object_destroy(rig.app, rig.session, object);
}

static enum pqhw_status create(void)
{
    return rig_put(&rig, 100, 0, 5000, &made[0]);
}

static enum pqhw_status destroy_made(void)
{
    return destroy(made[0]);
}

static enum pqhw_status copy(void)
{
    return hsm_object_copy(rig.app, rig.session, handles[1], SPAN_EMPTY, &made[0]);
}

static enum pqhw_status change(void)
{
    return rig_set_counter(&rig, handles[0], 1);
}

static enum pqhw_status change_back(void)
{
    return rig_set_counter(&rig, handles[0], 0);
}

static enum pqhw_status generate(void)
{
    return rig_generate(&rig, &made[0], &made[1]);
}

static enum pqhw_status destroy_pair(void)
{
    enum pqhw_status status = destroy(made[0]);

    return status != PQHW_OK ? status : destroy(made[1]);
}

static enum pqhw_status sign(void)
{
    return rig_sign_and_verify(&rig, pub, priv);
}

/* ---- keys made with keys ---- */

static const uint8_t base_value[32] = {1, 2, 3};
static uint8_t nonce[HSM_WRAP_IV_LEN];
static uint8_t wrapped[sizeof(base_value) + CLASSIC_TAG_LEN];

static struct mechanism gcm(void)
{
    return (struct mechanism){
        .type = CKM_AES_GCM, .has_param = true, .iv = SPAN(nonce), .mac_len = CLASSIC_TAG_LEN};
}

/* A token key; `may` are two uses. */
static enum pqhw_status put_key(CK_KEY_TYPE type, const CK_ATTRIBUTE_TYPE may[2],
                                CK_OBJECT_HANDLE *out)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put_number(&attrs, CKA_CLASS, CKO_SECRET_KEY);
    attrs_put_number(&attrs, CKA_KEY_TYPE, type);
    attrs_put_bool(&attrs, CKA_TOKEN, true);
    attrs_put_bool(&attrs, may[0], true);
    attrs_put_bool(&attrs, may[1], true);
    attrs_put(&attrs, CKA_VALUE, SPAN(base_value));
    enum pqhw_status status = hsm_object_create(rig.app, rig.session, buf_span(&attrs), out);
    buf_free(&attrs);
    return status;
}

static enum pqhw_status wrap(void)
{
    const struct mechanism mechanism = gcm();
    const struct hsm_wrap what = {wrapping, base, nonce};
    uint8_t out[sizeof(wrapped)];
    uint8_t before[sizeof(nonce)];
    size_t len = sizeof(out);

    memcpy(before, nonce, sizeof(nonce));
    enum pqhw_status status = hsm_wrap(rig.app, rig.session, &mechanism, &what, out, &len);
    if (status == PQHW_OK)
        memcpy(wrapped, out, sizeof(out));
    else
        assert_memory_equal(nonce, before, sizeof(nonce));
    return status;
}

static enum pqhw_status make(bool unwrap)
{
    const struct mechanism mechanism = gcm();
    const struct mechanism hash = {.type = CKM_SHA256_KEY_DERIVATION};
    const struct hsm_unwrap what = {wrapping, SPAN(wrapped)};
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put_number(&attrs, CKA_CLASS, CKO_SECRET_KEY);
    attrs_put_number(&attrs, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
    attrs_put_bool(&attrs, CKA_TOKEN, true);
    enum pqhw_status status =
        unwrap ? hsm_unwrap(rig.app, rig.session, &mechanism, &what, buf_span(&attrs), &made[0])
               : hsm_derive(rig.app, rig.session, &hash, base, buf_span(&attrs), &made[0]);
    buf_free(&attrs);
    return status;
}

static enum pqhw_status unwrap(void)
{
    return make(true);
}

static enum pqhw_status derive(void)
{
    return make(false);
}

static enum pqhw_status derive_two(void)
{
    struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);

    attrs_put_bool(&attrs, CKA_TOKEN, true);
    attrs_put_number(&attrs, CKA_VALUE_LEN, 32);
    const struct derive_lists lists = {
        .pieces = {{.type = CK_SP800_108_ITERATION_VARIABLE, .formatted = true, .width_bits = 8}},
        .num_pieces = 1,
        .more = {{buf_span(&attrs), &made[1]}},
        .num_more = 1,
    };
    const struct mechanism mechanism = {.type = CKM_SP800_108_COUNTER_KDF,
                                        .has_param = true,
                                        .hash = CKM_SHA256_HMAC,
                                        .lists = &lists};
    enum pqhw_status status =
        hsm_derive(rig.app, rig.session, &mechanism, base, buf_span(&attrs), &made[0]);
    buf_free(&attrs);
    return status;
}

static enum pqhw_status put_keys(void)
{
    static const CK_ATTRIBUTE_TYPE wraps[2] = {CKA_WRAP, CKA_UNWRAP};
    static const CK_ATTRIBUTE_TYPE derives[2] = {CKA_DERIVE, CKA_EXTRACTABLE};
    enum pqhw_status status = put_key(CKK_AES, wraps, &wrapping);

    if (status == PQHW_OK)
        status = put_key(CKK_GENERIC_SECRET, derives, &base);
    return status == PQHW_OK ? wrap() : status;
}

static enum pqhw_status list(void)
{
    CK_OBJECT_HANDLE found[NUM_OBJECTS + 1];
    size_t num;
    size_t damaged;

    return rig_list(&rig, CKO_DATA, found, NUM_OBJECTS + 1, &num, &damaged);
}

static enum pqhw_status read_object(void)
{
    unsigned name;
    unsigned counter;
    size_t len;

    return rig_get(&rig, handles[2], &name, &counter, &len);
}

/* A failure before the session was reached leaves its operations as they were. */
static enum pqhw_status cancel(void)
{
    return hsm_session_cancel(rig.app, rig.session, CKF_SIGN | CKF_VERIFY | CKF_FIND_OBJECTS);
}

static enum pqhw_status log_out(void)
{
    return hsm_logout(rig.app, rig.session);
}

static enum pqhw_status log_in(void)
{
    return hsm_login(rig.app, rig.session, CKU_USER, SPAN_STR(RIG_PIN));
}

static enum pqhw_status set_pin(void)
{
    return hsm_pin_set(rig.app, rig.session, SPAN_STR(RIG_PIN), SPAN_STR(NEW_PIN));
}

static enum pqhw_status set_pin_back(void)
{
    return hsm_pin_set(rig.app, rig.session, SPAN_STR(NEW_PIN), SPAN_STR(RIG_PIN));
}

static enum pqhw_status old_pin_is_good(void)
{
    return hsm_pin_set(rig.app, rig.session, SPAN_STR(RIG_PIN), SPAN_STR(RIG_PIN));
}

static CK_SLOT_ID free_slot;

static enum pqhw_status find_free_slot(void)
{
    CK_SLOT_ID slots[8];
    size_t num = 8;
    enum pqhw_status status = hsm_slot_list(rig.app, slots, &num);

    if (status == PQHW_OK)
        free_slot = slots[num - 1];
    return status;
}

static enum pqhw_status init_token(void)
{
    char label[HSM_LABEL_LEN];

    memset(label, ' ', sizeof(label));
    return hsm_token_init(rig.app, free_slot, SPAN_STR(RIG_SO_PIN), label);
}

static enum pqhw_status delete_token(void)
{
    return hsm_token_delete(rig.app, free_slot, SPAN_STR(RIG_SO_PIN));
}

static enum pqhw_status make_token(void)
{
    enum pqhw_status status = find_free_slot();

    return status != PQHW_OK ? status : init_token();
}

static enum pqhw_status look_at_slot(void)
{
    struct hsm_slot_info info;

    return hsm_slot_info(rig.app, rig.slot, &info);
}

static enum pqhw_status close_rig(void)
{
    rig_close(&rig);
    return PQHW_OK;
}

static enum pqhw_status open_rig(void)
{
    enum pqhw_status status = rig_open(&rig);

    if (status != PQHW_OK)
        rig_close(&rig);
    return status;
}

static const struct operation {
    const char *name;
    enum pqhw_status (*prepare)(void); /* without a failure, before each attempt */
    enum pqhw_status (*run)(void);
    enum pqhw_status (*recover)(void);   /* after a failed attempt */
    enum pqhw_status (*take_back)(void); /* after the attempt that had no failure in it */
} operations[] = {
    {"create", nothing, create, nothing, destroy_made},
    {"copy", nothing, copy, nothing, destroy_made},
    {"change", nothing, change, nothing, change_back},
    {"destroy", create, destroy_made, destroy_made, nothing},
    {"generate", nothing, generate, nothing, destroy_pair},
    {"sign", nothing, sign, cancel, nothing},
    {"wrap", nothing, wrap, nothing, nothing},
    {"unwrap", nothing, unwrap, nothing, destroy_made},
    {"derive", nothing, derive, nothing, destroy_made},
    {"derive two", nothing, derive_two, nothing, destroy_pair},
    {"list", nothing, list, cancel, nothing},
    {"read", nothing, read_object, nothing, nothing},
    {"log in", log_out, log_in, log_in, nothing},
    {"log out", nothing, log_out, nothing, log_in},
    {"set PIN", nothing, set_pin, old_pin_is_good, set_pin_back},
    {"init token", find_free_slot, init_token, nothing, delete_token},
    {"delete token", make_token, delete_token, delete_token, nothing},
    {"slot info", nothing, look_at_slot, nothing, nothing},
    {"open", close_rig, open_rig, open_rig, nothing},
};

/* ---- the test ---- */

static void assert_as_before(const char *name, unsigned n)
{
    CK_OBJECT_HANDLE found[NUM_OBJECTS + 2];
    size_t num = 0;
    size_t damaged = 0;

    OK(rig_list(&rig, CKO_DATA, found, NUM_OBJECTS + 2, &num, &damaged));
    if (num != NUM_OBJECTS || damaged != 0)
        fail_msg("%s, %u: %zu objects, %zu damaged", name, n, num, damaged);
    for (unsigned i = 0; i < NUM_OBJECTS; i++) {
        unsigned object = 0;
        unsigned counter = 99;
        size_t len = 0;
        OK(rig_get(&rig, handles[i], &object, &counter, &len));
        if (object != i || counter != 0)
            fail_msg("%s, %u: object %u has name %u and counter %u", name, n, i, object, counter);
    }
    OK(rig_list(&rig, CKO_PRIVATE_KEY, found, NUM_OBJECTS + 2, &num, &damaged));
    assert_int_equal(num, 1);
    OK(rig_list(&rig, CKO_SECRET_KEY, found, NUM_OBJECTS + 2, &num, &damaged));
    assert_int_equal(num, 2);
    OK(rig_sign_and_verify(&rig, pub, priv));
    if (faulty_num_open() != 0)
        fail_msg("%s, %u: %d transactions are open", name, n, faulty_num_open());
}

/* One attempt; false once there was no n'th call. */
static bool attempt(const struct operation *operation, const struct fault *fault, unsigned n)
{
    OK(operation->prepare());
    fault->fail_at(n, fault->status);
    enum pqhw_status status = operation->run();
    bool failed = fault->num_calls() >= n;
    fault->fail_at(0, PQHW_OK);
    if (status != (failed ? fault->status : PQHW_OK))
        fail_msg("%s with the %s's call %u %s gives %s", operation->name, fault->name, n,
                 failed ? "failing" : "not made", pqhw_status_name(status));
    enum pqhw_status after = failed ? operation->recover() : operation->take_back();
    if (after != PQHW_OK)
        fail_msg("after %s with the %s's call %u %s: %s", operation->name, fault->name, n,
                 failed ? "failing" : "not made", pqhw_status_name(after));
    assert_as_before(operation->name, n);
    return failed;
}

static void fail_each_call(const struct fault *fault)
{
    unsigned total = 0;

    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        unsigned n = 1;
        while (attempt(&operations[i], fault, n))
            assert_true(++n < MAX_CALLS);
        total += n - 1;
    }
    OK(rig_verify_audit(&rig));
    printf("note: %u failures of the %s\n", total, fault->name);
    assert_true(total > 5);
}

static void each_call_of_the_store_fails(void **state)
{
    (void)state;
    fail_each_call(&store_fault);
}

static void each_call_of_the_generator_fails(void **state)
{
    (void)state;
    fail_each_call(&random_fault);
}

static int set_up(void **state)
{
    (void)state;
    faulty_wrap(&store_sqlite);
    if (rig_init(&rig, "/tmp", &store_faulty) != PQHW_OK || rig_create(&rig) != PQHW_OK ||
        rig_open(&rig) != PQHW_OK)
        return -1;
    for (unsigned i = 0; i < NUM_OBJECTS; i++) {
        if (rig_put(&rig, i, 0, 300, &handles[i]) != PQHW_OK)
            return -1;
    }
    return put_keys() == PQHW_OK && rig_generate(&rig, &pub, &priv) == PQHW_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    rig_close(&rig);
    rig_remove(&rig);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_call_of_the_store_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_call_of_the_generator_fails, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
