/* SPDX-License-Identifier: Apache-2.0
 *
 * The machine stops: of the audit log only what was synced is on the disk, of its journal anything
 * or nothing, of the database all that was committed. What was acknowledged is there, and so is its
 * record; nothing looks as if somebody had been at the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rig.h"

#define OK(expr)       assert_int_equal(expr, PQHW_OK)
#define NUM_OBJECTS    40 /* more than one outbox has room for */
#define MAX_TRIES      200
#define NUM_MAKERS     4
#define NUM_EACH       9
#define LOG            "/audit/slot-0.log"
#define CREATED        "\"op\":\"object.create\""
#define ANOTHER_ROUND  1000u
#define NO_SUCH_OBJECT ((CK_OBJECT_HANDLE)99999)

static struct rig rig;
static struct rig restarted;                                    /* on what the disk has */
static char log_path[sizeof(rig.home) + sizeof(LOG)];           /* of rig */
static char restarted_log_path[sizeof(rig.home) + sizeof(LOG)]; /* of restarted */

/* ---- what is on the disk of the log ---- */

static off_t *synced_size; /* shared with children */

/* The linker's names. NOLINTBEGIN */
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

int __wrap_fdatasync(int fd)
{
    struct stat st;
    struct stat named;

    bool is_log = fstat(fd, &st) == 0 && stat(log_path, &named) == 0 && st.st_ino == named.st_ino;
    int result = __real_fdatasync(fd);
    if (is_log && result == 0)
        *synced_size = st.st_size;
    return result;
}
/* NOLINTEND */

/* ---- the restart ---- */

enum left {
    NOTHING,
    ZEROS,
    BEFORE, /* as it was before the operation */
    AFTER,
    NUM_LEFT,
};

static uint8_t journal_before[256 * 1024];
static enum left left_of_journal;
static off_t cut; /* so much of what was synced is gone all the same */

static size_t read_file(const char *path, uint8_t *out, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    ssize_t got = read(fd, out, max);
    assert_true(got >= 0);
    close(fd);
    return (size_t)got;
}

static void write_file(const char *path, const uint8_t *data, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    close(fd);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);

    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static void keep_journal(void)
{
    char path[sizeof(log_path) + 16];

    snprintf(path, sizeof(path), "%s.journal", log_path);
    read_file(path, journal_before, sizeof(journal_before));
}

/* One file of the device, as the disk has it. */
static int copy_one(const char *from, const struct stat *info, int type, struct FTW *at)
{
    static uint8_t data[4 * 1024 * 1024];
    char to[256];

    (void)at;
    snprintf(to, sizeof(to), "%s%s", restarted.home, from + strlen(rig.home));
    if (type == FTW_D)
        return mkdir(to, 0700) == 0 || errno == EEXIST ? 0 : -1;
    if (ends_with(from, "-shm") || strstr(from, "/run/") != NULL)
        return 0;
    size_t len = read_file(from, data, sizeof(data));
    assert_int_equal(len, info->st_size);
    if (ends_with(from, LOG)) {
        assert_in_range(*synced_size - cut, 0, info->st_size);
        len = (size_t)(*synced_size - cut);
    }
    if (ends_with(from, ".journal") && left_of_journal == NOTHING)
        return 0;
    if (ends_with(from, ".journal") && left_of_journal == ZEROS)
        memset(data, 0, len);
    if (ends_with(from, LOG ".journal") && left_of_journal == BEFORE)
        memcpy(data, journal_before, len);
    write_file(to, data, len);
    return 0;
}

static void restart(enum left journal)
{
    left_of_journal = journal;
    OK(rig_init(&restarted, "/tmp", NULL));
    restarted.slot = rig.slot;
    snprintf(restarted_log_path, sizeof(restarted_log_path), "%s" LOG, restarted.home);
    assert_int_equal(nftw(rig.home, copy_one, 8, FTW_PHYS), 0);
}

static void end_restarted(void)
{
    rig_close(&restarted);
    rig_remove(&restarted);
}

/* The device alone, as `pqhw audit` opens it. */
static void open_to_read(struct rig *at)
{
    at->config.home = at->home;
    OK(hsm_device_open(&at->device, &at->config));
}

/* ---- records ---- */

struct search {
    const char *text;
    unsigned num;
};

static void search_line(void *arg, struct span line)
{
    struct search *search = arg;

    search->num += memmem(line.ptr, line.len, search->text, strlen(search->text)) != NULL;
}

static unsigned count_records(const struct rig *at, const char *text)
{
    struct search search = {.text = text};

    OK(hsm_audit_read(at->device, at->slot, search_line, &search));
    return search.num;
}

