/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hsm/record.h"
#include "hsm_fixture.h"

#define NUMBER  7
#define VERSION 3

static struct fixture fixture;
static struct buf attrs = BUF_INIT(ATTRS_MAX_LEN);
static struct buf secrets = BUF_INIT(ATTRS_MAX_LEN); /* no secret, only its form */
static const uint8_t sk_object[CLASSIC_KEY_LEN] = {1, 2, 3};
static const struct partition_state here = {.slot = 0, .instance = "0123456789abcde"};

static int setup(void **state)
{
    (void)state;
    fixture_new(&fixture, &store_memory);
    attrs_put_number(&attrs, CKA_CLASS, CKO_PRIVATE_KEY);
    attrs_put(&attrs, CKA_LABEL, SPAN_STR("a label"));
    attrs_put(&secrets, CKA_VALUE, SPAN_STR("sixteen bytes of"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_free(&attrs);
    buf_free(&secrets);
    fixture_free(&fixture);
    return 0;
}

static struct buf encode(struct span sealed)
{
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);

    assert_ok(record_encode(fixture.device, &here, NUMBER, VERSION, buf_span(&attrs), sealed,
                            sk_object, &blob));
    return blob;
}

static enum pqhw_status decode(const struct partition_state *state, uint32_t number,
                               struct span blob, struct record *out)
{
    return record_decode(fixture.device, state, number, blob, out);
}

static enum pqhw_status unseal(const struct partition_state *state, uint32_t number,
                               const struct record *record, const uint8_t *key, struct secret *out)
{
    return record_unseal(fixture.device, state->instance, number, record, key, out);
}

static void comes_back_as_it_was(void **state)
{
    (void)state;
    struct buf blob = encode(buf_span(&secrets));
    struct record record;
    struct secret opened = {0};

    assert_ok(decode(&here, NUMBER, buf_span(&blob), &record));
    assert_int_equal(record.version, VERSION);
    assert_true(span_equal(record.attrs, buf_span(&attrs)));
    assert_ok(unseal(&here, NUMBER, &record, sk_object, &opened));
    assert_true(span_equal(secret_span(&opened), buf_span(&secrets)));
    assert_null(memmem(blob.ptr, blob.len, "sixteen", 7));
    secret_free(&opened);
    buf_free(&blob);
}

static void without_secrets_nothing_is_sealed(void **state)
{
    (void)state;
    struct buf blob = encode(SPAN_EMPTY);
    struct record record;

    assert_ok(decode(&here, NUMBER, buf_span(&blob), &record));
    assert_int_equal(record.sealed.len, 0);
    assert_true(span_equal(record.attrs, buf_span(&attrs)));
    buf_free(&blob);
}

static void the_same_record_is_never_sealed_alike(void **state)
{
    (void)state;
    struct buf one = encode(buf_span(&secrets));
    struct buf other = encode(buf_span(&secrets));

    assert_int_equal(one.len, other.len);
    assert_memory_not_equal(one.ptr, other.ptr, one.len);
    buf_free(&one);
    buf_free(&other);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct buf blob = encode(buf_span(&secrets));
    struct record record;

    for (size_t bit = 0; bit < blob.len * 8; bit++) {
        blob.ptr[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        enum pqhw_status status = decode(&here, NUMBER, buf_span(&blob), &record);
        /* A first byte above ours is told apart: it may well be a newer pqhw's. */
        bool newer = bit < 8 && blob.ptr[0] > 1;
        assert_status(status, newer ? PQHW_VERSION_UNKNOWN : PQHW_RECORD_DAMAGED);
        blob.ptr[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    assert_ok(decode(&here, NUMBER, buf_span(&blob), &record));
    buf_free(&blob);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct buf blob = encode(buf_span(&secrets));
    struct record record;

    for (size_t len = 0; len < blob.len; len++)
        assert_status(decode(&here, NUMBER, span(blob.ptr, len), &record), PQHW_RECORD_DAMAGED);
    buf_put_u8(&blob, 0);
    assert_status(decode(&here, NUMBER, buf_span(&blob), &record), PQHW_RECORD_DAMAGED);
    buf_free(&blob);
}

static void a_record_in_anothers_place_is_refused(void **state)
{
    (void)state;
    struct buf blob = encode(buf_span(&secrets));
    struct partition_state elsewhere = here;
    struct record record;

    elsewhere.instance[15] ^= 1;
    assert_status(decode(&here, NUMBER + 1, buf_span(&blob), &record), PQHW_RECORD_DAMAGED);
    assert_status(decode(&elsewhere, NUMBER, buf_span(&blob), &record), PQHW_RECORD_DAMAGED);
    buf_free(&blob);
}

/* Someone who knows the device's key, but not the token's, cannot move secrets about. */
static void secrets_are_bound_to_their_object(void **state)
{
    (void)state;
    struct buf blob = encode(buf_span(&secrets));
    struct buf other_attrs = BUF_INIT(ATTRS_MAX_LEN);
    struct partition_state elsewhere = here;
    struct record record;
    struct record changed;
    struct secret opened = {0};
    uint8_t other_key[CLASSIC_KEY_LEN] = {9};

    assert_ok(decode(&here, NUMBER, buf_span(&blob), &record));
    assert_status(unseal(&here, NUMBER + 1, &record, sk_object, &opened), PQHW_RECORD_DAMAGED);
    assert_status(unseal(&here, NUMBER, &record, other_key, &opened), PQHW_RECORD_DAMAGED);
    elsewhere.instance[0] ^= 1;
    assert_status(unseal(&elsewhere, NUMBER, &record, sk_object, &opened), PQHW_RECORD_DAMAGED);
    changed = record;
    changed.version++;
    assert_status(unseal(&here, NUMBER, &changed, sk_object, &opened), PQHW_RECORD_DAMAGED);
    attrs_put_bool(&other_attrs, CKA_EXTRACTABLE, true);
    changed = record;
    changed.attrs = buf_span(&other_attrs);
    assert_status(unseal(&here, NUMBER, &changed, sk_object, &opened), PQHW_RECORD_DAMAGED);
    assert_null(opened.ptr);
    assert_ok(unseal(&here, NUMBER, &record, sk_object, &opened));
    secret_free(&opened);
    buf_free(&other_attrs);
    buf_free(&blob);
}

static void a_record_of_the_future_is_told_apart(void **state)
{
    (void)state;
    static const uint8_t future[] = {2, 0, 0};
    struct record record;

    assert_status(decode(&here, NUMBER, SPAN(future), &record), PQHW_VERSION_UNKNOWN);
    assert_status(decode(&here, NUMBER, SPAN_EMPTY, &record), PQHW_RECORD_DAMAGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(without_secrets_nothing_is_sealed),
        cmocka_unit_test(the_same_record_is_never_sealed_alike),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_record_in_anothers_place_is_refused),
        cmocka_unit_test(secrets_are_bound_to_their_object),
        cmocka_unit_test(a_record_of_the_future_is_told_apart),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
