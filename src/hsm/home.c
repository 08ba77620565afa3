/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wipe.h"
#include "crypto/random/random.h"
#include "hsm/detail.h"

#define KEY_FILE    "device.key"
#define KEY_VERSION 1

enum pqhw_status home_path(char out[HSM_PATH_MAX], const char *home, const char *name)
{
    int len = snprintf(out, HSM_PATH_MAX, "%s/%s", home, name);

    return len > 0 && len < HSM_PATH_MAX ? PQHW_OK : PQHW_ARGUMENTS_BAD;
}

static enum pqhw_status copy_home(char out[HSM_PATH_MAX], const char *dir, const char *suffix)
{
    int len = snprintf(out, HSM_PATH_MAX, "%s%s", dir, suffix);

    if (dir[0] != '/' || len < 0 || len >= HSM_PATH_MAX) {
        detail_set("the device directory must be an absolute path: %.200s", dir);
        return PQHW_ARGUMENTS_BAD;
    }
    return PQHW_OK;
}

/* An environment variable that is set and not empty. */
static const char *setting(const char *name)
{
    const char *value = secure_getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

enum pqhw_status hsm_default_home(char out[HSM_PATH_MAX])
{
    const char *home = setting("PQHW_HOME");
    const char *data = setting("XDG_DATA_HOME");
    const char *user = setting("HOME");

    if (home != NULL)
        return copy_home(out, home, "");
    if (geteuid() == 0)
        return copy_home(out, "/var/lib/pqhw", "");
    if (data != NULL)
        return copy_home(out, data, "/pqhw");
    if (user != NULL)
        return copy_home(out, user, "/.local/share/pqhw");
    detail_set("neither PQHW_HOME nor HOME is set");
    return PQHW_ACCESS_DENIED;
}

static enum pqhw_status from_errno(const char *path)
{
    int error = errno;

    detail_set("%s: %s", path, strerror(error));
    switch (error) {
    case ENOENT:
        return PQHW_DEVICE_ABSENT;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return PQHW_DISK_FULL;
    case ENOMEM:
        return PQHW_NO_MEMORY;
    case EIO:
        return PQHW_DEVICE_ERROR;
    default:
        return PQHW_ACCESS_DENIED;
    }
}

enum pqhw_status home_check(const char *home)
{
    struct stat st;

    if (stat(home, &st) != 0)
        return from_errno(home);
    if (!S_ISDIR(st.st_mode)) {
        detail_set("%s is not a directory", home);
        return PQHW_ACCESS_DENIED;
    }
    if ((st.st_uid != geteuid() && st.st_uid != 0) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        detail_set("%s must belong to the user who runs this and be writable by nobody else "
                   "(chmod 700)",
                   home);
        return PQHW_ACCESS_DENIED;
    }
    if (access(home, R_OK | W_OK | X_OK) != 0) {
        int error = errno;
        detail_set("%s: %s", home, strerror(error));
        return PQHW_ACCESS_DENIED;
    }
    return PQHW_OK;
}

enum pqhw_status home_create(const char *home)
{
    char path[HSM_PATH_MAX];
    size_t len = strlen(home);

    if (len == 0 || len >= sizeof(path))
        return PQHW_ARGUMENTS_BAD;
    memcpy(path, home, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        char end = path[i];
        path[i] = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            enum pqhw_status status = from_errno(path);
            return status == PQHW_DEVICE_ABSENT ? PQHW_ACCESS_DENIED : status;
        }
        path[i] = end;
    }
    return home_check(home);
}

static enum pqhw_status write_all(int fd, const uint8_t *data, size_t len, const char *path)
{
    while (len > 0) {
        ssize_t done = write(fd, data, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return from_errno(path);
        data += done;
        len -= (size_t)done;
    }
    return fsync(fd) == 0 ? PQHW_OK : from_errno(path);
}

/*
 * Written under another name and linked into place whole: of two processes that make the key at
 * once, one wins and both use the winner's.
 */
static enum pqhw_status make_key(const char *path, const struct classic *classic)
{
    enum pqhw_status status = PQHW_OK;
    char temporary[HSM_PATH_MAX + 8];
    uint8_t sk_file[1 + HOME_KEY_LEN] = {KEY_VERSION};
    int fd = -1;

    snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
    TRY(random_bytes(classic, sk_file + 1, HOME_KEY_LEN));
    fd = mkostemp(temporary, O_CLOEXEC); /* with mode 0600 */
    if (fd < 0)
        TRY(from_errno(temporary));
    TRY(write_all(fd, sk_file, sizeof(sk_file), temporary));
    if (link(temporary, path) != 0 && errno != EEXIST)
        TRY(from_errno(path));
out:
    if (fd >= 0) {
        close(fd);
        unlink(temporary);
    }
    WIPE(sk_file);
    return status;
}

static enum pqhw_status read_key(const char *path, struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    uint8_t sk_file[1 + HOME_KEY_LEN + 1];
    struct stat st;
    ssize_t len;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* no FIFO holds us */

    if (fd < 0)
        return from_errno(path);
    if (fstat(fd, &st) != 0)
        TRY(from_errno(path));
    if (!S_ISREG(st.st_mode)) {
        detail_set("%s is not a regular file", path);
        TRY(PQHW_ACCESS_DENIED);
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        detail_set("%s can be read by others: chmod 600 it, and consider its secrets known", path);
        TRY(PQHW_ACCESS_DENIED);
    }
    len = read(fd, sk_file, sizeof(sk_file));
    if (len < 0)
        TRY(from_errno(path));
    if (len != 1 + HOME_KEY_LEN || sk_file[0] != KEY_VERSION) {
        detail_set("%s is damaged: restore it from a backup", path);
        TRY(len > 0 && sk_file[0] > KEY_VERSION ? PQHW_VERSION_UNKNOWN : PQHW_RECORD_DAMAGED);
    }
    TRY(secret_from(out, span(sk_file + 1, HOME_KEY_LEN)));
out:
    close(fd);
    WIPE(sk_file);
    return status;
}

enum pqhw_status home_sync(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return from_errno(directory);
    enum pqhw_status status = fsync(fd) == 0 ? PQHW_OK : from_errno(directory);
    close(fd);
    return status;
}

enum pqhw_status home_key(const char *home, bool create, const struct classic *classic,
                          struct secret *out)
{
    enum pqhw_status status = PQHW_OK;
    char path[HSM_PATH_MAX];

    TRY(home_path(path, home, KEY_FILE));
    status = read_key(path, out);
    if (status == PQHW_DEVICE_ABSENT && create) {
        TRY(make_key(path, classic));
        TRY(home_sync(home));
        TRY(read_key(path, out));
    }
out:
    return status;
}