/* The same in the file itself. */
static unsigned count_lines(const char *path, const char *text)
{
    static char data[1024 * 1024];
    unsigned num = 0;

    size_t len = read_file(path, (uint8_t *)data, sizeof(data) - 1);
    data[len] = '\0';
    for (const char *at = data; (at = strstr(at, text)) != NULL; at++)
        num++;
    return num;
}

static void assert_problem(const struct rig *at)
{
    struct hsm_audit_report report;

    OK(hsm_audit_verify(at->device, at->slot, &report));
    assert_non_null(report.problem);
}

/* ---- tests ---- */

static int set_up(void **state)
{
    (void)state;
    cut = 0;
    synced_size =
        mmap(NULL, sizeof(*synced_size), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (synced_size == MAP_FAILED || rig_init(&rig, "/tmp", NULL) != PQHW_OK)
        return -1;
    snprintf(log_path, sizeof(log_path), "%s" LOG, rig.home);
    return rig_create(&rig) == PQHW_OK && rig.slot == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    rig_close(&rig);
    rig_remove(&rig);
    munmap(synced_size, sizeof(*synced_size));
    return 0;
}

/* It goes on where it was, in what order so ever the log is looked at. */
static void assert_survived(unsigned num, CK_OBJECT_HANDLE last, bool read_first)
{
    unsigned name = 0;
    unsigned counter = 0;
    size_t len = 0;

    if (read_first) {
        open_to_read(&restarted);
        assert_int_equal(count_records(&restarted, CREATED), num);
        OK(rig_verify_audit(&restarted));
        rig_close(&restarted);
    }
    OK(rig_open(&restarted));
    OK(rig_get(&restarted, last, &name, &counter, &len));
    assert_int_equal(name, num - 1);
    OK(rig_put(&restarted, ANOTHER_ROUND, 0, 300, &last));
    assert_int_equal(count_records(&restarted, CREATED), num + 1);
    OK(rig_verify_audit(&restarted));
}

/* By two applications in turns, at each of many changes. */
static void what_was_acknowledged_is_there_with_its_record(void **state)
{
    struct rig other = rig;
    CK_OBJECT_HANDLE handle = 0;
    unsigned num_lacking = 0;

    (void)state;
    OK(rig_open(&rig));
    OK(rig_open(&other));
    for (unsigned i = 0; i < NUM_OBJECTS; i++) {
        keep_journal();
        if (i % 5 == 4) /* the log's lines go to the file, but not to the disk */
            assert_int_equal(count_records(&rig, CREATED), i);
        OK(rig_put(i % 3 == 0 ? &other : &rig, i, 0, 300, &handle));
        restart(i % NUM_LEFT);
        num_lacking += count_lines(restarted_log_path, CREATED) < i + 1;
        assert_survived(i + 1, handle, i / NUM_LEFT % 2 == 0);
        end_restarted();
    }
    rig_close(&other);
    assert_true(num_lacking > NUM_OBJECTS / 2); /* so it was the token's record that had it */
    assert_true(num_lacking < NUM_OBJECTS);     /* and the log, when that was full */
}

struct maker {
    pthread_t thread;
    unsigned first;
    CK_SESSION_HANDLE session;
    enum pqhw_status status;
    CK_OBJECT_HANDLE last;
};

static void *make_some(void *arg)
{
    struct maker *maker = arg;
    struct rig own = rig;

    own.session = maker->session;
    for (unsigned i = 0; i < NUM_EACH && maker->status == PQHW_OK; i++)
        maker->status = rig_put(&own, maker->first + i, 0, 300, &maker->last);
    return NULL;
}

static void what_threads_committed_together_is_there(void **state)
{
    struct maker makers[NUM_MAKERS] = {0};

    (void)state;
    OK(rig_open(&rig));
    keep_journal();
    for (unsigned i = 0; i < NUM_MAKERS; i++) {
        makers[i].first = i * NUM_EACH;
        OK(hsm_session_open(rig.app, rig.slot, true, &makers[i].session));
    }
    for (unsigned i = 0; i < NUM_MAKERS; i++)
        assert_int_equal(pthread_create(&makers[i].thread, NULL, make_some, &makers[i]), 0);
    for (unsigned i = 0; i < NUM_MAKERS; i++) {
        pthread_join(makers[i].thread, NULL);
        OK(makers[i].status);
    }
    for (unsigned i = 0; i < NUM_MAKERS; i++) {
        restart(i % NUM_LEFT);
        open_to_read(&restarted);
        assert_int_equal(count_records(&restarted, CREATED), NUM_MAKERS * NUM_EACH);
        rig_close(&restarted);
        OK(rig_open(&restarted));
        unsigned name = 0;
        unsigned counter = 0;
        size_t len = 0;
        OK(rig_get(&restarted, makers[i].last, &name, &counter, &len));
        assert_int_equal(name, makers[i].first + NUM_EACH - 1);
        OK(rig_verify_audit(&restarted));
        end_restarted();
    }
}

/* The log was written to meanwhile, but not synced, and the disk has the journal as it went on:
 * what the log lacks is before what the journal has. */
static void a_journal_that_is_later_than_the_log_leaves_no_gap(void **state)
{
    CK_OBJECT_HANDLE handle = 0;
    unsigned num = 0;
    off_t before;

    (void)state;
    OK(rig_open(&rig));
    do { /* a record that comes a fifth of a second after the last sync is itself synced */
        before = *synced_size;
        OK(rig_put(&rig, num++, 0, 300, &handle));
        assert_int_equal(count_records(&rig, CREATED), num);
        assert_int_equal(hsm_object_destroy(rig.app, rig.session, NO_SUCH_OBJECT),
                         PQHW_OBJECT_HANDLE_INVALID);
    } while (before != *synced_size && num < MAX_TRIES);
    assert_int_equal(before, *synced_size);
    restart(AFTER);
    assert_int_equal(count_lines(restarted_log_path, "object.destroy"), num - 1);
    open_to_read(&restarted);
    assert_int_equal(count_records(&restarted, "object.destroy"), num);
    rig_close(&restarted);
    assert_survived(num, handle, true);
    end_restarted();
}

/* A log that lost what had been on the disk. */
static void a_log_that_was_cut_shows(void **state)
{
    static uint8_t data[65536];
    CK_OBJECT_HANDLE handle = 0;

    (void)state;
    OK(rig_open(&rig));
    OK(rig_put(&rig, 0, 0, 300, &handle));
    size_t len = read_file(log_path, data, (size_t)*synced_size);
    const uint8_t *newline = memrchr(data, '\n', len - 1);
    assert_non_null(newline);
    cut = (off_t)(len - (size_t)(newline + 1 - data));
    restart(NOTHING);
    open_to_read(&restarted);
    assert_problem(&restarted);
    rig_close(&restarted);
    OK(rig_open(&restarted));
    OK(rig_put(&restarted, 1, 0, 300, &handle));
    assert_problem(&restarted);
    end_restarted();
}

/* A process creates an object and is killed. */
static void create_and_die(void)
{
    CK_OBJECT_HANDLE handle;
    int result;
    pid_t child = fork();

    if (child == 0) {
        if (rig_open(&rig) != PQHW_OK || rig_put(&rig, 0, 0, 300, &handle) != PQHW_OK)
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result));
}

