/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"

bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

void buf_free(struct buf *buf)
{
    if (buf->cap > 0) {
        wipe(buf->ptr, buf->cap);
        free(buf->ptr);
    }
    *buf = BUF_INIT(buf->max);
}

#define MIN_CAP 64

static bool reserve(struct buf *buf, size_t more)
{
    if (buf->status != PQHW_OK)
        return false;
    if (more > buf->max - buf->len) {
        buf->status = PQHW_LIMIT_EXCEEDED;
        return false;
    }
    if (buf->ptr != NULL && more <= buf->cap - buf->len)
        return true;

    /* Twice as much as before, or exactly what is wanted, whichever is more. */
    size_t cap = buf->cap > buf->max / 2 ? buf->max : buf->cap * 2;
    if (cap < MIN_CAP)
        cap = MIN_CAP;
    if (cap - buf->len < more)
        cap = buf->len + more;
    uint8_t *grown = malloc(cap);
    if (grown == NULL) {
        buf->status = PQHW_NO_MEMORY;
        return false;
    }
    if (buf->ptr != NULL)
        memcpy(grown, buf->ptr, buf->len);
    wipe(buf->ptr, buf->cap);
    free(buf->ptr);
    buf->ptr = grown;
    buf->cap = cap;
    return true;
}

void buf_reserve(struct buf *buf, size_t len)
{
    (void)reserve(buf, len);
}

uint8_t *buf_extend(struct buf *buf, size_t len)
{
    if (!reserve(buf, len))
        return NULL;
    uint8_t *at = buf->ptr + buf->len;
    buf->len += len;
    return at;
}

void buf_put(struct buf *buf, const void *data, size_t len)
{
    if (len == 0)
        return;
    uint8_t *at = buf_extend(buf, len);
    if (at != NULL)
        memcpy(at, data, len);
}

void buf_put_u8(struct buf *buf, uint8_t value)
{
    buf_put(buf, &value, 1);
}

void buf_put_u16(struct buf *buf, uint16_t value)
{
    buf_put_u8(buf, (uint8_t)(value >> 8));
    buf_put_u8(buf, (uint8_t)value);
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
    uint8_t bytes[4];
    store_be32(bytes, value);
    buf_put(buf, bytes, sizeof(bytes));
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    uint8_t bytes[8];
    store_be64(bytes, value);
    buf_put(buf, bytes, sizeof(bytes));
}

void buf_put_span32(struct buf *buf, struct span data)
{
    if (data.len > UINT32_MAX && buf->status == PQHW_OK)
        buf->status = PQHW_LIMIT_EXCEEDED;
    buf_put_u32(buf, (uint32_t)data.len);
    buf_put(buf, data.ptr, data.len);
}

void buf_put_str(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

struct span read_bytes(struct reader *r, size_t len)
{
    if (r->failed || len > r->rest.len) {
        r->failed = true;
        return SPAN_EMPTY;
    }
    struct span taken = {r->rest.ptr, len};
    if (len > 0)
        r->rest.ptr += len;
    r->rest.len -= len;
    return taken;
}

uint8_t read_u8(struct reader *r)
{
    struct span s = read_bytes(r, 1);
    return s.len == 1 ? s.ptr[0] : 0;
}

uint16_t read_u16(struct reader *r)
{
    struct span s = read_bytes(r, 2);
    if (s.len != 2)
        return 0;
    return (uint16_t)(s.ptr[0] << 8 | s.ptr[1]);
}

uint32_t read_u32(struct reader *r)
{
    struct span s = read_bytes(r, 4);
    return s.len == 4 ? load_be32(s.ptr) : 0;
}

uint64_t read_u64(struct reader *r)
{
    struct span s = read_bytes(r, 8);
    return s.len == 8 ? load_be64(s.ptr) : 0;
}

struct span read_span32(struct reader *r)
{
    return read_bytes(r, read_u32(r));
}

bool read_finished(const struct reader *r)
{
    return !r->failed && r->rest.len == 0;
}
