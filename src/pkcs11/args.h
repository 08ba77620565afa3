/* SPDX-License-Identifier: Apache-2.0
 *
 * Pointers and lengths from outside, read once.
 */
#ifndef PKCS11_ARGS_H
#define PKCS11_ARGS_H

#include "base/bytes.h"
#include "base/status.h"
#include "pqhw/cryptoki.h"

/*
 * No program holds that much in one piece: a longer length is a mistake (such as -1), and is
 * refused before the memory is touched.
 */
#define ARG_MAX_LEN (SIZE_MAX >> (sizeof(size_t) > 4 ? 24 : 2))

/* Bytes to read (or room to fill): NULL goes with length 0 alone. PQHW_ARGUMENTS_BAD. */
NODISCARD enum pqhw_status arg_bytes(struct span *out, const void *ptr, CK_ULONG len);

/* A PIN: as arg_bytes, but it is never absent, for no token here has a way of its own to ask. */
NODISCARD enum pqhw_status arg_pin(struct span *out, const void *ptr, CK_ULONG len);

/* The length field of an output: PQHW_ARGUMENTS_BAD if there is none. */
NODISCARD enum pqhw_status arg_length(size_t *out, const CK_ULONG *len);

/*
 * Give the length back where the convention for outputs of variable length says so. Returns status.
 * `len` is a pointer so that the call that sets it may stand among the arguments.
 */
NODISCARD enum pqhw_status give_length(CK_ULONG *out, const size_t *len, enum pqhw_status status);

/* Text in a field of fixed length, padded with blanks. */
void give_text(CK_UTF8CHAR *out, size_t out_len, const char *text);

#endif
