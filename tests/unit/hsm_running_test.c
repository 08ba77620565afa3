/* SPDX-License-Identifier: Apache-2.0
 *
 * What processes tell each other about their resident keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

#define MAX_LISTED 8
#define SIG_LEN    2420

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_new(&f, &store_sqlite);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_free(&f);
    return 0;
}

/* ---- looking ---- */

struct listed {
    struct hsm_process process[MAX_LISTED];
    size_t num;
};

static void add_process(void *arg, const struct hsm_process *process)
{
    struct listed *listed = arg;

    assert_true(listed->num < MAX_LISTED);
    listed->process[listed->num++] = *process;
}

static struct listed list(void)
{
    struct listed listed = {.num = 0};

    hsm_process_list(f.device, add_process, &listed);
    return listed;
}

/* Those of other devices or processes. */
static struct listed list_others(void)
{
    struct listed all = list();
    struct listed others = {.num = 0};

    for (size_t i = 0; i < all.num; i++) {
        if (!all.process[i].self)
            add_process(&others, &all.process[i]);
    }
    assert_int_equal(all.num, others.num + 1);
    return others;
}

static size_t num_files(void)
{
    char path[HSM_PATH_MAX];
    size_t num = 0;

    home_file(path, &f, "run");
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        num += entry->d_name[0] != '.';
    closedir(dir);
    return num;
}

static void assert_private(const char *path, mode_t mode)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
}

static void sign_once(struct fixture *own, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    static uint8_t sig[SIG_LEN];
    const struct mechanism mechanism = {.type = CKM_ML_DSA};
    size_t len = sizeof(sig);

    assert_ok(hsm_sign_init(own->app, session, &mechanism, key));
    assert_ok(hsm_sign(own->app, session, SPAN_STR("message"), sig, &len));
}

/* ---- one process ---- */

static void own_numbers_are_listed(void **state)
{
    (void)state;
    struct hsm_device_info info;
    char path[HSM_PATH_MAX];

    home_file(path, &f, "run");
    assert_private(path, 0700);
    login_user(&f);
    struct pair pair = generate_mldsa(&f, true);
    for (size_t i = 0; i < 3; i++)
        sign_once(&f, f.rw, pair.priv);
    CK_SESSION_HANDLE other = session_new(f.app, false);
    assert_ok(hsm_session_close(f.app, other)); /* which is when the last uses are told */
    assert_ok(hsm_device_info(f.device, &info));
    assert_int_equal(info.resident.keys, 1);
    assert_int_equal(info.resident.misses, 1);
    assert_int_equal(info.resident.hits, 2);
    struct listed listed = list();
    assert_int_equal(listed.num, 1);
    assert_true(listed.process[0].self);
    assert_int_equal(listed.process[0].pid, getpid());
    assert_string_equal(listed.process[0].program, program_invocation_short_name);
    assert_memory_equal(&listed.process[0].resident, &info.resident, sizeof(info.resident));
    assert_ok(hsm_logout(f.app, f.rw));
    listed = list();
    assert_int_equal(listed.process[0].resident.keys, 0);
    assert_int_equal(listed.process[0].resident.bytes, 0);
    assert_int_equal(listed.process[0].resident.peak_bytes, info.resident.peak_bytes);
    fixture_close(&f);
    assert_int_equal(num_files(), 0);
    fixture_open(&f);
}

static void two_devices_in_a_process_are_two(void **state)
{
    (void)state;
    struct fixture second = f;

    fixture_open(&second);
    assert_int_equal(list_others().num, 1);
    assert_int_equal(num_files(), 2);
    fixture_close(&second);
    assert_int_equal(list_others().num, 0);
    assert_int_equal(num_files(), 1);
}

