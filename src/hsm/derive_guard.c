/* SPDX-License-Identifier: Apache-2.0
 *
 * What is not derived of guarded keys, because who has the login could find it, or them, in another
 * way.
 */
#include "hsm/derive.h"

static bool is_guarded(struct span attrs)
{
    return attrs_bool(attrs, CKA_SENSITIVE, true) || !attrs_bool(attrs, CKA_EXTRACTABLE, false);
}

/* The uses by which a key's MAC or cipher comes to the caller; that of a MAC of one byte, which is
 * found by verifying, too. */
static CK_FLAGS open_uses(struct span attrs)
{
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        CK_FLAGS flag;
    } uses[] = {
        {CKA_ENCRYPT, CKF_ENCRYPT},
        {CKA_DECRYPT, CKF_DECRYPT},
        {CKA_SIGN, CKF_SIGN},
        {CKA_VERIFY, CKF_VERIFY},
    };
    CK_FLAGS flags = 0;

    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
        flags |= attrs_bool(attrs, uses[i].type, false) ? uses[i].flag : 0;
    return flags;
}

/* Can the key be used with a mechanism that gives its MAC or cipher? TLS's own gives nothing that
 * is derived. */
static bool is_computable(struct span attrs)
{
    CK_FLAGS flags = open_uses(attrs);
    CK_KEY_TYPE key_type = attrs_number(attrs, CKA_KEY_TYPE, MECHANISM_NO_KEY);
    const struct mechanism_info *info;

    for (size_t i = 0; flags != 0 && (info = mechanism_at(i)) != NULL; i++) {
        if ((info->flags & flags) != 0 && info->param != PARAM_TLS_MAC &&
            mechanism_takes(info, key_type) && op_mechanism_allowed(attrs, info->type))
            return true;
    }
    return false;
}

enum pqhw_status derive_check_guard(const struct derivation *derivation,
                                    const struct mechanism_info *info)
{
    if (info->type == CKM_EXTRACT_KEY_FROM_KEY && derivation_guarded(derivation))
        return PQHW_KEY_FUNCTION_NOT_PERMITTED;
    for (size_t i = 0; i < derivation->num_parts; i++) {
        struct span attrs = object_attrs(derivation->parts[i].object);
        if (mechanism_keyed_by(derivation->mechanism, i) && is_guarded(attrs) &&
            is_computable(attrs))
            return PQHW_KEY_FUNCTION_NOT_PERMITTED;
    }
    return PQHW_OK;
}
