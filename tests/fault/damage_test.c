/* SPDX-License-Identifier: Apache-2.0
 *
 * Records truncated, edited, swapped, moved, removed, rolled back or brought back outside pqhw:
 * each is refused, and no other object is harmed.
 */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "store/sqlite/sqlite.h"

#define OK(expr)    assert_int_equal(expr, PQHW_OK)
#define NUM_OBJECTS 6

static struct rig rig;
static CK_OBJECT_HANDLE handles[NUM_OBJECTS];
static CK_OBJECT_HANDLE pub;
static CK_OBJECT_HANDLE priv;

static int set_up(void **state)
{
    (void)state;
    if (rig_init(&rig, "/tmp", NULL) != PQHW_OK || rig_create(&rig) != PQHW_OK ||
        rig_open(&rig) != PQHW_OK)
        return -1;
    for (unsigned i = 0; i < NUM_OBJECTS; i++) {
        if (rig_put(&rig, i, 0, 300, &handles[i]) != PQHW_OK)
            return -1;
    }
    if (rig_generate(&rig, &pub, &priv) != PQHW_OK)
        return -1;
    rig_close(&rig);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_close(&rig);
    rig_remove(&rig);
    return 0;
}

static void edit(const char *sql)
{
    sqlite3 *db = NULL;
    char path[128];
    char *message = NULL;

    snprintf(path, sizeof(path), "%s/%s", rig.home, STORE_SQLITE_FILE);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, &message);
    if (code != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The same with an object's row id in it. */
static void edit_object(const char *format, CK_OBJECT_HANDLE object)
{
    char sql[512];

    snprintf(sql, sizeof(sql), format, (long long)(rig.slot << 28 | object));
    edit(sql);
}

/* Every object but the first is as it was, the keys work, and the log is whole. */
static void assert_others_unharmed(size_t num_damaged, size_t num_listed)
{
    CK_OBJECT_HANDLE found[NUM_OBJECTS + 1];
    size_t num = 0;
    size_t damaged = 0;

    for (unsigned i = 1; i < NUM_OBJECTS; i++) {
        unsigned name = 0;
        unsigned counter = 0;
        size_t len = 0;
        OK(rig_get(&rig, handles[i], &name, &counter, &len));
        assert_int_equal(name, i);
        assert_int_equal(len, 300);
    }
    OK(rig_list(&rig, CKO_DATA, found, NUM_OBJECTS + 1, &num, &damaged));
    assert_int_equal(num, num_listed);
    assert_int_equal(damaged, num_damaged);
    OK(rig_sign_and_verify(&rig, pub, priv));
    OK(rig_set_counter(&rig, handles[1], 1));
    OK(rig_verify_audit(&rig));
}

static void assert_first_gives(enum pqhw_status expected)
{
    unsigned name;
    unsigned counter;
    size_t len;

    assert_int_equal(rig_get(&rig, handles[0], &name, &counter, &len), expected);
}

static void set_first_blob(const char *expression)
{
    char sql[256];

    snprintf(sql, sizeof(sql), "UPDATE objects SET blob=%s WHERE id=%lld", expression,
             (long long)(rig.slot << 28 | handles[0]));
    edit(sql);
}

/* The first object's row, edited. */
static void edited_rows_are_refused(void **state)
{
    static const char *const edits[] = {
        /* cut off, at the start, in the middle, by one byte, whole */
        "substr(blob,1,10)",
        "substr(blob,1,length(blob)/2)",
        "substr(blob,1,length(blob)-1)",
        "substr(blob,2)",
        "x''",
        /* lengthened */
        "CAST(blob||x'00' AS BLOB)",
        /* of another type */
        "'text'",
        /* a byte of the version, the attributes and the MAC */
        "CAST(substr(blob,1,8)||x'99'||substr(blob,10) AS BLOB)",
        "CAST(substr(blob,1,60)||x'ee'||substr(blob,62) AS BLOB)",
        "CAST(substr(blob,1,length(blob)-1)||x'5a' AS BLOB)",
        /* zeroed */
        "zeroblob(length(blob))",
    };

    (void)state;
    edit("CREATE TABLE saved AS SELECT id,blob FROM objects");
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        set_first_blob(edits[i]);
        OK(rig_open(&rig));
        assert_first_gives(PQHW_RECORD_DAMAGED);
        assert_non_null(strstr(hsm_error_detail(), "changed or replaced outside pqhw"));
        assert_others_unharmed(1, NUM_OBJECTS - 1);
        rig_close(&rig);
        set_first_blob("(SELECT blob FROM saved WHERE saved.id=objects.id)");
        OK(rig_open(&rig));
        assert_first_gives(PQHW_OK);
        rig_close(&rig);
    }
}

