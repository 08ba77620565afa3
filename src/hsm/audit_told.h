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
    char app[TOLD_APP_MAX]; /* the event's own are its giver's */
    char objects[2][AUDIT_UUID_LEN + 1];
    struct sha2 begun; /* has hashed the text */
    size_t len;        /* 0: nothing yet */
    char text[AUDIT_EVENT_MAX];
};

#define NUM_TOLD 8

/* In secret memory. */
struct audit_secrets {
    struct classic_hmac hmac;
    struct told told[NUM_TOLD];
    size_t next; /* to be replaced */
};

/* Does it tell of such an event, whenever that was? */
bool told_is(const struct told *told, const struct audit_event *event);

/* What is kept for an event, made if there is nothing, in place of what is kept for longest.
 * PQHW_AUDIT_FAILED if it is too long for a line. */
NODISCARD enum pqhw_status told_get(struct audit_secrets *secrets, const struct audit_event *event,
                                    uint64_t pid, const struct told **out);

/* What a line says besides what happened. */
struct line_setting {
    uint64_t seq;
    uint64_t time; /* in microseconds */
    const uint8_t *mac_before;
};

/* A line up to its count, and its digest; its length. */
size_t told_body(const struct told *told, const struct line_setting *setting,
                 char out[AUDIT_BODY_MAX], uint8_t digest[CLASSIC_HASH_LEN]);

#endif