static void assert_created_stands_in_the_log(void)
{
    for (unsigned journal = 0; journal < NUM_LEFT; journal++) {
        keep_journal();
        restart(journal);
        open_to_read(&restarted);
        assert_int_equal(count_records(&restarted, CREATED), 1);
        OK(rig_verify_audit(&restarted));
        end_restarted();
    }
}

static void a_process_that_is_killed_leaves_its_record(void **state)
{
    (void)state;
    create_and_die();
    assert_created_stands_in_the_log();
}

static void a_token_that_is_initialised_again_keeps_its_log(void **state)
{
    char label[HSM_LABEL_LEN];

    (void)state;
    memset(label, ' ', sizeof(label));
    create_and_die();
    open_to_read(&rig);
    OK(hsm_app_new(&rig.app, rig.device, "rig"));
    OK(hsm_token_init(rig.app, rig.slot, SPAN_STR(RIG_SO_PIN), label));
    assert_created_stands_in_the_log();
}

static void a_token_that_is_deleted_leaves_its_log(void **state)
{
    (void)state;
    create_and_die();
    open_to_read(&rig);
    OK(hsm_app_new(&rig.app, rig.device, "rig"));
    OK(hsm_token_delete(rig.app, rig.slot, SPAN_STR(RIG_SO_PIN)));
    assert_created_stands_in_the_log();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_acknowledged_is_there_with_its_record),
        TEST(what_threads_committed_together_is_there),
        TEST(a_journal_that_is_later_than_the_log_leaves_no_gap),
        TEST(a_log_that_was_cut_shows),
        TEST(a_process_that_is_killed_leaves_its_record),
        TEST(a_token_that_is_initialised_again_keeps_its_log),
        TEST(a_token_that_is_deleted_leaves_its_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
