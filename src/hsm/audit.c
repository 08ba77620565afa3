/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ct.h"
#include "hsm/audit_line.h"
#include "hsm/detail.h"
#include "hsm/home.h"

#define LAZY_SYNC_NS 200000000u

struct audit {
    struct audit *next; /* of all that are open */
    const struct classic *classic;
    const uint8_t *key;
    char *path;
    int fd;

    pthread_mutex_t append_lock; /* guards what follows */
    uint64_t size;               /* of the file when last looked at */
    struct audit_mark last;

    pthread_mutex_t sync_lock; /* guards what follows */
    pthread_cond_t sync_done;
    bool syncing;
    bool sync_failed;
    uint64_t
        appended; /* records appended by this process; written under append_lock and sync_lock */
    uint64_t synced;
    uint64_t last_sync_ns;
};

static enum pqhw_status failed(const struct audit *audit, const char *what)
{
    int error = errno;

    detail_set("%s: %s: %s", audit->path, what, strerror(error));
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? PQHW_DISK_FULL
                                                                : PQHW_AUDIT_FAILED;
}

/*
 * Around fork. The file lock belongs to the open file, which a child shares: while the child lives,
 * the lock of a parent that was killed would, and nobody could append. So a child lets go of all
 * logs, whose mutex is held across every fork.
 */

static struct {
    pthread_mutex_t lock;
    struct audit *first;
    bool fork_handled;
} opened = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void before_fork(void)
{
    pthread_mutex_lock(&opened.lock);
}

static void after_fork_parent(void)
{
    pthread_mutex_unlock(&opened.lock);
}

static void after_fork_child(void)
{
    for (struct audit *audit = opened.first; audit != NULL; audit = audit->next) {
        close(audit->fd);
        audit->fd = -1;
    }
    opened.first = NULL;
    pthread_mutex_unlock(&opened.lock);
}

/* With opened.lock held. */
static bool handle_fork(void)
{
    if (!opened.fork_handled)
        opened.fork_handled = pthread_atfork(before_fork, after_fork_parent, after_fork_child) == 0;
    return opened.fork_handled;
}

/* What is not a file on a disk keeps no records. */
static enum pqhw_status check_regular(const struct audit *audit)
{
    struct stat st;

    if (fstat(audit->fd, &st) != 0)
        return failed(audit, "cannot be read");
    if (S_ISREG(st.st_mode))
        return PQHW_OK;
    detail_set("%s is not a regular file", audit->path);
    return PQHW_AUDIT_FAILED;
}

/* A new log's name must outlive the machine as its records do. */
static enum pqhw_status sync_directory_of(const struct audit *audit)
{
    char *directory = strdup(audit->path);

    if (directory == NULL)
        return PQHW_NO_MEMORY;
    *strrchr(directory, '/') = '\0';
    enum pqhw_status status = home_sync(directory);
    free(directory);
    return status;
}

static enum pqhw_status open_file(struct audit *audit)
{
    enum pqhw_status status = PQHW_OK;
    bool is_new = access(audit->path, F_OK) != 0;

