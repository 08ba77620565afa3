/* SPDX-License-Identifier: Apache-2.0
 *
 * The device directory and what is in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hsm/device.h"
#include "hsm_fixture.h"
#include "store/sqlite/sqlite.h"

static mode_t mode_of(const struct fixture *f, const char *name)
{
    char path[HSM_PATH_MAX];
    struct stat st;

    home_file(path, f, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

/* Close the device and open it again, which is to give `wanted`. */
static void reopen(struct fixture *f, enum pqhw_status wanted)
{
    fixture_close(f);
    assert_status(hsm_device_open(&f->device, &f->config), wanted);
    if (wanted == PQHW_OK)
        assert_ok(hsm_app_new(&f->app, f->device, "test"));
    else
        assert_null(f->device);
}

static void everything_is_closed_to_others(void **state)
{
    (void)state;
    struct fixture f;

    mode_t mask = umask(0);
    fixture_new(&f, &store_sqlite);
    umask(mask);
    assert_int_equal(mode_of(&f, "."), 0700);
    assert_int_equal(mode_of(&f, "device.key"), 0600);
    assert_int_equal(mode_of(&f, "audit"), 0700);
    assert_int_equal(mode_of(&f, "audit/device.log"), 0600);
    assert_int_equal(mode_of(&f, "audit/slot-0.log"), 0600);
    fixture_free(&f);
}

static void parents_are_made(void **state)
{
    (void)state;
    char base[32];
    char home[64];
    struct hsm_device *device = NULL;

    make_home(base);
    snprintf(home, sizeof(home), "%s/a/b/c", base);
    const struct hsm_config config = {home, &store_sqlite, &backend_soft};
    assert_ok(hsm_device_open(&device, &config));
    assert_ok(hsm_device_create(device, &cheap_settings));
    assert_status(hsm_device_create(device, &cheap_settings), PQHW_ALREADY_INITIALIZED);
    hsm_device_close(device);
    remove_home(base);
}

static void a_directory_that_others_may_write_to_is_refused(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_sqlite);
    assert_int_equal(chmod(f.home, 0720), 0);
    reopen(&f, PQHW_ACCESS_DENIED);
    assert_int_equal(chmod(f.home, 0702), 0);
    reopen(&f, PQHW_ACCESS_DENIED);
    assert_int_equal(chmod(f.home, 0755), 0);
    reopen(&f, PQHW_OK);
    fixture_free(&f);
}

static void a_path_that_is_no_directory_is_refused(void **state)
{
    (void)state;
    struct hsm_device *device = NULL;
    const char *const homes[] = {"/dev/null", "/dev/null/x"};

    for (size_t i = 0; i < 2; i++) {
        const struct hsm_config config = {homes[i], &store_sqlite, &backend_soft};
        assert_status(hsm_device_open(&device, &config), PQHW_ACCESS_DENIED);
        assert_null(device);
    }
    const struct hsm_config relative = {"tmp", &store_sqlite, &backend_soft};
    assert_status(hsm_device_open(&device, &relative), PQHW_ARGUMENTS_BAD);
}

/* ---- the key ---- */

static void overwrite_key(const struct fixture *f, const void *bytes, size_t len)
{
    char path[HSM_PATH_MAX];

    home_file(path, f, "device.key");
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static void a_damaged_key_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t bytes[40] = {1};
    static const size_t bad_lens[] = {0, 1, 32, 34, 40};

    fixture_new(&f, &store_sqlite);
    for (size_t i = 0; i < sizeof(bad_lens) / sizeof(bad_lens[0]); i++) {
        overwrite_key(&f, bytes, bad_lens[i]);
        reopen(&f, PQHW_RECORD_DAMAGED);
    }
    overwrite_key(&f, bytes, 33); /* well formed, but not this device's */
    reopen(&f, PQHW_RECORD_DAMAGED);
    bytes[0] = 2;
    overwrite_key(&f, bytes, 33);
    reopen(&f, PQHW_VERSION_UNKNOWN);
    fixture_free(&f);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    char path[HSM_PATH_MAX];

    fixture_new(&f, &store_sqlite);
    home_file(path, &f, "device.key");
    assert_int_equal(chmod(path, 0640), 0);
    reopen(&f, PQHW_ACCESS_DENIED);
    assert_int_equal(chmod(path, 0600), 0);
    reopen(&f, PQHW_OK);
    fixture_free(&f);
}

