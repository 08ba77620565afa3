/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/running.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "hsm/home.h"

#define RUN_DIR     "run"
#define VERSION     1
#define RECORD_MAX  256
#define MAX_REMOVED 16 /* files looked at when one more process starts */

struct running {
    struct running *next;
    int fd; /* holds the lock; -1 in a child */
    uint64_t since_us;
    char path[HSM_PATH_MAX];
};

/*
 * Around fork. The lock belongs to the open file, which a child shares: while the child lived, its
 * parent would seem to. So a child lets go of all files, whose mutex is held across every fork.
 */

static struct {
    pthread_mutex_t lock;
    struct running *first;
    bool fork_handled;
} open_files = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void before_fork(void)
{
    pthread_mutex_lock(&open_files.lock);
}

static void after_fork_parent(void)
{
    pthread_mutex_unlock(&open_files.lock);
}

static void after_fork_child(void)
{
    for (struct running *running = open_files.first; running != NULL; running = running->next) {
        close(running->fd);
        running->fd = -1;
    }
    open_files.first = NULL;
    pthread_mutex_unlock(&open_files.lock);
}

enum pqhw_status running_handle_forks(void)
{
    pthread_mutex_lock(&open_files.lock);
    if (!open_files.fork_handled)
        open_files.fork_handled =
            pthread_atfork(before_fork, after_fork_parent, after_fork_child) == 0;
    enum pqhw_status status = open_files.fork_handled ? PQHW_OK : PQHW_NO_MEMORY;
    pthread_mutex_unlock(&open_files.lock);
    return status;
}

/* ---- the record ---- */

static void encode(struct buf *out, const struct running *running,
                   const struct hsm_resident_stats *stats)
{
    char program[HSM_PROGRAM_LEN] = "";

    snprintf(program, sizeof(program), "%s", program_invocation_short_name);
    buf_put_u8(out, VERSION);
    buf_put_u32(out, (uint32_t)getpid());
    buf_put(out, program, sizeof(program));
    buf_put_u64(out, running->since_us);
    buf_put_u64(out, stats->budget);
    buf_put_u64(out, stats->bytes);
    buf_put_u64(out, stats->peak_bytes);
    buf_put_u64(out, stats->keys);
    buf_put_u64(out, stats->hits);
    buf_put_u64(out, stats->misses);
    buf_put_u64(out, stats->evictions);
}

static bool decode(struct span record, struct hsm_process *out)
{
    struct reader r = reader(record);
    bool known = read_u8(&r) == VERSION;

    out->pid = read_u32(&r);
    struct span program = read_bytes(&r, HSM_PROGRAM_LEN);
    out->since_us = read_u64(&r);
    out->resident.budget = read_u64(&r);
    out->resident.bytes = read_u64(&r);
    out->resident.peak_bytes = read_u64(&r);
    out->resident.keys = read_u64(&r);
    out->resident.hits = read_u64(&r);
    out->resident.misses = read_u64(&r);
    out->resident.evictions = read_u64(&r);
    if (!known || !read_finished(&r))
        return false;
    memcpy(out->program, program.ptr, HSM_PROGRAM_LEN - 1);
    return true;
}

void running_write(const struct running *running, const struct hsm_resident_stats *stats)
{
    struct buf record = BUF_INIT(RECORD_MAX);

    encode(&record, running, stats);
    if (buf_status(&record) == PQHW_OK) {
        ssize_t ignored = pwrite(running->fd, record.ptr, record.len, 0);
        (void)ignored;
    }
    buf_free(&record);
}

/* ---- other processes' files ---- */

/* What one file says, if its process lives; else it is removed. Readers share the lock, so that two
 * of them do not take each other for the process. */
static bool look_at(int dir, const char *name, struct hsm_process *out)
{
    bool lives = false;
    uint8_t record[RECORD_MAX];
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
            unlinkat(dir, name, 0);
        } else if (errno == EWOULDBLOCK) {
            ssize_t len = pread(fd, record, sizeof(record), 0);
            lives = len > 0 && decode(span(record, (size_t)len), out);
        }
    }
    close(fd);
    return lives;
}

static const char *name_of(const struct running *running)
{
    return running == NULL ? "" : strrchr(running->path, '/') + 1;
}

static void list(const char *home, const struct running *own, size_t max,
                 void (*each)(void *arg, const struct hsm_process *process), void *arg)
{
    char path[HSM_PATH_MAX];

    if (home_path(path, home, RUN_DIR) != PQHW_OK)
        return;
    DIR *dir = opendir(path);
    if (dir == NULL)
        return;
    const int fd = dirfd(dir);
    for (const struct dirent *entry; fd >= 0 && max > 0 && (entry = readdir(dir)) != NULL;) {
        struct hsm_process process = {.self = strcmp(entry->d_name, name_of(own)) == 0};
        if (entry->d_name[0] == '.')
            continue;
        max--;
        if (look_at(fd, entry->d_name, &process) && each != NULL)
            each(arg, &process);
    }
    closedir(dir);
}

void running_list(const char *home, const struct running *own,
                  void (*each)(void *arg, const struct hsm_process *process), void *arg)
{
    list(home, own, SIZE_MAX, each, arg);
}

/* ---- this process's file ---- */

/* Whoever looks at the file before it is locked takes it for a dead process's and removes it. */
static bool still_there(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* With the mutex held. */
static bool create(struct running *running, const char *home)
{
    char name[48];

    if (home_path(running->path, home, RUN_DIR) != PQHW_OK)
        return false;
    if (mkdir(running->path, 0700) != 0 && errno != EEXIST)
        return false;
    for (unsigned tries = 0; tries < 10; tries++) {
        snprintf(name, sizeof(name), RUN_DIR "/%d-XXXXXX", (int)getpid());
        if (home_path(running->path, home, name) != PQHW_OK)
            return false;
        running->fd = mkostemp(running->path, O_CLOEXEC); /* with mode 0600 */
        if (running->fd < 0)
            return false;
        if (flock(running->fd, LOCK_EX | LOCK_NB) == 0 && still_there(running->fd))
            return true;
        unlink(running->path);
        close(running->fd);
    }
    return false;
}

struct running *running_open(const char *home)
{
    if (running_handle_forks() != PQHW_OK)
        return NULL;
    struct running *running = calloc(1, sizeof(*running));
    if (running == NULL)
        return NULL;
    list(home, NULL, MAX_REMOVED, NULL, NULL);
    running->since_us = clock_wall_us();
    pthread_mutex_lock(&open_files.lock);
    bool created = create(running, home);
    if (created) {
        running->next = open_files.first;
        open_files.first = running;
    }
    pthread_mutex_unlock(&open_files.lock);
    if (!created) {
        free(running);
        return NULL;
    }
    return running;
}

void running_close(struct running *running)
{
    if (running == NULL)
        return;
    pthread_mutex_lock(&open_files.lock);
    if (running->fd >= 0) {
        struct running **at = &open_files.first;
        while (*at != running)
            at = &(*at)->next;
        *at = running->next;
        unlink(running->path);
        close(running->fd);
    }
    pthread_mutex_unlock(&open_files.lock);
    free(running);
}