    pthread_mutex_lock(&opened.lock);
    REQUIRE(handle_fork(), PQHW_NO_MEMORY);
    audit->fd = open(audit->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (audit->fd < 0)
        TRY(failed(audit, "cannot be opened"));
    TRY(check_regular(audit));
    if (is_new)
        TRY(sync_directory_of(audit));
    audit->next = opened.first;
    opened.first = audit;
out:
    pthread_mutex_unlock(&opened.lock);
    return status;
}

static void close_file(struct audit *audit)
{
    pthread_mutex_lock(&opened.lock);
    struct audit **at = &opened.first;
    while (*at != NULL && *at != audit)
        at = &(*at)->next;
    if (*at != NULL)
        *at = audit->next;
    if (audit->fd >= 0)
        close(audit->fd);
    pthread_mutex_unlock(&opened.lock);
}

enum pqhw_status audit_open(struct audit **out, const char *path, const struct classic *classic,
                            const uint8_t key[CLASSIC_KEY_LEN])
{
    enum pqhw_status status = PQHW_OK;
    struct audit *audit = calloc(1, sizeof(*audit));

    *out = NULL;
    if (audit == NULL)
        return PQHW_NO_MEMORY;
    audit->fd = -1;
    audit->classic = classic;
    audit->key = key;
    pthread_mutex_init(&audit->append_lock, NULL);
    pthread_mutex_init(&audit->sync_lock, NULL);
    pthread_cond_init(&audit->sync_done, NULL);
    audit->path = strdup(path);
    REQUIRE(audit->path != NULL, PQHW_NO_MEMORY);
    TRY(open_file(audit));
    *out = audit;
    audit = NULL;
out:
    audit_close(audit);
    return status;
}

void audit_close(struct audit *audit)
{
    if (audit == NULL)
        return;
    if (audit->fd >= 0 && audit->synced != audit->appended)
        fdatasync(audit->fd);
    close_file(audit);
    pthread_cond_destroy(&audit->sync_done);
    pthread_mutex_destroy(&audit->sync_lock);
    pthread_mutex_destroy(&audit->append_lock);
    free(audit->path);
    free(audit);
}

/* A lock on the open file: other processes wait, and it ends with this process however that ends.
 */
static enum pqhw_status lock_file(const struct audit *audit, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

    while (fcntl(audit->fd, F_OFD_SETLKW, &lock) != 0) {
        if (errno != EINTR)
            return failed(audit, "cannot be locked");
    }
    return PQHW_OK;
}

/* Where the line begins that ends at `end`. */
static size_t line_start(const char *text, size_t end)
{
    while (end > 0 && text[end - 1] != '\n')
        end--;
    return end;
}

static enum pqhw_status damaged(const struct audit *audit)
{
    detail_set("%s: the last record is damaged: run `pqhw audit verify`", audit->path);
    return PQHW_AUDIT_FAILED;
}

/*
 * The end of the file. A piece without its newline was cut off by a crash before its operation was
 * answered: it is dropped. It is shorter than a record then; anything else is left for people to
 * look at.
 */
static enum pqhw_status read_tail(struct audit *audit, uint64_t size)
{
    char tail[2 * AUDIT_LINE_MAX];
    struct audit_mark mark;
    size_t want = size < sizeof(tail) ? (size_t)size : sizeof(tail);
    ssize_t got = pread(audit->fd, tail, want, (off_t)(size - want));

    if (got < 0 || (size_t)got != want)
        return failed(audit, "cannot be read");
    size_t end = line_start(tail, want);
    if (want - end >= AUDIT_LINE_MAX)
        return damaged(audit);
    if (end > 0) {
        size_t start = line_start(tail, end - 1);
        if (!audit_line_mark(span(tail + start, end - 1 - start), &mark))
            return damaged(audit);
        /* The log never gets shorter: if it did, the chain goes on from what we remember. */
        if (mark.seq > audit->last.seq)
            audit->last = mark;
    }
    if (end != want && ftruncate(audit->fd, (off_t)(size - (want - end))) != 0)
        return failed(audit, "cannot be repaired");
    audit->size = size - (want - end);
    return PQHW_OK;
}

/* Has the file been removed, or another one put in its place? Records would go where nobody looks.
 */
static enum pqhw_status check_place(const struct audit *audit, const struct stat *open_file)
{
    struct stat named;

    if (lstat(audit->path, &named) == 0 && named.st_ino == open_file->st_ino &&
        named.st_dev == open_file->st_dev)
        return PQHW_OK;
    detail_set("%s was removed or replaced while in use: restart what uses it", audit->path);
    return PQHW_AUDIT_FAILED;
}

/* Learn what other processes appended since. */
static enum pqhw_status catch_up(struct audit *audit)
{
    enum pqhw_status status = PQHW_OK;
    struct stat st;

