/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of audit records: composing one line, and finding the parts of one that was read.
 */
#ifndef HSM_AUDIT_LINE_H
#define HSM_AUDIT_LINE_H

#include "hsm/audit.h"

/* Everything of a record but its MAC, without a NUL: at most AUDIT_LINE_MAX less the MAC's room. 0
 * if it does not fit. */
size_t audit_line_body(char out[AUDIT_LINE_MAX], const struct audit_event *event, uint64_t pid,
                       uint64_t seq);

/* Append ,"mac":"…"} and a newline to a body of len bytes; the new length. */
size_t audit_line_seal(char line[AUDIT_LINE_MAX], size_t len, const uint8_t mac[AUDIT_MAC_LEN]);

/* Sequence number and MAC of a line without its newline. False if it has not the form. */
bool audit_line_mark(struct span line, struct audit_mark *out);

/* The epoch in a genuine line, 0 if it has none. */
uint64_t audit_line_epoch(struct span line);

/* The part of a line that its MAC covers. */
struct span audit_line_covered(struct span line);

#endif
