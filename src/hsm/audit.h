/* SPDX-License-Identifier: Apache-2.0
 *
 * Audit logs: one JSON object a line, each carrying the MAC of itself and of the MAC before it, so
 * that a line changed, removed or put in between shows. Many processes append to one log, through
 * the journal beside it (audit_journal.h).
 *
 *   {"seq":7,"time":"…","app":"pkcs11","pid":41,"role":"user","op":"key.sign",…,"result":"OK",
 *    "count":2,"mac":"<64 hex digits>"}
 *
 * mac = HMAC-SHA-256(key of the log, digest || count as 8 bytes, big-endian, 0 without one),
 * key of the log = HMAC-SHA-256(audit key of the device, name of the file),
 * digest = SHA-256(event || head || previous mac), where the head is the line up to the time and
 * the event what follows, up to the result.
 */
#ifndef HSM_AUDIT_H
#define HSM_AUDIT_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/classic/classic.h"
#include "hsm/unique_id.h"

struct audit;

#define AUDIT_MAC_LEN  CLASSIC_HASH_LEN
#define AUDIT_LINE_MAX 1024 /* of one record */
#define AUDIT_UUID_LEN UNIQUE_ID_LEN

/* What happened. Texts are printable ASCII, constants of pqhw's own tables, but for the name of the
 * application and objects' unique ids, which are checked. */
struct audit_event {
    const char *app;
    const char *role;
    const char *operation;
    const char *result;     /* name of the status */
    uint64_t session;       /* 0 if none */
    const uint32_t *slot;   /* in the device's log; NULL in a partition's own */
    uint64_t epoch;         /* of the partition after a change, else 0 */
    const char *mechanism;  /* or NULL */
    const char *objects[2]; /* unique ids, NULL if none */
    bool counted;           /* the same again, within a fifth of a second, is the same record */
};

/* Where a log stands after a record. */
struct audit_mark {
    uint64_t seq;
    uint8_t mac[AUDIT_MAC_LEN];
};

#define AUDIT_OUTBOX_MAX 3584 /* so that what it rests in fits a page of the database */

/* The last lines of a log, for as long as they may not be on the disk there: they rest with the
 * change that they tell of, and go to the disk with it (audit_entrust). */
struct audit_outbox {
    uint32_t len;
    uint8_t lines[AUDIT_OUTBOX_MAX];
};

/* Register what is done around forks, if it is not yet: PQHW_NO_MEMORY. */
NODISCARD enum pqhw_status audit_handle_forks(void);

/*
 * key is the device's. The file is made if it is not there. PQHW_AUDIT_FAILED, PQHW_NO_MEMORY,
 * PQHW_NO_LOCKED_MEMORY.
 *
 * kept, which may be NULL, is where lines of this log rest that it may have lost when the machine
 * stopped. Those that are genuine and follow what is there go back to it, before anything else is
 * made of the log's end.
 */
NODISCARD enum pqhw_status audit_open(struct audit **out, const char *path,
                                      const uint8_t key[CLASSIC_KEY_LEN],
                                      const struct audit_outbox *kept);
void audit_close(struct audit *audit);

/*
 * Append one record. It is in the kernel's hands when this returns, so it outlives the process;
 * audit_sync makes it outlive the machine. PQHW_AUDIT_FAILED, PQHW_DISK_FULL; nothing is appended
 * then.
 *
 * known is a record that the log is known to have had. Should the log end before it, what was there
 * has been removed; the chain then goes on from `known`, so that the gap shows for ever. mark
 * becomes the new record's; it may be the same memory.
 */
NODISCARD enum pqhw_status audit_append(struct audit *audit, const struct audit_event *event,
                                        const struct audit_mark *known, struct audit_mark *mark);

/* Of the last record that this process appended: none up to it has to be made known any more. */
uint64_t audit_last_seq(const struct audit *audit);

/*
 * Wait until everything appended so far is on the disk. Those who wait at the same time share one
 * fdatasync. With `lazy` only if the last one was more than a fifth of a second ago.
 */
NODISCARD enum pqhw_status audit_sync(struct audit *audit, bool lazy);

/* The same, at once, of what any process appended, however long ago. */
NODISCARD enum pqhw_status audit_sync_all(struct audit *audit);

/*
 * Instead of waiting for the disk, if it can be: *out becomes the lines up to the last record that
 * may not be on the disk, and whoever called puts them there, with what they tell of and before
 * answering for it. If they are too many, or it is not known which they are, they are synced and
 * *out is empty. What *out was before is needed no more then.
 */
NODISCARD enum pqhw_status audit_entrust(struct audit *audit, struct audit_outbox *out);

/* Write what any process appended so far to the log, where audit_read finds it. */
NODISCARD enum pqhw_status audit_flush(struct audit *audit);

/* Give each line of the log at path to `record`, all that was appended when this began; `kept` as
 * for audit_open. PQHW_NOT_FOUND if there is no log. If not all of it could be written there,
 * audit_flush's status in the end. */
NODISCARD enum pqhw_status audit_read(const char *path, const uint8_t key[CLASSIC_KEY_LEN],
                                      const struct audit_outbox *kept,
                                      void (*record)(void *arg, struct span line), void *arg);

/* What audit_verify found. */
struct audit_findings {
    uint64_t num_records;
    uint64_t bad_record; /* the first that does not fit, or 0 */
    const char *problem; /* NULL if the chain is whole */
    bool has_anchor;     /* the record of `anchor` is there, as it was */
    uint64_t epoch;      /* of the last record of a change, or 0 */
};

NODISCARD enum pqhw_status audit_verify(const char *path, const uint8_t key[CLASSIC_KEY_LEN],
                                        const struct audit_outbox *kept,
                                        const struct audit_mark *anchor,
                                        struct audit_findings *out);

#endif
