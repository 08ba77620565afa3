/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/audit_told.h"

#include <stdio.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0 /* public */);
}

/* Do both say the same, in a line without its head? */
static bool same_event(const struct audit_event *a, const struct audit_event *b)
{
    return a->slot == NULL && b->slot == NULL && a->epoch == b->epoch && a->session == b->session &&
           a->counted == b->counted && same_text(a->operation, b->operation) &&
           same_text(a->result, b->result) && same_text(a->mechanism, b->mechanism) &&
           same_text(a->role, b->role) && same_text(a->app, b->app) &&
           same_text(a->objects[0], b->objects[0]) && same_text(a->objects[1], b->objects[1]);
}

const struct told *told_find(const struct audit_secrets *secrets, const struct audit_event *event)
{
    for (size_t i = 0; i < NUM_TOLD; i++) {
        const struct told *told = &secrets->told[i];
        if (told->len > 0 && same_event(&told->event, event))
            return told;
    }
    return NULL;
}

enum pqhw_status told_new(struct audit_secrets *secrets, const struct audit_event *event,
                          uint64_t pid, const struct told **out)
{
    struct told *told = &secrets->told[secrets->next];

    secrets->next = (secrets->next + 1) % NUM_TOLD;
    told->event = *event;
    snprintf(told->app, sizeof(told->app), "%s", event->app);
    told->event.app = told->app;
    told->len = audit_line_event(told->text, event, pid);
    classic_hmac_begin(&secrets->hmac, &told->sk_mac, span(told->text, told->len));
    *out = told;
    return told->len > 0 ? PQHW_OK : PQHW_AUDIT_FAILED;
}

size_t told_line(const struct audit_secrets *secrets, const struct told *told,
                 const struct line_setting *setting, char out[AUDIT_LINE_MAX],
                 uint8_t mac[AUDIT_MAC_LEN])
{
    char count[AUDIT_COUNT_MAX];
    size_t count_len = 0;
    size_t len = audit_line_head(out, setting->seq, setting->time);

    if (setting->count > 0)
        count_len = audit_line_count(count, setting->count);
    const struct span rest[] = {span(out, len), span(count, count_len),
                                span(setting->mac_before, AUDIT_MAC_LEN)};
    classic_hmac_finish(&secrets->hmac, &told->sk_mac, mac, rest, 3);
    memcpy(out + len, told->text, told->len);
    len += told->len;
    memcpy(out + len, count, count_len);
    return audit_line_seal(out, len + count_len, mac);
}
