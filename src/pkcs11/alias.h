/* SPDX-License-Identifier: Apache-2.0
 *
 * Falcon under the numbers of others, for programs that know no other ones: Thales Luna's, and the
 * one that libp11 has beside them. Inside there is one number for each thing, our own; what a
 * program says is translated where it comes in, and what it is told where it goes out. Parameter
 * sets have the same numbers everywhere.
 *
 * A process asks for it by its environment (docs/algorithms.md). It then may use both, and is told
 * the others' for key types.
 */
#ifndef PKCS11_ALIAS_H
#define PKCS11_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "pqhw/cryptoki.h"

/* From C_Initialize: read the environment. PQHW_ARGUMENTS_BAD if it says what we do not know. */
NODISCARD enum pqhw_status alias_init(void);

/* The i-th of the others' mechanisms; false beyond the last, at once if nobody asked. */
bool alias_at(size_t i, CK_MECHANISM_TYPE *out);

/*
 * Our mechanism behind a number that a program gave, which is the same if it is none of the
 * others'. libp11 has one for two mechanisms: `flag` is CKF_GENERATE_KEY_PAIR where a pair is
 * generated, else CKF_SIGN.
 */
CK_MECHANISM_TYPE alias_mechanism(CK_MECHANISM_TYPE type, CK_FLAGS flag);

/* Numbers that are an attribute's value, or in the list that it is. */
CK_ULONG alias_read(CK_ATTRIBUTE_TYPE attribute, CK_ULONG number);
CK_ULONG alias_give(CK_ATTRIBUTE_TYPE attribute, CK_ULONG number);

#endif
