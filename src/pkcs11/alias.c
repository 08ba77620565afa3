/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/alias.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLE "PQHW_FALCON_NUMBERS"
#define OTHERS   "luna"

static _Atomic bool wanted;

/* What each does where a pair is generated, and elsewhere. Luna signs in the compressed format, and
 * libp11 has room for the longest of its signatures. */
static const struct {
    CK_MECHANISM_TYPE other, to_generate, to_sign;
} table[] = {
    {CKM_LUNA_FALCON_KEY_PAIR_GEN, CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN,
     CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN},
    {CKM_LUNA_FALCON, CKM_PQHW_FALCON_ROUND3_COMPRESSED, CKM_PQHW_FALCON_ROUND3_COMPRESSED},
    {CKM_LIBP11_FALCON, CKM_PQHW_FALCON_ROUND3_KEY_PAIR_GEN, CKM_PQHW_FALCON_ROUND3_COMPRESSED},
};

#define NUM_OTHERS (sizeof(table) / sizeof(table[0]))

enum pqhw_status alias_init(void)
{
    const char *value = secure_getenv(VARIABLE);
    bool none = value == NULL || value[0] == '\0';

    if (!none && strcmp(value, OTHERS) != 0)
        return PQHW_ARGUMENTS_BAD;
    atomic_store(&wanted, !none);
    return PQHW_OK;
}

bool alias_at(size_t i, CK_MECHANISM_TYPE *out)
{
    if (!atomic_load(&wanted) || i >= NUM_OTHERS)
        return false;
    *out = table[i].other;
    return true;
}

CK_MECHANISM_TYPE alias_mechanism(CK_MECHANISM_TYPE type, CK_FLAGS flag)
{
    for (size_t i = 0; atomic_load(&wanted) && i < NUM_OTHERS; i++) {
        if (table[i].other == type)
            return flag == CKF_GENERATE_KEY_PAIR ? table[i].to_generate : table[i].to_sign;
    }
    return type;
}

CK_ULONG alias_read(CK_ATTRIBUTE_TYPE attribute, CK_ULONG number)
{
    switch (attribute) {
    case CKA_KEY_TYPE:
        return atomic_load(&wanted) && number == CKK_LUNA_FALCON ? CKK_PQHW_FALCON_ROUND3 : number;
    case CKA_KEY_GEN_MECHANISM:
        return alias_mechanism(number, CKF_GENERATE_KEY_PAIR);
    case CKA_ALLOWED_MECHANISMS:
        return alias_mechanism(number, CKF_SIGN);
    default:
        return number;
    }
}

/* Luna's, where libp11 has another one: libp11 knows both. */
static CK_MECHANISM_TYPE mechanism_of_others(CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < NUM_OTHERS; i++) {
        if (table[i].to_sign == type)
            return table[i].other;
    }
    return type;
}

CK_ULONG alias_give(CK_ATTRIBUTE_TYPE attribute, CK_ULONG number)
{
    if (!atomic_load(&wanted))
        return number;
    switch (attribute) {
    case CKA_KEY_TYPE:
        return number == CKK_PQHW_FALCON_ROUND3 ? CKK_LUNA_FALCON : number;
    case CKA_KEY_GEN_MECHANISM:
    case CKA_ALLOWED_MECHANISMS:
        return mechanism_of_others(number);
    default:
        return number;
    }
}
