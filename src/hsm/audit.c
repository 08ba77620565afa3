/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/audit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ct.h"
#include "base/secret.h"
#include "hsm/audit_journal.h"
#include "hsm/audit_told.h"
#include "hsm/detail.h"

#define LAZY_SYNC_MS 200u

/* A record that may still be counted, which this process opened. */
struct counting {
    const struct told *told; /* NULL: there is none */
    uint64_t seq;
    uint64_t since_ms;
    uint8_t digest[CLASSIC_HASH_LEN];
};

struct audit {
    struct audit *next; /* of all that are open */
    struct secret sk;   /* struct audit_secrets */
    uint64_t pid;
    struct audit_outbox kept;
    struct audit_log log;
    struct audit_journal journal; /* opened, under opened.lock, when it is first needed */
    atomic_bool has_journal;

    /* guarded by the journal's lock */
    struct audit_mark last; /* that this process knows of */
    atomic_ullong last_seq; /* its own, to be read without the lock */
    struct counting counting;
    atomic_ullong appended; /* what this process appended, or found to be written */

    pthread_mutex_t sync_lock; /* guards what follows */
    pthread_cond_t sync_done;
    bool syncing;
    atomic_bool sync_failed;
    uint64_t synced;
    atomic_ullong last_sync_ms;
};

/*
 * Around fork. The locks on files belong to the open files, which a child shares, and the journal's
 * pages are not there in it. So a child lets go of all logs, whose mutex is held across every fork.
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
        close(audit->log.fd);
        audit->log.fd = -1;
        audit_journal_forget(&audit->journal);
        atomic_store(&audit->has_journal, false);
    }
    opened.first = NULL;
    pthread_mutex_unlock(&opened.lock);
}

enum pqhw_status audit_handle_forks(void)
{
    pthread_mutex_lock(&opened.lock);
    if (!opened.fork_handled)
        opened.fork_handled = pthread_atfork(before_fork, after_fork_parent, after_fork_child) == 0;
    enum pqhw_status status = opened.fork_handled ? PQHW_OK : PQHW_NO_MEMORY;
    pthread_mutex_unlock(&opened.lock);
    return status;
}

/* ---- opening and closing ---- */

static struct audit_secrets *secrets_of(const struct audit *audit)
{
    return (struct audit_secrets *)(void *)audit->sk.ptr;
}

static enum pqhw_status open_log(struct audit *audit, const char *path)
{
    enum pqhw_status status = PQHW_OK;

    pthread_mutex_lock(&opened.lock);
    TRY(audit_log_open(&audit->log, path));
    audit->next = opened.first;
    opened.first = audit;
out:
    pthread_mutex_unlock(&opened.lock);
    return status;
}

static void close_log(struct audit *audit)
{
    pthread_mutex_lock(&opened.lock);
    struct audit **at = &opened.first;
    while (*at != NULL && *at != audit)
        at = &(*at)->next;
    if (*at != NULL)
        *at = audit->next;
    audit_journal_close(&audit->journal);
    audit_log_close(&audit->log);
    pthread_mutex_unlock(&opened.lock);
}

enum pqhw_status audit_open(struct audit **out, const char *path,
                            const uint8_t key[CLASSIC_KEY_LEN], const struct audit_outbox *kept)
{
    enum pqhw_status status = PQHW_OK;
    struct audit *audit = calloc(1, sizeof(*audit));

    *out = NULL;
    if (audit == NULL)
        return PQHW_NO_MEMORY;
    audit->log.fd = -1;
    audit->journal.fd = -1;
    audit->pid = (uint64_t)getpid();
    if (kept != NULL)
        audit->kept = *kept;
    pthread_mutex_init(&audit->sync_lock, NULL);
    pthread_cond_init(&audit->sync_done, NULL);
    TRY(secret_new(&audit->sk, sizeof(struct audit_secrets)));
    audit_line_key(&secrets_of(audit)->hmac, key, path);
    TRY(audit_handle_forks());
    TRY(open_log(audit, path));
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
    /* What cannot be written now stays in the journal for who comes next. */
    enum pqhw_status ignored = audit_sync(audit, false);
    (void)ignored;
    close_log(audit);
    pthread_cond_destroy(&audit->sync_done);
    pthread_mutex_destroy(&audit->sync_lock);
    secret_free(&audit->sk);
    free(audit);
}

