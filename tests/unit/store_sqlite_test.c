/* SPDX-License-Identifier: Apache-2.0
 *
 * What is particular to the SQLite store: files and their modes, versions, damage, other processes,
 * forks, and that every search goes by index.
 */
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/sqlite/objects.h"
#include "store/sqlite/sqlite.h"
#include "store/sqlite/watch.h"

#define OK(expr)     assert_int_equal(expr, PQHW_OK)
#define NOBODY       65534
#define NUM_CHILDREN 6

static const struct store_ops *const ops = &store_sqlite;
static char dir[64];
static char file[128];

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/pqhw-sqlite-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(file, sizeof(file), "%s/%s", dir, STORE_SQLITE_FILE);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char path[160];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s%s", file, suffixes[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static struct store *open_store(bool create)
{
    struct store *store = NULL;

    OK(ops->open(&store, dir, create));
    assert_non_null(store);
    return store;
}

static void assert_open_gives(bool create, enum pqhw_status expected)
{
    struct store *store = NULL;

    assert_int_equal(ops->open(&store, dir, create), expected);
    assert_null(store);
}

/* Somebody else edits the database. */
static void edit(const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void write_file(const char *text)
{
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void put_device(struct store *store, const char *text)
{
    struct store_tx *tx = NULL;

    OK(ops->begin(store, &tx, true));
    OK(ops->device_put(tx, span(text, strlen(text))));
    OK(ops->commit(tx));
}

static void assert_device(struct store *store, const char *text)
{
    struct store_tx *tx = NULL;
    struct buf blob = BUF_INIT(100);

    OK(ops->begin(store, &tx, false));
    OK(ops->device_get(tx, &blob));
    assert_int_equal(blob.len, strlen(text));
    assert_memory_equal(blob.ptr, text, blob.len);
    OK(ops->commit(tx));
    buf_free(&blob);
}

/* ---- files ---- */

static void an_absent_store_is_said_to_be_absent(void **state)
{
    struct store *store = NULL;

    (void)state;
    assert_open_gives(false, PQHW_DEVICE_ABSENT);
    assert_int_equal(access(file, F_OK), -1);
    assert_int_equal(ops->open(&store, "/nowhere/at/all", true), PQHW_DEVICE_ABSENT);
    write_file("");
    assert_open_gives(false, PQHW_DEVICE_ABSENT);
    ops->close(open_store(true));
    ops->close(open_store(false));
}

static void what_is_committed_stays(void **state)
{
    (void)state;
    struct store *store = open_store(true);
    put_device(store, "stays");
    ops->close(store);
    store = open_store(true);
    assert_device(store, "stays");
    ops->close(store);
    store = open_store(false);
    assert_device(store, "stays");
    ops->close(store);
}

static void files_are_private_under_any_umask(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct stat info;
    char path[160];

    (void)state;
    mode_t before = umask(0);
    struct store *store = open_store(true);
    put_device(store, "x");
    umask(before);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s%s", file, suffixes[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 07777, 0600);
    }
    ops->close(store);
}

static void links_are_followed_to_the_directory_alone(void **state)
{
    char real[160];
    char link[160];
    struct store *store = NULL;

    (void)state;
    snprintf(real, sizeof(real), "%s/real", dir);
    snprintf(link, sizeof(link), "%s/link", dir);
    assert_int_equal(mkdir(real, 0700), 0);
    assert_int_equal(symlink(real, link), 0);
    OK(ops->open(&store, link, true));
    ops->close(store);
    snprintf(real, sizeof(real), "%s/real/%s", dir, STORE_SQLITE_FILE);
    assert_int_equal(symlink(real, file), 0);
    assert_open_gives(true, PQHW_ACCESS_DENIED);
    unlink(real);
    unlink(link);
    snprintf(real, sizeof(real), "%s/real", dir);
    assert_int_equal(rmdir(real), 0);
}

/* Exit code 0 if opening as nobody gives ACCESS_DENIED. */
static int open_as_nobody(bool create)
{
    pid_t child = fork();
    int result = -1;

    if (child == 0) {
        struct store *store = NULL;
        if (setuid(NOBODY) != 0)
            _exit(2);
        _exit(ops->open(&store, dir, create) == PQHW_ACCESS_DENIED ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    return result;
}

static void missing_rights_are_told(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(open_as_nobody(true), 0); /* cannot search the directory */
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(open_as_nobody(true), 0); /* cannot create the file */
    ops->close(open_store(true));
    assert_int_equal(open_as_nobody(false), 0); /* cannot read the file */
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(open_as_nobody(false), 0); /* cannot write it */
}

static void what_is_no_store_is_refused(void **state)
{
    (void)state;
    write_file("This is not a database, but it is long enough to look like a file that could be "
               "one, were it not for the first bytes. This is not a database at all.");
    assert_open_gives(false, PQHW_RECORD_DAMAGED);
    assert_open_gives(true, PQHW_RECORD_DAMAGED);
    unlink(file);
    edit("CREATE TABLE shopping(item TEXT)");
    assert_open_gives(false, PQHW_RECORD_DAMAGED);
    assert_open_gives(true, PQHW_RECORD_DAMAGED);
}

static void a_newer_version_is_refused(void **state)
{
    (void)state;
    ops->close(open_store(true));
    edit("PRAGMA user_version=2");
    assert_open_gives(false, PQHW_VERSION_UNKNOWN);
    assert_open_gives(true, PQHW_VERSION_UNKNOWN);
    edit("PRAGMA user_version=1");
    ops->close(open_store(false));
}

/* ---- damage ---- */

static void put_objects(struct store *store, uint32_t num)
{
    struct store_tx *tx = NULL;

    OK(ops->begin(store, &tx, true));
    for (uint32_t number = 1; number <= num; number++) {
        struct store_record record = {.partition = 1,
                                      .number = number,
                                      .index = {.label = SPAN_STR("label")},
                                      .blob = SPAN_STR("blob")};
        OK(ops->object_put(tx, &record));
    }
    OK(ops->commit(tx));
}

static void a_damaged_row_harms_no_other(void **state)
{
    static const char *const edits[] = {
        "UPDATE objects SET class='three' WHERE id=(1<<28)+1",
        "UPDATE objects SET key_type=3.5 WHERE id=(1<<28)+2",
        "UPDATE objects SET ckid='text' WHERE id=(1<<28)+3",
        "UPDATE objects SET label=zeroblob(1025) WHERE id=(1<<28)+4",
        "UPDATE objects SET unique_id=7 WHERE id=(1<<28)+5",
        "UPDATE objects SET blob='text' WHERE id=(1<<28)+6",
        "UPDATE objects SET blob=zeroblob(2*1024*1024+1) WHERE id=(1<<28)+7",
        "UPDATE objects SET blob=zeroblob(64*1024*1024) WHERE id=(1<<28)+8",
    };
    const uint32_t num = sizeof(edits) / sizeof(edits[0]);
    struct store_tx *tx = NULL;
    struct store_record record;

    (void)state;
    struct store *store = open_store(true);
    put_objects(store, num + 2);
    for (size_t i = 0; i < num; i++)
        edit(edits[i]);
    OK(ops->begin(store, &tx, true));
    for (uint32_t number = 1; number <= num + 2; number++) {
        record = (struct store_record){0};
        assert_int_equal(ops->object_get(tx, 1, number, &record),
                         number <= num ? PQHW_RECORD_DAMAGED : PQHW_OK);
        assert_true((record.owner.ptr == NULL) == (number <= num));
        buf_free(&record.owner);
    }
    OK(ops->object_delete(tx, 1, num + 2));
    OK(ops->object_delete(tx, 1, 8)); /* a damaged one can be got rid of */
    OK(ops->commit(tx));
    ops->close(store);
}

static void rows_out_of_range_are_not_seen(void **state)
{
    struct store_tx *tx = NULL;
    struct store_query all = {0};
    uint32_t found[4];
    size_t num = 0;

    (void)state;
    struct store *store = open_store(true);
    put_objects(store, 1);
    edit("INSERT INTO partitions VALUES(-1,x'00'),(4294967296,x'00'),(5,x'00');"
         "INSERT INTO objects VALUES(-1,0,0,x'',x'',x'',x''),(1<<28,0,0,x'',x'',x'',x'')");
    OK(ops->begin(store, &tx, false));
    OK(ops->partition_list(tx, found, 4, &num));
    assert_int_equal(num, 1);
    assert_int_equal(found[0], 5);
    OK(ops->object_find(tx, 1, &all, found, 4, &num));
    assert_int_equal(num, 1);
    assert_int_equal(found[0], 1);
    OK(ops->commit(tx));
    ops->close(store);
}

static void missing_tables_are_damage(void **state)
{
    struct store_tx *tx = NULL;
    struct buf blob = BUF_INIT(100);

    (void)state;
    ops->close(open_store(true));
    edit("DROP TABLE device");
    struct store *store = open_store(false);
    OK(ops->begin(store, &tx, true));
    assert_int_equal(ops->device_get(tx, &blob), PQHW_RECORD_DAMAGED);
    assert_int_equal(ops->device_put(tx, SPAN_STR("x")), PQHW_RECORD_DAMAGED);
    assert_int_equal(ops->partition_put(tx, 1, SPAN_STR("x")), PQHW_RECORD_DAMAGED);
    assert_int_equal(ops->commit(tx), PQHW_RECORD_DAMAGED); /* after a failed change */
    OK(ops->begin(store, &tx, true));
    assert_int_equal(ops->partition_get(tx, 1, &blob), PQHW_NOT_FOUND);
    ops->rollback(tx);
    ops->close(store);
}

/* A trigger in the database would run with our rights. */
static void triggers_do_not_run(void **state)
{
    struct store_tx *tx = NULL;

    (void)state;
    ops->close(open_store(true));
    edit("CREATE TRIGGER t AFTER INSERT ON partitions BEGIN DELETE FROM device; END");
    struct store *store = open_store(false);
    put_device(store, "stays");
    OK(ops->begin(store, &tx, true));
    OK(ops->partition_put(tx, 1, SPAN_STR("x")));
    OK(ops->commit(tx));
    assert_device(store, "stays");
    ops->close(store);
}

/* ---- searches ---- */

static int check_plan(void *arg, int num, char **columns, char **names)
{
    (void)names;
    assert_int_equal(num, 4);
    assert_null(strstr(columns[3], "SCAN"));
    assert_null(strstr(columns[3], "TEMP"));
    assert_non_null(strstr(columns[3], "rowid>? AND rowid<?"));
    assert_true(strstr(columns[3],
                       *(const unsigned *)arg == 0 ? "INTEGER PRIMARY KEY" : "=? AND ") != NULL);
    return 0;
}

static void every_search_goes_by_index(void **state)
{
    sqlite3 *db = NULL;
    char sql[FIND_SQL_MAX];
    char explain[FIND_SQL_MAX + 32];

    (void)state;
    ops->close(open_store(true));
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    for (unsigned by = 0; by < 32; by++) {
        find_sql(sql, by);
        snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql);
        assert_int_equal(sqlite3_exec(db, explain, check_plan, &by, NULL), SQLITE_OK);
    }
    sqlite3_close(db);
}

/* ---- processes ---- */

static void run_children(int (*run)(unsigned number))
{
    pid_t children[NUM_CHILDREN];

    for (unsigned i = 0; i < NUM_CHILDREN; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(run(i));
        assert_true(children[i] > 0);
    }
    for (unsigned i = 0; i < NUM_CHILDREN; i++) {
        int result = -1;
        assert_int_equal(waitpid(children[i], &result, 0), children[i]);
        assert_int_equal(result, 0);
    }
}

static int create_and_put(unsigned number)
{
    struct store *store = NULL;
    struct store_tx *tx = NULL;

    if (ops->open(&store, dir, true) != PQHW_OK)
        return 1;
    if (ops->begin(store, &tx, true) != PQHW_OK ||
        ops->partition_put(tx, number, SPAN_STR("p")) != PQHW_OK || ops->commit(tx) != PQHW_OK)
        return 2;
    ops->close(store);
    return 0;
}

static void processes_may_create_the_store_at_once(void **state)
{
    struct store_tx *tx = NULL;
    uint32_t found[NUM_CHILDREN];
    size_t num = 0;

    (void)state;
    for (unsigned round = 0; round < 5; round++) {
        run_children(create_and_put);
        struct store *store = open_store(false);
        OK(ops->begin(store, &tx, false));
        OK(ops->partition_list(tx, found, NUM_CHILDREN, &num));
        assert_int_equal(num, NUM_CHILDREN);
        OK(ops->commit(tx));
        ops->close(store);
        unlink(file);
    }
}

static bool count_up(struct store *store)
{
    struct buf blob = BUF_INIT(8);
    struct store_tx *tx = NULL;
    uint8_t bytes[8];

    if (ops->begin(store, &tx, true) != PQHW_OK)
        return false;
    bool good = ops->device_get(tx, &blob) == PQHW_OK && blob.len == 8;
    store_be64(bytes, good ? load_be64(blob.ptr) + 1 : 0);
    good = good && ops->device_put(tx, SPAN(bytes)) == PQHW_OK;
    buf_free(&blob);
    return ops->commit(tx) == PQHW_OK && good;
}

static uint64_t count(struct store *store)
{
    struct buf blob = BUF_INIT(8);
    struct store_tx *tx = NULL;

    OK(ops->begin(store, &tx, false));
    OK(ops->device_get(tx, &blob));
    assert_int_equal(blob.len, 8);
    uint64_t number = load_be64(blob.ptr);
    OK(ops->commit(tx));
    buf_free(&blob);
    return number;
}

static int count_up_often(unsigned number)
{
    struct store *store = NULL;

    (void)number;
    if (ops->open(&store, dir, false) != PQHW_OK)
        return 1;
    for (unsigned i = 0; i < 50; i++) {
        if (!count_up(store))
            return 2;
    }
    ops->close(store);
    return 0;
}

static void put_zero(struct store *store)
{
    struct store_tx *tx = NULL;

    OK(ops->begin(store, &tx, true));
    OK(ops->device_put(tx, span("\0\0\0\0\0\0\0\0", 8)));
    OK(ops->commit(tx));
}

static void no_update_is_lost_between_processes(void **state)
{
    (void)state;
    struct store *store = open_store(true);
    put_zero(store);
    ops->close(store);
    run_children(count_up_often);
    store = open_store(false);
    assert_true(count(store) == NUM_CHILDREN * 50);
    ops->close(store);
}

/* The children inherit an open store and open it again, while the parent uses its own. */
static void a_forked_child_may_open_the_store_again(void **state)
{
    (void)state;
    struct store *store = open_store(true);
    put_zero(store);
    run_children(count_up_often);
    for (unsigned i = 0; i < 50; i++)
        assert_true(count_up(store));
    assert_true(count(store) == (NUM_CHILDREN + 1) * 50);
    ops->close(store);
}

/* The parent, closing as it believes the last connection, must not remove the WAL under the child.
 */
static void a_parent_may_close_while_its_child_goes_on(void **state)
{
    int to_child[2];
    int to_parent[2];
    int result = -1;
    char byte = 0;

    (void)state;
    struct store *store = open_store(true);
    put_zero(store);
    assert_int_equal(pipe(to_child) | pipe(to_parent), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *own = NULL;
        close(to_child[1]); /* so that the parent's end is noticed */
        bool good = ops->open(&own, dir, false) == PQHW_OK && count_up(own) &&
                    write(to_parent[1], "o", 1) == 1 && read(to_child[0], &byte, 1) == 1 &&
                    count_up(own) && count_up(own) && write(to_parent[1], "c", 1) == 1 &&
                    read(to_child[0], &byte, 1) == 1;
        ops->close(store); /* allowed, and touches nothing */
        _exit(good && count_up(own) ? 0 : 1);
    }
    assert_int_equal(read(to_parent[0], &byte, 1), 1);
    ops->close(store);
    assert_int_equal(write(to_child[1], "x", 1), 1);
    assert_int_equal(read(to_parent[0], &byte, 1), 1);
    store = open_store(false);
    assert_true(count(store) == 3);
    assert_int_equal(write(to_child[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_true(count(store) == 4);
    ops->close(store);
    close(to_child[0]);
    close(to_child[1]);
    close(to_parent[0]);
    close(to_parent[1]);
}

/* A child forked while a transaction is open cannot tell what state SQLite is in. */
static void a_child_of_a_busy_store_is_refused(void **state)
{
    struct store_tx *tx = NULL;
    int result = -1;

    (void)state;
    struct store *store = open_store(true);
    OK(ops->begin(store, &tx, true));
    pid_t child = fork();
    if (child == 0) {
        struct store *own = NULL;
        _exit(ops->open(&own, dir, false) == PQHW_DEVICE_ERROR ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    OK(ops->device_put(tx, SPAN_STR("parent")));
    OK(ops->commit(tx));
    assert_device(store, "parent");
    ops->close(store);
}

static int commit_and_be_killed(unsigned number)
{
    struct store *store = NULL;

    (void)number;
    if (ops->open(&store, dir, false) == PQHW_OK && count_up(store))
        raise(SIGKILL);
    return 1;
}

static void the_generation_shows_what_others_commit(void **state)
{
    uint64_t before = 0;
    uint64_t after = 0;

    (void)state;
    struct store *store = open_store(true);
    put_zero(store);
    for (unsigned round = 0; round < 10; round++) {
        OK(ops->generation(store, &before));
        OK(ops->generation(store, &after));
        assert_true(before == after);
        pid_t child = fork();
        if (child == 0)
            _exit(commit_and_be_killed(0));
        assert_int_equal(waitpid(child, NULL, 0), child);
        OK(ops->generation(store, &after));
        assert_true(before != after);
        assert_true(count(store) == round + 1);
    }
    ops->close(store);
}

/* The way through SQLite itself, for where there is no shared memory to look at, agrees. */
static void both_ways_to_ask_agree(void **state)
{
    struct connection *connection = NULL;
    struct watch watch = {0};
    uint64_t fast = 0;
    uint64_t slow = 0;

    (void)state;
    struct store *store = open_store(true);
    put_zero(store);
    OK(connection_open(&connection, file));
    OK(connection_exec(connection, "SELECT count(*) FROM device", NULL, NULL));
    OK(watch_init(&watch, connection));
    const volatile uint64_t *header = watch.header;
    assert_non_null(header);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t old_fast = fast;
        uint64_t old_slow = slow;
        watch.header = header;
        OK(watch_generation(&watch, &fast));
        watch.header = NULL;
        OK(watch_generation(&watch, &slow));
        assert_true((i == 0 || i % 2 == 1) == (fast != old_fast));
        assert_true((i == 0 || i % 2 == 1) == (slow != old_slow));
        if (i % 2 == 0)
            assert_true(count_up(store));
    }
    watch_free(&watch);
    ops->close(store);
}

/* While a writer is between the two copies of the header, every answer is a new one. */
static void a_torn_header_never_looks_unchanged(void **state)
{
    uint64_t header[2 * 6] = {0};
    struct watch watch = {.header = header};
    uint64_t numbers[4];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        header[6 + 1] = i == 0 ? 0 : 1; /* in the second copy, which is written first */
        OK(watch_generation(&watch, &numbers[i]));
        for (size_t j = 0; j < i; j++)
            assert_true(numbers[i] != numbers[j]);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_absent_store_is_said_to_be_absent),
        TEST(what_is_committed_stays),
        TEST(files_are_private_under_any_umask),
        TEST(links_are_followed_to_the_directory_alone),
        TEST(missing_rights_are_told),
        TEST(what_is_no_store_is_refused),
        TEST(a_newer_version_is_refused),
        TEST(a_damaged_row_harms_no_other),
        TEST(rows_out_of_range_are_not_seen),
        TEST(missing_tables_are_damage),
        TEST(triggers_do_not_run),
        TEST(every_search_goes_by_index),
        TEST(processes_may_create_the_store_at_once),
        TEST(no_update_is_lost_between_processes),
        TEST(a_forked_child_may_open_the_store_again),
        TEST(a_parent_may_close_while_its_child_goes_on),
        TEST(a_child_of_a_busy_store_is_refused),
        TEST(the_generation_shows_what_others_commit),
        TEST(both_ways_to_ask_agree),
        TEST(a_torn_header_never_looks_unchanged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
