/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading audit logs back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/wipe.h"
#include "hsm/audit_journal.h"
#include "hsm/audit_line.h"
#include "hsm/detail.h"

/* NULL with errno. Never waits, as opening a FIFO would. */
static FILE *open_log(const char *path)
{
    struct stat st;
    FILE *file = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0) {
        errno = EINVAL;
        if (S_ISREG(st.st_mode))
            file = fdopen(fd, "r");
    }
    if (file == NULL)
        close(fd);
    return file;
}

/* Records may still be pending in the journal, also those of processes that were killed. */
static enum pqhw_status flush_log(const char *path, const uint8_t key[CLASSIC_KEY_LEN],
                                  const struct audit_outbox *kept)
{
    enum pqhw_status status = PQHW_OK;
    struct audit *audit = NULL;
    bool has_journal;

    TRY(audit_journal_exists(path, &has_journal));
    bool may_lack = has_journal || (kept != NULL && kept->len > 0);
    if (!may_lack || access(path, F_OK) != 0)
        return PQHW_OK;
    TRY(audit_open(&audit, path, key, kept));
    TRY(audit_flush(audit));
out:
    audit_close(audit);
    return status;
}

enum pqhw_status audit_read(const char *path, const uint8_t key[CLASSIC_KEY_LEN],
                            const struct audit_outbox *kept,
                            void (*record)(void *arg, struct span line), void *arg)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    enum pqhw_status flushed = flush_log(path, key, kept);
    FILE *file = open_log(path);

    if (file == NULL) {
        int error = errno;
        detail_set("%s: %s", path, strerror(error));
        return error == ENOENT ? PQHW_NOT_FOUND : PQHW_ACCESS_DENIED;
    }
    while ((len = getline(&line, &cap, file)) > 0) {
        /* A line without a newline is one that a writer has not finished yet; none is that long. */
        bool ended = line[len - 1] == '\n';
        if (ended || len >= AUDIT_LINE_MAX)
            record(arg, span(line, (size_t)len - ended));
    }
    enum pqhw_status status = ferror(file) ? PQHW_DEVICE_ERROR : PQHW_OK;
    free(line);
    fclose(file);
    return flushed != PQHW_OK ? flushed : status;
}

struct check {
    struct classic_hmac sk_hmac;
    const struct audit_mark *anchor;
    struct audit_mark last;
    struct audit_findings *out;
};

static void bad(struct check *check, uint64_t seq, const char *problem)
{
    check->out->bad_record = seq;
    check->out->problem = problem;
}

/* A change that was recorded but not made gave its number to the next; no number goes back. */
static void check_epoch(struct check *check, uint64_t epoch)
{
    if (epoch == 0)
        return;
    if (epoch < check->out->epoch)
        bad(check, check->last.seq, "before it what is stored was put back to an older state");
    check->out->epoch = epoch;
}

static void check_line(void *arg, struct span line)
{
    struct check *check = arg;
    struct audit_mark mark = {0};
    struct audit_parts parts;
    uint8_t mac[AUDIT_MAC_LEN];

    if (check->out->problem != NULL)
        return;
    check->out->num_records++;
    if (!audit_line_read(line, &mark, &parts)) {
        bad(check, check->last.seq + 1, "it has not the form of a record");
        return;
    }
    if (mark.seq != check->last.seq + 1) {
        bad(check, check->last.seq + 1, "records are missing or out of order");
        return;
    }
    audit_line_mac_after(&check->sk_hmac, mac, &parts, &check->last);
    if (!ct_equal(mac, mark.mac, sizeof(mac))) {
        bad(check, mark.seq, "it was changed, or belongs elsewhere");
        return;
    }
    check->last = mark;
    check_epoch(check, audit_line_epoch(line));
    if (mark.seq == check->anchor->seq)
        check->out->has_anchor = ct_equal(mark.mac, check->anchor->mac, sizeof(mac));
}

enum pqhw_status audit_verify(const char *path, const uint8_t key[CLASSIC_KEY_LEN],
                              const struct audit_outbox *kept, const struct audit_mark *anchor,
                              struct audit_findings *out)
{
    struct check check = {.anchor = anchor, .out = out};

    *out = (struct audit_findings){.has_anchor = anchor->seq == 0};
    audit_line_key(&check.sk_hmac, key, path);
    enum pqhw_status status = audit_read(path, key, kept, check_line, &check);
    wipe(&check.sk_hmac, sizeof(check.sk_hmac));
    /* A damaged log may be why nothing can be written to it; one that is not there, but should be,
     * lacks its records. */
    if (out->problem != NULL || (status == PQHW_NOT_FOUND && anchor->seq != 0))
        return PQHW_OK;
    return status;
}