static enum pqhw_status open_journal(struct audit *audit)
{
    enum pqhw_status status = PQHW_OK;

    if (atomic_load(&audit->has_journal))
        return PQHW_OK;
    if (audit->log.fd < 0) {
        detail_set("an audit log that was opened before a fork cannot be used after it");
        return PQHW_AUDIT_FAILED;
    }
    pthread_mutex_lock(&opened.lock);
    if (!atomic_load(&audit->has_journal)) {
        status = audit_journal_open(&audit->journal, &audit->log);
        atomic_store(&audit->has_journal, status == PQHW_OK);
    }
    pthread_mutex_unlock(&opened.lock);
    return status;
}

/* ---- from the journal to the log; with the journal's lock held ---- */

/* Does the line follow the record before it? *mark becomes its own then. */
static bool follows(const struct audit *audit, struct span line, struct audit_mark *mark,
                    uint64_t *uses)
{
    struct audit_mark own;
    struct audit_parts parts;
    uint8_t mac[AUDIT_MAC_LEN];

    if (!audit_line_read(line, &own, &parts) || own.seq != mark->seq + 1)
        return false;
    audit_line_mac_after(&secrets_of(audit)->hmac, mac, &parts, mark);
    if (!ct_equal(mac, own.mac, sizeof(mac)))
        return false;
    *mark = own;
    *uses = parts.count;
    return true;
}

/* The open record's line, made whole by one of its counts, where it stands; its length. */
static size_t complete(struct audit_pages *pages, uint32_t which)
{
    const struct audit_count *count = &pages->counts[which - 1];

    return audit_line_seal((char *)pages->room + pages->end, pages->open_len, count->uses,
                           count->mac);
}

static bool has_open_line(const struct audit_pages *pages)
{
    return pages->open_len <= AUDIT_BODY_MAX && pages->end <= AUDIT_JOURNAL_ROOM - AUDIT_LINE_MAX;
}

/* The line of the record that is still counted, if it follows *mark: with the count of the two that
 * is right and further. It stands behind the others then; its length with the newline, or 0. */
static size_t take_open(const struct audit *audit, struct audit_mark *mark)
{
    struct audit_pages *pages = audit->journal.pages;
    const struct audit_mark before = *mark;
    uint64_t most = 0;
    uint32_t taken = 0;

    if (!has_open_line(pages))
        return 0;
    for (uint32_t which = 1; which <= 2; which++) {
        struct audit_mark own = before;
        uint64_t uses;
        size_t len = complete(pages, which);
        if (!follows(audit, span(pages->room + pages->end, len - 1), &own, &uses) || uses <= most)
            continue;
        most = uses;
        taken = which;
        *mark = own;
    }
    return taken == 0 ? 0 : complete(pages, taken);
}

/* What the log has already is what the journal said; of a record that was counted it may say less,
 * if the machine stopped. */
static enum pqhw_status agree(const struct audit *audit, const struct audit_mark *in_log,
                              uint64_t uses, struct audit_mark *mark)
{
    if (mark->seq != in_log->seq || ct_equal(mark->mac, in_log->mac, sizeof(mark->mac)))
        return PQHW_OK;
    if (uses > 0) {
        *mark = *in_log;
        return PQHW_OK;
    }
    detail_set("%s and %s contradict each other", audit->journal.path, audit->log.path);
    return PQHW_AUDIT_FAILED;
}

/*
 * The lines of the journal that are genuine and that the log, which ends with *last, lacks. *last
 * becomes the last of them.
 */