    if (fstat(audit->fd, &st) != 0)
        return failed(audit, "cannot be read");
    TRY(check_place(audit, &st));
    if ((uint64_t)st.st_size != audit->size)
        TRY(read_tail(audit, (uint64_t)st.st_size));
out:
    return status;
}

/* All of the line or nothing. */
static enum pqhw_status write_line(struct audit *audit, struct span line)
{
    ssize_t done;

    do {
        done = write(audit->fd, line.ptr, line.len);
    } while (done < 0 && errno == EINTR);
    if (done == (ssize_t)line.len) {
        audit->size += line.len;
        return PQHW_OK;
    }
    if (done >= 0)
        errno = ENOSPC;
    enum pqhw_status status = failed(audit, "cannot be written");
    if (done > 0 && ftruncate(audit->fd, (off_t)audit->size) != 0)
        audit->size = UINT64_MAX; /* the next append drops the piece */
    return status;
}

static enum pqhw_status append_locked(struct audit *audit, const struct audit_event *event,
                                      const struct audit_mark *known, struct audit_mark *mark)
{
    enum pqhw_status status = PQHW_OK;
    char line[AUDIT_LINE_MAX];
    size_t len;
    struct audit_mark next;

    TRY(catch_up(audit));
    if (audit->last.seq < known->seq)
        audit->last = *known;
    next.seq = audit->last.seq + 1;
    len = audit_line_body(line, event, next.seq);
    REQUIRE(len > 0, PQHW_AUDIT_FAILED);
    struct span parts[] = {SPAN(audit->last.mac), span(line, len)};
    TRY(classic_hmac(audit->classic, next.mac, audit->key, parts, 2));
    len = audit_line_seal(line, len, next.mac);
    TRY(write_line(audit, span(line, len)));
    audit->last = next;
    *mark = next;
out:
    return status;
}

enum pqhw_status audit_append(struct audit *audit, const struct audit_event *event,
                              const struct audit_mark *known, struct audit_mark *mark)
{
    pthread_mutex_lock(&audit->append_lock);
    enum pqhw_status status = lock_file(audit, F_WRLCK);
    if (status == PQHW_OK) {
        status = append_locked(audit, event, known, mark);
        enum pqhw_status unlocked = lock_file(audit, F_UNLCK);
        if (status == PQHW_OK)
            status = unlocked;
    }
    if (status == PQHW_OK) {
        pthread_mutex_lock(&audit->sync_lock);
        audit->appended++;
        pthread_mutex_unlock(&audit->sync_lock);
    }
    pthread_mutex_unlock(&audit->append_lock);
    return status;
}

/* With sync_lock held. */
static void sync_once(struct audit *audit)
{
    uint64_t target = audit->appended;

    audit->syncing = true;
    pthread_mutex_unlock(&audit->sync_lock);
    bool ok = fdatasync(audit->fd) == 0;
    pthread_mutex_lock(&audit->sync_lock);
    audit->syncing = false;
    /* After one failure the kernel may have dropped the pages: nothing can be promised from then
     * on. */
    audit->sync_failed = audit->sync_failed || !ok;
    audit->synced = target;
    audit->last_sync_ns = clock_monotonic_ns();
    pthread_cond_broadcast(&audit->sync_done);
}

enum pqhw_status audit_sync(struct audit *audit, bool lazy)
{
    enum pqhw_status status = PQHW_OK;

    pthread_mutex_lock(&audit->sync_lock);
    uint64_t mine = audit->appended;
    if (lazy && clock_monotonic_ns() - audit->last_sync_ns < LAZY_SYNC_NS)
        mine = audit->synced;
    while (audit->synced < mine && !audit->sync_failed) {
        if (audit->syncing)
            pthread_cond_wait(&audit->sync_done, &audit->sync_lock);
        else
            sync_once(audit);
    }
    if (audit->sync_failed) {
        detail_set("%s cannot be written to the disk", audit->path);
        status = PQHW_AUDIT_FAILED;
    }
    pthread_mutex_unlock(&audit->sync_lock);
    return status;
}
