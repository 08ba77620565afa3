/* SPDX-License-Identifier: Apache-2.0
 *
 * A disk without room: creating fails with a status that says so, what was there stays readable,
 * and when there is room again creating works again.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "rig.h"

#define OK(expr)    assert_int_equal(expr, PQHW_OK)
#define MAX_OBJECTS 400
#define VALUE_LEN   20000
#define FILLER_LEN  (4 * 1024 * 1024)

static struct rig rig;
static CK_OBJECT_HANDLE handles[MAX_OBJECTS];

/* Create until it fails; how many it were. */
static unsigned fill(unsigned first, enum pqhw_status *failure)
{
    unsigned num = first;

    *failure = PQHW_OK;
    while (num < MAX_OBJECTS && *failure == PQHW_OK) {
        *failure = rig_put(&rig, num, 1, VALUE_LEN, &handles[num]);
        num += *failure == PQHW_OK ? 1 : 0;
    }
    return num;
}

static void assert_listed(unsigned num)
{
    CK_OBJECT_HANDLE found[MAX_OBJECTS];
    size_t num_found = 0;
    size_t damaged = 0;

    OK(rig_list(&rig, CKO_DATA, found, MAX_OBJECTS, &num_found, &damaged));
    assert_int_equal(num_found, num);
    assert_int_equal(damaged, 0);
}

static void assert_readable(unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        unsigned name = 0;
        unsigned counter = 0;
        size_t len = 0;
        OK(rig_get(&rig, handles[i], &name, &counter, &len));
        assert_int_equal(name, i);
        assert_int_equal(len, VALUE_LEN);
    }
    assert_listed(num);
}

/* Room again: everything goes on, also in a process that starts then. */
static void assert_usable(unsigned num)
{
    OK(rig_put(&rig, num, 1, VALUE_LEN, &handles[num]));
    OK(rig_set_counter(&rig, handles[0], 2));
    assert_readable(num + 1);
    OK(rig_verify_audit(&rig));
    rig_close(&rig);
    OK(rig_open(&rig));
    assert_readable(num + 1);
    OK(hsm_object_destroy(rig.app, rig.session, handles[0]));
    OK(rig_verify_audit(&rig));
    rig_close(&rig);
}

static void limit_files(rlim_t len)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = len;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_limit_on_file_sizes_is_survived(void **state)
{
    enum pqhw_status failure;
    struct rlimit before;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    OK(rig_init(&rig, "/tmp", NULL));
    OK(rig_create(&rig));
    OK(rig_open(&rig));
    limit_files(600 * 1024);
    unsigned num = fill(0, &failure);
    assert_int_equal(failure, PQHW_DISK_FULL);
    assert_in_range(num, 2, MAX_OBJECTS - 10);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(rig_put(&rig, num, 1, VALUE_LEN, &handles[num]), PQHW_DISK_FULL);
    assert_readable(num);
    limit_files(before.rlim_cur);
    assert_usable(num);
    rig_remove(&rig);
}

/* A small file system of our own, seen by this process alone. */
static bool mount_small(const char *at)
{
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", at, "tmpfs", MS_NOSUID | MS_NODEV, "size=8m,mode=0700") == 0;
}

static void write_filler(const char *path)
{
    static const char zeros[FILLER_LEN];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
    assert_int_equal(close(fd), 0);
}

static void a_full_disk_is_survived(void **state)
{
    char mounted[] = "/tmp/pqhw-full-XXXXXX";
    char filler[64];
    enum pqhw_status failure;

    (void)state;
    assert_non_null(mkdtemp(mounted));
    if (!mount_small(mounted)) {
        printf("note: no full disk: mounting a tmpfs is not allowed here\n");
        rmdir(mounted);
        skip();
    }
    snprintf(filler, sizeof(filler), "%s/filler", mounted);
    write_filler(filler);
    OK(rig_init(&rig, mounted, NULL));
    OK(rig_create(&rig));
    OK(rig_open(&rig));
    unsigned num = fill(0, &failure);
    assert_int_equal(failure, PQHW_DISK_FULL);
    assert_in_range(num, 2, MAX_OBJECTS - 10);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(rig_put(&rig, num, 1, VALUE_LEN, &handles[num]), PQHW_DISK_FULL);
    /* Secrets are not given out while that cannot be audited; everything else is. */
    assert_listed(num);
    assert_int_equal(unlink(filler), 0);
    assert_usable(num);
    rig_remove(&rig);
    assert_int_equal(umount(mounted), 0);
    rmdir(mounted);
}

/* Making the device itself needs room too. */
static void a_device_is_not_made_on_a_full_disk(void **state)
{
    struct rlimit before;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    OK(rig_init(&rig, "/tmp", NULL));
    for (rlim_t len = 0; len < 40000; len += 4000) {
        limit_files(len);
        assert_int_not_equal(rig_create(&rig), PQHW_OK);
    }
    limit_files(before.rlim_cur);
    OK(rig_create(&rig)); /* in the same directory: what was begun is no hindrance */
    OK(rig_open(&rig));
    rig_close(&rig);
    rig_remove(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_on_file_sizes_is_survived),
        cmocka_unit_test(a_full_disk_is_survived),
        cmocka_unit_test(a_device_is_not_made_on_a_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
