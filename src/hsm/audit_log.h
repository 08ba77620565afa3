/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of an audit log: its end, and writing whole lines there. Whoever calls sees to it that
 * nobody else does at the same time.
 */
#ifndef HSM_AUDIT_LOG_H
#define HSM_AUDIT_LOG_H

#include "hsm/audit.h"

struct audit_log {
    char *path;
    int fd;
};

/* The file is made if it is not there. PQHW_AUDIT_FAILED, PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status audit_log_open(struct audit_log *log, const char *path);
void audit_log_close(struct audit_log *log);

/* Its size, once it is found that it is still the file under its name: records would go where
 * nobody looks otherwise. */
NODISCARD enum pqhw_status audit_log_size(const struct audit_log *log, uint64_t *size);

/*
 * The last record of a log of *size bytes, all zero if it has none. A piece of a line at the end
 * was cut off by a crash and is in no record that was answered for: it is dropped, and *size says
 * so. Any other damage is left for people to look at: PQHW_AUDIT_FAILED.
 */
NODISCARD enum pqhw_status audit_log_tail(const struct audit_log *log, uint64_t *size,
                                          struct audit_mark *last);

/* Append lines to a log of *size bytes, all or none. PQHW_DISK_FULL, PQHW_AUDIT_FAILED. *size is
 * UINT64_MAX if a piece could not be taken back. */
NODISCARD enum pqhw_status audit_log_write(const struct audit_log *log, uint64_t *size,
                                           struct span lines);

/* Say what is wrong with a file of the log, after errno. */
NODISCARD enum pqhw_status audit_log_failed(const char *path, const char *what);

#endif