static enum pqhw_status lacking(const struct audit *audit, struct audit_mark *last,
                                struct span *lines)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_pages *pages = audit->journal.pages;
    const struct audit_mark in_log = *last;
    struct audit_mark mark = pages->base;
    size_t start = 0;
    size_t at = 0;
    uint64_t uses = 0;
    const uint8_t *newline;

    if (pages->end > AUDIT_JOURNAL_ROOM)
        pages->end = 0;
    while ((newline = memchr(pages->room + at, '\n', pages->end - at)) != NULL) {
        size_t len = (size_t)(newline - pages->room) - at;
        if (!follows(audit, span(pages->room + at, len), &mark, &uses))
            break;
        at += len + 1;
        TRY(agree(audit, &in_log, uses, &mark));
        if (mark.seq <= in_log.seq)
            start = at;
        else
            *last = mark;
    }
    size_t open_len = at == pages->end ? take_open(audit, &mark) : 0;
    if (open_len > 0 && mark.seq > in_log.seq) {
        at += open_len;
        *last = mark;
    }
    *lines = span(pages->room + start, at - start);
out:
    return status;
}

/*
 * What rests elsewhere goes back to a log that ends with *last, before the journal's lines, which
 * may be later ones. *last and *size become what the log has then.
 */
static enum pqhw_status take_kept(const struct audit *audit, uint64_t *size,
                                  struct audit_mark *last)
{
    const struct audit_outbox *kept = &audit->kept;
    size_t start = 0;
    size_t at = 0;
    uint64_t uses;
    const uint8_t *newline;

    while ((newline = memchr(kept->lines + at, '\n', kept->len - at)) != NULL) {
        size_t len = (size_t)(newline - kept->lines) - at;
        if (follows(audit, span(kept->lines + at, len), last, &uses))
            at += len + 1;
        else if (at == start) /* the log has it, or ends before it */
            start = at += len + 1;
        else
            break;
    }
    return at == start ? PQHW_OK
                       : audit_log_write(&audit->log, size, span(kept->lines + start, at - start));
}

static void set_empty(struct audit_pages *pages, const struct audit_mark *last, uint64_t log_size)
{
    pages->open = 0;
    pages->end = 0;
    pages->base = *last;
    pages->last = *last;
    pages->log_size = log_size;
}

/*
 * Bring journal and log together, whatever state a crash, or somebody else, left them in: the one
 * rule is that of a line whose MAC is right nothing is lost, and everything else in the journal is
 * nothing.
 */
static enum pqhw_status settle(struct audit *audit)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_pages *pages = audit->journal.pages;
    struct audit_mark last;
    struct span lines;
    uint64_t size;

    pages->unsettled = 1;
    pages->synced_size = 0;
    TRY(audit_journal_check(&audit->journal));
    TRY(audit_log_size(&audit->log, &size));
    TRY(audit_log_tail(&audit->log, &size, &last));
    TRY(take_kept(audit, &size, &last));
    TRY(lacking(audit, &last, &lines));
    if (lines.len > 0) {
        TRY(audit_log_write(&audit->log, &size, lines));
        atomic_fetch_add(&audit->appended, 1);
    }
    set_empty(pages, &last, size);
    pages->unsettled = 0;
out:
    return status;
}

static bool is_settled(const struct audit_pages *pages)
{
    return pages->unsettled == 0 && pages->open <= 2 && pages->end <= AUDIT_JOURNAL_ROOM &&
           (pages->open == 0 || has_open_line(pages));
}

/* The last record is not counted any further. Whoever is killed over this leaves its line whole, or
 * what it is made of. */
static void close_open(struct audit_pages *pages)
{
    if (pages->open == 0)
        return;
    uint32_t len = (uint32_t)complete(pages, pages->open);
    __atomic_store_n(&pages->end, pages->end + len, __ATOMIC_RELEASE);
    pages->open = 0;
}

