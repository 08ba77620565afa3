/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/audit_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hsm/audit_line.h"
#include "hsm/detail.h"
#include "hsm/home.h"

enum pqhw_status audit_log_failed(const char *path, const char *what)
{
    int error = errno;

    detail_set("%s: %s: %s", path, what, strerror(error));
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? PQHW_DISK_FULL
                                                                : PQHW_AUDIT_FAILED;
}

/* ---- opening ---- */

/* What is not a file on a disk keeps no records. */
static enum pqhw_status check_regular(const struct audit_log *log)
{
    struct stat st;

    if (fstat(log->fd, &st) != 0)
        return audit_log_failed(log->path, "cannot be read");
    if (S_ISREG(st.st_mode))
        return PQHW_OK;
    detail_set("%s is not a regular file", log->path);
    return PQHW_AUDIT_FAILED;
}

/* A new log's name must outlive the machine as its records do. */
static enum pqhw_status sync_directory_of(const struct audit_log *log)
{
    char *directory = strdup(log->path);

    if (directory == NULL)
        return PQHW_NO_MEMORY;
    *strrchr(directory, '/') = '\0';
    enum pqhw_status status = home_sync(directory);
    free(directory);
    return status;
}

enum pqhw_status audit_log_open(struct audit_log *log, const char *path)
{
    enum pqhw_status status = PQHW_OK;
    bool is_new = access(path, F_OK) != 0;

    *log = (struct audit_log){.path = strdup(path), .fd = -1};
    REQUIRE(log->path != NULL, PQHW_NO_MEMORY);
    log->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log->fd < 0)
        TRY(audit_log_failed(path, "cannot be opened"));
    TRY(check_regular(log));
    if (is_new)
        TRY(sync_directory_of(log));
out:
    if (status != PQHW_OK)
        audit_log_close(log);
    return status;
}

void audit_log_close(struct audit_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    free(log->path);
    *log = (struct audit_log){.fd = -1};
}

/* ---- the end ---- */

enum pqhw_status audit_log_size(const struct audit_log *log, uint64_t *size)
{
    struct stat opened;
    struct stat named;

    if (fstat(log->fd, &opened) != 0)
        return audit_log_failed(log->path, "cannot be read");
    if (lstat(log->path, &named) != 0 || named.st_ino != opened.st_ino ||
        named.st_dev != opened.st_dev) {
        detail_set("%s was removed or replaced while in use: restart what uses it", log->path);
        return PQHW_AUDIT_FAILED;
    }
    *size = (uint64_t)opened.st_size;
    return PQHW_OK;
}

/* Where the line begins that ends at `end`. */
static size_t line_start(const char *text, size_t end)
{
    while (end > 0 && text[end - 1] != '\n')
        end--;
    return end;
}

static enum pqhw_status damaged(const struct audit_log *log)
{
    detail_set("%s: the last record is damaged: run `pqhw audit verify`", log->path);
    return PQHW_AUDIT_FAILED;
}

enum pqhw_status audit_log_tail(const struct audit_log *log, uint64_t *size,
                                struct audit_mark *last)
{
    char tail[2 * AUDIT_LINE_MAX];
    size_t want = *size < sizeof(tail) ? (size_t)*size : sizeof(tail);
    ssize_t got = pread(log->fd, tail, want, (off_t)(*size - want));

    *last = (struct audit_mark){0};
    if (got < 0 || (size_t)got != want)
        return audit_log_failed(log->path, "cannot be read");
    size_t end = line_start(tail, want);
    size_t piece = want - end;
    if (piece >= AUDIT_LINE_MAX)
        return damaged(log);
    if (end > 0) {
        size_t start = line_start(tail, end - 1);
        struct audit_parts parts;
        if (!audit_line_read(span(tail + start, end - 1 - start), last, &parts))
            return damaged(log);
    }
    if (piece != 0 && ftruncate(log->fd, (off_t)(*size - piece)) != 0)
        return audit_log_failed(log->path, "cannot be repaired");
    *size -= piece;
    return PQHW_OK;
}

enum pqhw_status audit_log_write(const struct audit_log *log, uint64_t *size, struct span lines)
{
    ssize_t done;

    do {
        done = write(log->fd, lines.ptr, lines.len);
    } while (done < 0 && errno == EINTR);
    if (done == (ssize_t)lines.len) {
        *size += lines.len;
        return PQHW_OK;
    }
    if (done >= 0)
        errno = ENOSPC;
    enum pqhw_status status = audit_log_failed(log->path, "cannot be written");
    if (done > 0 && ftruncate(log->fd, (off_t)*size) != 0)
        *size = UINT64_MAX;
    return status;
}