/* A process that cannot tell works all the same. */
static void without_a_place_it_works(void **state)
{
    (void)state;
    char path[HSM_PATH_MAX];

    fixture_close(&f);
    home_file(path, &f, "run");
    assert_int_equal(rmdir(path), 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    fixture_open(&f);
    f.rw = session_new(f.app, true);
    login_user(&f);
    struct pair pair = generate_mldsa(&f, false);
    sign_once(&f, f.rw, pair.priv);
    assert_int_equal(list().num, 0);
}

/* ---- files that are no living process's ---- */

static int make_file(const char *name, const char *content)
{
    char path[HSM_PATH_MAX];

    home_file(path, &f, name);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    return fd;
}

/* The number in its name is a living process's, but nobody holds the lock. */
static void a_number_that_is_used_again_deceives_nobody(void **state)
{
    (void)state;
    char name[64];

    snprintf(name, sizeof(name), "run/%d-stale1", (int)getpid());
    int fd = make_file(name, "");
    /* Another one that looks at it does not make it alive. */
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    assert_int_equal(num_files(), 2);
    assert_int_equal(list_others().num, 0);
    assert_int_equal(num_files(), 1);
    close(fd);
}

static void the_dead_are_removed_at_the_start_of_others(void **state)
{
    (void)state;
    close(make_file("run/1-stale1", "something"));
    close(make_file("run/1-stale2", ""));
    fixture_close(&f);
    fixture_open(&f);
    assert_int_equal(num_files(), 1);
}

static void what_is_no_record_is_passed_over(void **state)
{
    (void)state;
    char path[HSM_PATH_MAX];
    int empty = make_file("run/1-empty1", "");
    int junk = make_file("run/1-junk01", "\001 not a record");
    int later = make_file("run/1-later1", "\377 of a later version");

    assert_int_equal(flock(empty, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(flock(junk, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(flock(later, LOCK_EX | LOCK_NB), 0);
    home_file(path, &f, "run/1-fifo01");
    assert_int_equal(mkfifo(path, 0600), 0);
    home_file(path, &f, "run/1-link01");
    assert_int_equal(symlink("/etc/passwd", path), 0);
    home_file(path, &f, "run/1-dir001");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(list_others().num, 0);
    assert_int_equal(num_files(), 7);
    close(empty);
    close(junk);
    close(later);
    assert_int_equal(list_others().num, 0);
    assert_int_equal(num_files(), 4); /* those that are no files, and our own */
}

/* ---- other processes ---- */

struct child {
    pid_t pid;
    int from;
    int to;
};

/* A process that runs `work` and then waits until it is told to go on, or killed. */
static struct child start(void (*work)(void))
{
    int up[2];
    int down[2];
    char byte = 0;

    assert_int_equal(pipe2(up, O_CLOEXEC), 0);
    assert_int_equal(pipe2(down, O_CLOEXEC), 0);
    struct child child = {.pid = fork(), .from = up[0], .to = down[1]};
    assert_true(child.pid >= 0);
    if (child.pid == 0) {
        close(up[0]);
        close(down[1]);
        work();
        if (write(up[1], "r", 1) != 1 || read(down[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    close(up[1]);
    close(down[0]);
    assert_int_equal(read(child.from, &byte, 1), 1);
    return child;
}

static void end(struct child child, bool killed)
{
    int result = -1;

    if (killed)
        assert_int_equal(kill(child.pid, SIGKILL), 0);
    close(child.to);
    assert_int_equal(waitpid(child.pid, &result, 0), child.pid);
    assert_true(killed ? WIFSIGNALED(result) : result == 0);
    close(child.from);
}

static struct pair shared;

static void open_and_sign(void)
{
    struct fixture own = f;

    fixture_open(&own);
    own.rw = session_new(own.app, true);
    login_user(&own);
    for (size_t i = 0; i < 5; i++)
        sign_once(&own, own.rw, shared.priv);
    CK_SESSION_HANDLE other = session_new(own.app, false);
    assert_ok(hsm_session_close(own.app, other));
}

static void another_process_is_seen_until_it_dies(void **state)
{
    (void)state;
    login_user(&f);
    shared = generate_mldsa(&f, true);
    struct child child = start(open_and_sign);
    struct listed others = list_others();
    assert_int_equal(others.num, 1);
    assert_int_equal(others.process[0].pid, child.pid);
    assert_int_equal(others.process[0].resident.keys, 1);
    assert_int_equal(others.process[0].resident.misses, 1);
    assert_int_equal(others.process[0].resident.hits, 4);
    assert_true(others.process[0].resident.bytes > 2560);
    assert_int_equal(num_files(), 2);
    end(child, true);
    assert_int_equal(num_files(), 2);
    assert_int_equal(list_others().num, 0);
    assert_int_equal(num_files(), 1);
}

static pid_t *left_behind; /* shared with the children */

/* Open the device, and leave a child behind that lives on. */
static void open_and_fork(void)
{
    struct fixture own = f;

    fixture_open(&own);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(20); /* should the test fail */
        pause();
        _exit(0);
    }
    *left_behind = pid;
}

static void a_child_does_not_keep_its_parent_alive(void **state)
{
    (void)state;
    left_behind =
        mmap(NULL, sizeof(*left_behind), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(left_behind != MAP_FAILED);
    struct child child = start(open_and_fork);
    assert_int_equal(list_others().num, 1);
    end(child, true);
    assert_true(*left_behind > 0);
    /* It lives, and lets go of the file when it first runs. */
    for (int tries = 0; tries < 500 && list_others().num > 0; tries++)
        usleep(10000);
    assert_int_equal(kill(*left_behind, 0), 0);
    assert_int_equal(list_others().num, 0);
    assert_int_equal(num_files(), 1);
    assert_int_equal(kill(*left_behind, SIGKILL), 0);
    munmap(left_behind, sizeof(*left_behind));
}

static void let_go_in_child(void)
{
    const struct hsm_resident_stats other = {.keys = 4711};

    running_write(f.device->residents.running, &other);
    running_close(f.device->residents.running);
}

static void a_child_leaves_its_parents_file_alone(void **state)
{
    (void)state;
    end(start(let_go_in_child), false);
    struct listed listed = list();
    assert_int_equal(listed.num, 1);
    assert_true(listed.process[0].self);
    assert_int_equal(listed.process[0].resident.keys, 0);
    assert_int_equal(num_files(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(own_numbers_are_listed),
        TEST(two_devices_in_a_process_are_two),
        TEST(without_a_place_it_works),
        TEST(a_number_that_is_used_again_deceives_nobody),
        TEST(the_dead_are_removed_at_the_start_of_others),
        TEST(what_is_no_record_is_passed_over),
        TEST(another_process_is_seen_until_it_dies),
        TEST(a_child_does_not_keep_its_parent_alive),
        TEST(a_child_leaves_its_parents_file_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