/* Nothing follows a log whose end is damaged; it can be read all the same. */
static bool may_lack_kept(const struct audit *audit)
{
    struct audit_mark last;
    uint64_t size;

    return audit->kept.len > 0 && audit_log_size(&audit->log, &size) == PQHW_OK &&
           audit_log_tail(&audit->log, &size, &last) == PQHW_OK;
}

/* Write what is pending to the log. If that fails, it stays pending. */
static enum pqhw_status flush(struct audit *audit)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_pages *pages = audit->journal.pages;
    bool settled = is_settled(pages);
    uint64_t size;

    if (pages->end == 0 && pages->open == 0 && (settled || !may_lack_kept(audit)))
        return PQHW_OK;
    if (!settled)
        return settle(audit);
    close_open(pages);
    TRY(audit_journal_check(&audit->journal));
    TRY(audit_log_size(&audit->log, &size));
    if (size != pages->log_size)
        return settle(audit);
    status = audit_log_write(&audit->log, &size, span(pages->room, pages->end));
    pages->log_size = size;
    if (status == PQHW_OK)
        set_empty(pages, &pages->last, size);
out:
    return status;
}

/* *size is the log's then, or 0 if it is not known. */
static enum pqhw_status flush_to(struct audit *audit, uint64_t *size)
{
    enum pqhw_status status = PQHW_OK;

    TRY(open_journal(audit));
    TRY(audit_journal_lock(&audit->journal, &audit->log));
    status = flush(audit);
    *size = is_settled(audit->journal.pages) ? audit->journal.pages->log_size : 0;
    audit_journal_unlock(&audit->journal, &audit->log);
out:
    return status;
}

enum pqhw_status audit_flush(struct audit *audit)
{
    uint64_t ignored;

    return flush_to(audit, &ignored);
}

/* ---- appending; with the journal's lock held ---- */

/* Learn what others did. */
static enum pqhw_status catch_up(struct audit *audit)
{
    enum pqhw_status status = PQHW_OK;
    const struct audit_pages *pages = audit->journal.pages;
    uint64_t size;

    if (!is_settled(pages))
        return settle(audit);
    if (audit_journal_is_shared(&audit->journal))
        return PQHW_OK;
    TRY(audit_log_size(&audit->log, &size));
    if (size != pages->log_size)
        TRY(settle(audit));
out:
    return status;
}

/* The log never gets shorter: if it did, the chain goes on from what is remembered. */
static enum pqhw_status go_on(struct audit *audit, const struct audit_mark *known)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_pages *pages = audit->journal.pages;
    struct audit_mark last = audit->last.seq > known->seq ? audit->last : *known;

    if (last.seq > pages->last.seq) {
        TRY(flush(audit));
        set_empty(pages, &last, pages->log_size);
    }
out:
    return status;
}

static enum pqhw_status make_room(struct audit *audit, size_t len)
{
    return audit->journal.pages->end > AUDIT_JOURNAL_ROOM - len ? flush(audit) : PQHW_OK;
}

/* Into the journal; what was written of it counts only once `end` says so. */
static enum pqhw_status put(struct audit *audit, struct span line, const struct audit_mark *mark)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_pages *pages = audit->journal.pages;

    TRY(make_room(audit, line.len));
    memcpy(pages->room + pages->end, line.ptr, line.len);
    pages->last = *mark;
    __atomic_store_n(&pages->end, (uint32_t)(pages->end + line.len), __ATOMIC_RELEASE);
    if (audit_journal_is_shared(&audit->journal))
        return PQHW_OK;
    status = flush(audit);
    if (status != PQHW_OK)
        set_empty(pages, &pages->base, pages->log_size);
out:
    return status;
}

/* One more use. The count before stays right until this one is. */
static void put_count(const struct audit *audit, uint64_t uses, struct audit_mark *mark)
{
    struct audit_pages *pages = audit->journal.pages;
    uint32_t which = pages->open == 1 ? 2 : 1;
    struct audit_count *count = &pages->counts[which - 1];

    *mark = (struct audit_mark){.seq = audit->counting.seq};
    audit_line_mac(&secrets_of(audit)->hmac, mark->mac, audit->counting.digest, uses);
    count->uses = uses;
    memcpy(count->mac, mark->mac, sizeof(count->mac));
    pages->last = *mark;
    __atomic_store_n(&pages->open, which, __ATOMIC_RELEASE);
}

