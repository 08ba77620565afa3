/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyformat/der.h"

#include <string.h>

#define LONG_FORM      0x80
#define HIGH_TAG       0x1f
#define MAX_LEN_OCTETS 4

static size_t read_length(struct reader *r)
{
    uint8_t first = read_u8(r);
    size_t len = 0;

    if (!(first & LONG_FORM))
        return first;
    /* 0x80 is the indefinite form of BER. */
    size_t octets = first & ~(unsigned)LONG_FORM;
    if (octets == 0 || octets > MAX_LEN_OCTETS) {
        r->failed = true;
        return 0;
    }
    for (size_t i = 0; i < octets; i++)
        len = len << 8 | read_u8(r);
    /* Shortest form: no leading zero, and none that the short form could say. */
    if (len < LONG_FORM || len >> 8 * (octets - 1) == 0)
        r->failed = true;
    return len;
}

struct span der_read_any(struct reader *r, uint8_t *tag)
{
    *tag = read_u8(r);
    if ((*tag & HIGH_TAG) == HIGH_TAG)
        r->failed = true;
    return read_bytes(r, read_length(r));
}

struct span der_read(struct reader *r, uint8_t tag)
{
    uint8_t found;
    struct span contents = der_read_any(r, &found);

    if (found == tag)
        return contents;
    r->failed = true;
    return SPAN_EMPTY;
}

struct span der_read_bits(struct reader *r, uint8_t tag)
{
    struct reader bits = reader(der_read(r, tag));

    if (read_u8(&bits) != 0 || bits.failed)
        r->failed = true;
    return bits.rest;
}

bool der_next_is(const struct reader *r, uint8_t tag)
{
    return !r->failed && r->rest.len > 0 && r->rest.ptr[0] == tag;
}

static size_t length_octets(size_t len)
{
    size_t octets = 0;

    while (len > 0) {
        octets++;
        len >>= 8;
    }
    return octets;
}

size_t der_size(size_t content_len)
{
    return 2 + (content_len < LONG_FORM ? 0 : length_octets(content_len)) + content_len;
}

void der_write_bytes(struct der_writer *w, struct span data)
{
    if (w->failed || data.len > w->room - w->len) {
        w->failed = true;
        return;
    }
    if (data.len > 0)
        memcpy(w->out + w->len, data.ptr, data.len);
    w->len += data.len;
}

void der_write_header(struct der_writer *w, uint8_t tag, size_t content_len)
{
    uint8_t header[2 + sizeof(size_t)] = {tag, (uint8_t)content_len};
    size_t octets = 0;

    if (content_len >= LONG_FORM) {
        octets = length_octets(content_len);
        header[1] = (uint8_t)(LONG_FORM | octets);
        for (size_t i = 0; i < octets; i++)
            header[2 + i] = (uint8_t)(content_len >> 8 * (octets - 1 - i));
    }
    der_write_bytes(w, span(header, 2 + octets));
}

/* ---- numbers ---- */

struct span der_without_zeros(struct span number)
{
    while (number.len > 0 && number.ptr[0] == 0)
        number = span(number.ptr + 1, number.len - 1);
    return number;
}

/* One zero stands before a number that would look negative, or is zero. */
size_t der_number_len(struct span number)
{
    number = der_without_zeros(number);
    return number.len + (number.len == 0 || (number.ptr[0] & 0x80) != 0);
}

struct span der_read_number(struct reader *r)
{
    struct span contents = der_read(r, DER_INTEGER);

    if (contents.len == 0 || der_number_len(contents) != contents.len ||
        (contents.ptr[0] & 0x80) != 0)
        r->failed = true;
    return der_without_zeros(contents);
}

void der_write_number(struct der_writer *w, struct span number)
{
    static const uint8_t zero = 0;
    size_t len = der_number_len(number);

    number = der_without_zeros(number);
    der_write_header(w, DER_INTEGER, len);
    der_write_bytes(w, span(&zero, len - number.len));
    der_write_bytes(w, number);
}
