/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hsm/freshness.h"
#include "hsm_fixture.h"

#define LEVELS 5

static struct fixture fixture;

static const struct store_ops *ops(void)
{
    return fixture.device->store_ops;
}

static struct store_tx *begin(void)
{
    struct store_tx *tx = NULL;

    assert_ok(ops()->begin(fixture.device->store, &tx, true));
    return tx;
}

static int setup(void **state)
{
    (void)state;
    fixture_new(&fixture, &store_memory);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_free(&fixture);
    return 0;
}

/* A partition with nothing in it; a slot of its own in the store for each test. */
static struct partition_state new_state(void)
{
    static uint32_t slot = 100;

    return (struct partition_state){.slot = slot++, .instance = "0123456789abcde"};
}

static uint64_t raise(struct store_tx *tx, struct partition_state *state, uint32_t number,
                      bool present)
{
    uint64_t version = 0;

    assert_ok(freshness_next(fixture.device, tx, state, number, present, &version));
    return version;
}

static enum pqhw_status get(struct store_tx *tx, const struct partition_state *state,
                            uint32_t number, struct freshness *out)
{
    return freshness_get(fixture.device, tx, state, number, out);
}

static void assert_is(struct store_tx *tx, const struct partition_state *state, uint32_t number,
                      uint64_t version, bool present)
{
    struct freshness found = {0};

    assert_ok(get(tx, state, number, &found));
    assert_int_equal(found.version, version);
    assert_int_equal(found.present, present);
}

/* Numbers on both sides of every border between nodes. */
static const uint32_t numbers[] = {
    0,      1,      63,     64,       65,       4095,     4096,           4097,
    262143, 262144, 262145, 16777215, 16777216, 16777217, (1u << 30) - 1,
};
#define NUM_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void counts_each_object_on_its_own(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state s = new_state();
    uint64_t versions[NUM_NUMBERS] = {0};
    uint64_t changes = 0;

    for (size_t i = 0; i < NUM_NUMBERS; i++)
        assert_is(tx, &s, numbers[i], 0, false);
    for (size_t round = 1; round <= 3; round++) {
        for (size_t i = 0; i < NUM_NUMBERS; i += round) {
            assert_int_equal(raise(tx, &s, numbers[i], true), ++versions[i]);
            assert_int_equal(s.tree, ++changes);
            for (size_t k = 0; k < NUM_NUMBERS; k++)
                assert_is(tx, &s, numbers[k], versions[k], versions[k] != 0);
        }
    }
    ops()->rollback(tx);
}

static void a_destroyed_object_keeps_its_version(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state s = new_state();

    assert_int_equal(raise(tx, &s, 7, true), 1);
    assert_int_equal(raise(tx, &s, 7, false), 2);
    assert_is(tx, &s, 7, 2, false);
    assert_is(tx, &s, 6, 0, false);
    assert_int_equal(raise(tx, &s, 7, true), 3);
    assert_is(tx, &s, 7, 3, true);
    ops()->rollback(tx);
}

static void a_number_past_the_last_is_refused(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state s = new_state();
    struct freshness found;
    uint64_t version;

    assert_status(get(tx, &s, FRESHNESS_MAX_OBJECTS, &found), PQHW_RECORD_DAMAGED);
    assert_status(freshness_next(fixture.device, tx, &s, FRESHNESS_MAX_OBJECTS, true, &version),
                  PQHW_RECORD_DAMAGED);
    ops()->rollback(tx);
}

/* ---- tampering ---- */

static struct buf node(struct store_tx *tx, uint32_t slot, uint32_t level, uint32_t index)
{
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);

    assert_ok(ops()->node_get(tx, slot, level, index, &blob));
    return blob;
}

static void put_node(struct store_tx *tx, uint32_t slot, uint32_t level, uint32_t index,
                     struct span blob)
{
    assert_ok(ops()->node_put(tx, slot, level, index, blob));
}

static void assert_damaged(struct store_tx *tx, const struct partition_state *s, uint32_t number)
{
    struct freshness found;
    struct partition_state copy = *s;
    uint64_t version;

    assert_status(get(tx, s, number, &found), PQHW_RECORD_DAMAGED);
    assert_status(freshness_next(fixture.device, tx, &copy, number, true, &version),
                  PQHW_RECORD_DAMAGED);
    assert_int_equal(copy.tree, s->tree);
}

static void an_old_row_put_back_is_noticed_on_every_level(void **state)
{
    (void)state;
    for (uint32_t level = 0; level < LEVELS; level++) {
        struct store_tx *tx = begin();
        struct partition_state s = new_state();

        raise(tx, &s, 5, true);
        struct buf old = node(tx, s.slot, level, 0);
        raise(tx, &s, 5, false);
        struct buf present = node(tx, s.slot, level, 0);
        put_node(tx, s.slot, level, 0, buf_span(&old));
        assert_damaged(tx, &s, 5);
        put_node(tx, s.slot, level, 0, buf_span(&present));
        assert_is(tx, &s, 5, 2, false);
        buf_free(&old);
        buf_free(&present);
        ops()->rollback(tx);
    }
}

