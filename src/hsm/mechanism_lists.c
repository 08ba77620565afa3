/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of derivations that are lists.
 */
#include "hsm/mechanism_table.h"

CK_OBJECT_HANDLE mechanism_other_key(const struct mechanism *mechanism, size_t i)
{
    const struct derive_lists *lists = mechanism->lists;

    if (mechanism->second_key != CK_INVALID_HANDLE && i-- == 0)
        return mechanism->second_key;
    for (size_t at = 0; lists != NULL && at < lists->num_pieces; at++) {
        if (lists->pieces[at].type == CK_SP800_108_KEY_HANDLE && i-- == 0)
            return lists->pieces[at].key;
    }
    return CK_INVALID_HANDLE;
}

bool mechanism_108_hash(const struct mechanism *mechanism, enum digest_alg *out)
{
    const struct mechanism_info *mac = mechanism_find(mechanism->hash);
    bool hmac = mac != NULL && (mac->flags & CKF_SIGN) != 0 && mac->param == PARAM_NONE &&
                mac->other_key_type == CKK_GENERIC_SECRET;

    return hmac && mechanism_digest(mac->digest, out);
}

static bool width_valid(CK_ULONG bits, CK_ULONG max)
{
    return bits >= 8 && bits <= max && bits % 8 == 0;
}

/* PKCS#11 v3.2, 6.42: what counts the rounds has at most 32 bits. */
static bool piece_valid(const struct derive_piece *piece, bool counter_mode)
{
    switch (piece->type) {
    case CK_SP800_108_ITERATION_VARIABLE:
        return counter_mode ? piece->formatted && width_valid(piece->width_bits, 32)
                            : !piece->formatted;
    case CK_SP800_108_COUNTER:
        return !counter_mode && width_valid(piece->width_bits, 32);
    case CK_SP800_108_DKM_LENGTH:
        return width_valid(piece->width_bits, 64) &&
               (piece->method == CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS ||
                piece->method == CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS);
    case CK_SP800_108_BYTE_ARRAY:
        return piece->data.len > 0;
    case CK_SP800_108_KEY_HANDLE:
        return piece->key != CK_INVALID_HANDLE;
    default:
        return false;
    }
}

static size_t count(const struct derive_lists *lists, CK_PRF_DATA_TYPE type)
{
    size_t num = 0;

    for (size_t i = 0; i < lists->num_pieces; i++)
        num += lists->pieces[i].type == type;
    return num;
}

bool mechanism_108_valid(const struct mechanism *mechanism, const struct mechanism_info *info)
{
    const struct derive_lists *lists = mechanism->lists;
    enum digest_alg alg;

    if (lists == NULL ||
        !(mechanism->hash == CKM_AES_CMAC || mechanism_108_hash(mechanism, &alg)) ||
        count(lists, CK_SP800_108_ITERATION_VARIABLE) != 1 ||
        count(lists, CK_SP800_108_COUNTER) > 1 || count(lists, CK_SP800_108_DKM_LENGTH) > 1)
        return false;
    for (size_t i = 0; i < lists->num_pieces; i++) {
        if (!piece_valid(&lists->pieces[i], info->type == CKM_SP800_108_COUNTER_KDF))
            return false;
    }
    return true;
}
