/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/audit_line.h"

#include <string.h>

#include "base/clock.h"

#define MAC_HEAD ",\"mac\":\""
#define MAC_TAIL "\"}"
/* ,"mac":"…"} */
#define MAC_TEXT   (sizeof(MAC_HEAD) - 1 + 2 * AUDIT_MAC_LEN + sizeof(MAC_TAIL) - 1)
#define SEQ_HEAD   "{\"seq\":"
#define EPOCH_HEAD ",\"epoch\":"

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
    char digits[20]; /* UINT64_MAX has as many */
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    add_text(line, head);
    add(line, digits + at, sizeof(digits) - at);
}

size_t audit_line_body(char out[AUDIT_LINE_MAX], const struct audit_event *event, uint64_t pid,
                       uint64_t seq)
{
    struct line line = {.text = out, .max = AUDIT_LINE_MAX - MAC_TEXT - 1};
    char now[CLOCK_TEXT_LEN];

    clock_format(now, clock_wall_us());
    add_number(&line, SEQ_HEAD, seq);
    add_string(&line, ",\"time\":\"", now);
    add_string(&line, ",\"app\":\"", event->app);
    add_number(&line, ",\"pid\":", pid);
    if (event->slot != NULL)
        add_number(&line, ",\"slot\":", *event->slot);
    if (event->session != 0)
        add_number(&line, ",\"session\":", event->session);
    add_string(&line, ",\"role\":\"", event->role);
    add_string(&line, ",\"op\":\"", event->operation);
    if (event->objects[0][0] != '\0')
        add_string(&line, ",\"object\":\"", event->objects[0]);
    if (event->objects[1][0] != '\0')
        add_string(&line, ",\"object2\":\"", event->objects[1]);
    if (event->mechanism != NULL)
        add_string(&line, ",\"mechanism\":\"", event->mechanism);
    if (event->epoch != 0)
        add_number(&line, EPOCH_HEAD, event->epoch);
    add_string(&line, ",\"result\":\"", event->result);
    return line.full ? 0 : line.len;
}

size_t audit_line_seal(char line[AUDIT_LINE_MAX], size_t len, const uint8_t mac[AUDIT_MAC_LEN])
{
    static const char digits[] = "0123456789abcdef";

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

static bool read_seq(struct span line, uint64_t *out)
{
    size_t at = sizeof(SEQ_HEAD) - 1;

    if (line.len < at || memcmp(line.ptr, SEQ_HEAD, at) != 0 /* public */)
        return false;
    *out = read_number(line, &at);
    return *out > 0 && at < line.len && line.ptr[at] == ',';
}

uint64_t audit_line_epoch(struct span line)
{
    const uint8_t *head = memmem(line.ptr, line.len, EPOCH_HEAD, sizeof(EPOCH_HEAD) - 1);

    if (head == NULL)
        return 0;
    size_t at = (size_t)(head - line.ptr) + sizeof(EPOCH_HEAD) - 1;
    return read_number(line, &at);
}

struct span audit_line_covered(struct span line)
{
    return line.len < MAC_TEXT ? SPAN_EMPTY : span(line.ptr, line.len - MAC_TEXT);
}

bool audit_line_mark(struct span line, struct audit_mark *out)
{
    struct span body = audit_line_covered(line);

    if (body.len == 0 || !read_seq(line, &out->seq))
        return false;
    const uint8_t *tail = line.ptr + body.len;
    return memcmp(tail, MAC_HEAD, sizeof(MAC_HEAD) - 1) == 0 /* public */ &&
           memcmp(line.ptr + line.len - 2, MAC_TAIL, 2) == 0 /* public */ &&
           read_mac(tail + sizeof(MAC_HEAD) - 1, out->mac);
}