/* Flip a bit of a byte of an object's record. */
static void flip(sqlite3 *db, sqlite3_int64 row, int at)
{
    sqlite3_blob *blob = NULL;
    uint8_t byte = 0;

    assert_int_equal(sqlite3_blob_open(db, "main", "objects", "blob", row, 1, &blob), SQLITE_OK);
    assert_int_equal(sqlite3_blob_read(blob, &byte, 1, at), SQLITE_OK);
    byte ^= (uint8_t)(1 << at % 8);
    assert_int_equal(sqlite3_blob_write(blob, &byte, 1, at), SQLITE_OK);
    assert_int_equal(sqlite3_blob_close(blob), SQLITE_OK);
}

static void flipped_bits_are_noticed(void **state)
{
    sqlite3 *db = NULL;
    sqlite3_blob *blob = NULL;
    char path[128];
    sqlite3_int64 row = (sqlite3_int64)(rig.slot << 28 | handles[0]);

    (void)state;
    snprintf(path, sizeof(path), "%s/%s", rig.home, STORE_SQLITE_FILE);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_blob_open(db, "main", "objects", "blob", row, 0, &blob), SQLITE_OK);
    int len = sqlite3_blob_bytes(blob);
    sqlite3_blob_close(blob);
    for (int at = 0; at < len; at += 37) {
        flip(db, row, at);
        OK(rig_open(&rig));
        unsigned name;
        unsigned counter;
        size_t got;
        enum pqhw_status status = rig_get(&rig, handles[0], &name, &counter, &got);
        assert_true(status == PQHW_RECORD_DAMAGED || status == PQHW_VERSION_UNKNOWN);
        rig_close(&rig);
        flip(db, row, at);
    }
    sqlite3_close(db);
    OK(rig_open(&rig));
    assert_first_gives(PQHW_OK);
    assert_others_unharmed(0, NUM_OBJECTS);
}

static void swapped_rows_are_refused(void **state)
{
    unsigned name;
    unsigned counter;
    size_t len;

    (void)state;
    edit("CREATE TABLE saved AS SELECT id,blob FROM objects");
    edit("UPDATE objects SET blob=(SELECT blob FROM saved WHERE saved.id=3-objects.id) "
         "WHERE id IN (1,2)");
    assert_true(rig.slot == 0 && handles[0] == 1 && handles[1] == 2);
    OK(rig_open(&rig));
    for (size_t i = 0; i < NUM_OBJECTS; i++)
        assert_int_equal(rig_get(&rig, handles[i], &name, &counter, &len),
                         i < 2 ? PQHW_RECORD_DAMAGED : PQHW_OK);
    OK(rig_sign_and_verify(&rig, pub, priv));
}

/* A copy of the second object in the first one's place. */
static void a_row_in_the_place_of_another_is_refused(void **state)
{
    (void)state;
    edit_object("UPDATE objects SET blob=(SELECT blob FROM objects b WHERE b.id=objects.id+1) "
                "WHERE id=%lld",
                handles[0]);
    OK(rig_open(&rig));
    assert_first_gives(PQHW_RECORD_DAMAGED);
    assert_others_unharmed(1, NUM_OBJECTS - 1);
}

static void a_removed_row_is_noticed(void **state)
{
    (void)state;
    edit_object("DELETE FROM objects WHERE id=%lld", handles[0]);
    OK(rig_open(&rig));
    assert_first_gives(PQHW_RECORD_DAMAGED);
    assert_others_unharmed(0, NUM_OBJECTS - 1);
}

