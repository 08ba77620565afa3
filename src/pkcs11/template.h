/* SPDX-License-Identifier: Apache-2.0
 *
 * CK_ATTRIBUTE arrays to canonical attribute lists (hsm/attrs.h) and back: the one place where the
 * lengths and pointers in a template are checked.
 */
#ifndef PKCS11_TEMPLATE_H
#define PKCS11_TEMPLATE_H

#include "base/bytes.h"
#include "base/status.h"
#include "pqhw/cryptoki.h"

/*
 * Read a template into *out, which the caller frees with buf_free whatever comes.
 * PQHW_ARGUMENTS_BAD (no template, too many attributes), PQHW_ATTRIBUTE_TYPE_INVALID (a number
 * beyond any type), PQHW_ATTRIBUTE_VALUE_INVALID (no value where the length says there is one, a
 * length that the type cannot have), PQHW_TEMPLATE_INCONSISTENT (a type twice), PQHW_NO_MEMORY.
 */
NODISCARD enum pqhw_status template_read(struct buf *out, const CK_ATTRIBUTE *attributes,
                                         CK_ULONG count);

/* How C_GetAttributeValue counts attributes: PQHW_ARGUMENTS_BAD as in template_read. */
NODISCARD enum pqhw_status template_check_count(const CK_ATTRIBUTE *attributes, CK_ULONG count);

/* The type in canonical lists: some attributes have a second number. */
CK_ATTRIBUTE_TYPE template_type(CK_ATTRIBUTE_TYPE type);

/*
 * Give a canonical value to the caller (C_GetAttributeValue, cases 3 to 5; templates within it
 * likewise). PQHW_BUFFER_TOO_SMALL, and the length is then CK_UNAVAILABLE_INFORMATION.
 */
NODISCARD enum pqhw_status template_give(CK_ATTRIBUTE *out, struct span value);

#endif
