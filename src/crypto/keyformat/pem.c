/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/pem.h"

#include <stdio.h>
#include <string.h>

#include "base/ct.h"
#include "base/wipe.h"

#define LINE_BYTES 48 /* 64 characters */
#define MAX_MARKER 80

/* Characters and six-bit values, without a table that the data would index */

/* All ones if low <= x <= high; all three below 2^31. */
static uint32_t in_range(uint32_t x, uint32_t low, uint32_t high)
{
    x = ct_barrier_u32(x);
    return 0u - (((low - 1 - x) & (x - high - 1)) >> 31);
}

/* *valid is cleared if c is not of the alphabet. */
static uint32_t sextet(uint8_t c, uint32_t *valid)
{
    uint32_t upper = in_range(c, 'A', 'Z');
    uint32_t lower = in_range(c, 'a', 'z');
    uint32_t digit = in_range(c, '0', '9');
    uint32_t plus = in_range(c, '+', '+');
    uint32_t slash = in_range(c, '/', '/');

    *valid &= upper | lower | digit | plus | slash;
    return (upper & (c - 'A' + 0u)) | (lower & (c - 'a' + 26u)) | (digit & (c - '0' + 52u)) |
           (plus & 62u) | (slash & 63u);
}

static char character(uint32_t value)
{
    return (char)((in_range(value, 0, 25) & (value + 'A')) |
                  (in_range(value, 26, 51) & (value - 26 + 'a')) |
                  (in_range(value, 52, 61) & (value - 52 + '0')) | (in_range(value, 62, 62) & '+') |
                  (in_range(value, 63, 63) & '/'));
}

/* Decoding */

size_t pem_max_decoded(size_t text_len)
{
    return text_len / 4 * 3 + 2;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct decoder {
    uint8_t *out;
    size_t room;
    size_t len;
    uint32_t bits; /* of the group of four characters that is not complete */
    uint32_t valid;
    size_t num_chars;
    size_t num_pads;
};

/* The first num bytes of the group. False without room. */
static bool put_group(struct decoder *d, size_t num)
{
    if (num > d->room - d->len)
        return false;
    for (size_t i = 0; i < num; i++)
        d->out[d->len++] = (uint8_t)(d->bits >> (16 - 8 * i));
    d->bits = 0;
    return true;
}

static enum pqhw_status put_char(struct decoder *d, uint8_t c)
{
    if (is_space(c))
        return PQHW_OK;
    if (c == '=') {
        d->num_pads++;
        return PQHW_OK;
    }
    if (d->num_pads > 0)
        return PQHW_DATA_INVALID;
    d->bits |= sextet(c, &d->valid) << (18 - 6 * (d->num_chars % 4));
    d->num_chars++;
    if (d->num_chars % 4 == 0 && !put_group(d, 3))
        return PQHW_BUFFER_TOO_SMALL;
    return PQHW_OK;
}

/* The last group, if it is short: its padding is exact and the bits it does not use are zero. */
static enum pqhw_status put_rest(struct decoder *d)
{
    size_t chars = d->num_chars % 4;
    size_t bytes = chars == 0 ? 0 : chars - 1;

    if (chars == 1 || d->num_pads != (4 - chars) % 4)
        return PQHW_DATA_INVALID;
    uint32_t unused = d->bits & (0xffffffu >> 8 * bytes);
    d->valid &= ~ct_mask_nonzero_u32(unused);
    if (!put_group(d, bytes))
        return PQHW_BUFFER_TOO_SMALL;
    return d->valid != 0 ? PQHW_OK : PQHW_DATA_INVALID;
}

/* The marker at the start of a line, or NULL. */
static const uint8_t *find_line(struct span text, const char *marker)
{
    size_t len = strlen(marker);
    const uint8_t *end = text.ptr + text.len;
    const uint8_t *at = text.len > 0 ? memmem(text.ptr, text.len, marker, len) : NULL;

    while (at != NULL && at != text.ptr && at[-1] != '\n')
        at = memmem(at + 1, (size_t)(end - at - 1), marker, len);
    return at;
}

/* The base64 between the two markers. */
static enum pqhw_status find_body(struct span *body, struct span text, const char *label)
{
    enum pqhw_status status = PQHW_OK;
    char begin[MAX_MARKER], end[MAX_MARKER];

    snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
    snprintf(end, sizeof(end), "-----END %s-----", label);
    const uint8_t *from = find_line(text, begin);
    REQUIRE(from != NULL, PQHW_NOT_FOUND);
    from += strlen(begin);
    struct span rest = span(from, (size_t)(text.ptr + text.len - from));
    REQUIRE(rest.len > 0 && is_space(rest.ptr[0]), PQHW_DATA_INVALID);
    const uint8_t *to = find_line(rest, end);
    REQUIRE(to != NULL, PQHW_DATA_INVALID);
    *body = span(from, (size_t)(to - from));
out:
    return status;
}

enum pqhw_status pem_decode(uint8_t *out, size_t *out_len, size_t room, struct span text,
                            const char *label)
{
    enum pqhw_status status = PQHW_OK;
    struct decoder d = {.out = out, .room = room, .valid = UINT32_MAX};
    struct span body;

    *out_len = 0;
    TRY(find_body(&body, text, label));
    for (size_t i = 0; i < body.len; i++)
        TRY(put_char(&d, body.ptr[i]));
    TRY(put_rest(&d));
    *out_len = d.len;
out:
    if (status != PQHW_OK)
        wipe(out, room);
    WIPE(d);
    return status;
}

/* Encoding */

size_t pem_encoded_len(size_t data_len, const char *label)
{
    size_t chars = (data_len + 2) / 3 * 4;
    size_t lines = (data_len + LINE_BYTES - 1) / LINE_BYTES;

    return sizeof("-----BEGIN -----\n-----END -----\n") - 1 + 2 * strlen(label) + chars + lines;
}

static char *put_text(char *at, struct span text)
{
    memcpy(at, text.ptr, text.len);
    return at + text.len;
}

static char *put_quad(char *at, const uint8_t *data, size_t len)
{
    uint32_t bits = (uint32_t)data[0] << 16;

    if (len > 1)
        bits |= (uint32_t)data[1] << 8;
    if (len > 2)
        bits |= data[2];
    for (size_t i = 0; i < 4; i++)
        *at++ = i <= len ? character(bits >> (18 - 6 * i) & 63) : '=';
    return at;
}

void pem_encode(char *out, const char *label, struct span data)
{
    char *at = put_text(out, SPAN_STR("-----BEGIN "));

    at = put_text(at, span(label, strlen(label)));
    at = put_text(at, SPAN_STR("-----\n"));
    for (size_t i = 0; i < data.len; i += 3) {
        size_t len = data.len - i < 3 ? data.len - i : 3;
        at = put_quad(at, data.ptr + i, len);
        if ((i + 3) % LINE_BYTES == 0 || i + 3 >= data.len)
            *at++ = '\n';
    }
    at = put_text(at, SPAN_STR("-----END "));
    at = put_text(at, span(label, strlen(label)));
    put_text(at, SPAN_STR("-----\n"));
}
