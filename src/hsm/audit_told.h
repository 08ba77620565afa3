/* SPDX-License-Identifier: Apache-2.0
 *
 * What audit lines have in common: the text of what happened, and what the MAC of a line that says
 * so begins with, kept for the last few kinds of lines. Guarded by the journal's lock.
 */
#ifndef HSM_AUDIT_TOLD_H
#define HSM_AUDIT_TOLD_H

#include "hsm/audit_line.h"

#define TOLD_APP_MAX 32 /* a longer name is told anew each time */

struct told {
    struct audit_event event;
    char app[TOLD_APP_MAX]; /* the event's, whose own goes with the application */
    struct classic_hmac_begun sk_mac;
    size_t len; /* 0: nothing yet */
    char text[AUDIT_EVENT_MAX];
};

#define NUM_TOLD 8

/* In secret memory. */
struct audit_secrets {
    struct classic_hmac hmac;
    struct told told[NUM_TOLD];
    size_t next;
};

/* What is kept for an event; NULL if there is nothing. */
const struct told *told_find(const struct audit_secrets *secrets, const struct audit_event *event);

/* Keep it, in place of the one kept for longest. PQHW_AUDIT_FAILED if it is too long for a line. */
NODISCARD enum pqhw_status told_new(struct audit_secrets *secrets, const struct audit_event *event,
                                    uint64_t pid, const struct told **out);

/* What a line says besides what happened. */
struct line_setting {
    uint64_t seq;
    uint64_t time;  /* in microseconds */
    uint64_t count; /* 0 if it is not counted */
    const uint8_t *mac_before;
};

/* The line, with its newline; its length. */
size_t told_line(const struct audit_secrets *secrets, const struct told *told,
                 const struct line_setting *setting, char out[AUDIT_LINE_MAX],
                 uint8_t mac[AUDIT_MAC_LEN]);

#endif
