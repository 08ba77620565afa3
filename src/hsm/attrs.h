/* SPDX-License-Identifier: Apache-2.0
 *
 * Attribute lists in their one form: encoded, sorted by type, each type once.
 *
 *   entry = type (u32) || length (u32) || value        (big-endian; the same bytes in memory and at
 * rest)
 *
 * Values are canonical, so that a device can be shared by programs of any word size: a number
 * (CK_ULONG) is 8 bytes big-endian, a boolean one byte 0 or 1, a list of mechanisms 8 bytes each, a
 * template an attribute list. Surfaces convert at their border (attr_kind tells what a type holds).
 *
 * CKA_ENCAPSULATE_TEMPLATE and CKA_DECAPSULATE_TEMPLATE have two numbers each, with and without
 * CKF_ARRAY_ATTRIBUTE. Lists hold the one without, as v3.2 has it; every function here that takes a
 * type accepts both.
 */
#ifndef HSM_ATTRS_H
#define HSM_ATTRS_H

#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "pqhw/cryptoki.h"

#define ATTRS_MAX_LEN   (1280 * 1024) /* of a whole list */
#define ATTRS_MAX_NUM   256
#define ATTRS_MAX_VALUE (1024 * 1024)

/* What an attribute's value is. */
enum attr_kind {
    ATTR_BYTES,
    ATTR_BOOL,
    ATTR_NUMBER,
    ATTR_STRING, /* UTF-8 without a NUL */
    ATTR_DATE,   /* CK_DATE: 8 digits, or empty */
    ATTR_MECHANISMS,
    ATTR_TEMPLATE,
    ATTR_UNKNOWN, /* not in the rule table */
};

enum attr_kind attr_kind(CK_ATTRIBUTE_TYPE type);

/* The number that lists hold for a type. */
CK_ATTRIBUTE_TYPE attr_canonical(CK_ATTRIBUTE_TYPE type);

/* Is this a canonical value of this kind? Anything is of ATTR_BYTES or ATTR_UNKNOWN, up to
 * ATTRS_MAX_VALUE. */
bool attr_value_valid(enum attr_kind kind, struct span value);

/* Check an encoded list: well-formed, sorted, no type twice, within the limits. */
NODISCARD bool attrs_valid(struct span attrs);

/* One entry of a list. */
struct attr {
    CK_ATTRIBUTE_TYPE type;
    struct span value;
};

/* Iterate: `for (struct reader r = reader(attrs); attrs_next(&r, &attr);)`. The list must be valid.
 */
bool attrs_next(struct reader *r, struct attr *out);

/* True and the value if the list has this type. */
bool attrs_get(struct span attrs, CK_ATTRIBUTE_TYPE type, struct span *value);
bool attrs_has(struct span attrs, CK_ATTRIBUTE_TYPE type);

/* Several values in one walk: wanted has canonical types, rising. A value that the list does not
 * have stays as it is. */
void attrs_get_each(struct span attrs, struct attr *wanted, size_t num);

/* The number or boolean, or `otherwise` if the list has no such type. */
CK_ULONG attrs_number(struct span attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG otherwise);
bool attrs_bool(struct span attrs, CK_ATTRIBUTE_TYPE type, bool otherwise);

/*
 * Building. Put replaces an entry of the same type; the buffer keeps the order. Failures stay in
 * the buffer (buf_status). Start with BUF_INIT(ATTRS_MAX_LEN).
 */
void attrs_put(struct buf *attrs, CK_ATTRIBUTE_TYPE type, struct span value);
void attrs_put_number(struct buf *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
void attrs_put_bool(struct buf *attrs, CK_ATTRIBUTE_TYPE type, bool value);
void attrs_remove(struct buf *attrs, CK_ATTRIBUTE_TYPE type);

/* Put what stands behind all that the list has: types must rise. Takes no search. */
void attrs_append(struct buf *attrs, CK_ATTRIBUTE_TYPE type, struct span value);
void attrs_append_number(struct buf *attrs, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
void attrs_append_bool(struct buf *attrs, CK_ATTRIBUTE_TYPE type, bool value);

/* Put all entries of another list. The buffer's status. */
NODISCARD enum pqhw_status attrs_merge(struct buf *attrs, struct span more);

/*
 * A list in secret memory, from num entries in rising order of their canonical types. No entries
 * are an empty secret. PQHW_NO_MEMORY, PQHW_NO_LOCKED_MEMORY.
 */
NODISCARD enum pqhw_status attrs_secret(struct secret *out, const struct attr *entries, size_t num);

/* Decode one canonical value; `value` has the right length (checked where it came in). */
CK_ULONG attr_number(struct span value);
bool attr_bool(struct span value);

#endif