/* Even all rows below the top together. */
static void an_old_branch_put_back_is_noticed(void **state)
{
    (void)state;
    for (uint32_t height = 1; height < LEVELS; height++) {
        struct store_tx *tx = begin();
        struct partition_state s = new_state();
        struct buf old[LEVELS];

        raise(tx, &s, 5, true);
        for (uint32_t level = 0; level < height; level++)
            old[level] = node(tx, s.slot, level, 0);
        raise(tx, &s, 5, false);
        for (uint32_t level = 0; level < height; level++) {
            put_node(tx, s.slot, level, 0, buf_span(&old[level]));
            buf_free(&old[level]);
        }
        assert_damaged(tx, &s, 5);
        ops()->rollback(tx);
    }
}

static void swapped_rows_are_noticed(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state s = new_state();

    raise(tx, &s, 1, true);
    raise(tx, &s, 65, true);
    struct buf first = node(tx, s.slot, 0, 0);
    struct buf second = node(tx, s.slot, 0, 1);
    put_node(tx, s.slot, 0, 0, buf_span(&second));
    put_node(tx, s.slot, 0, 1, buf_span(&first));
    assert_damaged(tx, &s, 1);
    assert_damaged(tx, &s, 65);
    put_node(tx, s.slot, 0, 0, buf_span(&first));
    assert_is(tx, &s, 1, 1, true);
    assert_damaged(tx, &s, 65);
    buf_free(&first);
    buf_free(&second);
    ops()->rollback(tx);
}

/* A row of another token, or of the same slot before it was initialised again. */
static void a_row_of_another_instance_is_noticed(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state mine = new_state();
    struct partition_state other = new_state();

    other.instance[0] ^= 1;
    raise(tx, &mine, 1, true);
    raise(tx, &other, 1, true);
    struct buf blob = node(tx, other.slot, 0, 0);
    put_node(tx, mine.slot, 0, 0, buf_span(&blob));
    assert_damaged(tx, &mine, 1);
    buf_free(&blob);
    ops()->rollback(tx);
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state s = new_state();

    raise(tx, &s, 1, true);
    struct buf blob = node(tx, s.slot, 0, 0);
    for (size_t len = 0; len < blob.len; len++) {
        put_node(tx, s.slot, 0, 0, span(blob.ptr, len));
        assert_damaged(tx, &s, 1);
    }
    put_node(tx, s.slot, 0, 0, buf_span(&blob));
    assert_is(tx, &s, 1, 1, true);
    buf_free(&blob);
    ops()->rollback(tx);
}

static void a_changed_bit_is_noticed(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state s = new_state();

    raise(tx, &s, 1, true);
    struct buf blob = node(tx, s.slot, 0, 0);
    for (size_t i = 0; i < blob.len; i++) {
        blob.ptr[i] ^= (uint8_t)(1u << (i % 8));
        put_node(tx, s.slot, 0, 0, buf_span(&blob));
        assert_damaged(tx, &s, 1);
        blob.ptr[i] ^= (uint8_t)(1u << (i % 8));
    }
    buf_free(&blob);
    ops()->rollback(tx);
}

static void a_removed_row_is_noticed(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state s = new_state();

    raise(tx, &s, 1, true);
    assert_ok(ops()->partition_clear(tx, s.slot));
    assert_damaged(tx, &s, 1);
    ops()->rollback(tx);
}

static void a_top_put_back_is_noticed(void **state)
{
    (void)state;
    struct store_tx *tx = begin();
    struct partition_state s = new_state();

    raise(tx, &s, 1, true);
    struct partition_state old = s;
    raise(tx, &s, 1, true);
    assert_damaged(tx, &old, 1);
    old.tree = 0;
    assert_is(tx, &old, 1, 0, false); /* a token that was never changed has no nodes to look at */
    ops()->rollback(tx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_each_object_on_its_own),
        cmocka_unit_test(a_destroyed_object_keeps_its_version),
        cmocka_unit_test(a_number_past_the_last_is_refused),
        cmocka_unit_test(an_old_row_put_back_is_noticed_on_every_level),
        cmocka_unit_test(an_old_branch_put_back_is_noticed),
        cmocka_unit_test(swapped_rows_are_noticed),
        cmocka_unit_test(a_row_of_another_instance_is_noticed),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(a_changed_bit_is_noticed),
        cmocka_unit_test(a_removed_row_is_noticed),
        cmocka_unit_test(a_top_put_back_is_noticed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