static void a_row_put_back_is_refused(void **state)
{
    (void)state;
    edit("CREATE TABLE saved AS SELECT * FROM objects");
    OK(rig_open(&rig));
    OK(rig_set_counter(&rig, handles[0], 7));
    rig_close(&rig);
    edit_object("INSERT OR REPLACE INTO objects SELECT * FROM saved WHERE id=%lld", handles[0]);
    OK(rig_open(&rig));
    assert_first_gives(PQHW_RECORD_DAMAGED);
    assert_others_unharmed(1, NUM_OBJECTS - 1);
}

/* With the counters that say which version is the present one. */
static void a_row_put_back_with_its_counters_is_refused(void **state)
{
    (void)state;
    edit("CREATE TABLE saved AS SELECT * FROM objects;"
         "CREATE TABLE saved_nodes AS SELECT * FROM nodes");
    OK(rig_open(&rig));
    OK(rig_set_counter(&rig, handles[0], 7));
    rig_close(&rig);
    edit_object("INSERT OR REPLACE INTO objects SELECT * FROM saved WHERE id=%lld", handles[0]);
    edit("INSERT OR REPLACE INTO nodes SELECT * FROM saved_nodes");
    OK(rig_open(&rig));
    assert_first_gives(PQHW_RECORD_DAMAGED);
}

/* The whole of it fits together again, but the log is ahead of it. */
static void a_token_put_back_shows_in_its_log(void **state)
{
    (void)state;
    struct hsm_audit_report report;

    edit("CREATE TABLE saved AS SELECT * FROM objects;"
         "CREATE TABLE saved_nodes AS SELECT * FROM nodes;"
         "CREATE TABLE saved_partitions AS SELECT * FROM partitions");
    OK(rig_open(&rig));
    for (unsigned counter = 7; counter < 10; counter++)
        OK(rig_set_counter(&rig, handles[0], counter));
    OK(rig_verify_audit(&rig));
    rig_close(&rig);
    edit("INSERT OR REPLACE INTO objects SELECT * FROM saved;"
         "INSERT OR REPLACE INTO nodes SELECT * FROM saved_nodes;"
         "INSERT OR REPLACE INTO partitions SELECT * FROM saved_partitions");
    OK(rig_open(&rig));
    OK(hsm_audit_verify(rig.device, rig.slot, &report));
    assert_non_null(report.problem);
}

static void a_destroyed_object_does_not_come_back(void **state)
{
    (void)state;
    edit("CREATE TABLE saved AS SELECT * FROM objects");
    OK(rig_open(&rig));
    OK(hsm_object_destroy(rig.app, rig.session, handles[0]));
    rig_close(&rig);
    edit_object("INSERT OR REPLACE INTO objects SELECT * FROM saved WHERE id=%lld", handles[0]);
    OK(rig_open(&rig));
    assert_first_gives(PQHW_OBJECT_HANDLE_INVALID);
    assert_others_unharmed(1, NUM_OBJECTS - 1);
}

/* A row of one token under another's number, with everything else copied over as well. */
static void a_row_of_another_token_is_refused(void **state)
{
    struct rig other;
    char label[HSM_LABEL_LEN];
    CK_SLOT_ID slots[2];
    size_t num = 2;

    (void)state;
    OK(rig_open(&rig));
    OK(hsm_slot_list(rig.app, slots, &num));
    memset(label, ' ', sizeof(label));
    OK(hsm_token_init(rig.app, slots[1], SPAN_STR(RIG_SO_PIN), label));
    OK(hsm_session_open(rig.app, slots[1], true, &rig.session));
    OK(hsm_login(rig.app, rig.session, CKU_SO, SPAN_STR(RIG_SO_PIN)));
    OK(hsm_pin_init(rig.app, rig.session, SPAN_STR(RIG_PIN)));
    OK(hsm_logout(rig.app, rig.session));
    OK(hsm_login(rig.app, rig.session, CKU_USER, SPAN_STR(RIG_PIN)));
    OK(rig_put(&rig, 77, 0, 300, &(CK_OBJECT_HANDLE){0}));
    rig_close(&rig);
    other = rig;
    other.slot = slots[1];
    edit("UPDATE objects SET blob=(SELECT blob FROM objects b WHERE b.id=objects.id-(1<<28)) "
         "WHERE id=(1<<28)+1");
    OK(rig_open(&other));
    unsigned name;
    unsigned counter;
    size_t len;
    assert_int_equal(rig_get(&other, 1, &name, &counter, &len), PQHW_RECORD_DAMAGED);
    rig_close(&other);
    OK(rig_open(&rig));
    assert_first_gives(PQHW_OK);
    assert_others_unharmed(0, NUM_OBJECTS);
}

