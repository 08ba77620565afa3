/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of audit records: composing one line, and finding the parts of one that was read.
 */
#ifndef HSM_AUDIT_LINE_H
#define HSM_AUDIT_LINE_H

#include "crypto/classic/sha2.h"
#include "hsm/audit.h"

/*
 * A line is its head, {"seq":…,"time":"…", then what happened, ,"app":… to ,"result":"…", how often
 * if it is of a kind that is counted, ,"count":…, and the MAC. What happened is the same in many
 * lines: its text and what its hash begins with are made once (audit_told.h), so the digest covers
 * it before the head. The count changes with each use of a key, and the MAC with it, but not the
 * digest.
 */
#define AUDIT_HEAD_MAX  64
#define AUDIT_COUNT_MAX 32
#define AUDIT_MAC_TEXT  (8 + 2 * AUDIT_MAC_LEN + 2) /* ,"mac":"…"} */
/* Head and event; a newline comes after the MAC. */
#define AUDIT_BODY_MAX  (AUDIT_LINE_MAX - AUDIT_COUNT_MAX - AUDIT_MAC_TEXT - 1)
#define AUDIT_EVENT_MAX (AUDIT_BODY_MAX - AUDIT_HEAD_MAX)

struct audit_parts {
    struct span head;
    struct span event;
    uint64_t count; /* 0 if there is none */
};

/* The head of record seq, of this time in microseconds; its length. */
size_t audit_line_head(char out[AUDIT_HEAD_MAX], uint64_t seq, uint64_t time);

/* What happened; its length, 0 if it does not fit. */
size_t audit_line_event(char out[AUDIT_EVENT_MAX], const struct audit_event *event, uint64_t pid);

/* Append to a line of len bytes its count, if that is not 0, ,"mac":"…"} and a newline; the new
 * length. */
size_t audit_line_seal(char line[AUDIT_LINE_MAX], size_t len, uint64_t count,
                       const uint8_t mac[AUDIT_MAC_LEN]);

/* Sequence number, MAC and parts of a line without its newline. False if it has not the form. */
bool audit_line_read(struct span line, struct audit_mark *mark, struct audit_parts *parts);

/* The key of a log's MACs, of the device's key and the log's name, the path after its last slash:
 * no log stands for another. */
void audit_line_key(struct classic_hmac *out, const uint8_t key[CLASSIC_KEY_LEN], const char *path);

/* The digest of a line of this head, after a record of this MAC; *begun has hashed the event. */
void audit_line_digest(uint8_t out[CLASSIC_HASH_LEN], const struct sha2 *begun, struct span head,
                       const uint8_t mac_before[AUDIT_MAC_LEN]);

/* The MAC of a line of this digest and count. */
void audit_line_mac(const struct classic_hmac *hmac, uint8_t out[AUDIT_MAC_LEN],
                    const uint8_t digest[CLASSIC_HASH_LEN], uint64_t count);

/* The MAC that a line which was read should have after the record `before`. */
void audit_line_mac_after(const struct classic_hmac *hmac, uint8_t out[AUDIT_MAC_LEN],
                          const struct audit_parts *parts, const struct audit_mark *before);

/* The epoch in a genuine line, 0 if it has none. */
uint64_t audit_line_epoch(struct span line);

#endif
