/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/audit_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hsm/detail.h"

#define SUFFIX    ".journal"
#define MAX_TRIES 100
#define RETRY_NS  1000000

/* The lock and what is made anew with it: programs that use a journal together agree on it. */
#define LOCK_SIZE                                                                                  \
    ((uint32_t)(offsetof(struct audit_pages, sync_failed) + sizeof(uint32_t) -                     \
                offsetof(struct audit_pages, lock)))

/* The last character is the version of all that stands before the lock. */
static const char magic[8] = "pqhwAJ3";
#define MAGIC_FAMILY 6

_Static_assert(sizeof(struct audit_pages) == 4096 + AUDIT_JOURNAL_ROOM, "one page before the room");

static char *path_for(const char *log_path)
{
    char *path = NULL;

    return asprintf(&path, "%s" SUFFIX, log_path) < 0 ? NULL : path;
}

enum pqhw_status audit_journal_exists(const char *log_path, bool *out)
{
    char *path = path_for(log_path);

    if (path == NULL)
        return PQHW_NO_MEMORY;
    *out = access(path, F_OK) == 0;
    free(path);
    return PQHW_OK;
}

/* ---- locks on files: they end with the process, however that ends ---- */

/* 0, or what errno would be. */
static int lock_file(int fd, short type, bool wait)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

    while (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) != 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* ---- the pages ---- */

static bool init_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attr;

    if (pthread_mutexattr_init(&attr) != 0)
        return false;
    bool ok = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0 &&
              pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0 &&
              pthread_mutex_init(mutex, &attr) == 0;
    pthread_mutexattr_destroy(&attr);
    return ok;
}

static bool is_magic(const struct audit_pages *pages, size_t len)
{
    return memcmp(pages->magic, magic, len) == 0; /* public */
}

/* As the first user: what was there is kept, to be looked at under the new lock. */
static enum pqhw_status init_pages(struct audit_pages *pages)
{
    pages->lock_size = 0;
    if (!is_magic(pages, sizeof(magic))) {
        if (is_magic(pages, MAGIC_FAMILY))
            return PQHW_VERSION_UNKNOWN;
        memset(pages, 0, offsetof(struct audit_pages, room));
        memcpy(pages->magic, magic, sizeof(magic));
    }
    pages->unsettled = 1;
    memset(&pages->lock, 0, LOCK_SIZE);
    if (!init_mutex(&pages->lock))
        return PQHW_NO_MEMORY;
    __atomic_store_n(&pages->lock_size, LOCK_SIZE, __ATOMIC_RELEASE);
    return PQHW_OK;
}

static enum pqhw_status own_pages(struct audit_journal *journal)
{
    journal->pages = aligned_alloc(_Alignof(struct audit_pages), sizeof(*journal->pages));
    if (journal->pages == NULL)
        return PQHW_NO_MEMORY;
    memset(journal->pages, 0, sizeof(*journal->pages));
    return init_pages(journal->pages);
}

/* ---- the file ---- */

static enum pqhw_status open_file(struct audit_journal *journal)
{
    struct stat st;

    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (journal->fd < 0 || fstat(journal->fd, &st) != 0)
        return audit_log_failed(journal->path, "cannot be opened");
    if (S_ISREG(st.st_mode))
        return PQHW_OK;
    detail_set("%s is not a regular file", journal->path);
    return PQHW_AUDIT_FAILED;
}

/* Written, not only lengthened: a page without its place on the disk cannot be touched once the
 * disk is full. */
static enum pqhw_status allocate(const struct audit_journal *journal)
{
    enum pqhw_status status = PQHW_OK;
    size_t len = sizeof(struct audit_pages);
    uint8_t *zeros = calloc(1, len);

    REQUIRE(zeros != NULL, PQHW_NO_MEMORY);
    if (ftruncate(journal->fd, 0) != 0)
        TRY(audit_log_failed(journal->path, "cannot be written"));
    for (size_t done = 0; done < len;) {
        ssize_t written = pwrite(journal->fd, zeros + done, len - done, (off_t)done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            TRY(audit_log_failed(journal->path, "cannot be written"));
        done += (size_t)written;
    }
out:
    free(zeros);
    if (status != PQHW_OK && ftruncate(journal->fd, 0) != 0)
        return audit_log_failed(journal->path, "cannot be written");
    return status;
}

static bool has_size(const struct audit_journal *journal)
{
    struct stat st;

    return fstat(journal->fd, &st) == 0 && st.st_size == (off_t)sizeof(struct audit_pages);
}

static enum pqhw_status begin_first(const struct audit_journal *journal)
{
    enum pqhw_status status = PQHW_OK;