/* A record that is counted from now on, with its first use. */
static enum pqhw_status put_open(struct audit *audit, struct span body, struct audit_mark *mark)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_pages *pages = audit->journal.pages;

    TRY(make_room(audit, AUDIT_LINE_MAX));
    memcpy(pages->room + pages->end, body.ptr, body.len);
    pages->open_len = (uint32_t)body.len;
    put_count(audit, 1, mark);
out:
    return status;
}

/* Is this one more of what the open record counts? */
static bool is_counted_on(const struct audit *audit, const struct audit_event *event)
{
    const struct audit_pages *pages = audit->journal.pages;
    const struct counting *counting = &audit->counting;

    return pages->open != 0 && counting->told != NULL && counting->seq == pages->last.seq &&
           event->counted && told_is(counting->told, event) &&
           clock_coarse_ms() - counting->since_ms < LAZY_SYNC_MS;
}

/* A record of its own. */
static enum pqhw_status put_new(struct audit *audit, const struct audit_event *event,
                                struct audit_mark *mark)
{
    enum pqhw_status status = PQHW_OK;
    struct audit_pages *pages = audit->journal.pages;
    struct counting *counting = &audit->counting;
    bool counted = event->counted;
    char line[AUDIT_LINE_MAX];

    close_open(pages);
    counting->told = NULL; /* what is told anew may take its place */
    const struct told *told = NULL;
    TRY(told_get(secrets_of(audit), event, audit->pid, &told));
    *mark = (struct audit_mark){.seq = pages->last.seq + 1};
    const struct line_setting setting = {
        .seq = mark->seq, .time = clock_wall_us(), .mac_before = pages->last.mac};
    size_t len = told_body(told, &setting, line, counting->digest);
    counting->seq = mark->seq;
    counting->since_ms = clock_coarse_ms();
    if (counted && audit_journal_is_shared(&audit->journal)) {
        TRY(put_open(audit, span(line, len), mark));
        counting->told = told;
    } else {
        audit_line_mac(&secrets_of(audit)->hmac, mark->mac, counting->digest, counted);
        len = audit_line_seal(line, len, counted, mark->mac);
        TRY(put(audit, span(line, len), mark));
    }
out:
    return status;
}

static enum pqhw_status append_locked(struct audit *audit, const struct audit_event *event,
                                      const struct audit_mark *known, struct audit_mark *mark)
{
    enum pqhw_status status = PQHW_OK;
    const struct audit_pages *pages = audit->journal.pages;

    TRY(catch_up(audit));
    TRY(go_on(audit, known));
    if (is_counted_on(audit, event))
        put_count(audit, pages->counts[pages->open - 1].uses + 1, mark);
    else
        TRY(put_new(audit, event, mark));
    audit->last = *mark;
    atomic_store_explicit(&audit->last_seq, mark->seq, memory_order_relaxed);
    atomic_fetch_add(&audit->appended, 1);
out:
    return status;
}

enum pqhw_status audit_append(struct audit *audit, const struct audit_event *event,
                              const struct audit_mark *known, struct audit_mark *mark)
{
    enum pqhw_status status = PQHW_OK;

    TRY(open_journal(audit));
    TRY(audit_journal_lock(&audit->journal, &audit->log));
    status = append_locked(audit, event, known, mark);
    audit_journal_unlock(&audit->journal, &audit->log);
out:
    return status;
}

uint64_t audit_last_seq(const struct audit *audit)
{
    return atomic_load_explicit(&audit->last_seq, memory_order_relaxed);
}

/* ---- to the disk ---- */

