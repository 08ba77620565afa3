/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/codec.h"

#include <string.h>

#include "cli/options.h"

enum encoding encoding_of(const char *text)
{
    for (size_t i = 0; opt_encoding(i) != NULL; i++)
        if (strcmp(text, opt_encoding(i)) == 0)
            return (enum encoding)i;
    return ENCODING_RAW;
}

/* All ones if x > limit, for x and limit below 2^31. */
static uint32_t above(uint32_t x, uint32_t limit)
{
    return 0u - ((limit - x) >> 31);
}

static uint8_t hex_digit(uint32_t nibble)
{
    return (uint8_t)('0' + nibble + (above(nibble, 9) & ('a' - '0' - 10)));
}

/* 'A' + x, moved on where the alphabet jumps: to 'a' at 26, to '0' at 52, to '+' at 62, to '/'
 * at 63. */
static uint8_t base64_digit(uint32_t x)
{
    uint32_t c = 'A' + x;

    c += above(x, 25) & ('a' - 'A' - 26);
    c -= above(x, 51) & ('a' + 52 - 26 - '0');
    c -= above(x, 61) & ('0' + 62 - 52 - '+');
    c += above(x, 62) & ('/' - '+' - 1);
    return (uint8_t)c;
}

static void put_hex(struct buf *out, struct span data)
{
    uint8_t *to = buf_extend(out, 2 * data.len);

    for (size_t i = 0; to != NULL && i < data.len; i++) {
        to[2 * i] = hex_digit(data.ptr[i] >> 4);
        to[2 * i + 1] = hex_digit(data.ptr[i] & 15);
    }
}

static void put_base64(struct buf *out, struct span data)
{
    uint8_t *to = buf_extend(out, (data.len + 2) / 3 * 4);

    for (size_t i = 0; to != NULL && i < data.len; i += 3, to += 4) {
        size_t left = data.len - i;
        uint32_t group = (uint32_t)data.ptr[i] << 16;

        group |= left > 1 ? (uint32_t)data.ptr[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)data.ptr[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            to[k] = k <= left ? base64_digit(group >> (18 - 6 * k) & 63) : (uint8_t)'=';
    }
}

void encode_put(struct buf *out, enum encoding encoding, struct span data)
{
    switch (encoding) {
    case ENCODING_RAW:
        buf_put(out, data.ptr, data.len);
        break;
    case ENCODING_HEX:
        put_hex(out, data);
        break;
    case ENCODING_BASE64:
        put_base64(out, data);
        break;
    }
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/*
 * Digits of `bits` bits each, most significant first. `pads` '=' may follow, as many as make the
 * digits a multiple of `group`. Bits left over must be zero.
 */
static enum pqhw_status read_digits(struct buf *out, struct span text, unsigned bits, size_t group,
                                    int (*value)(uint8_t c))
{
    uint32_t pending = 0;
    unsigned num_pending = 0;
    size_t digits = 0, pads = 0;

    for (size_t i = 0; i < text.len; i++) {
        int digit = value(text.ptr[i]);

        if (is_space(text.ptr[i]))
            continue;
        if (group > 2 && text.ptr[i] == '=' && pads < 2) {
            pads++;
            continue;
        }
        if (digit < 0 || pads > 0)
            return PQHW_DATA_INVALID;
        digits++;
        pending = pending << bits | (uint32_t)digit;
        num_pending += bits;
        if (num_pending >= 8) {
            num_pending -= 8;
            buf_put_u8(out, (uint8_t)(pending >> num_pending));
            pending &= (1u << num_pending) - 1;
        }
    }
    if ((digits + pads) % group != 0 || pending != 0)
        return PQHW_DATA_INVALID;
    return buf_status(out);
}

enum pqhw_status encode_read(struct buf *out, enum encoding encoding, struct span text)
{
    switch (encoding) {
    case ENCODING_HEX:
        return read_digits(out, text, 4, 2, hex_value);
    case ENCODING_BASE64:
        return read_digits(out, text, 6, 4, base64_value);
    default:
        buf_put(out, text.ptr, text.len);
        return buf_status(out);
    }
}
