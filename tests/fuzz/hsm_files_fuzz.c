/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of a device directory that somebody else may have written: an audit log and its journal,
 * the device key, the file of a running process. Nothing in them is believed without its MAC.
 *
 * Input: which file, then what stands in it.
 */
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#include "hsm/audit_journal.h"
#include "hsm/audit_line.h"
#include "hsm/home.h"
#include "hsm/running.h"

static char home[64];
static struct classic *classic;
static const uint8_t key[CLASSIC_KEY_LEN] = {1, 2, 3};

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

static void remove_home(void)
{
    nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void prepare(void)
{
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    if (home[0] != '\0')
        return;
    snprintf(home, sizeof(home), "%s/pqhw-fuzz-XXXXXX", parent);
    check(mkdtemp(home) != NULL && classic_new(&classic) == PQHW_OK);
    atexit(remove_home);
}

/* The open file, which the caller closes. */
static int put_file(char path[HSM_PATH_MAX], const char *name, struct span text)
{
    check(home_path(path, home, name) == PQHW_OK);
    unlink(path);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len);
    return fd;
}

static uint64_t size_of(const char *path)
{
    struct stat st;

    check(stat(path, &st) == 0);
    return (uint64_t)st.st_size;
}

/* A log that no MAC vouches for is whole only if it is empty; and opening it to write says so, or
 * takes off a piece of a line. */
static void try_log(struct span text)
{
    char path[HSM_PATH_MAX];
    struct audit_findings findings;
    struct audit_log log;
    struct audit_mark last;
    const struct audit_mark start = {0};

    close(put_file(path, "fuzz.log", text));
    enum pqhw_status status = audit_verify(path, key, NULL, &start, &findings);
    check(status == PQHW_OK || status == PQHW_AUDIT_FAILED || status == PQHW_RECORD_DAMAGED);
    if (status == PQHW_OK)
        check(findings.problem != NULL || findings.num_records == 0);
    check(audit_log_open(&log, path) == PQHW_OK);
    uint64_t size = text.len;
    if (audit_log_tail(&log, &size, &last) == PQHW_OK) {
        check(size <= text.len && size_of(path) == size);
        check(size == 0 || text.ptr[size - 1] == '\n');
    } else {
        check(size_of(path) == text.len);
    }
    audit_log_close(&log);
}

static void ignore_line(void *arg, struct span line)
{
    (void)line;
    (*(unsigned *)arg)++;
}

/* Who opens the log beside such a journal, and with such an outbox, appends to it all the same, or
 * refuses; what is read is what was appended. */
static void try_journal(struct span text)
{
    char path[HSM_PATH_MAX];
    struct audit *audit = NULL;
    const struct audit_mark start = {0};
    struct audit_mark mark;
    const struct audit_event event = {
        .app = "fuzz", .role = "user", .operation = "C_Sign", .result = "OK"};
    unsigned lines = 0;
    struct audit_outbox kept = {.len = text.len < AUDIT_OUTBOX_MAX ? (uint32_t)text.len
                                                                   : AUDIT_OUTBOX_MAX};

    memcpy(kept.lines, text.ptr, kept.len);
    close(put_file(path, "journal.log.journal", text));
    close(put_file(path, "journal.log", SPAN_EMPTY));
    if (audit_open(&audit, path, key, &kept) != PQHW_OK)
        return;
    if (audit_append(audit, &event, &start, &mark) == PQHW_OK) {
        check(mark.seq == 1);
        check(audit_flush(audit) == PQHW_OK);
        check(audit_read(path, key, &kept, ignore_line, &lines) == PQHW_OK && lines == 1);
    }
    audit_close(audit);
}

static void try_key(struct span text)
{
    char path[HSM_PATH_MAX];
    struct secret sk = {0};

    close(put_file(path, "device.key", text));
    enum pqhw_status status = home_key(home, false, classic, &sk);
    check(status == PQHW_OK || status == PQHW_RECORD_DAMAGED || status == PQHW_VERSION_UNKNOWN);
    check(status == PQHW_OK ? sk.len == HOME_KEY_LEN : sk.ptr == NULL);
    secret_free(&sk);
}

static void see_process(void *arg, const struct hsm_process *process)
{
    (*(unsigned *)arg)++;
    check(memchr(process->program, '\0', sizeof(process->program)) != NULL);
}

static void try_running(struct span text)
{
    char path[HSM_PATH_MAX];
    unsigned num = 0;

    check(home_path(path, home, "run") == PQHW_OK);
    (void)!mkdir(path, 0700);
    int fd = put_file(path, "run/1-abcdef", text);
    check(flock(fd, LOCK_EX | LOCK_NB) == 0);
    running_list(home, NULL, see_process, &num);
    check(num <= 1);
    close(fd);
    running_list(home, NULL, see_process, &num); /* nobody holds it: it goes */
    check(access(path, F_OK) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const files[])(struct span text) = {try_log, try_journal, try_key, try_running};

    prepare();
    if (size > 0)
        files[data[0] % 4](span(data + 1, size - 1));
    return 0;
}

static void put_line(struct buf *out)
{
    char line[AUDIT_LINE_MAX];
    const uint8_t mac[AUDIT_MAC_LEN] = {1, 2, 3};
    const struct audit_event event = {
        .app = "app", .role = "user", .operation = "C_Sign", .result = "OK", .epoch = 5};

    size_t len = audit_line_head(line, 1, 2);
    len += audit_line_event(line + len, &event, 1);
    buf_put(out, line, audit_line_seal(line, len, 0, mac));
}

bool fuzz_seed(size_t i, struct buf *out)
{
    buf_put_u8(out, (uint8_t)(i % 4));
    if (i % 4 == 0)
        for (size_t k = 0; k <= i / 4; k++)
            put_line(out);
    else if (i % 4 == 1)
        buf_put_str(out, "pqhwjrnl");
    for (size_t k = 0; i % 4 >= 2 && k < (i % 4 == 2 ? 33 : 200); k++)
        buf_put_u8(out, k == 0);
    return i < 12;
}
