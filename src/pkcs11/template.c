/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/template.h"

#include <string.h>

#include "hsm/attrs.h"
#include "pkcs11/alias.h"

/* A number is 8 bytes in canonical form. */
#define NUMBER_LEN 8

/* Types are 32 bits wide in canonical form, and in the standard. */
#define TYPE_MAX 0xffffffffUL

/* A template holds templates (CKA_WRAP_TEMPLATE), but those hold no further ones. */
enum nesting {
    OUTER,
    INNER
};

CK_ATTRIBUTE_TYPE template_type(CK_ATTRIBUTE_TYPE type)
{
    /* The edition after 3.2 gives these two the flag for arrays that all other templates have. */
    switch (type) {
    case CKF_ARRAY_ATTRIBUTE | CKA_ENCAPSULATE_TEMPLATE:
    case CKF_ARRAY_ATTRIBUTE | CKA_DECAPSULATE_TEMPLATE:
        return type & ~CKF_ARRAY_ATTRIBUTE;
    default:
        return type;
    }
}

enum pqhw_status template_check_count(const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    if (count > ATTRS_MAX_NUM || (attributes == NULL && count != 0))
        return PQHW_ARGUMENTS_BAD;
    return PQHW_OK;
}

/* Reading. */

/* Values from outside need not be aligned. */
static CK_ULONG load_ulong(const void *ptr)
{
    CK_ULONG number;

    memcpy(&number, ptr, sizeof(number));
    return number;
}

static CK_ATTRIBUTE load_attribute(const void *array, size_t index)
{
    CK_ATTRIBUTE attribute;

    memcpy(&attribute, (const uint8_t *)array + index * sizeof(attribute), sizeof(attribute));
    return attribute;
}

static void put_bool(struct buf *out, CK_ATTRIBUTE_TYPE type, const CK_ATTRIBUTE *attribute)
{
    CK_BBOOL value = CK_FALSE;

    if (attribute->ulValueLen == sizeof(value))
        memcpy(&value, attribute->pValue, sizeof(value));
    if (attribute->ulValueLen == sizeof(value) && value <= CK_TRUE)
        attrs_put_bool(out, type, value == CK_TRUE);
    else
        out->status = PQHW_ATTRIBUTE_VALUE_INVALID;
}

static void put_number(struct buf *out, CK_ATTRIBUTE_TYPE type, const CK_ATTRIBUTE *attribute)
{
    if (attribute->ulValueLen == sizeof(CK_ULONG))
        attrs_put_number(out, type, alias_read(type, load_ulong(attribute->pValue)));
    else
        out->status = PQHW_ATTRIBUTE_VALUE_INVALID;
}

static NODISCARD enum pqhw_status read_mechanisms(struct buf *out, const CK_ATTRIBUTE *attribute)
{
    const uint8_t *value = attribute->pValue;

    if (attribute->ulValueLen % sizeof(CK_ULONG) != 0)
        return PQHW_ATTRIBUTE_VALUE_INVALID;
    for (size_t at = 0; at < attribute->ulValueLen; at += sizeof(CK_ULONG))
        buf_put_u64(out, alias_read(attribute->type, load_ulong(value + at)));
    return buf_status(out);
}

static NODISCARD enum pqhw_status read_attributes(struct buf *out, const void *array, size_t count,
                                                  enum nesting nesting);

static NODISCARD enum pqhw_status read_template(struct buf *out, const CK_ATTRIBUTE *attribute,
                                                enum nesting nesting)
{
    size_t count = attribute->ulValueLen / sizeof(CK_ATTRIBUTE);

    if (nesting == INNER || attribute->ulValueLen % sizeof(CK_ATTRIBUTE) != 0 ||
        count > ATTRS_MAX_NUM)
        return PQHW_ATTRIBUTE_VALUE_INVALID;
    return read_attributes(out, attribute->pValue, count, INNER);
}

/* A value that is a list. */
static NODISCARD enum pqhw_status put_list(struct buf *out, CK_ATTRIBUTE_TYPE type,
                                           const CK_ATTRIBUTE *attribute, enum nesting nesting)
{
    enum pqhw_status status = PQHW_OK;
    struct buf value = BUF_INIT(ATTRS_MAX_LEN);

    if (attr_kind(type) == ATTR_MECHANISMS)
        TRY(read_mechanisms(&value, attribute));
    else
        TRY(read_template(&value, attribute, nesting));
    attrs_put(out, type, buf_span(&value));
    TRY(buf_status(out));
out:
    buf_free(&value);
    return status;
}

/* One attribute, whose pointer and length have been found sound. */
static NODISCARD enum pqhw_status put_value(struct buf *out, CK_ATTRIBUTE_TYPE type,
                                            const CK_ATTRIBUTE *attribute, enum nesting nesting)
{
    switch (attr_kind(type)) {
    case ATTR_BOOL:
        put_bool(out, type, attribute);
        break;
    case ATTR_NUMBER:
        put_number(out, type, attribute);
        break;
    case ATTR_MECHANISMS:
    case ATTR_TEMPLATE:
        return put_list(out, type, attribute, nesting);
    case ATTR_DATE:
        if (attribute->ulValueLen != 0 && attribute->ulValueLen != sizeof(CK_DATE))
            return PQHW_ATTRIBUTE_VALUE_INVALID;
        attrs_put(out, type, span(attribute->pValue, attribute->ulValueLen));
        break;
    case ATTR_BYTES:
    case ATTR_STRING:
    case ATTR_UNKNOWN:
        attrs_put(out, type, span(attribute->pValue, attribute->ulValueLen));
        break;
    }
    return buf_status(out);
}

