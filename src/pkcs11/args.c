/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/args.h"

#include <string.h>

enum pqhw_status arg_bytes(struct span *out, const void *ptr, CK_ULONG len)
{
    if ((ptr == NULL && len != 0) || len > ARG_MAX_LEN)
        return PQHW_ARGUMENTS_BAD;
    *out = span(ptr, len);
    return PQHW_OK;
}

enum pqhw_status arg_pin(struct span *out, const void *ptr, CK_ULONG len)
{
    if (ptr == NULL)
        return PQHW_ARGUMENTS_BAD;
    return arg_bytes(out, ptr, len);
}

enum pqhw_status arg_length(size_t *out, const CK_ULONG *len)
{
    if (len == NULL)
        return PQHW_ARGUMENTS_BAD;
    *out = *len;
    return PQHW_OK;
}

enum pqhw_status give_length(CK_ULONG *out, const size_t *len, enum pqhw_status status)
{
    if (status == PQHW_OK || status == PQHW_BUFFER_TOO_SMALL)
        *out = *len;
    return status;
}

void give_text(CK_UTF8CHAR *out, size_t out_len, const char *text)
{
    size_t len = strnlen(text, out_len);

    memset(out, ' ', out_len);
    memcpy(out, text, len);
}