/* The index is a copy for searching: a lie in it hides an object from a search, but never shows it
 * as what it is not. */
static void a_lie_in_the_index_is_not_believed(void **state)
{
    CK_OBJECT_HANDLE found[NUM_OBJECTS];
    size_t num = 0;
    struct buf template = BUF_INIT(64);

    (void)state;
    edit_object("UPDATE objects SET label=x'6c6965' WHERE id=%lld", handles[0]);
    OK(rig_open(&rig));
    attrs_put(&template, CKA_LABEL, SPAN_STR("lie"));
    OK(hsm_find_init(rig.app, rig.session, buf_span(&template)));
    OK(hsm_find(rig.app, rig.session, found, NUM_OBJECTS, &num));
    assert_int_equal(num, 0);
    OK(hsm_find_final(rig.app, rig.session));
    buf_free(&template);
    assert_first_gives(PQHW_OK);
    assert_others_unharmed(0, NUM_OBJECTS);
}

static void ignore_line(void *arg, struct span line)
{
    (void)arg;
    (void)line;
}

static void a_token_whose_record_was_edited_is_refused(void **state)
{
    static const char *const edits[] = {
        "UPDATE partitions SET blob=substr(blob,1,40)",
        "UPDATE partitions SET blob=CAST(substr(blob,1,100)||x'a5'||substr(blob,102) AS BLOB)",
        "UPDATE partitions SET blob=x''",
        "UPDATE partitions SET blob='text'",
    };
    struct hsm_slot_info info;

    (void)state;
    edit("CREATE TABLE saved AS SELECT * FROM partitions");
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        edit(edits[i]);
        assert_int_equal(rig_open(&rig), PQHW_RECORD_DAMAGED);
        assert_int_equal(hsm_slot_info(rig.app, rig.slot, &info), PQHW_RECORD_DAMAGED);
        OK(hsm_audit_read(rig.device, rig.slot, ignore_line, NULL)); /* which may tell why */
        rig_close(&rig);
        edit("INSERT OR REPLACE INTO partitions SELECT * FROM saved");
    }
    OK(rig_open(&rig));
    assert_first_gives(PQHW_OK);
    assert_others_unharmed(0, NUM_OBJECTS);
}

static void a_device_row_that_was_edited_is_refused(void **state)
{
    (void)state;
    edit("UPDATE device SET blob=CAST(substr(blob,1,4)||x'77'||substr(blob,6) AS BLOB)");
    assert_int_equal(rig_open(&rig), PQHW_RECORD_DAMAGED);
    rig_close(&rig);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(edited_rows_are_refused),
        TEST(flipped_bits_are_noticed),
        TEST(swapped_rows_are_refused),
        TEST(a_row_in_the_place_of_another_is_refused),
        TEST(a_removed_row_is_noticed),
        TEST(a_row_put_back_is_refused),
        TEST(a_row_put_back_with_its_counters_is_refused),
        TEST(a_token_put_back_shows_in_its_log),
        TEST(a_destroyed_object_does_not_come_back),
        TEST(a_row_of_another_token_is_refused),
        TEST(a_lie_in_the_index_is_not_believed),
        TEST(a_token_whose_record_was_edited_is_refused),
        TEST(a_device_row_that_was_edited_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
