/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal in front of an audit log: a file of fixed size beside it, which every process that
 * appends to the log maps. Records are copied there, which takes no system call and outlives the
 * process all the same; many of them are then written to the log at once.
 *
 * A shared lock on the file says that a process uses it. Who finds none is the first and makes the
 * lock in it anew: nothing that stands in the file, after a crash or by somebody's hand, is
 * believed then but records whose MAC is right (audit.c). While it is in use, its users trust each
 * other.
 *
 * Where files cannot be mapped there is none. The same structure then serves one process, every
 * record goes on to the log at once, and a lock on the log keeps other processes out.
 */
#ifndef HSM_AUDIT_JOURNAL_H
#define HSM_AUDIT_JOURNAL_H

#include <pthread.h>

#include "hsm/audit_log.h"

#define AUDIT_JOURNAL_ROOM (252 * 1024) /* for lines: some 700 */

struct audit_pages {
    char magic[8];
    /* guarded by lock */
    uint64_t log_size;
    struct audit_mark base; /* the record before those in room */
    struct audit_mark last; /* the last record */
    uint32_t end;           /* of the lines in room that are not in the log yet */
    uint32_t unsettled;     /* the above is to be found out again, from lines with right MACs */

    /* The last record, while it is still counted: its line up to the count stands after `end`, and
     * one of two counts is right, with its MAC; the next is written to the other. */
    uint32_t open; /* 0: there is none; else which, 1 or 2 */
    uint32_t open_len;
    struct audit_count {
        uint64_t uses;
        uint8_t mac[AUDIT_MAC_LEN];
    } counts[2];

    uint32_t lock_size;   /* 0: there is no lock yet. The C library's, so not for every program */
    pthread_mutex_t lock; /* of all threads of all processes */

    /* Made anew with the lock, and guarded by it. */
    uint64_t synced_size; /* so much of the log is known to be on the disk */
    uint32_t sync_failed; /* the disk refused what was written to the log: nothing is known of it */
    _Alignas(4096) uint8_t room[AUDIT_JOURNAL_ROOM];
};

struct audit_journal {
    struct audit_pages *pages; /* NULL: not open */
    char *path;
    int fd; /* -1: there is no file, the pages are this process's own */
};

/* Open the journal of a log, making it if it is not there. PQHW_AUDIT_FAILED, PQHW_DISK_FULL,
 * PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status audit_journal_open(struct audit_journal *journal,
                                              const struct audit_log *log);
void audit_journal_close(struct audit_journal *journal);

/* In a forked child: the pages are not there, the file is the parent's. */
void audit_journal_forget(struct audit_journal *journal);

/* True if the log at path has one. */
NODISCARD enum pqhw_status audit_journal_exists(const char *log_path, bool *out);

static inline bool audit_journal_is_shared(const struct audit_journal *journal)
{
    return journal->fd >= 0;
}

NODISCARD enum pqhw_status audit_journal_lock(struct audit_journal *journal,
                                              const struct audit_log *log);
void audit_journal_unlock(struct audit_journal *journal, const struct audit_log *log);

/* Is it still the file under its name, and whole? PQHW_AUDIT_FAILED. */
NODISCARD enum pqhw_status audit_journal_check(const struct audit_journal *journal);

#endif