static NODISCARD enum pqhw_status read_attribute(struct buf *out, const CK_ATTRIBUTE *attribute,
                                                 enum nesting nesting)
{
    enum pqhw_status status = PQHW_OK;
    CK_ATTRIBUTE_TYPE type = template_type(attribute->type);

    REQUIRE(type <= TYPE_MAX, PQHW_ATTRIBUTE_TYPE_INVALID);
    REQUIRE(attribute->ulValueLen <= ATTRS_MAX_VALUE, PQHW_ATTRIBUTE_VALUE_INVALID);
    REQUIRE(attribute->pValue != NULL || attribute->ulValueLen == 0, PQHW_ATTRIBUTE_VALUE_INVALID);
    REQUIRE(!attrs_has(buf_span(out), type), PQHW_TEMPLATE_INCONSISTENT);
    TRY(put_value(out, type, attribute, nesting));
out:
    return status;
}

static enum pqhw_status read_attributes(struct buf *out, const void *array, size_t count,
                                        enum nesting nesting)
{
    enum pqhw_status status = PQHW_OK;

    for (size_t i = 0; i < count; i++) {
        const CK_ATTRIBUTE attribute = load_attribute(array, i);

        TRY(read_attribute(out, &attribute, nesting));
    }
out:
    return status;
}

enum pqhw_status template_read(struct buf *out, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    enum pqhw_status status = PQHW_OK;

    *out = (struct buf)BUF_INIT(ATTRS_MAX_LEN);
    TRY(template_check_count(attributes, count));
    TRY(read_attributes(out, attributes, count, OUTER));
out:
    return status;
}

/* Giving. */

/*
 * Set the length of an attribute, and say whether there is room for a value of that length.
 * CK_UNAVAILABLE_INFORMATION as the room is what an earlier failure left there: no room.
 */
static bool room_for(CK_ATTRIBUTE *out, size_t len)
{
    bool asks = out->pValue == NULL;
    bool fits = !asks && out->ulValueLen != CK_UNAVAILABLE_INFORMATION && out->ulValueLen >= len;

    out->ulValueLen = fits || asks ? len : CK_UNAVAILABLE_INFORMATION;
    return fits;
}

static NODISCARD enum pqhw_status give_bytes(CK_ATTRIBUTE *out, struct span value)
{
    if (room_for(out, value.len) && value.len != 0)
        memcpy(out->pValue, value.ptr, value.len);
    return out->ulValueLen == value.len ? PQHW_OK : PQHW_BUFFER_TOO_SMALL;
}

static NODISCARD enum pqhw_status give_numbers(CK_ATTRIBUTE *out, struct span value)
{
    size_t num = value.len / NUMBER_LEN;
    size_t len = num * sizeof(CK_ULONG);

    if (room_for(out, len)) {
        for (size_t i = 0; i < num; i++) {
            CK_ULONG number = attr_number(span(value.ptr + i * NUMBER_LEN, NUMBER_LEN));

            number = alias_give(out->type, number);
            memcpy((uint8_t *)out->pValue + i * sizeof(number), &number, sizeof(number));
        }
    }
    return out->ulValueLen == len ? PQHW_OK : PQHW_BUFFER_TOO_SMALL;
}

/* Each attribute within has room of its own: the types are ours to set, the pointers and lengths
 * are the caller's. */
static NODISCARD enum pqhw_status give_template(CK_ATTRIBUTE *out, struct span value)
{
    enum pqhw_status worst = PQHW_OK;
    uint8_t *array = out->pValue;
    struct attr attr;
    size_t num = 0, len;

    for (struct reader r = reader(value); attrs_next(&r, &attr);)
        num++;
    len = num * sizeof(CK_ATTRIBUTE);
    if (!room_for(out, len))
        return out->ulValueLen == len ? PQHW_OK : PQHW_BUFFER_TOO_SMALL;
    for (struct reader r = reader(value); attrs_next(&r, &attr);) {
        CK_ATTRIBUTE inner = load_attribute(array, 0);
        enum pqhw_status status;

        inner.type = attr.type;
        status = template_give(&inner, attr.value);
        if (status != PQHW_OK)
            worst = status;
        memcpy(array, &inner, sizeof(inner));
        array += sizeof(inner);
    }
    return worst;
}

enum pqhw_status template_give(CK_ATTRIBUTE *out, struct span value)
{
    switch (attr_kind(template_type(out->type))) {
    case ATTR_NUMBER:
    case ATTR_MECHANISMS:
        return give_numbers(out, value);
    case ATTR_TEMPLATE:
        return give_template(out, value);
    case ATTR_BYTES:
    case ATTR_BOOL:
    case ATTR_STRING:
    case ATTR_DATE:
    case ATTR_UNKNOWN:
        break;
    }
    return give_bytes(out, value);
}