    if (!has_size(journal))
        TRY(allocate(journal));
    TRY(init_pages(journal->pages));
out:
    return status;
}

static bool is_ready(const struct audit_journal *journal)
{
    const struct audit_pages *pages = journal->pages;

    return has_size(journal) && is_magic(pages, sizeof(magic)) &&
           __atomic_load_n(&pages->lock_size, __ATOMIC_ACQUIRE) == LOCK_SIZE;
}

/* The first user makes the pages ready; a later one finds them so, or the first one died over it
 * and it becomes the first. */
static enum pqhw_status begin_use(const struct audit_journal *journal)
{
    for (unsigned tries = 0; tries < MAX_TRIES; tries++) {
        enum pqhw_status status = PQHW_OK;
        int error = lock_file(journal->fd, F_WRLCK, false);
        if (error == 0)
            status = begin_first(journal);
        if (error == 0 || error == EAGAIN || error == EACCES)
            error = lock_file(journal->fd, F_RDLCK, true);
        if (error != 0) {
            errno = error;
            return audit_log_failed(journal->path, "cannot be locked");
        }
        if (status != PQHW_OK)
            return status;
        if (is_ready(journal))
            return PQHW_OK;
        lock_file(journal->fd, F_UNLCK, false);
        nanosleep(&(struct timespec){.tv_nsec = RETRY_NS}, NULL);
    }
    detail_set("%s is in use by another version of pqhw", journal->path);
    return PQHW_AUDIT_FAILED;
}

static enum pqhw_status map(struct audit_journal *journal)
{
    size_t len = sizeof(struct audit_pages);
    void *pages = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, journal->fd, 0);

    if (pages == MAP_FAILED && errno == ENODEV) {
        close(journal->fd);
        journal->fd = -1;
        return own_pages(journal);
    }
    if (pages == MAP_FAILED)
        return audit_log_failed(journal->path, "cannot be mapped");
    /* A child has no business with the pages, and its copy of the lock's owner none in them. */
    if (madvise(pages, len, MADV_DONTFORK) != 0) {
        munmap(pages, len);
        return audit_log_failed(journal->path, "cannot be mapped");
    }
    journal->pages = pages;
    return PQHW_OK;
}

enum pqhw_status audit_journal_open(struct audit_journal *journal, const struct audit_log *log)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_journal fresh = {.path = path_for(log->path), .fd = -1};

    REQUIRE(fresh.path != NULL, PQHW_NO_MEMORY);
    TRY(open_file(&fresh));
    TRY(map(&fresh));
    REQUIRE(fresh.pages != NULL, PQHW_INTERNAL);
    if (audit_journal_is_shared(&fresh))
        TRY(begin_use(&fresh));
    *journal = fresh;
    fresh = (struct audit_journal){.fd = -1};
out:
    audit_journal_close(&fresh);
    return status;
}

void audit_journal_close(struct audit_journal *journal)
{
    if (journal->fd < 0) {
        free(journal->pages);
    } else {
        if (journal->pages != NULL)
            munmap(journal->pages, sizeof(*journal->pages));
        close(journal->fd);
    }
    free(journal->path);
    *journal = (struct audit_journal){.fd = -1};
}

void audit_journal_forget(struct audit_journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
    journal->pages = NULL;
}

enum pqhw_status audit_journal_check(const struct audit_journal *journal)
{
    struct stat opened;
    struct stat named;

    if (!audit_journal_is_shared(journal))
        return PQHW_OK;
    if (fstat(journal->fd, &opened) == 0 && lstat(journal->path, &named) == 0 &&
        named.st_ino == opened.st_ino && named.st_dev == opened.st_dev &&
        opened.st_size == (off_t)sizeof(struct audit_pages))
        return PQHW_OK;
    detail_set("%s was removed or replaced while in use: restart what uses it", journal->path);
    return PQHW_AUDIT_FAILED;
}

/* ---- the lock ---- */

enum pqhw_status audit_journal_lock(struct audit_journal *journal, const struct audit_log *log)
{
    struct audit_pages *pages = journal->pages;
    int error = pthread_mutex_lock(&pages->lock);

    if (error == EOWNERDEAD) {
        /* Its holder was killed in the middle of something. */
        pages->unsettled = 1;
        error = pthread_mutex_consistent(&pages->lock);
    }
    if (error == 0 && !audit_journal_is_shared(journal)) {
        error = lock_file(log->fd, F_WRLCK, true);
        if (error != 0)
            pthread_mutex_unlock(&pages->lock);
    }
    if (error == 0)
        return PQHW_OK;
    errno = error;
    return audit_log_failed(log->path, "cannot be locked");
}

void audit_journal_unlock(struct audit_journal *journal, const struct audit_log *log)
{
    /* The lock of a file that is open cannot fail to be given back. */
    if (!audit_journal_is_shared(journal))
        lock_file(log->fd, F_UNLCK, false);
    pthread_mutex_unlock(&journal->pages->lock);
}