/* For all processes: what became of an fdatasync of the log, which had so many bytes. */
static void note_sync(struct audit *audit, bool ok, uint64_t size)
{
    struct audit_pages *pages = audit->journal.pages;

    if (audit_journal_lock(&audit->journal, &audit->log) != PQHW_OK)
        return;
    if (!ok)
        pages->sync_failed = 1;
    else if (size > pages->synced_size && size <= pages->log_size)
        pages->synced_size = size;
    audit_journal_unlock(&audit->journal, &audit->log);
}

/* With sync_lock held, which is given up meanwhile. */
static enum pqhw_status sync_once(struct audit *audit)
{
    bool ok = true;
    uint64_t size;

    audit->syncing = true;
    pthread_mutex_unlock(&audit->sync_lock);
    uint64_t target = atomic_load(&audit->appended);
    enum pqhw_status status = flush_to(audit, &size);
    if (status == PQHW_OK) {
        ok = fdatasync(audit->log.fd) == 0;
        note_sync(audit, ok, size);
    }
    pthread_mutex_lock(&audit->sync_lock);
    audit->syncing = false;
    /* After one failure the kernel may have dropped the pages: nothing can be promised from then
     * on. */
    if (!ok)
        atomic_store(&audit->sync_failed, true);
    if (status == PQHW_OK) {
        audit->synced = target;
        atomic_store(&audit->last_sync_ms, clock_coarse_ms());
    }
    pthread_cond_broadcast(&audit->sync_done);
    return status;
}

static bool is_due(const struct audit *audit)
{
    return clock_coarse_ms() - atomic_load(&audit->last_sync_ms) >= LAZY_SYNC_MS ||
           atomic_load(&audit->sync_failed);
}

enum pqhw_status audit_sync(struct audit *audit, bool lazy)
{
    enum pqhw_status status = PQHW_OK;

    if (lazy && !is_due(audit))
        return PQHW_OK;
    pthread_mutex_lock(&audit->sync_lock);
    uint64_t mine = atomic_load(&audit->appended);
    while (audit->synced < mine && !atomic_load(&audit->sync_failed)) {
        if (audit->syncing)
            pthread_cond_wait(&audit->sync_done, &audit->sync_lock);
        else
            TRY(sync_once(audit));
    }
    if (atomic_load(&audit->sync_failed)) {
        detail_set("%s cannot be written to the disk", audit->log.path);
        status = PQHW_AUDIT_FAILED;
    }
out:
    pthread_mutex_unlock(&audit->sync_lock);
    return status;
}

enum pqhw_status audit_sync_all(struct audit *audit)
{
    atomic_fetch_add(&audit->appended, 1);
    return audit_sync(audit, false);
}

/* ---- to the disk with something else ---- */

/* With the journal's lock held. If all that stands in the log is on the disk, what is not there is
 * what the journal has. */
static enum pqhw_status copy_unsynced(const struct audit *audit, struct audit_outbox *out,
                                      bool *copied)
{
    enum pqhw_status status = PQHW_OK;
    const struct audit_pages *pages = audit->journal.pages;
    uint64_t size;

    if (!is_settled(pages) || pages->sync_failed != 0 || pages->end > sizeof(out->lines))
        return PQHW_OK;
    TRY(audit_journal_check(&audit->journal));
    TRY(audit_log_size(&audit->log, &size));
    if (size == 0 || size != pages->log_size || size != pages->synced_size)
        return PQHW_OK;
    memcpy(out->lines, pages->room, pages->end);
    out->len = pages->end;
    *copied = true;
out:
    return status;
}

enum pqhw_status audit_entrust(struct audit *audit, struct audit_outbox *out)
{
    enum pqhw_status status = PQHW_OK;
    bool copied = false;

    out->len = 0;
    TRY(open_journal(audit));
    TRY(audit_journal_lock(&audit->journal, &audit->log));
    status = copy_unsynced(audit, out, &copied);
    audit_journal_unlock(&audit->journal, &audit->log);
    TRY(status);
    if (!copied)
        status = audit_sync(audit, false);
out:
    return status;
}
