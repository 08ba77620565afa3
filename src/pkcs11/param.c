/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/param.h"

#include <string.h>

/* FIPS 204, Algorithm 2: a context is at most 255 bytes. */
#define CONTEXT_MAX 255

static NODISCARD enum pqhw_status read_context(struct mechanism *out, CK_HEDGE_TYPE hedge,
                                               const CK_BYTE *context, CK_ULONG context_len)
{
    if (context_len > CONTEXT_MAX || (context == NULL && context_len != 0))
        return PQHW_MECHANISM_PARAM_INVALID;
    out->hedge = hedge;
    out->context = span(context, context_len);
    return PQHW_OK;
}

static NODISCARD enum pqhw_status read_sign_context(struct mechanism *out,
                                                    const CK_MECHANISM *mechanism)
{
    CK_SIGN_ADDITIONAL_CONTEXT param; /* copied: the caller's need not be aligned */

    if (mechanism->ulParameterLen != sizeof(param))
        return PQHW_MECHANISM_PARAM_INVALID;
    memcpy(&param, mechanism->pParameter, sizeof(param));
    return read_context(out, param.hedgeVariant, param.pContext, param.ulContextLen);
}

static NODISCARD enum pqhw_status read_hash_sign_context(struct mechanism *out,
                                                         const CK_MECHANISM *mechanism)
{
    CK_HASH_SIGN_ADDITIONAL_CONTEXT param;

    if (mechanism->ulParameterLen != sizeof(param))
        return PQHW_MECHANISM_PARAM_INVALID;
    memcpy(&param, mechanism->pParameter, sizeof(param));
    out->hash = param.hash;
    return read_context(out, param.hedgeVariant, param.pContext, param.ulContextLen);
}

enum pqhw_status param_read(struct mechanism *out, const CK_MECHANISM *mechanism)
{
    const struct mechanism_info *info;

    if (mechanism == NULL)
        return PQHW_ARGUMENTS_BAD;
    *out = (struct mechanism){.type = mechanism->mechanism, .hedge = CKH_HEDGE_PREFERRED};
    info = mechanism_find(mechanism->mechanism);
    if (info == NULL)
        return PQHW_MECHANISM_INVALID;
    if (mechanism->pParameter == NULL && mechanism->ulParameterLen != 0)
        return PQHW_MECHANISM_PARAM_INVALID;
    if (mechanism->ulParameterLen == 0)
        return PQHW_OK; /* whatever the pointer says: nothing is nothing */
    out->has_param = true;
    switch (info->param) {
    case PARAM_SIGN_CONTEXT:
        return read_sign_context(out, mechanism);
    case PARAM_HASH_SIGN_CONTEXT:
        return read_hash_sign_context(out, mechanism);
    case PARAM_NONE:
        break;
    }
    return PQHW_MECHANISM_PARAM_INVALID;
}
