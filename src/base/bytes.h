/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes with their length: spans to read, buffers to build, and a reader through which every length
 * from outside passes.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Borrowed bytes. ptr may be NULL only if len is 0. */
struct span {
    const uint8_t *ptr;
    size_t len;
};

#define SPAN(array)       ((struct span){(const uint8_t *)(array), sizeof(array)})
#define SPAN_EMPTY        ((struct span){NULL, 0})
#define SPAN_STR(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline struct span span(const void *ptr, size_t len)
{
    return (struct span){ptr, len};
}

/* Not for secrets: use ct_equal. */
bool span_equal(struct span a, struct span b);

/*
 * A growing buffer on the heap, for public data. It never grows past `max`; after a failure
 * (memory, limit) it stays failed, appends do nothing and buf_status tells, so that a sequence of
 * appends is checked once. Contents are wiped when it grows or is freed, in case something not so
 * public went through it.
 */
struct buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    size_t max;
    enum pqhw_status status;
};

#define BUF_INIT(limit) ((struct buf){.max = (limit)})

void buf_free(struct buf *buf);
void buf_put(struct buf *buf, const void *data, size_t len);
void buf_put_u8(struct buf *buf, uint8_t value);
void buf_put_u16(struct buf *buf, uint16_t value); /* big-endian, like all of these */
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);
void buf_put_span32(struct buf *buf, struct span data); /* u32 length, then the bytes */
void buf_put_str(struct buf *buf, const char *text);    /* without the final NUL */
/* Make room for len bytes more, in place of growing by and by. */
void buf_reserve(struct buf *buf, size_t len);
/* Append len bytes and return where they start, or NULL once failed. */
uint8_t *buf_extend(struct buf *buf, size_t len);

static inline struct span buf_span(const struct buf *buf)
{
    return (struct span){buf->ptr, buf->len};
}

static inline NODISCARD enum pqhw_status buf_status(const struct buf *buf)
{
    return buf->status;
}

/*
 * Reads from a span. After a read past the end the reader is failed: every later read gives zero or
 * an empty span and `failed` is set, so that a sequence of reads is checked once.
 */
struct reader {
    struct span rest;
    bool failed;
};

static inline struct reader reader(struct span data)
{
    return (struct reader){.rest = data};
}

uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
struct span read_bytes(struct reader *r, size_t len);
struct span read_span32(struct reader *r);
/* True if everything was read and nothing is left. */
bool read_finished(const struct reader *r);

static inline void store_be32(uint8_t out[4], uint32_t x)
{
    out[0] = (uint8_t)(x >> 24);
    out[1] = (uint8_t)(x >> 16);
    out[2] = (uint8_t)(x >> 8);
    out[3] = (uint8_t)x;
}

static inline void store_be64(uint8_t out[8], uint64_t x)
{
    store_be32(out, (uint32_t)(x >> 32));
    store_be32(out + 4, (uint32_t)x);
}

static inline uint32_t load_be32(const uint8_t in[4])
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static inline uint64_t load_be64(const uint8_t in[8])
{
    return (uint64_t)load_be32(in) << 32 | load_be32(in + 4);
}

#endif