/* A store without its key is no empty device: nothing new may be made over it. */
static void a_lost_key_is_not_made_anew(void **state)
{
    (void)state;
    struct fixture f;
    char path[HSM_PATH_MAX];
    char kept[HSM_PATH_MAX];

    fixture_new(&f, &store_sqlite);
    home_file(path, &f, "device.key");
    home_file(kept, &f, "kept");
    assert_int_equal(rename(path, kept), 0);
    reopen(&f, PQHW_RECORD_DAMAGED);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(rename(kept, path), 0);
    reopen(&f, PQHW_OK);
    fixture_free(&f);
}

/* ---- the device's own row ---- */

static void rewrite_row(struct fixture *f, size_t at, uint8_t with)
{
    struct store_tx *tx = NULL;
    struct buf blob = BUF_INIT(STORE_BLOB_MAX);

    assert_ok(f->device->store_ops->begin(f->device->store, &tx, true));
    assert_ok(f->device->store_ops->device_get(tx, &blob));
    blob.ptr[at] = with;
    assert_ok(f->device->store_ops->device_put(tx, buf_span(&blob)));
    assert_ok(f->device->store_ops->commit(tx));
    buf_free(&blob);
}

static void a_row_that_was_changed_is_refused(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_sqlite);
    rewrite_row(&f, 5, 0xee); /* the cost of a PIN */
    reopen(&f, PQHW_RECORD_DAMAGED);
    fixture_free(&f);
}

static void a_row_of_the_future_is_told_apart(void **state)
{
    (void)state;
    struct fixture f;

    fixture_new(&f, &store_sqlite);
    rewrite_row(&f, 0, 6);
    reopen(&f, PQHW_VERSION_UNKNOWN);
    fixture_free(&f);
}

static void settings_have_limits(void **state)
{
    (void)state;
    static const struct hsm_settings bad[] = {
        {8191, 1, 3, 0, HSM_CHECK_DEFAULT, HSM_ENGINE_DEFAULT},
        {4194305, 1, 3, 0, HSM_CHECK_DEFAULT, HSM_ENGINE_DEFAULT},
        {8192, 17, 3, 0, HSM_CHECK_DEFAULT, HSM_ENGINE_DEFAULT},
        {8192, 1, 2, 0, HSM_CHECK_DEFAULT, HSM_ENGINE_DEFAULT},
        {8192, 1, 101, 0, HSM_CHECK_DEFAULT, HSM_ENGINE_DEFAULT},
        {8192, 1, 3, 0, HSM_CHECK_NUM, HSM_ENGINE_DEFAULT},
        {8192, 1, 3, 0, HSM_CHECK_DEFAULT, HSM_ENGINE_NUM},
        {8192, 1, 3, HSM_RESIDENT_MIN - 1, HSM_CHECK_DEFAULT, HSM_ENGINE_DEFAULT},
        {8192, 1, 3, HSM_RESIDENT_MAX + 1, HSM_CHECK_DEFAULT, HSM_ENGINE_DEFAULT},
    };
    struct fixture f = {.config = {.store = &store_sqlite, .backend = &backend_soft}};
    struct hsm_device_info info;

    make_home(f.home);
    f.config.home = f.home;
    fixture_open(&f);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(hsm_device_create(f.device, &bad[i]), PQHW_ARGUMENTS_BAD);
    assert_ok(hsm_device_info(f.device, &info));
    assert_false(info.present);
    const struct hsm_settings some = {.pin_passes = 2};
    assert_ok(hsm_device_create(f.device, &some));
    reopen(&f, PQHW_OK);
    assert_ok(hsm_device_info(f.device, &info));
    assert_true(info.present);
    assert_int_equal(info.settings.pin_memory_kib, 65536);
    assert_int_equal(info.settings.pin_passes, 2);
    assert_int_equal(info.settings.pin_tries, 10);
    assert_int_equal(info.settings.resident_memory, 0);
    fixture_free(&f);
}

