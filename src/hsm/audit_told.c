/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/audit_told.h"

#include <string.h>

/* Texts are constants: another place is taken for another text, which costs a line at most. */
static bool same_constants(const struct audit_event *a, const struct audit_event *b)
{
    return a->operation == b->operation && a->result == b->result && a->mechanism == b->mechanism &&
           a->role == b->role && a->counted == b->counted && a->slot == NULL && b->slot == NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0 /* public */);
}

/* What does not fit is cut off, and then not the same as what it came from. */
static void copy_text(char *out, size_t room, const char *text)
{
    size_t len = strnlen(text, room - 1);

    memcpy(out, text, len);
    out[len] = '\0';
}

/* The event with texts of its own, but for constants. */
static void keep_event(struct told *told, const struct audit_event *event)
{
    told->event = *event;
    copy_text(told->app, sizeof(told->app), event->app);
    told->event.app = told->app;
    for (size_t i = 0; i < 2; i++) {
        if (event->objects[i] == NULL)
            continue;
        copy_text(told->objects[i], sizeof(told->objects[i]), event->objects[i]);
        told->event.objects[i] = told->objects[i];
    }
}

bool told_is(const struct told *told, const struct audit_event *event)
{
    return told->len > 0 && told->event.session == event->session &&
           told->event.epoch == event->epoch && same_constants(&told->event, event) &&
           same_text(told->event.objects[0], event->objects[0]) &&
           same_text(told->event.objects[1], event->objects[1]) &&
           same_text(told->event.app, event->app);
}

enum pqhw_status told_get(struct audit_secrets *secrets, const struct audit_event *event,
                          uint64_t pid, const struct told **out)
{
    for (size_t i = 0; i < NUM_TOLD; i++) {
        *out = &secrets->told[i];
        if (told_is(*out, event))
            return PQHW_OK;
    }
    struct told *told = &secrets->told[secrets->next];
    secrets->next = (secrets->next + 1) % NUM_TOLD;
    keep_event(told, event);
    told->len = audit_line_event(told->text, event, pid);
    sha2_256_init(&told->begun);
    sha2_add(&told->begun, told->text, told->len);
    *out = told;
    return told->len > 0 ? PQHW_OK : PQHW_AUDIT_FAILED;
}

size_t told_body(const struct told *told, const struct line_setting *setting,
                 char out[AUDIT_BODY_MAX], uint8_t digest[CLASSIC_HASH_LEN])
{
    size_t len = audit_line_head(out, setting->seq, setting->time);

    audit_line_digest(digest, &told->begun, span(out, len), setting->mac_before);
    memcpy(out + len, told->text, told->len);
    return len + told->len;
}
