/* SPDX-License-Identifier: Apache-2.0 */
#include "hsm/attrs.h"

#include <string.h>

#define ENTRY_HEAD  8 /* type and length */
#define NUMBER_LEN  8
#define DATE_LEN    8
#define CODE_POINTS 0x110000u

CK_ATTRIBUTE_TYPE attr_canonical(CK_ATTRIBUTE_TYPE type)
{
    if (type == (CKA_ENCAPSULATE_TEMPLATE | CKF_ARRAY_ATTRIBUTE))
        return CKA_ENCAPSULATE_TEMPLATE;
    if (type == (CKA_DECAPSULATE_TEMPLATE | CKF_ARRAY_ATTRIBUTE))
        return CKA_DECAPSULATE_TEMPLATE;
    return type;
}

/* ---- values ---- */

/* The length of the UTF-8 sequence that `s` begins with (RFC 3629), or 0 if there is none. */
static size_t utf8_sequence(struct span s)
{
    static const struct {
        uint8_t mask, lead;
        size_t len;
        uint32_t least; /* smaller code points have a shorter form */
    } forms[] = {
        {0x80, 0x00, 1, 1}, /* from 1: no NUL */
        {0xe0, 0xc0, 2, 0x80},
        {0xf0, 0xe0, 3, 0x800},
        {0xf8, 0xf0, 4, 0x10000},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if ((s.ptr[0] & forms[i].mask) != forms[i].lead)
            continue;
        if (forms[i].len > s.len)
            return 0;
        uint32_t code = (uint32_t)s.ptr[0] & ~(uint32_t)forms[i].mask;
        for (size_t j = 1; j < forms[i].len; j++) {
            if ((s.ptr[j] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (s.ptr[j] & 0x3f);
        }
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        return code >= forms[i].least && code < CODE_POINTS && !surrogate ? forms[i].len : 0;
    }
    return 0;
}

static bool utf8_valid(struct span text)
{
    while (text.len > 0) {
        size_t len = utf8_sequence(text);
        if (len == 0)
            return false;
        text.ptr += len;
        text.len -= len;
    }
    return true;
}

/* A decimal number, or -1. */
static int digits(const uint8_t *text, size_t len)
{
    int value = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool date_valid(struct span date)
{
    static const int month_days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (date.len == 0)
        return true;
    if (date.len != DATE_LEN)
        return false;
    int year = digits(date.ptr, 4);
    int month = digits(date.ptr + 4, 2);
    int day = digits(date.ptr + 6, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= month_days[month - 1] + (leap && month == 2 ? 1 : 0);
}

bool attr_value_valid(enum attr_kind kind, struct span value)
{
    if (value.len > ATTRS_MAX_VALUE)
        return false;
    switch (kind) {
    case ATTR_BOOL:
        return value.len == 1 && value.ptr[0] <= 1;
    case ATTR_NUMBER:
        return value.len == NUMBER_LEN;
    case ATTR_STRING:
        return utf8_valid(value);
    case ATTR_DATE:
        return date_valid(value);
    case ATTR_MECHANISMS:
        return value.len % NUMBER_LEN == 0;
    case ATTR_TEMPLATE:
        return attrs_valid(value);
    case ATTR_BYTES:
    case ATTR_UNKNOWN:
        break;
    }
    return true;
}

CK_ULONG attr_number(struct span value)
{
    return (CK_ULONG)load_be64(value.ptr);
}

bool attr_bool(struct span value)
{
    return value.ptr[0] != 0;
}

/* ---- reading ---- */

bool attrs_next(struct reader *r, struct attr *out)
{
    const uint8_t *at = r->rest.ptr;
    size_t rest = r->rest.len;

    if (rest == 0)
        return false;
    if (rest < ENTRY_HEAD || load_be32(at + 4) > rest - ENTRY_HEAD) {
        r->failed = true;
        return false;
    }
    *out = (struct attr){load_be32(at), span(at + ENTRY_HEAD, load_be32(at + 4))};
    r->rest = span(at + ENTRY_HEAD + out->value.len, rest - ENTRY_HEAD - out->value.len);
    return true;
}

bool attrs_valid(struct span attrs)
{
    if (attrs.len > ATTRS_MAX_LEN)
        return false;

    struct reader r = reader(attrs);
    struct attr attr;
    size_t num = 0;
    CK_ATTRIBUTE_TYPE last = 0;
    while (attrs_next(&r, &attr)) {
        bool rising = num == 0 || attr.type > last;
        if (!rising || attr.type != attr_canonical(attr.type) || attr.value.len > ATTRS_MAX_VALUE)
            return false;
        last = attr.type;
        num++;
    }
    return read_finished(&r) && num <= ATTRS_MAX_NUM;
}

bool attrs_get(struct span attrs, CK_ATTRIBUTE_TYPE type, struct span *value)
{
    type = attr_canonical(type);
    struct reader r = reader(attrs);
    struct attr attr;
    while (attrs_next(&r, &attr) && attr.type <= type) {
        if (attr.type == type) {
            *value = attr.value;
            return true;
        }
    }
    return false;
}

void attrs_get_each(struct span attrs, struct attr *wanted, size_t num)
{
    struct reader r = reader(attrs);
    struct attr attr;

    while (num > 0 && attrs_next(&r, &attr)) {
        while (num > 0 && wanted->type < attr.type) {
            wanted++;
            num--;
        }
        if (num > 0 && wanted->type == attr.type)
            wanted->value = attr.value;
    }
}

bool attrs_has(struct span attrs, CK_ATTRIBUTE_TYPE type)
{
    struct span value;
    return attrs_get(attrs, type, &value);
}

CK_ULONG attrs_number(struct span attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG otherwise)
{
    struct span value;
    return attrs_get(attrs, type, &value) ? attr_number(value) : otherwise;
}

bool attrs_bool(struct span attrs, CK_ATTRIBUTE_TYPE type, bool otherwise)
{
    struct span value;
    return attrs_get(attrs, type, &value) ? attr_bool(value) : otherwise;
}

/* ---- building ---- */

/* Where an entry of this type stands, or would. Its length there is *len, 0 if there is none. */
static size_t find_place(struct span attrs, CK_ATTRIBUTE_TYPE type, size_t *len)
{
    struct reader r = reader(attrs);
    struct attr attr;
    size_t at = 0;
    *len = 0;
    while (attrs_next(&r, &attr) && attr.type <= type) {
        if (attr.type == type) {
            *len = ENTRY_HEAD + attr.value.len;
            break;
        }
        at = attrs.len - r.rest.len;
    }
    return at;
}

static void cut(struct buf *attrs, size_t at, size_t len)
{
    memmove(attrs->ptr + at, attrs->ptr + at + len, attrs->len - at - len);
    attrs->len -= len;
}

void attrs_remove(struct buf *attrs, CK_ATTRIBUTE_TYPE type)
{
    size_t len;
    size_t at = find_place(buf_span(attrs), attr_canonical(type), &len);
    if (len > 0)
        cut(attrs, at, len);
}

static void write_entry(uint8_t *at, CK_ATTRIBUTE_TYPE type, struct span value)
{
    store_be32(at, (uint32_t)type);
    store_be32(at + 4, (uint32_t)value.len);
    if (value.len > 0)
        memcpy(at + ENTRY_HEAD, value.ptr, value.len);
}

/* Can an entry be of this type and value? If not, the buffer has failed. */
static bool entry_fits(struct buf *attrs, CK_ATTRIBUTE_TYPE type, struct span value)
{
    if (attrs->status == PQHW_OK && type > UINT32_MAX)
        attrs->status = PQHW_ATTRIBUTE_TYPE_INVALID;
    else if (attrs->status == PQHW_OK && value.len > ATTRS_MAX_VALUE)
        attrs->status = PQHW_ATTRIBUTE_VALUE_INVALID;
    return attrs->status == PQHW_OK;
}

void attrs_append(struct buf *attrs, CK_ATTRIBUTE_TYPE type, struct span value)
{
    if (!entry_fits(attrs, type, value))
        return;
    uint8_t *at = buf_extend(attrs, ENTRY_HEAD + value.len);
    if (at != NULL)
        write_entry(at, type, value);
}

void attrs_append_number(struct buf *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
    uint8_t bytes[NUMBER_LEN];
    store_be64(bytes, value);
    attrs_append(attrs, type, SPAN(bytes));
}

void attrs_append_bool(struct buf *attrs, CK_ATTRIBUTE_TYPE type, bool value)
{
    uint8_t byte = value ? 1 : 0;
    attrs_append(attrs, type, span(&byte, 1));
}

void attrs_put(struct buf *attrs, CK_ATTRIBUTE_TYPE type, struct span value)
{
    type = attr_canonical(type);
    if (!entry_fits(attrs, type, value))
        return;

    size_t old_len;
    size_t at = find_place(buf_span(attrs), type, &old_len);
    if (old_len > 0)
        cut(attrs, at, old_len);
    size_t tail = attrs->len - at;
    size_t len = ENTRY_HEAD + value.len;
    if (buf_extend(attrs, len) == NULL)
        return;
    memmove(attrs->ptr + at + len, attrs->ptr + at, tail);
    write_entry(attrs->ptr + at, type, value);
}

void attrs_put_number(struct buf *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
    uint8_t bytes[NUMBER_LEN];
    store_be64(bytes, value);
    attrs_put(attrs, type, SPAN(bytes));
}

void attrs_put_bool(struct buf *attrs, CK_ATTRIBUTE_TYPE type, bool value)
{
    uint8_t byte = value ? 1 : 0;
    attrs_put(attrs, type, span(&byte, 1));
}

enum pqhw_status attrs_secret(struct secret *out, const struct attr *entries, size_t num)
{
    size_t len = 0;
    for (size_t i = 0; i < num; i++)
        len += ENTRY_HEAD + entries[i].value.len;

    enum pqhw_status status = secret_new(out, len);
    if (status != PQHW_OK)
        return status;
    uint8_t *at = out->ptr;
    for (size_t i = 0; i < num; i++) {
        write_entry(at, attr_canonical(entries[i].type), entries[i].value);
        at += ENTRY_HEAD + entries[i].value.len;
    }
    return PQHW_OK;
}

enum pqhw_status attrs_merge(struct buf *attrs, struct span more)
{
    struct attr attr;

    for (struct reader r = reader(more); attrs_next(&r, &attr);)
        attrs_put(attrs, attr.type, attr.value);
    return buf_status(attrs);
}