static uint64_t budget_of(const struct fixture *f)
{
    struct hsm_device_info info;

    assert_ok(hsm_device_info(f->device, &info));
    return info.resident.budget;
}

/* The environment, else the device's setting, else a share of what may be locked. */
static void memory_for_resident_keys_is_set(void **state)
{
    (void)state;
    static const char *const bad[] = {"0",    "1023", "1025G", "lots", "-1",
                                      "64MB", "M",    " 1M",   "1 M"};
    const struct hsm_settings some = {.pin_memory_kib = 8192, .resident_memory = 3 << 20};
    struct fixture f = {.config = {.store = &store_sqlite, .backend = &backend_soft}};
    struct rlimit limit;

    unsetenv("PQHW_RESIDENT_MEMORY");
    make_home(f.home);
    f.config.home = f.home;
    fixture_open(&f);
    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    assert_true(budget_of(&f) <= 64 << 20);
    if (secret_lock_limit() != SIZE_MAX)
        assert_true(budget_of(&f) <= limit.rlim_max / 4 * 3);
    assert_ok(hsm_device_create(f.device, &some));
    assert_int_equal(budget_of(&f), 3 << 20);
    reopen(&f, PQHW_OK);
    assert_int_equal(budget_of(&f), 3 << 20);
    setenv("PQHW_RESIDENT_MEMORY", "96k", 1);
    reopen(&f, PQHW_OK);
    assert_int_equal(budget_of(&f), 96 << 10);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        setenv("PQHW_RESIDENT_MEMORY", bad[i], 1);
        reopen(&f, PQHW_ARGUMENTS_BAD);
        assert_non_null(strstr(hsm_error_detail(), "PQHW_RESIDENT_MEMORY"));
    }
    setenv("PQHW_RESIDENT_MEMORY", "", 1);
    reopen(&f, PQHW_OK);
    assert_int_equal(budget_of(&f), 3 << 20);
    unsetenv("PQHW_RESIDENT_MEMORY");
    fixture_free(&f);
}

/* The row that was written before there was a setting for resident keys. */
static void row_of_version_1_is_read(void **state)
{
    (void)state;
    struct fixture f;
    struct hsm_device_info info;
    struct buf row = BUF_INIT(STORE_BLOB_MAX);
    struct store_tx *tx = NULL;

    fixture_new(&f, &store_sqlite);
    buf_put_u8(&row, 1);
    buf_put_u32(&row, 8192);
    buf_put_u32(&row, 2);
    buf_put_u32(&row, 7);
    buf_put_u32(&row, 1); /* the next slot */
    assert_ok(device_add_mac(f.device, DEVICE_KEY_STORE, SPAN_STR("device"), &row));
    assert_ok(f.device->store_ops->begin(f.device->store, &tx, true));
    assert_ok(f.device->store_ops->device_put(tx, buf_span(&row)));
    assert_ok(f.device->store_ops->commit(tx));
    buf_free(&row);
    reopen(&f, PQHW_OK);
    assert_ok(hsm_device_info(f.device, &info));
    assert_int_equal(info.settings.pin_tries, 7);
    assert_int_equal(info.settings.resident_memory, 0);
    assert_int_equal(info.settings.check_signatures, HSM_CHECK_SLH_DSA);
    assert_int_equal(info.settings.engine, HSM_ENGINE_DEFAULT);
    assert_ok(hsm_token_init(f.app, 1, SO_PIN, token_label)); /* writes the row again */
    reopen(&f, PQHW_OK);
    assert_ok(hsm_device_info(f.device, &info));
    assert_int_equal(info.settings.pin_tries, 7);
    fixture_free(&f);
}

