/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/audit_line.h"

#include <string.h>

#include "base/clock.h"
#include "base/wipe.h"

#define MAC_HEAD   ",\"mac\":\""
#define MAC_TAIL   "\"}"
#define SEQ_HEAD   "{\"seq\":"
#define TIME_HEAD  ",\"time\":\""
#define EVENT_HEAD ",\"app\":\""
#define EPOCH_HEAD ",\"epoch\":"
#define COUNT_HEAD ",\"count\":"

#define NUMBER_MAX 20 /* digits of UINT64_MAX */

_Static_assert(AUDIT_MAC_TEXT == sizeof(MAC_HEAD) - 1 + 2 * AUDIT_MAC_LEN + sizeof(MAC_TAIL) - 1,
               "the room for a MAC");
_Static_assert(sizeof(SEQ_HEAD) - 1 + NUMBER_MAX + sizeof(TIME_HEAD) + CLOCK_TEXT_LEN <=
                   AUDIT_HEAD_MAX + 1,
               "the room for a head");
_Static_assert(sizeof(COUNT_HEAD) - 1 + NUMBER_MAX <= AUDIT_COUNT_MAX, "the room for a count");

/* A line being written: further text is dropped once it does not fit. */
struct line {
    char *text;
    size_t len;
    size_t max;
    bool full;
};