/* ---- several makers at once ---- */

#define NUM_MAKERS 4

/* Exit code 0: made it; 1: another did; 2: something else. Either way it is usable then. */
static void make_device(const struct hsm_config *config)
{
    struct hsm_device *device = NULL;
    struct hsm_device_info info;

    if (hsm_device_open(&device, config) != PQHW_OK)
        _exit(2);
    enum pqhw_status status = hsm_device_create(device, &cheap_settings);
    if (status != PQHW_OK && status != PQHW_ALREADY_INITIALIZED)
        _exit(2);
    if (hsm_device_info(device, &info) != PQHW_OK || !info.present)
        _exit(2);
    hsm_device_close(device);
    _exit(status == PQHW_OK ? 0 : 1);
}

static void one_of_several_makers_wins(void **state)
{
    (void)state;
    for (size_t round = 0; round < 8; round++) {
        struct fixture f = {.config = {.store = &store_sqlite, .backend = &backend_soft}};
        pid_t makers[NUM_MAKERS];
        size_t num_made = 0;

        make_home(f.home);
        f.config.home = f.home;
        for (size_t i = 0; i < NUM_MAKERS; i++) {
            makers[i] = fork();
            if (makers[i] == 0)
                make_device(&f.config);
            assert_true(makers[i] > 0);
        }
        for (size_t i = 0; i < NUM_MAKERS; i++) {
            int result;
            assert_int_equal(waitpid(makers[i], &result, 0), makers[i]);
            assert_true(WIFEXITED(result) && WEXITSTATUS(result) < 2);
            num_made += WEXITSTATUS(result) == 0;
        }
        assert_int_equal(num_made, 1);
        fixture_open(&f);
        assert_int_equal(count_records(f.device, CK_UNAVAILABLE_INFORMATION, "device.create"), 1);
        fixture_free(&f);
    }
}

/* ---- where it is ---- */

static void the_usual_home_is_found(void **state)
{
    (void)state;
    char home[HSM_PATH_MAX];

    setenv("PQHW_HOME", "/somewhere", 1);
    assert_ok(hsm_default_home(home));
    assert_string_equal(home, "/somewhere");
    setenv("PQHW_HOME", "not/absolute", 1);
    assert_status(hsm_default_home(home), PQHW_ARGUMENTS_BAD);
    char *longest = malloc(HSM_PATH_MAX + 1);
    assert_non_null(longest);
    memset(longest, 'x', HSM_PATH_MAX);
    longest[0] = '/';
    longest[HSM_PATH_MAX] = '\0';
    setenv("PQHW_HOME", longest, 1);
    assert_status(hsm_default_home(home), PQHW_ARGUMENTS_BAD);
    free(longest);
    setenv("PQHW_HOME", "", 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    assert_ok(hsm_default_home(home));
    assert_string_equal(home, geteuid() == 0 ? "/var/lib/pqhw" : "/data/pqhw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_closed_to_others),
        cmocka_unit_test(parents_are_made),
        cmocka_unit_test(a_directory_that_others_may_write_to_is_refused),
        cmocka_unit_test(a_path_that_is_no_directory_is_refused),
        cmocka_unit_test(a_damaged_key_is_refused),
        cmocka_unit_test(a_key_that_others_may_read_is_refused),
        cmocka_unit_test(a_lost_key_is_not_made_anew),
        cmocka_unit_test(a_row_that_was_changed_is_refused),
        cmocka_unit_test(a_row_of_the_future_is_told_apart),
        cmocka_unit_test(settings_have_limits),
        cmocka_unit_test(memory_for_resident_keys_is_set),
        cmocka_unit_test(row_of_version_1_is_read),
        cmocka_unit_test(one_of_several_makers_wins),
        cmocka_unit_test(the_usual_home_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