static inline void add(struct line *line, const char *text, size_t len)
{
    if (len > line->max - line->len)
        line->full = true;
    if (line->full)
        return;
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static inline void add_text(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

/* head is all that stands between the value before and this one. In every caller, so that the
 * lengths of what is constant are. */
__attribute__((always_inline)) static inline void add_string(struct line *line, const char *head,
                                                             const char *text)
{
    add_text(line, head);
    add_text(line, text);
    add_text(line, "\"");
}

__attribute__((always_inline)) static inline void add_number(struct line *line, const char *head,
                                                             uint64_t number)
{
    char digits[NUMBER_MAX];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    add_text(line, head);
    add(line, digits + at, sizeof(digits) - at);
}

size_t audit_line_head(char out[AUDIT_HEAD_MAX], uint64_t seq, uint64_t time)
{
    struct line line = {.text = out, .max = AUDIT_HEAD_MAX};
    char text[CLOCK_TEXT_LEN];

    clock_format(text, time);
    add_number(&line, SEQ_HEAD, seq);
    add_string(&line, TIME_HEAD, text);
    return line.len;
}

static size_t count_text(char out[AUDIT_COUNT_MAX], uint64_t count)
{
    struct line line = {.text = out, .max = AUDIT_COUNT_MAX};

    if (count > 0)
        add_number(&line, COUNT_HEAD, count);
    return line.len;
}

size_t audit_line_event(char out[AUDIT_EVENT_MAX], const struct audit_event *event, uint64_t pid)
{
    struct line line = {.text = out, .max = AUDIT_EVENT_MAX};

    add_string(&line, EVENT_HEAD, event->app);
    add_number(&line, ",\"pid\":", pid);
    if (event->slot != NULL)
        add_number(&line, ",\"slot\":", *event->slot);
    if (event->session != 0)
        add_number(&line, ",\"session\":", event->session);
    add_string(&line, ",\"role\":\"", event->role);
    add_string(&line, ",\"op\":\"", event->operation);
    if (event->objects[0] != NULL)
        add_string(&line, ",\"object\":\"", event->objects[0]);
    if (event->objects[1] != NULL)
        add_string(&line, ",\"object2\":\"", event->objects[1]);
    if (event->mechanism != NULL)
        add_string(&line, ",\"mechanism\":\"", event->mechanism);
    if (event->epoch != 0)
        add_number(&line, EPOCH_HEAD, event->epoch);
    add_string(&line, ",\"result\":\"", event->result);
    return line.full ? 0 : line.len;
}

size_t audit_line_seal(char line[AUDIT_LINE_MAX], size_t len, uint64_t count,
                       const uint8_t mac[AUDIT_MAC_LEN])
{
    static const char digits[] = "0123456789abcdef";

    len += count_text(line + len, count);
    memcpy(line + len, MAC_HEAD, sizeof(MAC_HEAD) - 1);
    len += sizeof(MAC_HEAD) - 1;
    for (size_t i = 0; i < AUDIT_MAC_LEN; i++) {
        line[len++] = digits[mac[i] >> 4];
        line[len++] = digits[mac[i] & 15];
    }
    memcpy(line + len, MAC_TAIL "\n", sizeof(MAC_TAIL));
    return len + sizeof(MAC_TAIL);
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_mac(const uint8_t *text, uint8_t out[AUDIT_MAC_LEN])
{
    for (size_t i = 0; i < AUDIT_MAC_LEN; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* The decimal number at *at, which moves past it. */
static uint64_t read_number(struct span text, size_t *at)
{
    uint64_t number = 0;

    for (;
         *at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9' && number < UINT64_MAX / 16;
         (*at)++)
        number = number * 10 + (uint64_t)(text.ptr[*at] - '0');
    return number;
}

/* The head, in exactly its form: the digest does not tell where it ends. */
static bool read_head(struct span line, uint64_t *seq, struct span *out)
{
    const size_t rest = sizeof(TIME_HEAD) - 1 + CLOCK_TEXT_LEN; /* with the quote at the end */
    size_t at = sizeof(SEQ_HEAD) - 1;

    if (line.len < at || memcmp(line.ptr, SEQ_HEAD, at) != 0 /* public */)
        return false;
    *seq = read_number(line, &at);
    if (*seq == 0 || line.len - at < rest ||
        memcmp(line.ptr + at, TIME_HEAD, sizeof(TIME_HEAD) - 1) != 0 /* public */)
        return false;
    *out = span(line.ptr, at + rest);
    return line.ptr[at + rest - 1] == '"';
}

static bool begins_event(struct span text)
{
    return text.len >= sizeof(EVENT_HEAD) - 1 &&
           memcmp(text.ptr, EVENT_HEAD, sizeof(EVENT_HEAD) - 1) == 0; /* public */
}

/* The count, in exactly its form: the MAC is of the number. Empty if there is none. */
static bool read_count(struct span text, uint64_t *out)
{
    char same[AUDIT_COUNT_MAX];
    size_t at = sizeof(COUNT_HEAD) - 1;

    *out = text.len < at ? 0 : read_number(text, &at);
    return span_equal(text, span(same, count_text(same, *out)));
}

bool audit_line_read(struct span line, struct audit_mark *mark, struct audit_parts *parts)
{
    if (line.len < AUDIT_MAC_TEXT)
        return false;
    struct span body = span(line.ptr, line.len - AUDIT_MAC_TEXT);
    const uint8_t *tail = body.ptr + body.len;
    if (!read_head(body, &mark->seq, &parts->head))
        return false;
    struct span rest = span(body.ptr + parts->head.len, body.len - parts->head.len);
    if (!begins_event(rest))
        return false;
    const uint8_t *count = memmem(rest.ptr, rest.len, COUNT_HEAD, sizeof(COUNT_HEAD) - 1);
    if (count == NULL)
        count = tail;
    parts->event = span(rest.ptr, (size_t)(count - rest.ptr));
    return read_count(span(count, (size_t)(tail - count)), &parts->count) &&
           memcmp(tail, MAC_HEAD, sizeof(MAC_HEAD) - 1) == 0 /* public */ &&
           memcmp(line.ptr + line.len - 2, MAC_TAIL, 2) == 0 /* public */ &&
           read_mac(tail + sizeof(MAC_HEAD) - 1, mark->mac);
}

uint64_t audit_line_epoch(struct span line)
{
    const uint8_t *head = memmem(line.ptr, line.len, EPOCH_HEAD, sizeof(EPOCH_HEAD) - 1);

    if (head == NULL)
        return 0;
    size_t at = (size_t)(head - line.ptr) + sizeof(EPOCH_HEAD) - 1;
    return read_number(line, &at);
}

/* ---- the MAC ---- */

void audit_line_key(struct classic_hmac *out, const uint8_t key[CLASSIC_KEY_LEN], const char *path)
{
    uint8_t sk_log[CLASSIC_HASH_LEN];
    const char *name = strrchr(path, '/') + 1;

    classic_hmac(sk_log, key, &(struct span){(const uint8_t *)name, strlen(name)}, 1);
    classic_hmac_init(out, sk_log);
    WIPE(sk_log);
}

void audit_line_digest(uint8_t out[CLASSIC_HASH_LEN], const struct sha2 *begun, struct span head,
                       const uint8_t mac_before[AUDIT_MAC_LEN])
{
    struct sha2 hash = *begun;

    sha2_add(&hash, head.ptr, head.len);
    sha2_add(&hash, mac_before, AUDIT_MAC_LEN);
    sha2_final(&hash, out, CLASSIC_HASH_LEN);
}

void audit_line_mac(const struct classic_hmac *hmac, uint8_t out[AUDIT_MAC_LEN],
                    const uint8_t digest[CLASSIC_HASH_LEN], uint64_t count)
{
    uint8_t covered[CLASSIC_HASH_LEN + sizeof(count)];

    memcpy(covered, digest, CLASSIC_HASH_LEN);
    store_be64(covered + CLASSIC_HASH_LEN, count);
    classic_hmac_of(hmac, out, &SPAN(covered), 1);
}

void audit_line_mac_after(const struct classic_hmac *hmac, uint8_t out[AUDIT_MAC_LEN],
                          const struct audit_parts *parts, const struct audit_mark *before)
{
    uint8_t digest[CLASSIC_HASH_LEN];
    struct sha2 begun;

    sha2_256_init(&begun);
    sha2_add(&begun, parts->event.ptr, parts->event.len);
    audit_line_digest(digest, &begun, parts->head, before->mac);
    audit_line_mac(hmac, out, digest, parts->count);
}
